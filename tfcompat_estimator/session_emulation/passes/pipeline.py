"""Lists the passes over a graph, and over a program, in their order.

A graph goes through its passes once, when a session reads it. A program is the part
of a graph between what a run feeds and what it fetches; each goes through. The
variable TFCOMPAT_WITHOUT_PASSES names passes to leave out, with commas: to find
out what one gains, or whether it is to blame.
"""

import os
from collections.abc import Iterable, Iterator

from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  input_data,
  joint_results,
  large_values,
  missing_values,
  no_autotune,
  node_graph,
  ordering,
  random_streams,
  ref_variables,
  strict_calls,
  synchronous_input,
  unique_ids,
  whole_batches,
)

_WITHOUT = 'TFCOMPAT_WITHOUT_PASSES'
_CHECKS = 'TFCOMPAT_CHECK_PASSES'  # at 1: look at the nodes after each pass

GRAPH_PASSES = (
  graph_pass.Pass(
    'random_streams',
    random_streams.apply,
    'First: it looks into functions, and names streams after the nodes there.',
    is_optional=False,
  ),
  graph_pass.Pass(
    'ref_variables',
    ref_variables.apply,
    'Before any program: what is written when is told of the whole graph.',
    after=('random_streams',),
    is_optional=False,
  ),
)

# Those that look at datasets.
INPUT_PASSES = (
  graph_pass.Pass(
    'whole_batches',
    whole_batches.apply,
    'Anywhere: it looks at datasets of constants only.',
    in_one_process=True,  # elsewhere what shares an input out looks at its datasets
  ),
  graph_pass.Pass(
    'input_data',
    input_data.apply,
    'Others know the data by the constants that it takes out.',
    after=('whole_batches',),
    in_one_process=True,
  ),
  graph_pass.Pass(
    'no_autotune', no_autotune.apply, 'Anywhere: it looks at datasets only.'
  ),
)

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
    'joint_results',
    joint_results.apply,
    'Reads may wait for results; ordering knows reads by having one input.',
    after=('ordering',),
    is_optional=False,
  ),
  graph_pass.Pass(
    'large_values',
    large_values.apply,
    'Reads that are saved wait for a node that it adds.',
    after=('ordering',),
    in_one_process=True,  # elsewhere variables are on servers
  ),
  *INPUT_PASSES,
  graph_pass.Pass(
    'synchronous_input',
    synchronous_input.apply,
    'Ordering knows the input by the operation that this one replaces.',
    after=('ordering',),
    in_one_process=True,  # it would wait for other tasks, too
  ),
  graph_pass.Pass(
    'missing_values',
    missing_values.apply,
    'After ordering, which knows reads by what they take.',
    after=('ordering', 'large_values'),
    is_optional=False,
    in_one_process=True,  # variables on servers are missing until they are assigned
  ),
)


class _Cluster:
  """What this process adds when it has joined a cluster."""

  is_joined = False
  graph_passes: tuple[graph_pass.Pass, ...] = ()
  passes: tuple[graph_pass.Pass, ...] = ()


def join_cluster(
  graph_passes: Iterable[graph_pass.Pass], passes: Iterable[graph_pass.Pass]
) -> None:
  """Adds passes for graphs and programs of several processes, after all others."""
  _Cluster.is_joined = True
  _Cluster.graph_passes = tuple(graph_passes)
  _Cluster.passes = tuple(passes)


def active(table: Iterable[graph_pass.Pass]) -> Iterator[graph_pass.Pass]:
  """The passes of a table that are in use now."""
  without = os.environ.get(_WITHOUT, '').split(',')
  for each in table:
    if each.name not in without and not (
      each.in_one_process and _Cluster.is_joined
    ):
      yield each


def run_on_graph(
  nodes: node_graph.NodeGraph, context: graph_pass.Context
) -> None:
  """Sends a whole graph through its passes."""
  _run((*GRAPH_PASSES, *_Cluster.graph_passes), nodes, context)


def run(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> None:
  """Sends a program through its passes."""
  _run((*PASSES, *_Cluster.passes), nodes, context)


def run_on_input(
  nodes: node_graph.NodeGraph, context: graph_pass.Context
) -> None:
  """Sends what makes an iterator, and does nothing else, through its passes."""
  _run(INPUT_PASSES, nodes, context)


def _run(
  table: Iterable[graph_pass.Pass],
  nodes: node_graph.NodeGraph,
  context: graph_pass.Context,
) -> None:
  context.in_cluster = _Cluster.is_joined
  is_checked = os.environ.get(_CHECKS) == '1'
  passes = list(active(table))
  for each in passes:
    has_changed = each.apply(nodes, context)
    if is_checked and (has_changed or each is passes[-1]):
      outside = (*nodes.fed, *context.data)
      try:
        nodes.check({*context.resources, *map(node_graph.node_name, outside)})
      except ValueError as error:
        raise ValueError(f'After the pass {each.name}: {error}') from error
