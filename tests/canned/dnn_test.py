"""Checks what DNN estimators refuse as arguments."""

import tensorflow as tf
import tf_keras

from tests.canned import probes
from tfcompat_estimator.canned import dnn

v1 = tf.compat.v1
fc = tf.feature_column
errors = tf.errors

TWO_COLUMNS = [probes.X, fc.numeric_column('x', shape=3)]
UNIT_RANGE = 'between 0 and 1'
KERAS = 'not a tf.keras.optimizers.Optimizer instance'

V2_COLUMN = 'feature column from TensorFlow v1'

# How it is made, the error, what its message names, whether constructors raise.
ARGUMENTS = {
  'no hidden_units': (
    probes.make(dnn.DNNClassifierV2, feature_columns=[probes.X]),
    TypeError,
    'hidden',
    True,
  ),
  'no layers': (probes.dnn_classifier(hidden_units=[]), None, '', False),
  'hidden_units is None': (
    probes.dnn_classifier(hidden_units=None),
    TypeError,
    'not iterable',
    False,
  ),
  'hidden_units is a number': (
    probes.dnn_classifier(hidden_units=5),
    TypeError,
    'not iterable',
    False,
  ),
  'negative size of a layer': (
    probes.dnn_classifier(hidden_units=[-1]),
    ValueError,
    'units',
    False,
  ),
  'one class': (
    probes.dnn_classifier(n_classes=1),
    ValueError,
    'n_classes must be > 2: 1',
    True,
  ),
  'no class': (
    probes.dnn_classifier(n_classes=0),
    ValueError,
    'n_classes must be > 2: 0',
    True,
  ),
  'n_classes is None': (
    probes.dnn_classifier(n_classes=None),
    ValueError,
    'n_classes cannot be None',
    True,
  ),
  'one class in v1': (
    probes.v1_dnn_classifier(n_classes=1),
    ValueError,
    'n_classes',
    True,
  ),
  'short vocabulary': (
    probes.dnn_classifier(n_classes=3, label_vocabulary=['a', 'b']),
    ValueError,
    'label_vocabulary',
    True,
  ),
  'vocabulary in one str': (
    probes.dnn_classifier(label_vocabulary='ab'),
    ValueError,
    'label_vocabulary',
    True,
  ),
  'unknown reduction': (
    probes.dnn_classifier(loss_reduction='bogus'),
    ValueError,
    'loss_reduction',
    True,
  ),
  'no reduction': (
    probes.dnn_classifier(loss_reduction='none'),
    ValueError,
    'loss_reduction',
    True,
  ),
  'unknown reduction in v1': (
    probes.v1_dnn_classifier(loss_reduction='bogus'),
    ValueError,
    'loss_reduction',
    True,
  ),
  'no reduction in v1': (
    probes.v1_dnn_classifier(loss_reduction='none'),
    ValueError,
    'loss_reduction',
    True,
  ),
  'no label dimension': (
    probes.dnn_regressor(label_dimension=0),
    ValueError,
    'label_dimension 0',
    True,
  ),
  'a str as column': (
    probes.dnn_classifier(['x']),
    ValueError,
    V2_COLUMN,
    True,
  ),
  'categorical column': (
    probes.dnn_classifier([probes.CATEGORICAL]),
    ValueError,
    'embedding_column',
    False,
  ),
  'no columns': (
    probes.dnn_classifier([]),
    ValueError,
    'feature_columns must not be empty',
    False,
  ),
  'columns are None': (
    probes.make(dnn.DNNClassifierV2, [2], None),
    ValueError,
    'feature_columns must not be empty',
    False,
  ),
  'one column in no list': (
    probes.make(dnn.DNNClassifierV2, [2], probes.X),
    ValueError,
    V2_COLUMN,
    True,
  ),
  'columns in a generator': (
    probes.make(dnn.DNNClassifierV2, [2], (c for c in [probes.X])),
    None,
    '',
    False,
  ),
  'a column twice': (
    probes.dnn_classifier(TWO_COLUMNS),
    ValueError,
    'Duplicate feature column',
    False,
  ),
  'unknown optimizer': (
    probes.dnn_classifier(optimizer='Bogus'),
    ValueError,
    'optimizer.*Bogus',
    False,
  ),
  'optimizer in small letters': (
    probes.dnn_classifier(optimizer='adam'),
    ValueError,
    'optimizer.*adam',
    False,
  ),
  'unknown optimizer in v1': (
    probes.v1_dnn_classifier(optimizer='Bogus'),
    ValueError,
    'optimizer.*Bogus',
    False,
  ),
  'v1 optimizer': (
    probes.dnn_classifier(optimizer=v1.train.AdamOptimizer()),
    ValueError,
    KERAS,
    False,
  ),
  'Keras optimizer in v1': (
    probes.v1_dnn_classifier(optimizer=tf_keras.optimizers.legacy.Adam()),
    ValueError,
    'not an Optimizer instance',
    False,
  ),
  'a number as optimizer': (
    probes.dnn_classifier(optimizer=5),
    ValueError,
    KERAS,
    False,
  ),
  'class of an optimizer': (
    probes.dnn_classifier(optimizer=tf_keras.optimizers.legacy.Adam),
    None,
    '',
    False,
  ),
  'a str as head': (
    probes.dnn_estimator('head'),
    AttributeError,
    'logits_dimension',
    False,
  ),
  'dropout above 1': (
    probes.dnn_classifier(dropout=1.5),
    ValueError,
    f'1.5.*{UNIT_RANGE}',
    False,
  ),
  'no activation': (probes.dnn_classifier(activation_fn=None), None, '', False),
  'activation by name': (
    probes.dnn_classifier(activation_fn='tanh'),
    None,
    '',
    False,
  ),
  'unknown argument': (
    probes.dnn_classifier(bogus=1),
    TypeError,
    'bogus',
    True,
  ),
}


@probes.each_row(ARGUMENTS)
def test_arguments(case, tmp_path):
  """Wrong arguments raise in the constructor or in the first training."""
  probes.expect_of_arguments(*case, tmp_path)
