"""Compares Keras models with the Estimators that they were."""

import functools

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator
from tests import fresh
from tests.canned import descriptors, experimental, neutral
from tfcompat_estimator.canned import dnn, linear
from tfcompat_estimator.heads import regression
from tfcompat_estimator.moving import head_model

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
  'v2_RNNClassifier_gru_2layer_multi',
  'v2_RNNClassifier_return_sequences',
)
# The metrics of tf.compat.v1 and of Keras estimate these in different ways.
ESTIMATED = ('auc', 'auc_precision_recall')
NAMES = [
  *descriptors.entries(),
  *(name for name in experimental.entries() if 'KMeans' not in name),
]

over_all = pytest.mark.parametrize(
  'name',
  [
    pytest.param(name, marks=[] if name in DEFAULT else pytest.mark.slow)
    for name in NAMES
  ],
)


@functools.cache
def run(name):
  library = experimental if name in experimental.entries() else descriptors
  return library.Run(name)


def input_fns(name):
  """Input functions of one epoch, without labels and with them."""
  entry = run(name).entry
  library = experimental if name in experimental.entries() else neutral
  return [
    library.input_fn(entry['features'], label, epochs=1)
    for label in (None, entry['label'])
  ]


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
  assert set(DEFAULT) <= set(NAMES)


@over_all
def test_predictions_and_metrics(name, tmp_path):
  """Predictions, loss and metrics are the Estimator's; training goes on."""
  estimator = run(name).estimator
  features_fn, examples_fn = input_fns(name)

  model = tfcompat_estimator.to_keras(estimator)

  batches = expected_batches(estimator, features_fn)
  assert_same(model, features_fn(), batches)
  metrics = model.evaluate(examples_fn(), return_dict=True, verbose=0)
  expected = dict(run(name).metrics)
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


SAVED = (
  'v1_DNNClassifier_multi_vocab_weight',
  'v1_DNNLinearCombinedEstimator_head_multihead',
  'v2_DNNClassifier_allcols',
  'v2_DNNEstimator_head_poisson',
  'v2_RNNClassifier_return_sequences',
)


@pytest.mark.parametrize(
  'name, file',
  [
    *((name, 'model.keras') for name in SAVED),
    # That of all columns passes by itself only; test_normalizer has another.
    *((name, 'saved_model') for name in SAVED if 'allcols' not in name),
  ],
)
def test_saved_and_loaded(name, file, tmp_path):
  """A model that was saved and loaded predicts the same, and can be trained."""
  model = tfcompat_estimator.to_keras(run(name).estimator)
  features_fn, examples_fn = input_fns(name)
  features = next(iter(features_fn()))

  model.save(str(tmp_path / file))
  loaded = tf_keras.models.load_model(str(tmp_path / file))

  assert isinstance(loaded, head_model.HeadModel)
  for key, value in model(features).items():
    np.testing.assert_array_equal(loaded(features)[key], value, err_msg=key)
  metrics = model.evaluate(examples_fn(), return_dict=True, verbose=0)
  again = loaded.evaluate(examples_fn(), return_dict=True, verbose=0)
  assert again == pytest.approx(metrics, rel=1e-5)
  loaded.fit(examples_fn(), verbose=0)


LOADED = """
import sys, numpy as np, tf_keras
*paths, features, expected = sys.argv[1:]
features, expected = dict(np.load(features, allow_pickle=True)), np.load(expected)
for path in paths:
  model = tf_keras.models.load_model(path)
  predicted = model({k: v for k, v in features.items()})
  for key in expected.files:
    np.testing.assert_array_equal(predicted[key], expected[key], err_msg=key)
"""


def test_loads_in_a_new_process(tmp_path):
  """What was saved loads where nobody has imported this package."""
  name = 'v2_DNNLinearCombinedClassifier_multi_bn'
  model = tfcompat_estimator.to_keras(run(name).estimator)
  features = {
    key: value.numpy()
    for key, value in next(iter(input_fns(name)[0]())).items()
  }
  np.savez(tmp_path / 'features.npz', **features)
  np.savez(
    tmp_path / 'expected.npz',
    **{
      key: value
      for key, value in model(features).items()
      if value.dtype.is_floating
    },
  )
  model.save(tmp_path / 'model.keras')
  model.save(str(tmp_path / 'model'))

  names = ('model.keras', 'model', 'features.npz', 'expected.npz')
  fresh.printed('-c', LOADED, *names, cwd=tmp_path)


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


def halved(x):
  return x / 2


def test_normalizer(tmp_path):
  """What no .keras file gives back is refused; a SavedModel does."""
  columns = [tf.feature_column.numeric_column('x', normalizer_fn=halved)]
  estimator = linear.LinearClassifierV2(columns, str(tmp_path / 'estimator'))
  estimator.train(lambda: tf.data.Dataset.from_tensors(({'x': X}, Y)))
  model = tfcompat_estimator.to_keras(estimator)

  with pytest.raises(NotImplementedError, match="'x' has a normalizer_fn"):
    model.save(tmp_path / 'model.keras')
  model.save(str(tmp_path / 'folder'))
  loaded = tf_keras.models.load_model(
    str(tmp_path / 'folder'), custom_objects={'halved': halved}
  )

  assert isinstance(loaded, head_model.HeadModel)
  np.testing.assert_array_equal(
    loaded({'x': X})['logits'], model({'x': X})['logits']
  )


def test_export_of_a_vocabulary(tmp_path):
  """An exported model gives classes by name, without a table of its own."""
  name = 'v1_DNNClassifier_multi_vocab_weight'
  model = tfcompat_estimator.to_keras(run(name).estimator)
  features = {
    key: value
    for key, value in next(iter(input_fns(name)[0]())).items()
    if key in model.network.input
  }

  model.export(str(tmp_path / 'export'))

  exported = tf.saved_model.load(str(tmp_path / 'export'))
  served = exported.serve(features)
  np.testing.assert_array_equal(served['classes'], model(features)['classes'])
