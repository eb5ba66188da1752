"""Lists the passes over the nodes of a program, in the order in which they run.

A program is the part of a graph between what a run feeds and what it fetches. The
variable TFCOMPAT_WITHOUT_PASSES names passes to leave out, with commas: to find
out what one gains, or whether it is to blame.
"""

import os
from collections.abc import Iterable, Iterator

from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  large_values,
  no_autotune,
  node_graph,
  ordering,
  strict_calls,
  synchronous_input,
  unique_ids,
)

_WITHOUT = 'TFCOMPAT_WITHOUT_PASSES'
_CHECKS = 'TFCOMPAT_CHECK_PASSES'  # at 1: look at the nodes after each pass

PASSES = (
  graph_pass.Pass(
    'unique_ids',
    unique_ids.apply,
    'First: it knows the lookups by how the graph built them.',
  ),
  graph_pass.Pass(
    'ordering',
    ordering.apply,
    'Before what adds inputs to reads: it knows reads by having one.',
    is_optional=False,
  ),
  graph_pass.Pass(
    'strict_calls',
    strict_calls.apply,
    'Anywhere: it looks at calls, which others neither add nor take away.',
    is_optional=False,
  ),
  graph_pass.Pass(
    'large_values',
    large_values.apply,
    'Reads that are saved wait for a node that it adds.',
    after=('ordering',),
    in_one_process=True,  # elsewhere variables are on servers
  ),
  graph_pass.Pass(
    'no_autotune', no_autotune.apply, 'Anywhere: it looks at datasets only.'
  ),
  graph_pass.Pass(
    'synchronous_input',
    synchronous_input.apply,
    'Ordering knows the input by the operation that this one replaces.',
    after=('ordering',),
    in_one_process=True,  # it would wait for other tasks, too
  ),
)


class _Cluster:
  """What this process adds when it has joined a cluster."""

  passes: tuple[graph_pass.Pass, ...] = ()


def join_cluster(passes: Iterable[graph_pass.Pass]) -> None:
  """Adds passes for programs of several processes, after all others."""
  _Cluster.passes = tuple(passes)


def active() -> Iterator[graph_pass.Pass]:
  """The passes that programs go through now."""
  without = os.environ.get(_WITHOUT, '').split(',')
  for each in (*PASSES, *_Cluster.passes):
    if each.name not in without and not (
      each.in_one_process and _Cluster.passes
    ):
      yield each


def run(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> None:
  """Sends a program through the passes."""
  boundary = {*context.resources, *map(node_graph.node_name, nodes.fed)}
  is_checked = os.environ.get(_CHECKS) == '1'
  for each in active():
    each.apply(nodes, context)
    if is_checked:
      try:
        nodes.check(boundary)
      except ValueError as error:
        raise ValueError(f'After the pass {each.name}: {error}') from error
