"""Tells where the program made the operation that failed.

A function that was built from parts of a graph knows no lines of the program.
The graph does: its operation of the same name has them.
"""

import re
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import (
  missing_values,
  references,
)

_NODE = re.compile(r'\{\{node ([^}]+)\}\}')
# What TensorFlow puts before the names in a function that it calls (2.16 to 2.21).
_CALL = re.compile(r'.*(?:PartitionedCall(?:_\d+)?|/body/_\d+)/')
# The operation behind an output may have a name of its own in a function, and
# what writes has one where a variable of TF 1's first kind is a resource.
_OUTPUT = re.compile(r'_0$')
_WRITE = re.compile(r'/write$')
# What TensorFlow says of one whose variable has no value, beside that it is nowhere.
_NO_VALUE = (missing_values.NOWHERE, 'Invalid variable reference')
_NO_LINES = re.compile(
  r'Detected at node .+ defined at \(most recent call last\):\n'
  r'<stack traces unavailable>\n'
)


def located(
  graph: tf.Graph, functions: Sequence[Any], error: Exception
) -> Exception:
  """The error with the `op` that failed, as that of a v1 session.

  Its text then ends in the lines of the program that made the operation.

  Args:
    graph: The graph that was run.
    functions: The FunctionDefs that it may call. A name that also a node in them
      has tells nothing: errors do not say which function a node is in.
    error: What was raised.

  Returns:
    An error of the same type; `error` itself if it names no operation of the
    graph, or has one.
  """
  kind = type(error)
  if not isinstance(error, tf.errors.OpError) or kind is tf.errors.OpError:
    return error
  operation = None
  if error.op is None:
    operation = _failed(graph, functions, error.message)
  if operation is None:
    return error
  message = _NO_LINES.sub('', error.message)
  taken = references.ends(operation.node_def).taken
  if taken and any(words in message for words in _NO_VALUE):
    # What a Session says of variables of TF 1's first kind.
    kind = tf.errors.FailedPreconditionError
    name = operation.inputs[taken[0]].op.name
    message = f'Attempting to use uninitialized value {name}\n{message}'
  return kind(
    operation.node_def, operation, message, error.experimental_payloads
  )


def _failed(
  graph: tf.Graph, functions: Sequence[Any], message: str
) -> tf.Operation | None:
  """The first operation of the graph that the message names."""
  for name in _NODE.findall(message):
    inner = missing_values.asked_for(_CALL.sub('', name))
    names = [name, inner, _OUTPUT.sub('', inner), _WRITE.sub('', inner)]
    found = (_find(graph, candidate) for candidate in names)
    operation = next(filter(None, found), None)
    if operation is not None:
      is_inside = _is_inside(functions, names)
      return None if is_inside else operation
  return None


def _find(graph: tf.Graph, name: str) -> tf.Operation | None:
  try:
    return graph.get_operation_by_name(name)
  except (KeyError, ValueError):
    return None


def _is_inside(functions: Sequence[Any], names: Sequence[str]) -> bool:
  return any(
    node.name in names for function in functions for node in function.node_def
  )
