"""Says what a head must supply about the thing it predicts."""

import abc
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.heads import metrics

v1 = tf.compat.v1


class Task(abc.ABC):
  """What labels, logits, losses, predictions and metrics mean to a head.

  What an instance holds, each of its heads has under the same name, with an
  underscore before it: see `expose`.

  Attributes:
    logits_dimension: Size of the last axis of the logits.
    weight_column: A feature's name, a numeric column, or None.
    per_logit_weights: Whether weights may have the shape of the logits.
    prediction_order: The keys of the predictions, in order.
  """

  logits_dimension: int
  weight_column: Any = None
  per_logit_weights: bool = False
  prediction_order: tuple[str, ...] = ()
  # The order in which the v1 graphs build the predictions: it decides the
  # names of operations, which are in SavedModels.
  v1_build_order: tuple[str, ...] = ()
  # Whether predictions and metrics of v1 graphs are under scopes of those
  # names: they are in classification.
  v1_scoped: bool = True

  @abc.abstractmethod
  def process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
    """Checks the labels: returns ids, floats or 0/1 vectors of a dense shape."""

  @abc.abstractmethod
  def unreduced_loss(
    self,
    labels: tf.Tensor,
    logits: tf.Tensor,
    features: Any,
    loss_reduction: str,
  ) -> tf.Tensor:
    """The loss of each example, `[D0, ..., DN, 1]`, of processed labels."""

  @abc.abstractmethod
  def predict(
    self, logits: tf.Tensor, build_order: Sequence[str]
  ) -> dict[str, tf.Tensor]:
    """The predictions of the given keys, made in that order."""

  @abc.abstractmethod
  def metric_defs(self, regularized: bool) -> list[metrics.MetricDef]:
    """The metrics; one more if there are regularization losses."""

  @abc.abstractmethod
  def metric_values(
    self,
    labels: tf.Tensor,
    logits: tf.Tensor,
    predictions: Mapping[str, tf.Tensor] | None = None,
  ) -> dict[str, Any]:
    """What the definitions name: the labels and what is predicted."""

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
