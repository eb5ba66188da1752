"""Model functions of random parts, each with seeds of its own."""

import itertools

import random_inputs
import tensorflow as tf

try:
  import tf_keras as keras
except ImportError:
  from tensorflow import keras

tf1 = tf.compat.v1
ACTIVATIONS = {'relu': tf.nn.relu, 'tanh': tf.tanh, 'none': None}


class Parts:
  """Makes layers; counts seeds, so that no two draws are alike."""

  def __init__(self, case, mode, features):
    self.case = case
    self.mode = mode
    self.train = mode == 'train'
    self.features = features
    self._seeds = itertools.count(case['seed'] * 100 + 1)

  def initializer(self):
    """One of the case's kind, with a seed."""
    seed = next(self._seeds)
    return {
      'glorot': lambda: tf1.glorot_uniform_initializer(seed),
      'truncated': lambda: tf1.truncated_normal_initializer(0, 0.3, seed),
      'uniform': lambda: tf1.random_uniform_initializer(-0.4, 0.4, seed),
      'scaling': lambda: tf1.variance_scaling_initializer(seed=seed),
      'v2': lambda: tf.initializers.GlorotNormal(seed),
    }[self.case['initializer']]()

  def keras_initializer(self):
    return keras.initializers.GlorotUniform(next(self._seeds))

  def seed(self):
    return next(self._seeds)

  def regularizer(self):
    if self.case.get('l2'):
      return lambda w: 0.01 * tf.reduce_sum(w * w)
    return None


# --- what the features become -------------------------------------------------


def _x(parts):
  return parts.features['x']


def _age(parts):
  return tf.cast(parts.features['age'], tf.float32) / 50.0


def _ids(parts):
  """Rows of a table, maybe in parts."""
  table = tf1.get_variable(
    'ids_table',
    [9, 4],
    initializer=parts.initializer(),
    partitioner=parts.case.get('parts')
    and tf1.fixed_size_partitioner(parts.case['parts']),
  )
  found = tf.nn.embedding_lookup(table, parts.features['ids'])
  return tf.reduce_mean(found, axis=1)


def _word(parts):
  """Rows by a lookup table of words."""
  keys = tf.lookup.KeyValueTensorInitializer(
    random_inputs.WORDS, tf.range(len(random_inputs.WORDS), dtype=tf.int64)
  )
  if parts.case.get('oov'):
    table = tf.lookup.StaticVocabularyTable(keys, num_oov_buckets=1)
  else:
    table = tf.lookup.StaticHashTable(keys, 4)
  rows = tf1.get_variable('words', [5, 3], initializer=parts.initializer())
  return tf.gather(rows, table.lookup(parts.features['word']))


def columns_of(case, initializer):
  """Columns of the features that the case has."""
  fc = tf.feature_column
  categorical = fc.categorical_column_with_vocabulary_list(
    'word', random_inputs.WORDS, num_oov_buckets=2
  )
  ids = fc.categorical_column_with_identity('ids', 9, default_value=0)
  age = fc.bucketized_column(fc.numeric_column('age'), [30.0, 45.0])
  made = {
    'x': lambda: [fc.numeric_column('x', shape=3)],
    'age': lambda: [age],
    'ids': lambda: [
      fc.embedding_column(ids, 3, combiner='sqrtn', initializer=initializer())
    ],
    'word': lambda: [
      fc.indicator_column(categorical),
      fc.embedding_column(categorical, 2, initializer=initializer()),
    ],
  }
  return [c for name in case['columns'] for c in made[name]()]


def _input_layer(parts):
  columns = columns_of(parts.case, parts.initializer)
  return tf1.feature_column.input_layer(parts.features, columns)


def _dense_features(parts):
  columns = columns_of(parts.case, parts.initializer)
  layer = keras.layers.DenseFeatures(columns, name='dense_features')
  return layer(parts.features)


def _linear_model(parts):
  fc = tf.feature_column
  age = fc.bucketized_column(fc.numeric_column('age'), [30.0, 45.0])
  word = fc.categorical_column_with_hash_bucket('word', 6)
  wide = {'x': fc.numeric_column('x', shape=3), 'age': age, 'word': word}
  columns = [wide[k] for k in parts.case['columns'] if k in wide]
  if {'word', 'age'} <= set(parts.case['columns']):
    columns.append(fc.crossed_column([age, 'word'], 11))
  return tf1.feature_column.linear_model(
    parts.features, columns, units=3, sparse_combiner='mean'
  )


def _recurrent(parts):
  """A cell of TF 1, unrolled in time."""
  make = {
    'basic': tf1.nn.rnn_cell.BasicRNNCell,
    'gru': tf1.nn.rnn_cell.GRUCell,
    'lstm': tf1.nn.rnn_cell.LSTMCell,
  }[parts.case['cell']]
  sequence = parts.features['seq']
  with tf1.variable_scope('rnn', initializer=parts.initializer()):
    outputs, _ = tf1.nn.dynamic_rnn(make(3), sequence, dtype=tf.float32)
  return outputs[:, -1]


def _conv(parts):
  made = tf1.layers.conv1d(
    parts.features['seq'],
    3,
    2,
    activation=tf.nn.relu,
    kernel_initializer=parts.initializer(),
    name='conv',
  )
  return tf1.layers.flatten(tf1.layers.max_pooling1d(made, 2, 1))


SOURCES = {
  'x': _x,
  'age': _age,
  'ids': _ids,
  'word': _word,
  'input_layer': _input_layer,
  'dense_features': _dense_features,
  'linear_model': _linear_model,
  'recurrent': _recurrent,
  'conv': _conv,
}

# --- layers -------------------------------------------------------------------


def _dense(parts, x, i, activation):
  return tf1.layers.dense(
    x,
    5,
    activation,
    kernel_initializer=parts.initializer(),
    kernel_regularizer=parts.regularizer(),
    name=f'dense_{i}',
  )


def _keras_dense(parts, x, i, activation):
  layer = keras.layers.Dense(
    5, activation, kernel_initializer=parts.keras_initializer(), name=f'kd_{i}'
  )
  return layer(x)


def _variable(parts, x, i, activation):
  """get_variable in a scope, that may be partitioned, and a reused bias."""
  with tf1.variable_scope(
    f'own_{i}',
    partitioner=parts.case.get('parts')
    and tf1.fixed_size_partitioner(parts.case['parts']),
    regularizer=parts.regularizer(),
  ):
    width = int(x.shape[-1])
    w = tf1.get_variable('w', [width, 4], initializer=parts.initializer())
  with tf1.variable_scope('shared', reuse=tf1.AUTO_REUSE):
    bias = tf1.get_variable('bias', [4], initializer=tf1.zeros_initializer())
  y = tf.matmul(x, tf.convert_to_tensor(w)) + bias
  return activation(y) if activation else y


def _batch_norm(parts, x, i, activation):
  y = tf1.layers.batch_normalization(
    x, training=parts.train, momentum=0.8, name=f'bn_{i}'
  )
  return activation(y) if activation else y


def _keras_batch_norm(parts, x, i, activation):
  layer = keras.layers.BatchNormalization(momentum=0.7, name=f'kbn_{i}')
  y = layer(x, training=parts.train)
  for update in layer.get_updates_for(x) if parts.train else ():
    tf1.add_to_collection(tf1.GraphKeys.UPDATE_OPS, update)
  return y


def _dropout(parts, x, i, activation):
  return tf1.layers.dropout(x, 0.3, seed=parts.seed(), training=parts.train)


def _noise(parts, x, i, activation):
  if not parts.train:
    return x
  return x + tf.random.normal(tf.shape(x), stddev=0.1, seed=parts.seed())


def _cond(parts, x, i, activation):
  """A branch by the step, which is another one in each run."""
  step = tf1.train.get_or_create_global_step()
  return tf.cond(tf.equal(step % 2, 0), lambda: x * 1.5, lambda: tf.tanh(x))


def _while(parts, x, i, activation):
  w = tf1.get_variable(
    f'loop_{i}', [int(x.shape[-1])], initializer=tf1.ones_initializer()
  )
  _, y = tf.while_loop(
    lambda n, _: n < 3, lambda n, y: (n + 1, y * w * 0.9), [0, x]
  )
  return y


def _layer_norm(parts, x, i, activation):
  return keras.layers.LayerNormalization(name=f'ln_{i}')(x)


def _py_func(parts, x, i, activation):
  """Python in the middle, but in exports, which outlive this process."""
  if parts.mode == 'infer':
    return x
  shift = tf1.py_func(lambda v: v.mean(0) * 0.1, [x], tf.float32)
  return x + tf.stop_gradient(tf.reshape(shift, [1, int(x.shape[-1])]))


def _function(parts, x, i, activation):
  @tf.function
  def scale(y):
    # Not 0, which is what the sum of a normalized batch is but for rounding.
    if tf.reduce_sum(y) > 0.125:
      return y * 0.5
    return y * 2.0

  return scale(x)


LAYERS = {
  'dense': _dense,
  'keras_dense': _keras_dense,
  'variable': _variable,
  'batch_norm': _batch_norm,
  'keras_batch_norm': _keras_batch_norm,
  'dropout': _dropout,
  'noise': _noise,
  'cond': _cond,
  'while': _while,
  'layer_norm': _layer_norm,
  'py_func': _py_func,
  'function': _function,
}


def logits_of(parts, units):
  """The network of a case."""
  case = parts.case
  sources = [SOURCES[name](parts) for name in case['sources']]
  x = tf.concat(sources, axis=1) if len(sources) > 1 else sources[0]
  with tf1.variable_scope(case.get('scope') or 'net'):
    for i, (kind, activation) in enumerate(case['layers']):
      x = LAYERS[kind](parts, x, i, ACTIVATIONS[activation])
      if case.get('summaries'):
        tf1.summary.scalar(f'mean_{i}', tf.reduce_mean(x))
        tf1.summary.histogram(f'all_{i}', x)
    return tf1.layers.dense(
      x, units, kernel_initializer=parts.initializer(), name='logits'
    )
