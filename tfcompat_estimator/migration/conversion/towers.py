"""Builds the networks of canned Estimators of the layers of either Keras."""

import abc
from collections.abc import Mapping, Sequence
from typing import Any

from tfcompat_estimator.canned.networks import column_variables, dnn_network
from tfcompat_estimator.migration.conversion import (
  column_layers,
  trained_values,
)

# The variables of batch normalization, in Keras' order.
_BATCH_NORM = ('gamma', 'beta', 'moving_mean', 'moving_variance')
# What other layers of a linear model are called, after `linear_`.
_TAKEN = ('sum', 'bias')


class Library(abc.ABC):
  """The layers of tf_keras or of Keras 3, and what only one of them has.

  Attributes:
    layers: The module of layers.
    dnn_logits: What the last layer of a deep network is called.
    values: The values of the Estimator's variables.
  """

  layers: Any
  dnn_logits: str

  def __init__(self, values: trained_values.Values) -> None:
    self.values = values

  @abc.abstractmethod
  def dense(self, columns: Sequence[Any], scope: str, name: str) -> Any:
    """Dense columns side by side: a symbolic tensor `[batch, sum of sizes]`.

    Args:
      columns: The columns.
      scope: The scope of their variables in the checkpoint.
      name: The name of the layer, or of the first part of it.

    Raises:
      ValueError: A column has no counterpart.
    """

  @abc.abstractmethod
  def embed(
    self, column: Any, variable: str, units: int, combiner: str, name: str
  ) -> Any:
    """The sums of rows `[batch, units]` that a categorical column picks.

    Args:
      column: The column.
      variable: The name of the table in the checkpoint.
      units: The size of a row.
      combiner: What becomes of several ids.
      name: The name of the layer.

    Raises:
      ValueError: The column has no counterpart.
    """

  @abc.abstractmethod
  def baseline(self, bias: Any) -> Any:
    """The same vector for each example."""

  @abc.abstractmethod
  def recurrent(self, settings: Mapping[str, Any], units: int) -> Any:
    """The logits of a recurrent network, or a dict of them and their mask."""

  @abc.abstractmethod
  def zero_ids(self, tensor: Any) -> Any:
    """Integer zeros, one for each example of `tensor`."""

  def sum(self, parts: Sequence[Any], name: str) -> Any:
    """The sum of tensors of one shape, by a layer of that name."""
    if len(parts) == 1:
      return parts[0]
    return self.layers.Add(name=self.name(name))(parts)

  def activation(self, given: Any) -> Any:
    """The activation of hidden layers, as Keras takes it."""
    return given

  def name(self, name: str) -> str | None:
    """The name of a layer of a part; None where Keras is to make it up."""
    return name

  def layer(self, layer: Any, inputs: Any, names: Sequence[str]) -> Any:
    """What a layer makes of its input, with values of those names."""
    output = layer(inputs)
    self.values.assign(layer.weights, names)
    return output

  def constant(self, name: str, zeros: Any, value: Any) -> Any:
    """A vector that is trained, for each example: a table of one row."""
    layer = self.layers.Embedding(1, len(value), name=self.name(name))
    vector = layer(zeros)
    layer.set_weights([value[None]])
    return vector


def columns_of(settings: Mapping[str, Any]) -> list[Any]:
  """The feature columns of a network, of whatever argument."""
  return [
    column
    for name, columns in settings.items()
    if name.endswith('feature_columns') and columns
    for column in as_list(columns)
  ]


def as_list(columns: Any) -> list[Any]:
  """The columns; a single one may stand for itself."""
  return list(columns) if isinstance(columns, Sequence | set) else [columns]


def build(
  library: Library, name: str, settings: Mapping[str, Any], units: int
) -> Any:
  """The logits of a network, with the values.

  Args:
    library: Which Keras.
    name: 'dnn', 'linear', 'baseline' or 'rnn'.
    settings: What the network was made of.
    units: The size of the logits.

  Raises:
    ValueError: A feature column or the network has no counterpart, or the
      checkpoint is of another model.
  """
  if name == 'dnn':
    return _dnn(library, settings, units)
  if name == 'linear':
    return _linear(library, settings, units)
  if name == 'baseline':
    return library.baseline(library.values.of('baseline/bias', [units]))
  return library.recurrent(settings, units)


def _dnn(library: Library, settings: Mapping[str, Any], units: int) -> Any:
  layers = library.layers
  scope = 'dnn/input_from_feature_columns/input_layer'
  net = library.dense(columns_of(settings), scope, 'dnn_input')
  activation = library.activation(settings['activation_fn'])
  for index, size in enumerate(settings['hidden_units']):
    name = f'hiddenlayer_{index}'
    net = library.layer(
      layers.Dense(size, activation, name=name),
      net,
      [f'dnn/{name}/kernel', f'dnn/{name}/bias'],
    )
    if settings.get('dropout') is not None:
      net = layers.Dropout(
        settings['dropout'], name=library.name(f'dropout_{index}')
      )(net)
    if settings.get('batch_norm'):
      norm = f'batchnorm_{index}'
      net = library.layer(
        layers.BatchNormalization(
          momentum=dnn_network.MOMENTUM,
          epsilon=dnn_network.EPSILON,
          name=library.name(norm),
        ),
        net,
        [f'dnn/{name}/{norm}/{variable}' for variable in _BATCH_NORM],
      )
  return library.layer(
    layers.Dense(units, name=library.dnn_logits),
    net,
    ['dnn/logits/kernel', 'dnn/logits/bias'],
  )


def _linear(library: Library, settings: Mapping[str, Any], units: int) -> Any:
  layers, values = library.layers, library.values
  scope = 'linear/linear_model'
  if not values.has(f'{scope}/bias_weights'):
    scope = 'linear/linear/linear_model'  # trained by SDCA, in one family
  parts = []
  for column in column_layers.in_order(columns_of(settings)):
    name = column_variables.scope_name(column)
    weights = f'{scope}/{name}/weights'
    own = f'linear_{name}_column' if name in _TAKEN else f'linear_{name}'
    if column_variables.is_categorical(column):
      combiner = settings['sparse_combiner']
      part = library.embed(column, weights, units, combiner, own)
    else:
      part = library.layer(
        layers.Dense(units, use_bias=False, name=library.name(own)),
        library.dense([column], scope, f'{own}_input'),
        [weights],
      )
    parts.append(part)
  total = library.sum(parts, 'linear_sum')
  bias = values.of(f'{scope}/bias_weights', [units])
  zeros = library.zero_ids(total)
  bias = library.constant('linear_bias', zeros, bias)
  return library.sum([total, bias], 'linear')
