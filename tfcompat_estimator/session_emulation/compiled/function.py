"""Makes functions that take the resources of a session as arguments."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import tensorflow as tf

from tfcompat_estimator import _tf

Compiled: TypeAlias = tf.types.experimental.ConcreteFunction
Body = Callable[[Sequence[tf.Tensor], Sequence[tf.Tensor]], Any]


def compile_body(
  body: Body, inputs: Sequence[tf.TensorSpec], handles: Sequence[tf.Tensor]
) -> Compiled:
  """A function of tensors and handles that holds on to neither.

  A function that captured handles would be part of a circle with them, and an
  iterator over a generator would end whenever Python's collector comes by.

  Args:
    body: Builds the function, from its inputs and the handles in it. It must
      not refer to what the function is to outlive.
    inputs: What the inputs are.
    handles: Handles of resources, as examples: others of their kind may be
      passed later.
  """
  kinds = [handle._handle_data for handle in handles]  # noqa: SLF001
  specs = [tf.TensorSpec(handle.shape, handle.dtype) for handle in handles]

  def built(*given: tf.Tensor) -> Any:
    placeholders = given[len(inputs) :]
    for placeholder, kind in zip(placeholders, kinds, strict=True):
      _tf.set_handle_data(placeholder, kind)
    return body(given[: len(inputs)], placeholders)

  return tf.compat.v1.wrap_function(built, [*inputs, *specs])


class Function:
  """A compiled function with the handles of one session.

  Args:
    compiled: What `compile_body` returned.
    handles: What it is called with, after its inputs.
  """

  def __init__(self, compiled: Compiled, handles: Sequence[tf.Tensor]):
    self.compiled = compiled
    self.handles = list(handles)

  def __call__(self, *inputs: tf.Tensor) -> list[tf.Tensor]:
    return call(self.compiled, [*inputs, *self.handles])

  def release(self) -> None:
    """Lets go of the handles; it cannot be called any more."""
    self.handles = []


def call(compiled: Compiled, given: Sequence[tf.Tensor]) -> list[tf.Tensor]:
  """Calls a compiled function with its inputs and handles."""
  return _tf.call_flat(compiled, list(given))
