"""Tests RunConfig against the reference's recorded behaviour."""

import copy
import functools
import pathlib

import pytest
import tensorflow as tf

from tfcompat_estimator.records import run_config

# What `Using config: {...}` prints, in this order (contract, part 4).
_ATTRIBUTES = {
  '_model_dir': None,
  '_tf_random_seed': None,
  '_save_summary_steps': 100,
  '_save_checkpoints_steps': None,
  '_save_checkpoints_secs': 600,
  '_session_config': None,
  '_keep_checkpoint_max': 5,
  '_keep_checkpoint_every_n_hours': 10000,
  '_log_step_count_steps': 100,
  '_train_distribute': None,
  '_device_fn': None,
  '_protocol': None,
  '_eval_distribute': None,
  '_experimental_distribute': None,
  '_experimental_max_worker_delay_secs': None,
  '_session_creation_timeout_secs': 7200,
  '_checkpoint_save_graph_def': True,
  '_service': None,
  '_cluster_spec': tf.train.ClusterSpec({}),
  '_task_type': 'worker',
  '_task_id': 0,
  '_global_id_in_cluster': 0,
  '_master': '',
  '_evaluation_master': '',
  '_is_chief': True,
  '_num_ps_replicas': 0,
  '_num_worker_replicas': 1,
}


def _takes_op(op):
  return op.name


def _takes_two(op, x=1):
  return op.name, x


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch):
  monkeypatch.delenv('TF_CONFIG', raising=False)


def test_defaults_come_in_the_order_of_the_log():
  """The attributes and their order are those that the log line prints."""
  assert list(vars(run_config.RunConfig()).items()) == list(_ATTRIBUTES.items())


@pytest.mark.parametrize('name', [n[1:] for n in _ATTRIBUTES])
def test_properties_read_the_attributes_and_cannot_be_set(name):
  """Each attribute has a read-only property, but for one that has none."""
  config = run_config.RunConfig()
  if name == 'experimental_distribute':
    assert not hasattr(config, name)
    return
  assert getattr(config, name) == _ATTRIBUTES['_' + name]
  with pytest.raises(AttributeError):
    setattr(config, name, 1)


@pytest.mark.parametrize(
  'argument, value, error',
  [
    ('save_summary_steps', -1, ValueError),
    ('save_summary_steps', '3', TypeError),
    ('save_checkpoints_steps', -1, ValueError),
    ('save_checkpoints_secs', -1, ValueError),
    ('keep_checkpoint_max', -1, ValueError),
    ('keep_checkpoint_every_n_hours', 0, ValueError),
    ('keep_checkpoint_every_n_hours', -1, ValueError),
    ('log_step_count_steps', 0, ValueError),
    ('log_step_count_steps', -1, ValueError),
    ('tf_random_seed', 'a', ValueError),
    ('tf_random_seed', 1.5, ValueError),
    ('model_dir', '', ValueError),
    ('session_config', 1, ValueError),
    ('protocol', 'bogus', ValueError),
    ('device_fn', 1, ValueError),
    ('device_fn', lambda x: x, ValueError),
    ('device_fn', _takes_two, ValueError),
    ('session_creation_timeout_secs', 0, ValueError),
    ('experimental_max_worker_delay_secs', 1.5, ValueError),
    ('experimental_distribute', 1, AttributeError),
    ('experimental_distribute', 'y', AttributeError),
  ],
)
def test_constructor_and_replace_refuse(argument, value, error):
  """A wrong value raises the reference's type and names argument and value."""
  with pytest.raises(error) as raised:
    run_config.RunConfig(**{argument: value})
  if error is ValueError:
    assert argument in str(raised.value)
    assert repr(value) in str(raised.value)
    with pytest.raises(error):
      run_config.RunConfig().replace(**{argument: value})


@pytest.mark.parametrize(
  'argument, value',
  [
    ('save_summary_steps', 0),
    ('save_summary_steps', 1.5),
    ('save_checkpoints_steps', 0),
    ('save_checkpoints_secs', 0),
    ('keep_checkpoint_max', 0),
    ('keep_checkpoint_max', None),
    ('log_step_count_steps', None),
    ('tf_random_seed', 0),
    ('tf_random_seed', None),
    ('model_dir', 7),
    ('protocol', 'grpc'),
    ('protocol', 'grpc+verbs'),
    ('device_fn', _takes_op),
    ('device_fn', functools.partial(_takes_two, x=1)),
    ('experimental_max_worker_delay_secs', -1),
    ('train_distribute', 1),
    ('checkpoint_save_graph_def', 'x'),
    ('session_config', tf.compat.v1.ConfigProto()),
  ],
)
def test_constructor_and_replace_accept(argument, value):
  """What the reference accepts is accepted, and held as it was given."""
  assert getattr(run_config.RunConfig(**{argument: value}), argument) == value
  replaced = run_config.RunConfig().replace(**{argument: value})
  if argument != 'device_fn':  # The copy may hold a copy of a partial.
    assert getattr(replaced, argument) == value


def test_model_dir_of_a_path():
  """A path-like directory becomes a string."""
  config = run_config.RunConfig(model_dir=pathlib.Path('/tmp/x'))
  assert config.model_dir == '/tmp/x'


_UNSET = object()


@pytest.mark.parametrize(
  'steps, secs, expected',
  [
    (_UNSET, _UNSET, (None, 600)),
    (10, _UNSET, (10, None)),
    (_UNSET, 10, (None, 10)),
    (None, _UNSET, (None, None)),
    (None, None, (None, None)),
    (None, 5, (None, 5)),
  ],
)
def test_checkpoint_intervals(steps, secs, expected):
  """One interval given turns the other off; none given means 600 seconds."""
  given = {'save_checkpoints_steps': steps, 'save_checkpoints_secs': secs}
  given = {k: v for k, v in given.items() if v is not _UNSET}
  config = run_config.RunConfig(**given)
  intervals = config.save_checkpoints_steps, config.save_checkpoints_secs
  assert intervals == expected


@pytest.mark.parametrize(
  'replaced, expected',
  [
    ({'save_checkpoints_secs': 5}, (None, 5)),
    ({'save_checkpoints_steps': 5}, (5, None)),
    ({'save_checkpoints_steps': None}, (None, None)),
    ({'save_checkpoints_secs': None}, (10, None)),
    ({'save_checkpoints_steps': None, 'save_checkpoints_secs': 3}, (None, 3)),
    ({'save_checkpoints_steps': 0}, (0, None)),
  ],
)
def test_replace_checkpoint_intervals(replaced, expected):
  """Replacing one interval by a number clears the other."""
  config = run_config.RunConfig(save_checkpoints_steps=10).replace(**replaced)
  intervals = config.save_checkpoints_steps, config.save_checkpoints_secs
  assert intervals == expected


def test_both_intervals_are_refused():
  """Two intervals at once raise, in the constructor and in replace."""
  both = {'save_checkpoints_steps': 5, 'save_checkpoints_secs': 7}
  with pytest.raises(ValueError, match=r'cannot be both set.* 5 and 7'):
    run_config.RunConfig(**both)
  with pytest.raises(ValueError, match=r'cannot be both set.* 5 and 7'):
    run_config.RunConfig().replace(**both)


@pytest.mark.parametrize('name', ['bogus', 'num_worker_replicas', 'task_id'])
def test_replace_refuses_other_names(name):
  """Only the constructor's arguments can be replaced."""
  with pytest.raises(ValueError, match=f'Replacing {name} is not supported'):
    run_config.RunConfig().replace(**{name: 2})


def test_replace_leaves_the_original():
  """Replacing makes a copy, of a subclass too."""

  class Mine(run_config.RunConfig):
    _replaceable = (*run_config.RunConfig._replaceable, 'extra')  # noqa: SLF001

  config = Mine(model_dir='/a')
  changed = config.replace(model_dir='/b', extra=3)
  assert (config.model_dir, changed.model_dir) == ('/a', '/b')
  assert type(changed) is Mine
  assert vars(changed)['_extra'] == 3
  assert copy.deepcopy(config).model_dir == '/a'


class _Distribute:
  def __init__(self, train=None, evaluate=None, remote_cluster=None):
    self.train_distribute = train
    self.eval_distribute = evaluate
    self.remote_cluster = remote_cluster


def test_strategies_come_out_of_experimental_distribute():
  """The two strategies are also readable as properties of their own."""
  config = run_config.RunConfig(experimental_distribute=_Distribute('t', 'e'))
  assert (config.train_distribute, config.eval_distribute) == ('t', 'e')


@pytest.mark.parametrize('name', ['train_distribute', 'eval_distribute'])
def test_strategy_given_twice(name):
  """A strategy may come from one of the two places."""
  with pytest.raises(ValueError, match=f'Either `{name}` or'):
    run_config.RunConfig(
      experimental_distribute=_Distribute('t', 'e'), **{name: 's'}
    )


@pytest.mark.parametrize(
  'make',
  [
    lambda s: run_config.RunConfig(train_distribute=s),
    lambda s: run_config.RunConfig(eval_distribute=s),
    lambda s: run_config.RunConfig().replace(train_distribute=s),
    lambda s: run_config.RunConfig(experimental_distribute=_Distribute(s)),
  ],
)
def test_v2_parameter_servers_are_refused(make):
  """The error names the strategy that estimators can use."""
  kind = tf.distribute.experimental.ParameterServerStrategy
  with pytest.raises(ValueError, match='tf.compat.v1.distribute.experimental'):
    make(kind.__new__(kind))


def test_copies_share_strategies():
  """A copy trains on the same strategy; what else there is, is copied."""
  train = tf.distribute.OneDeviceStrategy('/cpu:0')
  evaluate = tf.distribute.OneDeviceStrategy('/cpu:0')
  config = run_config.RunConfig(
    session_config=tf.compat.v1.ConfigProto(),
    experimental_distribute=_Distribute(train, evaluate),
  )
  for copied in (copy.deepcopy(config), config.replace(save_summary_steps=3)):
    assert copied.train_distribute is train
    assert copied.eval_distribute is evaluate
    assert copied.session_config is not config.session_config


def test_default_session_config():
  """The default places softly and runs grappler's passes once."""
  config = run_config.default_session_config()
  assert str(config) == (
    'allow_soft_placement: true\n'
    'graph_options {\n  rewrite_options {\n'
    '    meta_optimizer_iterations: ONE\n  }\n}\n'
  )
