"""Makes one-shot iterators of the functions that have their datasets."""

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.compiled import compiled_function
from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  input_data,
  node_graph,
  pipeline,
)
from tfcompat_estimator.session_emulation.run import graph_snapshot, parts

v1 = tf.compat.v1


def begin(
  iterator: v1.NodeDef,
  handle: tf.Tensor,
  snapshot: graph_snapshot.GraphSnapshot,
) -> None:
  """Lets an iterator read its dataset, which is made here, once.

  What the function does becomes a program like those that initialize other iterators,
  and goes through the same passes.

  Args:
    iterator: The `OneShotIterator`.
    handle: Of the iterator that stands for it.
    snapshot: The graph.
  """
  graph_def, names = _tf.function_def_to_graph_def(snapshot.factory(iterator))
  graph_def.library.CopyFrom(snapshot.callable_library)
  (dataset,) = snapshot.factory(iterator).ret.values()
  nodes = node_graph.NodeGraph(graph_def)
  here = 'iterator'
  while here in nodes:
    here += '_'
  make = nodes.add('begin', 'MakeIterator', [names[dataset], here])
  context = graph_pass.Context(
    tf.Graph(),
    targets=[make.name],
    resources={here: ''},
    saves_input=snapshot.saves_input,
  )
  pipeline.run_on_input(nodes, context)
  data = {n: input_data.tensor(each) for n, each in context.data.items()}
  handles = {f'{here}:0': handle, **data}
  part = parts.Part(
    graph_snapshot.Subgraph(nodes.graph_def, tuple(handles), ()),
    parts.Signature((), (), tuple(context.targets)),
    [],
    handles,
    {},
  )
  part.share()
  compiled_function.Function(part.compile, list(handles.values()), part.key)()
