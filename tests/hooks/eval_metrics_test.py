"""Tests the reading of past evaluations."""

import collections
import pathlib

import pytest

from tests import tiny
from tfcompat_estimator.hooks import eval_metrics


def test_steps_ascend(tmp_path):
  """Metrics come by step, whatever the order in which they were written."""
  tiny.write_metrics(
    str(tmp_path), [(3, 'a', 1.0), (1, 'b', 2.0), (1, 'c', 3.0), (1, 'b', 4.0)]
  )
  assert eval_metrics.read_eval_metrics(str(tmp_path)) == (
    collections.OrderedDict([(1, {'b': 4.0, 'c': 3.0}), (3, {'a': 1.0})])
  )


@pytest.mark.parametrize('folder', ['', 'missing'])
def test_nothing_written(tmp_path, folder):
  """An empty or missing directory has no metrics."""
  assert eval_metrics.read_eval_metrics(str(tmp_path / folder)) == {}


def test_event_cut_short(tmp_path):
  """The whole events of a file that is still being written are read."""
  tiny.write_metrics(str(tmp_path), [(1, 'a', 1.0), (2, 'a', 2.0)])
  (path,) = pathlib.Path(tmp_path).iterdir()
  path.write_bytes(path.read_bytes()[:-3])
  assert eval_metrics.read_eval_metrics(str(tmp_path)) == {1: {'a': 1.0}}


def test_metrics_of_an_evaluation(tmp_path):
  """What evaluate() writes is what is read: its loss and its metrics."""
  estimator = tiny.estimator(tmp_path)
  estimator.train(tiny.batches(), steps=2)
  estimator.evaluate(tiny.batches(1))
  (values,) = eval_metrics.read_eval_metrics(estimator.eval_dir()).values()
  assert values == pytest.approx({'loss': tiny.loss_at(2), 'm': 0.36})
