"""Says what is wrong with a checkpoint's files."""

import re

import tensorflow as tf

from tfcompat_estimator.checkpoint import bundle_index, tensors

gfile = tf.io.gfile


def defect(prefix: str) -> str | None:
  """Why a checkpoint cannot be restored; None where nothing shows.

  Reads the index and the lengths of the data files, so it takes no longer for
  large variables. Whether the values are those that were written shows when
  they are read: TensorFlow then compares their checksums.
  """
  if not gfile.exists(prefix + '.index'):
    if gfile.exists(prefix):
      return None  # of the format before TensorFlow 1.0
    return 'its index file is missing'
  try:
    tf.train.load_checkpoint(prefix)  # checks the index's checksums
    index = bundle_index.read(prefix)
  except Exception as error:  # noqa: BLE001 - TensorFlow raises several kinds
    return f'its index file cannot be read: {why(error)}'
  for shard, needed in enumerate(index.bytes_needed()):
    path = _data_file(prefix, shard, index.shards)
    try:
      length = gfile.stat(path).length
    except tf.errors.NotFoundError:
      return f'its data file {path} is missing'
    if length < needed:
      return f'{path} has {length} bytes where {needed} were written'
  return None


def damaged_values(prefix: str) -> str | None:
  """Why the values of a checkpoint cannot be read; None if they all can.

  Reads the whole checkpoint, one variable at a time.
  """
  reader = tf.train.load_checkpoint(prefix)
  dtypes = reader.get_variable_to_dtype_map()
  try:
    for name, entry in bundle_index.read(prefix).entries.items():
      if not entry.slices:
        reader.get_tensor(name)
      for spec in tensors.slice_specs(entry):
        tensors.read_slice(prefix, name, spec, dtypes[name])
  except (tf.errors.OpError, RuntimeError, ValueError) as error:
    return why(error)
  return None


def why(error: BaseException) -> str:
  """The one line of an error's message that says what happened."""
  message = str(error)
  # It stands before the name of the node, if there is one.
  found = re.search(r'([^\n]+?)\s*\[\[', message)
  return found[1] if found else message.split('\n', 1)[0]


def damage(error: BaseException, prefix: str) -> str | None:
  """What is wrong with a checkpoint whose use raised an error; None if nothing.

  An error that need not be the checkpoint's fault is, if its files show a
  defect.
  """
  return why(error) if is_damage(error) else defect(prefix)


def is_damage(error: BaseException) -> bool:
  """True if an error in reading a checkpoint means that its data are bad."""
  if isinstance(error, tf.errors.DataLossError | tf.errors.OutOfRangeError):
    return True
  # What CheckpointReader raises for the same has no type of its own.
  return 'Checksum does not match' in str(error)


def _data_file(prefix: str, shard: int, shards: int) -> str:
  return f'{prefix}.data-{shard:05d}-of-{shards:05d}'
