"""Says what a head must supply about the thing it predicts."""

import abc
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import tensorflow as tf

from tfcompat_estimator.heads import example_weights, losses, metric_definitions

v1 = tf.compat.v1


class Task(abc.ABC):
  """What labels, logits, losses, predictions and metrics mean to a head.

  What an instance holds, each of its heads has under the same name, with an
  underscore before it: see `expose`.

  Attributes:
    logits_dimension: Size of the last axis of the logits.
    weight_column: A feature's name, a numeric column, or None.
    loss_fn: The user's own loss, or None.
    per_logit_loss: Whether each logit has a loss of its own. Then weights may
      have the shape of the logits, too.
    prediction_order: The keys of the predictions, in order.
    measured: The keys of the predictions that metrics are made of, by the names
      that their definitions have for them.
  """

  per_logit_loss: bool = False
  prediction_order: tuple[str, ...] = ()
  # The order in which the v1 graphs build the predictions: it decides the
  # names of operations, which are in SavedModels.
  v1_build_order: tuple[str, ...] = ()
  measured: ClassVar[Mapping[str, str]]
  # Whether predictions and metrics of v1 graphs are under scopes of those
  # names: they are in classification.
  v1_scoped: bool = True

  def __init__(
    self, logits_dimension: int, weight_column: Any, loss_fn: Any
  ) -> None:
    self.logits_dimension = logits_dimension
    self.weight_column = example_weights.check_column(weight_column)
    self.loss_fn = losses.check_loss_fn(loss_fn)

  @abc.abstractmethod
  def process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
    """Checks the labels: returns ids, floats or 0/1 vectors of a dense shape."""

  @abc.abstractmethod
  def own_loss(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The loss of each example where the user gave no `loss_fn`.

    Args:
      labels: Processed labels.
      logits: Of shape `[D0, ..., DN, logits_dimension]`.

    Returns:
      Floats of shape `[D0, ..., DN, 1]`; with `per_logit_loss`, of the shape of
      the logits.
    """

  def loss_and_weights(
    self,
    labels: tf.Tensor,
    logits: tf.Tensor,
    features: Any,
    loss_reduction: str,
  ) -> tuple[tf.Tensor, Any]:
    """The losses of processed labels, and what to multiply them by."""
    if self.loss_fn:
      unreduced_loss = losses.call_loss_fn(
        self.loss_fn,
        labels,
        logits,
        features,
        self.logits_dimension if self.per_logit_loss else 1,
        loss_reduction,
      )
    else:
      unreduced_loss = self.own_loss(labels, logits)
    return unreduced_loss, example_weights.read(
      features, self.weight_column, logits, self.per_logit_loss
    )

  @abc.abstractmethod
  def prediction_makers(
    self, logits: tf.Tensor
  ) -> Mapping[str, Callable[[], tf.Tensor]]:
    """What makes the prediction of each key."""

  def predict(
    self, logits: tf.Tensor, build_order: Sequence[str]
  ) -> dict[str, tf.Tensor]:
    """The predictions of the given keys, made in that order."""
    makers = self.prediction_makers(logits)
    return {key: makers[key]() for key in build_order}

  @abc.abstractmethod
  def metric_defs(
    self, regularized: bool
  ) -> list[metric_definitions.MetricDef]:
    """The metrics; one more if there are regularization losses."""

  def metric_values(
    self,
    labels: tf.Tensor,
    logits: tf.Tensor,
    predictions: Mapping[str, tf.Tensor] | None = None,
  ) -> dict[str, Any]:
    """What the definitions name: the labels and what is predicted."""
    if predictions is None:
      with v1.name_scope('predictions'):
        predictions = self.predict(logits, list(self.measured.values()))
    values = {name: predictions[key] for name, key in self.measured.items()}
    return {'labels': labels, **values}

  @property
  def v1_metric_arguments(self) -> tuple[str, ...]:
    """What `_eval_metric_ops` of v1 heads takes first, in order."""
    return ('labels', *self.measured)

  @abc.abstractmethod
  def export_outputs(self, predictions: dict[str, tf.Tensor]) -> dict[str, Any]:
    """The signatures to export, the default one first."""


def expose(task: Task, head: Any) -> None:
  """Lets a head have the task's arguments as private attributes.

  Programs that derive from heads read them: `self._label_vocabulary` and such.
  """
  for name, value in vars(task).items():
    if not name.startswith('_'):
      setattr(head, f'_{name}', value)
