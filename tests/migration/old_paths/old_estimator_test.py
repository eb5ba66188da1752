"""Calls what old modules of Estimator had, as programs do."""

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.migration.old_paths import calling
from tfcompat_estimator.checkpoint import tensors
from tfcompat_estimator.migration.old_paths import old_estimator

v1 = tf.compat.v1
old = calling.old


@pytest.fixture(autouse=True)
def installed():
  with tfcompat_estimator.install(), tf.Graph().as_default():
    yield


def test_checks_of_a_model_dir(tmp_path):
  """No checkpoint is an error."""
  with pytest.raises(ValueError, match='Could not find trained model in'):
    old('estimator')._check_checkpoint_available(str(tmp_path))


def test_metrics_are_written(tmp_path):
  """As text by their names' order, and as an event."""
  estimator = old('estimator')
  metrics = {'b': np.float32(1.5), 'a': np.float32(2), 'global_step': 3}

  b = np.float32(0.1)  # Not 0.10000000149011612, as f'{b}' has it.

  assert estimator._dict_to_str({'b': b, 'a': 2, 'c': b'x'}) == (
    'a = 2, b = 0.1'
  )
  estimator._write_dict_to_summary(str(tmp_path), metrics, 7)
  found = old('early_stopping').read_eval_metrics(str(tmp_path))
  assert found == {7: {'a': 2.0, 'b': 1.5}}


def test_hooks_and_listeners_are_checked():
  """None is none, a wrong type is an error."""
  estimator = old('estimator')

  assert estimator._check_hooks_type(None) == []
  assert estimator._check_listeners_type(None) == []
  with pytest.raises(TypeError, match='Hooks must be a SessionRunHook'):
    estimator._check_hooks_type([1])
  with pytest.raises(TypeError, match='must be a list of Checkpoint'):
    estimator._check_listeners_type([1])


def test_arguments_of_an_estimator_are_completed(tmp_path):
  """The config has the model_dir; a path becomes warm start settings."""
  estimator = old('estimator')

  config = estimator.maybe_overwrite_model_dir_and_session_config(
    None, str(tmp_path)
  )
  settings = estimator._get_default_warm_start_settings(str(tmp_path))

  assert config.model_dir == str(tmp_path)
  assert settings.ckpt_to_initialize_from == str(tmp_path)
  assert settings.vars_to_warm_start == '.*'


def test_supervised_receiver_of_an_input_fn():
  """Placeholders of an open batch size, shaped like the input's."""

  def input_fn(size):
    data = ({'x': np.zeros([4, size], np.float32)}, np.zeros([4, 1], np.int64))
    return tf.data.Dataset.from_tensor_slices(data).batch(2)

  build = old('export.export').build_supervised_input_receiver_fn_from_input_fn
  receiver = build(input_fn, size=3)()

  assert receiver.features['x'].shape.as_list() == [None, 3]
  assert receiver.labels.dtype == tf.int64
  assert set(receiver.receiver_tensors) == {'x', 'label'}


def test_results_of_iterators():
  """A pair is features and labels, all else features."""
  util = old('util')

  assert util.parse_iterator_result((1, 2)) == (1, 2)
  assert util.parse_iterator_result({'a': 1}) == ({'a': 1}, None)
  features, labels, hooks = util.parse_input_fn_result((1, 2))
  assert (features, labels, hooks) == (1, 2, [])
  with pytest.raises(ValueError, match='len 2 tuple'):
    util.parse_iterator_result((1, 2, 3))


def count_steps(features, labels, mode):
  """A model function that only counts."""
  del labels
  step = v1.assign_add(v1.train.get_global_step(), 1)
  loss = tf.reduce_sum(features['x']) * 0.0
  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=step)


@pytest.mark.parametrize('kind', ['util', 'several', 'iterator'])
def test_hooks_that_initialize(tmp_path, kind):
  """Each of the hooks has the input ready when training starts."""
  hooks = []

  class Late(v1.train.SessionRunHook):
    """Makes the hook when the input is there."""

    def begin(self):
      for hook in hooks:
        hook.begin()

    def after_create_session(self, session, coord):
      for hook in hooks:
        hook.after_create_session(session, coord)

  def input_fn():
    data = tf.data.Dataset.from_tensors({'x': tf.ones([2])}).repeat(3)
    iterator = v1.data.make_initializable_iterator(data)
    if kind == 'util':
      hooks[:] = [old('util')._DatasetInitializerHook(iterator)]
    elif kind == 'several':
      make = old('util').MultiHostDatasetInitializerHook
      hooks[:] = [make([iterator.initializer])]
    else:
      iterator.initialize = lambda: iterator.initializer
      hooks[:] = [old('util').DistributedIteratorInitializerHook(iterator)]
    return iterator.get_next()

  estimator = tf.estimator.Estimator(count_steps, str(tmp_path))
  estimator.train(input_fn, hooks=[Late()])

  assert estimator.get_variable_value('global_step') == 3


def test_load_global_step(tmp_path):
  """The step of the latest checkpoint; 0 where there is none."""
  assert old_estimator.load_global_step(str(tmp_path)) == 0

  for step in (5, 12):
    path = str(tmp_path / f'model.ckpt-{step}')
    tensors.write(path, {'global_step': np.int64(step)})
  v1.train.update_checkpoint_state(str(tmp_path), path)

  assert old_estimator.load_global_step(str(tmp_path)) == 12
