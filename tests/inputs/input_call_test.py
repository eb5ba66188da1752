"""Checks what an input_fn is given, and what it may return."""

import collections

import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.inputs import input_call, numpy_input

v1 = tf.compat.v1
ONE = np.ones([1], np.float32)


def test_an_eager_dataset_from_outside_is_refused(model_dir):
  """A dataset must be made in the input_fn's graph."""
  data = tf.data.Dataset.from_tensors((ONE, ONE))

  with pytest.raises(ValueError, match='graph'):
    tiny.estimator(model_dir).train(lambda: data)


INPUTS = {
  'dataset': lambda: tf.data.Dataset.from_tensors((ONE, ONE)).repeat(),
  'list': lambda: [tf.constant(ONE), tf.constant(ONE)],
  'tensors': lambda: (tf.constant(ONE), tf.constant(ONE)),
  'numpy': lambda: (ONE, ONE),
  'iterator': lambda: v1.data.make_one_shot_iterator(
    tf.data.Dataset.from_tensors((ONE, ONE)).repeat()
  ).get_next(),
}


@pytest.mark.parametrize('kind', INPUTS)
def test_kinds_of_input(kind, model_dir):
  """What an input_fn may return."""
  estimator = tiny.estimator(model_dir)

  assert estimator.train(INPUTS[kind], steps=2) is estimator
  assert estimator.get_variable_value('global_step') == 2


def test_input_fn_gets_mode_params_and_config(model_dir):
  """Each by its name."""
  seen = {}

  def input_fn(mode, params, config):
    seen.update(mode=mode, params=params, model_dir=config.model_dir)
    return tiny.batches()()

  base_estimator.Estimator(
    lambda features, labels, mode, params: tiny.model_fn(
      features, labels, mode
    ),
    model_dir,
    params={'a': 1},
  ).train(input_fn, steps=1)

  assert seen == {'mode': 'train', 'params': {'a': 1}, 'model_dir': model_dir}


def test_only_wanted_arguments_are_given():
  """By name, on the CPU; an input_context only where there is one."""
  context = tf.distribute.InputContext(2, 1)
  with tf.Graph().as_default():

    def input_fn(params, input_context=None):
      return params, input_context, tf.constant(1).device

    alone = input_call.call_input_fn(input_fn, 'train', 5, None)
    one_of_two = input_call.call_input_fn(input_fn, 'train', 5, None, context)

  assert alone == (5, None, '/device:CPU:0')
  assert one_of_two[1] is context


Pair = collections.namedtuple('Pair', ['a', 'b'])


@pytest.mark.parametrize(
  'result, features, labels',
  [((1, 2), 1, 2), ([1, None], 1, None), (Pair(1, 2), Pair(1, 2), None)],
)
def test_a_pair_is_features_and_labels(result, features, labels):
  """A namedtuple is features as a whole."""
  assert input_call.normalize(result) == (features, labels, [])


def _two(data):
  return data.map(lambda x, y: (x, y)).prefetch(2)


@pytest.mark.parametrize(
  'change, is_endless',
  [
    (lambda data: data.repeat(), True),
    (lambda data: _two(data.repeat().shuffle(2)).batch(2), True),
    (lambda data: data.repeat(-1).filter(lambda x, y: True), True),
    (lambda data: data.repeat(3), False),
    (lambda data: data.repeat().take(3), False),
    (_two, False),
  ],
)
def test_what_repeats_for_ever(change, is_endless):
  """Told by the operations of a dataset, without running it."""
  with tf.Graph().as_default():
    data = tf.data.Dataset.from_tensors((ONE, ONE))
    _, (hook,) = input_call.initializable_iterator(change(data))

    assert hook.is_endless() is is_endless


@pytest.mark.parametrize('is_endless', [True, False])
@pytest.mark.parametrize(
  'read',
  [
    lambda data, count: v1.data.make_one_shot_iterator(
      data.repeat(count).batch(2)
    ).get_next(),
    lambda data, count: numpy_input.numpy_input_fn(
      {'x': np.ones(3)}, num_epochs=count, shuffle=False
    )(),
  ],
  ids=['one-shot', 'arrays'],
)
def test_tensors_without_end(read, is_endless, caplog):
  """Told where no hook initializes the input: by its iterator, and by its maker."""
  with tf.Graph().as_default(), caplog.at_level('WARNING', 'tensorflow'):
    data = tf.data.Dataset.from_tensors((ONE, ONE))
    read(data, None if is_endless else 2)
    input_call.warn_of_endless([], 'evaluate does not end. Give `steps`')

  assert ('evaluate does not end' in caplog.text) == is_endless


class Stop(v1.train.SessionRunHook):
  """Ends after the first run."""

  def after_run(self, run_context, run_values):
    run_context.request_stop()


@pytest.mark.parametrize(
  'count, steps, is_told', [(None, None, 2), (None, 1, 0), (1, None, 0)]
)
def test_an_evaluation_without_end_is_told(
  count, steps, is_told, model_dir, caplog
):
  """An input that repeats needs `steps`; of each call."""

  def model_fn(features, labels, mode):
    spec = tiny.model_fn(features, labels, mode)
    return spec._replace(evaluation_hooks=[Stop()])  # or this test has no end

  estimator = base_estimator.EstimatorV2(model_fn, model_dir)
  for _ in range(2):
    estimator.evaluate(tiny.batches(count), steps=steps)

  assert caplog.text.count('evaluate does not end') == is_told


@pytest.mark.parametrize('hooks, is_told', [([], 1), ([Stop()], 0)])
def test_a_training_without_end_is_told(hooks, is_told, model_dir, caplog):
  """A hook may end it."""

  def model_fn(features, labels, mode):
    spec = tiny.model_fn(features, labels, mode)
    return spec._replace(loss=spec.loss * float('nan'))  # which ends it, too

  estimator = base_estimator.EstimatorV2(model_fn, model_dir)
  with pytest.raises(v1.train.NanLossDuringTrainingError):
    estimator.train(tiny.batches(), hooks=hooks)

  assert caplog.text.count('train does not end') == is_told
