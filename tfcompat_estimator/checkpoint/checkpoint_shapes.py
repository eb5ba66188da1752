"""Compares the shapes in a checkpoint with those of the variables.

The ops that restore a resource variable give it whatever shape the checkpoint
has, so that a layer of another size would train on with the old one's weights.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tensorflow as tf

_PASS_ON = ('Identity',)  # not Reshape: that Saver was asked to reshape
_ASSIGN = ('AssignVariableOp', 'Assign')
_VARIABLES = ('VarHandleOp', 'VariableV2')


def check(
  reads: Iterable[tf.Operation], path: str, instead: Mapping[str, str]
) -> None:
  """Checks what would be restored from the checkpoint at `path`.

  Args:
    reads: The ops that read it, of `reads_of`.
    path: The checkpoint.
    instead: Keys of the checkpoint that stand in for others.

  Raises:
    ValueError: Variables have other shapes in the checkpoint.
  """
  saved = tf.train.load_checkpoint(path).get_variable_to_shape_map()
  different = [
    f'{name} has shape {saved[key]} in the checkpoint and {shape} in the model'
    for read in reads
    for name, shape in _expected(read)
    for key in [instead.get(name, name)]
    if key in saved and saved[key] != shape
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


def names_of_targets(reads: Iterable[tf.Operation]) -> dict[str, str]:
  """The names of the variables that values are read for, by their keys.

  Args:
    reads: The ops that read a checkpoint, of `reads_of`.
  """
  found = {}
  for read in reads:
    for output, key, _ in _outputs(read):
      target = _target(output)
      if target is not None:
        found[key] = target.name
  return found


def _outputs(read: tf.Operation) -> Iterator[tuple[tf.Tensor, str, str]]:
  """The outputs of a RestoreV2, with their keys and slices."""
  keys = tf.get_static_value(read.inputs[1])
  slices = tf.get_static_value(read.inputs[2])
  if keys is None or slices is None:
    return
  for output, key, part in zip(read.outputs, keys, slices, strict=True):
    yield output, key.decode(), part.decode()


def _expected(read: tf.Operation) -> Iterator[tuple[str, list[int]]]:
  """The key and shape of what a RestoreV2 reads for variables."""
  for output, key, part in _outputs(read):
    if part:  # of a partitioned variable: "4 10 0,2:0,10" is of shape [4, 10]
      *sizes, _ = part.split(' ')
      yield key, [int(size) for size in sizes]
      continue
    target = _target(output)
    shape = None if target is None else _shape_of_variable(target)
    if shape is not None:
      yield key, shape


def _target(value: tf.Tensor) -> tf.Operation | None:
  """The variable that a value is assigned to, of replicas that of the first.

  The others have its name and `/replica_1`; consumers are in no order.
  """
  return min(_targets(value), key=lambda op: len(op.name), default=None)


def _targets(value: tf.Tensor) -> Iterator[tf.Operation]:
  for consumer in value.consumers():
    if consumer.type in _PASS_ON:
      yield from _targets(consumer.outputs[0])
    elif consumer.type in _ASSIGN and consumer.inputs[0].op.type in _VARIABLES:
      yield consumer.inputs[0].op


def _shape_of_variable(variable: tf.Operation) -> list[int] | None:
  shape = tf.TensorShape(variable.get_attr('shape'))
  return shape.as_list() if shape.is_fully_defined() else None
