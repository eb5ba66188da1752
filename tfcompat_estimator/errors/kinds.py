"""Makes an error of the same kind as another, with a message of its own."""

from typing import Any

import tensorflow as tf


class Told(Exception):  # noqa: N818  # it is the errors that derive from it
  """An error whose text is what it was given, and no more.

  Attributes:
    told: The text.
  """

  told = ''

  def __str__(self) -> str:
    return self.told

  def __reduce__(self) -> Any:
    # Graphs cannot be pickled, nor can classes made here.
    if isinstance(self, tf.errors.OpError):
      return _plain(type(self)), (None, None, self.told)
    return RuntimeError, (self.told,)


_kinds: dict[Any, Any] = {}


def retold(error: Exception, text: str) -> Exception:
  """An error of the type of `error`, and of `Told`, with another text.

  Args:
    error: An `OpError`, or an error that is made without arguments.
    text: What it says.
  """
  told: Any
  if isinstance(error, tf.errors.OpError):
    told = _told(type(error))(
      error.node_def, error.op, text, error.experimental_payloads
    )
  else:
    told = _told(type(error))(*error.args)
  told.told = text
  return told


def _told(kind: Any) -> Any:
  if kind not in _kinds:
    names = {'__module__': kind.__module__, '__qualname__': kind.__qualname__}
    _kinds[kind] = type(kind.__name__, (Told, kind), names)
  return _kinds[kind]


def _plain(kind: type) -> type:
  return next(base for base in kind.__mro__[1:] if base is not Told)
