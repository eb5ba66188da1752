"""Checks `python -m tfcompat_estimator verify` as users call it."""

import json

import numpy as np
import pytest

from tests.migration.verify import changing
from tfcompat_estimator.migration.verify import command


def test_command(export, copy, capsys):
  """The exit status and the last line say whether they are the same."""
  command.main([str(export), str(copy)])
  assert capsys.readouterr().out.endswith('none differ.\n')

  changing.with_weight(
    copy, 'dnn/logits/bias', lambda value: value + np.float32(1)
  )
  with pytest.raises(SystemExit) as ended:
    command.main([str(export), str(copy), '--json'])

  assert ended.value.code == 1
  told = json.loads(capsys.readouterr().out)
  assert not told['same']
  assert {finding['what'] for finding in told['findings'] if finding['problem']}


@pytest.mark.parametrize(
  ('new', 'words'),
  [('/no/export', 'new (/no/export) does not exist'), ('.', 'must both be')],
)
def test_refused(new, words, export, capsys):
  """What cannot be compared is named."""
  with pytest.raises(SystemExit) as ended:
    command.main([str(export), new])

  assert ended.value.code == 2
  assert words in ' '.join(capsys.readouterr().err.split())
