"""Exports graphs of all modes, and what cannot be exported."""

import os
import pathlib
import re

import pytest
import tensorflow as tf

from tests.saved_models import exported, models
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.saved_models import receivers

v1 = tf.compat.v1

base = exported.base
estimator = exported.estimator
model_dir = exported.model_dir


def test_all_modes(estimator, base):
  """Three MetaGraphs, in the order train, eval, serve, over one folder."""
  path = estimator.experimental_export_all_saved_models(
    base,
    {
      'infer': models.parsing_receiver(),
      'train': models.supervised_receiver(),
      'eval': models.supervised_receiver(),
    },
  )
  graphs = models.load(path).meta_graphs

  assert [list(g.meta_info_def.tags) for g in graphs] == [
    ['train'],
    ['eval'],
    ['serve'],
  ]
  assert [list(g.signature_def) for g in graphs] == [
    ['train'],
    ['eval'],
    ['serving_default'],
  ]
  train, evaluation, _ = (exported.signatures(path, i) for i in range(3))
  assert train['train']['method'] == 'tensorflow/supervised/training'
  assert evaluation['eval']['method'] == 'tensorflow/supervised/eval'
  assert sorted(train['train']['inputs']) == ['label', 'word', 'x']
  assert sorted(train['train']['outputs']) == ['loss', 'predictions/p']
  assert sorted(evaluation['eval']['outputs']) == [
    'loss',
    'metrics/mse/update_op',
    'metrics/mse/value',
    'predictions/p',
  ]
  assert 'saved_model_train_op' in graphs[0].collection_def
  names = dict(tf.train.list_variables(f'{path.decode()}/variables/variables'))
  assert {'w', 'w/Adam', 'beta1_power', 'global_step'} <= set(names)


@pytest.mark.parametrize('mode, tag', [('train', 'train'), ('eval', 'eval')])
def test_one_other_mode(estimator, base, mode, tag):
  """experimental_mode exports a training or an evaluation graph."""
  path = estimator.export_saved_model(
    base, models.supervised_receiver(), experimental_mode=mode
  )
  (graph,) = models.load(path).meta_graphs

  assert list(graph.meta_info_def.tags) == [tag]


def test_labels_in_a_dict(estimator, base):
  """Labels that are a dict give inputs of their names."""
  receiver = receivers.build_raw_supervised_input_receiver_fn(
    {'x': tf.zeros([1, 3])}, {'y': tf.zeros([1, 1])}
  )
  path = estimator.export_saved_model(base, receiver, experimental_mode='train')

  assert sorted(exported.signatures(path)['train']['inputs']) == ['x', 'y']


def test_trained_graph_can_be_loaded_and_trained(estimator, base):
  """A train MetaGraph trains on from its variables, in any TF 1 style loader."""
  path = estimator.export_saved_model(
    base, models.supervised_receiver(), experimental_mode='train'
  )
  from tfcompat_estimator.session_emulation.run import emulated_session

  with tf.Graph().as_default() as graph:
    session = emulated_session.EmulatedSession(graph)
    loaded = v1.saved_model.loader.load(session, ['train'], path.decode())
    inputs = loaded.signature_def['train'].inputs
    train_op = v1.get_collection('saved_model_train_op')[0]
    session.run(
      train_op,
      {
        inputs['x'].name: models.X,
        inputs['word'].name: ['red', 'blue'],
        inputs['label'].name: models.X[:, :1],
      },
    )
    assert session.run(v1.train.get_global_step()) == 4


@pytest.mark.parametrize(
  'call, error, message',
  [
    (
      lambda e: e.export_saved_model('x', None),
      ValueError,
      'An input_receiver_fn must be defined',
    ),
    (
      lambda e: e.export_saved_model('x', lambda: {'x': 1}),
      AttributeError,
      'no attribute features',
    ),
    (
      lambda e: e.export_saved_model(
        'x', models.raw_receiver(), checkpoint_path='/nope/model.ckpt-3'
      ),
      ValueError,
      'The passed save_path is not a valid checkpoint: /nope/model.ckpt-3',
    ),
    (
      lambda e: e.experimental_export_all_saved_models('x', {}),
      ValueError,
      'No valid modes for exporting found. Got',
    ),
    (
      lambda e: e.experimental_export_all_saved_models(
        'x', {'bogus': models.raw_receiver()}
      ),
      ValueError,
      'bogus',
    ),
    (
      lambda e: e.export_saved_model(
        'x', models.raw_receiver(), experimental_mode='train'
      ),
      ValueError,
      'None values not supported',
    ),
  ],
)
def test_errors(estimator, tmp_path, monkeypatch, call, error, message):
  """What cannot be exported raises the reference's error."""
  monkeypatch.chdir(tmp_path)
  with pytest.raises(error, match=re.escape(message)):
    call(estimator)
  assert not pathlib.Path('x').exists() or not os.listdir('x')


@pytest.mark.parametrize('method', ['one', 'all'])
def test_no_checkpoint(tmp_path, method):
  """An untrained model is not exported."""
  estimator = models.make(str(tmp_path / 'untrained'))
  call = {
    'one': lambda: estimator.export_saved_model('x', models.raw_receiver()),
    'all': lambda: estimator.experimental_export_all_saved_models(
      'x', {'infer': models.raw_receiver()}
    ),
  }[method]

  with pytest.raises(ValueError, match="Couldn't find trained model at"):
    call()


def test_a_keras_metric_in_an_eval_export(tmp_path, base):
  """A metric object gives its value and update op as outputs."""
  import tf_keras

  def model_fn(features, labels, mode):
    w = v1.get_variable('w', [])
    metric = tf_keras.metrics.Mean('average')
    metric.update_state(features['x'] * w)
    loss = tf.reduce_sum(w * features['x'])
    return _tf_spec(mode, w, loss, {'average': metric})

  estimator = base_estimator.Estimator(model_fn, str(tmp_path / 'model'))
  estimator.train(
    lambda: tf.data.Dataset.from_tensors(({'x': [1.0]}, [1.0])), steps=1
  )
  receiver = receivers.build_raw_supervised_input_receiver_fn(
    {'x': tf.zeros([1])}, tf.zeros([1])
  )
  path = estimator.export_saved_model(base, receiver, experimental_mode='eval')

  assert sorted(exported.signatures(path)['eval']['outputs']) == [
    'loss',
    'metrics/average/update_op',
    'metrics/average/value',
    'predictions/w',
  ]


def _tf_spec(mode, w, loss, metrics):
  from tfcompat_estimator.records import estimator_specs

  step = v1.train.get_global_step().assign_add(1)
  return estimator_specs.EstimatorSpec(
    mode,
    predictions={'w': w * tf.ones([1])},
    loss=loss,
    train_op=step.op,
    eval_metric_ops=metrics,
  )
