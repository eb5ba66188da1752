"""Saves Keras models that were Estimators, and loads them again."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator
from tests import fresh
from tests.migration.conversion import canned_runs
from tfcompat_estimator.canned import dnn, linear
from tfcompat_estimator.migration.conversion import head_model

SAVED = (
  'v1_DNNClassifier_multi_vocab_weight',
  'v1_DNNLinearCombinedEstimator_head_multihead',
  'v2_DNNClassifier_allcols',
  'v2_DNNEstimator_head_poisson',
  'v2_RNNClassifier_return_sequences',
)


@pytest.mark.parametrize('file', ['model.keras', 'saved_model'])
@pytest.mark.parametrize('name', SAVED)
def test_saved_and_loaded(name, file, tmp_path):
  """A model that was saved and loaded predicts the same, and can be trained."""
  model = tfcompat_estimator.to_keras(canned_runs.run(name).estimator)
  features_fn, examples_fn = canned_runs.input_fns(name)
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
  model = tfcompat_estimator.to_keras(canned_runs.run(name).estimator)
  features = {
    key: value.numpy()
    for key, value in next(iter(canned_runs.input_fns(name)[0]())).items()
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
  model = tfcompat_estimator.to_keras(canned_runs.run(name).estimator)
  features = {
    key: value
    for key, value in next(iter(canned_runs.input_fns(name)[0]())).items()
    if key in model.network.input
  }

  model.export(str(tmp_path / 'export'))

  exported = tf.saved_model.load(str(tmp_path / 'export'))
  served = exported.serve(features)
  np.testing.assert_array_equal(served['classes'], model(features)['classes'])


VOCABULARY = tf.feature_column.categorical_column_with_vocabulary_list
with tf.Graph().as_default():
  SHARED = tf.feature_column.shared_embeddings(
    [VOCABULARY('a', ['r', 'g']), VOCABULARY('b', ['g', 'r'])], 2
  )
COLUMNS = {
  'two vocabularies of a feature': [
    tf.feature_column.embedding_column(VOCABULARY('a', ['r', 'g', 'b']), 2),
    tf.feature_column.indicator_column(VOCABULARY('a', ['b'])),
    tf.feature_column.indicator_column(VOCABULARY('b', ['r', 'b'])),
  ],
  'shared embeddings': SHARED,
}


@pytest.mark.parametrize('name', COLUMNS)
def test_tables_are_saved(name, tmp_path):
  """Whatever reads a vocabulary, its table goes to SavedModels."""
  features = {'a': np.array([['r'], ['g'], ['b']]), 'b': np.array([['r']] * 3)}
  estimator = dnn.DNNClassifierV2([3], COLUMNS[name], str(tmp_path / 'model'))
  estimator.train(
    lambda: tf.data.Dataset.from_tensors((features, [[0], [1], [1]]))
  )
  model = tfcompat_estimator.to_keras(estimator)
  tensors = {key: tf.constant(value) for key, value in features.items()}
  expected = model(tensors)['logits'].numpy()

  model.save(str(tmp_path / 'folder'))
  model.save(tmp_path / 'model.keras')
  model.export(str(tmp_path / 'export'))
  del model

  for path in ('folder', 'model.keras'):
    loaded = tf_keras.models.load_model(str(tmp_path / path))
    np.testing.assert_array_equal(loaded(tensors)['logits'], expected)
  exported = tf.saved_model.load(str(tmp_path / 'export'))
  np.testing.assert_array_equal(exported.serve(tensors)['logits'], expected)
