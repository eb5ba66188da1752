"""Tests which task of a cluster has which hooks of its own."""

import json

import pytest
import tensorflow as tf

from tfcompat_estimator.loop import default_hooks
from tfcompat_estimator.records import estimator_specs, run_config

v1 = tf.compat.v1

SAVES = 'CheckpointSaverHook'
SUMMARIZES = {'StepCounterHook', 'SummarySaverHook'}
WITH_CHIEF = {'chief': ['a:1'], 'worker': ['b:1', 'c:1'], 'ps': ['d:1']}
WITH_MASTER = {'master': ['a:1'], 'worker': ['b:1', 'c:1'], 'ps': ['d:1']}
MASTER_ALONE = {'master': ['a:1'], 'ps': ['d:1']}


@pytest.mark.parametrize(
  'nodes, job, index, saves, summarizes',
  [
    (WITH_CHIEF, 'chief', 0, True, True),
    (WITH_CHIEF, 'worker', 0, False, False),
    (WITH_MASTER, 'master', 0, True, False),
    (WITH_MASTER, 'worker', 0, False, True),
    (WITH_MASTER, 'worker', 1, False, False),
    (MASTER_ALONE, 'master', 0, True, True),
  ],
)
def test_who_writes(
  monkeypatch, tmp_path, nodes, job, index, saves, summarizes
):
  """The chief does; a master leaves summaries to its first worker."""
  tf_config = {'cluster': nodes, 'task': {'type': job, 'index': index}}
  monkeypatch.setenv('TF_CONFIG', json.dumps(tf_config))
  config = run_config.RunConfig(tmp_path, save_checkpoints_steps=10)
  with tf.Graph().as_default():
    step = v1.train.create_global_step()
    loss = v1.get_variable('loss', [])
    spec = estimator_specs.EstimatorSpec(
      'train', loss=loss.read_value(), train_op=tf.no_op()
    )
    hooks = default_hooks.train_hooks(
      config, spec, v1.train.Scaffold(), step, [], [], False
    )
  kinds = {type(hook).__name__ for hook in hooks}
  assert (SAVES in kinds) == saves
  assert kinds & SUMMARIZES == (SUMMARIZES if summarizes else set())
