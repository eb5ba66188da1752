"""Tests subclasses that train in a session of TensorFlow's own."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.client import session as session_lib

from tests import tiny
from tfcompat_estimator.canned import dnn
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.saved_models import receivers
from tfcompat_estimator.tpu import tpu_config, tpu_estimator

v1 = tf.compat.v1


def own_session(self, spec, worker_hooks, hooks, step, listeners):
  """A training loop in TensorFlow's own session."""
  saver = v1.train.CheckpointSaverHook(
    self._model_dir,
    save_secs=self._config.save_checkpoints_secs,
    scaffold=spec.scaffold,
    listeners=listeners,
  )
  with v1.train.MonitoredTrainingSession(
    checkpoint_dir=self._model_dir,
    scaffold=spec.scaffold,
    hooks=[*worker_hooks, *hooks, *spec.training_hooks],
    chief_only_hooks=[saver, *spec.training_chief_hooks],
    save_checkpoint_secs=0,
    save_summaries_steps=0,
    config=self._session_config,
  ) as session:
    loss = None
    while not session.should_stop():
      _, loss = session.run([spec.train_op, spec.loss])
  return loss


def in_own_session(base):
  """A subclass that trains in TensorFlow's own session."""
  return type(
    'Own',
    (base,),
    {
      '_train_with_estimator_spec': own_session,
      '_assert_members_are_not_overridden': lambda self: None,
    },
  )


def columns():
  """A column of each kind that brings variables or tables along."""
  feature_column = tf.feature_column
  words = feature_column.categorical_column_with_vocabulary_list('c', ['a'])
  return [
    feature_column.numeric_column('x'),
    feature_column.embedding_column(words, 2),
  ]


def rows():
  """An input_fn's batch for these columns."""
  features = {'x': [[1.0], [2.0]], 'c': [['a'], ['b']]}
  return tf.data.Dataset.from_tensors((features, [[0], [1]])).repeat()


def receiver():
  """A serving receiver of the tiny model."""
  x = v1.placeholder(tf.float32, [None], 'x')
  return receivers.TensorServingInputReceiver(x, x)


OWN = {
  'v2': lambda model_dir: in_own_session(base_estimator.EstimatorV2)(
    tiny.model_fn, model_dir
  ),
  'v1': lambda model_dir: in_own_session(base_estimator.Estimator)(
    tiny.model_fn, model_dir
  ),
  'canned v2': lambda model_dir: in_own_session(dnn.DNNClassifierV2)(
    [3], columns(), model_dir, batch_norm=True, dropout=0.1
  ),
  'canned v1': lambda model_dir: in_own_session(dnn.DNNClassifier)(
    [3], columns(), model_dir
  ),
  'TPUEstimator': lambda model_dir: in_own_session(tpu_estimator.TPUEstimator)(
    lambda features, labels, mode, params: tiny.model_fn(
      features, labels, mode
    ),
    model_dir,
    tpu_config.RunConfig(),
    use_tpu=False,
    train_batch_size=1,
  ),
}


@pytest.mark.parametrize('kind', OWN)
def test_only_the_session_that_a_user_makes_is_made(
  kind, model_dir, monkeypatch
):
  """One a call of train; what it saved is gone on with without any."""
  made = []
  init = session_lib.BaseSession.__init__
  monkeypatch.setattr(
    session_lib.BaseSession,
    '__init__',
    lambda self, *args, **kwargs: (
      made.append(self),
      init(self, *args, **kwargs),
    )[1],
  )
  estimator = OWN[kind](model_dir)
  input_fn = rows if 'canned' in kind else tiny.batches()
  if kind == 'TPUEstimator':
    input_fn = lambda params: tiny.batches()()  # noqa: E731
  estimator.train(input_fn, steps=2)
  estimator.train(input_fn, max_steps=5)
  assert len(made) == 2

  assert estimator.evaluate(input_fn, steps=1)['global_step'] == 5
  next(iter(estimator.predict(input_fn)))
  if 'canned' not in kind:
    estimator.export_saved_model(model_dir + '/e', receiver)
    np.testing.assert_allclose(
      estimator.get_variable_value('m/w'), 1 - 0.8**5, rtol=1e-5
    )
  assert len(made) == 2
