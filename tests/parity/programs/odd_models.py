"""Builds models by what TF 1 offers beyond layers and one optimizer."""

import itertools
import os
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.dirname(__file__))

import odd_uses

tf1 = tf.compat.v1
estimators = tf.estimator
folder, rows, two = odd_uses.folder, odd_uses.rows, odd_uses.two
linear, plain = odd_uses.linear, odd_uses.plain
ones = tf1.ones_initializer()
CASES = {}


def case(function):
  """Enters a case: what it returns, or the type of what it raises, is compared."""
  CASES[function.__name__] = function
  return function


def spec_of(y, labels, mode, minimize=None, **more):
  """The spec of a model that answers y."""
  if mode == 'infer':
    return estimators.EstimatorSpec(mode, predictions={'y': y}, **more)
  loss = tf1.losses.mean_squared_error(labels, y)
  if minimize is None:
    minimize = tf1.train.GradientDescentOptimizer(0.1).minimize
  step = tf1.train.get_or_create_global_step()
  return estimators.EstimatorSpec(
    mode, loss=loss, train_op=minimize(loss, step), **more
  )


def weight(name='w', **more):
  return tf1.get_variable(name, [2, 1], initializer=ones, **more)


def variables(estimator):
  names = estimator.get_variable_names()
  return {name: estimator.get_variable_value(name) for name in names}


def life(model_fn):
  """What is left of training, evaluating and predicting."""
  estimator = estimators.Estimator(model_fn, folder())
  estimator.train(rows, steps=3)
  metrics = estimator.evaluate(two)
  predictions = [p['y'] for p in estimator.predict(two)]
  return [metrics, predictions, variables(estimator)]


@case
def variables_reused():
  def model_fn(features, labels, mode):
    with tf1.variable_scope('tower') as scope:
      weights = [weight()]
      tf1.get_variable_scope().reuse_variables()
      weights.append(weight())
    with tf1.variable_scope('tower', reuse=tf1.AUTO_REUSE):
      weights.append(weight())
    with tf1.variable_scope(scope, reuse=True):
      weights.append(weight())
    y = tf.matmul(features['x'], 0.1 * tf.add_n(weights))
    return spec_of(y, labels, mode)

  return life(model_fn)


@case
def custom_getter_and_regularizer():
  seen = []

  def doubled(getter, name, *arguments, **more):
    seen.append(name)
    return 2.0 * getter(name, *arguments, **more)

  def model_fn(features, labels, mode):
    more = {'regularizer': lambda w: 0.1 * tf.reduce_sum(w)}
    with tf1.variable_scope('s', custom_getter=doubled, **more):
      w = weight()
    y = tf.matmul(features['x'], w) + tf1.losses.get_regularization_loss()
    return spec_of(y, labels, mode)

  return [*life(model_fn), seen]


@case
def variables_in_parts():
  def model_fn(features, labels, mode):
    halves = tf1.fixed_size_partitioner(2)
    with tf1.variable_scope('s', partitioner=halves):
      w = weight()
    table = tf1.get_variable(
      'table', [6, 1], initializer=ones, partitioner=halves
    )
    found = tf1.nn.embedding_lookup(table, [0, 5], partition_strategy='div')
    y = tf.matmul(features['x'], w) + 0.1 * tf.reduce_sum(found)
    return spec_of(y, labels, mode)

  return life(model_fn)


@case
def layers_and_update_ops():
  def model_fn(features, labels, mode):
    training = mode == 'train'
    some = tf1.constant_initializer(0.5)
    x = tf1.layers.dense(features['x'], 3, tf.nn.relu, kernel_initializer=some)
    x = tf1.layers.batch_normalization(x, training=training)
    x = tf1.layers.conv2d(
      tf.reshape(x, [-1, 1, 3, 1]), 2, [1, 2], kernel_initializer=some
    )
    x = tf1.layers.flatten(tf1.layers.max_pooling2d(x, [1, 2], [1, 1]))
    y = tf1.layers.dense(x, 1, kernel_initializer=ones)
    updates = tf1.get_collection(tf1.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(updates):
      return spec_of(y, labels, mode)

  return life(model_fn)


@case
def rows_scattered_by_the_train_op():
  def model_fn(features, labels, mode):
    spec = linear(features, labels, mode)
    if mode != 'train':
      return spec
    table = tf1.get_variable('t', [4, 2], initializer=ones, trainable=False)
    with tf.control_dependencies([spec.train_op]):
      first = tf1.scatter_update(table, [1], [[5.0, 5.0]])
    with tf.control_dependencies([first]):
      second = [
        tf1.scatter_add(table, [1, 2], [[1.0, 1.0], [2.0, 2.0]]),
        tf1.scatter_nd_update(table, [[3]], [[7.0, 7.0]]),
        tf1.scatter_mul(table, [0], [[3.0, 3.0]]),
      ]
    return spec._replace(train_op=tf.group(*second))

  estimator = estimators.Estimator(model_fn, folder())
  estimator.train(rows, steps=3)
  return variables(estimator)


@case
def averages_swapped_in():
  def model_fn(features, labels, mode):
    y = tf.matmul(features['x'], weight())
    averages = tf1.train.ExponentialMovingAverage(0.5)
    if mode != 'train':
      saver = tf1.train.Saver(averages.variables_to_restore())
      return spec_of(y, labels, mode, scaffold=tf1.train.Scaffold(saver=saver))
    spec = spec_of(y, labels, mode)
    with tf.control_dependencies([spec.train_op]):
      return spec._replace(train_op=averages.apply(tf1.trainable_variables()))

  return life(model_fn)


@case
def gradients_of_gradients():
  def model_fn(features, labels, mode):
    w = weight()

    def minimize(loss, step):
      gradient = tf1.gradients(loss, [w])[0]
      loss += 0.01 * tf.reduce_sum(tf.stop_gradient(gradient) * w)
      loss += 0.01 * tf.reduce_sum(gradient**2)
      optimizer = tf1.train.AdagradOptimizer(0.1)
      gradients, weights = zip(*optimizer.compute_gradients(loss), strict=True)
      clipped, _ = tf.clip_by_global_norm(gradients, 0.5)
      return optimizer.apply_gradients(zip(clipped, weights, strict=True), step)

    return spec_of(tf.matmul(features['x'], w), labels, mode, minimize)

  return life(model_fn)


@case
def gradients_of_ones_own():
  @tf.RegisterGradient('Half')
  def half(operation, gradient):
    return 0.5 * gradient

  @tf.custom_gradient
  def reversed_gradient(x):
    return tf.identity(x), lambda gradient: -gradient

  def model_fn(features, labels, mode):
    graph = tf1.get_default_graph()
    with graph.gradient_override_map({'Identity': 'Half'}):
      w = tf.identity(weight())
    y = reversed_gradient(tf.matmul(features['x'], w))
    return spec_of(y, labels, mode)

  return life(model_fn)


@case
def an_opponent_trained_by_a_hook():
  def model_fn(features, labels, mode):
    some = tf1.constant_initializer(0.2)
    with tf1.variable_scope('one'):
      x = tf1.layers.dense(features['x'], 2, kernel_initializer=some)
    with tf1.variable_scope('other'):
      y = tf1.layers.dense(x, 1, kernel_initializer=some)
    loss = tf.reduce_mean(tf.nn.softplus(-y))
    minimize = tf1.train.GradientDescentOptimizer(0.1).minimize
    one = minimize(loss, var_list=tf1.trainable_variables('one'))
    other = minimize(-loss, var_list=tf1.trainable_variables('other'))

    class Alternates(tf1.train.SessionRunHook):
      def before_run(self, run_context):
        for operation in (other, other, one):
          run_context.session.run(operation)

    step = tf1.assign_add(tf1.train.get_global_step(), 1)
    return estimators.EstimatorSpec(
      mode, loss=loss, train_op=step, training_hooks=[Alternates()]
    )

  estimator = estimators.Estimator(model_fn, folder())
  estimator.train(rows, steps=3)
  return variables(estimator)


@case
def an_optimizer_reset_by_a_hook():
  def model_fn(features, labels, mode):
    optimizer = tf1.train.AdamOptimizer(0.1)
    y = tf.matmul(features['x'], weight())
    spec = spec_of(y, labels, mode, optimizer.minimize)
    reset = tf1.variables_initializer(optimizer.variables())

    class Resets(tf1.train.SessionRunHook):
      def after_run(self, run_context, run_values):
        run_context.session.run(reset)

    return spec._replace(training_hooks=[Resets()])

  estimator = estimators.Estimator(model_fn, folder())
  estimator.train(rows, steps=3)
  return variables(estimator)


@case
def a_model_within_a_model():
  teacher = estimators.Estimator(plain, folder())
  teacher.train(rows, steps=2)

  def model_fn(features, labels, mode):
    with tf1.variable_scope('teacher'):
      spec = teacher.model_fn(features, None, 'infer', teacher.config)
    tf1.train.init_from_checkpoint(teacher.model_dir, {'w': 'teacher/w'})
    soft = tf.stop_gradient(spec.predictions['y'])
    with tf1.variable_scope('student'):
      return linear(features, None if labels is None else soft, mode)

  return life(model_fn)


@case
def a_frozen_graph_within_a_model():
  with tf1.Graph().as_default() as graph:
    tf.multiply(tf1.placeholder(tf.float32, [None, 2], 'x'), 3.0, name='y')
  frozen = graph.as_graph_def()

  def model_fn(features, labels, mode):
    (x,) = tf1.import_graph_def(frozen, {'x:0': features['x']}, ['y:0'])
    return linear({'x': x}, labels, mode)

  return life(model_fn)


@case
def cells():
  def model_fn(features, labels, mode):
    x = tf.reshape(features['x'], [2, 2, 1])
    cell = tf1.nn.rnn_cell
    with tf1.variable_scope('r', initializer=tf1.constant_initializer(0.2)):
      deep = cell.MultiRNNCell([cell.LSTMCell(3), cell.GRUCell(2)])
      a, _ = tf1.nn.dynamic_rnn(
        deep, x, sequence_length=[1, 2], dtype=tf.float32
      )
      (b, c), _ = tf1.nn.bidirectional_dynamic_rnn(
        cell.BasicLSTMCell(2), cell.BasicRNNCell(2), x, dtype=tf.float32
      )
    y = tf.reduce_sum(tf.concat([a, b, c], 2), [1, 2])[:, None]
    return spec_of(y, labels, mode, tf1.train.AdamOptimizer(0.01).minimize)

  return life(model_fn)


@case
def rates_that_decay():
  def model_fn(features, labels, mode):
    step = tf1.train.get_or_create_global_step()
    rate = (
      tf1.train.piecewise_constant(step, [1, 3], [0.1, 0.01, 0.001])
      + tf1.train.exponential_decay(0.1, step, 2, 0.5, staircase=True)
      + tf1.train.polynomial_decay(0.1, step, 10)
      + tf1.train.cosine_decay(0.1, step, 10)
    )
    optimizer = tf1.train.RMSPropOptimizer(rate, momentum=0.9, centered=True)
    y = tf.matmul(features['x'], weight())
    return spec_of(y, labels, mode, optimizer.minimize)

  return life(model_fn)


@case
def optimizers():
  train = tf1.train
  makers = (
    lambda: train.FtrlOptimizer(0.1, l1_regularization_strength=0.01),
    lambda: train.AdadeltaOptimizer(0.1),
    lambda: train.ProximalGradientDescentOptimizer(0.1, 0.01),
    lambda: train.ProximalAdagradOptimizer(0.1, 0.1, 0.01),
    lambda: train.AdagradDAOptimizer(0.1, train.get_global_step()),
    lambda: train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
  )

  def life_with(make):
    def model_fn(features, labels, mode):
      table = tf1.get_variable('table', [5, 1], initializer=ones)
      ids = tf.sparse.from_dense([[1, 2], [3, 3]])
      y = tf.matmul(features['x'], weight())
      y += tf.nn.embedding_lookup(table, tf.constant([1, 3]))
      y += tf.nn.embedding_lookup_sparse(table, ids, None, combiner='sum')
      minimize = make().minimize if mode == 'train' else None
      return spec_of(y, labels, mode, minimize)

    return life(model_fn)

  return [life_with(make) for make in makers]


@case
def kinds_of_predictions():
  kinds = {
    'a scalar': lambda x: {'a': tf.reduce_sum(x)},
    'other lengths': lambda x: {'a': x, 'b': x[:1]},
    'strings': lambda x: {'a': tf.as_string(x)},
    'sparse': lambda x: {'a': tf.sparse.from_dense(x)},
    'a dict in a dict': lambda x: {'a': {'b': x}},
    'a list': lambda x: [x, x],
    'an array': lambda x: {'a': np.ones(2)},
    'a number': lambda x: {'a': 3.0},
    'halves': lambda x: {'a': tf.cast(x, tf.float16)},
    'no rows': lambda x: {'a': x[:0]},
  }

  def outcomes(kind):
    def model_fn(features, labels, mode):
      spec = linear(features, labels, mode)
      if mode != 'infer':
        return spec
      return spec._replace(predictions=kind(features['x']))

    estimator = estimators.Estimator(model_fn, folder())
    estimator.train(rows, steps=1)

    def first_two(**more):
      list(itertools.islice(estimator.predict(two, **more), 2))

    return [
      odd_uses.outcome(first_two, **more)
      for more in (
        {},
        {'yield_single_examples': False},
        {'predict_keys': 'a'},
        {'predict_keys': ['none']},
      )
    ]

  return {name: outcomes(kind) for name, kind in kinds.items()}


def run(off):
  """What all cases come to."""
  return odd_uses.results_of(CASES, off)
