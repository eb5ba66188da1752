"""Trains and exports as TF 1 did, after disable_v2_behavior()."""

import os

import tensorflow as tf

tf1 = tf.compat.v1
tf1.disable_v2_behavior()

NAMES = ['linear/w:0', 'linear/w/read:0', 'linear/b:0', 'linear/b/read:0']


def model_fn(features, labels, mode):
  with tf1.variable_scope('linear'):
    w = tf1.get_variable('w', [2, 1], initializer=tf1.ones_initializer())
    b = tf1.Variable([0.5], name='b')
  y = tf.add(tf.matmul(features['x'], w), b, name='y')
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(
      mode,
      predictions={'y': y},
      export_outputs={
        'serving_default': tf.estimator.export.PredictOutput({'y': y})
      },
    )
  loss = tf1.losses.mean_squared_error(labels, y)
  optimizer = tf1.train.MomentumOptimizer(0.1, 0.9)
  return tf.estimator.EstimatorSpec(
    mode,
    loss=loss,
    train_op=optimizer.minimize(loss, tf1.train.get_global_step()),
  )


def input_fn():
  rows = ({'x': [[1.0, 2.0], [0.5, -1.0]]}, [[3.0], [-1.0]])
  return tf.data.Dataset.from_tensors(rows).repeat()


def receiver():
  x = tf1.placeholder(tf.float32, [None, 2], 'x')
  return tf.estimator.export.ServingInputReceiver({'x': x}, {'x': x})


class Fetch(tf1.train.SessionRunHook):
  """Fetches variables by name after each run.

  In the same run a Session reads such a variable before or after its update.
  """

  def __init__(self):
    self.seen = []

  def after_run(self, run_context, run_values):
    values = run_context.session.run(NAMES)
    self.seen.append([value.tolist() for value in values])


def infos(by_key):
  return {
    key: [
      info.name,
      info.dtype,
      [size.size for size in info.tensor_shape.dim],
    ]
    for key, info in by_key.items()
  }


def export(model_dir):
  """What training by name sees, and what the export says of itself."""
  hook = Fetch()
  estimator = tf.estimator.Estimator(model_fn, model_dir)
  estimator.train(input_fn, steps=3, hooks=[hook])
  path = estimator.export_saved_model(
    os.path.join(model_dir, 'export'), receiver
  ).decode()
  with tf1.Session(graph=tf.Graph()) as session:
    loaded = tf1.saved_model.load(session, ['serve'], path)
    trainable = [v.op.name for v in tf1.trainable_variables()]
    collections = sorted(loaded.collection_def)
  signature = loaded.signature_def['serving_default']
  return {
    'path': path,
    'seen': hook.seen,
    'inputs': infos(signature.inputs),
    'outputs': infos(signature.outputs),
    'method': signature.method_name,
    'trainable': trainable,
    'collections': collections,
    'variables': [
      [
        name,
        tf.train.load_variable(path + '/variables/variables', name).tolist(),
      ]
      for name, _ in tf.train.list_variables(path + '/variables/variables')
    ],
  }


def serve(path):
  """What TensorFlow's own Session computes from an export."""
  with tf1.Session(graph=tf.Graph()) as session:
    tf1.saved_model.load(session, ['serve'], path)
    return session.run('y:0', {'x:0': [[1.0, 1.0]]}).tolist()
