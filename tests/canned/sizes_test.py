"""Tests sizes as programs have them: of flags that were split, of divisions."""

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator as tfe
from tfcompat_estimator.heads import multi_label

fc = tf.feature_column
X = fc.numeric_column('x')
STEPS = fc.sequence_numeric_column('s')
IDS = [[0], [1], [2], [0]]
NUMBERS = np.ones([4, 3], np.float32)
MANY = np.eye(4, 3, dtype=np.int64)


def input_fn(labels):
  def make():
    features = {'x': [[0.1], [0.2], [0.3], [0.4]]}
    features['s'] = tf.sparse.from_dense(np.ones([4, 2], np.float32))
    if labels is None:
      return tf.data.Dataset.from_tensors({'x': features['x']})
    return tf.data.Dataset.from_tensors((features, labels))

  return make


ARGUMENTS = {
  'v2 hidden_units': (
    lambda n, **k: tfe.DNNRegressor([n], [X], **k),
    [[1.0]] * 4,
  ),
  'v1 hidden_units': (
    lambda n, **k: tfe.v1.DNNRegressor([2, n], [X], **k),
    [[1.0]] * 4,
  ),
  'dnn_hidden_units': (
    lambda n, **k: tfe.DNNLinearCombinedRegressor(
      dnn_feature_columns=[X], dnn_hidden_units=[n], **k
    ),
    [[1.0]] * 4,
  ),
  'v2 n_classes': (
    lambda n, **k: tfe.LinearClassifier([X], n_classes=n, **k),
    IDS,
  ),
  'v1 n_classes': (
    lambda n, **k: tfe.v1.DNNClassifier([2], [X], n_classes=n, **k),
    IDS,
  ),
  'n_classes of a head': (
    lambda n, **k: tfe.DNNEstimator(
      multi_label.MultiLabelHead(n), [2], [X], **k
    ),
    MANY,
  ),
  'v2 label_dimension': (
    lambda n, **k: tfe.LinearRegressor([X], label_dimension=n, **k),
    NUMBERS,
  ),
  'v1 label_dimension': (
    lambda n, **k: tfe.v1.BaselineRegressor(label_dimension=n, **k),
    NUMBERS,
  ),
  'units': (
    lambda n, **k: tfe.experimental.RNNClassifier([STEPS], units=[n], **k),
    [[0], [1], [1], [0]],
  ),
  'units of a named cell': (
    lambda n, **k: tfe.experimental.RNNClassifier(
      [STEPS], units=n, cell_type='gru', **k
    ),
    [[0], [1], [1], [0]],
  ),
  'num_clusters': (
    lambda n, **k: tfe.v1.experimental.KMeans(n, feature_columns=[X], **k),
    None,
  ),
}


def shapes(model_dir):
  reader = tf.train.load_checkpoint(str(model_dir))
  return reader.get_variable_to_shape_map()


@pytest.mark.parametrize('name', ARGUMENTS)
def test_a_size_is_what_it_stands_for(name, tmp_path):
  """'3' and 3. make the same variables as 3 does."""
  make, labels = ARGUMENTS[name]
  trained = []
  for value in (3, '3', 3.0):
    folder = tmp_path / repr(value)
    make(value, model_dir=str(folder)).train(input_fn(labels), steps=1)
    trained.append(shapes(folder))

  assert trained[1] == trained[0]
  assert trained[2] == trained[0]
  assert any(3 in shape for shape in trained[0].values())


@pytest.mark.parametrize('name', [n for n in ARGUMENTS if 'hidden' not in n])
def test_fractions_are_refused(name):
  """A size of 3.5 is an error that names the argument."""
  make, labels = ARGUMENTS[name]
  with pytest.raises(TypeError, match=r'`\w+` \(3\.5\) must be an integer'):
    make(3.5).train(input_fn(labels), steps=1)


@pytest.mark.parametrize('name', [n for n in ARGUMENTS if 'hidden' in n])
def test_fractions_of_hidden_units_are_cut(name, tmp_path):
  """As int() cuts them, and the reference with it."""
  make, labels = ARGUMENTS[name]
  make(3.5, model_dir=str(tmp_path)).train(input_fn(labels), steps=1)

  assert any(3 in shape for shape in shapes(tmp_path).values())


def test_hidden_units_of_one_text():
  """Its digits are no sizes."""
  with pytest.raises(TypeError, match='`hidden_units` .* must be a list'):
    tfe.DNNRegressor('16', [X]).train(input_fn([[1.0]] * 4), steps=1)
