"""Makes the heads of the v1 canned estimators.

Programs know these classes and functions by the names that they have, with a
leading underscore, in `tensorflow_estimator.python.estimator.canned.head`, and
derive their own heads from the classes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tfcompat_estimator.heads import (
  binary_class,
  losses,
  multi_class,
  multi_label,
  regression,
  v1_protocol,
)


class BinaryLogisticHeadWithSigmoidCrossEntropyLoss(v1_protocol.TaskHead):
  """A head for two classes. See `BinaryClassHead` for the arguments.

  `loss_reduction` is a `tf.compat.v1.losses.Reduction`.
  """

  def __init__(
    self,
    weight_column: Any = None,
    thresholds: Any = None,
    label_vocabulary: Any = None,
    loss_reduction: str = v1_protocol.SUM,
    loss_fn: Any = None,
    name: str | None = None,
  ) -> None:
    task = binary_class.BinaryClassTask(
      weight_column, thresholds, label_vocabulary, loss_fn
    )
    super().__init__(task, loss_reduction, name)


class MultiClassHeadWithSoftmaxCrossEntropyLoss(v1_protocol.TaskHead):
  """A head for three or more classes. See `MultiClassHead`."""

  def __init__(
    self,
    n_classes: int,
    weight_column: Any = None,
    label_vocabulary: Any = None,
    loss_reduction: str = v1_protocol.SUM,
    loss_fn: Any = None,
    name: str | None = None,
  ) -> None:
    task = multi_class.MultiClassTask(
      n_classes, weight_column, label_vocabulary, loss_fn
    )
    super().__init__(task, loss_reduction, name)
    self._label_ids = task.ids_of


class RegressionHeadWithMeanSquaredErrorLoss(v1_protocol.TaskHead):
  """A head for regression. See `RegressionHead` for the arguments."""

  def __init__(
    self,
    label_dimension: int,
    weight_column: Any = None,
    loss_reduction: str = v1_protocol.SUM,
    loss_fn: Any = None,
    inverse_link_fn: Any = None,
    name: str | None = None,
  ) -> None:
    task = regression.RegressionTask(
      label_dimension, weight_column, loss_fn, inverse_link_fn
    )
    super().__init__(task, loss_reduction, name)


def binary_logistic_head_with_sigmoid_cross_entropy_loss(
  weight_column: Any = None,
  thresholds: Any = None,
  label_vocabulary: Any = None,
  loss_reduction: str = v1_protocol.SUM,
  loss_fn: Any = None,
  name: str | None = None,
) -> v1_protocol.V1Head:
  """Makes a head for two classes, and refuses what it cannot train with."""
  return _checked(BinaryLogisticHeadWithSigmoidCrossEntropyLoss, locals())


def multi_class_head_with_softmax_cross_entropy_loss(
  n_classes: int,
  weight_column: Any = None,
  label_vocabulary: Any = None,
  loss_reduction: str = v1_protocol.SUM,
  loss_fn: Any = None,
  name: str | None = None,
) -> v1_protocol.V1Head:
  """Makes a head for three or more classes, likewise."""
  return _checked(MultiClassHeadWithSoftmaxCrossEntropyLoss, locals())


def regression_head(
  weight_column: Any = None,
  label_dimension: int = 1,
  loss_reduction: str = v1_protocol.SUM,
  loss_fn: Any = None,
  inverse_link_fn: Any = None,
  name: str | None = None,
) -> v1_protocol.V1Head:
  """Makes a head for regression, likewise."""
  return _checked(RegressionHeadWithMeanSquaredErrorLoss, locals())


def poisson_regression_head(
  weight_column: Any = None,
  label_dimension: int = 1,
  loss_reduction: str = v1_protocol.SUM,
  compute_full_loss: bool = True,
  name: str | None = None,
) -> v1_protocol.V1Head:
  """Makes a head for counts. See `PoissonRegressionHead`."""
  task = regression.poisson_task(
    label_dimension, weight_column, compute_full_loss
  )
  return _of_task(task, loss_reduction, name)


def logistic_regression_head(
  weight_column: Any = None,
  loss_reduction: str = v1_protocol.SUM,
  name: str | None = None,
) -> v1_protocol.V1Head:
  """Makes a head for one probability. See `LogisticRegressionHead`."""
  return _of_task(regression.logistic_task(weight_column), loss_reduction, name)


def multi_label_head(
  n_classes: int,
  weight_column: Any = None,
  thresholds: Any = None,
  label_vocabulary: Any = None,
  loss_reduction: str = v1_protocol.SUM,
  loss_fn: Any = None,
  name: str | None = None,
) -> v1_protocol.V1Head:
  """Makes a head for classes of which any number apply. See `MultiLabelHead`."""
  task = multi_label.MultiLabelTask(
    n_classes, weight_column, thresholds, label_vocabulary, loss_fn
  )
  return _of_task(task, loss_reduction, name)


def _of_task(
  task: Any, loss_reduction: str, name: str | None
) -> v1_protocol.TaskHead:
  return v1_protocol.TaskHead(
    task, losses.check_v1_reduction(loss_reduction), name
  )


def _checked(
  make: Callable[..., v1_protocol.TaskHead], arguments: Mapping[str, Any]
) -> v1_protocol.TaskHead:
  """The head, of the `locals()` of a function that has its arguments."""
  names = arguments.get('label_vocabulary')
  # The public heads raise a ValueError for it.
  if names is not None and not isinstance(names, (list, tuple)):
    raise TypeError(
      f'label_vocabulary should be a list or tuple. Given type: {type(names)}'
    )
  losses.check_v1_reduction(arguments['loss_reduction'])
  return make(**arguments)
