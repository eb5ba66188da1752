"""Cuts arrays into batches at once, not example by example.

tf.data takes each example of `Dataset.from_tensor_slices(arrays).batch(n)` out of the
arrays by itself, and copies it into its batch: some 2 us an example of ten features, a
third of what a prediction takes. Arrays that are in the graph are arrays of whole
batches, too, if seen in another shape; then a batch is one slice (TensorFlow 2.16 to
2.21 do not rewrite that).
"""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import graph_pass, node_graph

v1 = tf.compat.v1

# To leave examples at the end of the arrays out may copy all others once.
_MOST_COPIED = 64 << 20  # bytes
_HOST = '/device:CPU:0'  # a dataset takes its arrays from there
_ELEMENTS = ('output_types', 'output_shapes')


class _Examples(NamedTuple):
  """The examples of a dataset: rows of arrays."""

  arrays: list[v1.NodeDef]  # constants
  rows: int  # of each array
  bytes: int  # of all arrays; an estimate for strings
  repeats: float  # how often all rows come; may be infinite
  total: float  # how many examples there are; may be infinite


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Rewrites batches of the rows of constants."""
  # Where checkpoints hold how far it has got, they do so by the kinds of datasets.
  if context.saves_input:
    return False
  batches = nodes.of('BatchDatasetV2')
  return sum(_rewrite(each, nodes) for each in batches) > 0


def _rewrite(batches: v1.NodeDef, nodes: node_graph.NodeGraph) -> bool:
  """Has batches cut out of arrays of batches, and tells whether it could be done."""
  found = _examples(batches.input[0], nodes)
  size, drops = (_number(source, nodes) for source in batches.input[1:3])
  if found is None or not 0 < size <= found.total or math.isinf(size + drops):
    return False
  size = int(size)
  in_arrays, over = divmod(found.rows, size)
  if over and (found.repeats != 1 or found.bytes > _MOST_COPIED):
    return False  # batches run on from one end of the arrays to the other
  add = _Adding(batches, found.arrays, nodes)
  source = add.slices('whole', 0, [in_arrays, size])
  if found.repeats != 1:
    source = add.dataset('RepeatDataset', source, add.number(found.repeats))
  count, left = math.inf, 0
  if not math.isinf(found.total):
    count, left = divmod(int(found.total), size)
  last = 'TakeDataset', source, add.number(count)
  if left and not drops:
    rest = add.slices('rest', int(count) * size % found.rows, [1, left])
    last = 'ConcatenateDataset', add.dataset(*last), rest
  add.in_place(*last)
  return True


def _examples(source: str, nodes: node_graph.NodeGraph) -> _Examples | None:
  """What a dataset consists of; None if not of rows of constants."""
  counts = {'TakeDataset': math.inf, 'RepeatDataset': 1}
  node = nodes.producer(source)
  for op in counts:
    if node is not None and node.op == op:
      counts[op] = _number(node.input[1], nodes)
      node = nodes.producer(node.input[0])
  limit, repeats = counts.values()
  if node is None or node.op != 'TensorSliceDataset' or node.attr['is_files'].b:
    return None
  arrays = [
    array
    for array in map(nodes.producer, node.input)
    if array is not None and array.op == 'Const'
  ]
  rows = _shape(arrays[0])[0] if len(arrays) == len(node.input) else 0
  if not rows or math.isnan(repeats + limit):
    return None
  size = sum(
    math.prod(_shape(array)) * tf.as_dtype(array.attr['dtype'].type).size
    for array in arrays
  )
  return _Examples(arrays, rows, size, repeats, min(limit, rows * repeats))


def _number(source: str, nodes: node_graph.NodeGraph) -> float:
  """A constant number; infinite for a negative one, NaN for what is no constant."""
  value = nodes.constant(source)
  if value is None:
    return math.nan
  return math.inf if value < 0 else value.item()


def _shape(constant: v1.NodeDef) -> list[int]:
  return [dim.size for dim in constant.attr['value'].tensor.tensor_shape.dim]


class _Adding:
  """Adds datasets in place of one of batches.

  Args:
    batches: The dataset of batches.
    arrays: The constants that their examples are rows of.
    nodes: The graph of all.
  """

  def __init__(
    self,
    batches: v1.NodeDef,
    arrays: list[v1.NodeDef],
    nodes: node_graph.NodeGraph,
  ):
    self._batches = batches
    self._arrays = arrays
    self._nodes = nodes

  def number(self, count: float) -> str:
    """A constant of a number of elements."""
    return self._constant('count', -1 if math.isinf(count) else int(count))

  def slices(self, name: str, begin: int, dims: list[int]) -> str:
    """Batches of rows of the arrays, from one row on.

    Args:
      name: What they are called.
      begin: The row.
      dims: How many batches, of how many examples.
    """
    batched = [self._batched(name, each, begin, dims) for each in self._arrays]
    node = self._add(name, 'TensorSliceDataset', batched)
    for array in self._arrays:
      node.attr['Toutput_types'].list.type.append(array.attr['dtype'].type)
      shape = tf.TensorShape([dims[1], *_shape(array)[1:]])
      node.attr['output_shapes'].list.shape.append(shape.as_proto())
    return node.name

  def dataset(self, op: str, *inputs: str) -> str:
    """A dataset of elements like the batches'."""
    node = self._add(op, op, inputs)
    for key in _ELEMENTS:
      node.attr[key].CopyFrom(self._batches.attr[key])
    return node.name

  def in_place(self, op: str, *inputs: str) -> None:
    """Makes the dataset of batches another one."""
    node = self._batches
    node.op = op
    del node.input[:]
    node.input.extend(inputs)
    node.ClearField('experimental_type')
    node_graph.drop_attributes(node)

  def _batched(
    self, name: str, array: v1.NodeDef, begin: int, dims: list[int]
  ) -> str:
    """Rows of an array as an array of batches, which shares its memory if it can."""
    dtype = array.attr['dtype'].type
    rows, *inner = _shape(array)
    taken = array.name
    if math.prod(dims) != rows:
      first = self._constant(f'{name}/begin', [begin, *(0 for _ in inner)])
      cut = self._constant(f'{name}/size', [math.prod(dims), *inner])
      node = self._add(f'{name}/rows', 'Slice', [taken, first, cut], T=dtype)
      node.attr['Index'].type = tf.int64.as_datatype_enum
      taken = node.name
    shape = self._constant(f'{name}/shape', [*dims, *inner])
    node = self._add(f'{name}/batches', 'Reshape', [taken, shape], T=dtype)
    node.attr['Tshape'].type = tf.int64.as_datatype_enum
    return node.name

  def _add(
    self, name: str, op: str, inputs: Iterable[str], **types: Any
  ) -> v1.NodeDef:
    device = self._batches.device or _HOST
    return self._nodes.add(
      f'{self._batches.name}/{name}', op, inputs, device, **types
    )

  def _constant(self, name: str, value: Any) -> str:
    full = f'{self._batches.name}/{name}'
    return self._nodes.add_constant(full, np.int64(value), _HOST).name
