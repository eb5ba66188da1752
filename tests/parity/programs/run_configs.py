"""Makes RunConfigs of drawn settings, and says what each of them holds."""

import json
import os
import random

import tensorflow as tf

PROPERTIES = (
  'cluster_spec',
  'evaluation_master',
  'global_id_in_cluster',
  'is_chief',
  'keep_checkpoint_max',
  'master',
  'model_dir',
  'num_ps_replicas',
  'num_worker_replicas',
  'protocol',
  'save_checkpoints_secs',
  'save_checkpoints_steps',
  'service',
  'session_config',
  'task_id',
  'task_type',
)
_HOSTS = ('a:1', 'b.c:22', '[::1]:3', '10.0.0.4:2222', 'no-port')
_JOBS = ('chief', 'master', 'worker', 'ps', 'evaluator', 'client', 'tpu_worker')


def drawn(seed):
  """The settings of a RunConfig: TF_CONFIG's text and arguments."""
  rng = random.Random(seed)
  kind = rng.choice(('RunConfig', 'RunConfig', 'RunConfig', 'TPU'))
  config = {}
  if rng.random() < 0.85:
    config['cluster'] = _cluster(rng)
  if rng.random() < 0.9:
    cluster = config.get('cluster')
    jobs = list(cluster) if isinstance(cluster, dict) else []
    config['task'] = _task(rng, jobs)
  _add(rng, config, 'environment', ('cloud', 'google', 'local', ''))
  _add(rng, config, 'rpc_layer', ('grpc', 'grpc+verbs', ''))
  _add(rng, config, 'session_master', ('grpc://m:1', '', 'local'))
  _add(rng, config, 'eval_session_master', ('grpc://e:1', ''))
  _add(rng, config, 'service', ({}, {'x': [1]}, None, 'text', 3), 0.1)
  _add(rng, config, 'model_dir', ('/m', '', '/n', None))
  _add(rng, config, 'job', ({'region': 'x'}, 'y'))
  text = json.dumps(config)
  if rng.random() < 0.04:
    text = rng.choice(('{', '[]', '"a"', 'null', '0', '{}', ' ', '{"task": 3}'))
  arguments = {}
  _add(rng, arguments, 'model_dir', ('/m', None))
  _add(rng, arguments, 'protocol', ('grpc', 'grpc+verbs', None, 'http', ''))
  _add(rng, arguments, 'save_checkpoints_steps', (5, None, 0, -1))
  _add(rng, arguments, 'save_checkpoints_secs', (7, None, 0))
  _add(rng, arguments, 'keep_checkpoint_max', (0, None, 3, -1))
  _add(rng, arguments, 'session_config', ('filters', 'empty', 'wrong'))
  _add(rng, arguments, 'device_fn', ('one', 'none', 'two'))
  _add(rng, arguments, 'tf_random_seed', (None, 3, '3', 2.5))
  _add(rng, arguments, 'experimental_max_worker_delay_secs', (None, 0, 10, -1))
  _add(rng, arguments, 'session_creation_timeout_secs', (0, 10, None, -3))
  if kind == 'RunConfig':
    _add(rng, arguments, 'train_distribute', ('mirrored', 'one device'))
    _add(rng, arguments, 'eval_distribute', ('mirrored', 'one device'), 0.1)
    _add(
      rng,
      arguments,
      'experimental_distribute',
      ('train', 'eval', 'both', 'remote', 'none'),
      0.15,
    )
  else:
    _add(rng, arguments, 'master', ('grpc://t:1', '', 'local'), 0.3)
    _add(rng, arguments, 'evaluation_master', ('grpc://t:2', ''), 0.2)
    _add(rng, arguments, 'cluster', ('resolver',), 0.1)
  replaced = {}
  if rng.random() < 0.2:
    _add(rng, replaced, 'model_dir', ('/r', None), 0.5)
    _add(rng, replaced, 'save_checkpoints_secs', (9, None), 0.3)
    _add(rng, replaced, 'save_checkpoints_steps', (8, None), 0.3)
    _add(rng, replaced, 'protocol', ('grpc', 'x'), 0.3)
    _add(rng, replaced, 'master', ('x',), 0.1)
  return {
    'kind': kind,
    'text': text,
    'arguments': arguments,
    'replaced': replaced,
  }


def _add(rng, settings, name, values, share=0.04):
  if rng.random() < share:
    settings[name] = rng.choice(values)


def _cluster(rng):
  if rng.random() < 0.05:
    return rng.choice((None, {}, [], 'a:1', {'worker': 'a:1'}, 3))
  cluster = {}
  for job in _JOBS:
    share = {'worker': 0.7, 'ps': 0.5, 'chief': 0.6}.get(job, 0.15)
    if rng.random() < share:
      count = rng.choice((0, 1, 1, 1, 2, 3))
      if job in ('chief', 'master') and count:
        count = rng.choice((1, 1, 1, 1, 1, 2))
      hosts = [rng.choice(_HOSTS) for _ in range(count)]
      how = rng.random()
      if how < 0.08:
        hosts = {str(i): host for i, host in enumerate(hosts)}
      elif how < 0.1:
        hosts = {2 * i: host for i, host in enumerate(hosts)}
      elif how < 0.12:
        hosts = rng.choice((1, None, [3], [None], 'abc'))
      cluster[job] = hosts
  return cluster


def _task(rng, jobs):
  if rng.random() < 0.04:
    return rng.choice((None, {}, [], 'worker', 3))
  task = {}
  if rng.random() < 0.95:
    known = [*jobs, *jobs, *jobs, 'evaluator']
    task['type'] = rng.choice(
      (*known, *known, 'worker', 'nothing', '', None, 3)
    )
  if rng.random() < 0.95:
    index = (
      0,
      0,
      0,
      0,
      0,
      0,
      1,
      1,
      2,
      '0',
      '1',
      '0',
      7,
      -1,
      0.0,
      1.5,
      'x',
      None,
      True,
    )
    task['index'] = rng.choice(index)
  _add(rng, task, 'trial', ('1',))
  _add(rng, task, 'cloud', ('x',))
  return task


class _Distribute:
  """Like DistributeConfig, which has had several homes."""

  def __init__(self, train=None, evaluate=None, remote=None):
    self.train_distribute = train
    self.eval_distribute = evaluate
    self.remote_cluster = remote


def _one(op):
  return '/cpu:0'


def _two(op, more):
  return '/cpu:0'


def _real(arguments, strategies):
  """The arguments, with objects where there are words for them."""
  filters = tf.compat.v1.ConfigProto(device_filters=['/job:ps'])
  mirrored = strategies['mirrored']
  words = {
    'session_config': {
      'filters': filters,
      'empty': tf.compat.v1.ConfigProto(),
      'wrong': 'x',
    },
    'device_fn': {'one': _one, 'none': None, 'two': _two},
    'train_distribute': strategies,
    'eval_distribute': strategies,
    'experimental_distribute': {
      'train': _Distribute(mirrored),
      'eval': _Distribute(None, mirrored),
      'both': _Distribute(mirrored, mirrored),
      'remote': _Distribute(mirrored, None, {'worker': ['r:1', 's:2']}),
      'none': _Distribute(),
    },
    'cluster': {
      'resolver': tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({'worker': ['q:1']}), master='grpc://q:1'
      )
    },
  }
  return {
    name: words[name][value] if name in words else value
    for name, value in arguments.items()
  }


def held(seed, strategies):
  """What a RunConfig of these settings holds, or how making it fails."""
  settings = drawn(seed)
  os.environ['TF_CONFIG'] = settings['text']
  kind = tf.estimator.RunConfig
  if settings['kind'] == 'TPU':
    kind = tf.compat.v1.estimator.tpu.RunConfig
  try:
    config = kind(**_real(settings['arguments'], strategies))
    if settings['replaced']:
      config = config.replace(**settings['replaced'])
    found = {name: getattr(config, name) for name in PROPERTIES}
  except Exception as error:  # noqa: BLE001 - whatever it raises is compared
    return {'error': type(error).__name__, 'message': str(error)[:400]}
  found['cluster_spec'] = tf.train.ClusterSpec(found['cluster_spec']).as_dict()
  found['session_config'] = str(found['session_config'])
  for name in ('_distribute_coordinator_mode', '_cluster', '_master'):
    found[name] = str(getattr(config, name, 'unset'))[:40].partition(' at 0x')[
      0
    ]
  for name in ('train_distribute', 'eval_distribute'):
    found[name] = type(getattr(config, name)).__name__
  found['device_fn'] = getattr(config.device_fn, '__name__', None)
  return json.loads(json.dumps(found))


def all_held(first, count):
  """That of so many seeds."""
  os.environ.pop('TF_CONFIG', None)
  strategies = {
    'mirrored': tf.distribute.MirroredStrategy(['/cpu:0']),
    'one device': tf.distribute.OneDeviceStrategy('/cpu:0'),
  }
  tf.get_logger().setLevel('ERROR')
  return [held(seed, strategies) for seed in range(first, first + count)]
