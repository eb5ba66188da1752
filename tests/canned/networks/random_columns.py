"""Random feature columns and features, with TensorFlow's own networks of them."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from hypothesis import strategies as st

from tfcompat_estimator.canned.networks import (
  families,
  input_layer,
  linear_network,
  network,
)
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
fc = tf.feature_column
WORDS = [b'a', b'b', b'c', b'oov', b'', b'a']
# Values of each kind of feature, missing ones and some out of range among them.
VALUES = {
  'word': st.sampled_from(WORDS),
  'long': st.integers(-2, 6),
  'short': st.integers(-1, 4),
  'number': st.integers(-3, 3).map(lambda n: n / 2),
}
DTYPES = {
  'word': tf.string,
  'long': tf.int64,
  'short': tf.int32,
  'number': tf.float32,
}
KEYS = {'word': 'st', 'long': 'ij', 'short': 'kl', 'number': 'fg'}
FORMS = ('vector', 'column', 'column', 'wide', 'sparse', 'ragged')
COMBINERS = ('sum', 'mean', 'sqrtn')


# --- features -------------------------------------------------------------------


@st.composite
def features(draw):
  """{key: (kind, form, rows)}; a row is a list of values."""
  size = draw(st.sampled_from([0, 1, 2, 4, 6]))
  found = {}
  for kind, keys in KEYS.items():
    for key in keys:
      form = draw(st.sampled_from(FORMS))
      if kind == 'number':
        form = 'vector' if key == 'f' and form != 'column' else 'column'
      width = 2 if form == 'wide' else 1
      lengths = st.just(width)
      if form in ('sparse', 'ragged'):
        lengths = st.integers(0, 3)
      rows = st.lists(
        lengths.flatmap(
          lambda n, kind=kind: st.lists(VALUES[kind], min_size=n, max_size=n)
        ),
        min_size=size,
        max_size=size,
      )
      found[key] = kind, form, draw(rows)
  return found


def tensors(drawn, ragged):
  """The features as tensors; ragged ones as sparse ones if not `ragged`."""
  return {key: _tensor(*rest, ragged) for key, rest in drawn.items()}


def _tensor(kind, form, rows, ragged):
  dtype = DTYPES[kind]
  if form in ('sparse', 'ragged'):
    flat = [value for row in rows for value in row]
    made = tf.RaggedTensor.from_row_lengths(
      tf.constant(flat, dtype, [len(flat)]),
      tf.constant([len(row) for row in rows], tf.int64, [len(rows)]),
    )
    return made if form == 'ragged' and ragged else made.to_sparse()
  width = 2 if form == 'wide' else 1
  dense = tf.constant(rows, dtype, [len(rows), width])
  return tf.reshape(dense, [-1]) if form == 'vector' else dense


# --- columns --------------------------------------------------------------------


def _text_or_number(draw):
  kind = draw(st.sampled_from(['word', 'word', 'long', 'short']))
  return kind, draw(st.sampled_from(KEYS[kind]))


def _identity(draw):
  kind = draw(st.sampled_from(['long', 'short']))
  default = draw(st.sampled_from([None, 0, 2]))
  key = draw(st.sampled_from(KEYS[kind]))
  return fc.categorical_column_with_identity(
    key, 7 if default is None else 4, default
  )


def _hashed(draw):
  kind, key = _text_or_number(draw)
  return fc.categorical_column_with_hash_bucket(
    key, draw(st.integers(2, 9)), DTYPES[kind]
  )


def _vocabulary(draw):
  kind, key = _text_or_number(draw)
  words = ['a', 'b', 'c'] if kind == 'word' else [3, 0, 1]
  how = draw(
    st.sampled_from([{}, {'num_oov_buckets': 2}, {'default_value': 1}])
  )
  if kind == 'short':
    how = {**how, 'dtype': tf.int32}
  return fc.categorical_column_with_vocabulary_list(key, words, **how)


def _bucketized(draw):
  key = draw(st.sampled_from(KEYS['number']))
  halved = draw(st.booleans())
  numbers = fc.numeric_column(
    key, normalizer_fn=(lambda x: x * 0.5) if halved else None
  )
  return fc.bucketized_column(numbers, [-0.5, 0.0, 1.0])


def _crossed(draw, depth=0):
  keys = []
  for _ in range(draw(st.integers(2, 3))):
    what = draw(st.sampled_from(['raw', 'raw', 'bucket', 'column', 'cross']))
    if what == 'raw':
      keys.append(draw(st.sampled_from('stijkl')))
    elif what == 'bucket':
      keys.append(_bucketized(draw))
    elif what == 'cross' and not depth:
      keys.append(_crossed(draw, 1))
    else:
      keys.append(draw(st.sampled_from([_identity, _vocabulary]))(draw))
  return fc.crossed_column(
    keys, draw(st.integers(2, 20)), draw(st.sampled_from([None, 7]))
  )


def _weighted(draw):
  column = draw(st.sampled_from([_identity, _vocabulary, _hashed]))(draw)
  return fc.weighted_categorical_column(column, 'weights')


CATEGORICAL = (_identity, _hashed, _vocabulary, _bucketized, _crossed)


def _values(shape, dtype=tf.float32, partition_info=None):
  """An initializer: other values for each row, the same in both networks."""
  size = int(np.prod(shape))
  rows = np.sin(np.arange(size) * 1.7 + shape[0]).reshape(shape)
  return tf.constant(rows, dtype)


def _embedding(draw):
  column = draw(st.sampled_from(CATEGORICAL[:-2] + (_crossed, _weighted)))(draw)
  return fc.embedding_column(
    column,
    draw(st.integers(1, 3)),
    draw(st.sampled_from(COMBINERS)),
    _values,
    max_norm=draw(st.sampled_from([None, None, 0.5])),
  )


def _indicator(draw):
  column = draw(st.sampled_from([_identity, _hashed, _vocabulary, _crossed]))
  return fc.indicator_column(column(draw))


def _numeric(draw):
  return fc.numeric_column(draw(st.sampled_from('fg')))


@st.composite
def wide(draw):
  """Columns of a linear model."""
  makers = st.sampled_from([*CATEGORICAL, *CATEGORICAL, _weighted, _numeric])
  return [draw(makers)(draw) for _ in range(draw(st.integers(1, 3)))]


@st.composite
def deep(draw):
  """Columns of an input layer; some share an embedding."""
  makers = st.sampled_from(
    [_embedding, _embedding, _indicator, _numeric, _bucketized]
  )
  columns = [draw(makers)(draw) for _ in range(draw(st.integers(1, 3)))]
  if draw(st.integers(0, 3)) == 0:
    both = [
      fc.categorical_column_with_hash_bucket(key, 5) for key in KEYS['word']
    ]
    with tf.Graph().as_default():  # where TF 1's may be made
      columns += v1.feature_column.shared_embedding_columns(
        both,
        2,
        draw(st.sampled_from(COMBINERS)),
        _values,
        max_norm=draw(st.sampled_from([None, 0.7])),
      )
  return columns


# --- networks -------------------------------------------------------------------


class Outcome(NamedTuple):
  """What a network made: an error's type, or its values and gradients."""

  error: str | None
  values: np.ndarray | None = None
  gradients: list | None = None


def ours(columns, is_deep, given, training, combiner, family):
  """By this package's networks."""
  if is_deep:
    return input_layer.build(
      family, given, columns, training, network.Recorder()
    )
  build = linear_network.build(family, 2, columns, combiner)
  return build(given, 'train' if training else 'eval').logits


def tensorflows(columns, is_deep, given, training, combiner, family):
  """By TensorFlow's."""
  del training, family
  if is_deep:
    return v1.feature_column.input_layer(given, columns)
  return v1.feature_column.linear_model(
    given, columns, 2, sparse_combiner=combiner
  )


def outcome(build, columns, is_deep, drawn, training, combiner):
  """Builds and runs one of the two."""
  try:
    with (
      tf.Graph().as_default() as graph,
      emulated_session.EmulatedSession(graph) as session,
    ):
      given = tensors(drawn, ragged=build is ours)
      given['weights'] = _weights(columns, given)
      given = {k: v for k, v in given.items() if v is not None}
      family = families.V2 if len(columns) % 2 else families.V1
      out = build(columns, is_deep, given, training, combiner, family)
      variables = v1.trainable_variables()
      # Not the same for each element, so that rows count.
      slope = tf.cast(tf.range(tf.size(out)) % 7, tf.float32)
      total = tf.reduce_sum(tf.reshape(out, [-1]) * (slope + 1.0))
      gradients = [
        tf.convert_to_tensor(g)
        for g in tf.gradients(total, variables)
        if g is not None
      ]
      session.run([v1.global_variables_initializer(), v1.tables_initializer()])
      if not is_deep:
        session.run([v.assign(_values(v.shape)) for v in variables])
      values, slopes = session.run([out, gradients])
      # Names differ in their scopes, not in their order.
      return Outcome(None, values, slopes)
  except (ValueError, TypeError, tf.errors.OpError) as error:
    return Outcome(type(error).__name__)


def _weights(columns, given):
  """A weight for each value of the first weighted column's feature."""
  for column in columns:
    inner = getattr(column, 'categorical_column', column)
    while inner is not None and not hasattr(inner, 'weight_feature_key'):
      inner = getattr(inner, 'categorical_column', None)
    if inner is None:
      continue
    feature = given[inner.categorical_column.key]
    if isinstance(feature, tf.RaggedTensor):
      return tf.RaggedTensor.from_row_splits(
        tf.range(1.0, tf.cast(tf.size(feature.values), tf.float32) + 1.0),
        feature.row_splits,
      )
    if isinstance(feature, tf.SparseTensor):
      numbers = tf.range(1.0, tf.cast(tf.size(feature.values), tf.float32) + 1)
      return tf.SparseTensor(feature.indices, numbers, feature.dense_shape)
    numbers = tf.range(1.0, tf.cast(tf.size(feature), tf.float32) + 1.0)
    return tf.reshape(numbers, tf.shape(feature))
  return None
