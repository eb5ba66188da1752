"""Trains models over feature columns of every kind, one value an example."""

import os
import tempfile

import numpy as np
import tensorflow as tf

fc = tf.feature_column
v1 = tf.compat.v1
SIZE = 96
WORDS = ['a', 'b', 'c', 'zz', 'yy']
# Features by name: words to draw from, or the range of numbers.
FEATURES = {
  'list': WORDS,
  'list_oov': WORDS,
  'list_default': WORDS,
  'list_int': (-1, 9, np.int64),
  'file': ['red', 'green', 'blue', 'black'],
  'hash': [f'k{i}' for i in range(30)],
  'hash_int': (-1, 40, np.int64),
  'identity': (-1, 12, np.int64),
  'identity_default': (-3, 9, np.int32),
  'bucketized': (0, 90, np.float32),
  'shared': (-1, 12, np.int64),
  'shared_too': (-1, 12, np.int64),
}
COLUMNS_OF_TWO = ('hash', 'identity_default', 'list_int')  # [batch_size, 1]


def data(size=SIZE, seed=3):
  """Features and labels; some values are missing, some unknown."""
  random = np.random.RandomState(seed)
  features = {}
  for name, drawn_from in FEATURES.items():
    if isinstance(drawn_from, list):
      words = np.array(drawn_from, object)[
        random.randint(0, len(drawn_from), size)
      ]
      words[random.rand(size) < 0.15] = ''
      value = words.astype('S8')
    else:
      low, high, dtype = drawn_from
      value = random.randint(low, high, size).astype(dtype)
    features[name] = value[:, np.newaxis] if name in COLUMNS_OF_TWO else value
  return features, random.randint(0, 2, size).astype(np.int32)


def input_fn(batch_size=16, size=SIZE):
  """An endless input of batches."""
  return (
    tf.data.Dataset.from_tensor_slices(data(size)).repeat().batch(batch_size)
  )


def categorical(vocabulary_file):
  """Categorical columns of each kind."""
  word = fc.categorical_column_with_vocabulary_list('list', ['a', 'b', 'c'])
  hashed = fc.categorical_column_with_hash_bucket('hash', 17)
  wild = fc.categorical_column_with_identity(
    'identity_default', 5, default_value=2
  )
  age = fc.bucketized_column(
    fc.numeric_column('bucketized', normalizer_fn=lambda x: x / 2.0),
    [9, 15, 25],
  )
  pair = fc.crossed_column(['list', 'hash'], 50)
  return [
    word,
    fc.categorical_column_with_vocabulary_list(
      'list_oov', ['a', 'b', 'c'], num_oov_buckets=2
    ),
    fc.categorical_column_with_vocabulary_list(
      'list_default', ['a', 'b', 'zz'], default_value=1
    ),
    fc.categorical_column_with_vocabulary_list('list_int', [1, 2, 5, 7]),
    fc.categorical_column_with_vocabulary_file(
      'file', vocabulary_file, num_oov_buckets=1
    ),
    hashed,
    fc.categorical_column_with_hash_bucket('hash_int', 11, dtype=tf.int64),
    fc.categorical_column_with_identity('identity', 12),
    wild,
    age,
    pair,
    fc.crossed_column([age, 'list', 'hash'], 70),
    fc.crossed_column([word, 'identity', 'file', age], 60),
    fc.crossed_column([pair, wild], 40, hash_key=5),
    fc.crossed_column(['list_oov', 'hash_int'], 33),
  ]


def dense(columns):
  """Indicators and embeddings of them; each combiner, some with a norm."""
  settings = [('mean', None), ('sum', 0.3), ('sqrtn', None), ('sqrtn', 0.2)]
  result = [fc.numeric_column('bucketized')]
  for index, column in enumerate(columns):
    combiner, max_norm = settings[index % len(settings)]
    embedding = fc.embedding_column(
      column, 2 + index % 3, combiner=combiner, max_norm=max_norm
    )
    result += [fc.indicator_column(column), embedding]
  result.append(columns[9])
  return result


def shared(make=None):
  """Two embeddings that share their weights."""
  make = make or fc.shared_embeddings
  keys = ('shared', 'shared_too')
  columns = [fc.categorical_column_with_identity(key, 12) for key in keys]
  with tf.Graph().as_default():
    return make(columns, 3, combiner='sqrtn', max_norm=0.4)


def estimators(wide, deep):
  """Makers of estimators by name, of a model directory."""
  estimator = tf.estimator

  def config(**kwargs):
    return estimator.RunConfig(
      tf_random_seed=7, save_summary_steps=None, **kwargs
    )

  two = {
    'linear_feature_columns': wide,
    'dnn_feature_columns': deep,
    'dnn_hidden_units': [8, 4],
  }
  old = v1.estimator
  return {
    'combined': lambda folder: estimator.DNNLinearCombinedClassifier(
      folder, config=config(), **two
    ),
    'combined_v1': lambda folder: old.DNNLinearCombinedClassifier(
      folder, config=config(), **two
    ),
    'linear_mean': lambda folder: estimator.LinearClassifier(
      wide, folder, config=config(), sparse_combiner='mean'
    ),
    'linear_v1': lambda folder: old.LinearClassifier(
      wide, folder, config=config(), sparse_combiner='sqrtn'
    ),
    'dnn': lambda folder: estimator.DNNClassifier(
      [8], deep, folder, config=config(), optimizer='Adam'
    ),
    'dnn_v1': lambda folder: old.DNNClassifier(
      [8], deep, folder, config=config(), optimizer='RMSProp'
    ),
  }


def initial_values(names):
  """How the initial values of columns' and layers' variables begin.

  Returns:
    From each name of `estimators` to a dict from variables to two rows.
  """
  with tempfile.TemporaryDirectory() as folder:
    vocabulary = os.path.join(folder, 'vocabulary.txt')
    with open(vocabulary, 'w', encoding='utf-8') as file:
      file.write('red\ngreen\nblue\n')
    wide = categorical(vocabulary)
    makers = estimators(wide, [*dense(wide), *shared()])
    result = {}
    for name in names:
      made = makers[name](os.path.join(folder, name))
      made.train(input_fn, steps=1)
      first = tf.train.load_checkpoint(
        os.path.join(folder, name, 'model.ckpt-0')
      )
      result[name] = {
        variable: first.get_tensor(variable)[:2].tolist()
        for variable in sorted(first.get_variable_to_shape_map())
        if variable.endswith(
          ('embedding_weights', 'shared_embedding', 'kernel')
        )
      }
  return result


def train_without_v2_behavior(name, vocabulary, folder, steps):
  """The variables that come of it, and the types of the graph's operations."""
  v1.disable_v2_behavior()
  wide = categorical(vocabulary)
  made = estimators(wide, [*dense(wide), *shared()])[name](folder)
  types = set()

  class Ops(v1.train.SessionRunHook):
    def begin(self):
      graph = v1.get_default_graph()
      types.update(op.type for op in graph.get_operations())

  made.train(input_fn, steps=steps, hooks=[Ops()])
  return {
    'ops': sorted(types),
    'variables': {
      variable: made.get_variable_value(variable)
      for variable in made.get_variable_names()
    },
  }


def export(folder):
  """Exports a trained model for each mode, with features given one by one.

  Returns:
    The export's path, and the probabilities of the first examples.
  """
  vocabulary = os.path.join(folder, 'vocabulary.txt')
  with open(vocabulary, 'w', encoding='utf-8') as file:
    file.write('red\ngreen\nblue\n')
  wide = categorical(vocabulary)
  deep = [*dense(wide), *shared()]
  model_dir = os.path.join(folder, 'model')
  made = estimators(wide, deep)['combined'](model_dir)
  made.train(input_fn, steps=2)
  export_lib = tf.estimator.export
  features, labels = data(4)

  receivers = {
    'infer': export_lib.build_raw_serving_input_receiver_fn(
      {
        key: tf.TensorSpec(
          [None, *value.shape[1:]], tf.as_dtype(value.dtype), key
        )
        for key, value in features.items()
      }
    )
  }
  for mode in ('train', 'eval'):
    receivers[mode] = (
      tf.estimator.experimental.build_raw_supervised_input_receiver_fn(
        {key: tf.constant(value) for key, value in features.items()},
        tf.constant(labels),
      )
    )
  path = made.experimental_export_all_saved_models(folder, receivers)
  predictions = made.predict(
    lambda: tf.data.Dataset.from_tensors(features), yield_single_examples=False
  )
  return {
    'path': path.decode(),
    'probabilities': next(predictions)['probabilities'],
  }


def serve(path):
  """Loads the graph of each mode and asks that for serving."""
  for tags in (['train'], ['eval'], ['serve']):
    with tf.Graph().as_default(), v1.Session() as session:
      meta_graph = v1.saved_model.load(session, tags, path)
  signature = meta_graph.signature_def['predict']
  features, _ = data(4)
  with tf.Graph().as_default(), v1.Session() as session:
    v1.saved_model.load(session, ['serve'], path)
    return {
      'inputs': sorted(signature.inputs),
      'probabilities': session.run(
        signature.outputs['probabilities'].name,
        {signature.inputs[key].name: features[key] for key in features},
      ),
    }
