"""Joins several heads over one model, for several objectives."""

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.heads import base_head, shapes
from tfcompat_estimator.heads import losses as losses_lib
from tfcompat_estimator.optimizers import train_ops
from tfcompat_estimator.records import estimator_specs, keys, modes

v1 = tf.compat.v1

_Metric = keys.MetricKeys

_DEFAULT_SIGNATURE = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY


class MultiHead(base_head.Head):
  """A head of heads: each has logits and labels, their losses are added up.

  The logits are either one `Tensor`, which is split along its last axis in the
  order of the heads, or a dict of heads' names to `Tensor`s. The labels are a
  dict of heads' names to labels. The loss is the sum of the heads' losses, each
  multiplied by the head's weight.

  A custom model function uses it like this:

      head = tf.estimator.MultiHead([
        tf.estimator.BinaryClassHead(name='click'),
        tf.estimator.RegressionHead(name='price')])
      logits = tf_keras.layers.Dense(head.logits_dimension)(net)
      spec = head.create_estimator_spec(
        features, mode, logits, labels=labels, optimizer=optimizer,
        trainable_variables=variables)

  In `PREDICT` the predictions have keys `(head's name, key)`, such as
  `('click', 'probabilities')`. Signatures for serving are `click`,
  `click/classification` and so on, for each head; `predict`, of all
  predictions under `click/probabilities` and so on; and the first head's as
  the default one.
  """

  _default_scope = 'multi_head'

  def __init__(self, heads, head_weights=None):
    """Makes the head.

    Args:
      heads: A list or tuple of `Head`s, each with a name of its own.
      head_weights: A list of numbers: the weights of the heads' losses, 1 by
        default.

    Raises:
      ValueError: If there are no heads, if one has no name, or if the number
        of weights is another.
    """
    if not heads:
      raise ValueError(f'Must specify heads. Given: {heads}')
    if head_weights and len(head_weights) != len(heads):
      raise ValueError(
        'heads and head_weights must have the same size. '
        f'Given len(heads): {len(heads)}. '
        f'Given len(head_weights): {len(head_weights)}.'
      )
    self._heads = tuple(heads)
    self._head_weights = tuple(head_weights) if head_weights else ()
    for each in self._heads:
      if each.name is None:
        raise ValueError(
          f'All given heads must have name specified. Given: {each}'
        )
    self._name = '_'.join(each.name for each in self._heads)

  @property
  def name(self):
    """The names of the heads, joined by `_`."""
    return self._name

  @property
  def logits_dimension(self):
    """The sum of the heads' logits dimensions."""
    return sum(each.logits_dimension for each in self._heads)

  @property
  def loss_reduction(self):
    """What all heads make of the losses of a batch. See `Head`.

    Raises:
      ValueError: If the heads differ in it; such a head does not train.
    """
    return _common_reduction(self._heads)

  def loss(
    self,
    labels,
    logits,
    features=None,
    mode=None,
    regularization_losses=None,
  ):
    logits = split_logits(self._heads, logits)
    labels = self._labels_of_heads(labels)
    losses = [
      each.loss(
        labels[each.name], logits[each.name], features=features, mode=mode
      )
      for each in self._heads
    ]
    return self._merge_losses(losses, regularization_losses)

  def predictions(self, logits, keys=None):
    """Returns the predictions of the heads, under `(head's name, key)`.

    Args:
      logits: A `Tensor` of shape `[D0, ..., DN, logits_dimension]`, or a dict
        of heads' names to `Tensor`s.
      keys: The `(head's name, key)` that are wanted, all by default.

    Raises:
      ValueError: If one of `keys` is no prediction.
    """
    logits = split_logits(self._heads, logits)
    with v1.name_scope('merge_pred'):
      predictions = {
        (each.name, key): value
        for each in self._heads
        for key, value in each.predictions(logits[each.name]).items()
      }
    if keys is None:
      return predictions
    unknown = [key for key in keys if key not in predictions]
    if unknown:
      raise ValueError(
        f'Prediction key must be in PredictionKeys, given: {unknown[0]}. Valid '
        f'prediction keys include {list(predictions)}.'
      )
    return {key: predictions[key] for key in keys}

  def metrics(self, regularization_losses=None):
    mean = tf_keras.metrics.Mean
    made = {}
    with v1.name_scope('merge_eval'):
      if regularization_losses:
        name = self._summary_key(_Metric.LOSS_REGULARIZATION)
        made[name] = mean(name=name)
      for each in self._heads:
        name = _loss_key(each)
        made[name] = mean(name=name)
    for each in self._heads:
      made.update(each.metrics())
    return made

  def update_metrics(
    self,
    eval_metrics,
    features,
    logits,
    labels,
    regularization_losses=None,
  ):
    logits = split_logits(self._heads, logits)
    labels = self._labels_of_heads(labels)
    if regularization_losses:
      name = self._summary_key(_Metric.LOSS_REGULARIZATION)
      eval_metrics[name].update_state(tf.add_n(regularization_losses))
    for each in self._heads:
      own = {'logits': logits[each.name], 'labels': labels[each.name]}
      loss = each.loss(features=features, **own)
      eval_metrics[_loss_key(each)].update_state(loss)
      each.update_metrics(eval_metrics, features=features, **own)
    return eval_metrics

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
    if mode == modes.ModeKeys.EVAL:
      return super().create_estimator_spec(
        features,
        mode,
        logits,
        labels=labels,
        regularization_losses=regularization_losses,
      )
    with v1.name_scope(self.name, self._default_scope):
      specs = self._specs_of_heads(features, mode, logits, labels)
      predictions = self.predictions(logits)
      if mode == modes.ModeKeys.PREDICT:
        return estimator_specs.EstimatorSpec(
          mode=mode,
          predictions=predictions,
          export_outputs=self._merge_exports(specs),
        )
      loss = self._merge_losses(
        [spec.loss for spec in specs], regularization_losses
      )
    train_op = train_ops.make(
      loss,
      self.loss_reduction,
      optimizer=optimizer,
      trainable_variables=trainable_variables,
      train_op_fn=train_op_fn,
      update_ops=update_ops,
    )
    # Unlike those of its metrics, the tags have no suffix.
    losses_lib.write_losses(loss, regularization_losses, lambda key: key)
    return estimator_specs.EstimatorSpec(
      mode=mode, predictions=predictions, loss=loss, train_op=train_op
    )

  def _specs_of_heads(
    self, features: Any, mode: str, logits: Any, labels: Any
  ) -> list[estimator_specs.EstimatorSpec]:
    """The spec of each head by itself; in training, with nothing to train.

    Each takes a scope `training` away: with n heads, the variables of the
    optimizer are under `training_n`.
    """
    logits = split_logits(self._heads, logits)
    if mode == modes.ModeKeys.TRAIN:
      labels = self._labels_of_heads(labels)
    return [
      each.create_estimator_spec(
        features=features,
        mode=mode,
        logits=logits[each.name],
        labels=labels[each.name] if labels else None,
        train_op_fn=lambda loss: tf.no_op(),  # noqa: ARG005
      )
      for each in self._heads
    ]

  def _merge_losses(
    self,
    losses: list[tf.Tensor],
    regularization_losses: Sequence[tf.Tensor] | None,
  ) -> tf.Tensor:
    with v1.name_scope('merge_losses'):
      if self._head_weights:
        losses = [
          tf.multiply(loss, weight)
          for loss, weight in zip(losses, self._head_weights, strict=True)
        ]
      merged = tf.add_n(losses)
      if regularization_losses:
        merged += tf.add_n(regularization_losses)
      return merged

  def _merge_exports(
    self, specs: list[estimator_specs.EstimatorSpec]
  ) -> dict[str, Any]:
    """The heads' signatures under their names; the first one's as default."""
    merged = {_DEFAULT_SIGNATURE: specs[0].export_outputs[_DEFAULT_SIGNATURE]}
    predictions = {}
    for each, spec in zip(self._heads, specs, strict=True):
      for name, output in spec.export_outputs.items():
        if name == _DEFAULT_SIGNATURE:
          merged[each.name] = output
        else:
          merged[f'{each.name}/{name}'] = output
      for key, value in spec.predictions.items():
        predictions[f'{each.name}/{key}'] = value
    merged['predict'] = estimator_specs.PredictOutput(predictions)
    return merged

  def _labels_of_heads(self, labels: Any) -> Mapping[str, Any]:
    if not isinstance(labels, dict):
      raise ValueError(
        f'labels must be a dict. Given: {labels}. Its keys must be the names '
        'of the heads.'
      )
    _check_complete(self._heads, labels, 'labels')
    return labels


def split_logits(heads: Sequence[Any], logits: Any) -> Mapping[str, tf.Tensor]:
  """The logits of each head, of a dict or of one tensor for all of them."""
  if isinstance(logits, dict):
    _check_complete(heads, logits, 'logits')
    return logits
  sizes = [each.logits_dimension for each in heads]
  logits = tf.convert_to_tensor(logits)
  if logits.shape.rank is None or (
    shapes.last_axis(logits) not in (None, sum(sizes))
  ):
    raise ValueError(
      f'Could not split logits of shape {logits.shape} among dimensions '
      f'{sizes} of heads {[each.name for each in heads]}. Its last '
      'axis must be `logits_dimension` of the MultiHead; or pass a dict.'
    )
  split = {}
  with v1.name_scope('split_logits'):
    begin = 0
    for each, size in zip(heads, sizes, strict=True):
      # A `Slice`, as its name in SavedModels says.
      start = [0] * (logits.shape.rank - 1) + [begin]
      extent = [-1] * (logits.shape.rank - 1) + [size]
      split[each.name] = tf.slice(logits, start, extent)
      begin += size
  return split


def _check_complete(
  heads: Sequence[Any], values: Mapping[str, Any], what: str
) -> None:
  missing = [each.name for each in heads if values.get(each.name) is None]
  if missing:
    raise ValueError(f'{what} has missing values for head(s): {missing}')


def _loss_key(head: base_head.Head) -> str:
  return f'{_Metric.LOSS}/{head.name}'


def _common_reduction(heads: Sequence[base_head.Head]) -> str:
  reductions = {each.loss_reduction for each in heads}
  if len(reductions) > 1:
    raise ValueError(
      'The loss_reduction must be the same for different heads. Given: '
      f'{sorted(reductions)}'
    )
  return reductions.pop()
