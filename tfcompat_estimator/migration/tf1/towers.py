"""Optimizers that wrap others: `tf.contrib.estimator`."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from absl import logging

v1 = tf.compat.v1


class Wrapper(v1.train.Optimizer):
  """An optimizer that leaves its work to another one."""

  def __init__(self, optimizer: Any, name: str | None = None):
    super().__init__(False, name or optimizer.get_name())
    self._optimizer = optimizer

  def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
    return self._optimizer.compute_gradients(*args, **kwargs)

  def apply_gradients(
    self, grads_and_vars: Any, global_step: Any = None, name: Any = None
  ) -> Any:
    return self._optimizer.apply_gradients(grads_and_vars, global_step, name)

  def get_slot(self, *args: Any, **kwargs: Any) -> Any:
    return self._optimizer.get_slot(*args, **kwargs)

  def get_slot_names(self, *args: Any, **kwargs: Any) -> Any:
    return self._optimizer.get_slot_names(*args, **kwargs)

  def variables(self) -> Any:
    return self._optimizer.variables()


class _Clipped(Wrapper):
  """Clips gradients to a global norm."""

  def __init__(self, optimizer: Any, clip_norm: Any):
    super().__init__(optimizer)
    self._clip_norm = clip_norm

  def apply_gradients(
    self, grads_and_vars: Any, global_step: Any = None, name: Any = None
  ) -> Any:
    gradients, variables = zip(*grads_and_vars, strict=True)
    clipped, _ = tf.clip_by_global_norm(gradients, self._clip_norm)
    return super().apply_gradients(
      list(zip(clipped, variables, strict=True)), global_step, name
    )


def clip_gradients_by_norm(optimizer: Any, clip_norm: Any) -> Any:
  """An optimizer whose gradients are clipped to a global norm."""
  return _Clipped(optimizer, clip_norm)


class TowerOptimizer(Wrapper):
  """What `replicate_model_fn` asks for in place of the optimizer itself."""

  def __init__(self, optimizer_or_optimizer_fn: Any):
    """Takes an optimizer, or a function that makes one."""
    optimizer = optimizer_or_optimizer_fn
    super().__init__(optimizer() if callable(optimizer) else optimizer)


def replicate_model_fn(
  model_fn: Callable[..., Any],
  loss_reduction: str = v1.losses.Reduction.SUM_BY_NONZERO_WEIGHTS,
  devices: Any = None,
) -> Callable[..., Any]:
  """The model function itself: whole batches go to one device.

  Several devices are what `RunConfig(train_distribute=...)` is for.
  """
  if len(devices or tf.config.list_physical_devices('GPU')) > 1:
    logging.warning(
      'replicate_model_fn (devices=%s) does not split batches: one device '
      'trains. Give RunConfig(train_distribute=tf.distribute.MirroredStrategy())'
      ' to train on all.',
      devices,
    )
  return model_fn
