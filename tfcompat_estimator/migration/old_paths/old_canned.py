"""Rebuilds what old modules of canned Estimators had, in the form that it had.

Model functions that people wrote began as copies of the canned ones, and import what
those called, or call them for parts of their work.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned import baseline, dnn, dnn_linear_combined, linear
from tfcompat_estimator.canned.networks import (
  dnn_network,
  families,
  linear_network,
  network,
)
from tfcompat_estimator.canned.sdca import sdca_training
from tfcompat_estimator.optimizers import from_argument

v1 = tf.compat.v1

# Constants of `canned.rnn`.
GRU_KEY = 'gru'
LSTM_KEY = 'lstm'
SIMPLE_RNN_KEY = 'simple_rnn'

# --- networks -----------------------------------------------------------------


def baseline_logit_fn_builder(
  num_outputs: int, weight_column: Any = None
) -> Callable[[Any], tf.Tensor]:
  """Makes a function of features that gives a bias for each example."""
  del weight_column  # the features say how many examples there are
  build = network.build_baseline(num_outputs)

  def baseline_logit_fn(features: Any) -> tf.Tensor:
    """Builds the model."""
    with v1.variable_scope('baseline'):
      return build(features, '').logits

  return baseline_logit_fn


def dnn_logit_fn_builder_v2(
  units: int,
  hidden_units: Sequence[int],
  feature_columns: Any,
  activation_fn: Any,
  dropout: float | None,
  batch_norm: bool,
) -> Callable[[Any, str], tf.Tensor]:
  """Makes a function of features and mode that builds a v2 deep network."""
  build = _deep_v2(
    units, hidden_units, feature_columns, activation_fn, dropout, batch_norm
  )
  return lambda features, mode: build(features, mode).logits


def dnn_model_fn_builder_v2(
  units: int,
  hidden_units: Sequence[int],
  feature_columns: Any,
  activation_fn: Any,
  dropout: float | None,
  batch_norm: bool,
  features: Any,
  mode: str,
) -> tuple[tf.Tensor, list[tf.Variable], list[Any]]:
  """Builds a v2 deep network: logits, trainable variables, update ops."""
  made = _deep_v2(
    units, hidden_units, feature_columns, activation_fn, dropout, batch_norm
  )(features, mode)
  variables, updates = made.trainable_variables, made.update_ops
  return made.logits, list(variables), list(updates or ())


def _deep_v2(units: int, *settings: Any) -> network.Network:
  """The network in its scope, of the arguments as the functions above have them."""
  if not isinstance(units, int):
    raise ValueError(f'units must be an int. Given type: {type(units)}')
  names = 'hidden_units feature_columns activation_fn dropout batch_norm'
  build = dnn_network.build(
    families.V2, units, **dict(zip(names.split(), settings, strict=True))
  )

  def call(features: Any, mode: str) -> network.Output:
    with v1.variable_scope('dnn'):
      return build(features, mode)

  return call


def linear_logit_fn_builder_v2(
  units: int, feature_columns: Any, sparse_combiner: str = 'sum'
) -> Callable[[Any], tf.Tensor]:
  """Makes a function of features that builds a v2 linear model."""
  build = linear_network.build(
    families.V2, units, feature_columns, sparse_combiner
  )
  return lambda features: build(features, '').logits


def linear_model_fn_builder_v2(
  units: int,
  feature_columns: Any,
  sparse_combiner: str = 'sum',
  features: Any = None,
) -> tuple[tf.Tensor, list[tf.Variable]]:
  """Builds a v2 linear model: logits, and trainable variables."""
  build = linear_network.build(
    families.V2, units, feature_columns, sparse_combiner
  )
  made = build(features, '')
  return made.logits, list(made.trainable_variables)


def get_dnn_estimator_spec(
  use_tpu: bool,
  head: Any,
  features: Any,
  labels: Any,
  mode: str,
  logits: tf.Tensor,
  optimizer: Any,
) -> Any:
  """The spec that a head makes of a deep network's logits."""
  make = head.create_estimator_spec
  if use_tpu:
    make = head._create_tpu_estimator_spec  # noqa: SLF001  # old heads have it
  return make(
    features=features,
    mode=mode,
    labels=labels,
    optimizer=optimizer,
    logits=logits,
  )


def name_from_scope_name(name: str | None) -> str | None:
  """The name of an operation, of that of a scope."""
  return name.removesuffix('/') if name else name


def get_previous_name_scope() -> str:
  """The name scope around the current one, with a slash."""
  current = v1.get_default_graph().get_name_scope()
  return f'{current.rpartition("/")[0]}/'


def get_expanded_variable_list(var_list: Iterable[Any]) -> list[tf.Variable]:
  """The variables, parts of partitioned ones one by one."""
  parts: list[tf.Variable] = []
  for variable in var_list:
    one = isinstance(variable, tf.Variable) or tf.is_tensor(variable)
    parts.extend([variable] if one else list(variable))
  return parts


def compute_fraction_of_zero(variables: Iterable[Any]) -> tf.Tensor:
  """The fraction of zeros among the values of variables, a float scalar."""
  flat: list[tf.Tensor] = []
  for variable in variables:
    parts = variable if isinstance(variable, list | tuple) else [variable]
    flat.extend(tf.reshape(part, [-1]) for part in parts)
  return tf.nn.zero_fraction(tf.concat(flat, axis=0))


# --- optimizers and checks ----------------------------------------------------


def linear_learning_rate(num_linear_feature_columns: int) -> float:
  """The learning rate of a wide part: 1 / sqrt(columns), 0.005 at most."""
  most = dnn_linear_combined.LINEAR_LEARNING_RATE
  return min(most, 1 / math.sqrt(num_linear_feature_columns))


def _linear_rate(feature_columns: Sequence[Any]) -> float:
  return min(linear.LEARNING_RATE, 1 / math.sqrt(len(feature_columns)))


def get_default_optimizer(feature_columns: Sequence[Any]) -> Any:
  """The optimizer of v1 linear models."""
  return from_argument.resolve_v1('Ftrl', _linear_rate(feature_columns))


def get_default_optimizer_v2(feature_columns: Sequence[Any]) -> Any:
  """The optimizer of v2 linear models."""
  return from_argument.resolve_v2('Ftrl', _linear_rate(feature_columns))


def validate_feature_columns(
  linear_feature_columns: Any, dnn_feature_columns: Any
) -> list[Any]:
  """Both lists in one.

  Raises:
    ValueError: Both are empty.
  """
  columns = [*(linear_feature_columns or ()), *(dnn_feature_columns or ())]
  if not columns:
    raise ValueError(
      'Either linear_feature_columns or dnn_feature_columns must be defined.'
    )
  return columns


def check_no_sync_replicas_optimizer(optimizer: Any) -> None:
  """Raises ValueError for an optimizer that waits for other workers."""
  if isinstance(optimizer, v1.train.SyncReplicasOptimizer):
    raise ValueError(
      'SyncReplicasOptimizer does not support multi optimizers case. Given: '
      f'{optimizer}. Give the optimizer that it wraps.'
    )


def check_sdca_classifier(
  feature_columns, n_classes, optimizer, sparse_combiner
):
  """Raises ValueError if `optimizer` is an SDCA that cannot train such a model.

  Old modules call it `_validate_linear_sdca_optimizer_for_linear_classifier`.
  """
  del feature_columns
  if sdca_training.is_sdca(optimizer):
    sdca_training.check_model(
      n_classes=n_classes, sparse_combiner=sparse_combiner
    )


def check_sdca_regressor(
  feature_columns, label_dimension, optimizer, sparse_combiner
):
  """As `check_sdca_classifier`, for `..._for_linear_regressor`."""
  del feature_columns
  if sdca_training.is_sdca(optimizer):
    sdca_training.check_model(
      label_dimension=label_dimension, sparse_combiner=sparse_combiner
    )


# --- model functions ----------------------------------------------------------

_DNN = (
  'hidden_units feature_columns optimizer activation_fn dropout '
  'input_layer_partitioner config use_tpu batch_norm'
)
_COMBINED = (
  'linear_feature_columns linear_optimizer dnn_feature_columns dnn_optimizer '
  'dnn_hidden_units dnn_activation_fn dnn_dropout input_layer_partitioner '
  'config batch_norm linear_sparse_combiner'
)
_LINEAR = 'feature_columns optimizer partitioner config sparse_combiner'
# What a head knows by itself, or what changes nothing: may be given.
_DROPPED = {
  'loss_reduction': 'sum_over_batch_size',
  'use_tpu': False,
  'weight_column': None,
}


def _model_fn(
  make: Callable[..., Any], order: str, required: str
) -> Callable[..., Any]:
  """A function of features, labels, mode, head and more.

  Args:
    make: The canned Estimator of which it is the model function; its
      constructor has the defaults.
    order: The other arguments, in their order.
    required: Those of them that have no default.
  """
  constructor = inspect.signature(make).parameters
  defaults = {
    **{name: parameter.default for name, parameter in constructor.items()},
    **_DROPPED,
    **dict.fromkeys(required.split(), inspect.Parameter.empty),
  }
  signature = inspect.Signature(
    inspect.Parameter(
      name,
      inspect.Parameter.POSITIONAL_OR_KEYWORD,
      default=defaults.get(name, inspect.Parameter.empty),
    )
    for name in ('features', 'labels', 'mode', 'head', *order.split())
  )

  def model_fn(*args: Any, **kwargs: Any) -> Any:
    given = signature.bind(*args, **kwargs).arguments
    rest = {k: v for k, v in given.items() if k not in _DROPPED}
    features, labels, mode = (
      rest.pop(name) for name in ('features', 'labels', 'mode')
    )
    config = rest.get('config')
    return make(**rest).model_fn(features, labels, mode, config)

  model_fn.__signature__ = signature  # type: ignore[attr-defined]
  return model_fn


def _without(order: str, name: str) -> str:
  return ' '.join(each for each in order.split() if each != name)


baseline_model_fn = _model_fn(
  baseline.BaselineEstimator, 'optimizer weight_column config', 'optimizer'
)
baseline_model_fn_v2 = _model_fn(
  baseline.BaselineEstimatorV2,
  'optimizer weight_column config loss_reduction',
  'optimizer',
)
dnn_model_fn = _model_fn(dnn.DNNEstimator, _DNN, 'hidden_units feature_columns')
dnn_model_fn_v2 = _model_fn(
  dnn.DNNEstimatorV2,
  _without(_DNN, 'input_layer_partitioner'),
  'hidden_units feature_columns',
)
linear_model_fn = _model_fn(
  linear.LinearEstimator,
  _LINEAR,
  'feature_columns optimizer partitioner config',
)
linear_model_fn_v2 = _model_fn(
  linear.LinearEstimatorV2,
  _without(_LINEAR, 'partitioner'),
  'feature_columns optimizer config',
)
combined_model_fn = _model_fn(
  dnn_linear_combined.DNNLinearCombinedEstimator, _COMBINED, ''
)
combined_model_fn_v2 = _model_fn(
  dnn_linear_combined.DNNLinearCombinedEstimatorV2,
  _without(_COMBINED, 'input_layer_partitioner') + ' loss_reduction',
  '',
)
