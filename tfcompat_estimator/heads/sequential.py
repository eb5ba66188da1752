"""Applies a head to each step of sequences."""

import abc
from typing import Any

import tensorflow as tf

from tfcompat_estimator.heads import base_head, label_checks
from tfcompat_estimator.records import modes

v1 = tf.compat.v1


class SequentialHead(base_head.Head):
  """A head for models that return logits of each step of a sequence."""

  @property
  @abc.abstractmethod
  def input_sequence_mask_key(self):
    """The key of the sequence mask in the features, a string.

    The mask is a `Tensor` of shape `[batch_size, max_length]`: true where the
    sequence has a step, false where it is padded.
    """


class SequentialHeadWrapper(SequentialHead):
  """Makes a head of single examples one of sequences.

  The logits have the shape `[batch_size, max_length, logits_dimension]`, and
  the labels `[batch_size, max_length]`, with a last axis or without; or they
  are a `SparseTensor` of the first two axes. Losses and metrics count each
  step that the mask admits as one example. Predictions are made of all steps;
  the mask is among them.
  """

  def __init__(
    self,
    static_head,
    sequence_length_mask='sequence_length_mask',
    feature_columns=None,
  ):
    """Makes the head.

    Args:
      static_head: The `Head` to apply to each step; labels of a `MultiHead`
        are a dict.
      sequence_length_mask: The key of the sequence mask in the features, which
        the model puts there.
      feature_columns: A key, or a list or tuple of keys: features of the shape
        of the labels that `static_head` reads, such as its weight column.

    Raises:
      TypeError: If a key is no string.
    """
    if not isinstance(sequence_length_mask, str):
      raise TypeError(
        '`sequence_mask` column must be a string. Given type: '
        f'{type(sequence_length_mask)}.'
      )
    feature_columns = feature_columns or []
    if not isinstance(feature_columns, (list, tuple)):
      feature_columns = [feature_columns]
    for column in feature_columns:
      if not isinstance(column, str):
        raise TypeError(f'Column must a string. Given type: {type(column)}.')
    self._static_head = static_head
    self._sequence_length_mask = sequence_length_mask
    self._feature_columns = list(feature_columns)

  @property
  def input_sequence_mask_key(self):
    """The key of the sequence mask in the features."""
    return self._sequence_length_mask

  @property
  def logits_dimension(self):
    return self._static_head.logits_dimension

  @property
  def loss_reduction(self):
    return self._static_head.loss_reduction

  @property
  def name(self):
    """The name of the head of single steps, with `_sequential` appended."""
    name = self._static_head.name
    return f'{name}_sequential' if name else None

  @property
  def static_head(self):
    """The head of single steps."""
    return self._static_head

  def loss(
    self,
    logits,
    labels,
    features=None,
    mode=None,
    regularization_losses=None,
  ):
    flat = self._flatten(logits, labels, features)
    return self._static_head.loss(
      mode=mode, regularization_losses=regularization_losses, **flat
    )

  def predictions(self, logits, keys=None):
    if keys is None:  # Heads for regression do not take any.
      return self._static_head.predictions(logits)
    return self._static_head.predictions(logits, keys=keys)

  def metrics(self, regularization_losses=None):
    return self._static_head.metrics(regularization_losses)

  def update_metrics(
    self,
    eval_metrics,
    features,
    logits,
    labels,
    regularization_losses=None,
  ):
    flat = self._flatten(logits, labels, features)
    return self._static_head.update_metrics(
      eval_metrics, regularization_losses=regularization_losses, **flat
    )

  def create_estimator_spec(
    self,
    features,
    mode,
    logits,
    labels=None,
    optimizer=None,
    trainable_variables=None,
    train_op_fn=None,
    update_ops=None,
    regularization_losses=None,
  ):
    if mode == modes.ModeKeys.PREDICT:
      mask = self._mask(features)
      spec = self._static_head.create_estimator_spec(
        features=features, mode=mode, logits=logits
      )
      # Not in the signatures: clients of a server know their lengths.
      spec.predictions[self._sequence_length_mask] = mask
      return spec
    flat = self._flatten(logits, labels, features)
    return self._static_head.create_estimator_spec(
      mode=mode,
      optimizer=optimizer,
      trainable_variables=trainable_variables,
      train_op_fn=train_op_fn,
      update_ops=update_ops,
      regularization_losses=regularization_losses,
      **flat,
    )

  def _mask(self, features: Any) -> tf.Tensor:
    key = self._sequence_length_mask
    if features is None or key not in features:
      raise ValueError(
        f'The provided sequence_length_mask key `{key}` should be included in '
        f'the features dictionary, but was not found. Found keys: '
        f'{list(features or ())}.'
      )
    return features[key]

  def _flatten(self, logits: Any, labels: Any, features: Any) -> dict[str, Any]:
    """`logits`, `labels` and `features` of all steps, as of one long batch."""
    label_checks.check_given(labels)
    mask = self._mask(features)
    with v1.name_scope('flatten'):
      mask = tf.convert_to_tensor(mask)
      if mask.shape.rank not in (None, 2):
        raise ValueError(
          'Mask is expected to have two dimensions, got '
          f'{mask.shape.rank} instead. `sequence_length_mask` '
          f'({self._sequence_length_mask}) must be [batch_size, max_length].'
        )
      mask = tf.cast(mask, tf.bool)
      steps = tf.reduce_sum(tf.cast(mask, tf.int32))
      flat_logits = flatten_tensor(logits, mask, steps)
      if isinstance(labels, dict):  # those of a `MultiHead`
        flat_labels = {
          key: flatten_tensor(label, mask, steps)
          for key, label in labels.items()
        }
      else:
        flat_labels = flatten_tensor(labels, mask, steps)
      flat_features = {}
      for column in self._feature_columns:
        if column not in features:
          raise ValueError(
            f'`{column}` column expected in features dictionary. It is one of '
            '`feature_columns` of the head.'
          )
        flat_features[column] = flatten_tensor(features[column], mask, steps)
    return {
      'logits': flat_logits,
      'labels': flat_labels,
      'features': flat_features,
    }


def flatten_tensor(
  tensor: Any, sequence_mask: tf.Tensor, expected_length: tf.Tensor
) -> Any:
  """The steps of a tensor that the mask admits: `[steps, dimension]`."""
  if isinstance(tensor, tf.SparseTensor):
    # Its steps are those that it has.
    flat = tensor.values
    message = 'The mask and a SparseTensor have different numbers of steps.'
  else:
    flat = tf.boolean_mask(tensor, sequence_mask)
    message = 'The mask and a Tensor have different numbers of steps.'
  if flat.shape.rank == 1:
    flat = tf.expand_dims(flat, -1)
  check = v1.assert_equal(tf.shape(flat)[0], expected_length, message=message)
  with tf.control_dependencies([] if check is None else [check]):
    return tf.identity(flat)
