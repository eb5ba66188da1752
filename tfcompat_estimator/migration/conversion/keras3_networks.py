"""Builds models of Keras 3 of canned Estimators."""

import functools
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.canned import model_fns
from tfcompat_estimator.heads import (
  binary_class,
  multi_class,
  multi_label,
  regression,
)
from tfcompat_estimator.migration.conversion import (
  column_layers,
  head_config,
  keras3_columns,
  towers,
  trained_values,
)

v1 = tf.compat.v1
logging = v1.logging

# The model's inputs are sliced: Keras 3.0 cannot write or read that.
_OLDEST = (3, 3)

_SUMS = (v1.losses.Reduction.SUM, tf_keras.losses.Reduction.SUM)

# Functions of TensorFlow, under which names Keras has them.
_ACTIVATIONS = {
  tf.nn.relu: 'relu',
  tf.nn.tanh: 'tanh',
  tf.nn.sigmoid: 'sigmoid',
  tf.nn.elu: 'elu',
  tf.nn.selu: 'selu',
  tf.nn.leaky_relu: 'leaky_relu',
  tf.nn.softplus: 'softplus',
  tf.nn.swish: 'silu',
}


def build(
  recipe: model_fns.Recipe,
  values: trained_values.Values,
  dtypes: Mapping[str, Any] | None = None,
) -> Any:
  """A functional model of Keras 3 from features to predictions.

  Args:
    recipe: What the Estimator was made of.
    values: Where the values come from.
    dtypes: Dtypes of features that only crosses read, by their names.

  Raises:
    ValueError: A feature column or the network has no counterpart in Keras 3,
      Keras runs on another backend, or it is older than 3.3.
  """
  import keras

  if keras.backend.backend() != 'tensorflow':
    raise ValueError(
      f"backend ('keras3'): Keras runs on {keras.backend.backend()}, and "
      'features of strings need TensorFlow. Set KERAS_BACKEND=tensorflow.'
    )
  if tuple(map(int, keras.__version__.split('.')[:2])) < _OLDEST:
    raise ValueError(
      f"backend ('keras3'): Keras is {keras.__version__}, and the model needs "
      'slices of tensors that it can save. Install Keras 3.3 or later.'
    )
  inputs = keras3_columns.Inputs(
    [
      column
      for tower in recipe.towers
      for column in towers.columns_of(tower.settings)
    ],
    dtypes,
  )
  units = recipe.head.logits_dimension
  library = _Keras3(inputs, values)
  parts = [
    towers.build(library, tower.name, tower.settings, units)
    for tower in recipe.towers
  ]
  logits = library.sum(parts, 'logits_of_both')
  logits = keras.layers.Identity(name='logits')(logits)
  return _model(inputs.by_name, _outputs(_task(recipe.head), logits))


def compile_for(model: Any, head: Any, optimizer: Any) -> None:
  """Gives the model the loss of its logits, where Keras has the head's."""
  task = _task(head)
  loss = _loss(task)
  is_mean = isinstance(task, regression.RegressionTask) and (
    head.logits_dimension > 1  # Keras takes the mean of these first
  )
  if loss and not is_mean and vars(head).get('_loss_reduction') in _SUMS:
    loss.reduction = 'sum'
  model.compile(optimizer, {'logits': loss} if loss else None)


def _task(head: Any) -> Any:
  """What a head of ours does; a head of the user's may predict anything."""
  return getattr(head, 'task', None) if head_config.is_ours(head) else None


def _model(inputs: Mapping[str, Any], outputs: Any) -> Any:
  """A functional model that takes features by their names.

  Of inputs that are a dict Keras 3 (3.15) takes the values by position, sorted: with
  a feature more than the model reads, each is taken for another one
  (keras-team/keras#23258). Where inputs are a list, a dict is read by their names.
  """
  import keras

  names = sorted(inputs)
  if not _reads_by_name():
    logging.warning(
      'Keras %s takes features by position: give the model these, and no others: '
      '%s. Keras 3.8 and later take them by name.',
      keras.__version__,
      names,
    )
  return keras.Model([inputs[name] for name in names], outputs)


@functools.cache
def _reads_by_name() -> bool:
  """Whether Keras does so, also if there are more."""
  import keras

  used = keras.Input([1], name='b')
  model = keras.Model([used], keras.layers.Identity()(used))
  features = {'a': tf.zeros([1, 1]), 'b': tf.ones([1, 1])}
  with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    try:
      return float(model(features)[0, 0]) == 1
    except (ValueError, TypeError):
      return False


def _outputs(task: Any, logits: Any) -> dict[str, Any]:
  """Of the predictions, those that are numbers; logits always."""
  from keras import layers, ops

  if isinstance(task, binary_class.BinaryClassTask):
    logistic = layers.Activation('sigmoid', name='logistic')(logits)
    both = ops.concatenate([ops.zeros_like(logits), logits], axis=-1)
    probabilities = layers.Softmax(name='probabilities')(both)
    return {
      'logits': logits,
      'logistic': logistic,
      'probabilities': probabilities,
      'class_ids': ops.argmax(both, axis=-1, keepdims=True),
    }
  if isinstance(task, multi_class.MultiClassTask):
    return {
      'logits': logits,
      'probabilities': layers.Softmax(name='probabilities')(logits),
      'class_ids': ops.argmax(logits, axis=-1, keepdims=True),
    }
  if isinstance(task, multi_label.MultiLabelTask):
    sigmoid = layers.Activation('sigmoid', name='probabilities')
    return {'logits': logits, 'probabilities': sigmoid(logits)}
  if isinstance(task, regression.RegressionTask):
    link = _LINKS.get(task.inverse_link_fn)
    if link:
      linked = layers.Activation(link, name='predictions')(logits)
      return {'logits': logits, 'predictions': linked}
  return {'logits': logits}


# The inverse links that Keras knows.
_LINKS = {None: 'linear', tf.exp: 'exponential', tf.sigmoid: 'sigmoid'}


def _loss(task: Any) -> Any:
  """The loss of the head's kind, of integer labels; None of other heads."""
  from keras import losses

  if isinstance(task, multi_class.MultiClassTask):
    return losses.SparseCategoricalCrossentropy(from_logits=True)
  if isinstance(
    task, binary_class.BinaryClassTask | multi_label.MultiLabelTask
  ):
    return losses.BinaryCrossentropy(from_logits=True)
  if isinstance(task, regression.RegressionTask):
    return {
      None: losses.MeanSquaredError(),
      tf.sigmoid: losses.BinaryCrossentropy(from_logits=True),
    }.get(task.inverse_link_fn)
  return None


class _Keras3(towers.Library):
  """The layers of Keras 3."""

  dnn_logits = 'dnn_logits'

  def __init__(
    self, inputs: keras3_columns.Inputs, values: trained_values.Values
  ) -> None:
    from keras import layers

    super().__init__(values)
    self.layers = layers
    self._inputs = inputs

  def dense(self, columns: Sequence[Any], scope: str, name: str) -> Any:
    del name  # they are several layers
    tensors = [
      keras3_columns.dense(column, self._inputs, scope, self.values)
      for column in column_layers.in_order(columns)
    ]
    if len(tensors) > 1:
      return self.layers.Concatenate()(tensors)
    return tensors[0]

  def embed(
    self, column: Any, variable: str, units: int, combiner: str, name: str
  ) -> Any:
    del name
    table = self.values.of(variable, [column.num_buckets, units])
    return keras3_columns.embed(column, table, combiner, self._inputs)

  def baseline(self, bias: Any) -> Any:
    """Takes any numbers `features`: they say how many examples there are."""
    feature = self._inputs.of('features', [1], 'float32')
    return self.constant('baseline', self.zero_ids(feature), bias)

  def recurrent(self, settings: Mapping[str, Any], units: int) -> Any:
    del units
    column = towers.columns_of(settings)[0]
    raise ValueError(
      f"backend ('keras3'): the sequence column {column.name!r} has no "
      "counterpart in Keras 3. Use backend='tf_keras'."
    )

  def zero_ids(self, tensor: Any) -> Any:
    from keras import ops

    return ops.zeros_like(tensor[:, 0], 'int32')

  def sum(self, parts: Sequence[Any], name: str) -> Any:
    """Subtracts what is negative: an equal sum, also of no rows.

    Those Keras 3 (3.15) takes for a bias where it adds.
    """
    from keras import ops

    del name
    total, *rest = parts
    for part in rest:
      total = self.layers.Subtract()([total, ops.negative(part)])
    return total

  def name(self, name: str) -> None:
    del name  # parts of them would be refused

  def activation(self, given: Any) -> Any:
    return _ACTIVATIONS.get(given, given)
