"""Checks numbers that users give."""

from typing import Any


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
