"""Says what a row of the tables of mistakes is."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Mistake(NamedTuple):
  """One mistake, and what a person reads after it.

  Attributes:
    make: Makes it, with an API and an empty folder.
    error: The type of the exception, or a tuple of types.
    says: Regular expressions that the message has a match of, each.
    lines: The most lines of the message.
    families: The APIs to make it with.
    environment: Environment variables that are set.
  """

  make: Callable[[Any, Any], Any]
  error: Any
  says: tuple[str, ...]
  lines: int = 3
  families: tuple[str, ...] = ('v1', 'v2')
  environment: Mapping[str, str] = {}
