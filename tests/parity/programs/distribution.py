"""Models of many kinds, trained on two logical CPUs or on one with twice the batch."""

import operator

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
ROWS = 64
BATCH = 8
REPLICAS = 2
WORDS = ['a', 'b', 'c', 'd']


def keras():
  """The Keras of this TensorFlow's Estimator."""
  try:
    import tf_keras
  except ImportError:
    return tf.keras
  return tf_keras


def data():
  rng = np.random.RandomState(5)
  x = rng.normal(size=(ROWS, 4)).astype(np.float32)
  words = np.array(WORDS)[rng.randint(0, 4, ROWS)]
  features = {
    'x': x,
    'word': words.astype(np.bytes_),
    'other': words[::-1].astype(np.bytes_),
    'steps': rng.normal(size=(ROWS, 3)).astype(np.float32),
  }
  labels = (x @ np.array([1.0, -2, 0.5, 1]) > 0.3).astype(np.int64)
  return features, labels


def input_fn_of(batch, only=None, repeat=True):
  def input_fn():
    features, labels = data()
    if only:
      features = {name: features[name] for name in only}
    dataset = tf.data.Dataset.from_tensor_slices((features, labels))
    dataset = (dataset.repeat() if repeat else dataset).batch(batch)
    return dataset.map(sparse) if 'steps' in features else dataset

  return input_fn


def sparse(features, labels):
  """What columns of sequences read."""
  return {**features, 'steps': tf.sparse.from_dense(features['steps'])}, labels


def numeric():
  return [tf.feature_column.numeric_column('x', shape=[4])]


def words():
  fc = tf.feature_column
  return fc.categorical_column_with_vocabulary_list('word', WORDS)


def embedded():
  return [*numeric(), tf.feature_column.embedding_column(words(), 3)]


def shared():
  both = [
    tf.feature_column.categorical_column_with_vocabulary_list(name, WORDS)
    for name in ('word', 'other')
  ]
  with tf.Graph().as_default():  # where these columns may be made
    return [*numeric(), *tf1.feature_column.shared_embedding_columns(both, 3)]


def custom(make_optimizer, batch_norm=False, clip=False):
  def model_fn(features, labels, mode):
    table = tf.lookup.StaticHashTable(
      tf.lookup.KeyValueTensorInitializer(
        WORDS, tf.range(len(WORDS), dtype=tf.int64)
      ),
      -1,
    )
    with tf1.variable_scope('net'):
      rows = tf1.get_variable(
        'rows', [4, 3], partitioner=tf1.fixed_size_partitioner(2)
      )
      x = tf.concat(
        [
          features['x'],
          tf.nn.embedding_lookup(rows, table.lookup(features['word'])),
        ],
        axis=1,
      )
      x = tf1.layers.dense(x, 8, activation=tf.nn.relu)
      if batch_norm:
        x = tf1.layers.batch_normalization(
          x, training=mode == 'train', momentum=0.9
        )
      logits = tf1.layers.dense(x, 2)
    scores = tf.nn.softmax(logits)
    if mode == 'infer':
      return tf.estimator.EstimatorSpec(mode, predictions={'scores': scores})
    loss = tf1.losses.sparse_softmax_cross_entropy(labels, logits)
    if mode == 'eval':
      accuracy = keras().metrics.SparseCategoricalAccuracy()
      accuracy.update_state(labels, scores)
      metrics = {
        'keras_accuracy': accuracy,
        'accuracy': tf1.metrics.accuracy(labels, tf.argmax(logits, 1)),
        'precision': tf1.metrics.precision(labels, tf.argmax(logits, 1)),
        'auc': tf1.metrics.auc(labels, scores[:, 1]),
        'mean': tf1.metrics.mean(scores[:, 1]),
      }
      return tf.estimator.EstimatorSpec(
        mode, loss=loss, eval_metric_ops=metrics
      )
    tf1.summary.scalar('my_loss', loss)
    optimizer = make_optimizer()
    pairs = optimizer.compute_gradients(loss)
    if clip:
      gradients, _ = tf.clip_by_global_norm([g for g, _ in pairs], 1.0)
      pairs = [(g, v) for g, (_, v) in zip(gradients, pairs, strict=True)]
    step = tf1.train.get_global_step()
    with tf.control_dependencies(tf1.get_collection('update_ops')):
      train_op = optimizer.apply_gradients(pairs, step)
    return tf.estimator.EstimatorSpec(
      mode,
      loss=loss,
      train_op=train_op,
      training_hooks=[tf1.train.LoggingTensorHook({'l': loss}, 3)],
      scaffold=tf1.train.Scaffold(
        saver=tf1.train.Saver(max_to_keep=2, defer_build=True)
      ),
    )

  return lambda **run: tf.estimator.Estimator(model_fn, **run)


def decayed():
  rate = tf1.train.exponential_decay(0.1, tf1.train.get_global_step(), 4, 0.9)
  return tf1.train.MomentumOptimizer(rate, 0.9)


def v2(name, optimizer=None, **arguments):
  """A function that makes a canned estimator of tf.estimator."""

  def make(**run):
    more = {k: v() if callable(v) else v for k, v in arguments.items()}
    if optimizer is not None:
      # A function: each replica has an optimizer of its own.
      more['optimizer'] = lambda: optimizer(keras().optimizers)
    return operator.attrgetter(name)(tf.estimator)(**more, **run)

  return make


def v1(name, optimizer=None, **arguments):
  """The same of tf.compat.v1.estimator."""

  def make(**run):
    more = {k: v() if callable(v) else v for k, v in arguments.items()}
    if optimizer is not None:
      more['optimizer'] = optimizer(tf1.train)
    return getattr(tf1.estimator, name)(**more, **run)

  return make


def steps_columns():
  fc = tf.feature_column
  return [fc.sequence_numeric_column('steps')]


def keras_model(**run):
  model = keras().Sequential(
    [
      keras().layers.InputLayer((4,), name='x'),
      keras().layers.Dense(5, activation='relu'),
      keras().layers.BatchNormalization(momentum=0.9),
      keras().layers.Dense(1, activation='sigmoid'),
    ]
  )
  model.compile(
    keras().optimizers.legacy.Adam(0.05), 'binary_crossentropy', ['accuracy']
  )
  return keras().estimator.model_to_estimator(model, **run)


def sgd(optimizers):
  return optimizers.legacy.SGD(0.1)


def adam(optimizers):
  return optimizers.legacy.Adam(0.05)


def new_adam(optimizers):
  return optimizers.Adam(0.05)


def keras3_adam(optimizers):
  del optimizers
  import keras

  return keras.optimizers.Adam(0.05)


HIDDEN = {'hidden_units': [6], 'n_classes': 2}
MIXED = {'feature_columns': lambda: [words(), *numeric()]}
COMBINED = {
  'dnn_feature_columns': embedded,
  'dnn_hidden_units': [4],
  'linear_feature_columns': lambda: [words()],
}
MODELS = {
  'custom sgd': custom(lambda: tf1.train.GradientDescentOptimizer(0.1)),
  'custom adam': custom(lambda: tf1.train.AdamOptimizer(0.05)),
  'custom adagrad, batch norm': custom(
    lambda: tf1.train.AdagradOptimizer(0.1), batch_norm=True
  ),
  'custom momentum, decay, clipping': custom(decayed, clip=True),
  'v2 dnn sgd': v2('DNNClassifier', sgd, feature_columns=numeric, **HIDDEN),
  'v2 dnn adam': v2('DNNClassifier', adam, feature_columns=numeric, **HIDDEN),
  'v2 dnn new adam': v2(
    'DNNClassifier', new_adam, feature_columns=embedded, **HIDDEN
  ),
  'v2 dnn keras 3 adam': v2(
    'DNNClassifier', keras3_adam, feature_columns=embedded, **HIDDEN
  ),
  'v2 dnn adagrad, batch norm': v2(
    'DNNClassifier', feature_columns=numeric, batch_norm=True, **HIDDEN
  ),
  'v2 dnn embedding': v2(
    'DNNClassifier', adam, feature_columns=embedded, **HIDDEN
  ),
  'v2 dnn regressor': v2(
    'DNNRegressor', adam, feature_columns=numeric, hidden_units=[6]
  ),
  'v2 linear': v2('LinearClassifier', feature_columns=numeric),
  'v2 linear categorical': v2('LinearClassifier', **MIXED),
  'v2 combined': v2('DNNLinearCombinedClassifier', **COMBINED),
  'v2 baseline': v2('BaselineClassifier'),
  'v2 rnn': v2(
    'experimental.RNNClassifier',
    sgd,
    sequence_feature_columns=steps_columns,
    units=[3],
    cell_type='lstm',
  ),
  'v1 dnn adagrad': v1('DNNClassifier', feature_columns=numeric, **HIDDEN),
  'v1 dnn shared embedding': v1(
    'DNNClassifier',
    lambda train: train.AdamOptimizer(0.05),
    feature_columns=shared,
    **HIDDEN,
  ),
  'v1 dnn partitioned': v1(
    'DNNClassifier',
    feature_columns=embedded,
    input_layer_partitioner=lambda: tf1.fixed_size_partitioner(2),
    **HIDDEN,
  ),
  'v1 linear': v1('LinearClassifier', **MIXED),
  'v1 combined': v1('DNNLinearCombinedClassifier', **COMBINED),
  'v1 baseline': v1('BaselineClassifier'),
  'keras model': keras_model,
}


class Losses(tf1.train.SessionRunHook):
  """Writes down the loss that is reported at each step."""

  def __init__(self):
    self.seen = []

  def begin(self):
    self._loss = tf1.get_collection(tf1.GraphKeys.LOSSES)[-1]

  def before_run(self, run_context):
    return tf1.train.SessionRunArgs(self._loss)

  def after_run(self, run_context, run_values):
    self.seen.append(float(run_values.results))


def run(name, model_dir, steps, mirrored=True, one_device=True):
  """Trains and evaluates one of MODELS; the losses, variables and metrics."""
  strategy = _strategy(one_device) if mirrored else None
  batch = BATCH if mirrored else BATCH * REPLICAS
  devices = tf1.ConfigProto(
    device_count={'CPU': REPLICAS}, allow_soft_placement=True
  )
  config = tf.estimator.RunConfig(
    model_dir=model_dir,
    tf_random_seed=3,
    session_config=devices,
    save_summary_steps=3,
    train_distribute=strategy,
    eval_distribute=strategy,
  )
  estimator = MODELS[name](config=config)
  only = ('x',) if name == 'keras model' else None
  losses = Losses()
  estimator.train(input_fn_of(batch, only), hooks=[losses], steps=steps)
  reader = tf.train.load_checkpoint(estimator.latest_checkpoint())
  return {
    'losses': losses.seen,
    'variables': {
      key: reader.get_tensor(key)
      for key, dtype in reader.get_variable_to_dtype_map().items()
      if dtype != tf.string  # the object graph of a Keras model
    },
    'metrics': _metrics_or_error(
      estimator, input_fn_of(batch, only, repeat=False)
    ),
  }


def _metrics_or_error(estimator, input_fn):
  """The reference fails to evaluate v1 canned estimators under a strategy."""
  try:
    metrics = estimator.evaluate(input_fn)
  except TypeError as error:
    return str(error)[:500]
  return {key: float(value) for key, value in metrics.items()}


def _strategy(one_device):
  """Two logical CPUs; the reference needs to be told how to add up on them."""
  how = tf.distribute.ReductionToOneDevice() if one_device else None
  return tf.distribute.MirroredStrategy(
    ['/cpu:0', '/cpu:1'], cross_device_ops=how
  )


def run_all(names, folders, steps, **how):
  """What `run` returns for each name, or the error that ended it."""
  (cpu,) = tf.config.list_physical_devices('CPU')
  if len(tf.config.get_logical_device_configuration(cpu) or ()) < REPLICAS:
    tf.config.set_logical_device_configuration(
      cpu, [tf.config.LogicalDeviceConfiguration()] * REPLICAS
    )
  return {
    name: _result_or_error(name, folder, steps, how)
    for name, folder in zip(names, folders, strict=True)
  }


def _result_or_error(name, folder, steps, how):
  try:
    return run(name, folder, steps, **how)
  except Exception as error:  # noqa: BLE001  The test is told what failed.
    return {'error': f'{type(error).__name__}: {error}'[:2000]}
