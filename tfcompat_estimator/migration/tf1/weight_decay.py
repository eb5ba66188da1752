"""Optimizers with decoupled weight decay: AdamW and its like."""

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


class DecoupledWeightDecayExtension:
  """Shrinks variables before each step; is put before an optimizer's class.

  class AdamW(DecoupledWeightDecayExtension, tf.train.AdamOptimizer): ...
  """

  def __init__(self, weight_decay: Any, **kwargs: Any):
    """Takes the decay of a step, and what the optimizer takes, by name."""
    self._decay_var_list: list[Any] | None = None
    self._weight_decay = weight_decay
    self._weight_decay_tensor: Any = None
    self._gradients: list[Any] = []
    super().__init__(**kwargs)

  def minimize(
    self,
    loss: Any,
    global_step: Any = None,
    var_list: Any = None,
    gate_gradients: Any = v1.train.Optimizer.GATE_OP,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    name: str | None = None,
    grad_loss: Any = None,
    decay_var_list: Any = None,
  ) -> Any:
    """See `tf.train.Optimizer`; `decay_var_list` names what decays."""
    self._remember(decay_var_list)
    return super().minimize(  # type: ignore[misc]
      loss,
      global_step=global_step,
      var_list=var_list,
      gate_gradients=gate_gradients,
      aggregation_method=aggregation_method,
      colocate_gradients_with_ops=colocate_gradients_with_ops,
      name=name,
      grad_loss=grad_loss,
    )

  def apply_gradients(
    self,
    grads_and_vars: Any,
    global_step: Any = None,
    name: str | None = None,
    decay_var_list: Any = None,
  ) -> Any:
    """See `tf.train.Optimizer`; `decay_var_list` names what decays."""
    if decay_var_list is not None:
      self._remember(decay_var_list)
    # Variables shrink after the gradients were computed from them.
    self._gradients = [
      gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
      for gradient, _ in grads_and_vars
      if gradient is not None
    ]
    return super().apply_gradients(  # type: ignore[misc]
      grads_and_vars, global_step=global_step, name=name
    )

  def _remember(self, variables: Any) -> None:
    self._decay_var_list = None
    if variables:
      self._decay_var_list = [var.ref() for var in variables]

  def _prepare(self) -> None:
    decay = self._weight_decay
    self._weight_decay_tensor = tf.convert_to_tensor(
      decay() if callable(decay) else decay, name='weight_decay'
    )
    super()._prepare()  # type: ignore[misc]

  def _decays(self, var: Any) -> bool:
    return self._decay_var_list is None or var.ref() in self._decay_var_list

  def _decayed(self, var: Any) -> list[Any]:
    """The operation that shrinks a variable, if it decays."""
    if not self._decays(var):
      return []
    decay = tf.cast(self._weight_decay_tensor, var.dtype.base_dtype)
    with tf.control_dependencies(self._gradients):
      return [v1.assign_sub(var, decay * var, use_locking=False)]

  def _decayed_rows(self, var: Any, indices: Any) -> list[Any]:
    if not self._decays(var):
      return []
    decay = tf.cast(self._weight_decay_tensor, var.dtype.base_dtype)
    with tf.control_dependencies(self._gradients):
      rows = decay * tf.gather(var, indices)
      return [v1.scatter_sub(var, indices, rows, use_locking=False)]

  def _apply_dense(self, grad: Any, var: Any) -> Any:
    with tf.control_dependencies(self._decayed(var)):
      return super()._apply_dense(grad, var)  # type: ignore[misc]

  def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
    with tf.control_dependencies(self._decayed(var)):
      return super()._resource_apply_dense(grad, var)  # type: ignore[misc]

  def _apply_sparse(self, grad: Any, var: Any) -> Any:
    with tf.control_dependencies(self._decayed_rows(var, grad.indices)):
      return super()._apply_sparse(grad, var)  # type: ignore[misc]

  def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
    with tf.control_dependencies(self._decayed_rows(var, indices)):
      return super()._resource_apply_sparse(grad, var, indices)  # type: ignore[misc]


def extend_with_decoupled_weight_decay(base_optimizer: type) -> type:
  """A class of optimizers that takes `weight_decay` first.

  Args:
    base_optimizer: A class of `tf.train.Optimizer`.
  """

  class OptimizerWithDecoupledWeightDecay(
    DecoupledWeightDecayExtension,
    base_optimizer,
  ):
    """The optimizer, with weight decay."""

    def __init__(self, weight_decay: Any, *args: Any, **kwargs: Any):
      self._decay_var_list = None
      self._weight_decay = weight_decay
      self._gradients = []
      base_optimizer.__init__(self, *args, **kwargs)  # type: ignore[misc]

  return OptimizerWithDecoupledWeightDecay


class AdamWOptimizer(DecoupledWeightDecayExtension, v1.train.AdamOptimizer):
  """Adam with weight decay."""

  def __init__(
    self,
    weight_decay: Any,
    learning_rate: Any = 0.001,
    beta1: Any = 0.9,
    beta2: Any = 0.999,
    epsilon: Any = 1e-8,
    use_locking: bool = False,
    name: str = 'AdamW',
  ):
    """See `tf.train.AdamOptimizer`; `weight_decay` is that of a step."""
    super().__init__(
      weight_decay,
      learning_rate=learning_rate,
      beta1=beta1,
      beta2=beta2,
      epsilon=epsilon,
      use_locking=use_locking,
      name=name,
    )


class MomentumWOptimizer(
  DecoupledWeightDecayExtension, v1.train.MomentumOptimizer
):
  """Momentum with weight decay."""

  def __init__(
    self,
    weight_decay: Any,
    learning_rate: Any,
    momentum: Any,
    use_locking: bool = False,
    name: str = 'MomentumW',
    use_nesterov: bool = False,
  ):
    """See `tf.train.MomentumOptimizer`; `weight_decay` is that of a step."""
    super().__init__(
      weight_decay,
      learning_rate=learning_rate,
      momentum=momentum,
      use_locking=use_locking,
      name=name,
      use_nesterov=use_nesterov,
    )
