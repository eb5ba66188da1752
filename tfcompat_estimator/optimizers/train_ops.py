"""Makes the operation of one training step."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.optimizers import keras_optimizers

v1 = tf.compat.v1


def make(
  loss: tf.Tensor,
  loss_reduction: str,
  optimizer: Any = None,
  trainable_variables: Sequence[tf.Variable] | None = None,
  train_op_fn: Callable[[tf.Tensor], Any] | None = None,
  update_ops: Sequence[Any] | None = None,
) -> Any:
  """Makes the train op, under the scope `training` as Keras does.

  Exactly one of `optimizer` and `train_op_fn` must be given.

  Args:
    loss: The loss to minimize, a scalar.
    loss_reduction: What made it. A mean is divided by the number of replicas
      that add up their gradients.
    optimizer: Of tf_keras or Keras 3. A legacy one (`tf_keras.optimizers.
      legacy`) advances its `iterations`: set them to the global step. A
      new-style one advances the global step too.
    trainable_variables: What the optimizer updates.
    train_op_fn: Takes the loss and returns the train op.
    update_ops: Operations to run along with the train op, such as the updates
      of batch normalization.

  Raises:
    ValueError: If an argument is missing, superfluous or wrong.
  """
  update_ops = checked_update_ops(update_ops)

  def minimize(loss: tf.Tensor) -> Any:
    checked_optimizer(optimizer)
    variables = checked_variables(trainable_variables)
    return minimize_keras(
      optimizer,
      share_of_replica(loss, loss_reduction),
      variables,
      v1.train.get_global_step(),
    )

  with v1.name_scope(''), v1.name_scope('training'):
    train_op = _one_of(optimizer, minimize, train_op_fn)(loss)
    return append_update_ops(train_op, update_ops)


def make_v1(
  loss: tf.Tensor,
  optimizer: Any = None,
  train_op_fn: Callable[[tf.Tensor], Any] | None = None,
) -> Any:
  """Makes the train op of a v1 head.

  Args:
    loss: The loss to minimize, a scalar.
    optimizer: A `tf.compat.v1.train.Optimizer`. It advances the global step.
    train_op_fn: Takes the loss and returns the train op.

  Raises:
    ValueError: If not exactly one of `optimizer` and `train_op_fn` is given.
  """

  def minimize(loss: tf.Tensor) -> Any:
    return optimizer.minimize(loss, global_step=v1.train.get_global_step())

  return append_update_ops(_one_of(optimizer, minimize, train_op_fn)(loss))


def _one_of(
  optimizer: Any,
  minimize: Callable[[tf.Tensor], Any],
  train_op_fn: Callable[[tf.Tensor], Any] | None,
) -> Callable[[tf.Tensor], Any]:
  """`minimize` if there is an optimizer, otherwise `train_op_fn`."""
  if optimizer is not None and train_op_fn is not None:
    raise ValueError(
      'train_op_fn and optimizer cannot both be set. Give one of them.'
    )
  if optimizer is not None:
    return minimize
  if train_op_fn is None:
    raise ValueError(
      'train_op_fn and optimizer cannot both be None. Give one of them.'
    )
  return train_op_fn


def append_update_ops(
  train_op: Any, update_ops: Sequence[Any] | None = None
) -> Any:
  """The train op, and with it the updates.

  Args:
    train_op: An operation or a tensor, or None.
    update_ops: Operations. Default: those of the collection `UPDATE_OPS`.
  """
  if update_ops is None:
    update_ops = v1.get_collection(v1.GraphKeys.UPDATE_OPS)
  if update_ops and train_op is not None:
    return tf.group(train_op, *update_ops)
  return train_op


def share_of_replica(loss: tf.Tensor, loss_reduction: str) -> tf.Tensor:
  """A mean loss divided by the number of replicas, which add up gradients."""
  replicas = tf.distribute.get_strategy().num_replicas_in_sync
  reductions = tf_keras.losses.Reduction
  if replicas > 1 and loss_reduction == reductions.SUM_OVER_BATCH_SIZE:
    return loss * (1.0 / replicas)
  return loss


def checked_update_ops(update_ops: Any = None) -> list[Any]:
  """The ops as a list; none if there are none.

  Raises:
    ValueError: They are neither None, nor a list or a tuple.
  """
  if update_ops is None:
    return []
  if not isinstance(update_ops, (list, tuple)):
    raise ValueError(
      f'update_ops should be a list or a tuple. Given type: {type(update_ops)}.'
    )
  return list(update_ops)


def checked_variables(trainable_variables: Any = None) -> list[tf.Variable]:
  """The variables as a list.

  Raises:
    ValueError: They are no list or tuple.
  """
  if trainable_variables is None:
    raise ValueError(
      'trainable_variables cannot be None. Given None. Pass what the '
      'optimizer is to update, such as model.trainable_variables.'
    )
  if not isinstance(trainable_variables, (list, tuple)):
    raise ValueError(
      'trainable_variables should be a list or a tuple. Given type: '
      f'{type(trainable_variables)}.'
    )
  return list(trainable_variables)


def checked_optimizer(optimizer: Any) -> Any:
  """The optimizer.

  Raises:
    ValueError: It is none of tf_keras or Keras.
  """
  if not keras_optimizers.is_keras(optimizer):
    raise ValueError(
      'The given optimizer is not a tf.keras.optimizers.Optimizer instance. '
      f'Received optimizer of type {type(optimizer)}. Use train_op_fn for a '
      'tf.compat.v1.train.Optimizer.'
    )
  return optimizer


def minimize_keras(
  optimizer: Any,
  loss: tf.Tensor,
  variables: Sequence[tf.Variable],
  global_step: tf.Variable | None,
) -> Any:
  """One step of an optimizer of tf_keras or Keras 3.

  A new-style one advances the global step; a legacy one only its `iterations`.
  """
  if keras_optimizers.is_new_style(optimizer):
    return keras_optimizers.minimize(optimizer, loss, variables, global_step)
  # The one update of an OptimizerV2: gradients applied, iterations advanced.
  return optimizer.get_updates(loss, list(variables))[0]
