"""Checks `try` before programs, in processes of their own."""

import pytest

from tests import fresh

PROGRAM = """
import sys
from tests.mistakes import given
import tfcompat_estimator as te

estimator = given.dnn(te, sys.argv[1], n_classes=int(sys.argv[3]))
if sys.argv[2] == 'train':
  estimator.train(given.data(), steps=50)
else:
  te.train_and_evaluate(
    estimator, te.TrainSpec(given.data(), 50), te.EvalSpec(given.data())
  )
print('not reached')
"""


@pytest.mark.parametrize(
  ('way', 'classes', 'status', 'words'),
  [
    ('both', 2, 0, 'evaluate, predict'),
    ('train', 3, 0, 'calls `train` by itself'),
    ('both', 0, 1, 'n_classes'),
  ],
)  # fmt: skip
def test_command(way, classes, status, words, tmp_path):
  """`try` runs a program up to its first training."""
  program = tmp_path / 'program.py'
  program.write_text(PROGRAM, 'utf-8')

  done = fresh.run(
    *('-m', 'tfcompat_estimator', 'try', program),
    *(tmp_path / 'm', way, classes),
  )

  assert done.returncode == status, done.stderr
  assert words in done.stdout + done.stderr
  assert 'not reached' not in done.stdout
  assert not (tmp_path / 'm').exists()
