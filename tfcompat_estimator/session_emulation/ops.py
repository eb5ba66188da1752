"""Says what the operations of a graph are: one table for the whole engine."""

import enum
import functools
import operator
from collections.abc import Iterable, Iterator

import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1


class Is(enum.Flag):
  """What an operation is, as far as the engine asks."""

  NOTHING_SPECIAL = 0
  # Reads a variable, and changes nothing.
  READ = enum.auto()
  # Writes a variable of TF 1's first kind, a reference.
  REF_WRITE = enum.auto()
  # Calls Python code of this process.
  PYTHON = enum.auto()
  # Stateful to TensorFlow, but without a side effect outside of the session: it may
  # run speculatively.
  NO_SIDE_EFFECT = enum.auto()
  # A dataset over arrays, ranges or files: its elements do not depend on when they
  # are read. Those of live input may.
  STATIC_SOURCE = enum.auto()
  # A dataset that runs where it is asked for elements: tf.data has nothing to
  # choose for it, neither calls in parallel nor the size of a buffer.
  SIMPLE_DATASET = enum.auto()
  # Stateful to TensorFlow, but its kernel keeps no state from run to run: that is
  # in the resources that it is given, or nowhere.
  STATELESS_KERNEL = enum.auto()
  # May wait until another operation has run.
  WAITS = enum.auto()
  # Makes a resource that TensorFlow 2 can make without a name.
  ANONYMOUS = enum.auto()
  # Makes a resource of constants that it takes, special keys for instance.
  TAKES_CONSTANTS = enum.auto()
  # Takes a container, but no shared name.
  NO_SHARED_NAME = enum.auto()
  # Returns its first input as it is, the same buffer.
  HANDS_ON = enum.auto()
  # Returns the buffer of an input, or a new one: that depends on shapes, or on
  # what was put into it before.
  MAY_SHARE = enum.auto()
  # Puts the buffers of its inputs where they are in later runs, too.
  KEEPS = enum.auto()
  # A branch, a loop or a call: TensorFlow puts the bodies of functions in its place.
  LOWERED = enum.auto()


_CONTROL_FLOW = Is.LOWERED | Is.NO_SIDE_EFFECT | Is.STATELESS_KERNEL
_READ = Is.READ | Is.NO_SIDE_EFFECT | Is.STATELESS_KERNEL
_HARMLESS = Is.NO_SIDE_EFFECT | Is.STATELESS_KERNEL
_ARRAYS_OR_FILES = Is.STATIC_SOURCE | Is.SIMPLE_DATASET
_RESOURCE = Is.NO_SIDE_EFFECT | Is.ANONYMOUS

_OPS: dict[str, Is] = {
  'AddN': Is.MAY_SHARE,
  'All': Is.MAY_SHARE,
  'Any': Is.MAY_SHARE,
  'Assert': _HARMLESS,
  'Assign': Is.REF_WRITE,
  'AssignAdd': Is.REF_WRITE,
  'AssignAddVariableOp': Is.STATELESS_KERNEL,
  'AssignSub': Is.REF_WRITE,
  'AssignSubVariableOp': Is.STATELESS_KERNEL,
  'AssignVariableOp': Is.STATELESS_KERNEL | Is.KEEPS,
  'BarrierInsertMany': Is.KEEPS,
  'BatchDataset': Is.SIMPLE_DATASET,
  'BatchDatasetV2': Is.SIMPLE_DATASET,
  'Bitcast': Is.MAY_SHARE,
  'BroadcastTo': Is.MAY_SHARE,
  'CacheDataset': Is.SIMPLE_DATASET,
  'CacheDatasetV2': Is.SIMPLE_DATASET,
  'Case': _CONTROL_FLOW,
  'Cast': Is.MAY_SHARE,
  'CheckNumerics': Is.HANDS_ON,
  'CheckNumericsV2': Is.HANDS_ON,
  'ConcatenateDataset': Is.SIMPLE_DATASET,
  'Conj': Is.MAY_SHARE,
  'DisableCopyOnRead': _READ,
  'DummyMemoryCache': Is.STATELESS_KERNEL,
  'DummySeedGenerator': Is.STATELESS_KERNEL,
  'EagerPyFunc': Is.PYTHON | Is.MAY_SHARE,
  'EnsureShape': Is.HANDS_ON,
  'Enter': Is.HANDS_ON,
  'Exit': Is.HANDS_ON,
  'ExpandDims': Is.MAY_SHARE,
  'FixedLengthRecordDataset': _ARRAYS_OR_FILES,
  'FixedLengthRecordDatasetV2': _ARRAYS_OR_FILES,
  'GuaranteeConst': _HARMLESS | Is.HANDS_ON,
  'HashTableV2': _RESOURCE,
  'Identity': Is.HANDS_ON,
  'If': _CONTROL_FLOW,
  'IteratorGetNext': _HARMLESS,
  'IteratorGetNextSync': _HARMLESS,
  'IteratorV2': _RESOURCE,
  'MakeIterator': Is.STATELESS_KERNEL,
  'MapStage': Is.KEEPS,
  'Max': Is.MAY_SHARE,
  'Mean': Is.MAY_SHARE,
  'Merge': Is.HANDS_ON,
  'MergeV2Checkpoints': Is.STATELESS_KERNEL,
  'Min': Is.MAY_SHARE,
  'MirrorPad': Is.MAY_SHARE,
  'MutableDenseHashTableV2': Is.TAKES_CONSTANTS,
  'MutableHashTableV2': _RESOURCE,
  'NextIteration': Is.HANDS_ON,
  'OneShotIterator': _RESOURCE | Is.NO_SHARED_NAME,
  'OrderedMapStage': Is.KEEPS,
  'Pack': Is.MAY_SHARE,
  'Pad': Is.MAY_SHARE,
  'PadV2': Is.MAY_SHARE,
  'PaddedBatchDataset': Is.SIMPLE_DATASET,
  'PaddedBatchDatasetV2': Is.SIMPLE_DATASET,
  'PartitionedCall': _CONTROL_FLOW,
  'PlaceholderWithDefault': Is.HANDS_ON,
  'PreventGradient': Is.HANDS_ON,
  'Print': Is.STATELESS_KERNEL | Is.HANDS_ON,
  'PrintV2': Is.STATELESS_KERNEL,
  'Prod': Is.MAY_SHARE,
  'PyFunc': Is.PYTHON | Is.MAY_SHARE,
  'PyFuncStateless': Is.PYTHON | Is.MAY_SHARE,
  'QueueEnqueueManyV2': Is.KEEPS,
  'QueueEnqueueV2': Is.KEEPS,
  'RandomCrop': _HARMLESS,
  'RandomGamma': _HARMLESS,
  'RandomPoisson': _HARMLESS,
  'RandomPoissonV2': _HARMLESS,
  'RandomShuffle': _HARMLESS,
  'RandomStandardNormal': _HARMLESS,
  'RandomUniform': _HARMLESS,
  'RandomUniformInt': _HARMLESS,
  'RangeDataset': _ARRAYS_OR_FILES,
  'ReadVariableOp': _READ,
  'Real': Is.MAY_SHARE,
  'RefEnter': Is.HANDS_ON,
  'RefExit': Is.HANDS_ON,
  'RefIdentity': Is.HANDS_ON,
  'RefMerge': Is.HANDS_ON,
  'RefNextIteration': Is.HANDS_ON,
  'RefSwitch': Is.HANDS_ON,
  'RepeatDataset': Is.SIMPLE_DATASET,
  'Reshape': Is.MAY_SHARE,
  'ResourceGather': _READ,
  'ResourceGatherNd': _READ,
  'RestoreV2': Is.STATELESS_KERNEL,
  'RngReadAndSkip': _HARMLESS,
  'SaveV2': Is.STATELESS_KERNEL,
  'ShardDataset': Is.SIMPLE_DATASET,
  'ShuffleAndRepeatDataset': Is.SIMPLE_DATASET,
  'ShuffleAndRepeatDatasetV2': Is.SIMPLE_DATASET,
  'ShuffleDataset': Is.SIMPLE_DATASET,
  'ShuffleDatasetV2': Is.SIMPLE_DATASET,
  'ShuffleDatasetV3': Is.SIMPLE_DATASET,
  'SkipDataset': Is.SIMPLE_DATASET,
  'Slice': Is.MAY_SHARE,
  'SparseTensorSliceDataset': Is.STATIC_SOURCE,
  'Split': Is.MAY_SHARE,
  'SplitV': Is.MAY_SHARE,
  'Squeeze': Is.MAY_SHARE,
  'StackPopV2': Is.MAY_SHARE,
  'Stage': Is.KEEPS,
  'StatefulPartitionedCall': _CONTROL_FLOW,
  'StatelessCase': Is.LOWERED,
  'StatelessIf': Is.LOWERED,
  'StatelessWhile': Is.LOWERED,
  'StopGradient': Is.HANDS_ON,
  'StridedSlice': Is.MAY_SHARE,
  'Sum': Is.MAY_SHARE,
  'Switch': Is.HANDS_ON,
  'TFRecordDataset': _ARRAYS_OR_FILES,
  'TFRecordDatasetV2': _ARRAYS_OR_FILES,
  'TakeDataset': Is.SIMPLE_DATASET,
  'TensorArrayReadV3': Is.MAY_SHARE,
  'TensorArrayScatterV3': Is.MAY_SHARE,
  'TensorArraySplitV3': Is.MAY_SHARE,
  'TensorArrayWriteV3': Is.MAY_SHARE,
  'TensorDataset': _ARRAYS_OR_FILES,
  'TensorListFromTensor': Is.MAY_SHARE,
  'TensorListGetItem': Is.MAY_SHARE,
  'TensorListPopBack': Is.MAY_SHARE,
  'TensorListPushBack': Is.MAY_SHARE,
  'TensorListSetItem': Is.MAY_SHARE,
  'TensorSliceDataset': _ARRAYS_OR_FILES,
  'TextLineDataset': _ARRAYS_OR_FILES,
  'Tile': Is.MAY_SHARE,
  'Transpose': Is.MAY_SHARE,
  'Unpack': Is.MAY_SHARE,
  'VarHandleOp': _RESOURCE,
  'VarIsInitializedOp': _READ,
  'Variable': Is.NO_SIDE_EFFECT,
  'VariableShape': _READ,
  'VariableV2': Is.NO_SIDE_EFFECT,
  'While': _CONTROL_FLOW,
  'ZipDataset': Is.SIMPLE_DATASET,
}

# Families, by how their names begin ...
_BEGINNINGS: dict[str, Is] = {
  'Anonymous': Is.STATELESS_KERNEL,
  'CheckNumerics': _HARMLESS,
  'InitializeTable': Is.STATELESS_KERNEL,
  'LookupTableExport': Is.STATELESS_KERNEL,
  'LookupTableFind': _HARMLESS,
  'LookupTableImport': Is.STATELESS_KERNEL,
  'LookupTableInsert': Is.STATELESS_KERNEL,
  'LookupTableSize': _HARMLESS,
  'Multinomial': _HARMLESS,
  'ParameterizedTruncatedNormal': _HARMLESS,
  'Queue': Is.STATELESS_KERNEL,
  'ResourceApply': Is.STATELESS_KERNEL,
  'ResourceScatter': Is.STATELESS_KERNEL,
  'ResourceSparseApply': Is.STATELESS_KERNEL,
  'Stack': _HARMLESS,
  'Stateless': _HARMLESS,
  'TensorArray': _HARMLESS,
  'TensorList': _HARMLESS,
  'TruncatedNormal': _HARMLESS,
  'WriteAudioSummary': Is.STATELESS_KERNEL,
  'WriteHistogramSummary': Is.STATELESS_KERNEL,
  'WriteImageSummary': Is.STATELESS_KERNEL,
  'WriteScalarSummary': Is.STATELESS_KERNEL,
  'WriteSummary': Is.STATELESS_KERNEL,
}
# ... and by what is in them.
_PARTS: dict[str, Is] = {
  'Accumulator': Is.WAITS,
  'Barrier': Is.WAITS,
  'Dataset': _HARMLESS,
  'MapPeek': Is.WAITS,
  'MutexLock': Is.WAITS,
  'Queue': Is.WAITS,
  'Stage': Is.WAITS,
  'Unstage': Is.WAITS,
}


@functools.cache
def traits(op: str) -> Is:
  """What the table says of a type of operation."""
  found = _OPS.get(op, Is.NOTHING_SPECIAL)
  for beginning, more in _BEGINNINGS.items():
    if op.startswith(beginning):
      found |= more
  for part, more in _PARTS.items():
    if part in op:
      found |= more
  return found


# The attribute of a `PyFunc` that draws random numbers, and calls nobody's code.
KEPT_KERNEL = '_tfcompat_kept_kernel'


def has(node: v1.NodeDef, trait: Is) -> bool:
  """Whether the operation of a node is `trait`."""
  return trait in (_HARMLESS if KEPT_KERNEL in node.attr else traits(node.op))


def is_stateful(op: str) -> bool:
  """What TensorFlow says; True for an operation that it does not know."""
  op_def = _tf.op_def(op)
  return op_def is None or op_def.is_stateful


def makes_dataset_of_nothing(op: str) -> bool:
  """True for a dataset that takes no other dataset: an input begins here."""
  if 'Dataset' not in op:
    return False
  op_def = _tf.op_def(op)
  if op_def is None:
    return True
  variant = tf.variant.as_datatype_enum
  return any(out.type == variant for out in op_def.output_arg) and not any(
    given.type == variant for given in op_def.input_arg
  )


def datasets_taken(node: v1.NodeDef) -> list[str]:
  """The inputs of a dataset that are datasets; they come before others."""
  op_def = _tf.op_def(node.op)
  variant = tf.variant.as_datatype_enum
  counts = [
    node.attr[given.number_attr].i if given.number_attr else 1
    for given in op_def.input_arg
    if given.type == variant
  ]
  return list(node.input[: sum(counts)])


def has_stream(node: v1.NodeDef) -> bool:
  """True if the kernel of a node draws random numbers from a seed on.

  Its stream begins anew with each function that the node is in.
  """
  return node.op != 'ComputeAccidentalHits' and any(
    node.attr[name].i for name in ('seed', 'seed2') if name in node.attr
  )


def functions_named_in(node: v1.NodeDef) -> Iterator[str]:
  """The names of the functions that a node may call, and perhaps others.

  In the same order each time: that of attributes in a message is any.
  """
  yield node.op
  found = [
    (name, value)
    for name, value in node.attr.items()
    if value.HasField('func') or value.HasField('list')
  ]
  for _, value in sorted(found, key=operator.itemgetter(0)):
    if value.HasField('func'):
      yield value.func.name
    for function in value.list.func:
      yield function.name


def with_called(
  nodes: Iterable[v1.NodeDef], library: v1.GraphDef
) -> Iterator[v1.NodeDef]:
  """Yields nodes, and those of all functions that they lead to.

  Args:
    nodes: Some nodes of a graph.
    library: The functions of the graph.
  """
  functions = {f.signature.name: f.node_def for f in library.function}
  stack = list(nodes)
  while stack:
    node = stack.pop()
    yield node
    for name in functions_named_in(node):
      stack += functions.pop(name, ())
