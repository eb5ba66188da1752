"""Runs the contract's configurations of k-means, RNNs and SDCA, once each.

As `descriptors` does for the others, from `contract/canned_experimental.jsonl`.
Sequences are fed as sparse tensors, padded in the data to four steps.
"""

import functools
import json

import numpy as np
import tensorflow as tf
import tf_keras

from tests.canned import descriptors, neutral
from tests.parity.programs import resume
from tfcompat_estimator.canned import kmeans, linear, rnn
from tfcompat_estimator.heads import regression, sequential
from tfcompat_estimator.saved_models import receivers

v1 = tf.compat.v1

_CLASSES = {
  'tf.estimator.experimental.LinearSDCA': linear.LinearSDCA,
  'tf.estimator.experimental.RNNClassifier': rnn.RNNClassifier,
  'tf.estimator.experimental.RNNEstimator': rnn.RNNEstimator,
  'tf.compat.v1.estimator.experimental.KMeans': kmeans.KMeansClustering,
}


def stacked_cell():
  return tf_keras.layers.StackedRNNCells(
    [tf_keras.layers.LSTMCell(4), tf_keras.layers.GRUCell(3)]
  )


def sequential_head():
  return sequential.SequentialHeadWrapper(
    regression.RegressionHead(), sequence_length_mask='sequence_mask'
  )


_NAMED = {
  'stacked_cell_fn': lambda: stacked_cell,
  'private_seq_head': sequential_head,
  'init_centers': lambda: np.array([[1, 0, 0], [-1, 0, 0]], np.float32),
}


@functools.cache
def entries():
  """The contract's entry of each configuration, by its name."""
  path = neutral.ROOT / 'contract' / 'canned_experimental.jsonl'
  parsed = [json.loads(line) for line in path.read_text().splitlines()]
  return {entry['name']: entry for entry in parsed}


def build(spec):
  """What `neutral.build` makes, of names that it does not know as well."""
  if isinstance(spec, list):
    return [build(item) for item in spec]
  if not isinstance(spec, dict):
    return spec
  for key in ('$named', '$named_call'):
    if key in spec:
      return _NAMED[spec[key]]()
  if '$call' in spec:
    make = _CLASSES.get(spec['$call']) or neutral.resolve(spec['$call'])
    return make(*build(spec.get('args', [])), **build(spec.get('kwargs', {})))
  return {key: build(value) for key, value in spec.items()}


def build_estimator(ctor, model_dir, shared=None, **overrides):
  """The estimator of a neutral constructor call, in `model_dir`."""
  assert shared is None
  kwargs = {**ctor['kwargs'], **overrides, 'model_dir': model_dir}
  return build({**ctor, 'kwargs': kwargs})


def input_fn(feature_keys, label, **kwargs):
  """As `neutral.input_fn`, sequences as sparse tensors."""
  if not set(feature_keys) & set(resume.SEQUENCES):
    return neutral.input_fn(feature_keys, label, **kwargs)
  make_dense = neutral.input_fn([*feature_keys, 'seqlen'], label, **kwargs)

  def make():
    if label is None:
      return make_dense().map(resume.to_sparse)
    return make_dense().map(lambda features, y: (resume.to_sparse(features), y))

  return make


class Run(descriptors.Run):
  """A configuration that has been trained, evaluated and asked."""

  entries = staticmethod(entries)
  build_estimator = staticmethod(build_estimator)
  input_fn = staticmethod(input_fn)

  @functools.cached_property
  def raw_export(self):
    """The SavedModel exported with a placeholder for each feature."""
    keys = self.entry['features']
    if set(keys) & set(resume.SEQUENCES):
      return self._export(functools.partial(sparse_receiver, keys))
    with tf.init_scope():
      features = {
        key: descriptors.nameless(neutral.rows('feature', key, 0, 1))
        for key in keys
      }
      receiver_fn = receivers.build_raw_serving_input_receiver_fn(features)
    return self._export(receiver_fn)


def sparse_receiver(keys):
  """Placeholders for features, of any number of steps for sequences."""
  features = {}
  for key in keys:
    rows = neutral.rows('feature', key, 0, 1)
    dtype = tf.constant(rows).dtype
    features[key] = (
      v1.sparse_placeholder(dtype, [None, None], name=key)
      if key in resume.SEQUENCES
      else v1.placeholder(dtype, [None, *rows.shape[1:]], name=key)
    )
  return receivers.ServingInputReceiver(features, dict(features))
