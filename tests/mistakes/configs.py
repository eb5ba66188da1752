"""Mistakes in a RunConfig and in TF_CONFIG."""

import json

import tensorflow as tf

from tests.mistakes import given
from tests.mistakes.mistake import Mistake


def config(**options):
  return lambda api, to: given.custom(api, to, config=api.RunConfig(**options))


def tf_config(error, says, told, lines=4):
  """What TF_CONFIG has."""
  return Mistake(
    lambda api, to: api.RunConfig(),
    error,
    says,
    lines=lines,
    families=('v2',),
    environment={
      'TF_CONFIG': told if isinstance(told, str) else json.dumps(told)
    },
  )


CLUSTER = {'chief': ['a:1'], 'worker': ['b:1']}
_ROWS = {
  'an argument of RunConfig is misspelt': Mistake(
    config(save_checkpoint_steps=1), TypeError, ('save_checkpoint_steps',)
  ),
  'what cannot be replaced': Mistake(
    lambda api, to: api.RunConfig().replace(num_workers=1),
    ValueError,
    ('num_workers', 'save_summary_steps'),
  ),
  'train_distribute is a name': Mistake(
    lambda api, to: given.custom(
      api, to, config=api.RunConfig(train_distribute='mirrored')
    ).train(given.data(), steps=1),
    TypeError,
    ('train_distribute', 'mirrored', 'Strategy'),
  ),
  'train_distribute is a class': Mistake(
    lambda api, to: given.custom(
      api,
      to,
      config=api.RunConfig(train_distribute=tf.distribute.MirroredStrategy),
    ).train(given.data(), steps=1),
    TypeError,
    ('train_distribute', 'MirroredStrategy', 'Strategy'),
  ),
  'device_fn is a device': Mistake(
    config(device_fn='/cpu:0'), ValueError, ('device_fn', '/cpu:0', 'callable')
  ),
  'save_checkpoints_secs is negative': Mistake(
    config(save_checkpoints_secs=-1),
    ValueError,
    ('save_checkpoints_secs', '-1'),
  ),
  'log_step_count_steps is 0': Mistake(
    config(log_step_count_steps=0), ValueError, ('log_step_count_steps', '0')
  ),
  'keep_checkpoint_every_n_hours is 0': Mistake(
    config(keep_checkpoint_every_n_hours=0),
    ValueError,
    ('keep_checkpoint_every_n_hours', '0'),
  ),
  'protocol is http': Mistake(
    config(protocol='http'), ValueError, ('protocol', 'http', 'grpc')
  ),
}
ROWS = {
  **{
    name: row._replace(families=(('v1', 'v2')[index % 2],))
    for index, (name, row) in enumerate(_ROWS.items())
  },
  'TF_CONFIG is not JSON': tf_config(
    Exception, ('TF_CONFIG', '{worker'), '{worker: 1}'
  ),
  'TF_CONFIG is a list': tf_config(
    AttributeError, ('TF_CONFIG', 'object', r'\[1, 2\]'), [1, 2]
  ),
  'TF_CONFIG has a cluster without a task': tf_config(
    ValueError, ('TF_CONFIG', 'task type', '{}'), {'cluster': CLUSTER}
  ),
  'TF_CONFIG has no chief': tf_config(
    ValueError,
    ('TF_CONFIG', '"chief"', 'worker'),
    {'cluster': {'worker': ['b:1']}, 'task': {'type': 'worker', 'index': 0}},
  ),
  'TF_CONFIG has a list for a cluster': tf_config(
    TypeError,
    ('TF_CONFIG', "'a:1'", 'dictionary'),
    {'cluster': ['a:1'], 'task': {'type': 'worker', 'index': 0}},
  ),
  'TF_CONFIG names an unknown task': tf_config(
    ValueError,
    ('[Tt]ask', 'walker'),
    {'cluster': CLUSTER, 'task': {'type': 'walker', 'index': 0}},
  ),
  'TF_CONFIG counts beyond the tasks': tf_config(
    ValueError,
    ('task_id', '5', 'TF_CONFIG'),
    {'cluster': CLUSTER, 'task': {'type': 'worker', 'index': 5}},
  ),
  'TF_CONFIG has a word for an index': tf_config(
    ValueError,
    ('index', 'TF_CONFIG', "'zero'"),
    {'cluster': CLUSTER, 'task': {'type': 'worker', 'index': 'zero'}},
  ),
}
