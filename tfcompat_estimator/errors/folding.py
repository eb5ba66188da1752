"""Leaves tracebacks with the lines of the program, and errors with plain words."""

import functools
import inspect
import os
import types
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import tensorflow as tf

from tfcompat_estimator.errors import origins, translation

logging = tf.compat.v1.logging

_Function = TypeVar('_Function', bound=Callable[..., Any])
_Class = TypeVar('_Class', bound=type)
# `full` keeps all frames, and what TensorFlow said as the cause.
_SWITCH = 'TFCOMPAT_TRACEBACK'


def folded(function: _Function) -> _Function:
  """Has a public function raise errors about what the user gave.

  The types of errors stay, as does what they know. Frames of TensorFlow and of
  this package are left out, unless `TFCOMPAT_TRACEBACK` is `full`; the log has all of
  them at level debug. Generators stay generators.
  """
  name = function.__name__
  if inspect.isgeneratorfunction(function):

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Iterator[Any]:
      try:
        return (yield from function(*args, **kwargs))
      except Exception as error:  # noqa: BLE001  # all are raised again
        told = _told(error)
      try:
        raise told  # TFCOMPAT_TRACEBACK=full shows all frames
      finally:
        del told  # it refers to this frame

  else:

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
      try:
        return function(*args, **kwargs)
      except Exception as error:  # noqa: BLE001  # all are raised again
        told = _told(error)
      try:
        raise told  # TFCOMPAT_TRACEBACK=full shows all frames
      finally:
        del told  # it refers to this frame

  named: Any = wrapper
  named.__code__ = named.__code__.replace(co_name=name)
  # What looks at the arguments does not follow `__wrapped__` everywhere.
  named.__signature__ = inspect.signature(function)
  return cast('_Function', named)


def folded_methods(*names: str) -> Callable[[_Class], _Class]:
  """Does the same for methods of a class."""

  def decorate(cls: _Class) -> _Class:
    for name in names:
      setattr(cls, name, folded(vars(cls)[name]))
    return cls

  return decorate


def is_ours(module: str) -> bool:
  """Whether a module is of this package."""
  return module.partition('.')[0] == __name__.partition('.')[0]


def _told(error: Exception) -> Exception:
  """The error to raise in place of one that came up."""
  told = translation.translated(error)
  if os.environ.get(_SWITCH) == 'full':
    if told is not error:
      told.__cause__ = error
      told.__traceback__ = error.__traceback__
    return told
  if told is not error:
    told.__context__ = error
    told.__suppress_context__ = True
  trace = error.__traceback__
  if logging.get_verbosity() <= logging.DEBUG:
    logging.debug('All frames of %s:', type(error).__name__, exc_info=error)
  _fold_chain(told)
  return told.with_traceback(_without_inside(trace))


def _fold_chain(error: BaseException) -> None:
  """Folds the tracebacks of the errors that led to this one, too."""
  seen = {id(error)}
  last: BaseException | None = error
  while last is not None:
    if _is_ours(last):
      last.__suppress_context__ = True
    last = last.__cause__ or (
      None if last.__suppress_context__ else last.__context__
    )
    if last is None or id(last) in seen:
      return
    seen.add(id(last))
    last.__traceback__ = _without_inside(last.__traceback__)


def _is_ours(error: BaseException) -> bool:
  """True if no line of the program raised it itself."""
  trace = error.__traceback__
  while trace is not None and trace.tb_next is not None:
    trace = trace.tb_next
  return trace is not None and origins.is_inside(
    trace.tb_frame.f_code.co_filename
  )


def _without_inside(
  trace: types.TracebackType | None,
) -> types.TracebackType | None:
  """The frames that are of the program, in their order."""
  kept = []
  while trace is not None:
    if not origins.is_inside(trace.tb_frame.f_code.co_filename):
      kept.append(trace)
    trace = trace.tb_next
  last = None
  for entry in reversed(kept):
    last = types.TracebackType(
      last, entry.tb_frame, entry.tb_lasti, entry.tb_lineno
    )
  return last
