"""Model functions of the canned Estimators of `tf.contrib.learn`.

The names of variables, learning rates and what counts steps are those of 1.15.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.tf1 import column_layers, modules
from tfcompat_estimator.migration.tf1.learn_estimators import head as head_lib

v1 = tf.compat.v1
_DNN_RATE = 0.05
_LINEAR_RATE = 0.2
_DNN, _LINEAR = 'dnn', 'linear'
_ACTIVATIONS = {
  'relu': tf.nn.relu,
  'tanh': tf.nn.tanh,
  'sigmoid': tf.nn.sigmoid,
}


def dnn_model_fn(
  features: Any, labels: Any, mode: str, params: dict[str, Any], config: Any
) -> Any:
  """A network; see `canned.DNNEstimator` for `params`."""
  features = _dict(features)
  with v1.variable_scope(_DNN, partitioner=_partitioner(config)):
    logits = _network(features, mode, params, config, '_')
    return params['head'].create_model_fn_ops(
      features,
      mode,
      labels,
      lambda loss: _optimize(
        loss, _DNN, params['optimizer'] or 'Adagrad', _DNN_RATE, params
      ),
      logits,
    )


def linear_model_fn(
  features: Any, labels: Any, mode: str, params: dict[str, Any], config: Any
) -> Any:
  """A linear model; see `canned.LinearEstimator` for `params`."""
  features = _dict(features)
  columns = params['feature_columns']

  def train_op_fn(loss: Any) -> Any:
    variables = v1.get_collection(_LINEAR)
    gradients = tf.gradients(loss, variables)
    if params['gradient_clip_norm']:
      gradients, _ = tf.clip_by_global_norm(
        gradients, params['gradient_clip_norm']
      )
    optimizer = params['optimizer'] or v1.train.FtrlOptimizer(
      _linear_rate(columns)
    )
    if isinstance(optimizer, str):
      classes = modules.contrib_name('layers.OPTIMIZER_CLS_NAMES')
      optimizer = classes[optimizer](learning_rate=_LINEAR_RATE)
    elif callable(optimizer):
      optimizer = optimizer()
    return optimizer.apply_gradients(
      zip(gradients, variables, strict=True), v1.train.get_global_step()
    )

  with v1.variable_scope(
    _LINEAR, partitioner=_partitioner(config, 64 << 20)
  ) as scope:
    logits = _linear(features, columns, params['head'], scope)
    return params['head'].create_model_fn_ops(
      features, mode, labels, train_op_fn, logits
    )


def combined_model_fn(
  features: Any, labels: Any, mode: str, params: dict[str, Any], config: Any
) -> Any:
  """Both, added; see `canned.DNNLinearCombinedEstimator` for `params`."""
  features = _dict(features)
  head, parts = params['head'], []
  if params['dnn_feature_columns']:
    if not params['dnn_hidden_units']:
      raise ValueError(
        'dnn_hidden_units must be defined when dnn_feature_columns is '
        'specified.'
      )
    of_dnn = {
      **params,
      **{
        name: params[f'dnn_{name}']
        for name in ('feature_columns', 'hidden_units', 'dropout')
      },
      'activation_fn': params['dnn_activation_fn'] or tf.nn.relu,
    }
    with v1.variable_scope(_DNN, partitioner=_partitioner(config)):
      parts.append(_network(features, mode, of_dnn, config, '/'))
  columns = params['linear_feature_columns']
  if columns:
    with v1.variable_scope(
      _LINEAR, partitioner=_partitioner(config, 64 << 20)
    ) as scope:
      parts.append(_linear(features, columns, head, scope))
      _summarize(parts[-1], scope.name, '/')

  return head.create_model_fn_ops(
    features,
    mode,
    labels,
    lambda loss: _step_of_both(loss, columns, params),
    sum(parts[1:], parts[0]),
  )


def _step_of_both(loss: Any, columns: Any, params: dict[str, Any]) -> Any:
  # Each of the two counted a step, by default.
  counts = not params['fix_global_step_increment_bug']
  steps = []
  if params['dnn_feature_columns']:
    steps.append(
      _optimize(
        loss,
        _DNN,
        params['dnn_optimizer'] or 'Adagrad',
        _DNN_RATE,
        params,
        variables=v1.get_collection(_DNN),
        increment_global_step=counts,
      )
    )
  if columns:
    steps.append(
      _optimize(
        loss,
        _LINEAR,
        params['linear_optimizer'] or 'Ftrl',
        _linear_rate(columns),
        {**params, 'embedding_lr_multipliers': None},
        variables=v1.get_collection(_LINEAR),
        increment_global_step=counts,
      )
    )
  train_op = tf.group(*steps)
  if counts:
    return train_op
  with tf.control_dependencies([train_op]):
    return v1.assign_add(v1.train.get_global_step(), 1).op


def _dict(features: Any) -> Mapping[str, Any]:
  return features if isinstance(features, Mapping) else {'': features}


def _partitioner(config: Any, min_slice_size: int = 256 << 10) -> Any:
  return v1.min_max_variable_partitioner(
    max_partitions=config.num_ps_replicas, min_slice_size=min_slice_size
  )


def _linear_rate(columns: Iterable[Any]) -> float:
  return min(_LINEAR_RATE, 1 / math.sqrt(len(tuple(columns))))


def _network(
  features: Mapping[str, Any],
  mode: str,
  params: dict[str, Any],
  config: Any,
  separator: str,
) -> tf.Tensor:
  """The logits of hidden layers, in the scope that is open."""
  columns = params['feature_columns']
  partitioner = params.get('input_layer_partitioner') or _partitioner(
    config, params['input_layer_min_slice_size'] or 64 << 20
  )
  with v1.variable_scope(
    'input_from_feature_columns', partitioner=partitioner
  ) as scope:
    if column_layers.are_old(columns):
      net = column_layers.input_from_feature_columns(
        features, columns, [_DNN], scope=scope
      )
    else:
      net = v1.feature_column.input_layer(
        dict(features), columns, weight_collections=[_DNN]
      )
  activation = params['activation_fn']
  if isinstance(activation, str):
    if activation not in _ACTIVATIONS:
      raise ValueError(
        f'`activation_fn` ({activation!r}) must be one of {list(_ACTIVATIONS)}.'
      )
    activation = _ACTIVATIONS[activation]
  for index, units in enumerate(params['hidden_units']):
    with v1.variable_scope(f'hiddenlayer_{index}') as layer:
      net = head_lib.linear(net, units, activation, [_DNN])
      if params['dropout'] is not None and mode == 'train':
        net = v1.nn.dropout(net, rate=params['dropout'])
    _summarize(net, layer.name, separator)
  with v1.variable_scope('logits') as layer:
    logits = head_lib.linear(
      net, params['head'].logits_dimension, collections=[_DNN]
    )
  _summarize(logits, layer.name, separator)
  return logits


def _linear(
  features: Mapping[str, Any], columns: Any, head: Any, scope: Any
) -> tf.Tensor:
  if column_layers.are_old(columns):
    logits, _, _ = column_layers.weighted_sum_from_feature_columns(
      features, columns, head.logits_dimension, [_LINEAR], scope=scope
    )
    return logits
  return v1.feature_column.linear_model(
    dict(features),
    columns,
    units=head.logits_dimension,
    weight_collections=[_LINEAR],
  )


def _summarize(values: tf.Tensor, tag: str, separator: str) -> None:
  zeros = v1.nn.zero_fraction(values)
  v1.summary.scalar(f'{tag}{separator}fraction_of_zero_values', zeros)
  v1.summary.histogram(f'{tag}{separator}activation', values)


def _optimize(
  loss: Any,
  scope: str,
  optimizer: Any,
  rate: float,
  params: dict[str, Any],
  **arguments: Any,
) -> Any:
  optimize_loss: Callable[..., Any] = modules.contrib_name(
    'layers.optimize_loss'
  )
  if callable(optimizer):
    optimizer = optimizer()
  return optimize_loss(
    loss=loss,
    global_step=v1.train.get_global_step(),
    learning_rate=rate,
    optimizer=optimizer,
    gradient_multipliers=_multipliers(params['embedding_lr_multipliers']),
    clip_gradients=params['gradient_clip_norm'],
    name=scope,
    summaries=[],
    **arguments,
  )


def _multipliers(of_columns: Mapping[Any, float] | None) -> Any:
  """{variable: by what its gradients are multiplied}."""
  found: dict[Any, float] = {}
  for column, factor in (of_columns or {}).items():
    scope = f'{_DNN}/input_from_feature_columns/{column.name}/'
    variables = v1.get_collection(_DNN, scope)
    if not variables:
      raise ValueError(
        f'`embedding_lr_multipliers` has {column}, of which there is no '
        'variable: it must be a column of the network.'
      )
    found |= dict.fromkeys(variables, factor)
  return found or None
