"""Reads the values of a checkpoint, and puts them into a Keras model."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_source


class Values:
  """The variables of a checkpoint of an Estimator.

  Attributes:
    source: The checkpoint.
    path: Where it is.
  """

  def __init__(self, estimator: Any, checkpoint_path: str | None):
    """Opens the checkpoint.

    Args:
      estimator: The Estimator.
      checkpoint_path: Its checkpoint; default: the latest one.

    Raises:
      ValueError: There is none.
    """
    source = checkpoint_source.Source(estimator.model_dir, checkpoint_path)
    if source.path is None:
      raise ValueError(
        f"Couldn't find trained model at {estimator.model_dir}. Train first, "
        'or give `checkpoint_path`.'
      )
    if not _exists(source.path):
      raise ValueError(
        f'checkpoint_path ({source.path}) must be a checkpoint, such as '
        '"MODEL_DIR/model.ckpt-100", or a directory of them. There is none.'
      )
    self.source = source
    self.path = source.path
    self._reader = tf.train.load_checkpoint(source.path)
    self._shapes = self._reader.get_variable_to_shape_map()

  @property
  def names(self) -> Iterable[str]:
    """Of all that is in the checkpoint."""
    return self._shapes

  def has(self, name: str) -> bool:
    """Whether there is a variable of that name."""
    return name in self._shapes

  def of(self, name: str, shape: Any = None) -> np.ndarray:
    """The value of a variable.

    Args:
      name: Its name in the checkpoint.
      shape: The shape that it should have; None: any.

    Raises:
      ValueError: It is not there, or of another shape.
    """
    if name not in self._shapes:
      raise ValueError(
        f'The checkpoint {self.path} has no {name!r}: it is of another model. '
        f'It has {sorted(self._shapes)}.'
      )
    if shape is not None and list(shape) != list(self._shapes[name]):
      raise ValueError(
        f'{name!r} has the shape {list(self._shapes[name])} in the checkpoint '
        f'{self.path}, and {list(shape)} in the model: it is of another model.'
      )
    return self._reader.get_tensor(name)

  def assign(self, variables: Sequence[Any], names: Sequence[str]) -> None:
    """Gives variables of tf_keras the values of those names."""
    for variable, name in zip(variables, names, strict=True):
      variable.assign(self.of(name, variable.shape))


class Slots(Values):
  """What an optimizer keeps for variables, under the names of those."""

  def __init__(
    self, values: Values, names: Mapping[str, str], first: float, scale: float
  ):
    """Reads from the same checkpoint.

    Args:
      values: The variables.
      names: The names of the slots, by those of the variables.
      first: The value of slots that are not there.
      scale: What the others are multiplied by.
    """
    vars(self).update(vars(values))
    self._names = names
    self._first = first
    self._scale = np.float32(scale)

  def of(self, name: str, shape: Any = None) -> np.ndarray:
    """The slot of a variable; see `Values.of`."""
    value = super().of(name, shape)
    if name not in self._names:
      return np.full_like(value, self._first)
    return super().of(self._names[name], value.shape) * self._scale


def _exists(path: str) -> bool:
  if tf.io.gfile.isdir(path):
    return tf.train.latest_checkpoint(path) is not None
  return tf.compat.v1.train.checkpoint_exists(path)
