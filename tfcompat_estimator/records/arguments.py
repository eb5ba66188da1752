"""Reads what users' functions take, and checks what users give."""

import functools
import inspect
import numbers
import os
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf

_LONGEST = 80  # of a value that an error shows


def names(
  function: Callable[..., Any], argument: str = 'argument'
) -> tuple[str, ...]:
  """The names under which arguments may be given to `function`.

  Arguments that a `functools.partial` has bound and the instance of a bound
  method do not count; nor do `*args` and `**kwargs`.

  Args:
    function: A function, method, partial or callable object.
    argument: What it was given for, in the words of the error.

  Returns:
    The names in their order, keyword-only ones last.

  Raises:
    TypeError: `function` is not callable.
  """
  if not callable(function):
    raise TypeError(
      f'{argument} is an unsupported callable: {brief(function)} is a '
      f'{type(function).__name__}. Give a function'
      + (' that returns it: lambda: ... .' if function is not None else '.')
    )
  if isinstance(function, functools.partial):
    free = names(function.func)[len(function.args) :]
    return tuple(name for name in free if name not in function.keywords)
  target: Any = function
  if not inspect.isroutine(function) and not inspect.isclass(function):
    target = function.__call__  # type: ignore[operator]
  spec = inspect.getfullargspec(target)
  positional = spec.args
  if inspect.ismethod(target) or inspect.isclass(target):
    positional = positional[1:]
  return (*positional, *spec.kwonlyargs)


def brief(value: Any) -> str:
  """The value in one line, cut where it is long."""
  text = ' '.join(repr(value).split())
  return text if len(text) <= _LONGEST else f'{text[:_LONGEST]}...'


def pick(
  function: Callable[..., Any],
  available: dict[str, Any],
  argument: str = 'argument',
) -> dict[str, Any]:
  """Those of `available` that `function` takes by name."""
  taken = names(function, argument)
  return {name: available[name] for name in available if name in taken}


def positive_integer(name: str, value: Any) -> None:
  """Raises unless the argument of that name is an int above 0.

  Raises:
    TypeError: It is no int.
    ValueError: It is below 1.
  """
  if not isinstance(value, int) or isinstance(value, bool):
    raise TypeError(f'`{name}` ({value!r}) must be an integer.')
  if value <= 0:
    raise ValueError(f'`{name}` ({value}) must be positive.')


def size(name: str, value: Any, *, truncates: bool = False) -> int:
  """A size as an int: 16, 16.0, one of numpy, or '16', as flags are split.

  Args:
    name: Of the argument, for messages.
    value: What the user gave.
    truncates: Whether 16.5 is 16, as int() has it, rather than an error.

  Raises:
    ValueError: It is a text that is no integer.
    TypeError: It is nothing that has such a value.
  """
  wrong = f'`{name}` ({value!r}) must be an integer.'
  if isinstance(value, str | bytes):
    try:
      return int(value)
    except ValueError as error:
      raise ValueError(wrong) from error
  # Zero-dimensional arrays are no numbers to Python.
  value = getattr(value, 'item', lambda: value)()
  if isinstance(value, numbers.Integral):
    return int(value)
  if isinstance(value, float) and (truncates or value.is_integer()):
    return int(value)
  raise TypeError(wrong)


def steps(name: str, value: Any) -> None:
  """Checks a number of steps or batches, None if it isn't limited.

  Raises:
    TypeError: It is no number.
    ValueError: It is 0 or less.
  """
  if value is None:
    return
  if isinstance(value, str | bytes) or not hasattr(value, '__float__'):
    raise TypeError(
      f'`{name}` ({value!r}) must be a number of steps, or None for no limit.'
    )
  if not value > 0:
    raise ValueError(f'Must specify {name} > 0, given: {value}')


def as_path(path: Any) -> Any:
  """A path as a str; anything else, such as None, as it is.

  `export_saved_model` returns bytes, and TensorFlow's own functions take them.
  """
  path = tf.compat.path_to_str(path)
  if isinstance(path, bytes):
    return os.fsdecode(path)
  return path


v1 = tf.compat.v1

_METHODS = ('begin', 'after_create_session', 'before_run', 'after_run', 'end')


def is_hook(value: Any) -> bool:
  """True for a `SessionRunHook`, and for any object with its methods."""
  if isinstance(value, v1.train.SessionRunHook):
    return True
  return not isinstance(value, type) and all(
    callable(getattr(value, name, None)) for name in _METHODS
  )


def as_list(name: str, value: Any, kind: type) -> list[Any]:
  """What was given for an argument that is an iterable or None, as a list.

  Args:
    name: The argument.
    value: What was given.
    kind: Of what it should have.

  Raises:
    TypeError: It is one object of the kind, or cannot be iterated over.
  """
  if value is None:
    return []
  is_one = isinstance(value, kind)
  if is_one or not hasattr(value, '__iter__'):
    raise TypeError(
      f'`{name}` ({value!r}) must be a list of {kind.__name__} objects: '
      f'{type(value).__name__!r} object is not iterable'
      + ('. Put it in one: [...].' if is_one else '.')
    )
  return list(value)


def checked_hooks(hooks: Iterable[Any] | None, rule: str) -> tuple[Any, ...]:
  """The hooks as a tuple.

  Args:
    hooks: What was given, or None.
    rule: What they must be, as the error begins.

  Raises:
    TypeError: One of them is no hook.
  """
  hooks = tuple(as_list('hooks', hooks, v1.train.SessionRunHook))
  for hook in hooks:
    if not is_hook(hook):
      raise TypeError(
        f'{rule}, given: {hook}. Derive its class from '
        'tf.estimator.SessionRunHook.'
      )
  return hooks


def checked_listeners(
  listeners: Iterable[Any] | None,
) -> list[v1.train.CheckpointSaverListener]:
  """The listeners as a list.

  Raises:
    TypeError: One of them is no CheckpointSaverListener.
  """
  listeners = as_list(
    'saving_listeners', listeners, v1.train.CheckpointSaverListener
  )
  for listener in listeners:
    if not isinstance(listener, v1.train.CheckpointSaverListener):
      raise TypeError(
        'saving_listeners must be a list of CheckpointSaverListener, given: '
        f'{listener}'
      )
  return listeners


_MEMBERS = (
  'config',
  'model_dir',
  'eval_dir',
  'train',
  'evaluate',
  'predict',
  'latest_checkpoint',
)


def is_estimator(value: Any) -> bool:
  """Whether `value` is an object, not a class, with an Estimator's members."""
  return not isinstance(value, type) and all(
    hasattr(value, name) for name in _MEMBERS
  )
