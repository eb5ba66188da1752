"""Holds the Keras model that a canned Estimator becomes."""

import types
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.canned.networks import network as network_lib
from tfcompat_estimator.migration.conversion import (
  column_layers,
  head_config,
  model_inputs,
  objective,
  tf_keras_networks,
)

# AutoGraph would rewrite what heads do, and miss the meaning of `super()`. Model
# functions are not rewritten either.
_AS_WRITTEN = tf.autograph.experimental.do_not_convert


@tf_keras.saving.register_keras_serializable('tfcompat_estimator')
class HeadModel(tf_keras.Model):
  """A network, and what the head of an Estimator makes of its logits.

  Called on features, a dict of tensors, it returns the predictions that
  `Estimator.predict` yields, for the batch. It comes compiled: `fit` and
  `evaluate` take what `input_fn` gives, (features, labels), and compute the
  head's loss and metrics, with the weights of its `weight_column`. `compile`
  takes another optimizer; or losses and metrics of yours, by the names of
  predictions.

      model = tfcompat_estimator.to_keras(estimator)
      model.compile(tf_keras.optimizers.Adam(1e-4))
      model.fit(input_fn(), epochs=2)
      model.save('model.keras')

  A `.keras` file is loaded as such a model where this package is installed.
  `model.export` writes a SavedModel that can be called anywhere.

  Attributes:
    network: The functional model from features to logits, of Keras' own layers:
      all of the weights. It can be trained, saved and used by itself.
  """

  def __init__(self, network: tf_keras.Model, head: Any, **kwargs: Any):
    """Makes the model.

    Args:
      network: The functional model from features to logits.
      head: The head.
      **kwargs: Those of a Keras model.
    """
    super().__init__(**kwargs)
    self.network = network
    self._objective = objective.Objective(head)
    self._own_loss = True
    # Not for Keras to track: they are no part of what is saved.
    self._of_head = types.SimpleNamespace(
      metrics={
        'loss': tf_keras.metrics.Mean(name='loss'),
        **self._objective.metrics(),
      }
    )
    self._call_once()

  def _call_once(self) -> None:
    """Has Keras know what the model is called with, so that it can be saved."""
    inputs = {
      name: tf_keras.Input(type_spec=tensor.type_spec)
      for name, tensor in self.network.input.items()
    }
    if set(inputs) == {tf_keras_networks.ZEROS}:
      inputs = {'features': tf_keras.Input([1])}
    self(inputs)

  def build_from_config(self, config):
    """Does nothing: the network has its variables."""

  @_AS_WRITTEN
  def call(self, inputs, training=None):
    """Returns the predictions of a batch, a dict of tensors.

    Args:
      inputs: The features: dict of names to tensors, sparse or ragged ones
        among them.
      training: Whether dropout and the like are active.
    """
    return self._predictions(*self._run(inputs, training))

  def _run(self, features: Any, training: Any) -> tuple[Any, Any]:
    """The logits, and the mask of sequences, or None."""
    wanted = self.network.input
    if set(wanted) == {tf_keras_networks.ZEROS}:
      size = network_lib.batch_size(features)
      given = {tf_keras_networks.ZEROS: tf.zeros([size], tf.int32)}
    else:
      given = model_inputs.fit(features, wanted)
    output = self.network(given, training=training)
    if isinstance(output, dict):
      return output[tf_keras_networks.LOGITS], output[tf_keras_networks.MASK]
    return output, None

  def _predictions(self, logits: tf.Tensor, mask: Any) -> dict[str, Any]:
    predictions = self._objective.predictions(logits)
    if mask is not None:
      predictions[self._objective.mask_key] = mask
    return predictions

  def _features_of_head(self, features: Any, mask: Any) -> dict[str, Any]:
    """With the mask of sequences, unless the features have one."""
    if mask is None:
      return features
    return {self._objective.mask_key: mask, **features}

  def compile(
    self,
    optimizer='rmsprop',
    loss=None,
    metrics=None,
    weighted_metrics=None,
    **kwargs,
  ):
    """Sets what `fit` trains with.

    Args:
      optimizer: An optimizer of tf_keras, or its name.
      loss: None: the head's loss, and its metrics; or losses by the names of
        predictions, such as `{'logits': loss}`.
      metrics: With `loss`: metrics by the names of predictions.
      weighted_metrics: With `loss`: metrics that sample weights count in.
      **kwargs: Those of `tf_keras.Model.compile`.

    Raises:
      ValueError: `loss` is not by names, or there are metrics without it.
    """
    if loss is not None and not isinstance(loss, Mapping):
      raise ValueError(
        f'loss ({loss!r}) must say what it is of: a dict by the names of '
        "predictions, such as {'logits': loss}. Leave it out to train with the "
        "loss of the Estimator's head, or compile `model.network`."
      )
    if loss is None and (metrics or weighted_metrics):
      raise ValueError(
        "metrics: without a loss the head's own metrics are computed. Leave "
        'them out, or give `loss` as well, or compile `model.network`.'
      )
    self._own_loss = loss is None
    super().compile(
      optimizer,
      loss=loss,
      metrics=metrics,
      weighted_metrics=weighted_metrics,
      **kwargs,
    )

  @property
  def metrics(self):
    """The loss and the head's metrics; or those of `compile`."""
    if not self._own_loss:
      return super().metrics
    return list(self._of_head.metrics.values())

  @_AS_WRITTEN
  def train_step(self, data):
    """Trains on a batch; returns the metrics by name."""
    if not self._own_loss:
      return super().train_step(self._with_labels_of_outputs(data))
    features, labels, weights = tf_keras.utils.unpack_x_y_sample_weight(data)
    with tf.GradientTape() as tape:
      logits, mask = self._run(features, training=True)
      of_head = self._features_of_head(features, mask)
      loss = self._objective.loss(labels, logits, of_head, weights)
      total = loss + tf.add_n(self.losses) if self.losses else loss
    self.optimizer.minimize(total, self.trainable_variables, tape=tape)
    return self._measure(total, labels, logits, of_head, weights)

  @_AS_WRITTEN
  def test_step(self, data):
    """Evaluates a batch; returns the metrics by name."""
    if not self._own_loss:
      return super().test_step(self._with_labels_of_outputs(data))
    features, labels, weights = tf_keras.utils.unpack_x_y_sample_weight(data)
    logits, mask = self._run(features, training=False)
    of_head = self._features_of_head(features, mask)
    loss = self._objective.loss(labels, logits, of_head, weights)
    return self._measure(loss, labels, logits, of_head, weights)

  def _measure(
    self, loss: Any, labels: Any, logits: Any, features: Any, weights: Any
  ) -> dict[str, Any]:
    metrics = self._of_head.metrics
    metrics['loss'].update_state(loss)
    self._objective.update(metrics, labels, logits, features, weights)
    return {name: metric.result() for name, metric in metrics.items()}

  def _with_labels_of_outputs(self, data: Any) -> Any:
    """The batch with labels by the names of the losses, as Keras wants them."""
    features, labels, weights = tf_keras.utils.unpack_x_y_sample_weight(data)
    if labels is not None and not isinstance(labels, Mapping):
      labels = dict.fromkeys(self.loss, labels)
    return features, labels, weights

  def get_config(self):
    """The network and the head."""
    network = tf_keras.saving.serialize_keras_object(self.network)
    if 'module' in network:
      _refuse_normalizers(self.network)
    return {
      'name': self.name,
      'network': network,
      'head': head_config.write(self._objective.head),
    }

  def compile_from_config(self, config):
    """Compiles as the model that was saved."""
    self.compile(**tf_keras.saving.deserialize_keras_object(config))
    self.optimizer.build(self.trainable_variables)

  @classmethod
  def from_config(
    cls, config: dict[str, Any], custom_objects: Any = None
  ) -> 'HeadModel':
    """Makes the model of what `get_config` returned."""
    written = config['network']
    if 'module' in written:
      network = tf_keras.saving.deserialize_keras_object(
        written, custom_objects=custom_objects
      )
    else:  # in a SavedModel, by the older format
      network = tf_keras.Model.from_config(written['config'], custom_objects)
    return cls(network, head_config.read(config['head']), name=config['name'])


def _refuse_normalizers(network: tf_keras.Model) -> None:
  """Raises if there is a function in a column, which no .keras file gives back.

  `load_model` does not hand its `custom_objects` to columns (tf_keras 2.21;
  tensorflow/tensorflow#46361).
  """
  for layer in network.layers:
    for column in getattr(layer, '_feature_columns', ()):
      if column_layers.has_normalizer(column):
        raise NotImplementedError(
          f'The feature column {column.name!r} has a normalizer_fn, which tf_keras '
          'cannot load from a .keras file. Save to a folder, model.save("folder"), '
          'and load with custom_objects={"its name": the function}; or use '
          'model.export.'
        )
