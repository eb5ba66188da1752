"""RNNs, k-means and SDCA, each deterministic from a checkpoint on."""

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
fc = tf.feature_column
ROWS = 24
STEPS = 4


def data():
  rng = np.random.RandomState(5)
  lengths = rng.randint(1, STEPS + 1, ROWS)
  valid = np.arange(STEPS) < lengths[:, None]
  x = rng.normal(size=(ROWS, 3)).astype(np.float32)
  score = x @ [1.0, -1.0, 0.5] + 0.3 * rng.normal(size=ROWS)
  return {
    'word': np.where(valid, rng.choice(['a', 'b', 'c'], valid.shape), ''),
    'value': rng.normal(size=valid.shape).astype(np.float32),
    'weight': rng.uniform(0.5, 2, valid.shape).astype(np.float32),
    'lengths': lengths.astype(np.int64),
    'x': x,
    'colour': rng.choice(['red', 'green', 'blue'], (ROWS, 1)),
    'name': np.array([f'row {i}' for i in range(ROWS)]),
    'class': np.digitize(score, [-0.8, 0.8])[:, None],
    'number': score.astype(np.float32)[:, None],
    'steps': rng.randint(0, 2, valid.shape).astype(np.int64),
  }


def words():
  return fc.sequence_categorical_column_with_vocabulary_list(
    'word', ['a', 'b'], num_oov_buckets=1
  )


def sequence_columns():
  return [fc.embedding_column(words(), 2), fc.sequence_numeric_column('value')]


def colour():
  return fc.categorical_column_with_vocabulary_list(
    'colour', ['red', 'green', 'blue']
  )


def stacked_cells():
  # tf.keras is Keras 3 on one side, and Keras 2 on the other.
  layers = tf.keras.layers
  return layers.StackedRNNCells([layers.LSTMCell(4), layers.GRUCell(3)])


def rnn_cells(config):
  return tf.estimator.experimental.RNNEstimator(
    tf.estimator.BinaryClassHead(),
    sequence_columns(),
    rnn_cell_fn=stacked_cells,
    config=config,
  )


def rnn_steps(config):
  return tf.estimator.experimental.RNNClassifier(
    sequence_columns(),
    units=[4],
    cell_type='gru',
    return_sequences=True,
    weight_column='weight',
    config=config,
  )


def rnn_vocabulary(config):
  return tf.estimator.experimental.RNNClassifier(
    sequence_columns(),
    context_feature_columns=[
      fc.embedding_column(colour(), 2),
      fc.numeric_column('x', shape=3),
    ],
    units=4,
    cell_type='lstm',
    n_classes=3,
    label_vocabulary=['low', 'mid', 'high'],
    optimizer='Adam',
    config=config,
  )


def kmeans(config, **kwargs):
  return tf1.estimator.experimental.KMeans(
    3,
    feature_columns=[fc.numeric_column('x', shape=3)],
    use_mini_batch=False,
    config=config,
    **kwargs,
  )


def sdca():
  return tf.estimator.experimental.LinearSDCA(
    'name', symmetric_l1_regularization=0.1, symmetric_l2_regularization=2.0
  )


def linear_columns():
  return [fc.numeric_column('x', shape=3), colour()]


def sdca_classifier(config):
  return tf1.estimator.LinearClassifier(
    linear_columns(), optimizer=sdca(), config=config
  )


def sdca_regressor(config):
  return tf.estimator.LinearRegressor(
    linear_columns(), optimizer=sdca(), config=config
  )


def sdca_estimator(config):
  return tf1.estimator.LinearEstimator(
    tf.estimator.BinaryClassHead(),
    linear_columns(),
    optimizer=sdca(),
    config=config,
  )


WORDS = ('word', 'value')
# Constructor, features, labels, batch size. SDCA shuffles its batches.
KINDS = {
  'rnn_cells': (rnn_cells, WORDS, lambda d: d['class'] // 2, 8),
  'rnn_steps': (rnn_steps, (*WORDS, 'weight'), lambda d: d['steps'], 8),
  'rnn_vocabulary': (
    rnn_vocabulary,
    (*WORDS, 'colour', 'x'),
    lambda d: np.array(['low', 'mid', 'high'])[d['class']],
    8,
  ),
  'kmeans': (kmeans, ('x',), None, ROWS),
  'kmeans_cosine': (
    lambda config: kmeans(config, distance_metric='cosine'),
    ('x',),
    None,
    ROWS,
  ),
  'sdca_classifier': (
    sdca_classifier,
    ('x', 'colour', 'name'),
    lambda d: d['class'] // 2,
    1,
  ),
  'sdca_estimator': (
    sdca_estimator,
    ('x', 'colour', 'name'),
    lambda d: d['class'] // 2,
    1,
  ),
  'sdca_regressor': (
    sdca_regressor,
    ('x', 'colour', 'name'),
    lambda d: d['number'],
    1,
  ),
}


def make(kind, model_dir):
  return KINDS[kind][0](
    tf.estimator.RunConfig(
      model_dir=model_dir,
      tf_random_seed=3,
      save_summary_steps=1000,
      log_step_count_steps=None,
    )
  )


def input_fn(kind, epochs=None, labelled=True):
  _, keys, labels_of, batch = KINDS[kind]

  def make_dataset():
    rows = data()
    features = {key: rows[key] for key in (*keys, 'lengths')}
    labels = labels_of(rows) if labels_of and labelled else np.zeros(ROWS)
    dataset = tf.data.Dataset.from_tensor_slices((features, labels))
    dataset = dataset.repeat(epochs).batch(batch)
    if labels_of is None or not labelled:
      return dataset.map(lambda features, _: sparse(features))
    return dataset.map(lambda features, labels: (sparse(features), labels))

  return make_dataset


def sparse(features):
  """Sequences as sparse tensors of the length of the longest."""
  lengths = features['lengths']
  longest = tf.reduce_max(lengths)
  made = {}
  for key, value in features.items():
    if key in WORDS:
      indices = tf.where(tf.sequence_mask(lengths, STEPS))
      shape = tf.stack([tf.size(lengths, tf.int64), longest])
      made[key] = tf.SparseTensor(indices, tf.gather_nd(value, indices), shape)
    elif key == 'weight':
      made[key] = value[:, :longest]
    elif key != 'lengths':
      made[key] = value
  return made


class Losses(tf1.train.SessionRunHook):
  """Keeps the loss of each step."""

  def __init__(self):
    self.values = []

  def before_run(self, run_context):
    return tf1.train.SessionRunArgs(tf1.get_collection('losses')[-1])

  def after_run(self, run_context, run_values):
    self.values.append(float(run_values.results))


def write(kind, model_dir, steps):
  """Trains a new model."""
  make(kind, model_dir).train(input_fn(kind), steps=steps)


def observe(kind, model_dir, steps):
  """Metrics, predictions; the next losses, and the variables after them."""
  estimator = make(kind, model_dir)
  before = variables(estimator)
  metrics = estimator.evaluate(input_fn(kind, 1))
  rows = estimator.predict(input_fn(kind, 1, labelled=False))
  predictions = [
    {key: np.asarray(row[key]).tolist() for key in row} for row in rows
  ]
  hook = Losses()
  estimator.train(input_fn(kind), hooks=[hook], steps=steps)
  return {
    'before': before,
    'metrics': {key: float(value) for key, value in metrics.items()},
    'predictions': as_text(predictions),
    'losses': hook.values,
    'after': variables(estimator),
  }


def variables(estimator):
  """All of the checkpoint; of SDCA's table the slots in use, in order."""
  values = {
    name: estimator.get_variable_value(name)
    for name in estimator.get_variable_names()
  }
  used = values.pop('ShardedMutableHashTable-1-of-1-keys', None)
  if used is not None:
    states = values.pop('ShardedMutableHashTable-1-of-1-values')
    values['duals'] = sorted(states[used.any(axis=1)].tolist())
  return {name: np.asarray(value).tolist() for name, value in values.items()}


def as_text(nest):
  """The nest with strings for bytes."""
  if isinstance(nest, dict):
    return {key: as_text(value) for key, value in nest.items()}
  if isinstance(nest, list):
    return [as_text(value) for value in nest]
  return nest.decode() if isinstance(nest, bytes) else nest


def write_all(kinds, model_dirs, steps):
  """`write` for several kinds: a process costs more than a model."""
  for kind, model_dir in zip(kinds, model_dirs, strict=True):
    write(kind, model_dir, steps)


def observe_all(kinds, model_dirs, steps):
  """`observe` for several kinds."""
  return {
    kind: observe(kind, model_dir, steps)
    for kind, model_dir in zip(kinds, model_dirs, strict=True)
  }


def record(kinds, steps):
  """What happens to models after some steps: as goldens."""
  import tempfile

  model_dirs = [tempfile.mkdtemp() for _ in kinds]
  write_all(kinds, model_dirs, steps)
  return observe_all(kinds, model_dirs, steps)
