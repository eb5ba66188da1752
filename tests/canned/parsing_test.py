"""Makes parse specs of columns, labels and weights."""

import pytest
import tensorflow as tf

from tfcompat_estimator.canned import parsing

fc = tf.feature_column
fixed = tf.io.FixedLenFeature

COLUMNS = [fc.numeric_column('x', shape=3)]
X = {'x': fixed((3,), tf.float32)}
CLASSIFIER = (
  parsing.classifier_parse_example_spec,
  parsing.classifier_parse_example_spec_v2,
)
REGRESSOR = (
  parsing.regressor_parse_example_spec,
  parsing.regressor_parse_example_spec_v2,
)

# What is given, and what it adds to the spec of the columns: probes 473 to 480.
ACCEPTED = [
  (CLASSIFIER, {'label_key': 'y'}, {'y': fixed((1,), tf.int64)}),
  (
    CLASSIFIER,
    {
      'label_key': 'y',
      'label_dtype': tf.string,
      'label_default': 'a',
      'weight_column': 'w',
    },
    {'y': fixed((1,), tf.string, 'a'), 'w': fixed((1,), tf.float32)},
  ),
  (
    CLASSIFIER,
    {'label_key': 'y', 'label_dtype': tf.float32},
    {'y': fixed((1,), tf.float32)},
  ),
  (CLASSIFIER, {'label_key': None}, {None: fixed((1,), tf.int64)}),
  (REGRESSOR, {'label_key': 'y'}, {'y': fixed((1,), tf.float32)}),
  (
    REGRESSOR,
    {'label_key': 'y', 'label_dtype': tf.float64, 'label_dimension': 2},
    {'y': fixed((2,), tf.float64)},
  ),
  (
    REGRESSOR,
    {
      'label_key': 'y',
      'label_dimension': 2,
      'label_default': [0.0, 1.0],
      'weight_column': fc.numeric_column('w'),
    },
    {'y': fixed((2,), tf.float32, [0.0, 1.0]), 'w': fixed((1,), tf.float32)},
  ),
  (
    REGRESSOR,
    {'label_key': 'y', 'label_dtype': tf.int64},
    {'y': fixed((1,), tf.int64)},
  ),
]
# Probes 472, 476, 477 and 481.
REFUSED = [
  (COLUMNS, {'label_key': 'x'}, 'label should not be used as feature'),
  (
    COLUMNS,
    {'label_key': 'y', 'weight_column': 'x'},
    'weight_column should not be used as feature',
  ),
  (
    COLUMNS,
    {'label_key': 'y', 'weight_column': 'y'},
    'weight_column should not be used as feature',
  ),
  (COLUMNS, {'label_key': 'y', 'weight_column': 5}, 'weight_column .*int'),
  (['x'], {'label_key': 'y'}, 'feature_columns must be'),
]


@pytest.mark.parametrize('family', [0, 1], ids=['v1', 'v2'])
@pytest.mark.parametrize(('functions', 'given', 'added'), ACCEPTED)
def test_specs(functions, given, added, family):
  """Features, label and weight are in the spec, in this order."""
  spec = functions[family](COLUMNS, **given)

  assert spec == {**X, **added}
  assert list(spec) == [*X, *added]


@pytest.mark.parametrize('function', CLASSIFIER + REGRESSOR)
@pytest.mark.parametrize(('columns', 'given', 'message'), REFUSED)
def test_what_is_refused(function, columns, given, message):
  """Names may not collide, and types must be right."""
  with pytest.raises(ValueError, match=message):
    function(columns, **given)


def test_old_columns_are_for_v1():
  """The v1 functions also read columns of the old kind."""
  categorical = [
    fc.categorical_column_with_identity(key, 3) for key in ('i', 'j')
  ]
  with tf.Graph().as_default():
    columns = tf.compat.v1.feature_column.shared_embedding_columns(
      categorical, dimension=2
    )

  spec = parsing.classifier_parse_example_spec(columns, 'y')

  assert sorted(spec) == ['i', 'j', 'y']


def test_a_spec_parses():
  """What a spec is for."""
  spec = parsing.classifier_parse_example_spec_v2(
    COLUMNS, 'y', weight_column='w'
  )
  example = tf.train.Example()
  example.features.feature['x'].float_list.value.extend([1.0, 2.0, 3.0])
  example.features.feature['y'].int64_list.value.append(1)
  example.features.feature['w'].float_list.value.append(0.5)

  parsed = tf.io.parse_example([example.SerializeToString()], spec)

  assert parsed['x'].numpy().tolist() == [[1.0, 2.0, 3.0]]
  assert parsed['y'].numpy().tolist() == [[1]]
  assert parsed['w'].numpy().tolist() == [[0.5]]
