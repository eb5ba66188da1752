"""Breaks the engine in known ways, and tells when random programs find it.

    python -m tests.fuzz.faults MODE

prints a JSON object: of each fault of the mode, the number of the first program that
shows it, or null.
"""

import functools
import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple
from unittest import mock

from tests.fuzz import drawing, judge, modes
from tfcompat_estimator.session_emulation.compiled import (
  compiled_function,
  shared,
)
from tfcompat_estimator.session_emulation.passes import (
  precedence,
  random_streams,
  references,
  unique_ids,
)
from tfcompat_estimator.session_emulation.run import (
  emulated_session,
  feeds,
  program,
  resource_table,
)

SEED = 28


class Fault(NamedTuple):
  """A way to break the engine.

  Attributes:
    what: What is wrong then.
    mode: A key of `modes.MODES`.
    numbers: Which programs of SEED look for it: from shortly before the first that
      shows it, so that nobody runs those before.
    plant: Breaks it, in a context.
    shows: Whether it is found at all: not if it changes no number.
  """

  what: str
  mode: str
  numbers: range
  plant: Callable[[], AbstractContextManager]
  shows: bool = True


def without(name):
  """Leaves a pass out."""
  return lambda: mock.patch.dict(os.environ, {'TFCOMPAT_WITHOUT_PASSES': name})


def changed(owner, name, change):
  """Wraps a function: `change` takes it and returns another."""
  return lambda: mock.patch.object(
    owner,
    name,
    functools.wraps(getattr(owner, name))(change(getattr(owner, name))),
  )


def _swap_handles(init):
  """Two variables of a kind change places."""

  def other_init(self, make, handles, *more):
    handles = list(handles)
    kinds = shared.kinds(handles)
    for i in range(1, len(handles)):
      if kinds[i] == kinds[0]:
        handles[0], handles[i] = handles[i], handles[0]
        break
    init(self, make, handles, *more)

  return other_init


def _drop_feeds(resolve):
  """What is fed in place of a value that is computed is lost."""

  def other_resolve(graph, feed_dict):
    return resolve(
      graph,
      {
        k: v for k, v in (feed_dict or {}).items() if k.op.type == 'Placeholder'
      },
    )

  return other_resolve


def _show_last(run):
  """A run shows what the last one of the same fetches has shown."""
  shown = {}

  def other_run(self, fetches, *arguments, **settings):
    values = run(self, fetches, *arguments, **settings)
    key = (self, *fetches) if isinstance(fetches, list) else None
    return (shown.get(key) or shown.setdefault(key, values)) if key else values

  return other_run


def _forget(handle):
  """What lasts, of all but variables, is made anew when it is asked for."""

  def other_handle(self, name):
    if 'Variable' not in self._snapshot.node(name).op:
      self._handles.pop(name, None)
    return handle(self, name)

  return other_handle


def _without_kept(stream):
  """Shuffles, gamma and the like begin anew in each program."""

  def other_stream(node):
    kept = random_streams._KEPT  # noqa: SLF001
    return None if node.op in kept else stream(node)

  return other_stream


FAULTS = (
  Fault(
    'passes: ref_variables',
    'tf1_ref_v1',
    range(46, 60),
    without('ref_variables'),
  ),
  Fault(
    'references are read before what is written',
    'tf1_ref_v1',
    range(40),
    changed(precedence.Writes, 'come_between', lambda _: lambda *a: False),
  ),
  Fault(
    'in branches they are (issue 28)',
    'tf1_ref_v1',
    range(40),
    changed(
      precedence.Writes,
      'come_between',
      lambda come: (
        lambda self, tensor, node, variables: (
          not self.is_in_branch(node.name)
          and come(self, tensor, node, variables)
        )
      ),
    ),
  ),
  Fault(
    'a fetched variable shows what it was at first',
    'tf1_ref_v1',
    range(18, 40),
    changed(program.ProgramCache, '_read_last', lambda _: lambda *a: {}),
  ),
  Fault(
    'scatter_sub adds',
    'tf1_ref_v1',
    range(100),
    changed(
      references,
      'for_resources',
      lambda of: lambda op: of('ScatterAdd' if op == 'ScatterSub' else op),
    ),
  ),
  Fault(
    'passes: random_streams',
    'resource_v2',
    range(14, 40),
    without('random_streams'),
  ),
  Fault(
    'kept kernels begin anew',
    'resource_v2',
    range(14, 60),
    changed(random_streams, '_stream', _without_kept),
  ),
  Fault(
    'two variables change places',
    'resource_v2',
    range(1, 40),
    changed(compiled_function.Function, '__init__', _swap_handles),
  ),
  Fault(
    'feeds of what is computed are lost',
    'resource_v2',
    range(4, 40),
    changed(feeds, 'resolve', _drop_feeds),
  ),
  Fault(
    'fetches are those of the run before',
    'resource_v2',
    range(20),
    changed(emulated_session.EmulatedSession, 'run', _show_last),
  ),
  Fault(
    'queues, tables, iterators begin anew',
    'resource_v2',
    range(60),
    changed(resource_table.ResourceTable, 'handle', _forget),
  ),
  Fault(
    'ids are taken to be unique',
    'resource_v2',
    range(18, 100),
    changed(
      unique_ids,
      '_unique_behind',
      lambda _: lambda name, nodes, context: name,
    ),
  ),
  Fault(
    'passes that only spare time',
    'resource_v2',
    range(6),
    without(
      'unique_ids,large_values,whole_batches,input_data,no_autotune,'
      'synchronous_input'
    ),
    shows=False,
  ),
)


def first_find(fault, numbers):
  """The number of the first program that shows a fault; None: there is none."""
  mode = modes.MODES[fault.mode]
  for number in numbers:
    source = drawing.draw(mode, SEED, number).source()
    with fault.plant():
      is_found = _differs(source, mode)
    if is_found and not _differs(source, mode):
      return number
  return None


def _differs(source, mode):
  shared.cache.clear()
  try:
    judge.check(source, mode, quick=True)
  except judge.Mismatch:
    return True
  return False


def main(mode, limit=0):
  """Prints what is found."""
  modes.enter_process(modes.MODES[mode])
  found = {}
  for fault in FAULTS:
    if fault.mode == mode:
      numbers = range(int(limit)) if limit else fault.numbers
      found[fault.what] = first_find(fault, numbers)
      print(fault.what, found[fault.what], file=sys.stderr, flush=True)
  print(json.dumps(found))


if __name__ == '__main__':
  main(*sys.argv[1:])
