"""Makes one GraphDef of a graph where several are asked for.

Of the graph of a training, the files for TensorBoard and each checkpoint hold
one. To make it anew takes ten times as long as to copy it.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

# A larger one is not worth its memory.
_MOST_BYTES = 16 << 20


@contextlib.contextmanager
def kept(graph: tf.Graph) -> Iterator[None]:
  """While this is open, and once it is finalized, `graph` keeps its GraphDef.

  That is the one with shapes, which checkpoints and events hold.
  """
  make = graph.as_graph_def
  last: list[Any] = []

  def as_graph_def(
    from_version: Any = None, add_shapes: bool = False, **options: Any
  ) -> tf.compat.v1.GraphDef:
    plain = from_version is None and not any(options.values())
    if not (plain and add_shapes and graph.finalized):
      return make(from_version, add_shapes, **options)
    if not last:
      made = make(add_shapes=True)
      if made.ByteSize() > _MOST_BYTES:
        return made
      last.append(made)
    copy = tf.compat.v1.GraphDef()
    copy.CopyFrom(last[0])
    return copy

  graph.as_graph_def = as_graph_def
  try:
    yield
  finally:
    del graph.as_graph_def
