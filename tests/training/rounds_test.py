"""Tests what the rounds of train_and_evaluate compile."""

import importlib

import pytest
import tensorflow as tf

from tests import tiny
from tests.session_emulation.compiled import noting
from tests.training import recording
from tfcompat_estimator.canned import dnn
from tfcompat_estimator.records import run_config, train_eval_spec
from tfcompat_estimator.session_emulation.compiled import shared
from tfcompat_estimator.training import evaluate_every

training = importlib.import_module(
  'tfcompat_estimator.training.train_and_evaluate'
)
v1 = tf.compat.v1


@pytest.fixture
def compiled(monkeypatch):
  """The functions that are compiled."""
  monkeypatch.delenv('TF_CONFIG', raising=False)
  shared.cache.clear()
  yield noting.compiled(monkeypatch)
  shared.cache.clear()


class Count(v1.train.SessionRunHook):
  """Notes how many functions there are when an evaluation ends."""

  def __init__(self, compiled, counts):
    self._compiled = compiled
    self._counts = counts

  def end(self, session):
    self._counts.append(len(self._compiled))


def tiny_estimator(model_dir):
  return tiny.estimator(model_dir, save_checkpoints_steps=2), tiny.batches()


def classifier(model_dir):
  def input_fn():
    data = ({'x': [[1.0], [2.0]], 's': [['a'], ['b']]}, [[0], [1]])
    return tf.data.Dataset.from_tensors(data).repeat()

  word = tf.feature_column.categorical_column_with_hash_bucket('s', 10)
  columns = [
    tf.feature_column.numeric_column('x'),
    tf.feature_column.embedding_column(word, 3),
  ]
  config = run_config.RunConfig(save_checkpoints_steps=2)
  return dnn.DNNClassifierV2([4], columns, model_dir, config=config), input_fn


@pytest.mark.parametrize('make', [tiny_estimator, classifier])
@pytest.mark.parametrize('every', [False, True])
def test_later_rounds_compile_nothing(make, every, compiled, model_dir):
  """The graph of evaluations is compiled in the first round only."""
  estimator, input_fn = make(model_dir)
  counts = []
  hooks = [evaluate_every.EvaluateEvery(steps=2)] if every else []
  spec = recording.spec([], 'a')
  spec = spec._replace(input_fn=input_fn, hooks=(Count(compiled, counts),))

  training.train_and_evaluate(
    estimator, train_eval_spec.TrainSpec(input_fn, 16, hooks), spec
  )

  assert len(counts) == 8
  assert counts[0] > 0
  # After the second round the loop of training may still be made, once.
  assert counts[2] == counts[-1], counts
