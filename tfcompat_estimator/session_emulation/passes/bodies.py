"""The nodes of a graph or of a function, and the frames of loops they are in.

A function's nodes name each other's outputs in another way than a graph's do:
`split:output:1`, not `split:1`. And what is made outside of a loop of TF 1 has to
be brought into each of its frames by an `Enter`.
"""

import collections
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.passes import node_graph

v1 = tf.compat.v1

_ENTERS = ('Enter', 'RefEnter')
_EXITS = ('Exit', 'RefExit')
_Frames = tuple[str, ...]  # the names of frames, from the outermost on


class Body:
  """Adds nodes to a graph or to a function.

  Args:
    nodes: Its nodes, which grow.
    is_function: Whether they are a function's.

  Attributes:
    nodes: The nodes.
  """

  def __init__(self, nodes: Any, is_function: bool):
    self.nodes = nodes
    self._is_function = is_function
    self._constants: dict[str, str] = {}
    self._brought: dict[tuple[str, _Frames], str] = {}
    self._entrances: dict[_Frames, v1.NodeDef] = {}
    self._around = self._frames()

  def add(
    self,
    op: str,
    name: str,
    inputs: Sequence[str],
    device: str = '',
    **attributes: Any,
  ) -> list[str]:
    """Adds a node.

    Args:
      op: Its operation.
      name: Its name.
      inputs: What it takes.
      device: Its device.
      **attributes: An `AttrValue` each, or the number of a type.

    Returns:
      The names of its outputs, for those who take them.
    """
    node = self.nodes.add(name=name, op=op, input=inputs, device=device)
    for key, value in attributes.items():
      if isinstance(value, int):
        node.attr[key].type = value
      else:
        node.attr[key].CopyFrom(value)
    return self.outputs(node)

  def outputs(self, node: v1.NodeDef) -> list[str]:
    """The names of a node's outputs, for those who take them.

    None for a call of a function by its name.
    """
    found: list[str] = []
    op_def = _tf.op_def(node.op)
    for argument in op_def.output_arg if op_def else ():
      count = 1
      if argument.type_list_attr:
        count = len(node.attr[argument.type_list_attr].list.type)
      elif argument.number_attr:
        count = node.attr[argument.number_attr].i
      for number in range(count):
        found.append(
          f'{node.name}:{argument.name}:{number}'
          if self._is_function
          else f'{node.name}:{len(found)}'
        )
    return found

  def constant(self, name: str, value: np.ndarray) -> str:
    """The output of a constant, which is there once."""
    if name not in self._constants:
      tensor = tf.make_tensor_proto(value)
      (self._constants[name],) = self.add(
        'Const',
        name,
        [],
        dtype=tensor.dtype,
        value=v1.AttrValue(tensor=tensor),
      )
    return self._constants[name]

  def bring(self, source: str, dtype: int, node: v1.NodeDef) -> str:
    """What is outside of all loops, as `node` in some of them can take it.

    Args:
      source: The name of an output.
      dtype: Its type.
      node: Who is to take it.
    """
    around = self._around.get(node.name, ())
    for depth in range(len(around)):
      frames = around[: depth + 1]
      if (source, frames) not in self._brought:
        self._brought[source, frames] = self._enter(source, dtype, frames)
      source = self._brought[source, frames]
    return source

  def _enter(self, source: str, dtype: int, frames: _Frames) -> str:
    entrance = self._entrances[frames]
    name = f'{node_graph.node_name(source)}/in/{frames[-1]}'
    # In a branch that is not taken nothing may enter a loop.
    (alive,) = self.add(
      'Identity',
      f'{name}/alive',
      entrance.input[:1],
      entrance.device,
      T=entrance.attr['T'],
    )
    (brought,) = self.add(
      'Enter',
      name,
      [source, f'^{node_graph.node_name(alive)}'],
      entrance.device,
      T=dtype,
      frame_name=entrance.attr['frame_name'],
      parallel_iterations=entrance.attr['parallel_iterations'],
      is_constant=v1.AttrValue(b=True),
    )
    return brought

  def _frames(self) -> dict[str, _Frames]:
    """The frames around each node, by its name."""
    waiting = [node for node in self.nodes if node.op in _ENTERS]
    if not waiting:
      return {}
    takers = collections.defaultdict(list)
    for node in self.nodes:
      for source in node.input:
        takers[node_graph.node_name(source)].append(node)
    around: dict[str, _Frames] = collections.defaultdict(tuple)
    while waiting:
      node = waiting.pop()
      frames = around[node.name]
      if node.op in _ENTERS:
        frames = _inside(node, frames)
      elif node.op in _EXITS:
        frames = frames[:-1]
      for taker in takers[node.name]:
        if len(frames) > len(around[taker.name]):
          around[taker.name] = frames
          waiting.append(taker)
    # The first ones: a gradient's may wait for what comes after the loop.
    for node in self.nodes:
      if node.op in _ENTERS:
        self._entrances.setdefault(_inside(node, around[node.name]), node)
    return around


def _inside(enter: v1.NodeDef, frames: _Frames) -> _Frames:
  return (*frames, enter.attr['frame_name'].s.decode())
