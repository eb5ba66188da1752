"""Lists all classes beside each prediction, as servers of Classify want them."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.heads import label_checks
from tfcompat_estimator.records import estimator_specs, keys


def all_ids(logits: tf.Tensor, n_classes: int) -> tf.Tensor:
  """The ids `0..n_classes-1` of each example: `int32 [batch, n_classes]`."""
  batch_size = tf.shape(logits)[0]
  return tf.tile(tf.expand_dims(tf.range(n_classes), axis=0), [batch_size, 1])


def all_names(
  logits: tf.Tensor,
  n_classes: int,
  label_vocabulary: Sequence[str] | None = None,
) -> tf.Tensor:
  """The names of all classes of each example: `string [batch, n_classes]`.

  Without a vocabulary the name of a class is its id.
  """
  batch_size = tf.shape(logits)[0]
  if label_vocabulary:
    names = tf.expand_dims(
      tf.constant(label_vocabulary, dtype=tf.string), axis=0
    )
  else:
    names = tf.strings.as_string(tf.expand_dims(tf.range(n_classes), axis=0))
  return tf.tile(names, [batch_size, 1])


def classification_output(
  scores: tf.Tensor,
  n_classes: int,
  label_vocabulary: Sequence[str] | None = None,
) -> estimator_specs.ClassificationOutput:
  """The scores and names of all classes, in the order of their ids."""
  return estimator_specs.ClassificationOutput(
    scores=scores, classes=all_names(scores, n_classes, label_vocabulary)
  )


def signatures(
  predictions: dict[str, tf.Tensor],
  n_classes: int,
  label_vocabulary: Sequence[str] | None,
) -> dict[str, Any]:
  """Classification by probabilities, the default, and all predictions."""
  classification = classification_output(
    predictions[keys.PredictionKeys.PROBABILITIES], n_classes, label_vocabulary
  )
  return {
    tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY: classification,
    'classification': classification,
    'predict': estimator_specs.PredictOutput(predictions),
  }


def most_likely(logits: tf.Tensor) -> tf.Tensor:
  """The id of the class of the largest logit: `int64 [D0, ..., DN, 1]`."""
  class_ids = tf.argmax(logits, axis=-1, name='class_ids')
  return tf.expand_dims(class_ids, axis=-1)


def names_of(
  class_ids: tf.Tensor, vocabulary: Sequence[str] | None
) -> tf.Tensor:
  """The names of classes; of one without a name, its id as a string."""
  if vocabulary:
    return label_checks.names_of_ids(class_ids, vocabulary)
  return tf.strings.as_string(class_ids, name='str_classes')
