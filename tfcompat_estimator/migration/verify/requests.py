"""Makes what signatures are called with: from files, or from their own specs."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1

_SEED = 42
_SIZE = 8  # of a batch that is made here
_WORDS = (b'a', b'b', b'c')
# Where TensorFlow Serving looks for requests to begin with.
_WARM_UP = os.path.join('assets.extra', 'tf_serving_warmup_requests')

Request = Mapping[str, Any]


def made(graph: tf.Graph, inputs: Mapping[str, tf.Tensor]) -> Request:
  """A request made from the specs of a signature; each time the same.

  Args:
    graph: Of the model.
    inputs: The tensors that are fed, by key.
  """
  random = np.random.RandomState(_SEED)
  return {key: _values(random, graph, inputs[key]) for key in sorted(inputs)}


def of_examples(
  records: Sequence[bytes], inputs: Mapping[str, tf.Tensor]
) -> Request:
  """A request of records, which are serialized `tf.Example`s.

  Args:
    records: The records.
    inputs: The tensors that are fed, by key. The only one, of strings, gets the
      records themselves; several get the features of their names.

  Raises:
    ValueError: An example lacks one of the inputs.
  """
  if len(inputs) == 1 and next(iter(inputs.values())).dtype == tf.string:
    tensor = next(iter(inputs.values()))
    if tensor.shape.rank in (None, 1):
      return {next(iter(inputs)): np.array(records, object)}
  examples = [tf.train.Example.FromString(record) for record in records]
  return {key: _column(examples, key, tensor) for key, tensor in inputs.items()}


def of_warm_up(export: str) -> Iterator[tuple[str, Request]]:
  """The warm-up requests in an export: pairs of signature and request.

  Raises:
    ImportError: There are some, but tensorflow-serving-api is not installed.
  """
  path = os.path.join(export, _WARM_UP)
  if not tf.io.gfile.exists(path):
    return
  from tensorflow_serving.apis import prediction_log_pb2

  default = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
  for record in v1.io.tf_record_iterator(path):
    log = prediction_log_pb2.PredictionLog.FromString(record)
    kind = log.WhichOneof('log_type')
    request = getattr(getattr(log, kind), 'request', None) if kind else None
    if request is None:
      continue
    name = request.model_spec.signature_name or default
    if kind == 'predict_log':
      yield name, {k: tf.make_ndarray(v) for k, v in request.inputs.items()}
    elif kind in ('classify_log', 'regress_log'):
      examples = request.input.example_list.examples
      serialized = [example.SerializeToString() for example in examples]
      yield name, {'inputs': np.array(serialized, object)}


def read(path: str, limit: int) -> list[bytes]:
  """The first records of a TFRecord file.

  Raises:
    ValueError: It has none.
  """
  records = []
  for record in v1.io.tf_record_iterator(path):
    records.append(record)
    if len(records) == limit:
      break
  if not records:
    raise ValueError(
      f'{path} has no records. Give a TFRecord file of tf.Examples.'
    )
  return records


def _column(examples: Sequence[Any], key: str, tensor: tf.Tensor) -> np.ndarray:
  rows = []
  for example in examples:
    feature = example.features.feature.get(key)
    kind = feature and feature.WhichOneof('kind')
    if not kind:
      raise ValueError(f'An example has no feature {key!r}, which is an input.')
    rows.append(getattr(feature, kind).value[:])
  dtype = object if tensor.dtype == tf.string else tensor.dtype.as_numpy_dtype
  sizes = tensor.shape.as_list()[1:] if tensor.shape.rank else [-1]
  shape = [len(rows), *(-1 if size is None else size for size in sizes)]
  return np.array(rows, dtype).reshape(shape)


def _values(
  random: np.random.RandomState, graph: tf.Graph, tensor: tf.Tensor
) -> np.ndarray:
  dtype = tensor.dtype
  if dtype == tf.string:
    for operation in tensor.consumers():
      if operation.type.startswith('ParseExample'):
        return _examples(random, operation)
  sizes = tensor.shape.as_list() if tensor.shape.rank is not None else [None]
  shape = [
    size if size is not None else (_SIZE if axis == 0 else 3)
    for axis, size in enumerate(sizes)
  ]
  return _random(random, dtype, shape)


def _random(
  random: np.random.RandomState, dtype: tf.DType, shape: Sequence[int]
) -> np.ndarray:
  if dtype == tf.string:
    return random.choice(np.array(_WORDS, object), shape)
  if dtype == tf.bool:
    return random.randint(0, 2, shape).astype(bool)
  if dtype.is_integer:
    return random.randint(0, 3, shape).astype(dtype.as_numpy_dtype)
  return random.normal(size=shape).astype(dtype.as_numpy_dtype)


def _examples(
  random: np.random.RandomState, operation: tf.Operation
) -> np.ndarray:
  """Serialized examples of the features that an operation parses."""
  features = list(_features(operation))
  serialized = []
  for _ in range(_SIZE):
    example = tf.train.Example()
    for key, dtype, shape in features:
      size = [1 if n is None or n < 0 else n for n in shape]
      values = _random(random, dtype, [int(np.prod(size))]).tolist()
      feature = example.features.feature[key]
      if dtype == tf.string:
        feature.bytes_list.value.extend(values)
      elif dtype.is_integer:
        feature.int64_list.value.extend(values)
      else:
        feature.float_list.value.extend(values)
    serialized.append(example.SerializeToString(deterministic=True))
  return np.array(serialized, object)


def _features(
  operation: tf.Operation,
) -> Iterator[tuple[str, tf.DType, Sequence[int | None]]]:
  """Keys, dtypes and shapes that a ParseExample operation has."""
  sparse_types = operation.get_attr('sparse_types')
  dense_types = operation.get_attr('Tdense')
  inputs = list(operation.inputs)
  if operation.type == 'ParseExampleV2':
    sparse = _strings(inputs[2])
    dense = _strings(inputs[3])
  else:
    keys = [_strings(tensor) for tensor in inputs[2:]]
    sparse = [k for ks in keys[: len(sparse_types)] for k in ks]
    dense = [
      k for ks in keys[len(sparse) : len(sparse) + len(dense_types)] for k in ks
    ]
  shapes = operation.get_attr('dense_shapes')
  for key, dtype in zip(sparse, sparse_types, strict=True):
    yield key, tf.as_dtype(dtype), (1,)
  for key, dtype, shape in zip(dense, dense_types, shapes, strict=True):
    yield key, tf.as_dtype(dtype), tf.TensorShape(shape).as_list()


def _strings(tensor: tf.Tensor) -> list[str]:
  value = tf.get_static_value(tensor)
  if value is None or value.dtype != object:
    return []
  return [tf.compat.as_str(key) for key in np.ravel(value)]
