"""Tests that no v1 Session is ever made."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.client import session as session_lib

from tests import tiny
from tfcompat_estimator.export import receivers


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
