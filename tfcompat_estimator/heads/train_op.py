"""Makes the operation of one training step."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.heads import new_optimizers

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
  with v1.name_scope(''), v1.name_scope('training'):
    if optimizer is not None:
      if train_op_fn is not None:
        raise ValueError(
          'train_op_fn and optimizer cannot both be set. Give one of them.'
        )
      optimizer = checked_optimizer(optimizer)
      variables = checked_variables(trainable_variables)
      loss = _scale(loss, loss_reduction)
      train_op = _minimize(optimizer, loss, variables)
    elif train_op_fn is not None:
      train_op = train_op_fn(loss)
    else:
      raise ValueError(
        'train_op_fn and optimizer cannot both be None. Give one of them.'
      )
    if update_ops and train_op is not None:
      return tf.group(train_op, *update_ops)
    return train_op


def _scale(loss: tf.Tensor, loss_reduction: str) -> tf.Tensor:
  replicas = tf.distribute.get_strategy().num_replicas_in_sync
  reductions = tf_keras.losses.Reduction
  if replicas > 1 and loss_reduction == reductions.SUM_OVER_BATCH_SIZE:
    return loss * (1.0 / replicas)
  return loss


def checked_update_ops(update_ops: Any) -> list[Any]:
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


def checked_variables(variables: Any) -> list[tf.Variable]:
  """The variables as a list.

  Raises:
    ValueError: They are no list or tuple.
  """
  if variables is None:
    raise ValueError(
      'trainable_variables cannot be None. Given None. Pass what the '
      'optimizer is to update, such as model.trainable_variables.'
    )
  if not isinstance(variables, (list, tuple)):
    raise ValueError(
      'trainable_variables should be a list or a tuple. Given type: '
      f'{type(variables)}.'
    )
  return list(variables)


def checked_optimizer(optimizer: Any) -> Any:
  """The optimizer.

  Raises:
    ValueError: It is none of tf_keras or Keras.
  """
  if not (_is_legacy(optimizer) or new_optimizers.is_new_style(optimizer)):
    raise ValueError(
      'The given optimizer is not a tf.keras.optimizers.Optimizer instance. '
      f'Received optimizer of type {type(optimizer)}. Use train_op_fn for a '
      'tf.compat.v1.train.Optimizer.'
    )
  return optimizer


def _is_legacy(optimizer: Any) -> bool:
  return isinstance(optimizer, tf_keras.optimizers.legacy.Optimizer)


def _minimize(
  optimizer: Any, loss: tf.Tensor, variables: list[tf.Variable]
) -> Any:
  if _is_legacy(optimizer):
    # The one update of an OptimizerV2: gradients applied, iterations advanced.
    return optimizer.get_updates(loss, variables)[0]
  return new_optimizers.minimize(
    optimizer, loss, variables, v1.train.get_global_step()
  )
