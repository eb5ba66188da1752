"""Keeps functions for the sessions to come that need the same ones.

To compile a function takes longer than most calls of an Estimator take
otherwise. What was used last is kept, within limits.
"""

import collections
import hashlib
import os
import threading
from collections.abc import Callable
from typing import Any, TypeAlias

import tensorflow as tf

from tfcompat_estimator import _tf

Compiled: TypeAlias = tf.types.experimental.ConcreteFunction

# For debugging: with this variable at 0 each session compiles its own.
_SWITCH = 'TFCOMPAT_SHARED_PROGRAMS'
_MOST_FUNCTIONS = 64
# A function keeps some kilobytes for each of its operations.
_MOST_OPERATIONS = 30_000


def enabled() -> bool:
  """Whether to share at all: True unless TFCOMPAT_SHARED_PROGRAMS is 0."""
  return os.environ.get(_SWITCH, '1') != '0'


def key_of(*parts: Any) -> bytes:
  """A key of parts whose representations tell all about them.

  Where the function is called is a part of it always: the device, and the
  options that a call inside the function takes over. A context that replaces
  another one knows none of its functions.
  """
  context = _tf.eager_context()
  options = context.function_call_options
  where = (
    id(context),
    context.device_name,
    options.executor_type,
    options.config_proto_serialized,
  )
  return hashlib.sha256(repr((parts, where)).encode()).digest()


def kinds(tensors: Any) -> list[Any]:
  """What functions must know of the tensors and handles that they take."""
  return [
    (
      tensor.dtype.base_dtype.name,
      str(tensor.shape),
      _handle_data(tensor),
    )
    for tensor in tensors
  ]


def _handle_data(tensor: Any) -> bytes:
  data = getattr(tensor, '_handle_data', None)
  return data.SerializeToString(deterministic=True) if data else b''


class Cache:
  """Functions by their keys; what was used longest ago goes first.

  Args:
    most_functions: How many it keeps.
    most_operations: How many operations these may have together.
  """

  def __init__(
    self,
    most_functions: int = _MOST_FUNCTIONS,
    most_operations: int = _MOST_OPERATIONS,
  ):
    self.most_functions = most_functions
    self._most_operations = most_operations
    self._kept: collections.OrderedDict[bytes, Compiled] = (
      collections.OrderedDict()
    )
    self._operations = 0
    self._lock = threading.Lock()

  def __len__(self) -> int:
    return len(self._kept)

  def __contains__(self, key: bytes | None) -> bool:
    return key in self._kept

  def find(self, key: bytes | None) -> Compiled | None:
    """The function of a key, if it is there."""
    return self._kept.get(key) if key else None

  def get(self, key: bytes | None, make: Callable[[], Compiled]) -> Compiled:
    """The function of a key, made if it is not there; None: do not share."""
    if key is None:
      return make()
    with self._lock:
      if key in self._kept:
        self._kept.move_to_end(key)
        return self._kept[key]
    # Other threads need not wait. Should two of them make the same one, the
    # first to be done provides it.
    made = make()
    with self._lock:
      if key not in self._kept:
        self._kept[key] = made
        self._operations += _size(made)
        self._shrink()
      return self._kept.get(key, made)

  def _shrink(self) -> None:
    while self._kept and (
      len(self._kept) > self.most_functions
      or self._operations > self._most_operations
    ):
      _, dropped = self._kept.popitem(last=False)
      self._operations -= _size(dropped)

  def clear(self) -> None:
    """Forgets all of them."""
    with self._lock:
      self._kept.clear()
      self._operations = 0


def _size(compiled: Compiled) -> int:
  return len(compiled.graph.get_operations())


cache = Cache()
