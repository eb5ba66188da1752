"""Compares two exports or checkpoints from the command line."""

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Iterator, Sequence

import tensorflow as tf

from tfcompat_estimator.migration.verify import comparison


def main(arguments: Sequence[str], program: str = 'verify') -> None:
  """Runs the command; the exit status is 1 if something is not the same."""
  parser = argparse.ArgumentParser(
    prog=program,
    description=(
      'Compares two exports, the one that an old TensorFlow wrote and the one '
      'written here, or two checkpoints: signatures, dtypes and shapes, variables '
      'by name, and the outputs of all signatures. The exit status is 1 if '
      'anything differs beyond the tolerance.'
    ),
  )
  parser.add_argument(
    'old', help='an export, a checkpoint or a model directory'
  )
  parser.add_argument('new', help='another one')
  parser.add_argument(
    '--examples',
    metavar='FILE',
    help=(
      'a TFRecord file of tf.Examples to call the signatures with; default: the '
      "warm-up requests in old's assets.extra, or values made from the specs"
    ),
  )
  parser.add_argument(
    '--tolerance',
    type=float,
    default=1e-5,
    help='how much numbers may differ, absolutely and relatively (1e-5)',
  )
  parser.add_argument('--json', action='store_true', help='write JSON')
  parsed = parser.parse_args(arguments)
  for name in ('old', 'new', 'examples'):
    path = getattr(parsed, name)
    if path and not (os.path.exists(path) or os.path.exists(f'{path}.index')):
      parser.error(f'{name} ({path}) does not exist.')
  try:
    findings = comparison.compare(
      parsed.old, parsed.new, parsed.examples, parsed.tolerance
    )
  except (ValueError, ImportError, tf.errors.OpError) as error:
    parser.error(str(error))
  problems = [finding for finding in findings if finding.problem]
  if parsed.json:
    rows = [dataclasses.asdict(finding) for finding in findings]
    lines = iter([json.dumps({'same': not problems, 'findings': rows})])
  else:
    lines = _text(findings, problems)
  for line in lines:
    print(line)  # noqa: T201 - the command's result
  if problems:
    sys.exit(1)


def _text(
  findings: Sequence[comparison.Finding],
  problems: Sequence[comparison.Finding],
) -> Iterator[str]:
  for finding in findings:
    if finding.problem:
      verdict = f'DIFFERS: {finding.problem}'
    elif finding.difference:
      verdict = f'same within {finding.difference:.3g}'
    else:
      verdict = 'same'
    yield f'{finding.what:9}  {finding.name}  {verdict}'
  kinds = {
    kind: sum(finding.what == kind for finding in findings)
    for kind in ('signature', 'variable', 'output')
  }
  counted = ', '.join(f'{count} {kind}s' for kind, count in kinds.items())
  yield f'Compared {counted}: {len(problems) or "none"} differ.'
