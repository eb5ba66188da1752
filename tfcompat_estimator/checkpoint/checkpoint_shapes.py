"""Compares the shapes in a checkpoint with those of the variables.

The ops that restore a resource variable give it whatever shape the checkpoint
has, so that a layer of another size would train on with the old one's weights.
"""

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

_PASS_ON = ('Identity',)  # not Reshape: that Saver was asked to reshape
_ASSIGN = ('AssignVariableOp', 'Assign')


def check(graph: tf.Graph, saver: Any, path: str) -> None:
  """Checks what `saver` would restore from the checkpoint at `path`.

  Raises:
    ValueError: Variables have other shapes in the checkpoint.
  """
  reads = reads_of(graph, saver)
  if not reads or not tf.io.gfile.exists(path + '.index'):
    return
  saved = tf.train.load_checkpoint(path).get_variable_to_shape_map()
  different = [
    f'{name} has shape {saved[name]} in the checkpoint and {shape} in the model'
    for read in reads
    for name, shape in _expected(read)
    if name in saved and saved[name] != shape
  ]
  if different:
    raise ValueError(
      f'Cannot restore the checkpoint {path}: the shapes of variables differ. '
      + '; '.join(different)
      + '. Build the model as it was when the checkpoint was written, or use '
      'another model_dir (warm_start_from takes over the variables that fit).'
    )


def reads_of(graph: tf.Graph, saver: Any) -> list[tf.Operation]:
  """The ops with which `saver` reads a checkpoint."""
  saver_def = getattr(saver, 'saver_def', None)
  if saver_def is None or not saver_def.restore_op_name:
    return []
  found = []
  seen = set()
  waiting = [graph.get_operation_by_name(saver_def.restore_op_name)]
  while waiting:
    op = waiting.pop()
    if op in seen:
      continue
    seen.add(op)
    if op.type == 'RestoreV2':
      found.append(op)
    waiting += op.control_inputs
    waiting += [tensor.op for tensor in op.inputs]
  return found


def _expected(read: tf.Operation) -> Iterator[tuple[str, list[int]]]:
  """The name and shape of what a RestoreV2 reads for variables."""
  names = tf.get_static_value(read.inputs[1])
  slices = tf.get_static_value(read.inputs[2])
  if names is None or slices is None:
    return
  for output, name, part in zip(read.outputs, names, slices, strict=True):
    if part:  # of a partitioned variable: "4 10 0,2:0,10" is of shape [4, 10]
      *shape, _ = part.decode().split(' ')
      yield name.decode(), [int(size) for size in shape]
      continue
    shape = _shape_of_target(output)
    if shape is not None:
      yield name.decode(), shape


def _shape_of_target(value: tf.Tensor) -> list[int] | None:
  """The shape of the variable that a value is assigned to, if it has one."""
  for consumer in value.consumers():
    if consumer.type in _PASS_ON:
      shape = _shape_of_target(consumer.outputs[0])
    elif consumer.type in _ASSIGN:
      shape = _shape_of_variable(consumer.inputs[0])
    else:
      continue
    if shape is not None:
      return shape
  return None


def _shape_of_variable(target: tf.Tensor) -> list[int] | None:
  if target.op.type in ('VarHandleOp', 'VariableV2'):
    shape = tf.TensorShape(target.op.get_attr('shape'))
    return shape.as_list() if shape.is_fully_defined() else None
  return None
