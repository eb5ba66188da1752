"""What `tf.contrib.eager` had beside the names that TensorFlow 2 took over."""

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def Variable(*args: Any, **kwargs: Any) -> Any:  # noqa: N802  # a class to programs
  """A variable that is a resource, as those of eager mode always were."""
  kwargs.setdefault('use_resource', True)
  return v1.Variable(*args, **kwargs)


def Iterator(dataset: Any) -> Any:  # noqa: N802  # a class to programs
  """Goes through a dataset in eager mode."""
  return iter(dataset)


class Saver:
  """Saves and restores variables by their names, in eager mode."""

  def __init__(self, var_list: Any):
    """Takes variables: a list, or a dict of names."""
    self._saver = v1.train.Saver(var_list)

  def save(self, file_prefix: str, global_step: Any = None) -> str:
    """Writes a checkpoint; returns its path."""
    return self._saver.save(None, file_prefix, global_step=global_step)

  def restore(self, file_prefix: str) -> None:
    """Reads a checkpoint."""
    self._saver.restore(None, file_prefix)


def get_optimizer_variables(optimizer: Any) -> list[Any]:
  """The variables of an optimizer."""
  return optimizer.variables()


def list_devices() -> list[str]:
  """The names of the devices here."""
  return [device.name for device in tf.config.list_logical_devices()]


def num_gpus() -> int:
  """The number of GPUs here."""
  return len(tf.config.list_physical_devices('GPU'))


def run(main: Any = None, argv: Any = None) -> None:
  """Runs a program with eager mode, as `tf.app.run` does without."""
  v1.enable_eager_execution()
  v1.app.run(main, argv)
