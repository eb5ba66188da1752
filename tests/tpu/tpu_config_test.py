"""Checks TPUConfig, its RunConfig and their errors against the reference."""

import json

import pytest
import tensorflow as tf

from tfcompat_estimator.records import run_config
from tfcompat_estimator.tpu import tpu_config

PIPELINES = tpu_config.InputPipelineConfig


def test_defaults():
  """The fields and their defaults are the reference's."""
  assert tpu_config.TPUConfig()._asdict() == {
    'iterations_per_loop': 2,
    'num_shards': None,
    'num_cores_per_replica': None,
    'per_host_input_for_training': 2,
    'tpu_job_name': None,
    'initial_infeed_sleep_secs': None,
    'input_partition_dims': None,
    'eval_training_input_configuration': 2,
    'experimental_host_call_every_n_steps': 1,
    'experimental_allow_per_host_v2_parallel_get_next': False,
    'experimental_feed_hook': None,
  }


def test_input_pipelines():
  """The numbers are those of the reference: configs may be stored."""
  values = {k: v for k, v in vars(PIPELINES).items() if k.isupper()}

  assert values == {
    'PER_SHARD_V1': 1,
    'PER_HOST_V1': 2,
    'PER_HOST_V2': 3,
    'BROADCAST': 4,
    'SLICED': 5,
  }


@pytest.mark.parametrize('given, held', [(True, 2), (False, 1), (3, 3), (9, 9)])
def test_legacy_values_of_per_host_input(given, held):
  """True and False stand for two of the pipelines."""
  made = tpu_config.TPUConfig(per_host_input_for_training=given)
  assert made.per_host_input_for_training == held


LOOPS = {
  7: (7, 'count'),
  '4': (4, 'count'),
  '3s': (3, 'seconds'),
  '2m': (120, 'seconds'),
  '1h': (3600, 'seconds'),
}


@pytest.mark.parametrize('given', LOOPS)
def test_iterations_per_loop(given):
  """A loop is a number of steps or a time."""
  assert (
    tpu_config.TPUConfig(iterations_per_loop=given).iterations_per_loop == given
  )
  assert tpu_config.parse_iterations_per_loop(given) == LOOPS[given]


_LOOP = 'Invalid TPUConfig `iterations_per_loop` value'
ERRORS = [
  *[
    ({'iterations_per_loop': value}, ValueError, _LOOP)
    for value in (0, -1, 1.5, True, 'a', '0s', '', '1d', ' 5s ')
  ],
  ({'num_shards': 0}, ValueError, 'num_shards must be positive, got 0'),
  ({'num_shards': 'a'}, TypeError, 'num_shards must be int'),
  (
    {'num_cores_per_replica': 3},
    ValueError,
    'num_cores_per_replica must be 1, 2, 4, 8, 16, 32, 64, 128; got 3',
  ),
  (
    {'initial_infeed_sleep_secs': -1},
    ValueError,
    'initial_infeed_sleep_secs must be positive, got -1',
  ),
  (
    {'input_partition_dims': [1, 2, 3]},
    ValueError,
    'must be a list/tuple with one or two elements',
  ),
  (
    {'input_partition_dims': [[1]]},
    ValueError,
    'only supported in PER_HOST_V2 mode',
  ),
  (
    {'input_partition_dims': [[1]], 'per_host_input_for_training': 3},
    ValueError,
    'requires setting num_cores_per_replica',
  ),
  (
    {'eval_training_input_configuration': 3},
    ValueError,
    'must be PER_HOST_V1 or SLICED; got 3',
  ),
]


@pytest.mark.parametrize('arguments, error, message', ERRORS)
def test_bad_settings(arguments, error, message):
  """Settings out of range are refused."""
  with pytest.raises(error, match=message):
    tpu_config.TPUConfig(**arguments)


def test_job_name_of_the_environment(monkeypatch):
  """TF_CONFIG names the job of the workers, unless the argument does."""
  service = {'service': {'tpu_worker_job_name': 'from_env'}}
  monkeypatch.setenv('TF_CONFIG', json.dumps(service))

  assert tpu_config.TPUConfig().tpu_job_name == 'from_env'
  assert tpu_config.TPUConfig(tpu_job_name='mine').tpu_job_name == 'mine'


MASTERS = [
  ({}, ('', '')),
  ({'master': 'grpc://a'}, ('grpc://a', 'grpc://a')),
  ({'master': 'a', 'evaluation_master': 'b'}, ('a', 'b')),
]


@pytest.mark.parametrize('arguments, expected', MASTERS)
def test_masters(arguments, expected):
  """Evaluation takes the master of training by default."""
  made = tpu_config.RunConfig(**arguments)
  assert (made.master, made.evaluation_master) == expected


def resolver():
  return tf.distribute.cluster_resolver.SimpleClusterResolver(
    tf.train.ClusterSpec({'worker': ['a:1']}), master='grpc://q'
  )


def test_cluster_resolver():
  """A resolver gives the master and the cluster."""
  made = tpu_config.RunConfig(cluster=resolver())

  assert made.master == made.evaluation_master == 'grpc://q'
  assert made.cluster_spec.as_dict() == {'worker': ['a:1']}
  assert made.session_config.isolate_session_state
  assert made.session_config.HasField('cluster_def')


def with_cluster_def():
  cluster_def = tf.train.ClusterSpec({'worker': ['a:1']}).as_cluster_def()
  return tf.compat.v1.ConfigProto(cluster_def=cluster_def)


RUN_CONFIG_ERRORS = [
  (
    {'master': 'a', 'cluster': 1},
    ValueError,
    'Both master and cluster are set',
  ),
  ({'nope': 1}, TypeError, "unexpected keyword argument 'nope'"),
  ({'save_summary_steps': -1}, ValueError, 'save_summary_steps should be >= 0'),
]


@pytest.mark.parametrize('arguments, error, message', RUN_CONFIG_ERRORS)
def test_bad_run_settings(arguments, error, message):
  """Settings that contradict each other are refused."""
  with pytest.raises(error, match=message):
    tpu_config.RunConfig(**arguments)


def test_a_cluster_is_given_once():
  """A session_config with a cluster does not go with a resolver."""
  with pytest.raises(ValueError, match='You cannot provide a ClusterResolver'):
    tpu_config.RunConfig(cluster=resolver(), session_config=with_cluster_def())


def test_replace():
  """A copy may have another TPUConfig; the class stays."""
  made = tpu_config.RunConfig().replace(
    tpu_config=tpu_config.TPUConfig(7), model_dir='/x'
  )

  assert isinstance(made, tpu_config.RunConfig)
  assert isinstance(made, run_config.RunConfig)
  assert (made.tpu_config.iterations_per_loop, made.model_dir) == (7, '/x')
  with pytest.raises(ValueError, match='Replacing master is not supported'):
    made.replace(master='q')


def test_task_of_a_cluster(monkeypatch):
  """It has no device filters, as a RunConfig for parameter servers has."""
  tf_config = {
    'cluster': {'master': ['a:1'], 'worker': ['b:1']},
    'task': {'type': 'master', 'index': 0},
  }
  monkeypatch.setenv('TF_CONFIG', json.dumps(tf_config))
  config = tpu_config.RunConfig()
  assert (config.master, config.session_config) == ('grpc://a:1', None)
