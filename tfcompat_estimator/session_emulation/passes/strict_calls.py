"""Lets a call of a function begin when all that it is given is there.

In a Session a call is one operation. In a function TensorFlow puts the body in
place of the call (2.16 to 2.21: `inline_function_utils.cc`), and what takes nothing
in the body then waits only for what the call has as control inputs. TensorFlow
leaves out a control input that one of the data inputs has already: so an
update in the body would come before what the caller ordered before the call. And
who waits for a call would not wait for its results, which may read a reference.
"""

from collections.abc import Iterable

import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import graph_pass, node_graph

v1 = tf.compat.v1

# Others may wait for a call of a function that changes nothing.
_CALLS = ('StatefulPartitionedCall', 'PartitionedCall')


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Adds control edges from what a call is given to the call."""
  del context
  is_changed = False
  for node in nodes.of(*_CALLS):
    producers = [nodes.producer(source) for source in node.input]
    is_changed |= _wait(node, (n.name for n in producers if n is not None))
  is_changed |= _end_strictly(nodes)
  for function in nodes.graph_def.library.function:
    if function.control_ret:  # tf.function has ordered what is in it
      continue
    names = {node.name for node in function.node_def}
    for node in function.node_def:
      if node.op in _CALLS:
        given = [node_graph.node_name(source) for source in node.input]
        is_changed |= _wait(node, (name for name in given if name in names))
  return is_changed


def _end_strictly(nodes: node_graph.NodeGraph) -> bool:
  """Lets who waits for a call wait for those of its results that are in use."""
  users = nodes.users()
  is_changed = False
  for node in nodes.of(*_CALLS):
    waiting = users.get(f'^{node.name}', ())
    for number, dtype in enumerate(node.attr['Tout'].list.type):
      result = f'{node.name}:{number}'
      if waiting and users.get(result):
        there = nodes.add_signal(node, number, dtype)
        for each in waiting:
          is_changed |= _wait(each, [there])
  return is_changed


def _wait(node: v1.NodeDef, names: Iterable[str]) -> bool:
  """Adds control edges to a node; returns whether it did not have them all."""
  wanted = dict.fromkeys(f'^{name}' for name in names)
  missing = [source for source in wanted if source not in node.input]
  node.input.extend(missing)
  return bool(missing)
