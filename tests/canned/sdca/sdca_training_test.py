"""Checks SDCA by what it converges to, and by steps of the reference."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.canned import dnn, linear
from tfcompat_estimator.heads import multi_head, regression
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column

FAMILIES = {
  'v1': (linear.LinearClassifier, linear.LinearRegressor),
  'v2': (linear.LinearClassifierV2, linear.LinearRegressorV2),
}
both_families = pytest.mark.parametrize('family', FAMILIES)

ROWS = 12
RANDOM = np.random.RandomState(0)
X = RANDOM.randn(ROWS, 2).astype(np.float32)
CITY = np.array([[b'a'], [b'b'], [b'c']] * 4, object)
WEIGHTS = RANDOM.uniform(0.5, 2, [ROWS, 1]).astype(np.float32)
NUMBERS = (X @ [[1.0], [-2.0]] + 0.5).astype(np.float32)
CLASSES = (NUMBERS + 0.3 * RANDOM.randn(ROWS, 1) > 0).astype(np.int64)
NAMES = np.array([f'example {i}'.encode() for i in range(ROWS)], object)

COLUMN = fc.numeric_column('x', shape=2)
CITIES = fc.categorical_column_with_vocabulary_list('city', ['a', 'b', 'c'])


def input_fn(labels, batch=ROWS, **others):
  features = {'x': X, 'city': CITY, 'w': WEIGHTS, 'name': NAMES, **others}

  def make():
    dataset = tf.data.Dataset.from_tensor_slices((features, labels))
    return dataset.repeat().batch(batch)

  return make


def sdca(l1=0.0, l2=2.0, **kwargs):
  return linear.LinearSDCA(
    'name',
    symmetric_l1_regularization=l1,
    symmetric_l2_regularization=l2,
    **kwargs,
  )


def fit(make, columns, optimizer, inputs, steps, **kwargs):
  config = run_config.RunConfig(
    save_checkpoints_steps=1000, save_summary_steps=None
  )
  estimator = make(columns, optimizer=optimizer, config=config, **kwargs)
  return estimator.train(inputs, steps=steps)


def weights(estimator, *columns):
  """The weights of columns, and the bias, as one vector."""
  values = [
    estimator.get_variable_value(f'linear/linear_model/{column}/weights')
    for column in columns
  ]
  bias = estimator.get_variable_value('linear/linear_model/bias_weights')
  return np.concatenate([*(value.ravel() for value in values), bias])


@both_families
def test_regression_converges_to_ridge_regression(family):
  """The minimum of weighted squares / 2 + l2 |w|^2 / 2 is known."""
  estimator = fit(
    FAMILIES[family][1],
    [COLUMN],
    sdca(l2=3.0),
    input_fn(NUMBERS),
    60,
    weight_column='w',
  )
  inputs = np.concatenate([X, np.ones([ROWS, 1])], axis=1)
  expected = np.linalg.solve(
    inputs.T @ (WEIGHTS * inputs) + 3.0 * np.eye(3),
    inputs.T @ (WEIGHTS * NUMBERS),
  )

  np.testing.assert_allclose(
    weights(estimator, 'x'), expected.ravel(), rtol=1e-3, atol=1e-4
  )


@both_families
def test_classification_converges_to_the_minimum(family):
  """There, the loss's gradient and that of l2 |w|^2 / 2 add up to 0."""
  estimator = fit(
    FAMILIES[family][0], [COLUMN, CITIES], sdca(), input_fn(CLASSES), 100
  )
  found = weights(estimator, 'city', 'x')
  one_hot = (CITY == [[b'a', b'b', b'c']]).astype(float)
  inputs = np.concatenate([one_hot, X, np.ones([ROWS, 1])], axis=1)
  errors = 1 / (1 + np.exp(-inputs @ found)) - CLASSES[:, 0]

  np.testing.assert_allclose(inputs.T @ errors + 2.0 * found, 0, atol=5e-3)


def test_l1_makes_weights_zero():
  """A feature without influence gets no weight at all."""
  noise = 0.01 * RANDOM.randn(ROWS, 2).astype(np.float32)
  inputs = input_fn(NUMBERS, noise=noise)
  columns = [COLUMN, fc.numeric_column('noise', shape=2)]

  estimator = fit(linear.LinearRegressorV2, columns, sdca(l1=1.0), inputs, 30)

  values = weights(estimator, 'noise', 'x')
  np.testing.assert_array_equal(np.abs(values[:2]), 0)
  assert np.abs(values[2:4]).min() > 0.1


@both_families
def test_two_steps_are_the_reference_s(family):
  """A batch of one is taken in no random order: recorded in TF 2.15."""

  def inputs():
    features = {
      'x': tf.constant([[1.0, 2.0, 3.0]]),
      'city': tf.constant([['a']]),
      'name': tf.constant(['1']),
    }
    return features, tf.constant([[1]])

  columns = [
    fc.numeric_column('x', shape=3),
    fc.categorical_column_with_hash_bucket('city', 10),
  ]
  estimator = fit(FAMILIES[family][0], columns, sdca(l1=0.2), inputs, 2)

  np.testing.assert_allclose(
    weights(estimator, 'city', 'x'),
    [0] * 9 + [0.02039, 0.02039, 0.14078, 0.26117, 0.02039],
    atol=1e-5,
  )


def test_training_goes_on_from_a_checkpoint():
  """The dual variables come back: two halves make a whole."""
  inputs = input_fn(CLASSES, batch=1)
  whole = fit(linear.LinearClassifierV2, [COLUMN], sdca(), inputs, 24)
  halves = fit(linear.LinearClassifierV2, [COLUMN], sdca(), inputs, 12)
  halves.train(inputs, steps=12)

  np.testing.assert_allclose(
    weights(halves, 'x'), weights(whole, 'x'), rtol=1e-6
  )


@pytest.mark.parametrize(
  'description, columns, arguments, optimizer_arguments',
  [
    ('shards', [COLUMN, CITIES], {}, {'num_table_shards': 3}),
    (
      'parts',
      [COLUMN, CITIES],
      {'partitioner': v1.fixed_size_partitioner(2)},
      {},
    ),
  ],
)
def test_state_may_be_spread(
  description, columns, arguments, optimizer_arguments
):
  """Shards of the table and parts of variables change no number."""
  inputs = input_fn(CLASSES, batch=1)
  expected = fit(linear.LinearClassifier, columns, sdca(), inputs, 15)

  estimator = fit(
    linear.LinearClassifier,
    columns,
    sdca(**optimizer_arguments),
    inputs,
    15,
    **arguments,
  )

  np.testing.assert_allclose(
    weights(estimator, 'city', 'x'), weights(expected, 'city', 'x'), rtol=1e-5
  )


def test_ids_that_repeat_or_are_unknown():
  """Equal ids of an example add up, unknown ones do not count."""
  tags = np.array([[b'a', b'a', b'?'], [b'b', b'', b'']] * 6, object)
  column = fc.categorical_column_with_vocabulary_list('tags', ['a', 'b'])
  inputs = input_fn(NUMBERS, batch=1, tags=tags)
  twice = np.array([[2.0, 0.0], [0.0, 1.0]] * 6, np.float32)
  dense = input_fn(NUMBERS, batch=1, tags=twice)

  estimator = fit(linear.LinearRegressorV2, [column], sdca(), inputs, 12)
  expected = fit(
    linear.LinearRegressorV2,
    [fc.numeric_column('tags', shape=2)],
    sdca(),
    dense,
    12,
  )

  np.testing.assert_allclose(
    weights(estimator, 'tags'), weights(expected, 'tags'), rtol=1e-5
  )


@pytest.mark.parametrize(
  'make, names',
  [
    (
      linear.LinearEstimator,
      ['linear/linear/linear/{}/part_0_unshrunk', 'linear/linear/{}'],
    ),
    (linear.LinearEstimatorV2, ['linear/{}', 'linear/{}_unshrunk']),
  ],
)
def test_names_under_a_public_head(make, names):
  """The v1 LinearEstimator has its scope twice then, as in the reference."""
  head = regression.RegressionHead()
  estimator = fit(
    functools.partial(make, head), [COLUMN], sdca(), input_fn(NUMBERS), 2
  )

  assert [n for n in estimator.get_variable_names() if '/x/' in n] == [
    name.format('linear_model/x/weights') for name in names
  ]


def test_labels_of_a_vocabulary():
  """The head turns names into numbers."""
  names = np.array([[b'no'], [b'yes']], object)[CLASSES[:, 0]]
  estimator = fit(
    linear.LinearClassifierV2,
    [COLUMN],
    sdca(),
    input_fn(names, batch=1),
    12,
    label_vocabulary=['no', 'yes'],
  )
  expected = fit(
    linear.LinearClassifierV2, [COLUMN], sdca(), input_fn(CLASSES, batch=1), 12
  )

  np.testing.assert_array_equal(weights(estimator, 'x'), weights(expected, 'x'))


def test_summaries_tell_of_convergence(tmp_path):
  """The duality gap shrinks, and each example is counted once."""
  config = run_config.RunConfig(save_summary_steps=20)
  estimator = linear.LinearRegressorV2(
    [COLUMN], model_dir=str(tmp_path), optimizer=sdca(), config=config
  )
  estimator.train(input_fn(NUMBERS), steps=61)
  seen = {}
  for path in tmp_path.glob('events*'):
    for event in v1.train.summary_iterator(str(path)):
      for value in event.summary.value:
        seen.setdefault(value.tag, []).append(value.simple_value)

  assert abs(seen['approximate_duality_gap'][-1]) < 1e-4
  assert seen['examples_seen'][-1] == ROWS


def test_hook():
  """The chief's hook is called as in the reference."""
  estimator = linear.LinearRegressorV2([COLUMN], optimizer=sdca())
  with tf.Graph().as_default():
    v1.train.create_global_step()
    features = {'x': tf.constant(X), 'name': tf.constant(NAMES)}
    spec = estimator.model_fn(
      features, tf.constant(NUMBERS), 'train', estimator.config
    )

  assert [type(hook).__name__ for hook in spec.training_chief_hooks] == [
    '_SDCAUpdateWeightsHook'
  ]


def classify(optimizer, **kwargs):
  return fit(
    linear.LinearClassifierV2,
    [COLUMN],
    optimizer,
    input_fn(CLASSES),
    1,
    **kwargs,
  )


@pytest.mark.parametrize(
  'run, error, message',
  [
    (
      lambda: classify(sdca(), n_classes=3),
      ValueError,
      'LinearSDCA cannot be used in a multi-class setting.',
    ),
    (
      lambda: linear.LinearRegressorV2(
        [COLUMN], label_dimension=2, optimizer=sdca()
      ),
      ValueError,
      'LinearSDCA can only be used with one-dimensional label.',
    ),
    (lambda: classify(linear.LinearSDCA('ex')), KeyError, "'ex'"),
    (
      lambda: dnn.DNNClassifierV2([2], [COLUMN], optimizer=sdca()).train(
        input_fn(CLASSES), steps=1
      ),
      ValueError,
      'The given object is not a tf.keras.optimizers.Optimizer instance.',
    ),
    (
      lambda: classify(sdca(l2=0.0)),
      ValueError,
      'symmetric_l2_regularization should be positive.',
    ),
    (
      lambda: classify(sdca(l1=-1.0)),
      ValueError,
      'symmetric_l1_regularization should be non-negative.',
    ),
    (
      lambda: classify(sdca(num_loss_partitions=0)),
      ValueError,
      'less than minimum 1',
    ),
    (
      lambda: classify(sdca(), sparse_combiner='mean'),
      ValueError,
      'sparse_combiner must be "sum"',
    ),
    (
      lambda: linear.LinearEstimatorV2(
        multi_head.MultiHead([regression.RegressionHead(name='a')]),
        [COLUMN],
        optimizer=sdca(),
      ),
      ValueError,
      'Unsupported head type',
    ),
    (lambda: classify(sdca(), weight_column='no'), KeyError, "'no'"),
  ],
  ids=[
    'three classes',
    'two numbers',
    'no names',
    'a DNN',
    'no l2',
    'l1 below 0',
    'no loss partitions',
    'mean of ids',
    'unknown head',
    'no weights',
  ],
)
def test_errors(run, error, message):
  """What SDCA cannot do is refused by name."""
  with pytest.raises(error, match=message):
    run()
