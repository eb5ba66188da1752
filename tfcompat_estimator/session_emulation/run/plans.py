"""Remembers how to compute fetches that were asked for before."""

import operator
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf

# A hook may fetch a new structure in each step, and plans that are never used
# again must not add up.
_MOST = 256


Build = Callable[[list[Any]], Any]


class Plan(NamedTuple):
  """How to compute a fetch structure from some feeds."""

  build: Build  # from the flat values, and what was fed, to the structure
  compute: Callable[..., list[Any]]  # from the fed tensors to the flat values
  keeps: (
    Any  # the fetches, alive: keys have their ids, which are not used again
  )


class PlanCache:
  """Plans by the structure of fetches, its leaves and the names of feeds."""

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


def builder(
  session: Any, fetches: Any, fed: Sequence[tf.Tensor] = ()
) -> tuple[_tf.FetchHandler, Build]:
  """What tells the flat fetches, and what puts values into their structure.

  TensorFlow's handler can do that too, but it walks through the structure
  anew in each run. Here it is called once, with marks in place of the values:
  where it puts each mark is where the value goes in later runs.

  Args:
    session: Has the graph.
    fetches: The structure.
    fed: The tensors that are fed. Their values follow those of the fetches.
  """

  def handler_of(values: Sequence[Any]) -> _tf.FetchHandler:
    shown = {t.ref(): v for t, v in zip(fed, values, strict=True)}
    return _tf.FetchHandler(session.graph, fetches, shown)

  def as_handler(values: list[Any]) -> Any:
    handler = handler_of(values[count:])
    return handler.build_results(session, values[:count])

  handler = handler_of([_Mark(0) for _ in fed])
  count = len(handler.fetches())
  marks = [_Mark(index) for index in range(count + len(fed))]
  try:
    marked = as_handler(marks)
    build = _builder_of(marked)
    return handler, build if build(marks) == marked else as_handler
  except Exception:  # noqa: BLE001 - some structures take numbers only
    return handler, as_handler


class _Mark(NamedTuple):
  """Stands for one of the flat values."""

  number: int


def _builder_of(marked: Any) -> Build:
  """What makes such a structure of values.

  Raises:
    TypeError: If there is no telling what the structure is made of.
  """
  kind = type(marked)
  if kind is _Mark:
    return operator.itemgetter(marked.number)
  if marked is None:
    return lambda _: None
  if kind is dict:
    entries = [(key, _builder_of(part)) for key, part in marked.items()]
    return lambda values: {key: build(values) for key, build in entries}
  if kind is not list and not isinstance(marked, tuple):
    raise TypeError(f'{kind} is no structure of fetches')
  parts = [_builder_of(part) for part in marked]
  if kind is list:
    return lambda values: [build(values) for build in parts]
  if kind is tuple:
    return lambda values: tuple([build(values) for build in parts])
  return lambda values: kind(*[build(values) for build in parts])
