"""Tests the names of metrics and predictions of canned estimators."""

import pytest

from tfcompat_estimator.records import keys


def _values(names):
  return {k: v for k, v in vars(names).items() if not k.startswith('_')}


def test_keys_are_distinct():
  """No two metrics, and no two predictions, share a key."""
  for names in (keys.MetricKeys, keys.PredictionKeys):
    values = list(_values(names).values())
    assert len(set(values)) == len(values)


@pytest.mark.parametrize(
  ('key', 'argument', 'expected'),
  [
    (keys.MetricKeys.ACCURACY_AT_THRESHOLD, 0.5, '/positive_threshold_0.5'),
    (keys.MetricKeys.PRECISION_AT_THRESHOLD, 1.0, '/positive_threshold_1'),
    (keys.MetricKeys.AUC_AT_CLASS, 3, 'auc/class3'),
    (keys.MetricKeys.AUC_PR_AT_NAME, 'cat', 'auc_precision_recall/cat'),
    (keys.MetricKeys.RECALL_AT_PRECISION, 0.25, 'recall_at_precision_0.25'),
  ],
)
def test_formats(key, argument, expected):
  """Keys with a parameter name it as the reference does."""
  assert (key % argument).endswith(expected)
