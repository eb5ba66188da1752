"""Compares Keras models with the Estimators that they were."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator
from tests.migration.conversion import canned_runs
from tfcompat_estimator.canned import dnn, linear
from tfcompat_estimator.heads import regression

fc = tf.feature_column

v1 = tf.compat.v1

# Enough to tell networks, heads, families and kinds of columns apart.
DEFAULT = (
  'v1_BaselineClassifier_multi',
  'v1_DNNClassifier_multi_vocab_weight',
  'v1_DNNClassifier_shared_embedding_columns',
  'v1_DNNLinearCombinedEstimator_head_multihead',
  'v1_LinearClassifier_multi_allcols',
  'v2_DNNClassifier_allcols',
  'v2_DNNClassifier_shared_embeddings_graph',
  'v2_DNNEstimator_head_poisson',
  'v2_DNNLinearCombinedClassifier_multi_bn',
  'v2_RNNClassifier_return_sequences',
)
# The metrics of tf.compat.v1 and of Keras estimate these in different ways.
ESTIMATED = ('auc', 'auc_precision_recall')
over_all = pytest.mark.parametrize(
  'name',
  [
    pytest.param(name, marks=[] if name in DEFAULT else pytest.mark.slow)
    for name in canned_runs.NAMES
  ],
)


def as_keras(predictions):
  return {
    '/'.join(key) if isinstance(key, tuple) else key: value
    for key, value in predictions.items()
  }


def expected_batches(estimator, input_fn):
  return [
    as_keras(batch)
    for batch in estimator.predict(input_fn, yield_single_examples=False)
  ]


def assert_same(model, dataset, batches):
  """The model predicts each batch to 1e-6, with the same keys and types."""
  for features, batch in zip(dataset, batches, strict=True):
    predicted = model(features)
    assert set(predicted) == set(batch)
    for key, value in batch.items():
      got = predicted[key].numpy()
      assert (got.dtype, got.shape) == (value.dtype, value.shape), key
      if value.dtype.kind == 'f':
        np.testing.assert_allclose(got, value, rtol=1e-6, atol=1e-6)
      else:
        np.testing.assert_array_equal(got, value)


def test_the_default_names_are_known():
  """No name of the default set is misspelt."""
  assert set(DEFAULT) <= set(canned_runs.NAMES)


@over_all
def test_predictions_and_metrics(name, tmp_path):
  """Predictions, loss and metrics are the Estimator's; training goes on."""
  estimator = canned_runs.run(name).estimator
  features_fn, examples_fn = canned_runs.input_fns(name)

  model = tfcompat_estimator.to_keras(estimator)

  batches = expected_batches(estimator, features_fn)
  assert_same(model, features_fn(), batches)
  metrics = model.evaluate(examples_fn(), return_dict=True, verbose=0)
  expected = dict(canned_runs.run(name).metrics)
  del expected['global_step']
  assert set(metrics) == set(expected)
  for key, value in expected.items():
    if key.partition('/')[0] not in ESTIMATED:
      np.testing.assert_allclose(metrics[key], value, rtol=1e-4, err_msg=key)
  before = [weight.numpy() for weight in model.trainable_weights]
  history = model.fit(examples_fn(), verbose=0).history
  assert np.isfinite(history['loss']).all()
  after = [weight.numpy() for weight in model.trainable_weights]
  assert any((a != b).any() for a, b in zip(after, before, strict=True))


X = np.arange(6, dtype=np.float32).reshape(6, 1)
Y = np.array([[0], [1], [1], [0], [1], [0]])


def small(tmp_path, **kwargs):
  """A trained classifier of one number."""
  columns = [tf.feature_column.numeric_column('x')]
  estimator = linear.LinearClassifierV2(columns, str(tmp_path), **kwargs)
  features = {'x': X, 'w': X + 1}
  return estimator.train(
    lambda: tf.data.Dataset.from_tensors((features, Y)).repeat(), steps=2
  )


def test_own_loss_and_metrics(tmp_path):
  """Compile takes losses and metrics by the names of predictions."""
  model = tfcompat_estimator.to_keras(small(tmp_path))

  model.compile(
    'sgd',
    loss={'logits': tf_keras.losses.BinaryCrossentropy(from_logits=True)},
    metrics={'logistic': ['AUC']},
  )
  history = model.fit({'x': X}, Y, verbose=0).history

  assert set(history) > {'loss'}
  with pytest.raises(ValueError, match='by the names of'):
    model.compile('sgd', 'mse')
  with pytest.raises(ValueError, match='without a loss'):
    model.compile('sgd', metrics=['AUC'])


def test_sample_weights_multiply(tmp_path):
  """Weights of fit and evaluate multiply those of the weight column."""
  columns = [tf.feature_column.numeric_column('x')]
  estimator = linear.LinearClassifierV2(
    columns, str(tmp_path), weight_column='w'
  )
  features = {'x': X, 'w': X + 1}
  estimator.train(
    lambda: tf.data.Dataset.from_tensors((features, Y)).repeat(), steps=2
  )
  model = tfcompat_estimator.to_keras(estimator)

  def loss(weights, **kwargs):
    return model.evaluate(
      {'x': X, 'w': weights}, Y, verbose=0, return_dict=True, **kwargs
    )['loss']

  given = np.arange(6.0)
  assert loss(X + 1) != pytest.approx(loss(X * 0 + 1))
  assert loss(X + 1, sample_weight=given) == pytest.approx(
    loss((X + 1) * given[:, None]), rel=1e-5
  )


def test_sparse_and_ragged_features(tmp_path):
  """What an Estimator takes, its model takes: sparse, ragged, one axis."""
  tags = tf.feature_column.categorical_column_with_vocabulary_list(
    'tags', ['a', 'b', 'c']
  )
  ragged = tf.ragged.constant([['a', 'b'], ['c'], []])
  estimator = linear.LinearClassifierV2(
    [tags, tf.feature_column.numeric_column('x')], str(tmp_path)
  )
  features = {'tags': ragged.to_sparse(), 'x': tf.constant([1.0, 2.0, 3.0])}

  def input_fn():
    held = {
      'tags': tf.sparse.from_dense([['a', 'b'], ['c', ''], ['', '']]),
      'x': tf.constant([1.0, 2.0, 3.0]),
    }
    return tf.data.Dataset.from_tensors((held, [[0], [1], [1]])).repeat()

  estimator.train(input_fn, steps=3)
  model = tfcompat_estimator.to_keras(estimator)
  expected = model(features)['logits']

  np.testing.assert_array_equal(
    model({**features, 'tags': ragged})['logits'], expected
  )
  np.testing.assert_array_equal(
    model({**features, 'tags': ragged.to_tensor(), 'more': X})['logits'],
    expected,
  )
  with pytest.raises(ValueError, match=r"\['tags'\] are missing"):
    model({'x': features['x']})


def test_refusals(tmp_path):
  """What cannot be made a Keras model is told from the start."""
  untrained = linear.LinearClassifierV2(
    [tf.feature_column.numeric_column('x')], str(tmp_path / 'none')
  )
  with pytest.raises(ValueError, match="Couldn't find trained model"):
    tfcompat_estimator.to_keras(untrained)
  estimator = small(tmp_path / 'model')
  with pytest.raises(ValueError, match=r'checkpoint_path \(.*ckpt-99\)'):
    tfcompat_estimator.to_keras(estimator, f'{tmp_path}/model/model.ckpt-99')
  with pytest.raises(ValueError, match=r"backend \('torch'\)"):
    tfcompat_estimator.to_keras(estimator, backend='torch')
  with tf.Graph().as_default(), pytest.raises(RuntimeError, match='eager'):
    tfcompat_estimator.to_keras(estimator)
  custom = tfcompat_estimator.Estimator(lambda features: None)
  with pytest.raises(TypeError, match='Use to_module'):
    tfcompat_estimator.to_keras(custom)
  with pytest.raises(TypeError, match='must be an Estimator'):
    tfcompat_estimator.to_keras('model_dir')
  other = dnn.DNNClassifierV2(
    [4], [tf.feature_column.numeric_column('x')], str(tmp_path / 'model')
  )
  with pytest.raises(ValueError, match='it is of another model'):
    tfcompat_estimator.to_keras(other)


def test_after_add_metrics(tmp_path):
  """Of an Estimator with added metrics, the model is that of the first one."""
  estimator = small(tmp_path)
  extended = tfcompat_estimator.add_metrics(estimator, lambda labels: {})

  model = tfcompat_estimator.to_keras(extended)

  batches = expected_batches(
    estimator, lambda: tf.data.Dataset.from_tensors({'x': X})
  )
  assert_same(model, [{'x': X}], batches)


class DoubledLoss(regression.RegressionHead):
  """A head that a user derived from one of ours."""

  def loss(self, *args, **kwargs):
    return 2.0 * super().loss(*args, **kwargs)


def test_head_of_the_users(tmp_path):
  """Its own loss is used; it is not saved as the head that it derives from."""
  columns = [tf.feature_column.numeric_column('x')]
  estimator = dnn.DNNEstimatorV2(DoubledLoss(), [2], columns, str(tmp_path))
  labels = Y.astype(np.float32)

  def input_fn():
    return tf.data.Dataset.from_tensors(({'x': X}, labels))

  estimator.train(input_fn)
  model = tfcompat_estimator.to_keras(estimator)

  loss = model.evaluate(input_fn(), return_dict=True, verbose=0)['loss']
  assert loss == pytest.approx(estimator.evaluate(input_fn)['loss'], rel=1e-5)
  with pytest.raises(NotImplementedError, match='DoubledLoss'):
    model.save(tmp_path / 'model.keras')
  model.export(str(tmp_path / 'export'))
  other = tfcompat_estimator.to_keras(estimator, backend='keras3')
  assert set(other.output) == {'logits'}


@pytest.mark.parametrize('backend', ['tf_keras', 'keras3'])
def test_columns_called_as_parts_of_the_model(backend, tmp_path):
  """Features may be called `bias` and `sum`, as layers of a linear model are."""
  columns = [tf.feature_column.numeric_column(name) for name in ('bias', 'sum')]
  estimator = linear.LinearRegressorV2(columns, str(tmp_path))
  features = {'bias': [[1.0], [2.0]], 'sum': [[3.0], [4.0]]}

  def input_fn():
    return tf.data.Dataset.from_tensors((features, [[1.0], [3.0]]))

  estimator.train(input_fn)
  model = tfcompat_estimator.to_keras(estimator, backend=backend)

  predicted = model({k: tf.constant(v) for k, v in features.items()})
  expected = [each['predictions'] for each in estimator.predict(input_fn)]
  np.testing.assert_allclose(predicted['predictions'], expected, 1e-5)


@pytest.fixture(scope='module')
def of_two_features():
  """A regressor of `income` and `zip`; its input has more features."""
  random = np.random.RandomState(0)
  features = {
    'age': 100 * random.rand(8, 1).astype('f'),
    'id': random.randint(0, 9, [8, 1]),
    'income': random.rand(8, 1).astype('f'),
    'zip': random.randint(0, 10, [8, 1]),
  }
  zips = fc.categorical_column_with_identity('zip', 10)
  model = dnn.DNNRegressorV2(
    [4], [fc.numeric_column('income'), fc.embedding_column(zips, 2)]
  )
  examples = (features, features['income'])
  model.train(lambda: tf.data.Dataset.from_tensors(examples).repeat(5))
  rows = model.predict(lambda: tf.data.Dataset.from_tensors(features))
  return model, features, np.stack([row['predictions'] for row in rows])


CHOICES = {
  'more': ['age', 'id', 'income', 'zip'],
  'more, in another order': ['zip', 'income', 'id', 'age'],
  'those that are used': ['income', 'zip'],
  'these in another order': ['zip', 'income'],
}
CALLS = {
  'call': lambda model, x: model(
    {name: tf.constant(value) for name, value in x.items()}
  ),
  'predict': lambda model, x: model.predict(x, verbose=0),
  'predict_on_batch': lambda model, x: model.predict_on_batch(x),
  'dataset': lambda model, x: model.predict(
    tf.data.Dataset.from_tensor_slices(x).batch(3), verbose=0
  ),
}


@pytest.mark.parametrize('backend', ['tf_keras', 'keras3'])
@pytest.mark.parametrize('call', CALLS)
def test_features_go_by_name(of_two_features, backend, call):
  """In any order, with others among them, of batches of any size."""
  estimator, features, expected = of_two_features
  model = tfcompat_estimator.to_keras(estimator, backend=backend)
  for names in CHOICES.values():
    for size in (8, 1, 0) if call == 'call' else (8, 1):
      some = {name: features[name][:size] for name in names}
      output = CALLS[call](model, some)['predictions']
      np.testing.assert_allclose(output, expected[:size], rtol=1e-5)


def test_keras3_trains_on_the_features_that_columns_read(of_two_features):
  """`fit` moves the weights of these, whatever else input_fn gives."""
  estimator, features, _ = of_two_features
  labels = {'logits': features['income']}
  trained = []
  for names in CHOICES.values():
    model = tfcompat_estimator.to_keras(estimator, backend='keras3')
    some = {name: features[name] for name in names}
    model.fit(tf.data.Dataset.from_tensors((some, labels)), verbose=0)
    trained.append(model.get_weights())

  for other in trained[1:]:
    for value, same in zip(trained[0], other, strict=True):
      np.testing.assert_allclose(value, same, rtol=1e-5)
