"""Uses variables in the ways of TF 1, in a model_fn and in hooks."""

import os

import tensorflow as tf

tf1 = tf.compat.v1

STEPS = 3


def input_fn():
  rows = ({'x': [[1.0, 2.0], [0.5, -1.0]]}, [[3.0], [-1.0]])
  return tf.data.Dataset.from_tensors(rows).repeat()


def is_alone(w):
  """Whether it is a reference among branches that are functions.

  These cannot take references.
  """
  return w.op.type == 'VariableV2' and tf1.control_flow_v2_enabled()


def by_name(graph, w):
  """What is made of `w:0`."""
  named = graph.get_tensor_by_name('w:0')
  if named.dtype.base_dtype == tf.resource:
    return {}
  tf1.summary.histogram('named', named)
  return {
    'identity': tf.identity(named),
    'assigned': tf1.assign_add(named, tf.ones_like(named) * 0.25),
    'element': graph.as_graph_element(w),
    'read': graph.get_tensor_by_name('w/read:0') * 2.0,
  }


def forms(w):
  """What a variable offers."""
  first_kind = w.op.type == 'VariableV2'
  more = {'initialized_value': w.initialized_value()} if first_kind else {}
  return {
    **more,
    'value': w.value(),
    'read_value': w.read_value(),
    'is_initialized': tf1.is_variable_initialized(w),
    'converted': tf.convert_to_tensor(w),
    'indexed': w[0],
    'shape': tf.shape(w),
  }


def updates(w, table, count):
  """Operations that write, and what they return."""
  ones = tf.ones_like(w)
  first = tf1.assign(w, w * 0.5)
  with tf.control_dependencies([first]):
    second = tf1.assign_sub(w, ones * 0.125)
  with tf.control_dependencies([second]):
    third = w.assign_add(ones)
  rows = tf1.scatter_update(table, [1], [[5.0, 5.0]])
  with tf.control_dependencies([rows]):
    more = tf1.scatter_add(table, [0, 0], [[1.0, 1.0], [2.0, 2.0]])
  with tf.control_dependencies([more]):
    nd = tf1.scatter_nd_update(table, [[2]], [[7.0, 8.0]])
  with tf.control_dependencies([third, nd]):
    return {
      'first': tf.identity(first),
      'second': tf.identity(second),
      'third': tf.identity(third),
      'after': tf.identity(w),
      'counted': tf1.count_up_to(count, 100),
      'table': tf.identity(table),
      'looked_up': tf.nn.embedding_lookup(table, [2, 0]),
    }


def branches(w, step):
  """Writes in one branch of a condition and in a loop."""
  if is_alone(w):
    return {}
  flipped = tf.cond(
    tf.equal(step % 2, 0), lambda: tf1.assign(w, -w), lambda: tf.identity(w)
  )
  with tf.control_dependencies([flipped]):
    _, doubled = tf.while_loop(
      lambda i, _: i < 3,
      lambda i, total: (i + 1, total + tf.reduce_sum(w)),
      [0, 0.0],
    )
  return {'flipped': flipped, 'doubled': doubled}


def make(use_resource):
  def model_fn(features, labels, mode):
    def variable(name, value, **more):
      return tf1.get_variable(
        name,
        initializer=tf.constant(value),
        use_resource=use_resource,
        **more,
      )

    w = variable('w', [[1.0], [2.0]])
    b = tf1.Variable([0.5], name='b', use_resource=use_resource)
    other = variable('other', [[1.0], [-1.0]], trainable=False)
    third = variable('third', [[1.0], [-1.0]], trainable=False)
    table = variable('table', [[0.0, 0.0]] * 4, trainable=False)
    count = variable('count', 3, trainable=False)
    step = tf1.train.get_global_step()
    y = tf.matmul(features['x'], w) + b
    loss = tf1.losses.mean_squared_error(labels, y)
    optimizer = tf1.train.MomentumOptimizer(0.1, 0.9)
    pairs = optimizer.compute_gradients(loss)
    applied = optimizer.apply_gradients(pairs, step)
    average = tf1.train.ExponentialMovingAverage(0.5, step)
    train_op = applied
    if not is_alone(w):
      with tf.control_dependencies([applied]):
        train_op = average.apply([w])
    seen = {
      'gradients': [gradient for gradient, _ in pairs],
      'wrt_read': tf1.gradients(loss, w.read_value())[0],
      'wrt_variable': tf1.gradients(loss, w)[0],
      'step_after': tf.identity(step),
      'w': w,
      'slot': optimizer.get_slot(w, 'momentum'),
      'average': average.average(w),
      'b_name': 'b:0' if b.op.type == 'VariableV2' else b,
    }
    with tf.control_dependencies([train_op]):
      after = {'w_after': tf.identity(w), 'sum_after': tf.reduce_sum(w)}
    return tf.estimator.EstimatorSpec(
      mode,
      loss=loss,
      train_op=train_op,
      training_hooks=[
        Fetch({k: v for k, v in {**seen, **after}.items() if v is not None}),
        Run(
          forms(w),
          updates(other, table, count),
          branches(third, step),
        ),
      ],
    )

  return model_fn


FETCHED = []
RUN = []


class Fetch(tf1.train.SessionRunHook):
  """Fetches along with each step."""

  def __init__(self, fetches):
    self.fetches = fetches

  def before_run(self, run_context):
    return tf1.train.SessionRunArgs(self.fetches)

  def after_run(self, run_context, run_values):
    FETCHED.append(
      {key: tolist(value) for key, value in run_values.results.items()}
    )


class Run(tf1.train.SessionRunHook):
  """Runs these after each step, each in a run of its own."""

  def __init__(self, *runs):
    self.runs = runs

  def after_run(self, run_context, run_values):
    for fetches in self.runs:
      values = run_context.session.run(fetches)
      RUN.append({key: tolist(value) for key, value in values.items()})
    RUN.append(
      {
        v.op.name: tolist(run_context.session.run(v))
        for v in tf1.global_variables()
      }
    )


def tolist(value):
  if isinstance(value, (list, tuple)):
    return [tolist(part) for part in value]
  return value.tolist() if hasattr(value, 'tolist') else value


def uses(model_dir, off, use_resource):
  """What hooks fetch, and the checkpoint after it."""
  if off:
    tf1.disable_v2_behavior()
  use_resource = None if use_resource == 'None' else use_resource
  estimator = tf.estimator.Estimator(make(use_resource), model_dir)
  estimator.train(input_fn, steps=STEPS)
  return {
    'steps': FETCHED,
    'runs': RUN,
    'variables': {
      name: tolist(estimator.get_variable_value(name))
      for name in estimator.get_variable_names()
    },
  }


def names(model_dir, off):
  """What the graph is made of, and what `w:0` can be used for."""
  if off:
    tf1.disable_v2_behavior()
  found = {}

  def model_fn(features, labels, mode):
    graph = tf1.get_default_graph()
    w = tf1.get_variable('w', initializer=tf.constant([[1.0], [2.0]]))
    part = tf1.get_variable(
      'part', [4, 1], partitioner=tf1.fixed_size_partitioner(2)
    )
    dense = tf1.layers.dense(features['x'], 1, name='dense')
    loss = tf.reduce_sum(tf.matmul(features['x'], w)) + tf.reduce_sum(part)
    loss += tf.reduce_sum(dense)
    found.update(
      variables=[v.name for v in tf1.global_variables()],
      types=[type(v).__name__ for v in tf1.global_variables()],
      dtypes=[v.dtype.name for v in tf1.global_variables()],
      kinds=[v.op.type for v in tf1.global_variables()],
      operations=[[op.name, op.type] for op in graph.get_operations()]
      if off
      else [],
      initializer=w.initializer.name,
    )
    fetches = by_name(graph, w)
    train_op = tf1.train.AdamOptimizer(0.1).minimize(
      loss, tf1.train.get_global_step()
    )
    return tf.estimator.EstimatorSpec(
      mode, loss=loss, train_op=train_op, training_hooks=[Run(fetches)]
    )

  estimator = tf.estimator.Estimator(model_fn, model_dir)
  estimator.train(input_fn, steps=2)
  found['runs'] = [
    {k: v for k, v in run.items() if not k.startswith(('part', 'dense'))}
    for run in RUN
  ]
  events = [f for f in os.listdir(model_dir) if 'tfevents' in f]
  found['tags'] = sorted(
    {
      value.tag
      for event in tf1.train.summary_iterator(
        os.path.join(model_dir, events[0])
      )
      for value in event.summary.value
    }
  )
  return found
