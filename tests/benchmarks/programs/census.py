"""Makes data like the census', and the columns of a wide and deep model of it."""

import numpy as np
import tensorflow as tf

fc = tf.feature_column
ROWS = 8192


def data():
  """(features, labels): three numbers and four words a row, a yes or no."""
  rng = np.random.RandomState(0)

  def words(stem, count):
    return np.array([f'{stem}{i}'.encode() for i in range(count)])

  features = {
    'age': rng.randint(17, 90, ROWS).astype(np.float32),
    'hours': rng.randint(1, 99, ROWS).astype(np.float32),
    'gain': rng.exponential(500, ROWS).astype(np.float32),
    'education': words('education', 16)[rng.randint(0, 16, ROWS)],
    'occupation': words('occupation', 15)[rng.randint(0, 15, ROWS)],
    'relation': words('relation', 6)[rng.randint(0, 6, ROWS)],
    'country': words('country', 42)[rng.zipf(1.5, ROWS) % 42],
  }
  score = features['age'] / 90 + features['hours'] / 99 + rng.rand(ROWS)
  return features, (score > 1.6).astype(np.int32)


def numbers():
  """The numeric columns."""
  return [fc.numeric_column(key) for key in ('age', 'hours', 'gain')]


def _known(key, count):
  return fc.categorical_column_with_vocabulary_list(
    key, [f'{key}{i}' for i in range(count)]
  )


def _hashed(key):
  return fc.categorical_column_with_hash_bucket(key, 100)


def _age_groups():
  return fc.bucketized_column(
    fc.numeric_column('age'), [18, 25, 30, 35, 40, 45, 50, 55, 60, 65]
  )


def wide():
  """Seven columns for a linear model, two crosses among them."""
  ages = _age_groups()
  return [
    _known('education', 16),
    _known('relation', 6),
    _hashed('occupation'),
    _hashed('country'),
    ages,
    fc.crossed_column(['education', 'occupation'], 1000),
    fc.crossed_column([ages, 'education', 'occupation'], 1000),
  ]


def deep():
  """Seven columns for a network."""
  return [
    *numbers(),
    fc.indicator_column(_known('education', 16)),
    fc.indicator_column(_known('relation', 6)),
    fc.embedding_column(_hashed('occupation'), 8),
    fc.embedding_column(_hashed('country'), 8),
  ]
