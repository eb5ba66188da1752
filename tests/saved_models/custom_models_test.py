"""Holds exports of models that are not canned to what the reference exports."""

import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.saved_models import models
from tfcompat_estimator import _tf
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs, run_config
from tfcompat_estimator.saved_models import receivers

v1 = tf.compat.v1
keras = tf_keras
ROOT = pathlib.Path(__file__).parents[1]
EXPECTED = json.loads((ROOT / 'contract/custom_models.json').read_text())
FEATURE = tf.zeros([2, 3])
LABEL = tf.zeros([2, 1], tf.int64)


def layer(name, x, units):
  with v1.variable_scope(name):
    w = v1.get_variable('w', [x.shape[-1], units])
    b = v1.get_variable('b', [units], initializer=v1.zeros_initializer())
    return tf.matmul(x, w) + b


def get_variable(features, labels, mode):
  """Variables by hand, the v1 family's metrics, three kinds of outputs."""
  logits = layer('logits', tf.nn.relu(layer('body', features['x'], 4)), 1)
  p = tf.nn.sigmoid(logits, name='prob')
  predictions = {'probability': p, 'logits': logits}
  outputs = {
    'serving_default': _tf.export_output.PredictOutput(predictions),
    'classify': _tf.export_output.ClassificationOutput(
      tf.concat([1 - p, p], 1)
    ),
    'regress': _tf.export_output.RegressionOutput(p),
  }
  if mode == 'infer':
    return {'predictions': predictions, 'export_outputs': outputs}
  loss = v1.losses.sigmoid_cross_entropy(tf.cast(labels, tf.float32), logits)
  metrics = {
    'acc': v1.metrics.accuracy(labels, tf.cast(p > 0.5, tf.int64)),
    'auc': v1.metrics.auc(labels, p),
    'mean_prob': v1.metrics.mean(p),
  }
  spec = {'loss': loss, 'predictions': predictions}
  if mode == 'eval':
    return {**spec, 'eval_metric_ops': metrics}
  v1.summary.scalar('mean', tf.reduce_mean(p))
  step = v1.train.get_global_step()
  optimizer = v1.train.AdamOptimizer(0.05)
  return {**spec, 'train_op': optimizer.minimize(loss, step)}


def keras_layers(features, labels, mode):
  """A Keras model, metric and optimizer, put together by hand."""
  layers = keras.layers
  model = keras.Sequential(
    [layers.Dense(4, 'relu'), layers.BatchNormalization(), layers.Dense(1)]
  )
  logits = model(features['x'], training=mode == 'train')
  p = tf.nn.sigmoid(logits)
  if mode == 'infer':
    outputs = {'serving_default': _tf.export_output.PredictOutput({'prob': p})}
    return {'predictions': {'prob': p}, 'export_outputs': outputs}
  losses = tf.nn.sigmoid_cross_entropy_with_logits(
    labels=tf.cast(labels, tf.float32), logits=logits
  )
  loss = tf.reduce_mean(losses)
  metric = keras.metrics.BinaryAccuracy(name='bacc')
  metric.update_state(labels, p)
  if mode == 'eval':
    return {'loss': loss, 'eval_metric_ops': {'bacc': metric}}
  optimizer = keras.optimizers.legacy.Adam(0.01)
  optimizer.iterations = v1.train.get_or_create_global_step()
  updates = optimizer.get_updates(loss, model.trainable_variables)
  return {'loss': loss, 'train_op': tf.group(*updates, *model.updates)}


def keras_functional_v1opt(features, labels, mode):
  """Keras layers and an optimizer of the v1 family; one unnamed prediction."""
  dense = keras.layers.Dense(2, name='dd')
  normal = keras.layers.BatchNormalization(name='mybn')
  out = keras.layers.Dense(1, name='out')
  logits = out(normal(dense(features['x']), training=mode == 'train'))
  if mode == 'infer':
    return {'predictions': logits}
  loss = v1.losses.mean_squared_error(tf.cast(labels, tf.float32), logits)
  with tf.control_dependencies(normal.updates):
    step = v1.train.get_global_step()
    train_op = v1.train.AdamOptimizer(0.01).minimize(loss, step)
  return {'loss': loss, 'predictions': logits, 'train_op': train_op}


MODELS = {
  'get_variable': get_variable,
  'keras_layers': keras_layers,
  'keras_functional_v1opt': keras_functional_v1opt,
}


def input_fn():
  data = ({'x': np.ones([4, 3], np.float32)}, np.ones([4, 1], np.int64))
  return tf.data.Dataset.from_tensors(data).repeat()


def export(name, kind, folder, cls=base_estimator.Estimator):
  """The path of an export of a model that was trained for a step."""

  def model_fn(features, labels, mode):
    return estimator_specs.EstimatorSpec(
      mode, **MODELS[name](features, labels, mode)
    )

  config = run_config.RunConfig(str(folder / 'model'))
  estimator = cls(model_fn, config=config).train(input_fn, steps=1)
  raw = receivers.build_raw_serving_input_receiver_fn({'x': FEATURE})
  if kind == 'raw':
    return estimator.export_saved_model(str(folder / 'e'), raw)
  if kind == 'parsing':
    spec = {'x': tf.io.FixedLenFeature([3], tf.float32)}
    parsing = receivers.build_parsing_serving_input_receiver_fn(spec)
    return estimator.export_saved_model(str(folder / 'e'), parsing)
  supervised = receivers.build_raw_supervised_input_receiver_fn(
    {'x': FEATURE}, LABEL
  )
  return estimator.experimental_export_all_saved_models(
    str(folder / 'e'),
    {'train': supervised, 'eval': supervised, 'infer': raw},
  )


def plain(signature):
  """A signature as the contract has it, but for names of metrics' values."""
  shown = models.described(signature)
  for side in ('inputs', 'outputs'):
    shown[side] = {
      key: [dtype, [-1 if n is None else n for n in shape], name]
      for key, (dtype, shape, name) in shown[side].items()
    }
  return nameless(shown)


def nameless(signature):
  for key, value in signature['outputs'].items():
    if key.startswith('metrics/'):
      value[2] = None
  return signature


@pytest.mark.eager
@pytest.mark.parametrize(
  'cls', [base_estimator.Estimator, base_estimator.EstimatorV2]
)
@pytest.mark.parametrize('kind', ['raw', 'parsing', 'all_modes'])
@pytest.mark.parametrize('name', MODELS)
def test_export(tmp_path, name, kind, cls):
  """Signatures, collections and variables are the reference's."""
  path = export(name, kind, tmp_path, cls).decode()
  expected = json.loads(json.dumps(EXPECTED[name]))
  graphs = models.load(path).meta_graphs
  tags = [next(iter(graph.meta_info_def.tags)) for graph in graphs]

  assert tags == list(expected[kind])
  for tag, graph in zip(tags, graphs, strict=True):
    assert {k: plain(s) for k, s in graph.signature_def.items()} == {
      k: nameless(s) for k, s in expected[kind][tag].items()
    }
    collections = expected[f'{kind}_collections'][tag]
    assert sorted(graph.collection_def) == collections
  variables = tf.train.list_variables(f'{path}/variables/variables')
  assert [key for key, _ in variables] == expected[f'{kind}_variables']
