"""Gives each seeded random op one stream in all functions of a session.

In a Session a random op is one kernel, whose generator goes on from run to run.
Here each function would have a kernel of its own, starting at the seed: the step
with summaries would draw again what the step before it drew. So a seeded op
becomes a stateless one, and its generator a variable of the session. The draws
are those of the op to the bit: both are Philox 4x32-10 with the seed as the key,
the second seed as the upper half of the counter and 256 steps a number.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.session_emulation import ops

v1 = tf.compat.v1
_PREFIX = 'tfcompat_random/'
_PHILOX = 1
# The stateless form, the attribute of the result's type in the stateful one.
_STATELESS = {
  'RandomUniform': ('StatelessRandomUniformV2', 'dtype'),
  'RandomStandardNormal': ('StatelessRandomNormalV2', 'dtype'),
  'TruncatedNormal': ('StatelessTruncatedNormalV2', 'dtype'),
  'RandomUniformInt': ('StatelessRandomUniformIntV2', 'Tout'),
}


def share(graph_def: v1.GraphDef, graph: tf.Graph) -> dict[str, np.ndarray]:
  """Rewrites the seeded random ops of a graph.

  Those inside a v1 while loop stay as they are: what they would need had to be
  brought into the loop's frame. So do those inside functions (branches and loops
  of v2 control flow, a dataset's map).

  Args:
    graph_def: The nodes of the graph, changed in place.
    graph: The graph.

  Returns:
    From the names of the new VarHandleOps to the variables' initial values.
  """
  states: dict[str, np.ndarray] = {}
  for node in list(graph_def.node):
    if node.op not in _STATELESS:
      continue
    seeds = (node.attr['seed'].i, node.attr['seed2'].i)
    if seeds == (0, 0) or _in_while_loop(graph, node.name):
      continue
    if not states:
      _add_constants(graph_def)
    state = _PREFIX + node.name
    states[state] = np.array([0, seeds[1], seeds[0]], np.int64)
    _rewrite(graph_def, node, state)
  return states


def stays_in_kernels(nodes: Iterable[v1.NodeDef], library: v1.GraphDef) -> bool:
  """True if the stream of a seeded op starts anew with each function.

  Args:
    nodes: A part of a graph whose random ops `share` has seen.
    library: The functions that nodes call, which are looked into.
  """
  return any(map(ops.has_stream, ops.with_called(nodes, library)))


def _in_while_loop(graph: tf.Graph, name: str) -> bool:
  operation = graph.get_operation_by_name(name)
  context = operation._get_control_flow_context()  # noqa: SLF001
  while context is not None:
    if context.IsWhileContext():
      return True
    context = context.outer_context
  return False


def _add_constants(graph_def: v1.GraphDef) -> None:
  for name, value in (
    ('algorithm', np.int32(_PHILOX)),
    ('axis', np.int32(0)),
    ('zero', np.array([0], np.int32)),
    ('one', np.array([1], np.int32)),
    ('two', np.array([2], np.int32)),
  ):
    node = graph_def.node.add(name=_PREFIX + name, op='Const')
    node.attr['value'].tensor.CopyFrom(tf.make_tensor_proto(value))
    node.attr['dtype'].type = tf.int32.as_datatype_enum


def _rewrite(graph_def: v1.GraphDef, node: v1.NodeDef, state: str) -> None:
  shape, *bounds = [s for s in node.input if not s.startswith('^')]
  control = [s for s in node.input if s.startswith('^')]
  shape_type = node.attr['T'].type

  def add(op: str, name: str, inputs: list[str], **types: Any) -> str:
    new = graph_def.node.add(name=f'{state}/{name}', op=op, device=node.device)
    new.input.extend(inputs)
    for attribute, value in types.items():
      new.attr[attribute].type = value
    return new.name

  int32, int64, uint64 = (
    t.as_datatype_enum for t in (tf.int32, tf.int64, tf.uint64)
  )
  handle = graph_def.node.add(name=state, op='VarHandleOp', device=node.device)
  handle.attr['dtype'].type = int64
  handle.attr['shape'].shape.CopyFrom(tf.TensorShape([3]).as_proto())
  size = add(
    'Prod', 'size', [shape, _PREFIX + 'axis'], T=shape_type, Tidx=int32
  )
  count = add('Cast', 'count', [size], SrcT=shape_type, DstT=uint64)
  # The control inputs keep a branch that is not taken from drawing.
  before = add(
    'RngReadAndSkip', 'state', [state, _PREFIX + 'algorithm', count, *control]
  )
  parts = []
  for name, begin, length in (
    ('counter', 'zero', 'two'),
    ('key', 'two', 'one'),
  ):
    inputs = [before, _PREFIX + begin, _PREFIX + length]
    part = add('Slice', f'{name}_int', inputs, T=int64, Index=int32)
    parts.append(add('Bitcast', name, [part], T=int64, type=uint64))
  counter, key = parts

  stateless, type_attribute = _STATELESS[node.op]
  result_type = node.attr[type_attribute].type
  node.op = stateless
  node.input[:] = [
    shape,
    key,
    counter,
    _PREFIX + 'algorithm',
    *bounds,
    *control,
  ]
  for name in list(node.attr):
    if not name.startswith('_'):
      del node.attr[name]
  node.attr['dtype'].type = result_type
  node.attr['Tshape'].type = shape_type
