"""Checks how metrics print, and what they are."""

import json
import pickle

import numpy as np

from tests import tiny
from tfcompat_estimator.loop import metrics_dict


def test_print():
  """It prints as a dict of numbers did before NumPy 2."""
  metrics = metrics_dict.MetricsDict(
    {
      'loss': np.float32(0.1),
      'global_step': np.int64(7),
      'good': np.bool_(True),
      'name': np.str_('a'),
      'matrix': np.zeros([1, 2]),
      'own': 3,
    }
  )

  printed = (
    "{'loss': 0.1, 'global_step': 7, 'good': True, 'name': 'a', "
    "'matrix': array([[0., 0.]]), 'own': 3}"
  )
  assert repr(metrics) == str(metrics) == f'{metrics}' == printed


def test_evaluate(model_dir):
  """Metrics are numpy scalars in a dict, which others get as a plain one."""
  metrics = tiny.estimator(model_dir).evaluate(tiny.batches(2))

  assert str(metrics) == "{'loss': 1.0, 'm': 0.0, 'global_step': 0}"
  assert isinstance(metrics, dict)
  assert metrics == dict(metrics)
  assert isinstance(metrics['loss'], np.float32)
  assert type(pickle.loads(pickle.dumps(metrics))) is dict
  assert json.loads(json.dumps(metrics, default=float))['loss'] == 1
