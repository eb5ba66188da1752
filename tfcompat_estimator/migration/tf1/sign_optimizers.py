"""Optimizers of `tf.contrib.opt` that compare signs of gradient and momentum."""

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


class _SignOptimizer(v1.train.Optimizer):
  """Steps that are larger where a gradient has the sign of its mean."""

  _op: str
  _weight: str

  def _set(self, rate: Any, weight: Any, beta: Any, decay: Any) -> None:
    self._lr, self._beta, self._sign_decay_fn = rate, beta, decay
    self._weight_value = weight
    self._sign_decay_t: Any = 1.0

  def apply_gradients(
    self, grads_and_vars: Any, global_step: Any = None, name: Any = None
  ) -> Any:
    """As any optimizer's; the decay is that of the step before the update."""
    if self._sign_decay_fn is not None:
      if global_step is None:
        raise ValueError(
          '`global_step` (None) must be given with `sign_decay_fn`, which '
          'takes it. Pass tf.train.get_or_create_global_step() to minimize.'
        )
      self._sign_decay_t = tf.convert_to_tensor(
        self._sign_decay_fn(global_step), name='sign_decay'
      )
    return super().apply_gradients(grads_and_vars, global_step, name)

  def _create_slots(self, var_list: Any) -> None:
    for var in var_list:
      self._zeros_slot(var, 'm', self._name)

  def _apply_dense(self, grad: tf.Tensor, var: Any) -> Any:
    return self._apply(f'Apply{self._op}', grad, var, lambda each: each)

  def _resource_apply_dense(self, grad: tf.Tensor, var: Any) -> Any:
    return self._apply(
      f'ResourceApply{self._op}', grad, var, lambda each: each.handle
    )

  def _apply_sparse(self, grad: tf.IndexedSlices, var: Any) -> Any:
    # Rows without a gradient stay, but their means decay, as in 1.15.
    return self._apply_dense(tf.convert_to_tensor(grad), var)

  def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
    slices = tf.IndexedSlices(grad, indices, tf.shape(var))
    return self._resource_apply_dense(tf.convert_to_tensor(slices), var)

  def _apply(
    self, op: str, grad: tf.Tensor, var: Any, taken: Callable[[Any], Any]
  ) -> Any:
    """Calls an op, which takes of a variable what `taken` gives."""
    dtype = var.dtype.base_dtype
    return getattr(tf.raw_ops, op)(
      var=taken(var),
      m=taken(self.get_slot(var, 'm')),
      lr=tf.cast(self._call_if_callable(self._lr), dtype),
      sign_decay=tf.cast(self._sign_decay_t, dtype),
      beta=tf.cast(self._beta, dtype),
      grad=grad,
      use_locking=self._use_locking,
      **{self._weight: tf.cast(self._weight_value, dtype)},
    )


class AddSignOptimizer(_SignOptimizer):
  """Gradients times `alpha` plus the signs' product."""

  _op, _weight = 'AddSign', 'alpha'

  def __init__(
    self,
    learning_rate: Any = 0.1,
    alpha: float = 1.0,
    beta: float = 0.9,
    sign_decay_fn: Callable[[Any], Any] | None = None,
    use_locking: bool = False,
    name: str = 'AddSignOptimizer',
  ):
    """Makes it.

    Args:
      learning_rate: A number, or a scalar tensor.
      alpha: What is added to the signs' product.
      beta: By which the mean of gradients decays.
      sign_decay_fn: Takes the global step, returns what the product is
        multiplied by; 1 if not given.
      use_locking: Whether updates lock their variables.
      name: Of the optimizer and its slots.
    """
    super().__init__(use_locking, name)
    self._set(learning_rate, alpha, beta, sign_decay_fn)


class PowerSignOptimizer(_SignOptimizer):
  """Gradients times `base` to the power of the signs' product."""

  _op, _weight = 'PowerSign', 'logbase'

  def __init__(
    self,
    learning_rate: Any = 0.1,
    base: float = math.e,
    beta: float = 0.9,
    sign_decay_fn: Callable[[Any], Any] | None = None,
    use_locking: bool = False,
    name: str = 'PowerSignOptimizer',
  ):
    """Makes it.

    Args:
      learning_rate: A number, or a scalar tensor.
      base: Of the power.
      beta: By which the mean of gradients decays.
      sign_decay_fn: Takes the global step, returns what the product is
        multiplied by; 1 if not given.
      use_locking: Whether updates lock their variables.
      name: Of the optimizer and its slots.
    """
    super().__init__(use_locking, name)
    self._set(learning_rate, math.log(base), beta, sign_decay_fn)
