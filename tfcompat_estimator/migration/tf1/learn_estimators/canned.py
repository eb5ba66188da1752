"""The canned Estimators of `tf.contrib.learn`.

Arguments are those of `tf.estimator`'s classes of these names, but for:

* weight_column_name: Of the feature that has weights of examples.
* enable_centered_bias: Whether a bias of the logits is trained besides.
* label_keys: The names of classes, where labels are strings.
* gradient_clip_norm: The global norm that gradients are clipped to.
* feature_engineering_fn: See `estimator.Estimator`.
* embedding_lr_multipliers: {embedding column: factor of its learning rate}.
* input_layer_min_slice_size: Bytes of a part of a variable on servers.
* _joint_weight, _joint_weights, _joint_linear_weights: Must be False.
* fix_global_step_increment_bug: Count a step once where a network and a linear
  model both take it: it was counted twice.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import tensorflow as tf

from tfcompat_estimator.migration.tf1.learn_estimators import (
  estimator,
  heads,
  metric_specs,
  model_fn_ops,
  networks,
)

_Keys = model_fn_ops.PredictionKey
_REQUIRED = frozenset({'head', 'hidden_units', 'feature_columns'})
_JOINT = frozenset({'_joint_weight', '_joint_weights', '_joint_linear_weights'})
# Of arguments that may be left out; None of those that are not here.
_DEFAULTS = {
  'n_classes': 2,
  'label_dimension': 1,
  'activation_fn': tf.nn.relu,
  'dnn_activation_fn': tf.nn.relu,
  'enable_centered_bias': False,
  'fix_global_step_increment_bug': False,
  **dict.fromkeys(_JOINT, False),
}
_OF_HEADS = (
  'n_classes',
  'weight_column_name',
  'label_dimension',
  'enable_centered_bias',
  'label_keys',
)


class _Canned(estimator.Estimator):
  """An Estimator whose arguments are a row of names, in their order."""

  _arguments = ''
  _make_head: ClassVar[Callable[..., Any] | None] = None
  _network: ClassVar[Callable[..., Any]]

  def __init_subclass__(cls) -> None:
    parameter = inspect.Parameter
    cls.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
      [
        parameter(
          name,
          parameter.POSITIONAL_OR_KEYWORD,
          default=parameter.empty if name in _REQUIRED else _DEFAULTS.get(name),
        )
        for name in cls._arguments.split()
      ]
    )

  def __init__(self, *args: Any, **kwargs: Any):
    """Makes it; see the head of this module.

    Raises:
      TypeError: An argument is not known, or one is missing.
      ValueError: There are no columns, or the head does not go with classes.
    """
    signature = inspect.signature(type(self))
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    given = {'input_layer_min_slice_size': None, **bound.arguments}
    for name in _JOINT.intersection(given):
      if given[name]:
        raise ValueError(
          f'`{name}` (True) is not served: there is a variable for each column.'
        )
    for name in list(given):
      if name.endswith('feature_columns'):
        given[name] = tuple(given[name] or ())
    if not any(
      given.get(f'{x}feature_columns') for x in ('', 'dnn_', 'linear_')
    ):
      raise ValueError(
        'There must be feature columns, one or more: Either '
        'linear_feature_columns or dnn_feature_columns must be defined, or '
        'feature_columns.'
      )
    make_head = self._make_head
    if make_head is not None:
      given['head'] = make_head(
        **{name: given[name] for name in _OF_HEADS if name in given}
      )
    super().__init__(
      self._network,
      given.pop('model_dir'),
      given.pop('config'),
      given,
      given.pop('feature_engineering_fn'),
    )


class _Keyed(_Canned):
  """An Estimator that predicts one thing, if it is not asked for others."""

  _key = ''

  def predict(
    self,
    x: Any = None,
    input_fn: Callable[[], Any] | None = None,
    batch_size: int | None = None,
    outputs: Any = None,
    as_iterable: bool = True,
    iterate_batches: bool = False,
  ) -> Any:
    """See `Estimator.predict`; without `outputs` rows are classes or scores."""
    if outputs:
      return super().predict(
        x, input_fn, batch_size, outputs, as_iterable, iterate_batches
      )
    return self._predict(self._key, x, input_fn, batch_size, as_iterable)

  def _predict(
    self, key: str, x: Any, input_fn: Any, batch_size: Any, as_iterable: bool
  ) -> Any:
    found = super().predict(x, input_fn, batch_size, [key], as_iterable)
    return _one_by_one(found, key) if as_iterable else found[key]


def _one_by_one(rows: Iterator[Any], key: str) -> Iterator[Any]:
  for row in rows:
    yield row[key]


def _predicts(key: str, what: str) -> Callable[..., Any]:
  """A method that predicts one thing."""

  def predict(
    self: _Keyed,
    x: Any = None,
    input_fn: Callable[[], Any] | None = None,
    batch_size: int | None = None,
    as_iterable: bool = True,
  ) -> Any:
    return self._predict(key, x, input_fn, batch_size, as_iterable)

  predict.__doc__ = what
  return predict


class _Classifier(_Keyed):
  _key = _Keys.CLASSES
  _make_head = staticmethod(heads.multi_class_head)
  predict_classes = _predicts(_Keys.CLASSES, 'The classes.')
  predict_proba = _predicts(
    _Keys.PROBABILITIES, 'The probabilities of classes.'
  )


class _Regressor(_Keyed):
  _key = _Keys.SCORES
  _make_head = staticmethod(heads.regression_head)
  predict_scores = _predicts(_Keys.SCORES, 'The numbers.')

  def core(self, metrics: Any = None, served: Any = None) -> Any:
    """See `Estimator.core`; metrics may be functions of scores."""
    named = {
      key
      if isinstance(metric, metric_specs.MetricSpec) or isinstance(key, tuple)
      else (key, _Keys.SCORES): metric
      for key, metric in (metrics or {}).items()
    }
    return super().core(named, served)


class DNNEstimator(_Canned):
  """A network with any head of `tf.contrib.learn`."""

  _network = staticmethod(networks.dnn_model_fn)
  _arguments = (
    'head hidden_units feature_columns model_dir optimizer activation_fn dropout'
    ' gradient_clip_norm config feature_engineering_fn embedding_lr_multipliers'
    ' input_layer_min_slice_size'
  )


class DNNClassifier(_Classifier):
  """A network that tells classes."""

  _network = staticmethod(networks.dnn_model_fn)
  _arguments = (
    'hidden_units feature_columns model_dir n_classes weight_column_name'
    ' optimizer activation_fn dropout gradient_clip_norm enable_centered_bias'
    ' config feature_engineering_fn embedding_lr_multipliers'
    ' input_layer_min_slice_size label_keys'
  )


class DNNRegressor(_Regressor):
  """A network that tells numbers."""

  _network = staticmethod(networks.dnn_model_fn)
  _arguments = (
    'hidden_units feature_columns model_dir weight_column_name optimizer'
    ' activation_fn dropout gradient_clip_norm enable_centered_bias config'
    ' feature_engineering_fn label_dimension embedding_lr_multipliers'
    ' input_layer_min_slice_size'
  )


class LinearEstimator(_Canned):
  """A linear model with any head of `tf.contrib.learn`."""

  _network = staticmethod(networks.linear_model_fn)
  _arguments = (
    'feature_columns head model_dir weight_column_name optimizer'
    ' gradient_clip_norm _joint_weights config feature_engineering_fn'
  )


class LinearClassifier(_Classifier):
  """A linear model that tells classes."""

  _network = staticmethod(networks.linear_model_fn)
  _arguments = (
    'feature_columns model_dir n_classes weight_column_name optimizer'
    ' gradient_clip_norm enable_centered_bias _joint_weight config'
    ' feature_engineering_fn label_keys'
  )


class LinearRegressor(_Regressor):
  """A linear model that tells numbers."""

  _network = staticmethod(networks.linear_model_fn)
  _arguments = (
    'feature_columns model_dir weight_column_name optimizer gradient_clip_norm'
    ' enable_centered_bias label_dimension _joint_weights config'
    ' feature_engineering_fn'
  )


_COMBINED = (
  ' linear_feature_columns linear_optimizer _joint_linear_weights'
  ' dnn_feature_columns dnn_optimizer dnn_hidden_units dnn_activation_fn'
  ' dnn_dropout gradient_clip_norm'
)


class DNNLinearCombinedEstimator(_Canned):
  """A network and a linear model, with any head of `tf.contrib.learn`."""

  _network = staticmethod(networks.combined_model_fn)
  _arguments = (
    f'head model_dir{_COMBINED} config feature_engineering_fn'
    ' embedding_lr_multipliers fix_global_step_increment_bug'
    ' input_layer_partitioner'
  )


class DNNLinearCombinedClassifier(_Classifier):
  """A network and a linear model that tell classes."""

  _network = staticmethod(networks.combined_model_fn)
  _arguments = (
    f'model_dir n_classes weight_column_name{_COMBINED} enable_centered_bias'
    ' config feature_engineering_fn embedding_lr_multipliers'
    ' input_layer_min_slice_size label_keys fix_global_step_increment_bug'
  )


class DNNLinearCombinedRegressor(_Regressor):
  """A network and a linear model that tell numbers."""

  _network = staticmethod(networks.combined_model_fn)
  _arguments = (
    f'model_dir weight_column_name{_COMBINED} enable_centered_bias'
    ' label_dimension config feature_engineering_fn embedding_lr_multipliers'
    ' input_layer_min_slice_size fix_global_step_increment_bug'
  )
