"""Connects SDCA with the linear models and their heads."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned.sdca import sdca_optimizer
from tfcompat_estimator.distribution import strategies
from tfcompat_estimator.heads import (
  binary_class,
  multi_class,
  regression,
  single,
  v1_protocol,
)
from tfcompat_estimator.session_emulation.loops import hook_protocol

v1 = tf.compat.v1

_LOSS_TYPES = (
  (binary_class.BinaryClassTask, 'logistic_loss'),
  (regression.RegressionTask, 'squared_loss'),
)


class _SDCAUpdateWeightsHook(hook_protocol.EngineHook):
  """Brings into the model what each step has found, in the chief only."""

  def __init__(self, update_op: tf.Operation) -> None:
    self._update_op = update_op

  @property
  def each_run(self) -> tf.Operation:
    """What steps that run in a loop run, too, without this hook."""
    return self._update_op

  def runs_before_control(self, global_step: int) -> float:
    """Never asks for a step."""
    del global_step
    return hook_protocol.NEVER

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs:
    """Adds the update to the run of the train op."""
    del run_context
    return v1.train.SessionRunArgs(self._update_op)


def is_sdca(optimizer: Any) -> bool:
  """Whether it is what this room is about."""
  return isinstance(optimizer, sdca_optimizer.LinearSDCA)


def check_model(
  *, n_classes: int = 2, label_dimension: int = 1, sparse_combiner: str = 'sum'
) -> None:
  """Raises ValueError if SDCA cannot train a linear model of that kind."""
  if n_classes > 2:
    raise ValueError(
      'LinearSDCA cannot be used in a multi-class setting. Use another '
      'optimizer, or n_classes=2.'
    )
  if label_dimension > 1:
    raise ValueError(
      'LinearSDCA can only be used with one-dimensional label. Given: '
      f'label_dimension={label_dimension}.'
    )
  if sparse_combiner != 'sum':
    raise ValueError(
      'sparse_combiner must be "sum" when optimizer is a LinearSDCA object. '
      f'Given: {sparse_combiner!r}.'
    )


def train_step(
  optimizer: sdca_optimizer.LinearSDCA, head: Any, sparse_combiner: str
) -> Callable[..., Any]:
  """What trains a linear model.

  Args:
    optimizer: How.
    head: The model's head.
    sparse_combiner: What becomes of several ids of an example in the model.

  Returns:
    A function of features, labels and the output of `networks.linear`: it
    returns the train op, and hooks for the chief.

  Raises:
    ValueError: If SDCA cannot train such a model.
  """
  task, loss_type = _task(head)
  check_model(sparse_combiner=sparse_combiner)

  def make(features: Any, labels: Any, output: Any) -> Any:
    strategies.refuse_replicas('A linear model with LinearSDCA')
    solver, train_op = optimizer.get_train_step(
      state_manager=output.state,
      weight_column_name=task.weight_column,
      loss_type=loss_type,
      feature_columns=output.columns,
      features=features,
      targets=task.process_labels(labels, output.logits),
      bias_var=output.bias,
      global_step=v1.train.get_global_step(),
    )
    # The loss of a step is that of the weights before it.
    with tf.control_dependencies([output.logits]):
      update_op = solver.update_weights(train_op)
    return train_op, [_SDCAUpdateWeightsHook(update_op)]

  return make


def _task(head: Any) -> tuple[Any, str]:
  """What the head predicts, and the loss that SDCA has for it."""
  task = None
  if isinstance(head, (single.SingleHead, v1_protocol.TaskHead)):
    task = head.task
  if isinstance(task, multi_class.MultiClassTask):
    check_model(n_classes=task.logits_dimension)
  for kind, loss_type in _LOSS_TYPES:
    if not isinstance(task, kind):
      continue
    check_model(label_dimension=task.logits_dimension)
    return task, loss_type
  raise ValueError(
    f'Unsupported head type: {head}. LinearSDCA takes heads for two classes '
    'and for regression.'
  )
