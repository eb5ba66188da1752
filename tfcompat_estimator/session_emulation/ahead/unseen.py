"""Tells whether a run that nobody asked for yet could be noticed by anybody."""

from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.run import random_state
from tfcompat_estimator.session_emulation.run import session as session_lib

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


def may_run_early(session: session_lib.EmulatedSession, fetches: Any) -> bool:
  """True if nobody would notice if `fetches` ran before they are asked for.

  Args:
    session: the session that would run them.
    fetches: what `session.run` takes.
  """
  tensors = _tf.FetchHandler(session.graph, fetches, {}).fetches()
  snapshot = session.snapshot()
  if any(t.dtype.base_dtype in (tf.resource, tf.variant) for t in tensors):
    return False  # no values that could wait
  if snapshot.graph.get_collection(v1.GraphKeys.QUEUE_RUNNERS):
    return False
  used = snapshot.subgraph([t.op.name for t in tensors], ()).graph_def.node
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
