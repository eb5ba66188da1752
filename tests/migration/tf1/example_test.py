"""Runs the example of TensorFlow 1 on from the model that 1.15 trained."""

import re
import shutil
import sys

from tests.migration.tf1 import record


def numbers(lines):
  return [[float(word) for word in re.findall(r'[\d.]+', x)] for x in lines]


def test_example_goes_on_where_1_15_ended(tmp_path):
  """Loss, accuracy and tags are those of 1.15, before and after 60 more steps."""
  shutil.copytree(record.TRAINED, tmp_path / 'model')
  runner = [sys.executable, '-m', 'tfcompat_estimator', '--tf1']

  lines = record.run_example(runner, tmp_path / 'model')

  expected = record.SAID.read_text().splitlines()
  assert len(lines) == len(expected) == 2
  for got, want in zip(numbers(lines), numbers(expected), strict=True):
    assert len(got) == len(want)
    assert all(abs(a - b) < 1e-3 for a, b in zip(got, want, strict=True))
