"""Tests the reading of TF_CONFIG against the reference's recorded behaviour."""

import json

import pytest

from tfcompat_estimator.records import cluster, run_config

_LOCAL = {
  'task_type': 'worker',
  'task_id': 0,
  'global_id_in_cluster': 0,
  'is_chief': True,
  'master': '',
  'evaluation_master': '',
  'num_ps_replicas': 0,
  'num_worker_replicas': 1,
  'service': None,
  'model_dir': None,
}

_EVALUATOR = {
  'task_type': 'evaluator',
  'global_id_in_cluster': None,
  'is_chief': False,
  'num_worker_replicas': 0,
}

_FULL = {'chief': ['a:1'], 'worker': ['b:1'], 'ps': ['c:1']}
_PAIR = {'chief': ['a:1'], 'worker': ['b:1']}
_OF_FULL = {'num_ps_replicas': 1, 'num_worker_replicas': 2}


def _tf_config(nodes=None, task_type=None, index=None, **more):
  """A TF_CONFIG with what is given, and nothing for what is not."""
  task = {'type': task_type, 'index': index}
  task = {k: v for k, v in task.items() if v is not None}
  parts = {'cluster': nodes, 'task': task or None}
  return {**{k: v for k, v in parts.items() if v is not None}, **more}


def _config(monkeypatch, tf_config, **kwargs):
  text = tf_config if isinstance(tf_config, str) else json.dumps(tf_config)
  monkeypatch.setenv('TF_CONFIG', text)
  return run_config.RunConfig(**kwargs)


@pytest.mark.parametrize(
  'tf_config, expected, filters',
  [
    ({}, {}, None),
    ('', {}, None),
    (_tf_config(task_type='worker', index=0), {}, None),
    ({'rpc_layer': 'grpc'}, {}, None),
    ({'model_dir': '/m'}, {'model_dir': '/m'}, None),
    ({'session_master': 'grpc://x:1'}, {'master': 'grpc://x:1'}, None),
    ({'eval_session_master': 'e'}, {'evaluation_master': 'e'}, None),
    ({'service': {'x': 1}}, {'service': {'x': 1}}, None),
    (
      _tf_config(_FULL, 'worker', 0),
      {
        **_OF_FULL,
        'global_id_in_cluster': 1,
        'is_chief': False,
        'master': 'grpc://b:1',
      },
      ['ps', 'worker/task:0'],
    ),
    (
      _tf_config(_FULL, 'chief', 0),
      {**_OF_FULL, 'task_type': 'chief', 'master': 'grpc://a:1'},
      ['ps', 'chief'],
    ),
    (
      _tf_config(_FULL, 'ps', 0),
      {
        **_OF_FULL,
        'task_type': 'ps',
        'global_id_in_cluster': 2,
        'is_chief': False,
        'master': 'grpc://c:1',
      },
      ['ps', 'worker', 'chief', 'master'],
    ),
    (_tf_config(_FULL, 'evaluator', 0), _EVALUATOR, None),
    (_tf_config(_PAIR, 'evaluator', 1), {**_EVALUATOR, 'task_id': 1}, None),
    (
      _tf_config(_PAIR, 'evaluator', 0, eval_session_master='e'),
      {**_EVALUATOR, 'evaluation_master': 'e'},
      None,
    ),
    (
      _tf_config({'chief': ['a:1'], 'evaluator': ['b:1']}, 'evaluator', 0),
      _EVALUATOR,
      None,
    ),
    (
      _tf_config({'chief': ['a:1'], 'worker': []}, 'chief', 0),
      {'task_type': 'chief', 'master': 'grpc://a:1'},
      ['ps', 'chief'],
    ),
    (
      _tf_config({'master': ['a:1']}, 'master', 0, environment='cloud'),
      {'task_type': 'master'},
      ['ps', 'master'],
    ),
    (
      _tf_config({'chief': ['a:1']}, 'chief', '0'),
      {'task_type': 'chief'},
      ['ps', 'chief'],
    ),
    (
      _tf_config({'chief': ['a:1']}, 'chief', 0, session_master='grpc://z:2'),
      {'task_type': 'chief', 'master': 'grpc://z:2'},
      ['ps', 'chief'],
    ),
  ],
)
def test_accepted(monkeypatch, tf_config, expected, filters):
  """Each recorded TF_CONFIG gives the recorded properties."""
  config = _config(monkeypatch, tf_config)
  properties = {name: getattr(config, name) for name in _LOCAL}
  assert properties == {**_LOCAL, **expected}
  seen = config.session_config and list(config.session_config.device_filters)
  assert seen == (filters and [f'/job:{name}' for name in filters])


@pytest.mark.parametrize(
  'tf_config, error, message',
  [
    ('not json', json.JSONDecodeError, 'TF_CONFIG must be.*Expecting value'),
    ({'cluster': 1}, TypeError, '`cluster` must be a dictionary'),
    ('[1]', AttributeError, "TF_CONFIG must be.*no attribute 'get'"),
    ({'task': {'type': 'x', 'index': None}}, TypeError, '"index" of "task"'),
    (
      {'task': 3, 'cluster': {'worker': ['a:1']}},
      ValueError,
      'one "chief" node',
    ),
    ({'task': 3}, AttributeError, '"task" in TF_CONFIG must be an object'),
    (_tf_config(_FULL, 'ps', 'x'), ValueError, '"index" of "task".*x'),
    ({'service': 3}, TypeError, '"service".*must be a dict.*int'),
    (_tf_config({'worker': ['a:1']}), ValueError, 'one "chief" node'),
    (
      _tf_config({'worker': ['a:1', 'b:1'], 'ps': ['c:1']}, 'worker', 0),
      ValueError,
      'one "chief" node',
    ),
    (
      _tf_config({'chief': ['a:1', 'b:1'], 'worker': ['c:1']}, 'chief', 0),
      ValueError,
      'only one "chief" node',
    ),
    (
      _tf_config({'chief': ['a:1']}, 'worker', 0),
      ValueError,
      'worker is not a valid task_type',
    ),
    (_tf_config(_PAIR, 'bogus', 0), ValueError, 'bogus is not a valid task_ty'),
    (_tf_config(_PAIR, None, 0), ValueError, 'task type must be set'),
    (_tf_config(_PAIR, 'worker'), ValueError, 'task index must be set'),
    (_tf_config(_PAIR, 'worker', 3), ValueError, '3 is not a valid task_id'),
    (_tf_config(_PAIR, 'worker', -1), ValueError, 'non-negative.*-1'),
    (_tf_config(None, 'evaluator', 0), ValueError, 'must be WORKER.*evaluator'),
    (_tf_config(None, 'chief', 0), ValueError, 'must be WORKER.*chief'),
    (_tf_config(None, 'worker', 1), ValueError, 'task index must be 0.*1'),
    ({'model_dir': ''}, ValueError, 'model_dir in TF_CONFIG'),
    (
      _tf_config({'chief': ['a:1'], 'master': ['b:1']}, 'chief', 0),
      ValueError,
      'job `chief` is not supported',
    ),
    (
      _tf_config({'master': ['a:1']}, 'evaluator', 0),
      ValueError,
      '`evaluator` is not supported',
    ),
  ],
)
def test_refused(monkeypatch, tf_config, error, message):
  """A wrong TF_CONFIG raises the reference's type and says what is wrong."""
  with pytest.raises(error, match=message):
    _config(monkeypatch, tf_config)


def test_model_dir_must_agree(monkeypatch):
  """The argument and TF_CONFIG may name the same directory only."""
  config = _config(monkeypatch, {'model_dir': '/q'}, model_dir='/q')
  assert config.model_dir == '/q'
  for other in ('/z', ''):
    with pytest.raises(ValueError, match='must have the same value'):
      _config(monkeypatch, {'model_dir': '/q'}, model_dir=other)


def test_session_config_given(monkeypatch):
  """A session_config of the user's stays as it is in a cluster."""
  given = run_config.default_session_config()
  config = _config(
    monkeypatch, _tf_config(_FULL, 'chief', 0), session_config=given
  )
  assert not config.session_config.device_filters


@pytest.mark.parametrize('nodes', [_PAIR, {'worker': ['a:1', 'b:1']}])
def test_strategy_hides_the_role(monkeypatch, nodes):
  """Under a training strategy each worker first believes itself alone."""
  config = _config(
    monkeypatch, _tf_config(nodes, 'worker', 0), train_distribute='strategy'
  )
  assert config.cluster_spec.as_dict() == nodes
  assert (config.is_chief, config.num_worker_replicas) == (True, 1)


def test_strategy_reads_the_cluster_only(monkeypatch):
  """Under one, task and service are looked at by train_and_evaluate, if at all."""
  tf_config = {'cluster': _PAIR, 'task': 3, 'service': 4}
  config = _config(monkeypatch, tf_config, train_distribute='strategy')
  assert config.service is None
  with pytest.raises(
    AttributeError, match='"task" in TF_CONFIG must be an obj'
  ):
    cluster.parse_independent(tf_config)


def test_strategy_of_a_master(monkeypatch):
  """A master has its role under a training strategy, too, as in the reference."""
  nodes = {'master': ['a:1'], 'worker': ['b:1'], 'ps': ['c:1']}
  config = _config(
    monkeypatch, _tf_config(nodes, 'master', 0), train_distribute='strategy'
  )
  assert (config.task_type, config.num_worker_replicas) == ('master', 2)
  assert config._distribute_coordinator_mode is None  # noqa: SLF001


def test_global_ids_cover_the_cluster():
  """The chief is 0, other jobs follow by name, parameter servers come last."""
  nodes = {'worker': ['a', 'b'], 'ps': ['c'], 'chief': ['d'], 'abc': ['e']}
  order = [('chief', 0), ('abc', 0), ('worker', 0), ('worker', 1), ('ps', 0)]
  ids = [
    cluster.parse(_tf_config(nodes, *task)).global_id_in_cluster
    for task in order
  ]
  assert ids == [0, 1, 2, 3, 4]


def test_global_ids_of_tasks_by_index():
  """Of a job whose tasks have indices of their own those in between count."""
  nodes = {'chief': ['a'], 'worker': {'0': 'b', '2': 'c'}, 'ps': ['d']}
  task = cluster.parse(_tf_config(nodes, 'ps', 0))
  assert (task.global_id_in_cluster, task.num_worker_replicas) == (4, 3)


def test_task_is_frozen():
  """What was parsed cannot be changed."""
  with pytest.raises(AttributeError):
    cluster.ClusterTask().task_id = 3
