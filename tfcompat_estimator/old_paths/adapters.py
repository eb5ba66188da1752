"""Gives old private functions the arguments that they had.

Their work is done in the rooms; what a name was is said in `paths.py`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.heads import (
  summaries,
  train_op,
)

v1 = tf.compat.v1

_MEAN = 'sum_over_batch_size'


def load_global_step(checkpoint_dir: str) -> int:
  """The global step of the latest checkpoint of a directory."""
  path = tf.train.latest_checkpoint(checkpoint_dir)
  if path is None:
    return 0
  return int(
    tf.train.load_checkpoint(path).get_tensor(v1.GraphKeys.GLOBAL_STEP)
  )


def summary_key(head_name: str | None, val: str) -> str:
  """The tag of a metric of a head."""
  return f'{val}/{head_name}' if head_name else val


def create_summary(
  regularized_training_loss: tf.Tensor,
  regularization_losses: Sequence[tf.Tensor] | None = None,
  summary_key_fn: Callable[[str], str] | None = None,
) -> None:
  """Summaries of the loss and of its regularization."""
  summaries.write_losses(
    regularized_training_loss,
    regularization_losses,
    summary_key_fn or (lambda key: key),
  )


def create_train_op(
  head_name: str | None,
  optimizer: Any = None,
  trainable_variables: Any = None,
  train_op_fn: Callable[[tf.Tensor], Any] | None = None,
  update_ops: Any = None,
  regularized_training_loss: Any = None,
  loss_reduction: str = _MEAN,
) -> Any:
  """The train op of a head."""
  del head_name  # it named a scope that the op's name does not show
  return train_op.make(
    regularized_training_loss,
    loss_reduction,
    optimizer=optimizer,
    trainable_variables=trainable_variables,
    train_op_fn=train_op_fn,
    update_ops=update_ops,
  )
