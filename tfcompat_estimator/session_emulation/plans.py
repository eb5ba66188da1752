"""Remembers how fetch structures were mapped, for those that come again."""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

# Hooks may fetch a new structure in each step: what isn't asked for again must
# not pile up.
_MOST = 256


class Plan(NamedTuple):
  """How to compute a fetch structure."""

  build: Callable[[list[Any]], Any]  # from the flat values to the structure
  compute: Callable[[], list[Any]]  # the flat values
  keeps: Any  # the fetches: as long as they live, no other object has their ids


class PlanCache:
  """Plans by the structure of fetches and the identity of its leaves."""

  def __init__(self) -> None:
    self._plans: dict[Hashable, Plan] = {}

  def get(self, key: Hashable) -> Plan | None:
    return self._plans.get(key)

  def put(self, key: Hashable, plan: Plan) -> None:
    if len(self._plans) >= _MOST:
      self._plans.clear()
    self._plans[key] = plan

  def clear(self) -> None:
    self._plans.clear()


def key_of(fetches: Any) -> Hashable:
  """Equal for two fetch structures only if they fetch the same elements."""
  kind = type(fetches)
  if kind is dict:
    return (kind, *fetches, *map(key_of, fetches.values()))
  if kind is list or isinstance(fetches, tuple):
    return (kind, *map(key_of, fetches))
  if kind is str:
    return fetches
  return id(fetches)
