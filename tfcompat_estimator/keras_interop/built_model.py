"""Holds what a clone of a Keras model is made of in a graph."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Protocol

import tensorflow as tf

from tfcompat_estimator.graph import components

v1 = tf.compat.v1


@dataclasses.dataclass(frozen=True)
class BuiltModel:
  """A clone of a Keras model in the default graph.

  Attributes:
    clone: The Keras model.
    predictions: Its outputs by name.
    weights: Its variables that have a counterpart in the original, in the
      order of `ModelBuilder.values`.
    loss: The scalar to minimize; None in mode PREDICT.
    train_op: One training step, in mode TRAIN only.
    metrics: For `eval_metric_ops`; None if it has none.
  """

  clone: Any
  predictions: dict[str, tf.Tensor]
  weights: Sequence[tf.Variable]
  loss: tf.Tensor | None = None
  train_op: Any = None
  metrics: dict[str, Any] | None = None

  def object_based_saver(self, **kwargs: Any) -> v1.train.Saver:
    """A Saver whose keys are paths in the model's object graph.

    `tf.train.Checkpoint` restores what it wrote into a model of that structure.
    """
    # Keras models (2 and 3) add to checkpoints what is assigned to an attribute.
    self.clone.estimator_global_step = v1.train.get_global_step()
    view = tf.__internal__.tracking.ObjectGraphView(self.clone)
    # Under a strategy, a replica alone can't read what it shares with others.
    return components.across_replicas(
      lambda: v1.train.Saver(var_list=view.frozen_saveable_objects(), **kwargs)
    )


class ModelBuilder(Protocol):
  """Builds clones of one Keras model."""

  has_static_graph: bool  # Functional or Sequential and built
  first_mode: str  # the mode in which the first checkpoint is written

  @property
  def warm_start(self) -> Any:
    """Which variables start from it, as `vars_to_warm_start` has it."""

  def build(self, features: Any, labels: Any, mode: str) -> BuiltModel:
    """A clone over `features`, in the default graph."""

  def values(self) -> list[Any] | None:
    """The values of the original's variables; None without any."""
