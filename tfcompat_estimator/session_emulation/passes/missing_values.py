"""Lets reads of a variable that has no value fail, as they do in a Session.

Variables of a session are anonymous, and to read one without a value gives an empty
tensor, not an error (TensorFlow 2.16 to 2.21). Reads at the beginning of a run are
checked before it starts. Others, in a branch, in a function, or after a write, are
checked in the program, by this pass: one that finds no value reads a variable that is
not there, which is TensorFlow's own error.
"""

from collections.abc import Collection, Iterator
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.passes import (
  bodies,
  graph_pass,
  node_graph,
)

v1 = tf.compat.v1

NOWHERE = 'tfcompat.none'  # a container that no resource has
_PREFIX = 'tfcompat_value/'
_RESOURCE = tf.resource.as_datatype_enum
_WITH_VALUE = (
  'AssignAddVariableOp',
  'AssignSubVariableOp',
  'ReadVariableOp',
  'VariableShape',
)
# What a graph can only have if it tells what variable its input is, which nothing tells
# of what joins branches (TensorFlow 2.16 to 2.21).
_OF_KNOWN_VARIABLES = ('ResourceCountUpTo',)


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Lets what needs the value of a variable ask first whether it has one."""
  if not context.without_value:
    return False
  known = {
    f'{name}:0'
    for name in context.resources
    if name not in context.without_value
  }
  is_changed = _guard(bodies.Body(nodes.graph_def.node, False), known)
  nodes.refresh()
  for function in _called(nodes):
    is_changed |= _guard(bodies.Body(function.node_def, True), ())
  return is_changed


def _called(nodes: node_graph.NodeGraph) -> list[v1.NodeDef]:
  """The functions that nodes call, and not those of datasets."""
  functions = {f.signature.name: f for f in nodes.graph_def.library.function}
  found = []
  stack = list(nodes.nodes)
  while stack:
    node = stack.pop()
    if 'Dataset' in node.op or node.op == 'SymbolicGradient':
      continue
    for name in ops.functions_named_in(node):
      function = functions.pop(name, None)
      if function is not None:
        found.append(function)
        stack += function.node_def
  return found


def _guard(body: bodies.Body, known: Collection[str]) -> bool:
  names = {node.name for node in body.nodes}
  is_changed = False
  for node in list(body.nodes):
    for number in _variables_taken(node):
      handle = node.input[number]
      if node_graph.tensor_name(handle) not in known:
        _guard_one(body, names, node, number)
        is_changed = True
  return is_changed


def _variables_taken(node: v1.NodeDef) -> Iterator[int]:
  """The numbers of the inputs that are variables whose values a node needs."""
  op = node.op
  if op in _WITH_VALUE:
    yield 0
  elif op.startswith('Resource') and 'Accumulator' not in op:
    op_def = _tf.op_def(op)
    for number, argument in enumerate(op_def.input_arg if op_def else ()):
      if argument.type == _RESOURCE:
        yield number


def _guard_one(
  body: bodies.Body, names: Collection[str], node: v1.NodeDef, number: int
) -> None:
  """Lets a node ask for one of its variables as soon as all else is there."""
  handle, name = node.input[number], f'{_PREFIX}{node.name}/{number}'
  others = {
    f'^{source}'
    for i, source in enumerate(map(node_graph.node_name, node.input))
    if i != number and source in names
  }
  dtypes = [node.attr[key].type for key in ('dtype', 'T') if key in node.attr]

  def add(
    op: str, part: str, inputs: list[str], **attributes: Any
  ) -> list[str]:
    return body.add(op, f'{name}/{part}', inputs, node.device, **attributes)

  (has_value,) = add('VarIsInitializedOp', 'exists', [handle, *sorted(others)])
  missing, there = add('Switch', 'if', [handle, has_value], T=_RESOURCE)
  add('Identity', 'missing', [missing], T=_RESOURCE)
  (nothing,) = add(
    'VarHandleOp',
    'nothing',
    [f'^{name}/missing'],
    dtype=[*dtypes, tf.float32.as_datatype_enum][0],  # a shape is of any type
    shape=v1.AttrValue(shape=tf.TensorShape(None).as_proto()),
    container=v1.AttrValue(s=NOWHERE.encode()),
    shared_name=v1.AttrValue(s=node_graph.node_name(handle).encode()),
  )
  found, _ = add(
    'Merge', 'found', [there, nothing], T=_RESOURCE, N=v1.AttrValue(i=2)
  )
  if node.op in _OF_KNOWN_VARIABLES:
    add('VariableShape', 'asked', [found], out_type=tf.int32.as_datatype_enum)
    node.input.append(f'^{name}/asked')
  else:
    node.input[number] = found


def asked_for(name: str) -> str:
  """The node that needs a value, of one that this pass has added for it."""
  inner = name.removeprefix(_PREFIX)
  return name if inner == name else inner.rsplit('/', 2)[0]


def guarded(handle: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
  """The handle of a variable in the graph that is made, if it has a value."""
  exists = tf.raw_ops.VarIsInitializedOp(resource=handle)
  missing, there = tf.raw_ops.Switch(data=handle, pred=exists)
  with tf.control_dependencies([tf.identity(missing)]):
    nothing = tf.raw_ops.VarHandleOp(
      dtype=dtype, shape=None, container=NOWHERE, shared_name='variable'
    )
  return tf.raw_ops.Merge(inputs=[there, nothing]).output
