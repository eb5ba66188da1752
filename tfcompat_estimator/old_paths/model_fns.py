"""Gives old model functions of canned Estimators the arguments that they had.

Programs with a model function of their own call them for parts of their work.
"""

import inspect
from collections.abc import Callable
from typing import Any

from tfcompat_estimator.canned import (
  baseline,
  dnn,
  dnn_linear_combined,
  linear,
)

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
