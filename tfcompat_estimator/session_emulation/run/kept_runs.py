"""Keeps what sessions find out about a graph for later ones of the same graph.

A graph that is kept between calls of an Estimator differs from call to call in its
input only: in the data and functions of some nodes. What passes make of all other
nodes, and which compiled function computes what, is found once. Nothing in here
refers to the input of a call, to a session, or to the graph.
"""

import weakref
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.session_emulation import devices, ops
from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  node_graph,
  pipeline,
)

v1 = tf.compat.v1
Node = Callable[[str], v1.NodeDef]

# Of a node of the input in a program that is kept; a longer one holds data.
_MOST_BYTES = 4096
_MOST_PROGRAMS = 32


class Reading(NamedTuple):
  """The nodes of a graph after its passes, without those of the input."""

  version: int  # of the graph
  model: v1.GraphDef
  nodes: Mapping[str, v1.NodeDef]
  named: Collection[str]  # nodes that a session gives a name to
  resources: Collection[str]  # nodes
  streams: dict[str, graph_pass.Stream]
  ref_variables: graph_pass.RefVariables


class KeptRuns:
  """What is known of the runs of one graph.

  Args:
    inputs: The names of the nodes of its input.
  """

  def __init__(self, inputs: Collection[str]):
    self._inputs = frozenset(inputs)
    self._input: v1.GraphDef | None = None
    self._reading: Reading | None = None
    self._programs: dict[Hashable, tuple[Any, dict[str, bytes]]] = {}

  @property
  def bytes(self) -> int:
    """How much is kept: the nodes, since of programs there are only names."""
    return self._reading.model.ByteSize() if self._reading else 0

  def begin(self, graph: tf.Graph, input_def: v1.GraphDef) -> None:
    """Says that a call begins, and which nodes and functions its input has."""
    self._input = input_def
    _in_use[graph] = self

  def end(self, graph: tf.Graph) -> None:
    """Says that the call has ended: its input is let go."""
    self._input = None
    _in_use.pop(graph, None)

  def knows(self, version: int) -> bool:
    """Whether a graph of that version is known."""
    return self._reading is not None and self._reading.version == version

  def read(self, graph: tf.Graph) -> tuple[Reading, v1.GraphDef] | None:
    """What is known of a graph, and its input; None: it has to be read."""
    known, given = self._reading, self._input
    if known is None or given is None or not self.knows(graph.version):
      return None
    alone = v1.GraphDef()
    alone.CopyFrom(given)
    told = graph_pass.Context(graph)
    pipeline.run_on_graph(node_graph.NodeGraph(alone), told)
    if told.streams or told.ref_variables is not graph_pass.NO_REF_VARIABLES:
      return None
    return known, alone

  def model_in(self, graph_def: v1.GraphDef) -> v1.GraphDef | None:
    """The nodes that passes made of the model, before a session names them.

    None if they are known, or if passes changed the input.
    """
    given = self._input
    if given is None or self._reading is not None or devices.is_in_cluster():
      return None
    raw = {node.name: node for node in given.node}
    model = v1.GraphDef(versions=graph_def.versions)
    for node in graph_def.node:
      if node.name not in self._inputs:
        model.node.add().CopyFrom(node)
      elif raw.get(node.name) != node:
        return None
    functions = {function.signature.name for function in given.library.function}
    model.library.gradient.extend(graph_def.library.gradient)
    model.library.function.extend(
      function
      for function in graph_def.library.function
      if function.signature.name not in functions
    )
    return model

  def note_model(
    self,
    model: v1.GraphDef,
    version: int,
    resources: Iterable[str],
    told: graph_pass.Context,
  ) -> None:
    """Takes in what a session has read."""
    self._reading = Reading(
      version,
      model,
      {node.name: node for node in model.node},
      [node.name for node in model.node if 'container' in node.attr],
      frozenset(resources) - self._inputs,
      told.streams,
      told.ref_variables,
    )

  def program(self, key: Hashable, node: Node) -> Any:
    """What is known of a program, if the input in it is as it was."""
    known, inputs = self._programs.get(key, (None, {}))
    if any(_bytes(node(name)) != was for name, was in inputs.items()):
      return None
    return known

  def note_program(
    self, key: Hashable, program: Any, names: Iterable[str], node: Node
  ) -> None:
    """Takes in what is known of a program.

    Unless it has data of the input, or functions, which are other ones each time.

    Args:
      key: What it was made for.
      program: Must not refer to a session.
      names: Its nodes.
      node: Finds them.
    """
    if self._input is None or len(self._programs) >= _MOST_PROGRAMS:
      return
    inputs = [node(name) for name in names if name in self._inputs]
    functions = {f.signature.name for f in self._input.library.function}
    if any(
      one.ByteSize() > _MOST_BYTES
      or not functions.isdisjoint(ops.functions_named_in(one))
      for one in inputs
    ):
      return
    self._programs[key] = (program, {n.name: _bytes(n) for n in inputs})


def _bytes(node: v1.NodeDef) -> bytes:
  return node.SerializeToString(deterministic=True)


_in_use: weakref.WeakKeyDictionary[tf.Graph, KeptRuns] = (
  weakref.WeakKeyDictionary()
)


def of(graph: tf.Graph) -> KeptRuns | None:
  """What is known of a graph, if it is one that is kept and in a call."""
  return _in_use.get(graph)
