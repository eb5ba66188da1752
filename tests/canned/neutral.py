"""Makes objects of the contract's neutral JSON, and input functions of its data.

    {"$call": "tf.estimator.DNNClassifier", "args": [...], "kwargs": {...}}

is a call; {"$sym": path} a symbol; {"$named_call": name} a function of the
generator of the contract; {"$constructor": spec} a function that makes it.
"""

import functools
import pathlib

import numpy as np
import tensorflow as tf
import tf_keras

from tfcompat_estimator.canned import baseline, dnn, dnn_linear_combined, linear
from tfcompat_estimator.heads import (
  binary_class,
  multi_class,
  multi_head,
  multi_label,
  regression,
  v1_heads,
)
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1

ROOT = pathlib.Path(__file__).parent.parent
GOLDENS = ROOT / 'goldens'
VOCABULARY = ROOT / 'contract' / 'vocab.txt'

_CANNED = (dnn, linear, dnn_linear_combined, baseline)
_SHARED = (
  binary_class,
  multi_class,
  multi_head,
  multi_label,
  regression,
  run_config,
)
_PRIVATE_V1_HEADS = {
  'bin': v1_heads.binary_logistic_head_with_sigmoid_cross_entropy_loss,
  'multi': lambda: v1_heads.multi_class_head_with_softmax_cross_entropy_loss(3),
  'reg': v1_heads.regression_head,
}
_NAMED_CALLS = {'private_v1_head': lambda kind: _PRIVATE_V1_HEADS[kind]()}


def resolve(path):
  """The object that the reference has at `path`: ours, or TensorFlow's."""
  scope, _, name = path.rpartition('.')
  if scope in ('tf.estimator', 'tf.compat.v1.estimator'):
    canned_name = name + 'V2' if scope == 'tf.estimator' else name
    for module in _CANNED:
      if hasattr(module, canned_name):
        return getattr(module, canned_name)
    return next(getattr(m, name) for m in _SHARED if hasattr(m, name))
  root, parts = tf, path.split('.')[1:]
  if parts[0] == 'keras':
    root, parts = tf_keras, parts[1:]
  return functools.reduce(getattr, parts, root)


def build(spec):
  """The object that a neutral spec describes."""
  if isinstance(spec, list):
    return [build(item) for item in spec]
  if not isinstance(spec, dict):
    return str(VOCABULARY) if spec == 'gen/vocab.txt' else spec
  if '$call' in spec:
    return resolve(spec['$call'])(
      *build(spec.get('args', [])), **build(spec.get('kwargs', {}))
    )
  if '$sym' in spec:
    return resolve(spec['$sym'])
  if '$named_call' in spec:
    return _NAMED_CALLS[spec['$named_call']](**spec.get('kwargs', {}))
  if '$tuple' in spec:
    return tuple(build(spec['$tuple']))
  if '$constructor' in spec:
    return lambda: build(spec['$constructor'])
  return {key: build(value) for key, value in spec.items()}


def build_estimator(ctor, model_dir, shared=None, **overrides):
  """The estimator of a neutral constructor call, in `model_dir`."""
  kwargs = build({**ctor['kwargs'], **overrides})
  if shared:
    with tf.Graph().as_default():
      columns = resolve(shared)(
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
  return resolve(ctor['$call'])(model_dir=model_dir, **kwargs)


@functools.cache
def data():
  """The rows that the reference was trained on: name to array."""
  with np.load(GOLDENS / 'data.npz') as arrays:
    return dict(arrays)


def rows(kind, key, start=0, stop=None):
  """Rows of a feature or label; strings as objects."""
  array = data()[f'{kind}/{key}'][start:stop]
  return array.astype(object) if array.dtype.kind == 'S' else array


def input_fn(
  feature_keys, label, batch_size=16, epochs=None, start=0, stop=None
):
  """An input function over the rows, in order; without labels if None."""

  def make():
    source = {key: rows('feature', key, start, stop) for key in feature_keys}
    if isinstance(label, dict):
      labels = {k: rows('label', v, start, stop) for k, v in label.items()}
    elif label is not None:
      labels = rows('label', label, start, stop)
    if label is not None:
      source = (source, labels)
    dataset = tf.data.Dataset.from_tensor_slices(source)
    return dataset.repeat(epochs).batch(batch_size)

  return make
