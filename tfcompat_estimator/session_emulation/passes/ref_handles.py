"""Makes nodes that return the resources behind tensors of a graph.

A tensor that may be the value of one variable or another, or of none, depending on
what a run chooses, has a handle that goes the way of the tensor: through a `Merge`
of handles beside its `Merge`, and so on. A value that is no variable's comes in a
variable of its own there, made for this one run of the node.
"""

from collections.abc import Collection

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.passes import (
  frames,
  node_graph,
  references,
)

v1 = tf.compat.v1

_RESOURCE = tf.resource.as_datatype_enum


class Handles:
  """The handles of one graph, each made when it is asked for.

  Attributes:
    of: From each variable to the node of its resource; to be filled in.
  """

  def __init__(
    self,
    nodes: node_graph.NodeGraph,
    found: references.References,
    loops: frames.Frames,
  ):
    self.of: dict[str, str] = {}
    self._nodes = nodes
    self._found = found
    self._frames = loops
    self._made: dict[tuple[str, str], str] = {}
    # As the graph was, before anything is changed.
    self._inputs = {
      name: list(nodes[name].input)
      for name in map(node_graph.node_name, found.of)
    }
    self.entered = {
      tensor
      for tensor in found.of
      if self._maker(tensor).op in references.ENTERING
    }
    self._bases = {tensor: self._base(tensor) for tensor in found.of}

  def add(self, name: str, op: str, device: str) -> v1.NodeDef:
    """Adds a node."""
    return self._nodes.add(name, op, device=device)

  def is_root(self, tensor: str) -> bool:
    """Whether it stands for a variable as it is, or where that is entered."""
    return self._bases[tensor] == tensor

  def handle(self, tensor: str) -> str:
    """The resource that a tensor stands for; it need not wait for the tensor."""
    base = self._bases[tensor]
    if base in self.entered:
      return base
    variable = self._found.sure(tensor)
    if variable is not None:
      return self._in_loop(self.loop(tensor), variable)
    if (tensor, 'handle') not in self._made:
      self._accompany(tensor)
    return self._made[tensor, 'handle']

  def loop(self, tensor: str) -> str:
    """The loop that a tensor is in; '' if it is in none."""
    return self._frames.of.get(node_graph.node_name(tensor), '')

  def alive(self, tensor: str) -> str:
    """A node that runs if a tensor is computed."""
    node = self._maker(tensor)
    if node.op not in references.BRANCHING:
      return node.name
    if (tensor, 'alive') not in self._made:
      # What waits for the node itself does not wait for one of its outputs.
      identity = self.add(f'{node.name}/alive', 'Identity', node.device)
      identity.input.append(tensor)
      identity.attr['T'].CopyFrom(node.attr['T'])
      self._made[tensor, 'alive'] = identity.name
    return self._made[tensor, 'alive']

  def value(self, tensor: str) -> str:
    """The value of a variable that is taken into a branch or a loop."""
    if (tensor, 'value') not in self._made:
      node = self._maker(tensor)
      read = self.add(f'{node.name}/read', '', node.device)
      self.make_read(read, tensor)
      self._made[tensor, 'value'] = read.name
    return self._made[tensor, 'value']

  def make_read(
    self, node: v1.NodeDef, tensor: str, control_inputs: Collection[str] = ()
  ) -> None:
    """Makes a node read what a tensor stands for."""
    node.op = 'ReadVariableOp'
    node.input[:] = [
      self.handle(tensor),
      *(f'^{name}' for name in sorted(control_inputs)),
    ]
    node.attr['dtype'].type = self.dtype(tensor)
    node_graph.drop_attributes(node)

  def dtype(self, tensor: str) -> int:
    """What it reads."""
    variable = next(iter(self._found.of[tensor]))
    return self._nodes[self.of[variable]].attr['dtype'].type

  def _maker(self, tensor: str) -> v1.NodeDef:
    return self._nodes[node_graph.node_name(tensor)]

  def _base(self, tensor: str) -> str | None:
    """The reference behind a tensor that has a resource: a variable's own.

    Or what takes that into a branch or a loop; None behind what joins them.
    """
    while True:
      node = self._maker(tensor)
      if node.op in references.VARIABLES or tensor in self.entered:
        return tensor
      taken = references.ends(node).taken
      if node.op in ('Identity', 'RefIdentity'):
        taken = (0,)
      elif node.op in references.PASSING or not taken:
        return None
      tensor = node_graph.tensor_name(node.input[taken[0]])

  def _in_loop(self, frame: str, variable: str) -> str:
    """The resource of a variable in a loop."""
    if not frame:
      return self.of[variable]
    if (frame, variable) not in self._made:
      entrance = self._frames.entrances[frame]
      enter = self.add(f'{self.of[variable]}/Enter', 'Enter', '')
      self._made[frame, variable] = enter.name
      for name in ('frame_name', 'parallel_iterations'):
        enter.attr[name].CopyFrom(entrance.attr[name])
      enter.attr['is_constant'].b = True
      enter.attr['T'].type = _RESOURCE
      outer = self._in_loop(self._frames.around(frame), variable)
      # A loop in a branch that is not taken must not begin.
      enter.input.extend([outer, f'^{self.alive(entrance.input[0])}'])
    return self._made[frame, variable]

  def _accompany(self, tensor: str) -> None:
    """Makes a node beside the one that a tensor comes from."""
    node = self._maker(tensor)
    if node.op in references.PASSING or node.op in references.JOINING:
      beside = self.add(f'{node.name}/handle', node.op, node.device)
      beside.op = references.PASSING.get(node.op, node.op)
      for name, value in node.attr.items():
        if name != '_class':
          beside.attr[name].CopyFrom(value)
      beside.attr['T'].type = _RESOURCE
      for number in range(2 if node.op in references.BRANCHING else 1):
        self._made[f'{node.name}:{number}', 'handle'] = (
          f'{beside.name}:{number}'
        )
      is_merge = node.op in references.MERGING
      for number, source in enumerate(
        self._inputs.get(node.name, list(node.input))
      ):
        if source.startswith('^') or (number and not is_merge):
          beside.input.append(source)
        else:
          beside.input.append(self._gated(source, node.attr['T'].type))
      return
    number = 0
    if node.op == 'IdentityN':
      number = int(tensor.partition(':')[2])
    source = node_graph.tensor_name(self._inputs[node.name][number])
    self._made[tensor, 'handle'] = self.handle(source)

  def _gated(self, source: str, dtype: int) -> str:
    """A handle that is there if, and when, a tensor is computed."""
    tensor = node_graph.tensor_name(source)
    if (tensor, 'gated') in self._made:
      return self._made[tensor, 'gated']
    node = self._maker(tensor)
    if node.op in references.NEXT:
      # TensorFlow wants no other node where an iteration ends.
      self._accompany(tensor)
      handle = self._made[tensor, 'handle']
    elif tensor not in self._found.of:
      handle = self._boxed(tensor, dtype)
    elif self._found.sure(tensor) and tensor not in self.entered:
      identity = self.add(f'{node.name}/handle', 'Identity', node.device)
      identity.input.extend([self.handle(tensor), f'^{self.alive(tensor)}'])
      identity.attr['T'].type = _RESOURCE
      handle = identity.name
    else:
      handle = self.handle(tensor)
    self._made[tensor, 'gated'] = handle
    return handle

  def _boxed(self, tensor: str, dtype: int) -> str:
    """Puts a value into a variable of its own."""
    node = self._maker(tensor)
    box = self.add(f'{node.name}/box', 'VarHandleOp', node.device)
    box.input.append(f'^{self.alive(tensor)}')
    box.attr['dtype'].type = dtype
    box.attr['shape'].shape.unknown_rank = True
    box.attr['shared_name'].s = _tf.anonymous_name().encode()
    put = self.add(f'{box.name}/put', 'AssignVariableOp', node.device)
    put.input.extend([box.name, tensor])
    put.attr['dtype'].type = dtype
    full = self.add(f'{box.name}/full', 'Identity', node.device)
    full.input.extend([box.name, f'^{put.name}'])
    full.attr['T'].type = _RESOURCE
    return full.name
