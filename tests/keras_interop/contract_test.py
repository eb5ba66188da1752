"""Holds Estimators of tf_keras models to what the reference wrote and gave."""

import functools
import json
import os
import tempfile

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tensorflow.core.protobuf import saved_model_pb2

from tests.canned import neutral
from tests.keras_interop import models
from tfcompat_estimator.records import modes
from tfcompat_estimator.saved_models import receivers

pytestmark = pytest.mark.eager  # fits and reads models eagerly

v1 = tf.compat.v1

_LINES = (neutral.ROOT / 'contract' / 'keras_interop.jsonl').read_text()
ENTRIES = {e['name']: e for e in map(json.loads, _LINES.splitlines())}


def files(folder):
  found = [
    os.path.relpath(os.path.join(root, name), folder)
    for root, _, names in os.walk(folder)
    for name in names
  ]
  return sorted(f for f in found if 'tfevents' not in f)


def tags(folder):
  steps = {}
  for path in tf.io.gfile.glob(folder + '/*tfevents*'):
    for event in v1.train.summary_iterator(path):
      for value in event.summary.value:
        steps.setdefault(value.tag, []).append(event.step)
  return steps


class Run:
  """A configuration, made, trained 3 steps, evaluated and asked."""

  def __init__(self, name):
    self.entry = entry = ENTRIES[name]
    self.model_dir = tempfile.mkdtemp(prefix=name)
    if entry['model'] == 'keras_seq':
      self.model = models.sequential(tf_keras)
    else:
      self.model = models.functional(tf_keras, entry['optimizer'])
    arguments = {'keras_model': self.model, 'model_dir': self.model_dir}
    if entry['checkpoint_format']:
      arguments['checkpoint_format'] = entry['checkpoint_format']
    self.estimator = models.FAMILIES[name[:2]](
      config=models.run_settings(), **arguments
    )
    self.files_after_construct = files(self.model_dir)
    self.estimator.train(self.input_fn(entry['label']), steps=3)
    self.metrics = self.estimator.evaluate(self.input_fn(entry['label'], 1))
    self.files_after_train = files(self.model_dir)
    self.prediction = next(self.estimator.predict(self.input_fn(None, 1)))

  def input_fn(self, label, epochs=None):
    return neutral.input_fn(self.entry['features'], label, epochs=epochs)

  @functools.cached_property
  def features(self):
    return {k: neutral.rows('feature', k, 0, 2) for k in self.entry['features']}


@functools.cache
def run(name):
  return Run(name)


def signatures(meta_graph):
  return {
    name: {
      'method': signature.method_name,
      'inputs': {
        key: described(info) for key, info in signature.inputs.items()
      },
      'outputs': {
        key: described(info) for key, info in signature.outputs.items()
      },
    }
    for name, signature in meta_graph.signature_def.items()
    if not name.startswith('__')
  }


def described(info):
  shape = [dim.size for dim in info.tensor_shape.dim]
  return [tf.as_dtype(info.dtype).name, shape, info.name]


def load_proto(path):
  """The SavedModel proto in a directory."""
  message = saved_model_pb2.SavedModel()
  with tf.io.gfile.GFile(path.decode() + '/saved_model.pb', 'rb') as file:
    message.ParseFromString(file.read())
  return message


each = pytest.mark.parametrize('name', ENTRIES)


@each
def test_files(name):
  """Construction writes the first checkpoint, training all the others."""
  entry = ENTRIES[name]

  assert run(name).files_after_construct == entry['files_after_construct']
  assert run(name).files_after_train == entry['files_after_train']


@each
def test_checkpoint_keys(name):
  """Checkpoints have the reference's keys, dtypes and shapes."""
  reader = tf.train.load_checkpoint(run(name).estimator.latest_checkpoint())
  dtypes = reader.get_variable_to_dtype_map()
  keys = [
    [key, dtypes[key].name, shape]
    for key, shape in sorted(reader.get_variable_to_shape_map().items())
  ]

  assert keys == ENTRIES[name]['checkpoint']


@each
def test_results(name):
  """Metrics and predictions have the reference's keys, order and shapes."""
  entry = ENTRIES[name]
  prediction = {
    key: {'shape': list(value.shape), 'dtype': value.dtype.name}
    for key, value in run(name).prediction.items()
  }

  assert list(run(name).metrics) == entry['evaluate']
  assert prediction == entry['predict']


@each
def test_event_tags(name):
  """Summaries have the reference's tags at the reference's steps."""
  model_dir = run(name).model_dir

  assert tags(model_dir) == ENTRIES[name]['tags']
  assert sorted(tags(model_dir + '/eval')) == ENTRIES[name]['eval_tags']


@each
def test_serving_signatures(name, tmp_path):
  """Both receivers give the reference's signatures, variables and files."""
  entry = ENTRIES[name]
  spec = {
    key: tf.io.FixedLenFeature(value.shape[1:], tf.float32)
    for key, value in run(name).features.items()
  }
  fns = {
    'parsing': receivers.build_parsing_serving_input_receiver_fn(spec),
    'raw': receivers.build_raw_serving_input_receiver_fn(
      {k: tf.constant(v) for k, v in run(name).features.items()}
    ),
  }
  for kind, receiver_fn in fns.items():
    path = run(name).estimator.export_saved_model(
      str(tmp_path / kind), receiver_fn
    )
    (meta_graph,) = load_proto(path).meta_graphs
    assert signatures(meta_graph) == entry[kind]
  listed = tf.train.list_variables(path.decode() + '/variables/variables')
  assert sorted(key for key, _ in listed) == entry['exported']
  assert [f for f in files(path.decode()) if f != 'fingerprint.pb'] == entry[
    'parsing_files'
  ]


@pytest.mark.parametrize('name', ['v2_model_to_estimator_saver'])
def test_all_modes(name, tmp_path):
  """A SavedModel of all modes has the reference's keys in each."""
  entry, features = ENTRIES[name], run(name).features
  label = tf.constant(neutral.rows('label', entry['label'], 0, 2))
  tensors = {k: tf.constant(v) for k, v in features.items()}
  supervised = receivers.build_raw_supervised_input_receiver_fn(tensors, label)
  path = run(name).estimator.experimental_export_all_saved_models(
    str(tmp_path),
    {
      modes.ModeKeys.TRAIN: supervised,
      modes.ModeKeys.EVAL: supervised,
      modes.ModeKeys.PREDICT: receivers.build_raw_serving_input_receiver_fn(
        tensors
      ),
    },
  )
  got = {
    ','.join(graph.meta_info_def.tags): {
      key: {part: sorted(s[part]) for part in ('inputs', 'outputs')}
      for key, s in signatures(graph).items()
    }
    for graph in load_proto(path).meta_graphs
  }
  expected = {
    mode: {
      key: {part: sorted(s[part]) for part in ('inputs', 'outputs')}
      for key, s in entries.items()
    }
    for mode, entries in entry['all_modes'].items()
  }

  assert got == expected


def test_weights_are_taken_over():
  """Before training, predictions are those of the Keras model's kernels."""
  name = 'v2_model_to_estimator_seq_saver'
  model = models.sequential(tf_keras)
  estimator = models.FAMILIES['v2'](model, model_dir=tempfile.mkdtemp())
  got = [
    p['dense_1']
    for p in estimator.predict(
      neutral.input_fn(ENTRIES[name]['features'], None, epochs=1)
    )
  ]

  np.testing.assert_allclose(got, model(models.X), atol=1e-6)
