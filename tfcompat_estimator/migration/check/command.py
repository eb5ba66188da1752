"""Checks programs from the command line."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Sequence

from tfcompat_estimator.migration.check import report, scan, sources

NAME = 'check'


def main(arguments: Sequence[str], program: str = NAME) -> None:
  """Runs the command; the exit status is 1 if something does not work."""
  parser = argparse.ArgumentParser(
    prog=program,
    description=(
      'Lists what programs use of tf.estimator, and says of each whether it '
      'works here: as it is (started by python -m tfcompat_estimator), with a '
      'line to change, or not. Programs are read, not run. The exit status is '
      '1 if something does not work or a file could not be understood.'
    ),
  )
  parser.add_argument(
    'path', nargs='+', help='a Python file, a notebook, or a folder of them'
  )
  parser.add_argument(
    '--json', action='store_true', help='write one JSON object'
  )
  parser.add_argument(
    '-q',
    '--quiet',
    action='store_true',
    help='leave out what works as it is',
  )
  parsed = parser.parse_args(arguments)
  try:
    paths = list(sources.find(parsed.path))
  except FileNotFoundError as error:
    parser.error(str(error))
  checked = [_check(path) for path in paths]
  if parsed.json:
    lines = iter([report.as_json(checked)])
  else:
    lines = report.as_text(checked, quiet=parsed.quiet)
  try:
    for line in lines:
      print(line)  # noqa: T201 - the command's result
    sys.stdout.flush()
  except BrokenPipeError:  # the reader, such as `head`, has seen enough
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
  if report.has_failures(checked):
    sys.exit(1)


def _check(path: str) -> report.Checked:
  found = sources.read(path)
  try:
    return found, scan.scan(found.tree) if found.tree else []
  except RecursionError:
    problem = 'has expressions that are nested too deeply to be read'
    return dataclasses.replace(found, tree=None, problem=problem), []
