"""Rewrites an export for the servers of TensorFlow 1.15.

They know neither operations nor attributes that came later. What a server
runs of an export is little: signatures, tables, and restoring the variables.
"""

import functools
import os
import pathlib
import shutil
from collections.abc import Iterable, Iterator

import tensorflow as tf
from tensorflow.core.framework import graph_pb2, node_def_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from tfcompat_estimator import _tf

_GRAPH = 'saved_model.pb'
# Say something of a graph, and change no result.
_ANNOTATIONS = frozenset({'debug_name', 'sparse_gradient'})
# Of no use in a process that only reads variables.
_NEEDLESS = frozenset({'DisableCopyOnRead'})


def rewrite(export_dir: str, target: str) -> None:
  """Writes a copy of an export that TensorFlow 1.15 loads.

  Args:
    export_dir: The folder with `saved_model.pb`.
    target: The folder to make.

  Raises:
    ValueError: The graph has operations that 1.15 does not know, or `target`
      is there.
  """
  source = pathlib.Path(export_dir)
  if os.path.exists(target):
    raise ValueError(f'target ({target}) exists. Name a folder to make.')
  saved = saved_model_pb2.SavedModel()
  saved.ParseFromString((source / _GRAPH).read_bytes())
  for graph in saved.meta_graphs:
    _prune(graph)
    _replace_parsing(graph.graph_def)
    _narrow_segments(graph.graph_def)
    _check(graph.graph_def)
  shutil.copytree(source, target, ignore=shutil.ignore_patterns(_GRAPH))
  (pathlib.Path(target) / _GRAPH).write_bytes(saved.SerializeToString())


def _node_of(name: str) -> str:
  return name.removeprefix('^').partition(':')[0]


def _roots(meta: meta_graph_pb2.MetaGraphDef) -> Iterator[str]:
  """What a server asks for."""
  for signature in meta.signature_def.values():
    for infos in (signature.inputs, signature.outputs):
      for info in infos.values():
        sparse = info.coo_sparse
        yield from (
          info.name,
          sparse.values_tensor_name,
          sparse.indices_tensor_name,
          sparse.dense_shape_tensor_name,
        )
  saver = meta.saver_def
  yield from (
    saver.filename_tensor_name,
    saver.save_tensor_name,
    saver.restore_op_name,
  )
  for asset in meta.asset_file_def:
    yield asset.tensor_info.name
  for key in ('saved_model_main_op', 'legacy_init_op', 'saved_model_train_op'):
    yield from meta.collection_def[key].node_list.value


def _prune(meta: meta_graph_pb2.MetaGraphDef) -> None:
  """Leaves what a server asks for: initial values are random operations."""
  nodes = {node.name: node for node in meta.graph_def.node}
  waiting = [_node_of(name) for name in _roots(meta) if name]
  kept = set[str]()
  while waiting:
    name = waiting.pop()
    if name in kept or nodes[name].op in _NEEDLESS:
      continue
    kept.add(name)
    waiting += [_node_of(each) for each in nodes[name].input]
  left = [node for node in meta.graph_def.node if node.name in kept]
  del meta.graph_def.node[:]
  for node in left:
    inputs = [each for each in node.input if _node_of(each) in kept]
    del node.input[:]
    node.input.extend(inputs)
    classes = [
      each
      for each in node.attr['_class'].list.s
      if each.decode().removeprefix('loc:@') in kept
    ]
    del node.attr['_class']
    if classes:
      node.attr['_class'].list.s.extend(classes)
  meta.graph_def.node.extend(left)
  for key, collection in list(meta.collection_def.items()):
    kind = collection.WhichOneof('kind')
    names = collection.node_list.value
    if (
      kind is None
      or kind == 'bytes_list'
      or not kept.issuperset(map(_node_of, names))
    ):
      del meta.collection_def[key]


def _replace_parsing(graph: graph_pb2.GraphDef) -> None:
  """Parses examples by the operation that 1.15 has."""
  nodes = {node.name: node for node in graph.node}
  for node in list(graph.node):
    if node.op != 'ParseExampleV2':
      continue
    attr = node.attr
    if attr['ragged_value_types'].list.type:
      raise ValueError(
        f'{node.name} parses ragged features, which TensorFlow 1.15 cannot: '
        'use sparse ones.'
      )
    serialized, names, sparse, dense, _, *defaults = node.input
    keys = {
      what: tf.make_ndarray(
        nodes[_node_of(vector)].attr['value'].tensor
      ).ravel()
      for what, vector in (('sparse', sparse), ('dense', dense))
    }
    inputs = [serialized, names]
    for what, values in keys.items():
      for index, value in enumerate(values):
        key = graph.node.add(name=f'{node.name}/{what}_key_{index}', op='Const')
        key.attr['dtype'].type = tf.string.as_datatype_enum
        key.attr['value'].tensor.CopyFrom(tf.make_tensor_proto(value))
        inputs.append(key.name)
    node.op = 'ParseExample'
    del node.input[:]
    node.input.extend([*inputs, *defaults])
    for what in ('num_sparse', 'ragged_value_types', 'ragged_split_types'):
      del attr[what]
    attr['Nsparse'].i = len(keys['sparse'])
    attr['Ndense'].i = len(keys['dense'])


def _narrow_segments(graph: graph_pb2.GraphDef) -> None:
  """Gives SparseSegmentSum and its like ids of int32, as 1.15 has them."""
  for node in list(graph.node):
    if node.attr['Tsegmentids'].type == tf.int64.as_datatype_enum:
      cast = graph.node.add(name=f'{node.name}/segments', op='Cast')
      cast.input.append(node.input[2])
      cast.attr['SrcT'].type = tf.int64.as_datatype_enum
      cast.attr['DstT'].type = tf.int32.as_datatype_enum
      node.input[2] = cast.name
    del node.attr['Tsegmentids']


@functools.cache
def _known() -> dict[str, frozenset[str]]:
  """{operation of 1.15: its attributes}."""
  path = pathlib.Path(__file__).with_name('operations_of_1_15.txt')
  lines = (line.split() for line in path.read_text('utf-8').splitlines())
  return {name: frozenset(attributes) for name, *attributes in lines}


def _check(graph: graph_pb2.GraphDef) -> None:
  """Drops the attributes that say nothing; raises for what 1.15 lacks."""
  functions = {each.signature.name for each in graph.library.function}
  problems = {
    *_problems(graph.node, functions),
    *(
      problem
      for function in graph.library.function
      for problem in _problems(function.node_def, functions)
    ),
  }
  if problems:
    raise ValueError(
      f'TensorFlow 1.15 does not know {", ".join(sorted(problems))}: leave '
      'these out of the model, or serve it with TensorFlow 2.10 or later.'
    )


def _problems(
  nodes: Iterable[node_def_pb2.NodeDef], functions: set[str]
) -> Iterator[str]:
  for node in nodes:
    if node.op in functions:
      continue
    known = _known().get(node.op)
    if known is None:
      yield node.op
      continue
    defaults = {
      each.name: each.default_value for each in _tf.op_def(node.op).attr
    }
    for name in [each for each in node.attr if not each.startswith('_')]:
      if name in known:
        continue
      if name in _ANNOTATIONS or node.attr[name] == defaults.get(name):
        del node.attr[name]
      else:
        yield f'{name} of {node.op}'
