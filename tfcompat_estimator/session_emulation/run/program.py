"""Builds, for a set of feeds and fetches, the one function that computes it."""

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.run import function_names, ordering
from tfcompat_estimator.session_emulation.run import resources as resources_lib
from tfcompat_estimator.session_emulation.run import snapshot as snapshot_lib


class Signature(NamedTuple):
  """What one call of session.run feeds, fetches and runs, by name."""

  feeds: tuple[str, ...]  # tensors
  fetches: tuple[str, ...]  # tensors
  targets: tuple[str, ...]  # operations


class ProgramCache:
  """The functions of one session, each built at its first use."""

  def __init__(
    self,
    snapshot: snapshot_lib.GraphSnapshot,
    resources: resources_lib.ResourceTable,
  ):
    self._snapshot = snapshot
    self._resources = resources
    self._programs: dict[Signature, Callable[..., list[tf.Tensor]]] = {}
    self._made: list[Any] = []
    self._lock = threading.Lock()

  def get(self, signature: Signature) -> Callable[..., list[tf.Tensor]]:
    """A function from the fed tensors to the fetched ones, in order.

    Must be called in eager mode, as must the function.
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
      ordering.variable_behind(self._snapshot.node, _node(name))
      for name in signature.fetches
    ]
    if None in variables:
      return None
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

  def keep(self, function: Any) -> Any:
    """Releases also what this function over the session's resources captured.

    Returns:
      The function.
    """
    self._made.append(function)
    return function

  def clear(self) -> None:
    """Lets go of all resources; no function may be called any more.

    An iterator of Python code is to end while its graph, which holds the code,
    is still there.
    """
    self._programs.clear()
    while self._made:
      _tf.dismantle(self._made.pop())

  def _build(self, signature: Signature) -> Callable[..., list[tf.Tensor]]:
    feeds = signature.feeds
    outside = {
      name
      for name in signature.fetches
      if name in feeds or self._snapshot.is_resource(_node(name))
    }
    subgraph = self._snapshot.subgraph(
      [_node(name) for name in signature.fetches if name not in outside]
      + [
        name
        for name in signature.targets
        if not self._snapshot.is_resource(name)
      ],
      frozenset(feeds),
    )
    if not signature.fetches and _does_nothing(subgraph.graph_def):
      done = [tf.constant(True)]
      return lambda *_: done
    ordering.write_last(
      subgraph.graph_def,
      {
        name + ':0'
        for name in subgraph.resources
        if self._snapshot.node(name).op == 'VarHandleOp'
      },
    )
    handles = {
      name + ':0': self._resources.handle(name)
      for name in (*subgraph.resources, *map(_node, outside - set(feeds)))
    }
    graph = self._snapshot.graph
    specs = [
      tf.TensorSpec(
        graph.get_tensor_by_name(name).shape,
        graph.get_tensor_by_name(name).dtype.base_dtype,
      )
      for name in feeds
    ]

    def body(*fed: tf.Tensor) -> list[tf.Tensor]:
      given = dict(zip(feeds, fed, strict=True))
      current = tf.compat.v1.get_default_graph()
      for name, handle in handles.items():
        given[name] = current.capture(handle)
      return _import(subgraph, signature, given)

    try:
      return self.keep(tf.compat.v1.wrap_function(body, specs))
    except tf.errors.InvalidArgumentError as error:
      if not function_names.is_taken(error):
        raise
      function_names.make_own(subgraph.graph_def)
      return self.keep(tf.compat.v1.wrap_function(body, specs))
    finally:
      handles.clear()  # the function keeps its body


def _does_nothing(graph_def: tf.compat.v1.GraphDef) -> bool:
  """True for an empty group, such as the initializer of no variables."""
  return all(node.op == 'NoOp' for node in graph_def.node)


def _import(
  subgraph: snapshot_lib.Subgraph,
  signature: Signature,
  given: dict[str, tf.Tensor],
) -> list[tf.Tensor]:
  """Imports the subgraph into the function that is being traced."""
  used = {name + ':0' for name in subgraph.resources} | set(subgraph.boundary)
  inside = [name for name in signature.fetches if name not in given]
  present = {node.name for node in subgraph.graph_def.node}
  targets = [name for name in signature.targets if name in present]
  elements = tf.graph_util.import_graph_def(
    subgraph.graph_def,
    input_map={name: given[name] for name in used},
    return_elements=[*inside, *targets],
    name='',
  )
  values = dict(zip(inside, elements, strict=False))
  outputs = []
  for name in signature.fetches:
    tensor = given.get(name)
    if tensor is None:
      tensor = values[name]
    if tensor.dtype._is_ref_dtype:  # noqa: SLF001
      tensor = tf.identity(tensor)  # functions return values, not references
    outputs.append(tensor)
  with tf.control_dependencies(elements[len(inside) :]), tf.device('CPU:0'):
    # What was asked to run has no value: this output waits for it.
    outputs.append(tf.constant(True, name='targets_done'))
  return outputs


def _node(tensor_name: str) -> str:
  return snapshot_lib.node_name(tensor_name)
