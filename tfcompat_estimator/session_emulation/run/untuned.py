"""Spares input that waits in memory the price of tf.data's tuning.

tf.data measures each element in each dataset that it goes through, to choose
how many calls run in parallel and how much is buffered, and puts a buffer with a
thread of its own at the end. Batches that are cached in memory have no use for
that: without it a step of a small or medium model takes a tenth less
(TensorFlow 2.16 to 2.21).
"""

import functools
from typing import Any

import tensorflow as tf

from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.run import node_defs
from tfcompat_estimator.session_emulation.run import snapshot as snapshot_lib

v1 = tf.compat.v1

# Datasets that hand on the elements of another one as they are.
_PASSING = ('RepeatDataset', 'SkipDataset', 'TakeDataset')


def use(graph_def: v1.GraphDef, snapshot: snapshot_lib.GraphSnapshot) -> None:
  """Turns the tuning off for the iterators of cached datasets.

  Args:
    graph_def: The nodes of a program, changed in place.
    snapshot: Its graph.
  """
  makers = [node for node in graph_def.node if node.op == 'MakeIterator']
  if not makers or _is_saved(snapshot):
    return
  nodes = {node.name: node for node in graph_def.node}
  for maker in makers:
    name = node_defs.node_name(maker.input[0])
    if _is_at_hand(name, nodes, graph_def.library):
      added = _without_tuning(nodes[name], graph_def, nodes)
      maker.input[0] = added.name


def use_eagerly(
  dataset: tf.Tensor,
  iterator: v1.NodeDef,
  snapshot: snapshot_lib.GraphSnapshot,
) -> tf.Tensor:
  """Turns it off for the dataset of a one-shot iterator, if that is cached.

  Args:
    dataset: What the iterator's function returned, a scalar `variant`.
    iterator: The node of the iterator.
    snapshot: Its graph.

  Returns:
    A dataset of the same elements.
  """
  library = snapshot.library
  factory = _function(iterator.attr['dataset_factory'].func.name, library)
  nodes = {node.name: node for node in factory.node_def}
  (returned,) = factory.ret.values()
  name = node_defs.node_name(returned)
  if _is_saved(snapshot) or not _is_at_hand(name, nodes, library):
    return dataset
  return tf.raw_ops.OptionsDataset(
    input_dataset=dataset,
    serialized_options=options(),
    output_types=list(iterator.attr['output_types'].list.type),
    output_shapes=list(iterator.attr['output_shapes'].list.shape),
  )


def _is_saved(snapshot: snapshot_lib.GraphSnapshot) -> bool:
  """True if checkpoints hold how far an input has got, by its datasets' names."""
  return bool(snapshot.nodes_of('SerializeIterator'))


def _is_at_hand(name: str, nodes: dict[str, v1.NodeDef], library: Any) -> bool:
  """True if elements wait in memory, and filling it leaves nothing to choose."""
  node = nodes.get(name)
  while node is not None and node.op in _PASSING:
    node = nodes.get(node_defs.node_name(node.input[0]))
  if node is None or not _is_in_memory(node, nodes):
    return False
  stack = [node.name]
  while stack:
    node = nodes.get(stack.pop())
    if node is None or not _is_simple(node, nodes, library):
      return False
    stack += map(node_defs.node_name, ops.datasets_taken(node))
  return True


def _is_in_memory(node: v1.NodeDef, nodes: dict[str, v1.NodeDef]) -> bool:
  if node.op in ('CacheDataset', 'CacheDatasetV2'):
    return _constant(node.input[1], nodes) == b''  # no name of a file
  return node.op == 'TensorDataset'


def _is_simple(
  node: v1.NodeDef, nodes: dict[str, v1.NodeDef], library: Any
) -> bool:
  if node.op == 'FlatMapDataset':  # TensorFlow's own way to read several files
    function = _function(node.attr['f'].func.name, library)
    return all(
      ops.has(inner, ops.Is.SIMPLE_DATASET)
      for inner in function.node_def
      if 'Dataset' in inner.op
    )
  if node.op == 'PrefetchDataset':
    return _constant(node.input[1], nodes) not in (None, tf.data.AUTOTUNE)
  return ops.has(node, ops.Is.SIMPLE_DATASET)


def _constant(tensor: str, nodes: dict[str, v1.NodeDef]) -> Any:
  """The value of a tensor; None unless it is a constant."""
  node = nodes.get(node_defs.node_name(tensor))
  if node is None or node.op != 'Const':
    return None
  return tf.make_ndarray(node.attr['value'].tensor).item()


def _function(name: str, library: Any) -> Any:
  return next(f for f in library.function if f.signature.name == name)


def _without_tuning(
  dataset: v1.NodeDef,
  graph_def: v1.GraphDef,
  nodes: dict[str, v1.NodeDef],
) -> v1.NodeDef:
  name = f'{dataset.name}/untuned'
  node = node_defs.add(graph_def, nodes, name, 'OptionsDataset', dataset.device)
  node.input.append(dataset.name)
  node.attr['serialized_options'].s = options()
  types = 'output_types' if 'output_types' in dataset.attr else 'Toutput_types'
  if types in dataset.attr:
    node.attr['output_types'].CopyFrom(dataset.attr[types])
    node.attr['output_shapes'].CopyFrom(dataset.attr['output_shapes'])
  else:  # lines or records of files
    node.attr['output_types'].list.type.append(tf.string.as_datatype_enum)
    node.attr['output_shapes'].list.shape.add()
  return node


@functools.cache
def options() -> bytes:
  """The options as a node has them: TensorFlow writes them into a graph only."""
  chosen = tf.data.Options()
  chosen.autotune.enabled = False
  with tf.Graph().as_default() as graph:
    dataset = tf.data.Dataset.range(1).with_options(chosen)
    v1.data.make_initializable_iterator(dataset)
    (written,) = (
      op.get_attr('serialized_options')
      for op in graph.get_operations()
      if op.type == 'OptionsDataset'
    )
  return written
