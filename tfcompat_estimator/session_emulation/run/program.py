"""Builds, for a set of feeds and fetches, the one function that computes it."""

import dataclasses
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import tensorflow as tf

from tfcompat_estimator.session_emulation import devices
from tfcompat_estimator.session_emulation.compiled import (
  compiled_function,
  content,
  function_names,
  shared,
)
from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  missing_values,
  node_graph,
  ordering,
  pipeline,
  references,
  synchronous_input,
)
from tfcompat_estimator.session_emulation.run import (
  graph_snapshot,
  resource_table,
)

v1 = tf.compat.v1


class Signature(NamedTuple):
  """What one call of session.run feeds, fetches and runs, by name."""

  feeds: tuple[str, ...]  # tensors
  fetches: tuple[str, ...]  # tensors
  targets: tuple[str, ...]  # operations


@dataclasses.dataclass
class _Part:
  """What one function is made of."""

  subgraph: graph_snapshot.Subgraph
  signature: Signature
  specs: Sequence[tf.TensorSpec]  # of the feeds
  handles: dict[str, tf.Tensor]  # by the names of the tensors in the graph
  last: dict[str, str]  # of fetches that are read at the end, handles' names
  unset: bool = False  # whether some variables had no value before
  missing: Sequence[str] = ()  # those fetches that may have no value
  waits: bool = False  # for its input, in place
  key: bytes | None = None  # equal for parts that may share a function

  def share(self) -> None:
    """Finds the key, if the function may be shared."""
    read = content.read(self.subgraph.graph_def) if shared.enabled() else None
    if read is not None:
      self.subgraph = self.subgraph._replace(graph_def=read.graph_def)
      self.key = shared.key_of(
        read.key,
        *self.signature,
        list(self.handles),
        list(self.last.items()),
        self.unset,
        self.missing,
        shared.kinds(self.specs),
        shared.kinds(self.handles.values()),
      )

  def compile(self) -> shared.Compiled:
    """Makes the function, which then refers to no part any more."""
    subgraph, signature = [self.subgraph], self.signature
    last, unset, missing = self.last, self.unset, self.missing
    names = (*signature.feeds, *self.handles)

    def body(
      fed: Sequence[tf.Tensor], given: Sequence[tf.Tensor]
    ) -> list[tf.Tensor]:
      values = dict(zip(names, (*fed, *given), strict=True))
      return _import(subgraph[0], signature, values, last, unset, missing)

    given = list(self.handles.values())
    try:
      return compiled_function.compile_body(body, self.specs, given)
    except tf.errors.InvalidArgumentError as error:
      if not function_names.is_taken(error):
        raise
      function_names.make_own(self.subgraph.graph_def)
      return compiled_function.compile_body(body, self.specs, given)
    finally:
      subgraph.clear()  # the function keeps its body


class ProgramCache:
  """The functions of one session, each built at its first use."""

  def __init__(
    self,
    snapshot: graph_snapshot.GraphSnapshot,
    resources: resource_table.ResourceTable,
  ):
    self._snapshot = snapshot
    self._resources = resources
    self._programs: dict[Signature, compiled_function.Function] = {}
    self._made: list[compiled_function.Function] = []
    self._with_values: set[str] = set()  # nodes of variables
    self._permit = synchronous_input.SessionPermit()
    self._lock = threading.Lock()

  def get(self, signature: Signature) -> compiled_function.Function:
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
    self, signature: Signature
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

  def _build(self, signature: Signature) -> compiled_function.Function:
    part = self._part(signature)
    # These reads come before what is written in the run.
    self.require_values(
      ordering.read_first(part.subgraph.graph_def, self._snapshot.is_variable)
    )
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
    )
    self.keep(function)
    return function

  def _read_last(
    self,
    signature: Signature,
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

  def _part(self, signature: Signature) -> _Part:
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
    missing = snapshot.may_be_missing(
      name for name in signature.fetches if name not in feeds
    )
    fetches = [
      name for name in signature.fetches if name not in {*feeds, *last}
    ]
    context = self._context(fetches, targets, snapshot, subgraph)
    pipeline.run(node_graph.NodeGraph(subgraph.graph_def, feeds), context)
    signature = Signature(
      feeds,
      tuple(context.moved.get(name, name) for name in signature.fetches),
      tuple(context.targets),
    )
    fetched += [
      node_graph.node_name(name) for name in outside if name not in feeds
    ]
    handles = {
      name + ':0': self._resources.handle(name)
      for name in (*subgraph.resources, *fetched)
    }
    specs = [
      tf.TensorSpec(tensor.shape, tensor.dtype.base_dtype)
      for tensor in map(snapshot.graph.get_tensor_by_name, feeds)
    ]
    part = _Part(
      subgraph,
      signature,
      specs,
      handles,
      last,
      bool(context.without_value),
      [context.moved.get(name, name) for name in missing],
      context.waits,
    )
    part.share()
    return part


def _import(
  subgraph: graph_snapshot.Subgraph,
  signature: Signature,
  given: Mapping[str, tf.Tensor],
  last: Mapping[str, str],
  unset: bool,
  missing: Collection[str],
) -> list[tf.Tensor]:
  """Imports the subgraph into the function that is being traced."""
  used = {name + ':0' for name in subgraph.resources} | set(subgraph.boundary)
  inside = [name for name in signature.fetches if name not in given]
  made = [name for name in last.values() if name not in given]
  try:
    elements = tf.graph_util.import_graph_def(
      subgraph.graph_def,
      input_map={name: given[name] for name in used},
      return_elements=[*inside, *made, *signature.targets],
      name='',
    )
  except ValueError as error:
    if not signature.feeds:
      raise
    # A value is fed to what writes a variable, say: so a Session says it.
    raise tf.errors.InvalidArgumentError(None, None, str(error)) from error
  values = dict(zip((*inside, *made), elements, strict=False))
  outputs = []
  cpu = devices.own_cpu()
  for name in signature.fetches:
    tensor = given.get(name)
    if tensor is None:
      tensor = values[name]
    if name in last:
      with tf.control_dependencies(elements):
        handle, dtype = {**given, **values}[last[name]], tensor.dtype.base_dtype
        if unset:
          handle = missing_values.guarded(handle, dtype)
        tensor = tf.raw_ops.ReadVariableOp(resource=handle, dtype=dtype)
    if tensor.dtype._is_ref_dtype:  # noqa: SLF001
      tensor = tf.identity(tensor)  # functions return values, not references
    if devices.is_remote(tensor.device) and tensor.dtype != tf.resource:
      with tf.device(cpu):
        tensor = tf.identity(tensor)  # sent here with the other fetches
    outputs.append(tensor)
  targets = elements[len(inside) + len(made) :]
  here = [op for op in targets if not devices.is_remote(op.device)]
  elsewhere = [op for op in targets if devices.is_remote(op.device)]
  # The function ends when these have run, too; so TensorFlow's optimizer of graphs
  # leaves what joins branches as it is where it is asked for, as in a Session.
  asked = [getattr(element, 'op', element) for element in elements]
  joins = [op for op in asked if op.type in references.MERGING]
  v1.get_default_graph().control_outputs.extend([*elsewhere, *joins])
  with tf.control_dependencies(here), tf.device(cpu):
    # What was asked to run has no value: this output waits for it.
    outputs.append(tf.constant(True, name='targets_done'))
  for name in signature.fetches:
    if name in missing:
      with tf.control_dependencies([tf.identity(values[name])]):
        outputs.append(tf.constant(True, name='has_value'))
  return outputs
