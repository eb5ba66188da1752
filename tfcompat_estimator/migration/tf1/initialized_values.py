"""What variables that are resources lost: `initialized_value()`."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def begin_initialized_values() -> Callable[[], None]:
  """Has `initialized_value` work for all variables, those of Keras, too.

  TensorFlow 2 has it for variables of the first kind only: others raise
  NotImplementedError.

  Returns:
    Undoes it.
  """
  original = tf.Variable.initialized_value

  def initialized_value(self: Any) -> Any:
    with tf.init_scope():
      return v1.cond(
        v1.is_variable_initialized(self),
        self.read_value,
        lambda: self.initial_value,
      )

  def end() -> None:
    tf.Variable.initialized_value = original

  tf.Variable.initialized_value = initialized_value
  return end
