"""Checks modules of Estimators with model functions of users."""

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.saved_models import models
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs
from tfcompat_estimator.saved_models import receivers

v1 = tf.compat.v1
X = np.arange(12, dtype=np.float32).reshape(4, 3)
Y = X @ [[1.0], [2.0], [3.0]]


def model_fn(features, labels, mode):
  with v1.variable_scope('layer'):
    kernel = v1.get_variable('kernel', [3, 1])
  count = v1.get_variable('visits', [], trainable=False)
  outputs = tf.matmul(features['x'], kernel)
  if mode == 'infer':
    return estimator_specs.EstimatorSpec(
      mode,
      predictions=outputs,
      export_outputs={
        'serving_default': tfcompat_estimator.export.PredictOutput(
          {'y': outputs}
        ),
        'doubled': tfcompat_estimator.export.PredictOutput({'z': 2 * outputs}),
      },
    )
  loss = tf.reduce_mean((outputs - labels) ** 2)
  optimizer = v1.train.AdamOptimizer(0.01)
  train_op = optimizer.minimize(loss, v1.train.get_global_step())
  with tf.control_dependencies([train_op]):
    train_op = count.assign_add(1.0).op
  return estimator_specs.EstimatorSpec(mode, loss=loss, train_op=train_op)


def input_fn():
  data = {'x': X}, Y.astype(np.float32)
  return tf.data.Dataset.from_tensor_slices(data).repeat().batch(2)


def features_fn():
  return tf.data.Dataset.from_tensor_slices({'x': X}).batch(4)


def receiver_fn():
  x = v1.placeholder(tf.float32, [None, 3], 'x')
  return receivers.ServingInputReceiver({'x': x}, {'x': x})


@pytest.fixture
def estimator(tmp_path):
  made = base_estimator.EstimatorV2(model_fn, str(tmp_path / 'model'))
  return made.train(input_fn, steps=3)


def test_variables_and_signatures(estimator):
  """Variables have their names, signatures give what predict gives."""
  module = tfcompat_estimator.to_module(estimator, receiver_fn)

  assert isinstance(module, tf.Module)
  assert set(module.by_name) >= {'layer/kernel', 'visits'}
  for name in ('layer/kernel', 'visits'):
    np.testing.assert_array_equal(
      module.by_name[name], estimator.get_variable_value(name)
    )
  predicted = list(estimator.predict(features_fn))
  np.testing.assert_allclose(module(x=X)['y'], predicted, rtol=1e-6)
  np.testing.assert_allclose(
    module.functions['doubled'](x=tf.constant(X))['z'],
    2 * np.array(predicted),
    rtol=1e-6,
  )
  assert [v.name for v in module.trainable_variables] == ['layer/kernel:0']


def test_gradients_flow(estimator):
  """A module is part of a model that is trained on."""
  module = tfcompat_estimator.to_module(estimator, receiver_fn)
  kernel = module.by_name['layer/kernel']
  before = kernel.numpy()

  with tf.GradientTape() as tape:
    loss = tf.reduce_sum(module(x=X)['y'])
  (gradient,) = tape.gradient(loss, [kernel])
  kernel.assign_sub(gradient)

  np.testing.assert_allclose(gradient, X.sum(0)[:, None])
  np.testing.assert_allclose(
    module(x=X)['y'], X @ (before - gradient.numpy()), rtol=1e-5
  )


def test_saved_again(tmp_path):
  """A module with a vocabulary file is saved, and loads where that is gone."""
  estimator = models.make(str(tmp_path / 'model')).train(
    models.input_fn, steps=1
  )
  parse = receivers.build_parsing_serving_input_receiver_fn(models.FEATURE_SPEC)
  module = tfcompat_estimator.to_module(estimator, parse)
  key = min(module.functions)
  argument = next(iter(module.functions[key].structured_input_signature[1]))
  serialized = {argument: tf.constant(models.examples())}
  expected = module(key, **serialized)

  tf.saved_model.save(module, str(tmp_path / 'saved'), module.functions)
  del module
  loaded = tf.saved_model.load(str(tmp_path / 'saved'))

  for name, value in loaded.signatures[key](**serialized).items():
    np.testing.assert_array_equal(value, expected[name])


def test_wrong_signature(estimator):
  """An unknown signature is named, with those that there are."""
  module = tfcompat_estimator.to_module(estimator, receiver_fn)

  with pytest.raises(ValueError, match=r"'doubled', 'serving_default'"):
    module('other', x=X)


def test_untrained(tmp_path):
  """Without a checkpoint there is nothing to wrap."""
  estimator = base_estimator.EstimatorV2(model_fn, str(tmp_path))

  with pytest.raises(ValueError, match='train'):
    tfcompat_estimator.to_module(estimator, receiver_fn)


def test_without_eager_execution(estimator):
  """In a graph there is a clear message."""
  with tf.Graph().as_default(), pytest.raises(RuntimeError, match='to_module'):
    tfcompat_estimator.to_module(estimator, receiver_fn)


@pytest.mark.parametrize('parts', [0, 2])
def test_names_of_parts(tmp_path, parts):
  """A variable in one part has its plain name, as v1 Estimators tell it."""
  estimator = tfcompat_estimator.v1.LinearRegressor(
    [tf.feature_column.numeric_column('x', 3)],
    str(tmp_path),
    partitioner=v1.fixed_size_partitioner(parts) if parts else None,
  )
  estimator.train(input_fn, steps=1)

  module = tfcompat_estimator.to_module(estimator, receiver_fn)

  name = 'linear/linear_model/x/weights'
  names = [f'{name}/part_{n}' for n in range(parts)] or [name]
  found = np.concatenate([module.by_name[part] for part in names])
  np.testing.assert_array_equal(found, estimator.get_variable_value(name))


def test_no_estimator():
  """What is none is refused by name."""
  with pytest.raises(TypeError, match="'model_dir'"):
    tfcompat_estimator.to_module('model_dir', receiver_fn)
