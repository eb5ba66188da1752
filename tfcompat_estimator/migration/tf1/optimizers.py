"""Optimizers that `tf.contrib.opt` had."""

from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.tf1 import towers

v1 = tf.compat.v1


class LazyAdamOptimizer(v1.train.AdamOptimizer):
  """Adam that leaves the rows alone which a sparse gradient does not have."""

  def _apply_sparse(self, grad: tf.IndexedSlices, var: Any) -> Any:
    return self._lazily(grad.values, var, grad.indices)

  def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
    return self._lazily(grad, var, indices)

  def _lazily(self, grad: tf.Tensor, var: Any, indices: tf.Tensor) -> Any:
    dtype = var.dtype.base_dtype
    beta1, beta2, epsilon = (
      tf.cast(each, dtype)
      for each in (self._beta1_t, self._beta2_t, self._epsilon_t)
    )
    power1, power2 = (
      tf.cast(each, dtype) for each in self._get_beta_accumulators()
    )
    rate = tf.cast(self._lr_t, dtype)
    rate *= tf.sqrt(1 - power2) / (1 - power1)
    m, v = self.get_slot(var, 'm'), self.get_slot(var, 'v')
    new_m = beta1 * tf.gather(m, indices) + (1 - beta1) * grad
    new_v = beta2 * tf.gather(v, indices) + (1 - beta2) * tf.square(grad)
    return tf.group(
      v1.scatter_sub(
        var,
        indices,
        rate * new_m / (tf.sqrt(new_v) + epsilon),
        use_locking=self._use_locking,
      ),
      v1.scatter_update(m, indices, new_m, use_locking=self._use_locking),
      v1.scatter_update(v, indices, new_v, use_locking=self._use_locking),
    )


class NadamOptimizer(v1.train.AdamOptimizer):
  """Adam with Nesterov's momentum."""

  def _apply_dense(self, grad: tf.Tensor, var: Any) -> Any:
    return self._apply(tf.raw_ops.ApplyAdam, grad, var, lambda each: each)

  def _resource_apply_dense(self, grad: tf.Tensor, var: Any) -> Any:
    return self._apply(tf.raw_ops.ResourceApplyAdam, grad, var, _handle)

  def _apply(self, op: Any, grad: tf.Tensor, var: Any, taken: Any) -> Any:
    """Calls an op, which takes of a variable what `taken` gives."""
    power1, power2 = self._get_beta_accumulators()
    dtype = var.dtype.base_dtype
    return op(
      var=taken(var),
      m=taken(self.get_slot(var, 'm')),
      v=taken(self.get_slot(var, 'v')),
      grad=grad,
      beta1_power=tf.cast(power1, dtype),
      beta2_power=tf.cast(power2, dtype),
      lr=tf.cast(self._lr_t, dtype),
      beta1=tf.cast(self._beta1_t, dtype),
      beta2=tf.cast(self._beta2_t, dtype),
      epsilon=tf.cast(self._epsilon_t, dtype),
      use_locking=self._use_locking,
      use_nesterov=True,
    )


def _handle(variable: Any) -> Any:
  return variable.handle


class AdaMaxOptimizer(v1.train.AdamOptimizer):
  """Adam by the infinity norm."""

  def __init__(
    self,
    learning_rate: Any = 0.001,
    beta1: Any = 0.9,
    beta2: Any = 0.999,
    epsilon: Any = 1e-8,
    use_locking: bool = False,
    name: str = 'AdaMax',
  ):
    super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)

  def _get_beta_accumulators(self) -> Any:
    graph = v1.get_default_graph()
    return self._get_non_slot_variable('beta1_power', graph=graph), None

  def _create_slots(self, var_list: Any) -> None:
    first = min(var_list, key=lambda each: each.name)
    self._create_non_slot_variable(
      initial_value=self._beta1, name='beta1_power', colocate_with=first
    )
    for var in var_list:
      self._zeros_slot(var, 'm', self._name)
      self._zeros_slot(var, 'v', self._name)

  def _apply_dense(self, grad: tf.Tensor, var: Any) -> Any:
    dtype = var.dtype.base_dtype
    beta1, beta2, epsilon, rate = (
      tf.cast(each, dtype)
      for each in (
        self._beta1_t,
        self._beta2_t,
        self._epsilon_t,
        self._lr_t,
      )
    )
    power, _ = self._get_beta_accumulators()
    m, v = self.get_slot(var, 'm'), self.get_slot(var, 'v')
    new_m = v1.assign(m, beta1 * m + (1 - beta1) * grad)
    new_v = v1.assign(v, tf.maximum(beta2 * v, tf.abs(grad)))
    step = rate / (1 - tf.cast(power, dtype)) * new_m / (new_v + epsilon)
    return v1.assign_sub(var, step, use_locking=self._use_locking)

  _resource_apply_dense = _apply_dense

  def _apply_sparse(self, grad: tf.IndexedSlices, var: Any) -> Any:
    return self._apply_dense(tf.convert_to_tensor(grad), var)

  def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
    slices = tf.IndexedSlices(grad, indices, tf.shape(var))
    return self._apply_dense(tf.convert_to_tensor(slices), var)

  def _finish(self, update_ops: Any, name_scope: str) -> Any:
    with tf.control_dependencies(update_ops):
      power, _ = self._get_beta_accumulators()
      update = v1.assign(power, power * self._beta1_t)
    return tf.group(*update_ops, update, name=name_scope)


class LARSOptimizer(v1.train.Optimizer):
  """Momentum with a learning rate for each layer, for large batches."""

  def __init__(
    self,
    learning_rate: Any,
    momentum: float = 0.9,
    weight_decay: float = 0.0001,
    eeta: float = 0.001,
    epsilon: float = 0.0,
    name: str = 'LARSOptimizer',
    skip_list: Any = None,
    use_nesterov: bool = False,
  ):
    """Makes it.

    Args:
      learning_rate: A number, or a scalar tensor.
      momentum: Of the steps.
      weight_decay: Of the variables.
      eeta: What a layer's rate is scaled by.
      epsilon: Keeps divisors from 0.
      name: Of the optimizer.
      skip_list: Parts of names of variables that have the plain rate.
      use_nesterov: Use Nesterov's momentum.
    """
    if momentum < 0.0:
      raise ValueError(f'momentum should be positive: {momentum}')
    if weight_decay < 0.0:
      raise ValueError(f'weight_decay should be positive: {weight_decay}')
    super().__init__(use_locking=False, name=name)
    self._learning_rate = learning_rate
    self._momentum = momentum
    self._weight_decay = weight_decay
    self._eeta = eeta
    self._epsilon = epsilon
    self._skip_list = skip_list
    self._use_nesterov = use_nesterov

  def _create_slots(self, var_list: Any) -> None:
    for var in var_list:
      self._zeros_slot(var, 'momentum', self._name)

  def compute_lr(self, grad: Any, var: Any) -> tuple[Any, Any]:
    """The rate of a variable, and its gradient with the weight decay."""
    rate = self._learning_rate
    if self._skip_list and any(part in var.name for part in self._skip_list):
      return rate, grad
    size, slope = tf.norm(var), tf.norm(grad)
    trust = tf.where(
      size > 0,
      tf.where(
        slope > 0,
        self._eeta * size / (slope + self._weight_decay * size + self._epsilon),
        1.0,
      ),
      1.0,
    )
    return rate * trust, grad + self._weight_decay * var

  def _apply_dense(self, grad: tf.Tensor, var: Any) -> Any:
    rate, grad = self.compute_lr(grad, var)
    return tf.raw_ops.ApplyMomentum(
      var=var,
      accum=self.get_slot(var, 'momentum'),
      lr=tf.cast(1.0, var.dtype.base_dtype),
      grad=grad * rate,
      momentum=self._momentum,
      use_nesterov=self._use_nesterov,
    )

  def _resource_apply_dense(self, grad: tf.Tensor, var: Any) -> Any:
    rate, grad = self.compute_lr(grad, var)
    return tf.raw_ops.ResourceApplyMomentum(
      var=var.handle,
      accum=self.get_slot(var, 'momentum').handle,
      lr=tf.cast(1.0, var.dtype.base_dtype),
      grad=grad * rate,
      momentum=self._momentum,
      use_nesterov=self._use_nesterov,
    )

  def _apply_sparse(self, grad: tf.IndexedSlices, var: Any) -> Any:
    # Rows have no norm of a layer: plain momentum, as in 1.15.
    dtype = var.dtype.base_dtype
    return tf.raw_ops.SparseApplyMomentum(
      var=var,
      accum=self.get_slot(var, 'momentum'),
      lr=tf.cast(self._learning_rate, dtype),
      grad=grad.values,
      indices=grad.indices,
      momentum=tf.cast(self._momentum, dtype),
      use_nesterov=self._use_nesterov,
    )

  def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
    return tf.raw_ops.ResourceSparseApplyMomentum(
      var=var.handle,
      accum=self.get_slot(var, 'momentum').handle,
      lr=tf.cast(self._learning_rate, grad.dtype),
      grad=grad,
      indices=indices,
      momentum=tf.cast(self._momentum, grad.dtype),
      use_nesterov=self._use_nesterov,
    )


class MovingAverageOptimizer(towers.Wrapper):
  """Keeps moving averages of the variables that another optimizer changes."""

  def __init__(
    self,
    opt: Any,
    average_decay: float = 0.9999,
    num_updates: Any = None,
    sequential_update: bool = True,
  ):
    """Wraps an optimizer. See `tf.train.ExponentialMovingAverage`."""
    super().__init__(opt)
    self._ema = v1.train.ExponentialMovingAverage(
      average_decay, num_updates=num_updates
    )
    self._swapped: dict[str, Any] | None = None
    self._sequential_update = sequential_update

  def apply_gradients(
    self, grads_and_vars: Any, global_step: Any = None, name: Any = None
  ) -> Any:
    train_op = super().apply_gradients(grads_and_vars, global_step, name)
    variables = [var for _, var in grads_and_vars]
    with tf.control_dependencies([train_op] if self._sequential_update else []):
      average = self._ema.apply(variables)
    self._swapped = {}
    for var in variables:
      mean = self._ema.average(var)
      if mean is not None:
        self._swapped[mean.op.name] = var
        self._swapped[var.op.name] = mean
    return tf.group(train_op, average, name='train_with_avg')

  def swapping_saver(
    self, var_list: Any = None, name: str = 'swapping_saver', **kwargs: Any
  ) -> Any:
    """A Saver that stores the averages under the variables' own names.

    Raises:
      RuntimeError: Called before `apply_gradients` or `minimize`.
    """
    if self._swapped is None:
      raise RuntimeError(
        'Must call apply_gradients or minimize before creating the '
        'swapping_saver'
      )
    named = var_list
    if not isinstance(named, dict):
      named = {var.op.name: var for var in (var_list or v1.global_variables())}
    swapped = {
      name_of: self._swapped.get(name_of, var) for name_of, var in named.items()
    }
    return v1.train.Saver(swapped, name=name, **kwargs)


class MultitaskOptimizerWrapper(towers.Wrapper):
  """Leaves alone what has no gradient: of a task that was not in the batch.

  Variables whose gradients are all 0 are not changed, and neither are their
  slots.
  """

  def apply_gradients(
    self, grads_and_vars: Any, global_step: Any = None, name: Any = None
  ) -> Any:
    updates = []
    for index, (grad, var) in enumerate(grads_and_vars):
      if grad is None:
        continue
      values = grad.values if isinstance(grad, tf.IndexedSlices) else grad
      used = tf.reduce_any(tf.not_equal(values, 0))
      self._optimizer._create_slots([var])  # noqa: SLF001

      def apply(grad: Any = grad, var: Any = var, index: int = index) -> Any:
        return self._optimizer.apply_gradients(
          [(grad, var)], name=f'{name or self.get_name()}_{index}'
        )

      updates.append(v1.cond(used, apply, tf.no_op))
    with tf.control_dependencies(updates):
      if global_step is None:
        return tf.group(*updates)
      return v1.assign_add(global_step, 1).op


def clip_gradients_by_global_norm(
  gradients_variables: Any, clip_norm: float = 20.0
) -> list[tuple[Any, Any]]:
  """Clips to a global norm in which gradients of 0 do not count."""
  gradients, variables = zip(*gradients_variables, strict=True)
  clipped, _ = tf.clip_by_global_norm(gradients, clip_norm)
  return list(zip(clipped, variables, strict=True))


class VariableClippingOptimizer(towers.Wrapper):
  """Clips the norms of variables after each step."""

  def __init__(
    self,
    opt: Any,
    vars_to_clip_dims: Any,
    max_norm: float,
    use_locking: bool = False,
    colocate_clip_ops_with_vars: bool = False,
    name: str = 'VariableClipping',
  ):
    """Wraps an optimizer.

    Args:
      opt: The optimizer.
      vars_to_clip_dims: {variable: the dimensions over which the norm is}.
      max_norm: The norm that is allowed.
      use_locking: Lock variables while they are clipped.
      colocate_clip_ops_with_vars: Is not read.
      name: Of the optimizer.
    """
    super().__init__(opt, name)
    self._clip_dims = {
      (var.ref() if hasattr(var, 'ref') else var): dims
      for var, dims in vars_to_clip_dims.items()
    }
    self._max_norm = max_norm

  def apply_gradients(
    self, grads_and_vars: Any, global_step: Any = None, name: Any = None
  ) -> Any:
    update = super().apply_gradients(grads_and_vars, global_step)
    with tf.control_dependencies([update]):
      clipped = [
        v1.assign(
          var,
          tf.clip_by_norm(
            tf.identity(var), self._max_norm, self._clip_dims[var.ref()]
          ),
        )
        for _, var in grads_and_vars
        if var.ref() in self._clip_dims
      ]
    return tf.group(update, *clipped, name=name)
