"""Gives canned estimators what does not fit: errors are the reference's.

Each row is a probe of the contract: what is constructed, what it is trained on,
the type of the error and what its message names; None if the probe is accepted.
Rows marked `better` are refused by the reference; docs/differences.md says why
not here.
"""

import numpy as np
import pytest
import tensorflow as tf

from tests.canned import neutral, probes
from tfcompat_estimator.canned import baseline, linear
from tfcompat_estimator.heads import (
  binary_class,
  multi_head,
  multi_label,
  regression,
)
from tfcompat_estimator.spec import run_config

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


DATA_PROBES = [
  (232, probes.dnn_classifier([NOPE]), probes.data(), ValueError, 'nope'),
  (
    233,
    probes.make(linear.LinearClassifierV2, [NOPE]),
    probes.data(),
    ValueError,
    'nope',
  ),
  (234, probes.v1_dnn_classifier([NOPE]), probes.data(), ValueError, 'nope'),
  (
    235,
    probes.dnn_classifier(weight_column='nope'),
    probes.data(),
    ValueError,
    'Feature nope is not in features dictionary',
  ),
  (
    236,
    probes.dnn_classifier(weight_column='w'),
    probes.data(w=NAMES),
    CANNOT_CAST,
    'Cast',
  ),
  (
    237,
    probes.dnn_classifier(weight_column='w'),
    probes.data(w=full(1.0)[:, 0]),
    None,
    '',
  ),
  (
    238,
    probes.dnn_classifier(weight_column='w'),
    probes.data(w=full(1.0, np.float32, 3)),
    OUT_OF_RANGE,
    'weights',
  ),
  (
    239,
    probes.dnn_classifier(weight_column='w'),
    probes.data(w=full(-1.0, np.float32)),
    None,
    '',
  ),
  (
    240,
    probes.dnn_classifier(weight_column=fc.numeric_column('w')),
    probes.data(),
    None,
    '',
  ),
  (
    241,
    probes.dnn_classifier(weight_column=INDICATOR),
    probes.data(),
    TypeError,
    'Weight',
  ),
  (
    242,
    probes.dnn_classifier(),
    probes.data(full(2)),
    OUT_OF_RANGE,
    'Labels must be <=',
  ),
  (
    243,
    probes.dnn_classifier(),
    probes.data(full(-1)),
    OUT_OF_RANGE,
    'Labels must be >= 0',
  ),
  (
    244,
    probes.dnn_classifier(n_classes=3),
    probes.data(full(3)),
    OUT_OF_RANGE,
    'abel',
  ),
  (
    245,
    probes.dnn_classifier(n_classes=3),
    probes.data(full(-1)),
    OUT_OF_RANGE,
    'abel',
  ),
  (
    246,
    probes.v1_dnn_classifier(),
    probes.data(full(2)),
    OUT_OF_RANGE,
    'Labels must',
  ),
  (
    247,
    probes.v1_dnn_classifier(n_classes=3),
    probes.data(full(3)),
    OUT_OF_RANGE,
    'abel',
  ),
  (248, probes.dnn_classifier(), probes.data(NAMES), CANNOT_CAST, 'Cast'),
  (
    249,
    probes.dnn_classifier(n_classes=3),
    probes.data(NAMES),
    ValueError,
    'Labels dtype',
  ),
  (250, probes.v1_dnn_classifier(), probes.data(NAMES), CANNOT_CAST, 'Cast'),
  (
    251,
    probes.dnn_classifier(label_vocabulary=['a', 'b']),
    probes.data(),
    TypeError,
    'string',
  ),
  (
    252,
    probes.dnn_classifier(label_vocabulary=['a', 'c']),
    probes.data(NAMES),
    OUT_OF_RANGE,
    'Labels must be >= 0',
  ),
  (253, probes.dnn_classifier(), probes.data(full(1.0, np.float32)), None, ''),
  (254, probes.dnn_classifier(), probes.data(full(0.5, np.float32)), None, ''),
  (
    255,
    probes.dnn_classifier(n_classes=3),
    probes.data(full(1.0, np.float32)),
    ValueError,
    'Labels dtype should be integer',
  ),
  (256, probes.dnn_classifier(), probes.data(probes.ZEROS[:, 0]), None, ''),
  (
    257,
    probes.dnn_classifier(),
    probes.data(full(0, width=2)),
    ValueError,
    'Mismatched',
  ),
  (
    258,
    probes.dnn_classifier(n_classes=3),
    probes.data(full(0, width=2)),
    ValueError,
    'Mismatched label shape',
  ),
  (
    259,
    probes.dnn_regressor(),
    probes.data(full(0.0, width=2)),
    ValueError,
    'Mismatched',
  ),
  (
    260,
    probes.dnn_regressor(label_dimension=2),
    probes.data(full(0.0)[:, 0]),
    ValueError,
    'Mismatched label shape',
  ),
  (261, probes.dnn_regressor(), probes.data(), None, ''),
  (262, probes.dnn_regressor(), probes.data(NAMES), CANNOT_CAST, 'Cast'),
  (
    263,
    probes.dnn_classifier(),
    probes.data(probes.NO_LABELS),
    ValueError,
    'labels',
  ),
  (
    264,
    probes.v1_dnn_classifier(),
    probes.data(probes.NO_LABELS),
    ValueError,
    'labels',
  ),
  (
    266,
    probes.dnn_classifier(),
    no_dict,
    ValueError,
    'features should be a dict',
  ),
  (
    267,
    probes.make(linear.LinearClassifierV2, [probes.X]),
    no_dict,
    ValueError,
    'features should be a dict',
  ),
  (
    268,
    probes.make(baseline.BaselineClassifierV2),
    no_dict,
    AttributeError,
    'items',
  ),
  (
    269,
    probes.dnn_classifier(),
    probes.data(x=full(1.0, np.float32, 2)),
    OUT_OF_RANGE,
    'Reshape',
  ),
  (
    270,
    probes.dnn_classifier([fc.numeric_column('x')]),
    probes.data(x=np.ones(probes.ROWS, np.float32)),
    None,
    '',
  ),
  (
    271,
    probes.dnn_classifier(),
    probes.data(x=np.repeat(NAMES, 3, 1)),
    CANNOT_CAST,
    'Cast',
  ),
  (
    272,
    probes.dnn_classifier(),
    sizes_differ,
    ValueError,
    'must have the same shape',
  ),
  (
    275,
    probes.dnn_estimator(multi_label.MultiLabelHead(2)),
    probes.data(full(2, width=2)),
    OUT_OF_RANGE,
    'abel',
  ),
  (
    276,
    probes.dnn_estimator(multi_label.MultiLabelHead(2)),
    probes.data(sparse_labels(0, 1, 1)),
    None,
    '',
  ),
  (
    277,
    probes.dnn_estimator(multi_label.MultiLabelHead(2)),
    probes.data(sparse_labels(0, 5)),
    OUT_OF_RANGE,
    'labels must be an integer SparseTensor',
  ),
  (278, TWO_HEADS, probes.data(), ValueError, 'labels must be a dict'),
  (
    279,
    TWO_HEADS,
    probes.data({'a': probes.ZEROS}),
    ValueError,
    'missing values.*b',
  ),
  (
    280,
    probes.dnn_estimator(regression.PoissonRegressionHead()),
    probes.data(full(-1.0, np.float32)),
    v1.train.NanLossDuringTrainingError,
    'NaN loss',
  ),
  (
    281,
    probes.dnn_estimator(regression.LogisticRegressionHead()),
    probes.data(full(1.5, np.float32)),
    OUT_OF_RANGE,
    'range',
  ),
]


@pytest.mark.parametrize(
  ('make_estimator', 'input_fn', 'error', 'names'),
  [row[1:] for row in DATA_PROBES],
  ids=[str(row[0]) for row in DATA_PROBES],
)
def test_data(make_estimator, input_fn, error, names, tmp_path):
  """Features and labels that do not fit raise while training."""
  probes.expect(make_estimator, input_fn, error, names, tmp_path)


def test_labels_missing_in_evaluate(tmp_path):
  """Probe 265: evaluation needs labels too."""
  config = run_config.RunConfig(model_dir=str(tmp_path), **probes.QUIET)

  with pytest.raises(ValueError, match='labels'):
    probes.dnn_classifier()(config).evaluate(
      probes.data(probes.NO_LABELS), steps=1
    )


# Kernels that fuse a matrix product with relu may make zeros of NaN.
NO_RELU = probes.dnn_classifier(activation_fn=tf.nn.tanh)


def test_nan_feature_stops_at_its_summary(tmp_path):
  """Probe 273: a NaN fails first in the histogram of a layer."""
  config = run_config.RunConfig(model_dir=str(tmp_path))
  nan = probes.FEATURES['x'] * np.float32('nan')

  with pytest.raises(errors.InvalidArgumentError, match='Nan in summary'):
    NO_RELU(config).train(probes.data(x=nan), steps=1)


def test_nan_feature_evaluates_to_nan(tmp_path):
  """Probe 274: evaluation goes on and says so."""
  config = run_config.RunConfig(model_dir=str(tmp_path), **probes.QUIET)
  estimator = NO_RELU(config).train(probes.data(), steps=1)

  metrics = estimator.evaluate(
    probes.data(x=probes.FEATURES['x'] * np.float32('nan')), 1
  )

  assert np.isnan(metrics['loss'])
  assert np.isnan(metrics['average_loss'])


def test_vocabulary_of_the_data_is_here():
  """The rows that other tests read are the reference's."""
  assert len(neutral.data()['feature/x']) == 64
