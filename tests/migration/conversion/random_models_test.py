"""Keras models and modules of random canned Estimators predict what these do."""

import os

import hypothesis
import numpy as np
import tensorflow as tf
from hypothesis import strategies as st

import tfcompat_estimator
from tfcompat_estimator.canned import dnn, dnn_linear_combined, linear
from tfcompat_estimator.heads import multi_label, regression
from tfcompat_estimator.saved_models import receivers

COUNT = int(os.environ.get('TFCOMPAT_FUZZ_COUNT', '5'))
ROWS = 8
fc = tf.feature_column
WORDS = ['a', 'b', 'c']
SPECS = {
  'number': ([2], tf.float32),
  'age': ([1], tf.float32),
  'word': ([1], tf.string),
  'id': ([1], tf.int64),
  'more': ([3], tf.float32),
  'label': ([1], tf.string),
  'tags': ([3], tf.string),
}
TASKS = {
  'three': ('Classifier', lambda: {'n_classes': 3}),
  'binary': ('Classifier', dict),
  'numbers': ('Regressor', lambda: {'label_dimension': 2}),
  'count': ('Estimator', lambda: {'head': regression.PoissonRegressionHead()}),
  'bits': ('Estimator', lambda: {'head': multi_label.MultiLabelHead(3)}),
}


def data(seed):
  """Features, missing words and ids among them; labels of both tasks."""
  random = np.random.RandomState(seed)
  features = {
    'number': random.normal(size=[ROWS, 2]).astype('f'),
    'age': random.uniform(1.5, 7.5, [ROWS, 1]).astype('f'),
    'word': random.choice([b'a', b'b', b'c', b'', b'other'], [ROWS, 1]),
    'id': random.randint(-1, 5, [ROWS, 1]),
    'more': random.normal(size=[ROWS, 3]).astype('f'),
    'label': random.choice([b'x', b'y'], [ROWS, 1]),
    'tags': random.choice([b'a', b'b', b'c', b'', b'', b'd'], [ROWS, 3]),
  }
  features['tags'][0] = b''  # An example without any.
  labels = {
    'three': random.randint(0, 3, [ROWS, 1]),
    'binary': random.randint(0, 2, [ROWS, 1]),
    'numbers': random.normal(size=[ROWS, 2]).astype('f'),
    'count': random.poisson(2, [ROWS, 1]).astype('f'),
    'bits': random.randint(0, 2, [ROWS, 3]),
  }
  return features, labels


def wide_columns():
  return {
    'number': fc.numeric_column('number', shape=2),
    'age': fc.bucketized_column(fc.numeric_column('age'), [3.0, 5.0]),
    'word': fc.categorical_column_with_vocabulary_list(
      'word', WORDS, num_oov_buckets=1
    ),
    'id': fc.categorical_column_with_identity('id', 5),
    'tags': fc.categorical_column_with_vocabulary_list('tags', WORDS),
    # Of integers, which nothing else may say.
    'cross': fc.crossed_column(['id', 'word'], 9),
    'cross_ids': fc.crossed_column(
      [
        fc.categorical_column_with_identity('id', 5),
        fc.bucketized_column(fc.numeric_column('age'), [3.0, 5.0]),
      ],
      7,
    ),
  }


READ = {'cross': ['id', 'word'], 'cross_ids': ['id', 'age']}


def deep_columns():
  wide = wide_columns()
  return {
    'number': wide['number'],
    'age': fc.numeric_column('age'),
    'word': fc.indicator_column(wide['word']),
    'id': fc.embedding_column(wide['id'], 2, 'sum'),
    'tags': fc.embedding_column(wide['tags'], 2, 'sqrtn'),
    'cross': fc.embedding_column(wide['cross'], 2),
    'cross_ids': fc.indicator_column(wide['cross_ids']),
  }


def estimator_of(network, task, wide, deep, batch_norm, family):
  """The Estimator of a case."""
  wide_list = [wide_columns()[key] for key in wide]
  deep_list = [deep_columns()[key] for key in deep]
  if network == 'Linear':
    arguments = {'feature_columns': wide_list}
  elif network == 'DNN':
    arguments = {
      'feature_columns': deep_list,
      'hidden_units': [4, 3],
      'batch_norm': batch_norm,
    }
  else:
    arguments = {
      'linear_feature_columns': wide_list,
      'dnn_feature_columns': deep_list,
      'dnn_hidden_units': [4],
      'batch_norm': batch_norm,
    }
  room = {'Linear': linear, 'DNN': dnn}.get(network, dnn_linear_combined)
  kind, of_task = TASKS[task]
  name = network + kind + ('V2' if family == 'v2' else '')
  return getattr(room, name)(**arguments, **of_task())


KEYS = st.lists(
  st.sampled_from(sorted(wide_columns())), min_size=1, unique=True
)


def receiver(names):
  """What gives a module its arguments."""
  inputs = {
    name: tf.compat.v1.placeholder(SPECS[name][1], [None, *SPECS[name][0]])
    for name in names
  }
  return receivers.ServingInputReceiver(inputs, inputs)


@hypothesis.settings(
  max_examples=COUNT,
  derandomize=True,
  database=None,
  deadline=None,
  suppress_health_check=list(hypothesis.HealthCheck),
  phases=[hypothesis.Phase.generate],
)
@hypothesis.given(
  network=st.sampled_from(['DNN', 'Linear', 'DNNLinearCombined']),
  task=st.sampled_from(sorted(TASKS)),
  family=st.sampled_from(['v1', 'v2']),
  wide=KEYS,
  deep=KEYS,
  batch_norm=st.booleans(),
  order=st.permutations(sorted(SPECS)),
  seed=st.integers(0, 99),
)
def test_predictions(
  network, task, family, wide, deep, batch_norm, order, seed
):
  """In another order, with more features, of all rows, of one and of none."""
  features, labels = data(seed)
  if TASKS[task][0] == 'Estimator':
    family = 'v2'  # The other one has no such heads.
  estimator = estimator_of(network, task, wide, deep, batch_norm, family)
  examples = features, labels[task]
  estimator.train(
    lambda: tf.data.Dataset.from_tensors(examples).repeat(3), steps=3
  )
  (expected,) = estimator.predict(
    lambda: tf.data.Dataset.from_tensors(features), yield_single_examples=False
  )
  keys = {'Linear': wide, 'DNN': deep}.get(network, [*wide, *deep])
  used = {name for key in keys for name in READ.get(key, [key])}
  module = tfcompat_estimator.to_module(estimator, lambda: receiver(used))
  unsaid = 'cross' in keys and not {'id', 'cross_ids'} & set(keys)
  models = {
    backend: tfcompat_estimator.to_keras(
      estimator,
      backend=backend,
      feature_dtypes={'id': tf.int64} if unsaid else None,
    )
    for backend in ('tf_keras', 'keras3')
  }

  for size in (ROWS, 1, 0):
    given = {k: tf.constant(features[k][:size]) for k in order}
    sparse = {
      **given,
      'tags': tf.sparse.from_dense(given['tags']),
      'word': tf.sparse.from_dense(given['word']),
    }
    found = {
      'tf_keras': models['tf_keras'](given),
      'module': module.functions['predict'](**{k: given[k] for k in used}),
    }
    # A cross that names it takes '' of dense features for a value.
    if 'cross' not in keys:
      found['sparse'] = models['tf_keras'](sparse)
    if size or not set(READ) & set(keys):  # Keras 3.15 crosses no empty batch.
      found['keras3'] = models['keras3'](given)
    for name, predicted in found.items():
      for key in set(predicted) & set(expected):
        np.testing.assert_allclose(
          _numbers(predicted[key]),
          _numbers(expected[key][:size]),
          rtol=1e-5,
          atol=1e-6,
          err_msg=f'{name} {key} {size}',
        )
      assert set(predicted) & {'logits', 'predictions'}


def _numbers(value):
  value = np.asarray(value)
  return value.astype('f') if value.dtype == object else value
