"""Checks what an input_fn is given, and what it may return."""

import collections

import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.inputs import input_call

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
