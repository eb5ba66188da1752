"""Tells parts of graphs apart by what is in them.

Each call of an Estimator builds its graph anew, and mostly the same one. Two
parts of graphs with equal contents may be one function, unless a kernel in it
remembers something, or calls Python: then each session needs its own.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.compiled import function_names

v1 = tf.compat.v1

# To read a larger graph, mostly one that holds the data as constants, takes
# longer than to compile it.
_MOST_BYTES = 4 << 20
# Attributes that have another number in each graph, and that no kernel reads: only
# who differentiates a graph that is there.
_UNREAD = (
  '_gradient_op_type',
  'backward_function_name',
  'forward_function_name',
)


class Content(NamedTuple):
  """A part of a graph that may be shared."""

  graph_def: v1.GraphDef  # its functions have names of their own
  key: bytes  # equal for equal contents


def read(graph_def: v1.GraphDef) -> Content | None:
  """The contents of a part of a graph, None if it must not be shared.

  Args:
    graph_def: Nodes, and all functions of the graph that they are from.
  """
  if graph_def.ByteSize() > _MOST_BYTES + graph_def.library.ByteSize():
    return None
  library = {f.signature.name: f for f in graph_def.library.function}
  called = _called(graph_def.node, library)
  if called is None:
    return None
  own = v1.GraphDef(node=graph_def.node)
  # `min_consumer` is left out: functions elsewhere in the graph raise it.
  own.versions.producer = graph_def.versions.producer
  own.library.function.extend(library[name] for name in called)
  for function in own.library.function:
    _forget(function.attr)
    for node in function.node_def:
      _forget(node.attr)
  for node in own.node:
    _forget(node.attr)
  function_names.rename(
    own, {name: f'shared_{number}' for number, name in enumerate(called)}
  )
  serialized = own.SerializeToString(deterministic=True)
  if len(serialized) > _MOST_BYTES:
    return None
  if called:
    # TensorFlow knows functions by their names, in the whole process.
    function_names.make_own(own)
  return Content(own, hashlib.sha256(serialized).digest())


def _called(
  nodes: Iterable[v1.NodeDef], library: Mapping[str, Any]
) -> list[str] | None:
  """The functions that the nodes lead to, in the order of the nodes.

  None if one of the nodes, or one in a function, is not to be shared.
  """
  called: dict[str, None] = {}
  if not _visit(nodes, library, called):
    return None
  done = 0
  while done < len(called):
    name = list(called)[done]
    if not _visit(library[name].node_def, library, called):
      return None
    done += 1
  return list(called)


def _visit(
  nodes: Iterable[v1.NodeDef],
  library: Mapping[str, Any],
  called: dict[str, None],
) -> bool:
  for node in nodes:
    if node.op not in library and not _may_be_shared(node):
      return False
    for name in ops.functions_named_in(node):
      if name in library:
        called[name] = None
  return True


def _may_be_shared(node: v1.NodeDef) -> bool:
  if ops.has(node, ops.Is.PYTHON) or ops.has_stream(node):
    return False
  return ops.has(node, ops.Is.STATELESS_KERNEL) or not ops.is_stateful(node.op)


def _forget(attributes: Any) -> None:
  for name in _UNREAD:
    if name in attributes:
      del attributes[name]
