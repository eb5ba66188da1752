"""Checks the words of dry runs."""

import pytest

from tfcompat_estimator.training import dry_run_report


@pytest.mark.parametrize(
  ('size', 'text'),
  [(0, '0 B'), (1, '1 B'), (1023, '1023 B'), (1536, '1.5 KiB')],
)
def test_sizes(size, text):
  """Bytes are told in the unit that fits."""
  assert dry_run_report.readable(size) == text


def test_keys_that_are_no_strings():
  """Predictions of a MultiHead have keys of two parts."""
  report = dry_run_report.Report('m')
  report.predictions = {('a', 'logits'): ('float32', (4, 1))}

  assert "('a', 'logits')  float32 [4, 1]" in str(report)


def test_differences():
  """Only what keeps a model from going on is a difference."""
  stored = {'a': [1, 2], 'more': [9]}

  assert dry_run_report.differences({'a': [1, 2]}, stored) == []
  shape, lack = dry_run_report.differences(
    {'a': [1, 3], **{f'b{n}': [] for n in range(6)}}, stored
  )
  assert 'shape [1, 2] for a, the model has [1, 3]' in shape
  assert 'lacks 6 of the variables: b0, b1, b2, b3, ...' in lack
