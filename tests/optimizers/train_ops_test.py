"""Trains heads by each kind of optimizer, and checks the steps they count."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.heads import libraries
from tfcompat_estimator import _tf
from tfcompat_estimator.optimizers import keras_optimizers
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1

LABELS = np.array([[1.0], [0.0]], np.float32)
START = np.array([[0.5], [-1.0]], np.float32)
STEPS = 3

NEW_STYLE = {
  'tf_keras Adam': lambda: tf_keras.optimizers.Adam(0.1),
  'tf_keras SGD, schedule': lambda: tf_keras.optimizers.SGD(
    tf_keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5), momentum=0.9
  ),
  'tf_keras AdamW, clipped': lambda: tf_keras.optimizers.AdamW(
    0.1, clipnorm=0.1
  ),
  'Keras 3 Adam': lambda: keras.optimizers.Adam(0.1),
  'Keras 3 Adam, averaged': lambda: keras.optimizers.Adam(0.1, use_ema=True),
  'Keras 3 SGD, schedule': lambda: keras.optimizers.SGD(
    keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5), momentum=0.9
  ),
}


class Training:
  """A head's training in a plain graph; the logits are the variable."""

  def __init__(self, make_arguments):
    with tf.Graph().as_default() as graph:
      global_step = v1.train.create_global_step()
      variable = v1.get_variable('v', initializer=START, use_resource=True)
      spec = libraries.HEADS.RegressionHead().create_estimator_spec(
        features={},
        mode='train',
        logits=tf.identity(variable),
        labels=tf.constant(LABELS),
        **make_arguments(variable),
      )
      self.names = [each.name for each in v1.global_variables()]
      initializer = v1.global_variables_initializer()
      with emulated_session.EmulatedSession(graph) as sess:
        sess.run(initializer)
        for _ in range(STEPS):
          sess.run(spec.train_op)
        self.variable, self.step = sess.run([variable, global_step])
        self.all = dict(
          zip(self.names, sess.run(v1.global_variables()), strict=True)
        )


def by(optimizer):
  return lambda variable: {
    'optimizer': optimizer,
    'trainable_variables': [variable],
  }


def trained_eagerly(optimizer):
  """What the optimizer makes of START by the same loss."""
  variable = tf.Variable(START)
  for _ in range(STEPS):
    with tf.GradientTape() as tape:
      loss = tf.reduce_mean(tf.square(variable - LABELS))
    gradient = tape.gradient(loss, variable)
    optimizer.apply_gradients([(gradient, variable)])
  return variable.numpy()


@pytest.mark.eager
@pytest.mark.parametrize('make', NEW_STYLE.values(), ids=NEW_STYLE)
def test_new_style_optimizers_step_as_they_do_eagerly(make):
  """The same numbers; iterations advance with the global step."""
  training = Training(by(make()))

  np.testing.assert_allclose(
    training.variable, trained_eagerly(make()), rtol=1e-5
  )
  assert training.step == STEPS
  assert STEPS in [
    value for name, value in training.all.items() if 'iteration' in name
  ]
  assert all(
    name.startswith(('v:', 'global_step:', 'training/'))
    for name in training.names
  )


@pytest.mark.eager
@pytest.mark.parametrize('make', NEW_STYLE.values(), ids=NEW_STYLE)
def test_one_new_style_instance_trains_in_two_graphs(make):
  """The second graph has variables of the same names, and starts afresh."""
  optimizer = make()

  first, second = Training(by(optimizer)), Training(by(optimizer))

  assert first.names == second.names
  np.testing.assert_array_equal(first.variable, second.variable)


@pytest.mark.eager
def test_names_do_not_depend_on_earlier_optimizers():
  """Keras 3 numbers its optimizers; variables' names have no such number."""
  names = [Training(by(keras.optimizers.Adam(0.1))).names for _ in range(2)]

  assert names[0] == names[1]


@pytest.mark.eager
def test_an_optimizer_made_in_the_graph():
  """A model function may make a new-style optimizer itself."""
  expected = trained_eagerly(tf_keras.optimizers.Adam(0.1))

  training = Training(
    lambda variable: {
      'optimizer': tf_keras.optimizers.Adam(0.1),
      'trainable_variables': [variable],
    }
  )

  np.testing.assert_allclose(training.variable, expected, rtol=1e-5)


def test_an_optimizer_of_another_graph_is_refused():
  """It cannot be copied: its numbers live in that graph."""
  with tf.Graph().as_default():
    optimizer = tf_keras.optimizers.Adam(0.1)

  with pytest.raises(ValueError, match='`optimizer`.* another graph'):
    Training(by(optimizer))


def test_averages_of_tf_keras_are_refused():
  """Their initial values would be read in no order."""
  with pytest.raises(ValueError, match='`optimizer`.* use_ema'):
    Training(by(tf_keras.optimizers.Adam(0.1, use_ema=True)))


@pytest.mark.parametrize(
  'arguments',
  [
    {'gradient_accumulation_steps': 2},
    {'use_ema': True, 'ema_overwrite_frequency': 3},
  ],
)
def test_what_keras3_does_at_some_steps_is_refused(arguments):
  """It would do it at none, as its comparison of counts is False in a graph."""
  optimizer = keras.optimizers.Adam(0.1, **arguments)
  for each in (optimizer, keras.optimizers.LossScaleOptimizer(optimizer)):
    with pytest.raises(ValueError, match=f'`optimizer`.*{[*arguments][-1]}='):
      Training(by(each))


def test_a_legacy_optimizer_counts_in_its_iterations():
  """Iterations that are the global step advance it; others do not."""

  def arguments(shared):
    def make(variable):
      optimizer = tf_keras.optimizers.legacy.Adam(0.1)
      if shared:
        optimizer.iterations = v1.train.get_global_step()
      return by(optimizer)(variable)

    return make

  shared, own = Training(arguments(True)), Training(arguments(False))

  assert (shared.step, own.step) == (STEPS, 0)
  assert own.all['training/Adam/iter:0'] == STEPS
  assert 'training/Adam/iter:0' not in shared.names
  assert 'training/Adam/v/m:0' in shared.names


def test_update_ops_run_with_the_train_op():
  """Operations such as those of batch normalization run in each step."""

  def arguments(variable):
    moving = v1.get_variable('moving', initializer=0.0, use_resource=True)
    return {
      'train_op_fn': lambda loss: v1.assign_sub(variable, variable * loss),
      'update_ops': [moving.assign_add(1.0).op],
    }

  training = Training(arguments)

  assert training.all['moving:0'] == STEPS


def test_v1_heads_run_the_collection_of_update_ops():
  """A v1 head takes the UPDATE_OPS collection along."""
  with tf.Graph().as_default() as graph:
    v1.train.create_global_step()
    variable = v1.get_variable('v', initializer=START, use_resource=True)
    moving = v1.get_variable('moving', initializer=0.0, use_resource=True)
    v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, moving.assign_add(1.0).op)
    spec = libraries.HEADS.regression_head().create_estimator_spec(
      features={},
      mode='train',
      logits=tf.identity(variable),
      labels=tf.constant(LABELS),
      optimizer=v1.train.GradientDescentOptimizer(0.1),
    )
    initializer = v1.global_variables_initializer()

  with emulated_session.EmulatedSession(graph) as sess:
    sess.run(initializer)
    sess.run(spec.train_op)
    assert sess.run(moving) == 1.0


def test_the_automatic_dependencies_that_new_optimizers_need():
  """Updates in a plain graph are ordered; were they not, slots would race."""
  with tf.Graph().as_default() as graph:
    slot = v1.get_variable('slot', initializer=0.0, use_resource=True)
    with _tf.AutomaticControlDependencies() as dependencies:
      slot.assign_add(1.0)
      slot.assign(slot * 10.0)
      done = dependencies.mark_as_return(tf.identity(slot))
    initializer = v1.global_variables_initializer()

  with emulated_session.EmulatedSession(graph) as sess:
    sess.run(initializer)
    assert sess.run(done) == 10.0


@pytest.mark.eager
@pytest.mark.parametrize('kind', ['tf_keras Adam', 'Keras 3 Adam'])
def test_variables_of_tf1_beside(kind):
  """A global step of TensorFlow 1 does no harm; variables to train are refused."""
  optimizer = NEW_STYLE[kind]()
  with tf.Graph().as_default(), v1.name_scope('head'):
    v1.get_variable('step', [], tf.int64, trainable=False, use_resource=False)
    new = v1.get_variable('new', [1], use_resource=True)
    old = v1.get_variable('old', [1], use_resource=False)
    keras_optimizers.minimize(optimizer, tf.reduce_sum(new), [new])
    with pytest.raises(ValueError, match=r"no ref variables .*'old:0'"):
      keras_optimizers.minimize(optimizer, tf.reduce_sum(old), [old])
