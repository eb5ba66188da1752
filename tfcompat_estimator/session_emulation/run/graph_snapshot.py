"""Reads a graph into nodes that any function of one session may use."""

import collections
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.session_emulation import devices, ops
from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  node_graph,
  pipeline,
  precedence,
  references,
)
from tfcompat_estimator.session_emulation.run import kept_runs

v1 = tf.compat.v1


class Subgraph(NamedTuple):
  """A part of the graph that can be imported by itself."""

  graph_def: v1.GraphDef
  boundary: tuple[str, ...]  # tensor names used in it and made outside of it
  resources: tuple[str, ...]  # names of nodes used in it, made once a session


NOTHING = Subgraph(v1.GraphDef(), (), ())


class GraphSnapshot:
  """The nodes of a graph, with resources named after one session.

  Two functions share a resource when its container and shared name are equal.
  Graph code leaves both empty mostly, meaning "private to this session", so a
  session's own container and the node's own name are filled in.

  Args:
    graph: The graph.
    container: The name of the session.
    fed: The names of tensors that are fed: they show no variable, and wait for none.
    only: The variables of TF 1's first kind that may be resources; default: all
      that can.

  Attributes:
    kept: What is known of the runs of this graph, if it is a kept one.
  """

  def __init__(
    self,
    graph: tf.Graph,
    container: str,
    fed: Collection[str] = (),
    only: Collection[str] | None = None,
  ):
    self.graph = graph
    self._container = container
    self._fed = fed
    self._only = only
    self._with: dict[frozenset[str], GraphSnapshot] = {}
    self._version = -1
    self._graph_def = v1.GraphDef()
    self._nodes: dict[str, v1.NodeDef] = {}
    self._all: list[v1.NodeDef] = []
    self._resources: set[str] = set()
    self._branches: precedence.Writes | None = None  # once somebody asks
    self._told = graph_pass.Context(graph)  # by passes
    self._made_up: set[str] = set()
    self._by_op: dict[str, list[v1.NodeDef]] | None = None  # once asked
    self._callable: Any = None  # functions, once asked
    self.kept: kept_runs.KeptRuns | None = None

  def refresh(self) -> None:
    """Takes in what was added to the graph since the last call."""
    if self._version == self.graph.version:
      return
    # The version is read first: what another thread adds meanwhile is then
    # taken in by the next call, rather than never.
    version = self.graph.version
    kept = None if self._fed or self._only else kept_runs.of(self.graph)
    known = kept and kept.read(self.graph)
    self._with.clear()
    self._branches = self._by_op = self._callable = None
    if known:
      self._take(*known)
    else:
      self._read(version, kept)
    self._all = list(self._nodes.values())
    self.kept = kept if kept and kept.knows(version) else None
    self._version = version

  def forget(self) -> None:
    """Lets go of the nodes, which may hold data, rather than wait for that."""
    self._graph_def = v1.GraphDef()
    self._nodes, self._all = {}, []
    self._by_op = self._branches = self._callable = None
    self._with.clear()

  def _read(self, version: int, kept: kept_runs.KeptRuns | None) -> None:
    """Reads the graph, and sends it through its passes."""
    graph_def = self.graph.as_graph_def()
    told = graph_pass.Context(self.graph, may_be_resources=self._only)
    nodes = node_graph.NodeGraph(graph_def, self._fed)
    pipeline.run_on_graph(nodes, told)
    model = kept and kept.model_in(graph_def)
    self._graph_def = graph_def
    self._nodes = {node.name: node for node in graph_def.node}
    self._tell(told)
    for node in graph_def.node:
      self._fill_names(node)
    self._resources = set(filter(self._is_resource, self._nodes))
    if kept and model:
      kept.note_model(model, version, self._resources, told)

  def _take(self, known: kept_runs.Reading, input_def: v1.GraphDef) -> None:
    """Puts the input of a call beside what is known of the other nodes."""
    self._graph_def = v1.GraphDef(
      versions=known.model.versions, library=known.model.library
    )
    self._graph_def.library.MergeFrom(input_def.library)
    self._nodes = dict(known.nodes)
    for node in input_def.node:
      self._nodes[node.name] = node
      self._fill_names(node)
    for name in known.named:
      copy = self._nodes[name] = v1.NodeDef()
      copy.CopyFrom(known.nodes[name])
      self._fill_names(copy)
    self._tell(
      graph_pass.Context(
        self.graph, streams=known.streams, ref_variables=known.ref_variables
      )
    )
    self._resources = {
      *known.resources,
      *(node.name for node in input_def.node if self._is_resource(node.name)),
    }

  def _tell(self, told: graph_pass.Context) -> None:
    self._told = told
    self._made_up = {*told.streams, *told.ref_variables.handles.values()}

  def with_fed(self, feeds: Collection[str]) -> 'GraphSnapshot':
    """The graph as it is run with these feeds, of the same resources.

    What shows a variable of TF 1's first kind is read where it is taken; what is
    fed instead is not. And nothing that is written comes before what is fed.
    """
    variables = self.ref_variables
    fed = frozenset(
      tensor
      for tensor in feeds
      if tensor in variables.tensors
      or node_graph.node_name(tensor) in variables.follow_writes
    )
    if not fed:
      return self
    if fed not in self._with:
      snapshot = GraphSnapshot(
        self.graph, self._container, fed, variables.handles
      )
      snapshot.refresh()
      left = variables.handles.keys() - snapshot.ref_variables.handles
      left -= set(map(node_graph.node_name, fed))
      if left:  # there would be two of each
        raise tf.errors.InvalidArgumentError(
          None,
          None,
          f'Cannot feed {sorted(fed)}: what writes {sorted(left)} takes it. Feed '
          'the value of the variable, or assign it.',
        )
      self._with[fed] = snapshot
    return self._with[fed]

  def node(self, name: str) -> v1.NodeDef:
    return self._nodes[name]

  def subgraph(
    self, outputs: Iterable[str], feeds: Collection[str]
  ) -> Subgraph:
    """Collects what `outputs` (node names) need, cut at `feeds` (tensor names).

    Session.run never evaluates what lies behind a fed tensor, so the walk must
    not go there; a TF 2 function would run the stateful part of it.
    """
    kept: dict[str, v1.NodeDef] = {}
    boundary: dict[str, None] = {}
    resources: dict[str, None] = {}
    stack = list(outputs)
    while stack:
      name = stack.pop()
      if name in kept:
        continue
      node = kept[name] = self._nodes[name]
      for source in node.input:
        parent = node_graph.node_name(source)
        if source.startswith('^'):
          if parent not in self._resources and not self._is_fed(
            name, parent, feeds
          ):
            stack.append(parent)
        elif node_graph.tensor_name(source) in feeds:
          boundary[node_graph.tensor_name(source)] = None
        elif parent in self._resources:
          resources[parent] = None
        else:
          stack.append(parent)
    return Subgraph(self._import_def(kept), tuple(boundary), tuple(resources))

  def _is_fed(self, name: str, parent: str, feeds: Collection[str]) -> bool:
    """Whether a node that is waited for need not run, since it is fed.

    As in a Session, that is so of placeholders; and of a node that a pass lets it
    wait for, if the tensors that this one stands for are fed.
    """
    if not feeds:
      return False
    if self._nodes[parent].op in ('Placeholder', 'PlaceholderV2'):
      return f'{parent}:0' in feeds
    tensors = self.ref_variables.added.get((name, parent), ())
    return bool(tensors) and all(tensor in feeds for tensor in tensors)

  def may_be_missing(
    self, tensors: Iterable[str], operations: Iterable[str] = ()
  ) -> list[str]:
    """Which of them do not run where some branch of TF 1 is not taken."""
    if not self.nodes_of(*references.BRANCHING):
      return []
    branches = self._branches_of_nodes()
    return [
      *filter(branches.may_be_missing, tensors),
      *filter(branches.is_in_branch, operations),
    ]

  def _branches_of_nodes(self) -> precedence.Writes:
    """Tells in which branches and loops of TF 1 nodes are; made once a graph."""
    if self._branches is None:
      self._branches = precedence.Writes(self._nodes, {})
    return self._branches

  def needed_by(
    self, elements: Iterable[tf.Operation | tf.Tensor]
  ) -> Sequence[v1.NodeDef]:
    """The nodes that these need, themselves included, but for resources."""
    names = [getattr(element, 'op', element).name for element in elements]
    return self.subgraph(names, ()).graph_def.node

  def stream(self, name: str) -> graph_pass.Stream | None:
    """What a random op draws, if `name` is the variable of its stream."""
    return self._told.streams.get(name)

  @property
  def ref_variables(self) -> graph_pass.RefVariables:
    """The variables of TF 1's first kind that are resources here."""
    return self._told.ref_variables

  def is_variable(self, name: str) -> bool:
    """True for a node that makes the resource of a variable."""
    return self.is_resource(name) and self._nodes[name].op == 'VarHandleOp'

  def is_made_up(self, name: str) -> bool:
    """True for a resource that is one here only, and not in the graph."""
    return name in self._made_up

  @property
  def nodes(self) -> Sequence[v1.NodeDef]:
    """All nodes."""
    return self._all

  def nodes_of(self, *op_types: str) -> list[v1.NodeDef]:
    """The nodes of one of these types."""
    if self._by_op is None:
      self._by_op = collections.defaultdict(list)
      for node in self._nodes.values():
        self._by_op[node.op].append(node)
    return [node for op in op_types for node in self._by_op.get(op, ())]

  @property
  def saves_input(self) -> bool:
    """Whether checkpoints hold how far an input has got, by datasets' names."""
    return bool(self.nodes_of('SerializeIterator'))

  @property
  def library(self) -> v1.GraphDef:
    """The functions that the nodes call."""
    return self._graph_def.library

  @property
  def callable_library(self) -> Any:
    """The functions but for those of one-shot iterators, which hold their data."""
    if self._callable is None:
      factories = set(map(_factory, self.nodes_of('OneShotIterator')))
      self._callable = self.library
      if factories:
        self._callable = type(self.library)(gradient=self.library.gradient)
        self._callable.function.extend(
          f for f in self.library.function if f.signature.name not in factories
        )
    return self._callable

  def factory(self, iterator: v1.NodeDef) -> Any:
    """The function that makes the dataset of a one-shot iterator."""
    name = _factory(iterator)
    return next(f for f in self.library.function if f.signature.name == name)

  def is_resource(self, name: str) -> bool:
    """True for a node that is made once a session: a variable's handle, say."""
    return name in self._resources

  def _import_def(self, kept: dict[str, v1.NodeDef]) -> v1.GraphDef:
    graph_def = v1.GraphDef(
      versions=self._graph_def.versions, library=self.callable_library
    )
    for node in kept.values():
      copy = graph_def.node.add()
      copy.CopyFrom(node)
      for source in node.input:
        if source.startswith('^') and node_graph.node_name(source) not in kept:
          copy.input.remove(source)
      _keep_colocation(copy, kept)
    return graph_def

  def _fill_names(self, node: v1.NodeDef) -> None:
    if 'container' not in node.attr or 'shared_name' not in node.attr:
      return
    if devices.is_remote(node.device):
      # Shared by all that run the same graph, and known to them by its name.
      node.attr['shared_name'].s = (
        node.attr['shared_name'].s or node.name.encode()
      )
      return
    user_container = node.attr['container'].s
    node.attr['container'].s = self._container.encode()
    if ops.has(node, ops.Is.NO_SHARED_NAME):
      return
    shared_name = node.attr['shared_name'].s or node.name.encode()
    if user_container:
      shared_name = user_container + b'/' + shared_name
    node.attr['shared_name'].s = shared_name

  def _is_resource(self, name: str) -> bool:
    """A node whose one output is a lasting resource, of constants at most."""
    node = self._nodes[name]
    if name in self._made_up:
      return True
    if 'container' not in node.attr:
      return False
    sources = [
      node_graph.node_name(s) for s in node.input if not s.startswith('^')
    ]
    if sources and not ops.has(node, ops.Is.TAKES_CONSTANTS):
      return False
    if not all(self._nodes[source].op == 'Const' for source in sources):
      return False
    outputs = self.graph.get_operation_by_name(name).outputs
    return len(outputs) == 1 and outputs[0].dtype == tf.resource


def _keep_colocation(node: v1.NodeDef, kept: Collection[str]) -> None:
  """Drops the wish to stand beside a node that is not in the subgraph."""
  if '_class' not in node.attr:
    return
  groups = node.attr['_class'].list.s
  prefix = b'loc:@'
  left = [
    group
    for group in groups
    if not group.startswith(prefix) or group[len(prefix) :].decode() in kept
  ]
  if not left:
    del node.attr['_class']
  elif len(left) != len(groups):
    node.attr['_class'].list.s[:] = left


def _factory(iterator: v1.NodeDef) -> str:
  return iterator.attr['dataset_factory'].func.name
