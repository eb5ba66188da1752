"""Makes shapes as TensorFlow 1 did."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
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


def begin_whole_floats() -> Callable[[], None]:
  """Has a dimension be a float that is a whole number.

  Under Python 2 `num_units / 2` was an integer; under Python 3 it was a float
  that TensorFlow 1 took, and TensorFlow 2 does not.

  Returns:
    Undoes it.
  """
  original = tf.compat.v1.Dimension.__init__

  @functools.wraps(original)
  def make(self: Any, value: Any) -> None:
    original(self, int(value) if is_whole(value) else value)

  def end() -> None:
    tf.compat.v1.Dimension.__init__ = original

  tf.compat.v1.Dimension.__init__ = make
  return end


def is_whole(value: Any) -> bool:
  """Whether a value is a float without a fraction."""
  return isinstance(value, float | np.floating) and value == np.floor(value)
