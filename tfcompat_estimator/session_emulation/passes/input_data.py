"""Takes the data of an input out of the program that makes its iterator.

Arrays that a dataset is made of are constants of the graph. A function with them in it
has to be compiled for each new array, and TensorFlow's optimizer of graphs copies its
constants many times: for 40,000 rows of seven features that took three times as long as
all the rest of a prediction. Here they become arguments, so that the same function
reads other data of the same shape; and none of it is kept with the function.
"""

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import graph_pass, node_graph

# Others tell programs apart: counts, sizes, names of files.
_FEW_BYTES = 4096


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Takes out what elements consist of, and other large constants."""
  if not nodes.of('MakeIterator'):
    return False
  used = {*map(node_graph.node_name, context.fetches), *context.targets}
  elements = set(_elements(nodes))
  taken = [
    node
    for node in nodes.of('Const')
    if (node.name in elements or node.ByteSize() > _FEW_BYTES)
    and not node.input
    and node.name not in used
  ]
  for node in taken:
    context.data[node_graph.tensor_name(node.name)] = node.attr['value'].tensor
  nodes.remove(node.name for node in taken)
  return bool(taken)


def _elements(nodes: node_graph.NodeGraph) -> Iterator[str]:
  """The names of the nodes whose values, or parts of them, are elements."""
  for dataset in nodes.of('TensorDataset', 'TensorSliceDataset'):
    for source in dataset.input:
      node = nodes.producer(source)
      while node is not None and node.op in ('Reshape', 'Slice'):
        node = nodes.producer(node.input[0])
      if node is not None:
        yield node.name


def tensor(proto: Any) -> tf.Tensor:
  """What a constant holds, as a tensor; for eager mode."""
  with tf.device('/device:CPU:0'):
    if proto.tensor_content:
      return tf.constant(tf.make_ndarray(proto))
    serialized = proto.SerializeToString()
    return tf.io.parse_tensor(serialized, tf.as_dtype(proto.dtype))
