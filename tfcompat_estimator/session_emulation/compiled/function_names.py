"""Gives the functions of a graph names that no other graph has.

TensorFlow 2 knows all functions of a process by name. A graph that was read from
a file may have functions of the same names as the graph it was written from,
but with other annotations; a v1 Session keeps them apart.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import tensorflow as tf

v1 = tf.compat.v1


_Made = TypeVar('_Made')


def retried(make: Callable[[], _Made], graph_def: v1.GraphDef) -> _Made:
  """What `make` makes of a graph; where names are taken, with others in place."""
  try:
    return make()
  except tf.errors.InvalidArgumentError as error:
    if 'duplicate function' not in error.message:
      raise
    make_own(graph_def)
    return make()


def make_own(graph_def: v1.GraphDef) -> None:
  """Renames all functions of a graph, in place.

  The new names follow from what the functions are, so that several imports of
  the same ones share them.
  """
  library = graph_def.library
  content = library.SerializeToString(deterministic=True)
  suffix = '_' + hashlib.sha256(content).hexdigest()[:16]
  new_names = {
    function.signature.name: function.signature.name + suffix
    for function in library.function
  }
  rename(graph_def, new_names)


def rename(graph_def: v1.GraphDef, new_names: Mapping[str, str]) -> None:
  """Gives all functions of a graph other names, in place."""
  library = graph_def.library
  _rename_in(graph_def.node, new_names)
  for function in library.function:
    function.signature.name = new_names[function.signature.name]
    _rename_in(function.node_def, new_names)
  for gradient in library.gradient:
    gradient.function_name = new_names.get(
      gradient.function_name, gradient.function_name
    )
    gradient.gradient_func = new_names.get(
      gradient.gradient_func, gradient.gradient_func
    )


def _rename_in(
  nodes: Iterable[v1.NodeDef], new_names: Mapping[str, str]
) -> None:
  for node in nodes:
    node.op = new_names.get(node.op, node.op)  # called as an op of its own
    for value in node.attr.values():
      if value.HasField('func'):
        value.func.name = new_names.get(value.func.name, value.func.name)
      elif value.HasField('list'):
        for function in value.list.func:
          function.name = new_names.get(function.name, function.name)
