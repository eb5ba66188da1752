"""Checks exports that were rewritten for TensorFlow 1.15."""

import os
import subprocess

import numpy as np
import pytest
import tensorflow as tf

from tests.parity import sides
from tests.saved_models import models
from tfcompat_estimator import predictor
from tfcompat_estimator.canned import dnn_linear_combined
from tfcompat_estimator.saved_models import old_runtime, receivers

v1 = tf.compat.v1

EXAMPLE = tf.train.Example()
EXAMPLE.features.feature['age'].float_list.value.append(30.0)
EXAMPLE.features.feature['job'].bytes_list.value.append(b'cook')


def _input_fn():
  features = {'age': [[20.0], [50.0]], 'job': [['cook'], ['smith']]}
  return tf.data.Dataset.from_tensors((features, [[0], [1]]))


@pytest.fixture(scope='module', name='export')
def fixture_export(tmp_path_factory):
  """A wide and deep model: parsing, crosses, embeddings, random initializers."""
  folder = tmp_path_factory.mktemp('old_runtime')
  age = tf.feature_column.numeric_column('age')
  job = tf.feature_column.categorical_column_with_hash_bucket('job', 5)
  buckets = tf.feature_column.bucketized_column(age, [25.0])
  wide = [buckets, tf.feature_column.crossed_column([buckets, 'job'], 7)]
  deep = [age, tf.feature_column.embedding_column(job, 2)]
  estimator = dnn_linear_combined.DNNLinearCombinedClassifier(
    str(folder / 'model'),
    linear_feature_columns=wide,
    dnn_feature_columns=deep,
    dnn_hidden_units=[3],
  )
  estimator.train(_input_fn, steps=2)
  receiver = receivers.build_parsing_serving_input_receiver_fn(
    tf.feature_column.make_parse_example_spec([*wide, *deep])
  )
  path = estimator.export_saved_model(str(folder / 'export'), receiver)
  return os.fsdecode(path)


def _scores(export):
  call = predictor.from_saved_model(export, signature_def_key='predict')
  return call({'examples': [EXAMPLE.SerializeToString()]})['probabilities']


def test_rewritten_exports_say_the_same(export, tmp_path):
  """Old operations give the outputs of those that they replace."""
  target = str(tmp_path / 'for_old')

  old_runtime.rewrite(export, target)

  np.testing.assert_allclose(_scores(target), _scores(export), 1e-6)
  nodes = models.load(target).meta_graphs[0].graph_def.node
  assert not {'ParseExampleV2', 'StatelessRandomUniformV2'}.intersection(
    node.op for node in nodes
  )
  assert not any('debug_name' in node.attr for node in nodes)


def test_what_1_15_cannot_compute_is_named(tmp_path):
  """An operation of later is no accident of the server's."""
  source = str(tmp_path / 'source')
  with tf.Graph().as_default(), v1.Session() as session:
    x = v1.placeholder(tf.float32, [None])
    v1.saved_model.simple_save(
      session, source, {'x': x}, {'y': tf.math.special.spence(x)}
    )

  with pytest.raises(ValueError, match='1.15 does not know Spence'):
    old_runtime.rewrite(source, str(tmp_path / 'target'))

  assert not (tmp_path / 'target').exists()


def test_a_folder_that_is_there_is_left_alone(export, tmp_path):
  """The target is named."""
  with pytest.raises(ValueError, match=r'target .* exists'):
    old_runtime.rewrite(export, str(tmp_path))


_LOAD = """
import sys
import tensorflow as tf
with tf.Session() as session:
  graph = tf.saved_model.loader.load(session, ['serve'], sys.argv[1])
  signature = graph.signature_def['predict']
  print(session.run(
      signature.outputs['probabilities'].name,
      {signature.inputs['examples'].name: [bytes.fromhex(sys.argv[2])]},
  ).tolist())
"""


@pytest.mark.parity
def test_tensorflow_1_15_loads_them(export, tmp_path):
  """Its loader gives the same probabilities, and fails on what is not rewritten."""
  python = os.environ.get(sides.TF1_VARIABLE)
  if not python:
    pytest.skip(f'{sides.TF1_VARIABLE} names no TensorFlow 1.15')
  target = str(tmp_path / 'for_old')
  old_runtime.rewrite(export, target)
  command = [python, '-c', _LOAD]
  example = EXAMPLE.SerializeToString().hex()

  done = subprocess.run(
    [*command, target, example], capture_output=True, text=True, check=True
  )
  as_it_was = subprocess.run(
    [*command, export, example], capture_output=True, text=True, check=False
  )

  np.testing.assert_allclose(np.array(eval(done.stdout)), _scores(export), 1e-5)
  assert 'debug_name' in as_it_was.stderr
