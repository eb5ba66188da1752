"""Shows what was found: as text, or as JSON for other programs."""

import collections
import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from tfcompat_estimator.migration.check import sources, verdicts

Checked = tuple[sources.Program, list[verdicts.Finding]]

_WORDS = {
  verdicts.WORKS: 'works as it is',
  verdicts.CHANGE: 'works with',
  verdicts.NO: 'does not work',
}
_WIDTH = 80
_INDENT = 6


def has_failures(checked: Iterable[Checked]) -> bool:
  """Whether something does not work, or could not be read."""
  return any(
    program.problem
    or any(found.verdict.status == verdicts.NO for found in findings)
    for program, findings in checked
  )


def as_text(checked: Iterable[Checked], *, quiet: bool) -> Iterator[str]:
  """The lines to print.

  Args:
    checked: Programs and what was found in them.
    quiet: Leave out what works as it is.
  """
  checked = list(checked)
  for program, findings in checked:
    if program.problem:
      yield f'{program.path}: {program.problem}.'
    shown = [
      (found, lines)
      for found, lines in _grouped(findings)
      if not (quiet and found.verdict.status == verdicts.WORKS)
    ]
    if shown:
      yield program.path
    for found, lines in shown:
      yield from _entry(program, found, lines)
  yield _summary(checked)


def _entry(
  program: sources.Program, found: verdicts.Finding, lines: list[int]
) -> Iterator[str]:
  word = 'lines' if len(lines) > 1 and not program.cells else 'line'
  places = ', '.join(dict.fromkeys(program.place(line) for line in lines))
  where = places if program.cells else f'{word} {places}'
  verdict = found.verdict
  if not verdict.advice:
    yield f'  {found.name}: {_WORDS[verdict.status]} ({where})'
    return
  yield f'  {found.name} ({where})'
  docs = f' ({verdict.docs})' if verdict.docs else ''
  yield textwrap.fill(
    f'{_WORDS[verdict.status]}: {verdict.advice}{docs}',
    _WIDTH,
    initial_indent=' ' * _INDENT,
    subsequent_indent=' ' * (_INDENT + 2),
    break_long_words=False,
    break_on_hyphens=False,
  )


def _grouped(
  findings: Iterable[verdicts.Finding],
) -> list[tuple[verdicts.Finding, list[int]]]:
  """Each name once, with all its lines; what does not work comes last."""
  groups: dict[tuple[str, verdicts.Verdict], list[int]] = {}
  for found in findings:
    groups.setdefault((found.name, found.verdict), []).append(found.line)
  order = list(_WORDS)
  rows = [
    (verdicts.Finding(name, lines[0], verdict), lines)
    for (name, verdict), lines in groups.items()
  ]
  return sorted(rows, key=lambda row: order.index(row[0].verdict.status))


def _counts(checked: Iterable[Checked]) -> dict[str, int]:
  counts = collections.Counter(
    found.verdict.status
    for _, findings in checked
    for found, _ in _grouped(findings)
  )
  return {status: counts[status] for status in _WORDS}


def _summary(checked: list[Checked]) -> str:
  counts = _counts(checked)
  using = sum(1 for _, findings in checked if findings)
  unread = sum(1 for program, _ in checked if program.problem)
  parts = [
    f'{len(checked)} file{"" if len(checked) == 1 else "s"} read',
    f'{using} with something to tell',
  ]
  if unread:
    parts.append(f'{unread} not understood')
  total = ', '.join(
    f'{counts[status]} {words}'
    for status, words in (
      (verdicts.WORKS, 'work as they are'),
      (verdicts.CHANGE, 'with a change'),
      (verdicts.NO, 'not'),
    )
  )
  return f'{", ".join(parts)}. Of the names: {total}.'


def as_json(checked: Iterable[Checked]) -> str:
  """One JSON object: `files`, those with something to tell, and `counts`."""
  checked = list(checked)
  files = [
    {
      'path': program.path,
      'problem': program.problem or None,
      'findings': [_record(program, *row) for row in _grouped(findings)],
    }
    for program, findings in checked
    if program.problem or findings
  ]
  report = {
    'files': files,
    'files_read': len(checked),
    'counts': _counts(checked),
    'works': not has_failures(checked),
  }
  return json.dumps(report, indent=2)


def _record(
  program: sources.Program, found: verdicts.Finding, lines: list[int]
) -> dict[str, Any]:
  return {
    'name': found.name,
    'verdict': found.verdict.status,
    'advice': found.verdict.advice or None,
    'docs': found.verdict.docs or None,
    'places': [program.place(line) for line in lines],
  }
