"""Minimizes losses in plain graphs by Keras' new-style optimizers.

Those of tf_keras and of Keras 3 are made for eager mode and `tf.function`: they
make their variables where they are constructed, and count on automatic control
dependencies between their reads and writes.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import _tf, keras_graph
from tfcompat_estimator.session_emulation import components

v1 = tf.compat.v1


def is_new_style(optimizer: Any) -> bool:
  """Whether it is a new-style optimizer of tf_keras or one of Keras 3.

  Keras 3 is not imported for it: who has such an optimizer has loaded it.
  """
  if isinstance(optimizer, tf_keras.optimizers.legacy.Optimizer):
    return False
  libraries: tuple[Any, ...] = (tf_keras, sys.modules.get('keras'))
  return any(
    isinstance(optimizer, library.optimizers.Optimizer)
    for library in libraries
    if hasattr(library, 'optimizers')
  )


def is_keras(optimizer: Any) -> bool:
  """Whether it is any optimizer of tf_keras, or one of Keras 3."""
  legacy = tf_keras.optimizers.legacy.Optimizer
  return isinstance(optimizer, legacy) or is_new_style(optimizer)


def minimize(
  optimizer: Any,
  loss: tf.Tensor,
  variables: Sequence[tf.Variable],
  global_step: tf.Variable | None = None,
) -> tf.Operation:
  """Makes the op that updates the variables, then adds 1 to the global step.

  The optimizer's own count of iterations advances along with it.

  Args:
    optimizer: A new-style optimizer. One that was made outside the default
      graph serves as a template: a copy of it works in the graph, so that one
      instance may train any number of times.
    loss: A scalar; for an optimizer of a user's class that computes gradients
      itself, whatever it takes, as the losses of all examples.
    variables: What to update.
    global_step: An integer variable, or None.

  Raises:
    ValueError: If the optimizer belongs to another graph, if it is one of
      tf_keras that averages the variables or one of Keras 3 that does something
      at every so many steps only, if it takes no variables of a graph, or if some
      are ref variables.
  """
  _check_variables(optimizer, variables)
  _check_counts(optimizer)
  if isinstance(optimizer, tf_keras.optimizers.Optimizer) and optimizer.use_ema:
    # tf_keras 2.21 reads the variables for the averages' initial values before
    # anything says that the variables have theirs.
    raise ValueError(
      f'`optimizer` ({optimizer.name}) of tf_keras must not have use_ema=True. '
      'Use the optimizer of that name of Keras 3, which supports it.'
    )
  with v1.name_scope(_scope_of(optimizer)):
    earlier = set(_handles())
    optimizer = _in_default_graph(optimizer)
    # Slots first: among the updates their initializers would run each step.
    _build(optimizer, list(variables))
    _order_initializers(earlier)
    gradients = _of_all_replicas(_gradients(optimizer, loss, list(variables)))
    # Weight decay writes variables, whatever the gradients are.
    computed = [loss, *(each for each in gradients if each is not None)]
    with (
      tf.control_dependencies(computed),
      _tf.AutomaticControlDependencies() as dependencies,
    ):
      _apply(optimizer, zip(gradients, variables, strict=True))
      updated = dependencies.mark_as_return(tf.identity(_steps(optimizer)))
  if global_step is None:
    return tf.group(updated)
  with tf.control_dependencies([updated]):
    return global_step.assign_add(1, read_value=False)


def _check_variables(optimizer: Any, variables: Sequence[tf.Variable]) -> None:
  old = [
    part.name
    for variable in variables
    for part in components.of(variable)
    if not hasattr(part, 'handle')
  ]
  if old:
    raise ValueError(
      f'`optimizer` ({optimizer.name}) trains resource variables only, no ref '
      f'variables of TensorFlow 1: {old}. Call '
      'tf.compat.v1.enable_resource_variables() after disable_v2_behavior(), or '
      'use an optimizer of tf.compat.v1.train.'
    )


def _build(optimizer: Any, variables: list[tf.Variable]) -> None:
  """Makes the slots, which some (Keras 3.15's Adafactor and Muon) cannot here."""
  try:
    optimizer.build(variables)
  except (ValueError, AttributeError) as error:
    raise ValueError(
      f'`optimizer` ({type(optimizer).__name__}) does not take variables of a '
      f'graph: {error} Use another one, such as Adam or SGD.'
    ) from error


def _gradients(
  optimizer: Any, loss: tf.Tensor, variables: list[tf.Variable]
) -> list[Any]:
  """The gradients, by a method of the user's class if it has one for them.

  Optimizers with differential privacy do: they clip the gradient of each example
  or microbatch, and take a vector of losses for it. Those of Keras 3 that scale
  the loss divide the gradients when they apply them; tf_keras' ones do neither.
  """
  if not isinstance(optimizer, tf_keras.optimizers.Optimizer):
    loss = optimizer.scale_loss(loss)
  for name in ('compute_gradients', '_compute_gradients'):
    if _is_users(optimizer, name):
      pairs = getattr(optimizer, name)(loss, variables)
      by_variable = {variable.ref(): gradient for gradient, variable in pairs}
      return [by_variable.get(variable.ref()) for variable in variables]
  if _is_users(optimizer, 'get_gradients'):
    return list(optimizer.get_gradients(loss, variables))
  return tf.gradients(loss, variables)


def _is_users(optimizer: Any, name: str) -> bool:
  """Whether a method is defined outside of tf_keras and Keras 3."""
  for cls in type(optimizer).__mro__:
    if name in vars(cls):
      return cls.__module__.partition('.')[0] not in ('tf_keras', 'keras')
  return False


def _handles() -> dict[str, tf.Operation]:
  """The initializers of the graph's variables, by their handles' names."""
  return {
    v.handle.op.name: v.initializer
    for variable in v1.global_variables()
    for v in components.of(variable)
    if hasattr(v, 'handle')
  }


def _of_all_replicas(gradients: Sequence[Any]) -> list[Any]:
  """The gradients, summed over the replicas of a tf.distribute strategy.

  The optimizers would do that themselves, but then automatic control
  dependencies let the collectives of one replica wait for those of another.
  """
  context = tf.distribute.get_replica_context()
  known = [each for each in gradients if each is not None]
  if context is None or context.num_replicas_in_sync == 1 or not known:
    return list(gradients)
  # Not `all_reduce`: it has a gradient, for which it looks up the variables behind
  # the values by name, and finds none of replicas (TensorFlow 2.16 to 2.21).
  summed = iter(context.merge_call(_sum, args=known))
  return [
    None if each is None else _each_row_once(next(summed)) for each in gradients
  ]


def _sum(strategy: Any, *values: Any) -> list[Any]:
  """The sums of values of the replicas, each where the values are."""
  pairs = [(value, value) for value in values]
  return strategy.extended.batch_reduce_to(tf.distribute.ReduceOp.SUM, pairs)


def _each_row_once(gradient: Any) -> Any:
  """A sparse gradient with one entry for each row, as Keras 3 needs it.

  Those of several replicas are summed by putting one behind the other.
  """
  if not isinstance(gradient, tf.IndexedSlices):
    return gradient
  rows, positions = tf.unique(gradient.indices)
  values = tf.math.unsorted_segment_sum(
    gradient.values, positions, tf.shape(rows)[0]
  )
  return tf.IndexedSlices(values, rows, gradient.dense_shape)


def _apply(optimizer: Any, pairs: Iterable[tuple[Any, Any]]) -> None:
  """Applies gradients that are summed already."""
  if isinstance(optimizer, tf_keras.optimizers.Optimizer):
    optimizer.apply_gradients(pairs, skip_gradients_aggregation=True)
    return
  # Keras 3 has no argument for it; its method takes and returns the pairs.
  own = vars(optimizer)
  own['_all_reduce_sum_gradients'] = list
  try:
    optimizer.apply_gradients(pairs)
  finally:
    del own['_all_reduce_sum_gradients']


def _check_counts(optimizer: Any) -> None:
  """Refuses what an optimizer of Keras 3 does at every so many steps only.

  It (3.0 to 3.15) compares counts by `==`, which is False in a v1 graph.
  """
  if isinstance(optimizer, tf_keras.optimizers.Optimizer):
    return
  for each in (optimizer, getattr(optimizer, 'inner_optimizer', None)):
    for name in ('gradient_accumulation_steps', 'ema_overwrite_frequency'):
      steps = getattr(each, name, None)
      if steps:
        raise ValueError(
          f'`optimizer` ({optimizer.name}) has {name}={steps}, which has no effect '
          'in the graph of an Estimator. Leave it out.'
        )


def _order_initializers(earlier: set[str]) -> None:
  """Lets initial values that are computed from new variables wait for them.

  tf_keras (2.16 to 2.21) computes the first value of a learning rate schedule,
  a variable, from that of the iterations.
  """
  made = {k: v for k, v in _handles().items() if k not in earlier}
  for initializer in made.values():
    pending = [each.op for each in initializer.inputs[1:]]
    while pending:
      op = pending.pop()
      pending += [each.op for each in op.inputs]
      if op.type == 'ReadVariableOp' and op.inputs[0].op.name in made:
        _tf.add_control_input(op, made[op.inputs[0].op.name])


def _steps(optimizer: Any) -> tf.Variable:
  """The variable in which the optimizer counts."""
  steps = optimizer.iterations
  return steps if isinstance(steps, tf.Variable) else steps.value


def _in_default_graph(optimizer: Any) -> Any:
  """The optimizer, or a copy of it, with its variables in this graph."""
  handle = _steps(optimizer).handle
  if tf.is_symbolic_tensor(handle):
    if handle.graph is not v1.get_default_graph():
      raise ValueError(
        f'`optimizer` ({optimizer.name}) was made in another graph. Make it '
        'inside model_fn, or pass a callable that makes it.'
      )
    return optimizer
  with _tf.eager_mode():
    config = keras_graph.optimizer_config(optimizer)
  return type(optimizer).from_config(config)


def _scope_of(optimizer: Any) -> str | None:
  """A scope for optimizers that, as tf_keras' ones, do not open one."""
  if isinstance(optimizer, tf_keras.optimizers.Optimizer):
    return optimizer.name
  # The current scope once more: a name that ends in a slash is absolute.
  return v1.get_default_graph().get_name_scope() + '/'
