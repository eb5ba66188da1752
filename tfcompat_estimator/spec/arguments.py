"""Reads which arguments a user's function takes."""

import functools
import inspect
from collections.abc import Callable
from typing import Any


def names(function: Callable[..., Any]) -> tuple[str, ...]:
  """The names under which arguments may be given to `function`.

  Arguments that a `functools.partial` has bound and the instance of a bound
  method do not count; nor do `*args` and `**kwargs`.

  Args:
    function: A function, method, partial or callable object.

  Returns:
    The names in their order, keyword-only ones last.

  Raises:
    TypeError: `function` is not callable.
  """
  if not callable(function):
    raise TypeError(
      f'unsupported callable: {function!r} is a {type(function).__name__}. Give '
      'a function.'
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


def pick(
  function: Callable[..., Any], available: dict[str, Any]
) -> dict[str, Any]:
  """Those of `available` that `function` takes by name."""
  taken = names(function)
  return {name: available[name] for name in available if name in taken}
