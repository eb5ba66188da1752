"""Makes the mistakes of the tables, and reads what a person is told."""

import re
import traceback

import pytest

import tfcompat_estimator as estimators
from tests.mistakes import (
  additions,
  calls,
  checkpoints,
  configs,
  construction,
  custom,
  data,
  exports,
  inputs,
  keras_models,
)

TABLES = {
  'additions': additions.ROWS,
  'checkpoints': checkpoints.ROWS,
  'configs': configs.ROWS,
  'construction': construction.ROWS,
  'custom': custom.ROWS,
  'data': data.ROWS,
  'inputs': inputs.ROWS,
  'calls': calls.ROWS,
  'keras_models': keras_models.ROWS,
  'exports': exports.ROWS,
}
CASES = [
  pytest.param(family, row, id=f'{name} ({family})')
  for rows in TABLES.values()
  for name, row in rows.items()
  for family in row.families
]
# Of the whole traceback; a few of them are of this test.
MOST_LINES = 24


@pytest.mark.parametrize('family, row', CASES)
def test_mistake(family, row, tmp_path, monkeypatch):
  """One sentence says what is wrong, below the lines of the program."""
  for name, value in row.environment.items():
    monkeypatch.setenv(name, value)
  api = {'v1': estimators.v1, 'v2': estimators.v2}[family]

  with pytest.raises(row.error) as caught:
    row.make(api, tmp_path)

  told = str(caught.value)
  missing = [words for words in row.says if not re.search(words, told)]
  assert not missing, told
  assert len(told.splitlines()) <= row.lines, told
  lines = ''.join(traceback.format_exception(caught.value)).splitlines()
  assert len(lines) <= MOST_LINES, '\n'.join(lines)


def test_there_are_ninety():
  """The tables have as many mistakes as were promised, each of its own name."""
  assert len({name for rows in TABLES.values() for name in rows}) >= 90
