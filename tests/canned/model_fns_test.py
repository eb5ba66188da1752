"""Gives canned estimators data that do not fit: errors are the reference's."""

import numpy as np
import pytest
import tensorflow as tf

from tests.canned import probes
from tfcompat_estimator.heads import (
  binary_class,
  multi_head,
  multi_label,
  regression,
)
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column
errors = tf.errors


NAMES = np.array([[b'a'], [b'b'], [b'a'], [b'b']], object)


def sizes_differ():
  return (
    {'x': tf.constant(probes.FEATURES['x'][:3])},
    tf.constant(probes.ZEROS[:2]),
  )


def no_dict():
  return tf.constant(probes.FEATURES['x']), tf.constant(probes.ZEROS)


def full(value, dtype=np.int64, width=1):
  return np.full((probes.ROWS, width), value, dtype)


NOPE = fc.numeric_column('nope')


INDICATOR = fc.indicator_column(probes.CATEGORICAL)


OUT_OF_RANGE = errors.InvalidArgumentError


CANNOT_CAST = errors.UnimplementedError


TWO_HEADS = probes.dnn_estimator(
  multi_head.MultiHead(
    [
      binary_class.BinaryClassHead(name='a'),
      binary_class.BinaryClassHead(name='b'),
    ]
  )
)


def sparse_labels(*ids):
  indices = [[row, 0] for row in range(len(ids))]
  return v1.SparseTensorValue(
    indices, np.array(ids, np.int64), [probes.ROWS, 2]
  )


# How it is made, its input, the error (None: it trains), what it names.
DATA = {
  'feature that is missing': (
    probes.dnn_classifier([NOPE]),
    probes.data(),
    ValueError,
    'nope',
  ),
  'feature that is missing in v1': (
    probes.v1_dnn_classifier([NOPE]),
    probes.data(),
    ValueError,
    'nope',
  ),
  'weight that is missing': (
    probes.dnn_classifier(weight_column='nope'),
    probes.data(),
    ValueError,
    'Feature nope is not in features dictionary',
  ),
  'weights that are names': (
    probes.dnn_classifier(weight_column='w'),
    probes.data(w=NAMES),
    CANNOT_CAST,
    'Cast',
  ),
  'weights in a vector': (
    probes.dnn_classifier(weight_column='w'),
    probes.data(w=full(1.0)[:, 0]),
    None,
    '',
  ),
  'three weights an example': (
    probes.dnn_classifier(weight_column='w'),
    probes.data(w=full(1.0, np.float32, 3)),
    OUT_OF_RANGE,
    'weights',
  ),
  'negative weights': (
    probes.dnn_classifier(weight_column='w'),
    probes.data(w=full(-1.0, np.float32)),
    None,
    '',
  ),
  'weight column that is numeric': (
    probes.dnn_classifier(weight_column=fc.numeric_column('w')),
    probes.data(),
    None,
    '',
  ),
  'weight column that is categorical': (
    probes.dnn_classifier(weight_column=INDICATOR),
    probes.data(),
    TypeError,
    'Weight',
  ),
  'label above 1': (
    probes.dnn_classifier(),
    probes.data(full(2)),
    OUT_OF_RANGE,
    'Labels must be <=',
  ),
  'negative label': (
    probes.dnn_classifier(),
    probes.data(full(-1)),
    OUT_OF_RANGE,
    'Labels must be >= 0',
  ),
  'label above the last class': (
    probes.dnn_classifier(n_classes=3),
    probes.data(full(3)),
    OUT_OF_RANGE,
    'abel',
  ),
  'negative label of three classes': (
    probes.dnn_classifier(n_classes=3),
    probes.data(full(-1)),
    OUT_OF_RANGE,
    'abel',
  ),
  'label above 1 in v1': (
    probes.v1_dnn_classifier(),
    probes.data(full(2)),
    OUT_OF_RANGE,
    'Labels must',
  ),
  'label above the last class in v1': (
    probes.v1_dnn_classifier(n_classes=3),
    probes.data(full(3)),
    OUT_OF_RANGE,
    'abel',
  ),
  'names without vocabulary': (
    probes.dnn_classifier(),
    probes.data(NAMES),
    CANNOT_CAST,
    'Cast',
  ),
  'names of three classes without vocabulary': (
    probes.dnn_classifier(n_classes=3),
    probes.data(NAMES),
    ValueError,
    'Labels dtype',
  ),
  'names without vocabulary in v1': (
    probes.v1_dnn_classifier(),
    probes.data(NAMES),
    CANNOT_CAST,
    'Cast',
  ),
  'ids with vocabulary': (
    probes.dnn_classifier(label_vocabulary=['a', 'b']),
    probes.data(),
    TypeError,
    'string',
  ),
  'name out of vocabulary': (
    probes.dnn_classifier(label_vocabulary=['a', 'c']),
    probes.data(NAMES),
    OUT_OF_RANGE,
    'Labels must be >= 0',
  ),
  'float labels': (
    probes.dnn_classifier(),
    probes.data(full(1.0, np.float32)),
    None,
    '',
  ),
  'labels of one half': (
    probes.dnn_classifier(),
    probes.data(full(0.5, np.float32)),
    None,
    '',
  ),
  'float labels of three classes': (
    probes.dnn_classifier(n_classes=3),
    probes.data(full(1.0, np.float32)),
    ValueError,
    'Labels dtype should be integer',
  ),
  'labels in a vector': (
    probes.dnn_classifier(),
    probes.data(probes.ZEROS[:, 0]),
    None,
    '',
  ),
  'labels too wide': (
    probes.dnn_classifier(),
    probes.data(full(0, width=2)),
    ValueError,
    'Mismatched',
  ),
  'labels of three classes too wide': (
    probes.dnn_classifier(n_classes=3),
    probes.data(full(0, width=2)),
    ValueError,
    'Mismatched label shape',
  ),
  'numbers too wide': (
    probes.dnn_regressor(),
    probes.data(full(0.0, width=2)),
    ValueError,
    'Mismatched',
  ),
  'numbers too narrow': (
    probes.dnn_regressor(label_dimension=2),
    probes.data(full(0.0)[:, 0]),
    ValueError,
    'Mismatched label shape',
  ),
  'int labels of a regressor': (
    probes.dnn_regressor(),
    probes.data(),
    None,
    '',
  ),
  'names for a regressor': (
    probes.dnn_regressor(),
    probes.data(NAMES),
    CANNOT_CAST,
    'Cast',
  ),
  'no labels': (
    probes.dnn_classifier(),
    probes.data(probes.NO_LABELS),
    ValueError,
    'labels',
  ),
  'no labels in v1': (
    probes.v1_dnn_classifier(),
    probes.data(probes.NO_LABELS),
    ValueError,
    'labels',
  ),
  'features in no dict': (
    probes.dnn_classifier(),
    no_dict,
    ValueError,
    'features should be a dict',
  ),
  'feature of another width': (
    probes.dnn_classifier(),
    probes.data(x=full(1.0, np.float32, 2)),
    OUT_OF_RANGE,
    'Reshape',
  ),
  'feature in a vector': (
    probes.dnn_classifier([fc.numeric_column('x')]),
    probes.data(x=np.ones(probes.ROWS, np.float32)),
    None,
    '',
  ),
  'names for a numeric column': (
    probes.dnn_classifier(),
    probes.data(x=np.repeat(NAMES, 3, 1)),
    CANNOT_CAST,
    'Cast',
  ),
  'fewer labels than examples': (
    probes.dnn_classifier(),
    sizes_differ,
    ValueError,
    'must have the same shape',
  ),
  'indicator of 2': (
    probes.dnn_estimator(multi_label.MultiLabelHead(2)),
    probes.data(full(2, width=2)),
    OUT_OF_RANGE,
    'abel',
  ),
  'sparse labels': (
    probes.dnn_estimator(multi_label.MultiLabelHead(2)),
    probes.data(sparse_labels(0, 1, 1)),
    None,
    '',
  ),
  'sparse id out of range': (
    probes.dnn_estimator(multi_label.MultiLabelHead(2)),
    probes.data(sparse_labels(0, 5)),
    OUT_OF_RANGE,
    'labels must be an integer SparseTensor',
  ),
  'labels of two heads in no dict': (
    TWO_HEADS,
    probes.data(),
    ValueError,
    'labels must be a dict',
  ),
  'labels of one head missing': (
    TWO_HEADS,
    probes.data({'a': probes.ZEROS}),
    ValueError,
    'missing values.*b',
  ),
  'negative count': (
    probes.dnn_estimator(regression.PoissonRegressionHead()),
    probes.data(full(-1.0, np.float32)),
    v1.train.NanLossDuringTrainingError,
    'NaN loss',
  ),
  'probability above 1': (
    probes.dnn_estimator(regression.LogisticRegressionHead()),
    probes.data(full(1.5, np.float32)),
    OUT_OF_RANGE,
    'range',
  ),
}


@probes.each_row(DATA)
def test_data(case, tmp_path):
  """Features and labels that do not fit raise while training."""
  probes.expect(*case, tmp_path)


def test_labels_missing_in_evaluate(tmp_path):
  """Evaluation needs labels too."""
  config = run_config.RunConfig(model_dir=str(tmp_path), **probes.QUIET)

  with pytest.raises(ValueError, match='labels'):
    probes.dnn_classifier()(config).evaluate(
      probes.data(probes.NO_LABELS), steps=1
    )


# Kernels that fuse a matrix product with relu may make zeros of NaN.
NO_RELU = probes.dnn_classifier(activation_fn=tf.nn.tanh)


def test_nan_feature_stops_at_its_summary(tmp_path):
  """A NaN fails first in the histogram of a layer."""
  config = run_config.RunConfig(model_dir=str(tmp_path))
  nan = probes.FEATURES['x'] * np.float32('nan')

  with pytest.raises(errors.InvalidArgumentError, match='Nan in summary'):
    NO_RELU(config).train(probes.data(x=nan), steps=1)


def test_nan_feature_evaluates_to_nan(tmp_path):
  """Evaluation goes on and says so."""
  config = run_config.RunConfig(model_dir=str(tmp_path), **probes.QUIET)
  estimator = NO_RELU(config).train(probes.data(), steps=1)

  metrics = estimator.evaluate(
    probes.data(x=probes.FEATURES['x'] * np.float32('nan')), 1
  )

  assert np.isnan(metrics['loss'])
  assert np.isnan(metrics['average_loss'])
