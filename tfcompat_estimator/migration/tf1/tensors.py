"""Helpers for tensors of `tf.contrib.framework`."""

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def register_dense_tensor_like_type(unused_type: type) -> None:
  """Does nothing: TensorFlow 2 asks a type itself whether it is a tensor."""


def get_placeholders(graph: tf.Graph) -> list[tf.Tensor]:
  """The placeholders of a graph."""
  return [
    operation.outputs[0]
    for operation in graph.get_operations()
    if operation.type == 'Placeholder'
  ]


def convert_to_tensor_or_sparse_tensor(
  value: Any, dtype: Any = None, name: str | None = None
) -> Any:
  """A tensor of a value; a sparse one stays sparse."""
  if isinstance(value, tf.SparseTensor | v1.SparseTensorValue):
    return tf.SparseTensor.from_value(value)
  return tf.convert_to_tensor(value, dtype, name=name)


def assert_scalar_int(tensor: Any, name: str | None = None) -> tf.Tensor:
  """The tensor, if it is a scalar of int32 or int64.

  Raises:
    ValueError: It is not.
  """
  tensor = tf.convert_to_tensor(tensor, name=name)
  if tensor.dtype.base_dtype not in (tf.int32, tf.int64):
    raise ValueError(f'Expected int32 or int64 type, got {tensor.dtype}.')
  if tensor.shape.rank != 0:
    raise ValueError(f'Expected a scalar, got shape {tensor.shape}.')
  return tensor


def reduce_sum_n(tensors: Any, name: str | None = None) -> tf.Tensor:
  """The sum of all elements of all tensors: a scalar."""
  if not tensors:
    raise ValueError('No tensors provided.')
  with v1.name_scope(name, 'reduce_sum_n', tensors) as scope:
    sums = [tf.reduce_sum(tensor) for tensor in tensors]
    return sums[0] if len(sums) == 1 else tf.add_n(sums, name=scope)


def remove_squeezable_dimensions(
  predictions: Any, labels: Any, name: str | None = None
) -> tuple[tf.Tensor, tf.Tensor]:
  """Takes a last dimension of 1 away where the other has it not."""
  with v1.name_scope(
    name, 'remove_squeezable_dimensions', [labels, predictions]
  ):
    predictions = tf.convert_to_tensor(predictions)
    labels = tf.convert_to_tensor(labels)
    difference = (predictions.shape.rank or 0) - (labels.shape.rank or 0)
    if difference == 1 and predictions.shape[-1] in (None, 1):
      predictions = tf.squeeze(predictions, [-1])
    elif difference == -1 and labels.shape[-1] in (None, 1):
      labels = tf.squeeze(labels, [-1])
    return predictions, labels


def with_shape(expected_shape: Any, tensor: Any) -> tf.Tensor:
  """The tensor, checked to be of a shape when the program runs."""
  if isinstance(expected_shape, tf.Tensor):
    same = v1.debugging.assert_equal(tf.shape(tensor), expected_shape)
    with tf.control_dependencies([same] if same is not None else []):
      return tf.identity(tensor)
  return tf.ensure_shape(tensor, expected_shape)


def with_same_shape(expected_tensor: Any, tensor: Any) -> tf.Tensor:
  """The tensor, checked to be of the other one's shape."""
  expected = tf.convert_to_tensor(expected_tensor)
  if expected.shape.is_fully_defined():
    return with_shape(expected.shape, tensor)
  return with_shape(tf.shape(expected), tensor)
