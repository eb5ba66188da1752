"""Makes the heads of the v1 canned estimators.

Programs know these functions by the names that they have, with a leading
underscore, in `tensorflow_estimator.python.estimator.canned.head`.
"""

from typing import Any

from tfcompat_estimator.heads import (
  binary_class,
  multi_class,
  multi_label,
  regression,
  v1_protocol,
)


def binary_logistic_head_with_sigmoid_cross_entropy_loss(
  weight_column: Any = None,
  thresholds: Any = None,
  label_vocabulary: Any = None,
  loss_reduction: str = v1_protocol.SUM,
  loss_fn: Any = None,
  name: str | None = None,
) -> v1_protocol.V1Head:
  """Makes a head for two classes. See `BinaryClassHead` for the arguments."""
  _check_vocabulary(label_vocabulary)
  task = binary_class.BinaryClassTask(
    weight_column, thresholds, label_vocabulary, loss_fn
  )
  return v1_protocol.V1Head(task, loss_reduction, name)


def multi_class_head_with_softmax_cross_entropy_loss(
  n_classes: int,
  weight_column: Any = None,
  label_vocabulary: Any = None,
  loss_reduction: str = v1_protocol.SUM,
  loss_fn: Any = None,
  name: str | None = None,
) -> v1_protocol.V1Head:
  """Makes a head for three or more classes. See `MultiClassHead`."""
  _check_vocabulary(label_vocabulary)
  task = multi_class.MultiClassTask(
    n_classes, weight_column, label_vocabulary, loss_fn
  )
  return v1_protocol.V1Head(task, loss_reduction, name)


def regression_head(
  weight_column: Any = None,
  label_dimension: int = 1,
  loss_reduction: str = v1_protocol.SUM,
  loss_fn: Any = None,
  inverse_link_fn: Any = None,
  name: str | None = None,
) -> v1_protocol.V1Head:
  """Makes a head for regression. See `RegressionHead` for the arguments."""
  task = regression.RegressionTask(
    label_dimension, weight_column, loss_fn, inverse_link_fn
  )
  return v1_protocol.V1Head(task, loss_reduction, name)


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
  return v1_protocol.V1Head(task, loss_reduction, name)


def logistic_regression_head(
  weight_column: Any = None,
  loss_reduction: str = v1_protocol.SUM,
  name: str | None = None,
) -> v1_protocol.V1Head:
  """Makes a head for one probability. See `LogisticRegressionHead`."""
  task = regression.logistic_task(weight_column)
  return v1_protocol.V1Head(task, loss_reduction, name)


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
  return v1_protocol.V1Head(task, loss_reduction, name)


def _check_vocabulary(label_vocabulary: Any) -> None:
  # The public heads raise a ValueError for it.
  if label_vocabulary is not None and not isinstance(
    label_vocabulary, (list, tuple)
  ):
    raise TypeError(
      'label_vocabulary should be a list or tuple. Given type: '
      f'{type(label_vocabulary)}'
    )
