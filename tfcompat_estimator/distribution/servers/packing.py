"""Puts tensors into one vector of bytes, and takes them out of it again."""

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

_DTYPES = (
  tf.bfloat16,
  tf.complex64,
  tf.complex128,
  tf.float16,
  tf.float32,
  tf.float64,
  tf.int8,
  tf.int16,
  tf.int32,
  tf.int64,
  tf.uint8,
  tf.uint16,
  tf.uint32,
  tf.uint64,
)
_SIZE = tf.int64


def fits(tensor: tf.Tensor) -> bool:
  """Whether its bytes can be told apart from others: one dimension may be open."""
  if tensor.dtype not in _DTYPES or tensor.shape.rank is None:
    return False
  dims = tensor.shape.as_list()
  return None not in dims or (dims.count(None) == 1 and 0 not in dims)


def pack(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
  """The bytes of all tensors, a vector.

  Where shapes do not tell, it begins with the sizes of all parts.

  Args:
    tensors: Some tensors that fit.
  """
  parts = [tf.reshape(tf.bitcast(each, tf.uint8), [-1]) for each in tensors]
  if not all(part.shape.is_fully_defined() for part in parts):
    sizes = [tf.size(part, _SIZE) for part in parts]
    sizes.insert(0, tf.constant(_header_size(tensors), _SIZE))
    parts.insert(0, tf.reshape(tf.bitcast(tf.stack(sizes), tf.uint8), [-1]))
  return tf.concat(parts, 0)


def unpack(
  message: tf.Tensor, specs: Sequence[tf.TensorSpec]
) -> list[tf.Tensor]:
  """The tensors again.

  Args:
    message: What `pack` made of them.
    specs: What they were.
  """
  sizes = [spec.dtype.size * math.prod(_dims(spec)) for spec in specs]
  if any(size < 0 for size in sizes):
    header = tf.slice(message, [0], [_header_size(specs)])
    sizes = tf.bitcast(tf.reshape(header, [-1, _SIZE.size]), _SIZE)
    _, *parts = tf.split(message, sizes, num=len(specs) + 1)
  else:
    parts = tf.split(message, sizes)
  return [
    tf.bitcast(
      tf.reshape(part, _dims(spec) + [spec.dtype.size] * (spec.dtype.size > 1)),
      spec.dtype,
    )
    for part, spec in zip(parts, specs, strict=True)
  ]


def _dims(spec: tf.TensorSpec) -> list[int]:
  return [-1 if dim is None else dim for dim in spec.shape.as_list()]


def _header_size(parts: Sequence[Any]) -> int:
  return _SIZE.size * (len(parts) + 1)  # its own size, too
