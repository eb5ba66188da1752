"""Remembers what a model is called with, for models that do not tell."""

from typing import Any

import tensorflow as tf


class Example:
  """The structure of the last features that a model was built with."""

  def __init__(self) -> None:
    self._specs: Any = None

  def note(self, features: Any) -> None:
    """Notes the shapes and types of features of a graph."""
    if features is not None:
      self._specs = tf.nest.map_structure(_spec, features)

  def zeros(self) -> Any:
    """A batch of one like them; None if there were none."""
    return None if self._specs is None else zeros_of(self._specs)


def zeros_of(specs: Any) -> Any:
  """A batch of one of zeros, or empty strings, of these shapes and types."""
  return tf.nest.map_structure(_zeros, specs)


def of_shapes(model: Any) -> Any:
  """A batch of zeros for a model of Keras 3 that was called; None of others.

  It knows the shapes of its inputs, not their types.
  """
  config = getattr(model, 'get_build_config', lambda: None)() or {}
  shapes = config.get('input_shape')
  if shapes is None:
    return None
  if isinstance(shapes, dict):
    return {name: _zeros(tf.TensorSpec(s)) for name, s in shapes.items()}
  if shapes and isinstance(shapes[0], list | tuple):
    return [_zeros(tf.TensorSpec(shape)) for shape in shapes]
  return _zeros(tf.TensorSpec(shapes))


def _spec(value: Any) -> tf.TensorSpec:
  if not hasattr(value, 'shape') or not hasattr(value, 'dtype'):
    value = tf.convert_to_tensor(value)
  return tf.TensorSpec(value.shape, value.dtype)


def _zeros(spec: tf.TensorSpec) -> tf.Tensor:
  sizes = [1] if spec.shape.rank is None else spec.shape
  return tf.zeros([size or 1 for size in sizes], spec.dtype)
