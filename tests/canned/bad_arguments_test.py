"""Checks what canned Estimators refuse as arguments."""

import pytest
import tensorflow as tf
import tf_keras

from tests.canned import probes
from tfcompat_estimator.canned import baseline, dnn, linear
from tfcompat_estimator.canned import dnn_linear_combined as combined
from tfcompat_estimator.heads import (
  binary_class,
)
from tfcompat_estimator.spec import run_config

v1 = tf.compat.v1
fc = tf.feature_column


TWO_COLUMNS = [probes.X, fc.numeric_column('x', shape=3)]


UNIT_RANGE = 'between 0 and 1'


V2_COLUMN = 'feature column from TensorFlow v1'


MISSING = 'must be defined'


KERAS = 'not a tf.keras.optimizers.Optimizer instance'


CONSTRUCTION_PROBES = [
  (
    282,
    probes.make(dnn.DNNClassifierV2, feature_columns=[probes.X]),
    TypeError,
    'hidden',
  ),
  (283, probes.dnn_classifier(hidden_units=[]), None, ''),
  (284, probes.dnn_classifier(hidden_units=None), TypeError, 'not iterable'),
  (285, probes.dnn_classifier(hidden_units=5), TypeError, 'not iterable'),
  (286, probes.dnn_classifier(hidden_units=[-1]), ValueError, 'units'),
  (
    287,
    probes.dnn_classifier(n_classes=1),
    ValueError,
    'n_classes must be > 2: 1',
  ),
  (
    288,
    probes.dnn_classifier(n_classes=0),
    ValueError,
    'n_classes must be > 2: 0',
  ),
  (
    289,
    probes.dnn_classifier(n_classes=None),
    ValueError,
    'n_classes cannot be None',
  ),
  (291, probes.v1_dnn_classifier(n_classes=1), ValueError, 'n_classes'),
  (
    292,
    probes.make(linear.LinearClassifier, [probes.X], n_classes=1),
    ValueError,
    'n_classes',
  ),
  (
    293,
    probes.make(linear.LinearClassifierV2, [probes.X], n_classes=1),
    ValueError,
    'n_classes',
  ),
  (
    294,
    probes.make(baseline.BaselineClassifierV2, n_classes=1),
    ValueError,
    'n_classes',
  ),
  (
    296,
    probes.dnn_classifier(n_classes=3, label_vocabulary=['a', 'b']),
    ValueError,
    'label_vocabulary',
  ),
  (
    297,
    probes.dnn_classifier(label_vocabulary='ab'),
    ValueError,
    'label_vocabulary',
  ),
  (
    299,
    probes.dnn_classifier(loss_reduction='bogus'),
    ValueError,
    'loss_reduction',
  ),
  (
    300,
    probes.dnn_classifier(loss_reduction='none'),
    ValueError,
    'loss_reduction',
  ),
  (
    301,
    probes.v1_dnn_classifier(loss_reduction='bogus'),
    ValueError,
    'loss_reduction',
  ),
  (
    302,
    probes.v1_dnn_classifier(loss_reduction='none'),
    ValueError,
    'loss_reduction',
  ),
  (
    303,
    probes.dnn_regressor(label_dimension=0),
    ValueError,
    'label_dimension 0',
  ),
  (304, probes.dnn_classifier(['x']), ValueError, V2_COLUMN),
  (
    306,
    probes.dnn_classifier([probes.CATEGORICAL]),
    ValueError,
    'embedding_column',
  ),
  (
    307,
    probes.dnn_classifier([]),
    ValueError,
    'feature_columns must not be empty',
  ),
  (
    308,
    probes.make(dnn.DNNClassifierV2, [2], None),
    ValueError,
    'feature_columns must not be empty',
  ),
  (
    309,
    probes.make(linear.LinearClassifierV2, []),
    ValueError,
    'feature_columns must not be empty',
  ),
  (310, probes.make(dnn.DNNClassifierV2, [2], probes.X), ValueError, V2_COLUMN),
  (
    311,
    probes.make(linear.LinearClassifierV2, probes.X),
    ValueError,
    V2_COLUMN,
  ),
  (
    312,
    probes.make(dnn.DNNClassifierV2, [2], (c for c in [probes.X])),
    None,
    '',
  ),
  (
    313,
    probes.dnn_classifier(TWO_COLUMNS),
    ValueError,
    'Duplicate feature column',
  ),
  (
    314,
    probes.make(
      linear.LinearClassifierV2, [fc.embedding_column(probes.CATEGORICAL, 2)]
    ),
    None,
    '',
  ),
  (315, probes.make(linear.LinearClassifierV2, ['x']), ValueError, V2_COLUMN),
  (
    318,
    probes.dnn_classifier(optimizer='Bogus'),
    ValueError,
    'optimizer.*Bogus',
  ),
  (319, probes.dnn_classifier(optimizer='adam'), ValueError, 'optimizer.*adam'),
  (
    320,
    probes.v1_dnn_classifier(optimizer='Bogus'),
    ValueError,
    'optimizer.*Bogus',
  ),
  (
    321,
    probes.dnn_classifier(optimizer=v1.train.AdamOptimizer()),
    ValueError,
    KERAS,
  ),
  (
    322,
    probes.v1_dnn_classifier(optimizer=tf_keras.optimizers.legacy.Adam()),
    ValueError,
    'not an Optimizer instance',
  ),
  (325, probes.dnn_classifier(optimizer=5), ValueError, KERAS),
  (
    326,
    probes.dnn_classifier(optimizer=tf_keras.optimizers.legacy.Adam),
    None,
    '',
  ),
  (
    328,
    probes.make(combined.DNNLinearCombinedClassifierV2),
    ValueError,
    'linear_feature_columns or dnn_feature_columns must be defined',
  ),
  (
    330,
    probes.make(
      combined.DNNLinearCombinedClassifierV2, dnn_feature_columns=[probes.X]
    ),
    ValueError,
    'dnn_hidden_units must be defined',
  ),
  (
    331,
    probes.make(
      combined.DNNLinearCombinedClassifierV2,
      linear_feature_columns=[probes.X],
      dnn_hidden_units=[2],
    ),
    None,
    '',
  ),
  (
    332,
    probes.make(
      combined.DNNLinearCombinedEstimatorV2, binary_class.BinaryClassHead()
    ),
    ValueError,
    MISSING,
  ),
  (
    333,
    probes.make(combined.DNNLinearCombinedClassifier),
    ValueError,
    MISSING,
  ),
  (334, probes.dnn_estimator('head'), AttributeError, 'logits_dimension'),
  (
    336,
    probes.make(linear.LinearEstimatorV2, None, [probes.X]),
    AttributeError,
    'logits_dimension',
  ),
  (337, probes.dnn_classifier(dropout=1.5), ValueError, f'1.5.*{UNIT_RANGE}'),
  (338, probes.dnn_classifier(activation_fn=None), None, ''),
  (339, probes.dnn_classifier(activation_fn='tanh'), None, ''),
  (340, probes.dnn_classifier(bogus=1), TypeError, 'bogus'),
]


@pytest.mark.parametrize(
  ('make_estimator', 'error', 'names'),
  [row[1:] for row in CONSTRUCTION_PROBES],
  ids=[str(row[0]) for row in CONSTRUCTION_PROBES],
)
def test_arguments(make_estimator, error, names, tmp_path):
  """Wrong arguments raise in the constructor or in the first training."""
  probes.expect(make_estimator, probes.data(), error, names, tmp_path)


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


def test_wrong_sparse_combiner(tmp_path):
  """Better than probe 316: a bad combiner names itself, where it matters."""
  config = run_config.RunConfig(model_dir=str(tmp_path), **probes.QUIET)
  estimator = linear.LinearClassifierV2(
    [probes.CATEGORICAL], sparse_combiner='bogus', config=config
  )

  with pytest.raises(ValueError, match='combiner'):
    estimator.train(probes.data(), steps=1)
