"""Tells whether a run that nobody asked for yet could be noticed by anybody."""

from collections.abc import Sequence

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import random_state
from tfcompat_estimator.session_emulation import snapshot as snapshot_lib

v1 = tf.compat.v1

# Stateful for TensorFlow, but all that they change is the session's own.
_HARMLESS = frozenset(
  (
    'Assert',
    'Case',
    'If',
    'IteratorGetNext',
    'IteratorV2',
    'HashTableV2',
    'MutableHashTableV2',
    'OneShotIterator',
    'PartitionedCall',
    'ReadVariableOp',
    'ResourceGather',
    'ResourceGatherNd',
    'RngReadAndSkip',
    'StatefulPartitionedCall',
    'VarHandleOp',
    'VarIsInitializedOp',
    'Variable',
    'VariableShape',
    'VariableV2',
    'While',
  )
)
_HARMLESS_FAMILIES = (
  'CheckNumerics',
  'LookupTableFind',
  'LookupTableSize',
  'Multinomial',
  'ParameterizedTruncatedNormal',
  'Random',
  'Stack',
  'Stateless',
  'TensorArray',
  'TensorList',
  'TruncatedNormal',
)
# Python code counts its calls, and may wait for the caller of the generator.
_PYTHON = frozenset(('EagerPyFunc', 'PyFunc', 'PyFuncStateless'))
# Where the input begins. Any other source may be alive: what it gives next may
# depend on what the caller does with what it gave before.
_SOURCES = frozenset(
  (
    'FixedLengthRecordDataset',
    'FixedLengthRecordDatasetV2',
    'RangeDataset',
    'SparseTensorSliceDataset',
    'TFRecordDataset',
    'TFRecordDatasetV2',
    'TensorDataset',
    'TensorSliceDataset',
    'TextLineDataset',
  )
)


def may_run_early(
  snapshot: snapshot_lib.GraphSnapshot, fetches: Sequence[tf.Tensor]
) -> bool:
  """True if `fetches` can be computed before they are asked for.

  Args:
    snapshot: the graph as a session runs it.
    fetches: tensors of the graph.
  """
  if any(t.dtype.base_dtype in (tf.resource, tf.variant) for t in fetches):
    return False  # no values that could wait
  if snapshot.graph.get_collection(v1.GraphKeys.QUEUE_RUNNERS):
    return False
  used = snapshot.subgraph([t.op.name for t in fetches], ()).graph_def.node
  if random_state.stays_in_kernels(used, snapshot.library):
    return False
  functions = [n for f in snapshot.library.function for n in f.node_def]
  return not any(map(_is_noticed, (*used, *functions))) and not any(
    map(_is_alive, (*snapshot.nodes, *functions))
  )


def _is_noticed(node: v1.NodeDef) -> bool:
  op = node.op
  if op in _HARMLESS or op.startswith(_HARMLESS_FAMILIES) or 'Dataset' in op:
    return False
  op_def = _tf.op_def(op)
  return op_def is None or op_def.is_stateful


def _is_alive(node: v1.NodeDef) -> bool:
  if node.op in _PYTHON:
    return True
  if 'Dataset' not in node.op or node.op in _SOURCES:
    return False
  op_def = _tf.op_def(node.op)
  if op_def is None:
    return True
  makes = any(
    out.type == tf.variant.as_datatype_enum for out in op_def.output_arg
  )
  takes = any(
    arg.type == tf.variant.as_datatype_enum for arg in op_def.input_arg
  )
  return makes and not takes
