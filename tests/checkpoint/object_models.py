"""Models whose Scaffold has a tf.train.Checkpoint, as TensorFlow's guide has it."""

import keras
import numpy as np
import tensorflow as tf
import tf_keras

import tfcompat_estimator as tfe
from tfcompat_estimator.saved_models import receivers

v1 = tf.compat.v1
X = np.arange(12, dtype=np.float32).reshape(4, 3) / 10
Y = X[:, :1] * 2 - X[:, 1:2]


def input_fn():
  return tf.data.Dataset.from_tensors(({'x': X}, Y)).repeat()


def eval_input_fn():
  return tf.data.Dataset.from_tensors(({'x': X}, Y))


def receiver():
  x = v1.placeholder(tf.float32, [None, 3])
  return tfe.export.ServingInputReceiver({'x': x}, {'x': x})


def supervised():
  x = v1.placeholder(tf.float32, [None, 3])
  y = v1.placeholder(tf.float32, [None, 1])
  tensors = {'x': x, 'y': y}
  return receivers.SupervisedInputReceiver({'x': x}, y, tensors)


class Variables(tf.Module):
  """A layer by hand; its variables have the names of a Keras layer's."""

  def __init__(self):
    super().__init__()
    self.w = v1.get_variable(
      'w', [3, 1], initializer=v1.constant_initializer(0.1)
    )
    self.b = v1.get_variable('b', [1], initializer=v1.zeros_initializer())

  def __call__(self, x):
    return x @ self.w + self.b


def dense(library):
  ones = library.initializers.Ones()
  return lambda: library.Sequential(
    # Keras 3 would number layers from graph to graph.
    [library.layers.Dense(1, kernel_initializer=ones, name='dense')],
    name='net',
  )


NETS = {
  'variables': Variables,
  'tf_keras': dense(tf_keras),
  'keras3': dense(keras),
}


def objects(step, optimizer, net):
  return tf.train.Checkpoint(step=step, optimizer=optimizer, net=net)


def old_objects(step, optimizer, net):
  """The class of the same name in tf.compat.v1."""
  return v1.train.Checkpoint(step=step, optimizer=optimizer, net=net)


def names(step, optimizer, net):
  return v1.train.Saver()


def model_fn(features, labels, mode, params):
  net = NETS[params.get('net', 'variables')]()
  out = net(features['x'])
  if params.get('more'):
    net.more = v1.get_variable('more', [2])
  step = v1.train.get_global_step()
  is_keras3 = isinstance(net, keras.Model)
  optimizer = (keras.optimizers.Adam if is_keras3 else v1.train.AdamOptimizer)(
    0.1
  )
  loss = train_op = None
  if mode != 'infer':
    loss = tf.reduce_mean(tf.square(out - labels))
  if mode == 'train' and is_keras3:
    weights = [weight.value for weight in net.trainable_variables]
    head = tfe.RegressionHead()
    train_op = head.create_estimator_spec(
      features, mode, out, labels, optimizer, weights
    ).train_op
  elif mode == 'train':
    train_op = optimizer.minimize(loss, step, v1.trainable_variables())
  saver = params.get('saver', objects)(step, optimizer, net)
  return tfe.EstimatorSpec(
    mode,
    predictions={'y': out},
    loss=loss,
    train_op=train_op,
    scaffold=v1.train.Scaffold(saver=saver),
  )


def make(model_dir, params=None, warm_start_from=None, **config):
  config = {
    'save_checkpoints_steps': 1,
    'log_step_count_steps': None,
    'save_summary_steps': None,
    **config,
  }
  return tfe.Estimator(
    model_fn,
    str(model_dir),
    tfe.RunConfig(**config),
    params or {},
    warm_start_from,
  )


def train(model_dir, max_steps, params=None, **config):
  return make(model_dir, params, **config).train(input_fn, max_steps=max_steps)


def predicted(estimator, **options):
  """The predictions of all rows."""
  rows = estimator.predict(eval_input_fn, **options)
  return np.stack([row['y'] for row in rows])
