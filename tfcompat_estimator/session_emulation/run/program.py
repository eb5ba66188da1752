"""Builds, for a set of feeds and fetches, the one function that computes it."""

import dataclasses
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.session_emulation import devices
from tfcompat_estimator.session_emulation.compiled import (
  compiled_function,
  shared,
)
from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  input_data,
  node_graph,
  ordering,
  pipeline,
  references,
  synchronous_input,
)
from tfcompat_estimator.session_emulation.run import (
  graph_snapshot,
  parts,
  resource_table,
)

v1 = tf.compat.v1


class ProgramCache:
  """The functions of one session, each built at its first use."""

  def __init__(
    self,
    snapshot: graph_snapshot.GraphSnapshot,
    resources: resource_table.ResourceTable,
  ):
    self._snapshot = snapshot
    self._resources = resources
    self._programs: dict[parts.Signature, compiled_function.Function] = {}
    self._made: list[compiled_function.Function] = []
    self._with_values: set[str] = set()  # nodes of variables
    self._permit = synchronous_input.SessionPermit()
    self._lock = threading.Lock()

  def get(self, signature: parts.Signature) -> compiled_function.Function:
    """A function from the fed tensors to the fetched ones, in order.

    After them it returns one more tensor, which waits for the targets. Must be
    called in eager mode, as must the function.
    """
    program = self._programs.get(signature)
    if program is None:
      # Queue runner threads ask for programs beside the training thread.
      with self._lock:
        program = self._programs.get(signature)
        if program is None:
          self._snapshot.refresh()
          program = self._build(signature)
          self._programs[signature] = program
    return program

  def plain_reads(
    self, signature: parts.Signature
  ) -> Callable[[], list[tf.Tensor]] | None:
    """What computes fetches that are all just the value of a variable.

    Hooks read the global step between any two steps; a function call for it
    would cost ten times as much.

    Returns:
      A function like those of `get`, without the last output; None if anything
      else is to be computed.
    """
    if signature.feeds or signature.targets or not signature.fetches:
      return None
    self._snapshot.refresh()
    variables = [
      ordering.variable_behind(self._snapshot.node, node_graph.node_name(name))
      for name in signature.fetches
    ]
    if None in variables:
      return None
    self.require_values(name for name in variables if name is not None)
    reads = [
      (
        self._resources.handle(name),
        self._snapshot.node(name).attr['dtype'].type,
      )
      for name in variables
      if name is not None
    ]
    return lambda: [
      tf.raw_ops.ReadVariableOp(resource=handle, dtype=dtype)
      for handle, dtype in reads
    ]

  def without_value(self, names: Iterable[str]) -> list[str]:
    """Those of the variables, by the names of their nodes, that have no value."""
    missing = []
    for name in names:
      if tf.raw_ops.VarIsInitializedOp(resource=self._resources.handle(name)):
        self._with_values.add(name)
      else:
        missing.append(name)
    return missing

  def require_values(self, names: Iterable[str]) -> None:
    """Raises FailedPreconditionError if a variable has no value.

    An anonymous variable without a value would be read as an empty tensor
    (TensorFlow 2.16 to 2.21).
    """
    missing = self.without_value(set(names) - self._with_values)
    if missing:
      raise tf.errors.FailedPreconditionError(
        None,
        None,
        f'Attempting to use uninitialized value {missing[0]}. Could not find '
        'the variable: run its initializer first.',
      )

  def _missing(self, variables: Iterable[str]) -> list[str]:
    """Those of the variables that have no value yet."""
    if devices.is_in_cluster():
      return []  # reading such a one is an error there
    return self.without_value(set(variables) - self._with_values)

  def keep(self, function: compiled_function.Function) -> None:
    """Lets this function go of the session's resources with the others."""
    self._made.append(function)

  def clear(self) -> None:
    """Lets go of all resources; no function may be called any more.

    An iterator of Python code is to end while its graph, which holds the code,
    is still there.
    """
    self._programs.clear()
    while self._made:
      self._made.pop().release()
    self._permit.release()

  def _build(self, signature: parts.Signature) -> compiled_function.Function:
    part = self._known(signature)
    if part is None:
      part = self._part(signature)
      self._note(signature, part)
    # These reads come before what is written in the run.
    self.require_values(part.read_first)
    function = compiled_function.Function(
      part.compile,
      list(part.handles.values()),
      part.key,
      self._permit.turn if part.waits else None,
      [
        (number, node_graph.node_name(name))
        for number, name in enumerate(part.signature.fetches)
        if name in part.missing
      ],
      len(part.signature.fetches) + 1,
    )
    self.keep(function)
    return function

  def _known(self, signature: parts.Signature) -> parts.Part | None:
    """What an earlier session of the graph made, if this one would make the same."""
    kept = self._snapshot.kept
    known = kept and kept.program(signature, self._snapshot.node)
    if not known:
      return None
    if set(self._missing(known.variables)) != set(known.without_value):
      return None
    if known.waits and not self._permit.acquire():
      return None
    names = map(node_graph.node_name, known.handles)
    handles = [self._resources.handle(name) for name in names]
    part = dataclasses.replace(
      known, handles=dict(zip(known.handles, handles, strict=True))
    )
    part.find_key()
    part.compiled = shared.cache.find(part.key)
    return part if part.compiled else None

  def _note(self, signature: parts.Signature, part: parts.Part) -> None:
    """Lets later sessions of a kept graph have what was made of it."""
    kept = self._snapshot.kept
    if kept is None or not part.may_be_kept:
      return
    kept.note_program(
      signature,
      dataclasses.replace(
        part,
        subgraph=graph_snapshot.NOTHING,
        handles=dict.fromkeys(part.handles),
        nodes=(),
      ),
      part.nodes,
      self._snapshot.node,
    )

  def _read_last(
    self,
    signature: parts.Signature,
    snapshot: graph_snapshot.GraphSnapshot,
    subgraph: graph_snapshot.Subgraph,
  ) -> dict[str, str]:
    """The fetches that show what is written in the run, and their handles.

    What is fetched from another process is sent before anything is written.
    """
    variables = snapshot.ref_variables
    written = {
      handle
      for node in subgraph.graph_def.node
      for handle in variables.writers.get(node.name, ())
    }
    return {
      name: node_graph.tensor_name(live.handle)
      for name in signature.fetches
      for live in [variables.live.get(name)]
      if live is not None
      and live.variables & written
      and name not in signature.feeds
      and not any(map(self._is_remote, live.variables))
    }

  def _is_remote(self, node: str) -> bool:
    return devices.is_remote(self._snapshot.node(node).device)

  def _context(
    self,
    fetches: Sequence[str],
    targets: Sequence[str],
    snapshot: graph_snapshot.GraphSnapshot,
    subgraph: graph_snapshot.Subgraph,
  ) -> graph_pass.Context:
    """What passes may know of a program."""
    variables = [n for n in subgraph.resources if snapshot.is_variable(n)]
    return graph_pass.Context(
      snapshot.graph,
      fetches=fetches,
      targets=list(targets),
      resources={
        name: snapshot.node(name).device for name in subgraph.resources
      },
      variables=variables,
      without_value=self._missing(variables),
      saves_input=snapshot.saves_input,
      permit=self._permit,
    )

  def _given(
    self, resources: Iterable[str], data: Mapping[str, Any]
  ) -> dict[str, tf.Tensor]:
    """What a program takes beside its feeds, by the names of the tensors."""
    handles = {name + ':0': self._resources.handle(name) for name in resources}
    return handles | {n: input_data.tensor(each) for n, each in data.items()}

  def _part(self, signature: parts.Signature) -> parts.Part:
    feeds = signature.feeds
    snapshot = self._snapshot.with_fed(feeds)
    outside = [
      name
      for name in signature.fetches
      if name in feeds or snapshot.is_resource(node_graph.node_name(name))
    ]
    targets = [n for n in signature.targets if not snapshot.is_resource(n)]
    needed = [
      *(node_graph.node_name(n) for n in signature.fetches if n not in outside),
      *targets,
    ]
    subgraph = snapshot.subgraph(needed, frozenset(feeds))
    last = self._read_last(signature, snapshot, subgraph)
    behind_last = dict.fromkeys(map(node_graph.node_name, last.values()))
    fetched = [n for n in behind_last if snapshot.is_resource(n)]
    if len(fetched) < len(behind_last):
      needed += [n for n in behind_last if n not in fetched]
      subgraph = snapshot.subgraph(needed, frozenset(feeds))
    fetches = [
      name for name in signature.fetches if name not in {*feeds, *last}
    ]
    context = self._context(fetches, targets, snapshot, subgraph)
    without_value = list(context.without_value)
    nodes = [node.name for node in subgraph.graph_def.node]
    made = node_graph.NodeGraph(subgraph.graph_def, feeds)
    pipeline.run(made, context)
    signature = parts.Signature(
      feeds,
      tuple(context.moved.get(name, name) for name in signature.fetches),
      tuple(context.targets),
    )
    fetched += [
      node_graph.node_name(name) for name in outside if name not in feeds
    ]
    # A value that changes may choose two branches: the graph does not tell of which.
    has_branches = bool(made.of(*references.BRANCHING))
    part = parts.Part(
      subgraph._replace(boundary=(*subgraph.boundary, *context.data)),
      signature,
      _specs(snapshot.graph, feeds),
      self._given((*subgraph.resources, *fetched), context.data),
      last,
      bool(context.without_value),
      [n for n in signature.fetches if has_branches and n not in outside],
      context.waits,
      has_data=bool(context.data),
      refused=context.refused,
      nodes=nodes,
      variables=context.variables,
      without_value=without_value,
      read_first=list(
        ordering.read_first(subgraph.graph_def, self._snapshot.is_variable)
      ),
    )
    part.share()
    return part


def _specs(graph: tf.Graph, feeds: Iterable[str]) -> list[tf.TensorSpec]:
  """What tensors of a graph are, by their names."""
  return [
    tf.TensorSpec(tensor.shape, tensor.dtype.base_dtype)
    for tensor in map(graph.get_tensor_by_name, feeds)
  ]
