"""Makes Estimators of models that are not canned, for the two-way matrix.

Each is a function from a model directory to the Estimator; all train on the same
batch. What they save covers what a user's model may save: slots of any
optimizer, parts of variables, averages, tables, objects, all data types.
"""

import functools

import numpy as np
import tensorflow as tf

try:
  import tf_keras as keras
except ImportError:
  from tensorflow import keras

tf1 = tf.compat.v1
SAVE_STEPS = 3
X = np.linspace(-1, 1, 24).reshape(8, 3).astype(np.float32)
Y = (X[:, :1] > 0.2).astype(np.float32)


def input_fn():
  return tf.data.Dataset.from_tensors(({'x': X}, Y)).repeat()


def config(model_dir):
  return tf.estimator.RunConfig(
    model_dir=model_dir,
    tf_random_seed=42,
    save_summary_steps=None,
    save_checkpoints_steps=SAVE_STEPS,
  )


def estimator_of(build, model_dir):
  """An Estimator whose model_fn is `build(features, labels)`.

  It returns the loss, the operation that trains and, maybe, a Scaffold.
  """

  def model_fn(features, labels, mode):
    loss, train_op, *scaffold = build(features['x'], labels)
    return tf.estimator.EstimatorSpec(
      mode, loss=loss, train_op=train_op, scaffold=(scaffold or [None])[0]
    )

  return tf.estimator.Estimator(model_fn, config=config(model_dir))


def logits_of(x, partitioner=None):
  """Two layers; the first one's kernel may be partitioned."""
  with tf1.variable_scope('net', partitioner=partitioner):
    kernel = tf1.get_variable('kernel', [3, 8])
    bias = tf1.get_variable('bias', [8], partitioner=None)
    hidden = tf.tanh(tf.matmul(x, tf.convert_to_tensor(kernel)) + bias)
    out = tf1.get_variable('out', [8, 1])
    return tf.matmul(hidden, tf.convert_to_tensor(out))


def loss_of(logits, labels):
  return tf.reduce_mean(
    tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
  )


def trained_by(optimizer, partitioner=None):
  """A model with one of tf.compat.v1.train's optimizers."""

  def build(x, labels):
    loss = loss_of(logits_of(x, partitioner), labels)
    step = tf1.train.get_global_step()
    return loss, optimizer().minimize(loss, step)

  return functools.partial(estimator_of, build)


def keras_trained_by(optimizer):
  """A model_fn of Keras layers and an optimizer of tf.keras' older kind."""

  def build(x, labels):
    layers = [keras.layers.Dense(4, 'tanh'), keras.layers.BatchNormalization()]
    model = keras.Sequential([*layers, keras.layers.Dense(1)])
    loss = loss_of(model(x, training=True), labels)
    made = optimizer()
    made.iterations = tf1.train.get_or_create_global_step()
    updates = made.get_updates(loss, model.trainable_variables)
    return loss, tf.group(*updates, *model.get_updates_for(x))

  return functools.partial(estimator_of, build)


def moving_averages(x, labels):
  """Exponential moving averages, which evaluation would restore."""
  loss = loss_of(logits_of(x), labels)
  step = tf1.train.get_global_step()
  train_op = tf1.train.MomentumOptimizer(0.1, 0.9).minimize(loss, step)
  averages = tf.train.ExponentialMovingAverage(0.9, step)
  with tf.control_dependencies([train_op]):
    train_op = averages.apply(tf1.trainable_variables())
  saver = tf1.train.Saver(tf1.global_variables())
  return loss, train_op, tf1.train.Scaffold(saver=saver)


def update_ops(x, labels):
  """A moving mean that the collection of updates keeps."""
  loss = loss_of(logits_of(x), labels)
  mean = tf1.get_variable('moving_mean', [3], trainable=False)
  update = mean.assign(0.9 * mean + 0.1 * tf.reduce_mean(x, 0))
  tf1.add_to_collection(tf1.GraphKeys.UPDATE_OPS, update.op)
  with tf.control_dependencies(tf1.get_collection(tf1.GraphKeys.UPDATE_OPS)):
    optimizer = tf1.train.GradientDescentOptimizer(0.1)
    train_op = optimizer.minimize(loss, tf1.train.get_global_step())
  return loss, train_op


def tables(x, labels):
  """A table of each kind that checkpoints hold, which grows by a row a step."""
  step = tf1.train.get_global_step()
  loss = loss_of(logits_of(x), labels)
  train_op = tf1.train.AdamOptimizer(0.1).minimize(loss, step)
  mutable = tf.lookup.experimental.MutableHashTable(
    tf.string, tf.int64, -1, name='words'
  )
  vectors = tf.lookup.experimental.MutableHashTable(
    tf.int64, tf.float32, [0.0, 0.0], name='vectors'
  )
  dense = tf.lookup.experimental.DenseHashTable(
    tf.int64, tf.float32, -1.0, empty_key=-1, deleted_key=-2, name='dense'
  )
  with tf.control_dependencies([train_op]):
    now = step.read_value()
    known = tf.cast(mutable.size() + vectors.size() + dense.size(), tf.float32)
  with tf.control_dependencies([known]):
    inserts = [
      mutable.insert(tf.as_string(now)[None], now[None]),
      vectors.insert(now[None], tf.stack([known, 1.0])[None]),
      dense.insert(now[None], known[None]),
    ]
  return loss, tf.group(*inserts)


def objects(x, labels):
  """tf.train.Checkpoint as the Scaffold's saver."""
  loss = loss_of(logits_of(x), labels)
  step = tf1.train.get_global_step()
  optimizer = tf1.train.AdamOptimizer(0.1)
  train_op = optimizer.minimize(loss, step)
  kernel, bias, out = tf1.trainable_variables()
  checkpoint = tf.train.Checkpoint(
    global_step=step, optimizer=optimizer, kernel=kernel, bias=bias, out=[out]
  )
  return loss, train_op, tf1.train.Scaffold(saver=checkpoint)


DTYPES = [
  'float16',
  'bfloat16',
  'float64',
  'int8',
  'uint8',
  'int16',
  'int32',
  'int64',
  'uint16',
]
DTYPES += ['complex64', 'complex128', 'bool']


def all_dtypes(x, labels):
  """A variable of each data type, changed at each step."""
  loss = loss_of(logits_of(x), labels)
  step = tf1.train.get_global_step()
  changes = []
  for name in DTYPES:
    dtype = tf.as_dtype(name)
    variable = tf1.get_variable(
      f'as_{name}',
      [2],
      dtype,
      initializer=tf1.zeros_initializer(dtype),
      trainable=False,
    )
    if name == 'bool':
      changes.append(variable.assign(~variable.read_value()))
    else:
      more = variable.read_value() + tf.cast([1, 2], dtype)
      changes.append(variable.assign(more))
  optimizer = tf1.train.GradientDescentOptimizer(0.1)
  return loss, tf.group(*changes, optimizer.minimize(loss, step))


def own_saver(x, labels):
  """A Scaffold's saver that is not sharded and keeps all checkpoints."""
  loss = loss_of(logits_of(x), labels)
  step = tf1.train.get_global_step()
  train_op = tf1.train.AdagradOptimizer(0.1).minimize(loss, step)
  scaffold = tf1.train.Scaffold(saver=tf1.train.Saver(max_to_keep=None))
  return loss, train_op, scaffold


def from_keras(model_dir, family, optimizer, checkpoint_format):
  """model_to_estimator of a functional model."""
  inputs = keras.Input([3], name='x')
  hidden = keras.layers.Dense(4, 'relu')(inputs)
  hidden = keras.layers.BatchNormalization()(hidden)
  outputs = keras.layers.Dense(1)(hidden)
  model = keras.Model(inputs, outputs)
  model.compile(optimizer(), 'mse')
  estimators = {'v1': tf1.keras, 'v2': tf.keras}[family].estimator
  return estimators.model_to_estimator(
    model, config=config(model_dir), checkpoint_format=checkpoint_format
  )


def _keras_rows():
  optimizers = {
    'legacy_Adam': lambda: keras.optimizers.legacy.Adam(0.01),
    'legacy_SGD_momentum': lambda: keras.optimizers.legacy.SGD(0.1, 0.9),
    'legacy_RMSprop': lambda: keras.optimizers.legacy.RMSprop(
      0.01, momentum=0.5, centered=True
    ),
    'new_Adam': lambda: keras.optimizers.Adam(0.01),
    'string': lambda: 'adagrad',
  }
  rows = [
    *((family, 'legacy_Adam', f) for family in ('v1', 'v2') for f in FORMATS),
    *(('v2', name, 'checkpoint') for name in list(optimizers)[1:]),
    ('v2', 'new_Adam', 'saver'),
    ('v2', 'legacy_RMSprop', 'saver'),
  ]
  return {
    f'{family}_model_to_estimator_{kind}_{name}': functools.partial(
      from_keras,
      family=family,
      optimizer=optimizers[name],
      checkpoint_format=kind,
    )
    for family, name, kind in rows
  }


FORMATS = ('checkpoint', 'saver')
OPTIMIZERS = {
  'Adadelta': lambda: tf1.train.AdadeltaOptimizer(0.5),
  'Adagrad': lambda: tf1.train.AdagradOptimizer(0.1),
  'AdagradDA': lambda: tf1.train.AdagradDAOptimizer(
    0.1, tf1.train.get_global_step()
  ),
  'Adam': lambda: tf1.train.AdamOptimizer(0.1),
  'Ftrl': lambda: tf1.train.FtrlOptimizer(0.1, l1_regularization_strength=0.01),
  'Momentum': lambda: tf1.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
  'ProximalAdagrad': lambda: tf1.train.ProximalAdagradOptimizer(0.1),
  'RMSProp': lambda: tf1.train.RMSPropOptimizer(
    0.01, momentum=0.5, centered=True
  ),
}
KERAS_OPTIMIZERS = {
  'Adam_amsgrad': lambda: keras.optimizers.legacy.Adam(0.1, amsgrad=True),
  'Ftrl': lambda: keras.optimizers.legacy.Ftrl(0.1),
  'Nadam': lambda: keras.optimizers.legacy.Nadam(0.1),
  'SGD_momentum': lambda: keras.optimizers.legacy.SGD(0.1, 0.9),
}
MODELS = {
  **{f'custom_{name}': trained_by(make) for name, make in OPTIMIZERS.items()},
  'custom_partitioned_Adam': trained_by(
    OPTIMIZERS['Adam'], tf1.fixed_size_partitioner(3)
  ),
  'custom_partitioned_Ftrl': trained_by(
    OPTIMIZERS['Ftrl'], tf1.fixed_size_partitioner(2)
  ),
  'custom_moving_averages': functools.partial(estimator_of, moving_averages),
  'custom_update_ops': functools.partial(estimator_of, update_ops),
  'custom_tables': functools.partial(estimator_of, tables),
  'custom_tf.train.Checkpoint': functools.partial(estimator_of, objects),
  'custom_all_dtypes': functools.partial(estimator_of, all_dtypes),
  'custom_saver': functools.partial(estimator_of, own_saver),
  **{
    f'custom_keras_{name}': keras_trained_by(make)
    for name, make in KERAS_OPTIMIZERS.items()
  },
  **_keras_rows(),
}
