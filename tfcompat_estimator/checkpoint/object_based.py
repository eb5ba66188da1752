"""Saves by `tf.train.Checkpoint`: keys are paths of attributes, not names.

A Scaffold may have a `tf.train.Checkpoint` as its saver. What is to be done with a
saver (save, keep so many, restore, export) a `tf.compat.v1.train.Saver` of its
objects does; the checkpoints are those that `tf.train.Checkpoint` restores in
TensorFlow 2. They hold a description of the objects, which also tells the names
of variables.
"""

import collections
from collections.abc import Collection, Mapping
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import trackable_object_graph_pb2

v1 = tf.compat.v1

# Where a checkpoint describes its objects.
DESCRIPTION = '_CHECKPOINTABLE_OBJECT_GRAPH'
_VALUE = '/.ATTRIBUTES/'  # in the keys of values of objects
_CHECKPOINTS = (tf.train.Checkpoint, v1.train.Checkpoint)


class Saver(v1.train.Saver):
  """Saves and restores the objects of a `tf.train.Checkpoint`.

  Args:
    checkpoint: The `tf.train.Checkpoint`, of either family.
    **options: As for `tf.compat.v1.train.Saver`.
  """

  _var_list: Any

  def __init__(self, checkpoint: Any, **options: Any):
    super().__init__(defer_build=True, sharded=True, **options)
    self._checkpoint = checkpoint

  def build(self) -> None:
    """Adds the operations, for the objects that there are by now."""
    if self._var_list is None and self.saver_def is None:
      view = tf.__internal__.tracking.ObjectGraphView(self._checkpoint)
      self._var_list = saveables(view)
    super().build()


def saveables(view: Any) -> list[Any]:
  """What a Saver saves of an object graph, a `tracking.ObjectGraphView`."""
  return [_of_replicas(each) for each in view.frozen_saveable_objects()]


def _of_replicas(saveable: Any) -> Any:
  """The same for a variable of Keras 3 that a strategy has put on its devices.

  Keras 3 (3.0 to 3.15) restores such a one by an assignment for which the shape of
  the value must be known, and that of a value from a file is not.
  """
  value = getattr(saveable.op, 'value', None)
  if not isinstance(value, tf.distribute.DistributedValues):
    return saveable
  (make,) = value._gather_saveables_for_checkpoint().values()  # noqa: SLF001
  return make(saveable.specs[0].name)


def use_in(scaffold: Any, config: Any) -> None:
  """Gives a Scaffold with a `tf.train.Checkpoint` a Saver in its place.

  Args:
    scaffold: A `tf.compat.v1.train.Scaffold`, or None.
    config: The `RunConfig`, which says how many checkpoints to keep.
  """
  saver = getattr(scaffold, 'saver', None)
  if not isinstance(saver, _CHECKPOINTS):
    return
  # In the scaffold that the user made, whose saver hooks may ask for; it has no
  # public way to set one.
  scaffold._saver = Saver(  # noqa: SLF001
    saver,
    max_to_keep=config.keep_checkpoint_max,
    keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
    save_relative_paths=True,
  )


def keys_by_name(path: str) -> dict[str, str]:
  """The keys of variables in an object-based checkpoint, by their names.

  Args:
    path: The checkpoint.

  Returns:
    Nothing for a checkpoint that is keyed by names. The parts of a partitioned
    variable are left out: all have its name.
  """
  reader = tf.train.load_checkpoint(path)
  if not reader.has_tensor(DESCRIPTION):
    return {}
  description = trackable_object_graph_pb2.TrackableObjectGraph()
  description.ParseFromString(reader.get_tensor(DESCRIPTION))
  attributes = [each for node in description.nodes for each in node.attributes]
  named = collections.Counter(each.full_name for each in attributes)
  return {
    each.full_name: each.checkpoint_key
    for each in attributes
    if named[each.full_name] == 1
  }


def other_keys(
  missing: Collection[str], names: Mapping[str, str], path: str
) -> dict[str, str]:
  """Keys under which a checkpoint of the other kind has variables.

  A model may have been saved by names before, and by objects now, or the other way
  round. Its variables then have the same names.

  Args:
    missing: The keys that a graph asks for and the checkpoint does not have.
    names: The names of the variables that take these values, by such keys.
    path: The checkpoint.

  Returns:
    A key of the checkpoint for each of those that it has.
  """
  reader = tf.train.load_checkpoint(path)
  if not reader.has_tensor(DESCRIPTION):
    # Keyed by names, while objects are asked for.
    return {
      key: names[key]
      for key in missing
      if key in names and names[key] != key and reader.has_tensor(names[key])
    }
  if any(_VALUE in key for key in missing):
    return {}  # of other objects, whatever their names are
  keys = keys_by_name(path)
  return {name: keys[name] for name in missing if name in keys}
