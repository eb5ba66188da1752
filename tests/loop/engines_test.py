"""Tests which engine trains; those of clusters run in the tests of their rooms."""

import json

import pytest
import tensorflow as tf

from tfcompat_estimator.loop import engines
from tfcompat_estimator.records import run_config
from tfcompat_estimator.session_emulation.loops import paces
from tfcompat_estimator.session_emulation.opening import session_creator

ALONE = {'task': {'type': 'chief', 'index': 0}, 'cluster': {'chief': ['a:1']}}


@pytest.mark.parametrize(
  'tf_config, strategy',
  [({}, None), ({}, tf.distribute.OneDeviceStrategy('/cpu:0')), (ALONE, None)],
)
def test_a_process_alone(tf_config, strategy, monkeypatch, tmp_path):
  """It saves as its config says, and decides itself how long loops are."""
  monkeypatch.setenv('TF_CONFIG', json.dumps(tf_config))
  config = run_config.RunConfig(str(tmp_path), train_distribute=strategy)
  scaffold = tf.compat.v1.train.Scaffold()

  with engines.chosen(config, scaffold, None, lambda: False) as engine:
    assert engine.config is config
    assert type(engine.creator) is session_creator.EmulatedSessionCreator
    assert engine.pace is paces.ALONE
    assert not engine.in_step
