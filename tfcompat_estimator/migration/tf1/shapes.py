"""Makes the shapes for which TensorFlow 1 had functions of their own."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def scalar() -> tf.TensorShape:
  """The shape of a scalar."""
  return tf.TensorShape([])


def vector(length: int | None) -> tf.TensorShape:
  """The shape of a vector."""
  return tf.TensorShape([length])


def matrix(rows: int | None, columns: int | None) -> tf.TensorShape:
  """The shape of a matrix."""
  return tf.TensorShape([rows, columns])


def RegisterShape(op_type: str) -> Callable[[Any], Any]:  # noqa: N802
  """Registers nothing: operations know their shapes since TensorFlow 1.0."""
  del op_type
  return lambda function: function
