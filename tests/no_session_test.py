"""Tests that no v1 Session is ever made."""

import importlib

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.client import session as session_lib

from tests import tiny
from tfcompat_estimator.hooks import early_stopping
from tfcompat_estimator.records import train_eval_spec
from tfcompat_estimator.saved_models import receivers
from tfcompat_estimator.training import exporters, in_memory_evaluator

training = importlib.import_module(
  'tfcompat_estimator.training.train_and_evaluate'
)


@pytest.fixture(autouse=True)
def no_session(monkeypatch):
  """Makes the constructor of every v1 session raise."""

  def refuse(self, *args, **kwargs):
    raise AssertionError('A tf.compat.v1.Session was made.')

  monkeypatch.setattr(session_lib.BaseSession, '__init__', refuse)


def test_the_life_of_a_model_needs_no_session(model_dir):
  """Train, resume, evaluate, predict and export."""
  estimator = tiny.estimator(model_dir, save_checkpoints_steps=2)
  estimator.train(tiny.batches(), steps=3)
  estimator.train(tiny.batches(), max_steps=6)

  assert estimator.evaluate(tiny.batches(2))['global_step'] == 6
  assert len(list(estimator.predict(tiny.batches(2)))) == 2
  path = estimator.export_saved_model(
    model_dir + '/export',
    lambda: receivers.TensorServingInputReceiver(
      tf.compat.v1.placeholder(tf.float32, [None], 'x'),
      tf.compat.v1.get_default_graph().get_tensor_by_name('x:0'),
    ),
  )
  served = tf.saved_model.load(path.decode()).signatures['serving_default']
  value = served(tf.constant([1.0]))['p'].numpy()
  np.testing.assert_allclose(value, [1 - 0.8**6], rtol=1e-5)


def test_training_with_evaluation_needs_no_session(model_dir):
  """Evaluations on the way, exporters, early stopping added to a model."""

  def receiver():
    x = tf.compat.v1.placeholder(tf.float32, [None], 'x')
    return receivers.TensorServingInputReceiver(x, x)

  estimator = tiny.estimator(model_dir, save_checkpoints_steps=2)
  estimator.train(tiny.batches(), steps=2)
  hooks = [
    early_stopping.stop_if_lower_hook(
      estimator, 'loss', 0.1, run_every_secs=None, run_every_steps=1
    ),
    in_memory_evaluator.InMemoryEvaluatorHook(
      estimator, tiny.batches(1), name='memory', every_n_iter=3
    ),
  ]
  metrics, exports = training.train_and_evaluate(
    estimator,
    train_eval_spec.TrainSpec(tiny.batches(), max_steps=50, hooks=hooks),
    train_eval_spec.EvalSpec(
      tiny.batches(1),
      throttle_secs=0,
      exporters=[
        exporters.BestExporter('best', receiver),
        exporters.FinalExporter('final', receiver),
      ],
    ),
  )
  assert metrics['global_step'] == 6  # the first at which 0.64^n < 0.1
  paths = [path.decode() for path in exports]
  assert len(paths) == 2
  assert all(tf.saved_model.contains_saved_model(path) for path in paths)
