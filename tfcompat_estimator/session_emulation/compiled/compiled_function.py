"""Makes functions that take the resources of a session as arguments."""

import contextlib
import functools
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.compiled import call_options, shared

Body = Callable[[Sequence[tf.Tensor], Sequence[tf.Tensor]], Any]
# Those with branches, loops or calls in them, which others may wait for.
_calling: weakref.WeakSet[shared.Compiled] = weakref.WeakSet()


def compile_body(
  body: Body,
  inputs: Sequence[tf.TensorSpec],
  handles: Sequence[tf.Tensor],
  step: shared.Compiled | None = None,
) -> shared.Compiled:
  """A function of tensors and handles that holds on to neither.

  A function that captured handles would be part of a circle with them, and an
  iterator over a generator would end whenever Python's collector comes by.

  Args:
    body: Builds the function, from its inputs and the handles in it. It must
      not refer to what the function is to outlive.
    inputs: What the inputs are.
    handles: Handles of resources, as examples: others of their kind may be
      passed later.
    step: The function that this one only repeats, if it does.
  """
  kinds = [handle._handle_data for handle in handles]  # noqa: SLF001
  specs = [tf.TensorSpec(handle.shape, handle.dtype) for handle in handles]

  def built(*given: tf.Tensor) -> Any:
    placeholders = given[len(inputs) :]
    for placeholder, kind in zip(placeholders, kinds, strict=True):
      _tf.set_handle_data(placeholder, kind)
    return body(given[: len(inputs)], placeholders)

  # A function keeps the graph that is the default one when it is made.
  with _empty_graph().as_default(), _tf.eager_mode():
    compiled = tf.compat.v1.wrap_function(built, [*inputs, *specs])
  is_calling = (
    call_options.calls_functions(compiled.graph)
    if step is None
    else step in _calling
  )
  if is_calling:
    _calling.add(compiled)
  return compiled


@functools.cache
def _empty_graph() -> tf.Graph:
  return tf.Graph()


class Function:
  """A function with the handles of one session, compiled when it is needed.

  Args:
    make: Compiles it, unless another session did.
    handles: What it is called with, after its inputs.
    key: Equal for functions that may be one; None for one that is no other's.
    turn: Is held during a call, where functions must not be called at once.
    missing: The number and the name of each output that may have no value. Those
      that `may_be_nothing` have one more output each, at the end: there is a
      value, if that one is a scalar.
    count: How many outputs there are without those.
  """

  def __init__(
    self,
    make: Callable[[], shared.Compiled],
    handles: Sequence[tf.Tensor],
    key: bytes | None = None,
    turn: contextlib.AbstractContextManager[Any] | None = None,
    missing: Sequence[tuple[int, str]] = (),
    count: int | None = None,
  ):
    self._make: Callable[[], shared.Compiled] | None = make
    self._lock = threading.Lock()
    self._compiled: shared.Compiled | None = None
    self.handles = list(handles)
    self.key = key
    self.turn = turn
    self._missing = missing
    self._count = count

  def __call__(self, *inputs: tf.Tensor) -> list[tf.Tensor]:
    compiled = self._compiled or self.compiled
    if self.turn is None:
      outputs = call(compiled, [*inputs, *self.handles])
    else:
      with self.turn:
        outputs = call(compiled, [*inputs, *self.handles])
    if any(may_be_nothing(outputs[number]) for number, _ in self._missing):
      self._require_values(compiled, outputs)
    return outputs[: self._count]

  def _require_values(
    self, compiled: shared.Compiled, outputs: Sequence[tf.Tensor]
  ) -> None:
    """Raises InvalidArgumentError if an output has no value."""
    signals = iter(outputs[self._count :])
    for number, name in self._missing:
      there = outputs[number]
      if may_be_nothing(compiled.outputs[number]):
        there = next(signals)
      if may_be_nothing(there):
        raise tf.errors.InvalidArgumentError(
          None,
          None,
          f'Retval[{number}] does not have value: {{{{node {name}}}}} is in a '
          'branch that was not taken. Fetch what tf.cond or tf.case returns.',
        )

  @property
  def compiled(self) -> shared.Compiled:
    """What TensorFlow calls; must be asked for in eager mode."""
    with self._lock:  # queue runners run programs beside the training thread
      if self._make is not None:
        self._compiled = shared.cache.get(self.key, self._make)
        self._make = None
      return self._compiled

  @property
  def is_compiled(self) -> bool:
    """True if nothing has to be compiled for a call."""
    return self._compiled is not None or self.key in shared.cache

  def release(self) -> None:
    """Lets go of the handles; it cannot be called any more."""
    self._make = None
    self.handles = []


def may_be_nothing(tensor: tf.Tensor) -> bool:
  """Whether it may be what stands for a tensor without a value.

  TensorFlow (2.16 to 2.21) returns an empty vector of float32, and no error.
  """
  return tensor.dtype is tf.float32 and tensor.shape.is_compatible_with([0])


def call(
  compiled: shared.Compiled, given: Sequence[tf.Tensor]
) -> list[tf.Tensor]:
  """Calls a compiled function with its inputs and handles."""
  if compiled not in _calling:
    return _tf.call_flat(compiled, list(given))
  with call_options.waiting_for_results():
    return _tf.call_flat(compiled, list(given))
