"""Runs the snippet of docs/packages.md: a classifier in TensorFlow Lite."""

import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator as estimators

PAGE = pathlib.Path(__file__).parents[1] / 'docs' / 'packages.md'
X = np.array([[0.1, 0.2], [0.7, 0.3]], np.float32)


@pytest.mark.eager
def test_a_classifier_in_tensorflow_lite(tmp_path):
  """Its probabilities are those of the export."""
  column = tf.feature_column.numeric_column('x', shape=[2])
  classifier = estimators.DNNClassifier([4], [column], str(tmp_path))
  classifier.train(
    lambda: ({'x': tf.constant(X)}, tf.constant([0, 1])), steps=1
  )
  path = classifier.export_saved_model(
    str(tmp_path / 'exports'),
    estimators.export.build_raw_serving_input_receiver_fn(
      {'x': tf.TensorSpec([None, 2], tf.float32)}
    ),
  )
  (snippet,) = re.findall(
    r'^```python\n(.*?)^```', PAGE.read_text('utf-8'), re.DOTALL | re.MULTILINE
  )
  names = {'tf': tf, 'path': path.decode()}

  exec(snippet, names)  # the page's own text

  runner = tf.lite.Interpreter(
    model_content=names['model']
  ).get_signature_runner()
  wanted = names['predict'](x=tf.constant(X))['probabilities']
  np.testing.assert_allclose(runner(x=X)['probabilities'], wanted, rtol=1e-6)
