"""Runs what unmodified TF 1 programs do: parts of TF 2 are turned off.

After `tf.compat.v1.disable_v2_behavior()` there is no eager mode, and sizes in
shapes are objects; after `disable_v2_tensorshape()` the latter only.
"""

import pytest

from tests import fresh

PARTS = ('behavior', 'tensorshape')
# The second part is one of the first.
MOSTLY_BEHAVIOR = pytest.mark.parametrize(
  'part', ['behavior', pytest.param('tensorshape', marks=pytest.mark.slow)]
)
# Tell estimators, networks, columns and heads apart.
A_FEW = (
  'v1_DNNClassifier_shared_embedding_columns',
  'v2_DNNClassifier_batch_norm_dropout',
  'v2_DNNClassifier_shared_embeddings_graph',
  'v2_DNNLinearCombinedRegressor',
  'v2_LinearClassifier_multi_allcols',
  'v2_DNNEstimator_head_multihead',
)
ROOMS = (
  'checkpoint',
  'estimator',
  'hooks',
  'inputs',
  'loop',
  'saved_models',
  'session_emulation',
  'records',
  'tpu',
  'training',
)
KERAS = """
import sys
import tempfile
import tensorflow as tf
getattr(tf.compat.v1, 'disable_v2_' + sys.argv[1])()
import tfcompat_estimator
tfcompat_estimator.install()
import tf_keras

def input_fn():
  data = tf.data.Dataset.from_tensors(({'x': [[1.0, 2.0]]}, [[3.0]]))
  return data.repeat(5)

def receiver():
  x = tf.compat.v1.placeholder(tf.float32, [None, 2])
  return tf.estimator.export.ServingInputReceiver({'x': x}, {'x': x})

inputs = tf_keras.Input((2,), name='x')
hidden = tf_keras.layers.BatchNormalization()(inputs)
model = tf_keras.Model(inputs, tf_keras.layers.Dense(1, name='y')(hidden))
model.compile('adam', 'mse', metrics=['mae'])
estimator = tf.keras.estimator.model_to_estimator(
    model, model_dir=tempfile.mkdtemp())
estimator.train(input_fn, steps=3)
estimator.train(input_fn, steps=2)
metrics = estimator.evaluate(input_fn)
assert metrics['global_step'] == 5, metrics
# TF 1's Keras calls the other one by its full name.
assert {'loss', 'global_step'} < set(metrics), metrics
assert next(estimator.predict(input_fn))['y'].shape == (1,)
estimator.export_saved_model(tempfile.mkdtemp(), receiver)
print('done')
"""


def pytest_without(part, *arguments):
  """What pytest prints when its process has turned a part of TF 2 off."""
  command = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', *arguments]
  return fresh.printed(*command, TFCOMPAT_TEST_WITHOUT_V2=part)


@MOSTLY_BEHAVIOR
def test_a_few_canned(part):
  """Canned Estimators of both families write what they write in TF 2."""
  names = [
    f'tests/canned/descriptors_test.py::test_checkpoint_keys[{name}]'
    for name in A_FEW
  ]

  assert f'{len(names)} passed' in pytest_without(part, *names)


@pytest.mark.slow
@pytest.mark.parametrize('family', ['v1_', 'v2_'])
@pytest.mark.parametrize('part', PARTS)
def test_all_canned(part, family):
  """All configurations do."""
  everything = ['-m', 'slow or not slow', '-k']

  pytest_without(
    part,
    'tests/canned/descriptors_test.py',
    *everything,
    f'(keys or signatures) and {family}',
  )


@pytest.mark.slow
@pytest.mark.parametrize('room', ROOMS)
@pytest.mark.parametrize('part', PARTS)
def test_room(part, room):
  """All that has no need of TF 2 (marker `eager`) works without it."""
  pytest_without(part, f'tests/{room}')


@MOSTLY_BEHAVIOR
def test_model_to_estimator(part):
  """A tf_keras model is trained, evaluated, asked and exported."""
  assert 'done' in fresh.printed('-c', KERAS, part)
