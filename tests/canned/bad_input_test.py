"""Gives canned estimators what does not fit: errors are the reference's.

Each row is a probe of the contract: what is constructed, what it is trained on,
the type of the error and what its message names; None if the probe is accepted.
Rows marked `better` are refused by the reference; docs/differences.md says why
not here.
"""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.canned import neutral
from tfcompat_estimator.canned import baseline, dnn, linear
from tfcompat_estimator.canned import dnn_linear_combined as combined
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

X = fc.numeric_column('x', shape=3)
CATEGORICAL = fc.categorical_column_with_identity('i', 3)
NO_LABELS = object()

ROWS = 4
FEATURES = {
  'x': np.arange(ROWS * 3, dtype=np.float32).reshape(ROWS, 3) / 10,
  'w': np.ones((ROWS, 1), np.float32),
  'i': np.arange(ROWS).reshape(ROWS, 1) % 3,
}
ZEROS = np.zeros((ROWS, 1), np.int64)
NAMES = np.array([[b'a'], [b'b'], [b'a'], [b'b']], object)
QUIET = {'save_summary_steps': None, 'log_step_count_steps': None}


def dnn_classifier(columns=(X,), hidden_units=(2,), **kwargs):
  return lambda config: dnn.DNNClassifierV2(
    hidden_units, list(columns), config=config, **kwargs
  )


def dnn_regressor(**kwargs):
  return lambda config: dnn.DNNRegressorV2([2], [X], config=config, **kwargs)


def v1_dnn_classifier(columns=(X,), **kwargs):
  return lambda config: dnn.DNNClassifier(
    [2], list(columns), config=config, **kwargs
  )


def make(cls, *args, **kwargs):
  return lambda config: cls(*args, config=config, **kwargs)


def dnn_estimator(head):
  return make(dnn.DNNEstimatorV2, head, [2], [X])


def data(labels=ZEROS, **features):
  """An input function of batches of all rows; features replace the usual."""

  def input_fn():
    inputs = {**FEATURES, **features}
    if labels is not NO_LABELS:
      inputs = (inputs, _as_tensors(labels))
    return tf.data.Dataset.from_tensor_slices(inputs).repeat().batch(ROWS)

  return input_fn


def _as_tensors(labels):
  if isinstance(labels, v1.SparseTensorValue):
    return tf.SparseTensor(*labels)
  return labels


def sizes_differ():
  return (
    {'x': tf.constant(FEATURES['x'][:3])},
    tf.constant(ZEROS[:2]),
  )


def no_dict():
  return tf.constant(FEATURES['x']), tf.constant(ZEROS)


def full(value, dtype=np.int64, width=1):
  return np.full((ROWS, width), value, dtype)


NOPE = fc.numeric_column('nope')
INDICATOR = fc.indicator_column(CATEGORICAL)
OUT_OF_RANGE = errors.InvalidArgumentError
CANNOT_CAST = errors.UnimplementedError
TWO_HEADS = dnn_estimator(
  multi_head.MultiHead(
    [
      binary_class.BinaryClassHead(name='a'),
      binary_class.BinaryClassHead(name='b'),
    ]
  )
)


def sparse_labels(*ids):
  indices = [[row, 0] for row in range(len(ids))]
  return v1.SparseTensorValue(indices, np.array(ids, np.int64), [ROWS, 2])


DATA_PROBES = [
  (232, dnn_classifier([NOPE]), data(), ValueError, 'nope'),
  (233, make(linear.LinearClassifierV2, [NOPE]), data(), ValueError, 'nope'),
  (234, v1_dnn_classifier([NOPE]), data(), ValueError, 'nope'),
  (
    235,
    dnn_classifier(weight_column='nope'),
    data(),
    ValueError,
    'Feature nope is not in features dictionary',
  ),
  (236, dnn_classifier(weight_column='w'), data(w=NAMES), CANNOT_CAST, 'Cast'),
  (237, dnn_classifier(weight_column='w'), data(w=full(1.0)[:, 0]), None, ''),
  (
    238,
    dnn_classifier(weight_column='w'),
    data(w=full(1.0, np.float32, 3)),
    OUT_OF_RANGE,
    'weights',
  ),
  (
    239,
    dnn_classifier(weight_column='w'),
    data(w=full(-1.0, np.float32)),
    None,
    '',
  ),
  (
    240,
    dnn_classifier(weight_column=fc.numeric_column('w')),
    data(),
    None,
    '',
  ),
  (241, dnn_classifier(weight_column=INDICATOR), data(), TypeError, 'Weight'),
  (242, dnn_classifier(), data(full(2)), OUT_OF_RANGE, 'Labels must be <='),
  (243, dnn_classifier(), data(full(-1)), OUT_OF_RANGE, 'Labels must be >= 0'),
  (244, dnn_classifier(n_classes=3), data(full(3)), OUT_OF_RANGE, 'abel'),
  (245, dnn_classifier(n_classes=3), data(full(-1)), OUT_OF_RANGE, 'abel'),
  (246, v1_dnn_classifier(), data(full(2)), OUT_OF_RANGE, 'Labels must'),
  (247, v1_dnn_classifier(n_classes=3), data(full(3)), OUT_OF_RANGE, 'abel'),
  (248, dnn_classifier(), data(NAMES), CANNOT_CAST, 'Cast'),
  (249, dnn_classifier(n_classes=3), data(NAMES), ValueError, 'Labels dtype'),
  (250, v1_dnn_classifier(), data(NAMES), CANNOT_CAST, 'Cast'),
  (
    251,
    dnn_classifier(label_vocabulary=['a', 'b']),
    data(),
    TypeError,
    'string',
  ),
  (
    252,
    dnn_classifier(label_vocabulary=['a', 'c']),
    data(NAMES),
    OUT_OF_RANGE,
    'Labels must be >= 0',
  ),
  (253, dnn_classifier(), data(full(1.0, np.float32)), None, ''),
  (254, dnn_classifier(), data(full(0.5, np.float32)), None, ''),
  (
    255,
    dnn_classifier(n_classes=3),
    data(full(1.0, np.float32)),
    ValueError,
    'Labels dtype should be integer',
  ),
  (256, dnn_classifier(), data(ZEROS[:, 0]), None, ''),
  (257, dnn_classifier(), data(full(0, width=2)), ValueError, 'Mismatched'),
  (
    258,
    dnn_classifier(n_classes=3),
    data(full(0, width=2)),
    ValueError,
    'Mismatched label shape',
  ),
  (259, dnn_regressor(), data(full(0.0, width=2)), ValueError, 'Mismatched'),
  (
    260,
    dnn_regressor(label_dimension=2),
    data(full(0.0)[:, 0]),
    ValueError,
    'Mismatched label shape',
  ),
  (261, dnn_regressor(), data(), None, ''),
  (262, dnn_regressor(), data(NAMES), CANNOT_CAST, 'Cast'),
  (263, dnn_classifier(), data(NO_LABELS), ValueError, 'labels'),
  (264, v1_dnn_classifier(), data(NO_LABELS), ValueError, 'labels'),
  (266, dnn_classifier(), no_dict, ValueError, 'features should be a dict'),
  (
    267,
    make(linear.LinearClassifierV2, [X]),
    no_dict,
    ValueError,
    'features should be a dict',
  ),
  (268, make(baseline.BaselineClassifierV2), no_dict, AttributeError, 'items'),
  (
    269,
    dnn_classifier(),
    data(x=full(1.0, np.float32, 2)),
    OUT_OF_RANGE,
    'Reshape',
  ),
  (
    270,
    dnn_classifier([fc.numeric_column('x')]),
    data(x=np.ones(ROWS, np.float32)),
    None,
    '',
  ),
  (271, dnn_classifier(), data(x=np.repeat(NAMES, 3, 1)), CANNOT_CAST, 'Cast'),
  (
    272,
    dnn_classifier(),
    sizes_differ,
    ValueError,
    'must have the same shape',
  ),
  (
    275,
    dnn_estimator(multi_label.MultiLabelHead(2)),
    data(full(2, width=2)),
    OUT_OF_RANGE,
    'abel',
  ),
  (
    276,
    dnn_estimator(multi_label.MultiLabelHead(2)),
    data(sparse_labels(0, 1, 1)),
    None,
    '',
  ),
  (
    277,
    dnn_estimator(multi_label.MultiLabelHead(2)),
    data(sparse_labels(0, 5)),
    OUT_OF_RANGE,
    'labels must be an integer SparseTensor',
  ),
  (278, TWO_HEADS, data(), ValueError, 'labels must be a dict'),
  (279, TWO_HEADS, data({'a': ZEROS}), ValueError, 'missing values.*b'),
  (
    280,
    dnn_estimator(regression.PoissonRegressionHead()),
    data(full(-1.0, np.float32)),
    v1.train.NanLossDuringTrainingError,
    'NaN loss',
  ),
  (
    281,
    dnn_estimator(regression.LogisticRegressionHead()),
    data(full(1.5, np.float32)),
    OUT_OF_RANGE,
    'range',
  ),
]

TWO_COLUMNS = [X, fc.numeric_column('x', shape=3)]
UNIT_RANGE = 'between 0 and 1'
V2_COLUMN = 'feature column from TensorFlow v1'
MISSING = 'must be defined'
KERAS = 'not a tf.keras.optimizers.Optimizer instance'

CONSTRUCTION_PROBES = [
  (282, make(dnn.DNNClassifierV2, feature_columns=[X]), TypeError, 'hidden'),
  (283, dnn_classifier(hidden_units=[]), None, ''),
  (284, dnn_classifier(hidden_units=None), TypeError, 'not iterable'),
  (285, dnn_classifier(hidden_units=5), TypeError, 'not iterable'),
  (286, dnn_classifier(hidden_units=[-1]), ValueError, 'units'),
  (287, dnn_classifier(n_classes=1), ValueError, 'n_classes must be > 2: 1'),
  (288, dnn_classifier(n_classes=0), ValueError, 'n_classes must be > 2: 0'),
  (289, dnn_classifier(n_classes=None), ValueError, 'n_classes cannot be None'),
  (291, v1_dnn_classifier(n_classes=1), ValueError, 'n_classes'),
  (
    292,
    make(linear.LinearClassifier, [X], n_classes=1),
    ValueError,
    'n_classes',
  ),
  (
    293,
    make(linear.LinearClassifierV2, [X], n_classes=1),
    ValueError,
    'n_classes',
  ),
  (
    294,
    make(baseline.BaselineClassifierV2, n_classes=1),
    ValueError,
    'n_classes',
  ),
  (
    296,
    dnn_classifier(n_classes=3, label_vocabulary=['a', 'b']),
    ValueError,
    'label_vocabulary',
  ),
  (297, dnn_classifier(label_vocabulary='ab'), ValueError, 'label_vocabulary'),
  (299, dnn_classifier(loss_reduction='bogus'), ValueError, 'loss_reduction'),
  (300, dnn_classifier(loss_reduction='none'), ValueError, 'loss_reduction'),
  (
    301,
    v1_dnn_classifier(loss_reduction='bogus'),
    ValueError,
    'loss_reduction',
  ),
  (302, v1_dnn_classifier(loss_reduction='none'), ValueError, 'loss_reduction'),
  (303, dnn_regressor(label_dimension=0), ValueError, 'label_dimension 0'),
  (304, dnn_classifier(['x']), ValueError, V2_COLUMN),
  (306, dnn_classifier([CATEGORICAL]), ValueError, 'embedding_column'),
  (307, dnn_classifier([]), ValueError, 'feature_columns must not be empty'),
  (
    308,
    make(dnn.DNNClassifierV2, [2], None),
    ValueError,
    'feature_columns must not be empty',
  ),
  (
    309,
    make(linear.LinearClassifierV2, []),
    ValueError,
    'feature_columns must not be empty',
  ),
  (310, make(dnn.DNNClassifierV2, [2], X), ValueError, V2_COLUMN),
  (311, make(linear.LinearClassifierV2, X), ValueError, V2_COLUMN),
  (312, make(dnn.DNNClassifierV2, [2], (c for c in [X])), None, ''),
  (313, dnn_classifier(TWO_COLUMNS), ValueError, 'Duplicate feature column'),
  (
    314,
    make(linear.LinearClassifierV2, [fc.embedding_column(CATEGORICAL, 2)]),
    None,
    '',
  ),
  (315, make(linear.LinearClassifierV2, ['x']), ValueError, V2_COLUMN),
  (318, dnn_classifier(optimizer='Bogus'), ValueError, 'optimizer.*Bogus'),
  (319, dnn_classifier(optimizer='adam'), ValueError, 'optimizer.*adam'),
  (320, v1_dnn_classifier(optimizer='Bogus'), ValueError, 'optimizer.*Bogus'),
  (
    321,
    dnn_classifier(optimizer=v1.train.AdamOptimizer()),
    ValueError,
    KERAS,
  ),
  (
    322,
    v1_dnn_classifier(optimizer=tf_keras.optimizers.legacy.Adam()),
    ValueError,
    'not an Optimizer instance',
  ),
  (325, dnn_classifier(optimizer=5), ValueError, KERAS),
  (
    326,
    dnn_classifier(optimizer=tf_keras.optimizers.legacy.Adam),
    None,
    '',
  ),
  (
    328,
    make(combined.DNNLinearCombinedClassifierV2),
    ValueError,
    'linear_feature_columns or dnn_feature_columns must be defined',
  ),
  (
    330,
    make(combined.DNNLinearCombinedClassifierV2, dnn_feature_columns=[X]),
    ValueError,
    'dnn_hidden_units must be defined',
  ),
  (
    331,
    make(
      combined.DNNLinearCombinedClassifierV2,
      linear_feature_columns=[X],
      dnn_hidden_units=[2],
    ),
    None,
    '',
  ),
  (
    332,
    make(combined.DNNLinearCombinedEstimatorV2, binary_class.BinaryClassHead()),
    ValueError,
    MISSING,
  ),
  (
    333,
    make(combined.DNNLinearCombinedClassifier),
    ValueError,
    MISSING,
  ),
  (334, dnn_estimator('head'), AttributeError, 'logits_dimension'),
  (
    336,
    make(linear.LinearEstimatorV2, None, [X]),
    AttributeError,
    'logits_dimension',
  ),
  (337, dnn_classifier(dropout=1.5), ValueError, f'1.5.*{UNIT_RANGE}'),
  (338, dnn_classifier(activation_fn=None), None, ''),
  (339, dnn_classifier(activation_fn='tanh'), None, ''),
  (340, dnn_classifier(bogus=1), TypeError, 'bogus'),
]


def expect(make_estimator, input_fn, error, names, folder):
  """Constructs and trains a step, and checks what happens."""
  config = run_config.RunConfig(model_dir=str(folder), **QUIET)
  if error is None:
    estimator = make_estimator(config).train(input_fn, steps=1)
    assert estimator.get_variable_value('global_step') == 1
    return
  with pytest.raises(error, match=names) as raised:
    make_estimator(config).train(input_fn, steps=1)
  assert raised.type is error or error is not ValueError


@pytest.mark.parametrize(
  ('make_estimator', 'input_fn', 'error', 'names'),
  [row[1:] for row in DATA_PROBES],
  ids=[str(row[0]) for row in DATA_PROBES],
)
def test_data(make_estimator, input_fn, error, names, tmp_path):
  """Features and labels that do not fit raise while training."""
  expect(make_estimator, input_fn, error, names, tmp_path)


@pytest.mark.parametrize(
  ('make_estimator', 'error', 'names'),
  [row[1:] for row in CONSTRUCTION_PROBES],
  ids=[str(row[0]) for row in CONSTRUCTION_PROBES],
)
def test_arguments(make_estimator, error, names, tmp_path):
  """Wrong arguments raise in the constructor or in the first training."""
  expect(make_estimator, data(), error, names, tmp_path)


IN_CONSTRUCTOR = {
  282, 287, 288, 289, 291, 292, 293, 294, 296, 297, 299, 300, 301, 302, 303,
  304, 310, 311, 315, 328, 332, 333, 340,
}  # fmt: skip


@pytest.mark.parametrize(
  ('number', 'make_estimator'),
  [row[:2] for row in CONSTRUCTION_PROBES],
  ids=[str(row[0]) for row in CONSTRUCTION_PROBES],
)
def test_when_arguments_are_checked(number, make_estimator, tmp_path):
  """Constructors check what the reference's constructors check, no more."""
  config = run_config.RunConfig(model_dir=str(tmp_path))
  if number in IN_CONSTRUCTOR:
    with pytest.raises((TypeError, ValueError)):
      make_estimator(config)
  else:
    make_estimator(config)


def test_labels_missing_in_evaluate(tmp_path):
  """Probe 265: evaluation needs labels too."""
  config = run_config.RunConfig(model_dir=str(tmp_path), **QUIET)

  with pytest.raises(ValueError, match='labels'):
    dnn_classifier()(config).evaluate(data(NO_LABELS), steps=1)


# Kernels that fuse a matrix product with relu may make zeros of NaN.
NO_RELU = dnn_classifier(activation_fn=tf.nn.tanh)


def test_nan_feature_stops_at_its_summary(tmp_path):
  """Probe 273: a NaN fails first in the histogram of a layer."""
  config = run_config.RunConfig(model_dir=str(tmp_path))
  nan = FEATURES['x'] * np.float32('nan')

  with pytest.raises(errors.InvalidArgumentError, match='Nan in summary'):
    NO_RELU(config).train(data(x=nan), steps=1)


def test_nan_feature_evaluates_to_nan(tmp_path):
  """Probe 274: evaluation goes on and says so."""
  config = run_config.RunConfig(model_dir=str(tmp_path), **QUIET)
  estimator = NO_RELU(config).train(data(), steps=1)

  metrics = estimator.evaluate(data(x=FEATURES['x'] * np.float32('nan')), 1)

  assert np.isnan(metrics['loss'])
  assert np.isnan(metrics['average_loss'])


def test_wrong_sparse_combiner(tmp_path):
  """Better than probe 316: a bad combiner names itself, where it matters."""
  config = run_config.RunConfig(model_dir=str(tmp_path), **QUIET)
  estimator = linear.LinearClassifierV2(
    [CATEGORICAL], sparse_combiner='bogus', config=config
  )

  with pytest.raises(ValueError, match='combiner'):
    estimator.train(data(), steps=1)


def test_vocabulary_of_the_data_is_here():
  """The rows that other tests read are the reference's."""
  assert len(neutral.data()['feature/x']) == 64
