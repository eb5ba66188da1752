"""The nodes of a graph by name: what passes read, and how they change it."""

import collections
import graphlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1


def node_name(source: str) -> str:
  """The node behind a NodeDef input or a tensor name ("^a", "a", "a:1")."""
  return source.lstrip('^').split(':', 1)[0]


def tensor_name(source: str) -> str:
  """The full name of the tensor behind a NodeDef's data input."""
  return source if ':' in source else f'{source}:0'


def attributes(op: str) -> set[str]:
  """The names of the attributes that an operation has."""
  return {attribute.name for attribute in _tf.op_def(op).attr}


def drop_attributes(node: v1.NodeDef) -> None:
  """Drops those that its operation does not have."""
  known = attributes(node.op)
  for name in list(node.attr):
    if name not in known and not name.startswith('_'):
      del node.attr[name]


class NodeGraph:
  """Nodes that a session is about to run; a pass changes them in place.

  Passes set the inputs and attributes of nodes themselves, and add and replace
  them here. Nodes keep their names, and what they compute.

  Args:
    graph_def: The nodes, and the functions that they call.
    fed: The names of tensors that get other values than their nodes compute.

  Attributes:
    graph_def: The same.
    fed: The same.
    by_name: The nodes by their names.
    signals: The names of the nodes that `add_signal` has added.
  """

  def __init__(self, graph_def: v1.GraphDef, fed: Collection[str] = ()):
    self.graph_def = graph_def
    self.fed = frozenset(fed)
    self.signals: set[str] = set()
    self.refresh()

  def refresh(self) -> None:
    """Takes in the nodes that were added to `graph_def` itself."""
    self.by_name = {node.name: node for node in self.graph_def.node}

  @property
  def nodes(self) -> Iterable[v1.NodeDef]:
    """All nodes; safe to add others meanwhile."""
    return list(self.graph_def.node)

  def __len__(self) -> int:
    return len(self.by_name)

  def __contains__(self, name: str) -> bool:
    return name in self.by_name

  def __getitem__(self, name: str) -> v1.NodeDef:
    return self.by_name[name]

  def of(self, *op_types: str) -> list[v1.NodeDef]:
    """The nodes of one of these types."""
    return [node for node in self.graph_def.node if node.op in op_types]

  def producer(self, source: str) -> v1.NodeDef | None:
    """The node that computes an input; None if it comes from elsewhere."""
    if source.startswith('^') or tensor_name(source) in self.fed:
      return None
    return self.by_name.get(node_name(source))

  def constant(self, source: str) -> np.ndarray | None:
    """The value of an input; None unless it is a constant."""
    node = self.producer(source)
    if node is None or node.op != 'Const':
      return None
    return tf.make_ndarray(node.attr['value'].tensor)

  def users(self) -> Mapping[str, list[v1.NodeDef]]:
    """The nodes that take an input, by it: a tensor's full name, or "^node"."""
    found = collections.defaultdict(list)
    for node in self.graph_def.node:
      for source in node.input:
        name = source if source.startswith('^') else tensor_name(source)
        found[name].append(node)
    return found

  def add(
    self,
    name: str,
    op: str,
    inputs: Iterable[str] = (),
    device: str = '',
    **types: Any,
  ) -> v1.NodeDef:
    """Adds a node, with a `_` after its name where another one has the name.

    Args:
      name: Its name.
      op: Its operation.
      inputs: Its inputs.
      device: Its device.
      **types: Attributes that are dtypes.
    """
    while name in self.by_name:
      name += '_'
    node = self.graph_def.node.add(name=name, op=op, device=device)
    node.input.extend(inputs)
    for attribute, dtype in types.items():
      node.attr[attribute].type = tf.as_dtype(dtype).as_datatype_enum
    self.by_name[name] = node
    return node

  def add_constant(self, name: str, value: Any, device: str = '') -> v1.NodeDef:
    """Adds a constant, of a value or of a TensorProto."""
    if not isinstance(value, _TENSOR):
      value = tf.make_tensor_proto(value)
    node = self.add(name, 'Const', device=device, dtype=value.dtype)
    node.attr['value'].tensor.CopyFrom(value)
    return node

  def add_signal(self, call: v1.NodeDef, number: int, dtype: int) -> str:
    """The name of a node that runs once a call has this result."""
    name = f'{call.name}/there_{number}'
    if name not in self:
      there = self.add(name, 'Identity', [f'{call.name}:{number}'], call.device)
      there.attr['T'].type = dtype
      self.signals.add(name)
    return name

  def adopt(self, nodes: Iterable[v1.NodeDef]) -> None:
    """Adds copies of nodes that have names of their own."""
    for node in nodes:
      copy = self.graph_def.node.add()
      copy.CopyFrom(node)
      self.by_name[copy.name] = copy

  def remove(self, names: Iterable[str]) -> None:
    """Takes nodes out, and lets nobody wait for them."""
    gone = set(names)
    for index in reversed(range(len(self.graph_def.node))):
      if self.graph_def.node[index].name in gone:
        del self.graph_def.node[index]
    for node in self.graph_def.node:
      for index in reversed(range(len(node.input))):
        if node.input[index].startswith('^') and node.input[index][1:] in gone:
          del node.input[index]
    self.refresh()

  def replace(self, instead: Mapping[str, str]) -> None:
    """Lets all that take some tensors take others: full names to inputs."""
    for node in self.graph_def.node:
      for index, source in enumerate(node.input):
        if not source.startswith('^') and tensor_name(source) in instead:
          node.input[index] = instead[tensor_name(source)]

  def function(self, name: str) -> Any:
    """The function of that name, a FunctionDef."""
    return next(
      f for f in self.graph_def.library.function if f.signature.name == name
    )

  def check(self, boundary: Collection[str] = ()) -> None:
    """Raises ValueError unless names are unique, inputs there, and no circle is.

    Args:
      boundary: The names of the nodes outside whose tensors are used inside.
    """
    names = [node.name for node in self.graph_def.node]
    twice = [n for n, count in collections.Counter(names).items() if count > 1]
    outside = {*boundary, *map(node_name, self.fed)}
    missing = {
      source
      for node in self.graph_def.node
      for source in node.input
      if node_name(source) not in self.by_name
      and node_name(source) not in outside
    }
    if twice or missing or len(names) != len(self.by_name):
      raise ValueError(f'names twice: {twice}; inputs missing: {missing}')
    sources = {
      node.name: [
        name
        for name in map(node_name, node.input)
        if name in self.by_name and self[name].op not in _NEXT
      ]
      for node in self.graph_def.node
    }
    try:
      graphlib.TopologicalSorter(sources).prepare()
    except graphlib.CycleError as error:
      raise ValueError(f'a circle of nodes: {error.args[1]}') from None


# What leads back to the beginning of a loop.
_NEXT = ('NextIteration', 'RefNextIteration')
_TENSOR = type(tf.make_tensor_proto(0))
