"""Tests what is written about programs that were checked."""

import ast
import json

from tfcompat_estimator.migration.check import report, sources, verdicts

PROGRAM = sources.Program('a.py', ast.parse(''))
BROKEN = sources.Program('b.py', problem='has no syntax')
NOTEBOOK = sources.Program('c.ipynb', cells=((1, 1), (1, 2), (2, 1)))


def _found(name, line, verdict):
  return verdicts.Finding(name, line, verdict)


FINDINGS = [
  _found('tf.gone', 1, verdicts.no('use another', 'page.md')),
  _found('tf.there', 2, verdicts.works()),
  _found('tf.there', 5, verdicts.works()),
]


def _text(checked, quiet=False):
  return list(report.as_text(checked, quiet=quiet))


def test_a_name_comes_once_and_what_does_not_work_last():
  """With all its lines, and what to do."""
  assert _text([(PROGRAM, FINDINGS)]) == [
    'a.py',
    '  tf.there: works as it is (lines 2, 5)',
    '  tf.gone (line 1)',
    '      does not work: use another (page.md)',
    (
      '1 file read, 1 with something to tell. Of the names: 1 work as they are, 0 '
      'with a change, 1 not.'
    ),
  ]


def test_what_works_may_be_left_out():
  """It counts all the same."""
  lines = _text([(PROGRAM, FINDINGS)], quiet=True)

  assert not any('tf.there' in line for line in lines)
  assert '1 work as they are' in lines[-1]


def test_a_file_that_is_not_understood():
  """Is told, and is a failure."""
  lines = _text([(BROKEN, []), (PROGRAM, [])])

  assert lines[0] == 'b.py: has no syntax.'
  assert lines[-1].startswith('2 files read, 0 with something to tell, 1 not')
  assert report.has_failures([(BROKEN, [])])
  assert not report.has_failures([(PROGRAM, FINDINGS[1:])])


def test_lines_of_notebooks_are_those_of_cells():
  """Each place once."""
  lines = _text([(NOTEBOOK, [_found('tf.x', 3, verdicts.works())] * 2)])

  assert lines[1] == '  tf.x: works as it is (cell 2 line 1)'


def test_json_tells_the_same():
  """Files without anything to tell are counted only."""
  told = json.loads(report.as_json([(PROGRAM, FINDINGS), (NOTEBOOK, [])]))

  assert told['files_read'] == 2
  assert not told['works']
  assert told['counts'] == {'works': 1, 'change': 0, 'no': 1}
  (file,) = told['files']
  assert file['findings'][0]['places'] == ['2', '5']
  assert file['findings'][1]['advice'] == 'use another'
