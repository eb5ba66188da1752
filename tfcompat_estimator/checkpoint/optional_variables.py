"""Restores checkpoints that lack variables which the graph has.

A hook may have added a variable since. Under a tf.distribute strategy the
slots of optimizers have other keys than on one device, see `slot_aliases`. And it may
be keyed by objects rather than names, or the other way round, see `object_based`.

A Saver reads all its variables with one op, which fails when one of them is
not in the file. So where such a variable is missing, the file is read here and
its values are fed in place of that op's outputs.
"""

from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import (
  checkpoint_shapes,
  missing_keys,
  object_based,
  slot_aliases,
)
from tfcompat_estimator.session_emulation import components

v1 = tf.compat.v1
logging = tf.compat.v1.logging

# The key of what tf.train.Checkpoint wrote.
_COLLECTION = 'tfcompat_optional_variables'


def declare(variable: tf.Variable) -> None:
  """Says that a checkpoint without `variable` may be restored.

  The variable then keeps its initial value. It is saved like any other.
  """
  if variable.op.name not in _declared(v1.get_default_graph()):
    v1.add_to_collection(_COLLECTION, variable)


def restore(session: Any, saver: Any, path: str) -> None:
  """Restores a checkpoint through `saver`, in the default graph.

  Variables that were declared optional, and slots of replicas, may be missing
  in it.

  Args:
    session: A session of the default graph.
    saver: Has the interface of `tf.compat.v1.train.Saver`.
    path: The checkpoint.

  Raises:
    ValueError: A variable has another shape in the checkpoint.
    NotFoundError: Other variables are missing; the message says what they are.
  """
  reads = checkpoint_shapes.reads_of(session.graph, saver)
  wanted = {name for read in reads for name in _texts(read.inputs[1])}
  if not wanted or not tf.io.gfile.exists(path + '.index'):
    saver.restore(session, path)
    return
  present = tf.train.load_checkpoint(path).get_variable_to_shape_map()
  missing = wanted - present.keys()
  instead: dict[str, str] = {}
  if missing:
    names = checkpoint_shapes.names_of_targets(reads)
    instead = object_based.other_keys(missing, names, path)
    instead.update(slot_aliases.find(missing - instead.keys(), present))
  checkpoint_shapes.check(reads, path, instead)
  if not missing:
    saver.restore(session, path)
    return
  declared = _declared(session.graph)
  unset = sorted((missing & declared.keys()) - instead.keys())
  # Which is never assigned to anything.
  described = missing & {object_based.DESCRIPTION}
  lost = missing - instead.keys() - declared.keys() - described
  if lost:
    raise tf.errors.NotFoundError(
      None, None, missing_keys.explain(path, lost, present)
    )
  logging.info('Restoring parameters from %s', path)
  if unset:
    logging.info('Not in the checkpoint, so set to initial values: %s', unset)
  initial = session.run(
    {name: declared[name].initializer.inputs[1] for name in unset}
  )
  initial.update(dict.fromkeys(described, b''))
  saver_def = saver.saver_def
  feeds = {saver_def.filename_tensor_name: path}
  for read in reads:
    if missing & set(_texts(read.inputs[1])):
      feeds.update(_values_of(read, path, initial, instead))
  session.run(
    session.graph.get_operation_by_name(saver_def.restore_op_name), feeds
  )


def _declared(graph: tf.Graph) -> dict[str, Any]:
  # The initializer of a variable of a strategy would be added to the graph.
  return {
    v.op.name: components.first(v) for v in graph.get_collection(_COLLECTION)
  }


def _values_of(
  read: tf.Operation,
  path: str,
  initial: dict[str, Any],
  instead: dict[str, str],
) -> dict[tf.Tensor, Any]:
  """What `read` would have returned, had the checkpoint what is missing.

  Args:
    read: A RestoreV2.
    path: The checkpoint.
    initial: Values of what is missing, by key.
    instead: Keys that stand in for missing ones.
  """
  entries = list(
    zip(
      read.outputs, _texts(read.inputs[1]), _texts(read.inputs[2]), strict=True
    )
  )
  present = [entry for entry in entries if entry[1] not in initial]
  values = {
    output: initial[name] for output, name, _ in entries if name in initial
  }
  if present:
    outputs, names, slices = zip(*present, strict=True)
    with _tf.eager_mode():
      restored = tf.raw_ops.RestoreV2(
        prefix=path,
        tensor_names=[instead.get(name, name) for name in names],
        shape_and_slices=slices,
        dtypes=[output.dtype for output in outputs],
      )
    values.update(zip(outputs, (v.numpy() for v in restored), strict=True))
  return values


def _texts(tensor: tf.Tensor) -> list[str]:
  """The strings of a constant tensor; none of another one."""
  texts = tf.get_static_value(tensor)
  return [] if texts is None else [tf.compat.as_str(text) for text in texts]
