"""Runs the configurations that the contract records, once each.

`contract/canned.jsonl` holds for each the constructor call as neutral JSON, and
what the reference made of it: names, types and shapes of all it wrote. Its
protocol: train 3 steps on batches of 16 rows, evaluate one epoch, predict.
"""

import functools
import json
import re
import tempfile

import numpy as np
import tensorflow as tf

from tests.canned import neutral
from tfcompat_estimator.saved_models import receivers

v1 = tf.compat.v1

RUN_CONFIG = {
  '$call': 'tf.estimator.RunConfig',
  'kwargs': {
    'tf_random_seed': 42,
    'save_summary_steps': 2,
    'log_step_count_steps': 2,
  },
}


@functools.cache
def entries():
  """The contract's entry of each configuration, by its name."""
  path = neutral.ROOT / 'contract' / 'canned.jsonl'
  parsed = [json.loads(line) for line in path.read_text().splitlines()]
  return {entry['name']: entry for entry in parsed}


@functools.cache
def all_modes():
  """By configuration, the signatures of an export of all three modes.

  Names of metrics' tensors are left out; the graph to predict with, and the
  variables, are those of the other entries.
  """
  path = neutral.ROOT / 'contract' / 'all_modes.jsonl'
  parsed = [json.loads(line) for line in path.read_text().splitlines()]
  return {entry.pop('name'): entry for entry in parsed}


def nameless(value):
  """A tensor without a name that placeholders could take over."""
  if tf.executing_eagerly():
    return tf.constant(value)
  return tf.TensorSpec.from_tensor(tf.constant(value), name='Placeholder')


def dtype_name(value):
  """The name of a value's type as the contract has it."""
  dtype = np.asarray(value).dtype
  return 'bytes/object' if dtype.kind in 'OSU' else dtype.name


class Run:
  """A configuration that has been trained, evaluated and asked."""

  entries = staticmethod(entries)
  build_estimator = staticmethod(neutral.build_estimator)
  input_fn = staticmethod(neutral.input_fn)

  def __init__(self, name):
    self.entry = self.entries()[name]
    self.model_dir = tempfile.mkdtemp(prefix=name)
    self.estimator = self.build_estimator(
      self.entry['ctor'],
      self.model_dir,
      shared=self.entry.get('shared'),
      config=RUN_CONFIG,
    )
    self.estimator.train(self._input_fn(), steps=3)
    self.metrics = self.estimator.evaluate(self._input_fn(epochs=1))
    self.prediction = next(self.estimator.predict(self._input_fn(label=None)))

  def _input_fn(self, label='', **kwargs):
    if label is not None:
      label = self.entry['label']
    return self.input_fn(self.entry['features'], label, **kwargs)

  def checkpoint(self):
    """Key, type and shape of everything in the latest checkpoint."""
    path = self.estimator.latest_checkpoint()
    dtypes = tf.train.load_checkpoint(path).get_variable_to_dtype_map()
    return [
      [key, dtypes[key].name, shape]
      for key, shape in tf.train.list_variables(path)
    ]

  def tags(self, folder=''):
    """Kind and steps of each tag in the event files of a folder."""
    found = {}
    for path in tf.io.gfile.glob(f'{self.model_dir}/{folder}*tfevents*'):
      for event in v1.train.summary_iterator(path):
        for value in event.summary.value:
          kind = value.WhichOneof('value')
          found.setdefault(value.tag, [kind, []])[1].append(event.step)
    return found

  @functools.cached_property
  def parsing_export(self):
    """The SavedModel exported with a parser of examples."""
    spec = {
      key: _parse_feature(text)
      for key, text in self.entry['parse_spec'].items()
    }
    return self._export(receivers.build_parsing_serving_input_receiver_fn(spec))

  @functools.cached_property
  def raw_export(self):
    """The SavedModel exported with a placeholder for each feature."""
    return self._export(self._raw_receiver_fn())

  @functools.cached_property
  def all_modes_export(self):
    """The SavedModel of the graphs to train, evaluate and predict with."""
    label = self.entry['label']
    with tf.init_scope():
      if isinstance(label, dict):
        labels = {
          key: nameless(neutral.rows('label', name, 0, 1))
          for key, name in label.items()
        }
      else:
        labels = nameless(neutral.rows('label', label, 0, 1))
      supervised = receivers.build_raw_supervised_input_receiver_fn(
        self._features(), labels
      )
    folder = tempfile.mkdtemp(dir=self.model_dir)
    return self.estimator.experimental_export_all_saved_models(
      folder,
      {
        'train': supervised,
        'eval': supervised,
        'infer': self._raw_receiver_fn(),
      },
    ).decode()

  def _raw_receiver_fn(self):
    with tf.init_scope():
      return receivers.build_raw_serving_input_receiver_fn(self._features())

  def _features(self):
    inputs = next(
      signature['inputs']
      for key, signature in self.entry['raw'].items()
      if key.endswith('predict')
    )
    # In the order of their placeholders: `Placeholder:0`, `Placeholder_1:0`.
    keys = sorted(inputs, key=lambda key: inputs[key]['name'].rstrip(':0'))
    return {key: nameless(neutral.rows('feature', key, 0, 1)) for key in keys}

  def _export(self, receiver_fn):
    folder = tempfile.mkdtemp(dir=self.model_dir)
    return self.estimator.export_saved_model(folder, receiver_fn).decode()


def signatures(export, tag='serve'):
  """Method, inputs and outputs of each signature of a SavedModel."""
  with tf.io.gfile.GFile(f'{export}/saved_model.pb', 'rb') as file:
    graphs = _saved_model(file.read()).meta_graphs
  (meta_graph,) = (g for g in graphs if list(g.meta_info_def.tags) == [tag])
  return {
    key: {
      'method': signature.method_name,
      'inputs': _tensors(signature.inputs),
      'outputs': _tensors(signature.outputs),
    }
    for key, signature in meta_graph.signature_def.items()
  }


def exported_variables(export):
  """The keys of a SavedModel's variables."""
  path = f'{export}/variables/variables'
  return sorted(key for key, _ in tf.train.list_variables(path))


def _saved_model(serialized):
  from tensorflow.core.protobuf import saved_model_pb2

  return saved_model_pb2.SavedModel.FromString(serialized)


def _tensors(infos):
  return {key: _tensor(info) for key, info in infos.items()}


def _tensor(info):
  is_sparse = info.WhichOneof('encoding') == 'coo_sparse'
  shape = [dimension.size for dimension in info.tensor_shape.dim]
  unknown = is_sparse or info.tensor_shape.unknown_rank
  return {
    'dtype': tf.as_dtype(info.dtype).name,
    'shape': None if unknown else shape,
    'name': info.coo_sparse.values_tensor_name if is_sparse else info.name,
  }


def _parse_feature(text):
  """The parser of `"FixedLenFeature(shape=(3,), dtype=tf.float32, ..."`."""
  kind, arguments = re.fullmatch(r'(\w+)\((.*)\)', text).groups()
  dtype = getattr(tf, re.search(r'dtype=tf\.(\w+)', arguments).group(1))
  if kind == 'VarLenFeature':
    return tf.io.VarLenFeature(dtype)
  shape = re.search(r'shape=[(\[](.*?)[)\]]', arguments).group(1)
  return tf.io.FixedLenFeature(
    [int(n) for n in re.findall(r'\d+', shape)], dtype
  )
