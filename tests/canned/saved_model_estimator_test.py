"""Goes on from SavedModels of canned Estimators."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator as estimator
from tfcompat_estimator.canned import saved_model_estimator
from tfcompat_estimator.saved_models import receivers

X = np.linspace(-1, 1, 8).astype(np.float32).reshape(8, 1)
WORDS = np.array([['a'], ['b'], ['c'], ['b']] * 2)
LABELS = np.array([[0], [1], [2], [1]] * 2)


def input_fn():
  features = {'x': X, 'word': WORDS}
  return tf.data.Dataset.from_tensors((features, LABELS)).repeat()


def predict_input_fn():
  return tf.data.Dataset.from_tensors({'x': X, 'word': WORDS})


@pytest.fixture
def original(tmp_path):
  """A classifier over numbers, and words of a file, after five steps."""
  vocabulary = tmp_path / 'words.txt'
  vocabulary.write_text('a\nb\nc\n')
  words = tf.feature_column.categorical_column_with_vocabulary_file(
    'word', str(vocabulary)
  )
  made = estimator.DNNClassifier(
    [4],
    [
      tf.feature_column.numeric_column('x'),
      tf.feature_column.indicator_column(words),
    ],
    n_classes=3,
    optimizer='Adam',
    model_dir=str(tmp_path / 'original'),
  )
  made.train(input_fn, steps=5)
  return made


@pytest.fixture
def exported(original, tmp_path):
  """The SavedModel of all modes; the vocabulary is only in its assets."""
  with tf.Graph().as_default():
    features = {'x': tf.constant(X), 'word': tf.constant(WORDS)}
    supervised = receivers.build_raw_supervised_input_receiver_fn(
      features, tf.constant(LABELS)
    )
    serving = receivers.build_raw_serving_input_receiver_fn(features)
  path = original.experimental_export_all_saved_models(
    str(tmp_path / 'exports'),
    {'train': supervised, 'eval': supervised, 'infer': serving},
  )
  moved = shutil.move(path.decode(), tmp_path / 'moved')
  return str(moved)


def goes_on(path, original, model_dir, vocabulary):
  """The SavedModel's estimator and the original, both two steps on."""
  found = saved_model_estimator.SavedModelEstimator(path, model_dir)
  before = [found.evaluate(input_fn, steps=1)]
  wanted = [original.evaluate(input_fn, steps=1)]
  original.train(input_fn, steps=2)
  vocabulary.unlink()
  found.train(input_fn, steps=2)
  return found, before, wanted


def test_training_goes_on(original, exported, tmp_path):
  """Metrics and variables are those of the original that trains on itself."""
  found, before, wanted = goes_on(
    exported, original, str(tmp_path / 'model'), tmp_path / 'words.txt'
  )

  (before,), (wanted,) = before, wanted
  assert before['metrics/accuracy'] == pytest.approx(wanted['accuracy'])
  assert before['loss'] == pytest.approx(wanted['loss'])
  assert before['global_step'] == 5
  assert found.get_variable_value('global_step') == 7
  for name in original.get_variable_names():
    np.testing.assert_allclose(
      found.get_variable_value(name),
      original.get_variable_value(name),
      rtol=1e-5,
      atol=1e-6,
    )


def test_it_predicts_and_exports_again(original, exported, tmp_path):
  """Predictions are those of the original, and so are those of its export."""
  wanted = [
    each['probabilities'] for each in original.predict(predict_input_fn)
  ]
  found = saved_model_estimator.SavedModelEstimator(exported)
  (tmp_path / 'words.txt').unlink()

  served = [each['probabilities'] for each in found.predict(predict_input_fn)]
  with tf.Graph().as_default():
    receiver_fn = receivers.build_raw_serving_input_receiver_fn(
      {'x': tf.constant(X), 'word': tf.constant(WORDS)}
    )
  again = found.export_saved_model(str(tmp_path / 'again'), receiver_fn)
  signature = tf.saved_model.load(again.decode()).signatures['predict']
  outputs = signature(x=tf.constant(X), word=tf.constant(WORDS))

  np.testing.assert_allclose(served, wanted, rtol=1e-5)
  np.testing.assert_allclose(outputs['probabilities'], wanted, rtol=1e-5)


def test_what_is_missing_is_named(exported, tmp_path):
  """A SavedModel that is not there, and an input that is not given."""
  with pytest.raises(OSError, match='no SavedModel at `saved_model_dir`'):
    saved_model_estimator.SavedModelEstimator(str(tmp_path / 'nothing'))
  found = saved_model_estimator.SavedModelEstimator(exported)
  with pytest.raises(ValueError, match=r"it lacks \['word'\]"):
    found.train(
      lambda: tf.data.Dataset.from_tensors(({'x': X}, LABELS)), steps=1
    )
