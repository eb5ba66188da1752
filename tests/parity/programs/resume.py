"""Trains the contract's configurations, from the start or from a checkpoint."""

import functools
import importlib.util
import os
import pathlib

import numpy as np
import tensorflow as tf

try:
  import tf_keras as keras
except ImportError:
  from tensorflow import keras

tf1 = tf.compat.v1
BATCH = 16
SAVE_STEPS = 3
SEQUENCES = ('tok', 'val')
ATTRIBUTE = '/.ATTRIBUTES/VARIABLE_VALUE'


def legacy(module):
  """A module of the reference, or what stands in its place."""
  return importlib.import_module(
    'tensorflow_estimator.python.estimator.' + module
  )


@functools.cache
def custom_models():
  """The program of that name, which lies beside this one."""
  path = pathlib.Path(__file__).with_name('custom_models.py')
  spec = importlib.util.spec_from_file_location('custom_models', path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


def private_v1_head(kind):
  head = legacy('canned.head')
  name, arguments = {
    'bin': ('_binary_logistic_head_with_sigmoid_cross_entropy_loss', []),
    'multi': ('_multi_class_head_with_softmax_cross_entropy_loss', [3]),
    'reg': ('_regression_head', []),
  }[kind]
  return getattr(head, name)(*arguments)


def stacked_cell():
  layers = keras.layers
  return layers.StackedRNNCells([layers.LSTMCell(4), layers.GRUCell(3)])


def sequential_head():
  module = legacy('head.sequential_head')
  return module.SequentialHeadWrapper(
    tf.estimator.RegressionHead(), sequence_length_mask='sequence_mask'
  )


NAMED = {
  'private_v1_head': private_v1_head,
  'stacked_cell_fn': lambda: stacked_cell,
  'private_seq_head': sequential_head,
  'init_centers': lambda: np.array([[1, 0, 0], [-1, 0, 0]], np.float32),
}


def resolve(path):
  parts = path.split('.')[1:]
  root = tf
  if parts[0] == 'keras':
    root, parts = keras, parts[1:]
  return functools.reduce(getattr, parts, root)


def build(spec, vocabulary):
  """The object that a neutral spec describes."""
  again = functools.partial(build, vocabulary=vocabulary)
  if isinstance(spec, list):
    return [again(item) for item in spec]
  if not isinstance(spec, dict):
    return vocabulary if spec == 'gen/vocab.txt' else spec
  if '$call' in spec:
    return resolve(spec['$call'])(
      *again(spec.get('args', [])), **again(spec.get('kwargs', {}))
    )
  if '$sym' in spec:
    return resolve(spec['$sym'])
  for key in ('$named', '$named_call'):
    if key in spec:
      return NAMED[spec[key]](**spec.get('kwargs', {}))
  if '$tuple' in spec:
    return tuple(again(spec['$tuple']))
  if '$constructor' in spec:
    return lambda: again(spec['$constructor'])
  return {key: again(value) for key, value in spec.items()}


def build_estimator(entry, model_dir, vocabulary):
  kwargs = build(entry['ctor']['kwargs'], vocabulary)
  if entry.get('shared'):
    with tf.Graph().as_default():
      columns = resolve(entry['shared'])(
        [
          tf.feature_column.categorical_column_with_identity(key, 6)
          for key in ('iid', 'jid')
        ],
        dimension=3,
      )
    kwargs['feature_columns'] = [
      *columns,
      tf.feature_column.numeric_column('x', shape=3),
    ]
  config = tf.estimator.RunConfig(
    model_dir=model_dir,
    tf_random_seed=42,
    save_summary_steps=None,
    save_checkpoints_steps=SAVE_STEPS,
  )
  kwargs['config'] = config
  return resolve(entry['ctor']['$call'])(**kwargs)


def to_sparse(features):
  """Cuts the padding off, by lengths: a value may be 0."""
  lengths = features['seqlen']
  sparse = {key: features[key] for key in features if key != 'seqlen'}
  for key in set(SEQUENCES) & set(features):
    indices = tf.where(tf.sequence_mask(lengths, tf.shape(features[key])[1]))
    shape = [tf.size(lengths, tf.int64), tf.reduce_max(lengths)]
    sparse[key] = tf.SparseTensor(
      indices, tf.gather_nd(features[key], indices), tf.stack(shape)
    )
  return sparse


def make_input_fn(entry, data):
  """The first batch again and again, so that a step depends on nothing else."""
  features, label = entry['features'], entry['label']
  is_sequence = bool(set(features) & set(SEQUENCES))

  def rows(kind, key):
    array = data[f'{kind}/{key}'][:BATCH]
    return array.astype(object) if array.dtype.kind == 'S' else array

  def input_fn():
    keys = [*features, 'seqlen'] if is_sequence else features
    source = {key: rows('feature', key) for key in keys}
    if isinstance(label, dict):
      labels = {key: rows('label', name) for key, name in label.items()}
    else:
      labels = rows('label', label) if label is not None else None
    if labels is None:
      dataset = tf.data.Dataset.from_tensors(source)
      return (dataset.map(to_sparse) if is_sequence else dataset).repeat()
    dataset = tf.data.Dataset.from_tensors((source, labels))
    if is_sequence:
      dataset = dataset.map(lambda x, y: (to_sparse(x), y))
    return dataset.repeat()

  return input_fn


def train_all(entries, folders, steps, data_path, vocabulary):
  """Trains each entry in its folders; returns the variables, or the error."""
  with np.load(data_path) as arrays:
    data = dict(arrays)
  results = {}
  for kind, base in folders.items():
    results[kind] = {}
    for entry in entries:
      try:
        results[kind][entry['name']] = _train(
          entry, os.path.join(base, entry['name']), steps, data, vocabulary
        )
      except Exception as error:  # noqa: BLE001, PERF203
        text = f'{type(error).__name__}: {error}'
        results[kind][entry['name']] = {'error': text[:600]}
  return results


def _train(entry, model_dir, steps, data, vocabulary):
  if entry['ctor'] is None:
    estimator = custom_models().MODELS[entry['name']](model_dir)
    input_fn = custom_models().input_fn
  else:
    estimator = build_estimator(entry, model_dir, vocabulary)
    input_fn = make_input_fn(entry, data)
  estimator.train(input_fn, steps=steps)
  values = {}
  for name in estimator.get_variable_names():
    if name in ('_CHECKPOINTABLE_OBJECT_GRAPH', 'save_counter' + ATTRIBUTE):
      continue  # what may differ from version to version
    if name.startswith('ShardedMutableHashTable'):
      continue  # its rows are in no order
    try:
      value = estimator.get_variable_value(name)
    except ValueError:
      value = None  # a part of a partitioned variable's slot
    if value is not None and value.dtype.name == 'bfloat16':
      value = value.astype(np.float32)  # numpy does not know it
    values[name] = value
  return _sorted_tables(values)


def _sorted_tables(values):
  """Tables are written in no order: brings the rows of each into one."""
  for name in [name for name in values if name.endswith('-keys')]:
    table = name.removesuffix('-keys')
    if f'{table}-values' in values:
      order = np.argsort(values[name])
      values[name] = values[name][order]
      values[f'{table}-values'] = values[f'{table}-values'][order]
  for key in list(values):
    if key.endswith('global_step' + ATTRIBUTE):
      values['global_step'] = values[key]
  return values
