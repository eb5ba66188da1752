"""Gives a head the form in which a Keras model trains by it."""

import copy
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.heads import (
  base_head,
  example_weights,
  metric_definitions,
  sequential,
  single,
  v1_protocol,
)
from tfcompat_estimator.records import modes

# The feature that takes the weights of examples to a head.
_WEIGHTS = 'sample_weight'


class Objective:
  """What a head makes of logits: predictions, a loss, metrics.

  Attributes:
    head: The head, public or of the v1 protocol.
  """

  def __init__(self, head: Any):
    self.head = head
    self._weighted = _with_sample_weights(head)

  @property
  def mask_key(self) -> str:
    """Where the head finds the mask of sequences; '' if it is of no such."""
    if isinstance(self.head, sequential.SequentialHead):
      return self.head.input_sequence_mask_key
    return ''

  def predictions(self, logits: tf.Tensor) -> dict[str, tf.Tensor]:
    """As `predict` yields them; keys of a MultiHead are joined by `/`."""
    if isinstance(self.head, v1_protocol.TaskHead):
      task = self.head.task
      made = task.predict(logits, task.prediction_order)
    else:
      made = self.head.predictions(logits)
    return {
      '/'.join(key) if isinstance(key, tuple) else key: value
      for key, value in made.items()
    }

  def loss(
    self, labels: Any, logits: tf.Tensor, features: Any, sample_weight: Any
  ) -> tf.Tensor:
    """The reduced loss of a batch.

    Raises:
      ValueError: There are sample weights, and the head takes none.
    """
    head, features = self._weigh(features, logits, sample_weight)
    if isinstance(head, v1_protocol.TaskHead):
      spec = head.create_loss(features, modes.ModeKeys.EVAL, logits, labels)
      return spec.training_loss
    return head.loss(
      labels=labels,
      logits=logits,
      features=features,
      mode=modes.ModeKeys.EVAL,
    )

  def metrics(self) -> dict[str, tf_keras.metrics.Metric]:
    """New metrics, by the names that `evaluate` gives them."""
    if isinstance(self.head, v1_protocol.TaskHead):
      return metric_definitions.make_keras(
        self.head.task.metric_defs(regularized=False), self._full_key
      )
    return self.head.metrics()

  def update(
    self,
    metrics: Mapping[str, Any],
    labels: Any,
    logits: tf.Tensor,
    features: Any,
    sample_weight: Any,
  ) -> None:
    """Updates the metrics with a batch."""
    head, features = self._weigh(features, logits, sample_weight)
    if not isinstance(head, v1_protocol.TaskHead):
      head.update_metrics(
        metrics, features=features, logits=logits, labels=labels
      )
      return
    spec = head.create_loss(features, modes.ModeKeys.EVAL, logits, labels)
    metric_definitions.update_keras(
      metrics,
      head.task.metric_defs(regularized=False),
      self._full_key,
      {
        'unreduced_loss': spec.unreduced_loss,
        'weights': spec.weights,
        **head.task.metric_values(spec.processed_labels, logits),
      },
    )

  def _full_key(self, key: str) -> str:
    return f'{key}/{self.head.name}' if self.head.name else key

  def _weigh(
    self, features: Any, logits: tf.Tensor, sample_weight: Any
  ) -> tuple[Any, Any]:
    """The head, and the features it reads, its weights times those given."""
    if sample_weight is None:
      return self.head, features
    if self._weighted is None:
      raise ValueError(
        'sample_weight: this head takes weights from features only. Give its '
        '`weight_column`, and no sample_weight or class_weight.'
      )
    own = example_weights.read(
      features,
      self.head.task.weight_column,
      logits,
      allow_per_logit_weights=True,
    )
    given = tf.cast(sample_weight, tf.float32)
    rank = logits.shape.rank or 2
    while given.shape.rank is not None and given.shape.rank < rank:
      given = given[..., tf.newaxis]
    return self._weighted, {**features, _WEIGHTS: own * given}


def _with_sample_weights(head: Any) -> Any:
  """The head with the weight column `sample_weight`; None if it has none."""
  if not isinstance(head, single.SingleHead | v1_protocol.TaskHead):
    return None
  task = copy.copy(head.task)
  task.weight_column = _WEIGHTS
  weighted = copy.copy(head)
  weighted._task = task  # noqa: SLF001 - the copy is ours
  return weighted


def check(head: Any) -> None:
  """Raises ValueError if `head` is no head."""
  if not isinstance(head, base_head.Head | v1_protocol.TaskHead):
    raise ValueError(
      f'The head ({type(head).__name__}) is of a class of its own: Keras cannot '
      'train by it. Derive it from tf.estimator.Head, or use to_module.'
    )
