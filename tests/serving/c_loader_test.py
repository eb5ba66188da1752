"""Serves exports by the C library alone, in a process without Python's TF."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests import fresh
from tests.saved_models import models


def run(*arguments):
  return fresh.printed('-m', 'tests.serving.c_loader', *arguments)


@pytest.fixture(scope='module')
def exports(tmp_path_factory):
  """One export with a parsing and one with a raw receiver."""
  folder = tmp_path_factory.mktemp('trained')
  estimator = models.make(str(folder / 'model'), outputs='all three')
  estimator.train(models.input_fn, steps=3)
  return {
    'parsing': estimator.export_saved_model(
      str(folder / 'export'), models.parsing_receiver()
    ).decode(),
    'raw': estimator.export_saved_model(
      str(folder / 'export'), models.raw_receiver()
    ).decode(),
  }


def test_every_signature(exports, tmp_path):
  """Outputs are those of tf.saved_model.load, to the last signature."""
  served = tf.saved_model.load(exports['parsing']).signatures
  examples = np.array(models.examples())
  expected, inputs = {}, {}
  for key, function in served.items():
    (name,) = function.structured_input_signature[1]
    inputs[f'{key}|{name}'] = examples
    for output, value in function(**{name: tf.constant(examples)}).items():
      expected[f'{key}|{output}'] = value.numpy()
  np.savez(tmp_path / 'inputs.npz', **inputs)
  run(
    exports['parsing'],
    str(tmp_path / 'inputs.npz'),
    str(tmp_path / 'outputs.npz'),
  )

  with np.load(tmp_path / 'outputs.npz') as got:
    assert set(got) == set(expected)
    for name, value in expected.items():
      if value.dtype == object:
        np.testing.assert_array_equal(got[name], value.astype(bytes))
      else:
        np.testing.assert_allclose(got[name], value, rtol=1e-6)


@pytest.mark.parametrize('kind', ['parsing', 'raw'])
def test_serve_check(exports, kind):
  """`make serve-check` makes up the requests itself."""
  said = run(exports[kind])

  assert 'loaded by the C library of TensorFlow' in said
  assert 'predict (tensorflow/serving/predict)' in said
  assert '[2, 1]' in said


def test_goldens_are_served(goldens):
  """Exports that the reference wrote are served alike."""
  folders = sorted(p for p in goldens.glob('*/export') if p.is_dir())
  if not folders:
    pytest.skip('no exports among the goldens')
  for folder in folders[:3]:
    assert 'serving_default' in run(os.fspath(folder))


def test_saved_model_cli(exports):
  """TensorFlow's command line shows and runs an export."""
  cli = [sys.executable, '-m', 'tensorflow.python.tools.saved_model_cli']
  where = ['--dir', exports['raw'], '--tag_set', 'serve']
  inputs = 'x=[[1.,2.,3.]];word=["red"]'
  command = [*where, '--signature_def', 'predict']
  shown, ran = (
    subprocess.run(
      [*cli, *arguments], capture_output=True, text=True, check=True
    ).stdout
    for arguments in (
      ['show', *command],
      ['run', *command, '--input_exprs', inputs],
    )
  )

  assert 'Method name is: tensorflow/serving/predict' in shown
  assert 'Result for output key p' in ran


def canned_estimators(model_dir):
  """Canned estimators of several kinds, by name, over the same columns."""
  from tfcompat_estimator.canned import baseline, dnn, kmeans, linear, rnn
  from tfcompat_estimator.records import run_config

  fc = tf.feature_column
  word = fc.categorical_column_with_vocabulary_list('word', models.WORDS)
  columns = [fc.numeric_column('x', 3), fc.indicator_column(word)]
  tokens = fc.sequence_categorical_column_with_vocabulary_list(
    'tokens', models.WORDS
  )

  def config(name):
    return run_config.RunConfig(model_dir=os.path.join(model_dir, name))

  return {
    'dnn': (dnn.DNNClassifierV2([4], columns, config=config('dnn')), columns),
    'linear': (
      linear.LinearRegressorV2([columns[0], word], config=config('linear')),
      [columns[0], word],
    ),
    'baseline': (
      baseline.BaselineClassifierV2(config=config('baseline')),
      columns[:1],
    ),
    'kmeans': (
      kmeans.KMeansClustering(2, config=config('kmeans')),
      columns[:1],
    ),
    'rnn': (
      rnn.RNNClassifier(
        [fc.embedding_column(tokens, 2)],
        units=[3],
        cell_type='gru',
        config=config('rnn'),
      ),
      [fc.embedding_column(tokens, 2)],
    ),
  }


@pytest.mark.parametrize('kind', ['dnn', 'linear', 'baseline', 'kmeans', 'rnn'])
def test_canned_estimators_are_served(kind, tmp_path):
  """What canned estimators export runs without any Python of TensorFlow."""
  from tfcompat_estimator.saved_models import receivers

  estimator, columns = canned_estimators(str(tmp_path))[kind]
  parse_spec = tf.feature_column.make_parse_example_spec(columns)

  def input_fn():
    features = {'x': models.X}
    if kind == 'rnn':
      features = {
        'tokens': tf.sparse.from_dense([['red', 'blue'], ['green', '']])
      }
    elif kind in ('dnn', 'linear'):
      features['word'] = np.array([[b'red'], [b'blue']])
    labels = np.array([[1], [0]])
    return tf.data.Dataset.from_tensors(
      features if kind == 'kmeans' else (features, labels)
    ).repeat()

  estimator.train(input_fn, steps=1)
  path = estimator.export_saved_model(
    str(tmp_path / 'export'),
    receivers.build_parsing_serving_input_receiver_fn(parse_spec),
  )

  assert 'serving_default' in run(path.decode())
