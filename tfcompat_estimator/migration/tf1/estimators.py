"""Functions on Estimators that `tf.contrib.estimator` had."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs, modes


def export_all_saved_models(
  estimator: Any,
  export_dir_base: str,
  input_receiver_fn_map: Mapping[str, Callable[[], Any]],
  assets_extra: Any = None,
  as_text: bool = False,
  checkpoint_path: str | None = None,
) -> Any:
  """`estimator.experimental_export_all_saved_models`."""
  return estimator.experimental_export_all_saved_models(
    export_dir_base,
    input_receiver_fn_map,
    assets_extra=assets_extra,
    as_text=as_text,
    checkpoint_path=checkpoint_path,
  )


def export_saved_model_for_mode(
  estimator: Any,
  export_dir_base: str,
  input_receiver_fn: Callable[[], Any],
  assets_extra: Any = None,
  as_text: bool = False,
  checkpoint_path: str | None = None,
  mode: str = modes.ModeKeys.PREDICT,
) -> Any:
  """Exports the graph of one mode."""
  return export_all_saved_models(
    estimator,
    export_dir_base,
    {mode: input_receiver_fn},
    assets_extra,
    as_text,
    checkpoint_path,
  )


def forward_features(
  estimator: Any, keys: Any = None, sparse_default_values: Any = None
) -> Any:
  """An Estimator that also predicts what features it was given.

  Args:
    estimator: The Estimator.
    keys: A feature's name, or several; all of them if None.
    sparse_default_values: {name: what stands where a sparse feature has
      nothing}.

  Raises:
    ValueError: `keys` are no strings; or, when it predicts, a name is missing
      among features, is one of the predictions, or its feature is sparse.
  """
  names = [keys] if isinstance(keys, str) else keys
  for name in names or ():
    if not isinstance(name, str):
      raise ValueError(f'All items in the given keys must be strings: {name}')

  def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
    spec = estimator.model_fn(features, labels, mode, config)
    if spec.predictions is None:
      return spec
    forwarded = {
      name: _dense(features, name, spec.predictions, sparse_default_values)
      for name in (list(features) if names is None else names)
    }
    outputs = dict(spec.export_outputs or {})
    for key in ('predict', 'serving_default'):
      output = outputs.get(key)
      if isinstance(output, estimator_specs.PredictOutput):
        outputs[key] = estimator_specs.PredictOutput(
          {**output.outputs, **forwarded}
        )
    return spec._replace(
      predictions={**spec.predictions, **forwarded},
      export_outputs=outputs or spec.export_outputs,
    )

  return base_estimator.Estimator(
    model_fn, model_dir=estimator.model_dir, config=estimator.config
  )


def _dense(features: Any, name: str, predictions: Any, defaults: Any) -> Any:
  if name not in features:
    raise ValueError(
      f'keys should exist in features. Key {name!r} is not in: '
      f'{sorted(features)}'
    )
  if name in predictions:
    raise ValueError(
      f'Cannot forward feature key {name!r}: it is a prediction, too.'
    )
  feature = features[name]
  if defaults and name in defaults:
    return tf.sparse.to_dense(feature, default_value=defaults[name])
  if isinstance(feature, tf.SparseTensor):
    raise ValueError(
      f'Feature {name!r} must be a Tensor, is sparse. Leave it out by `keys`, '
      'or give its default in `sparse_default_values`.'
    )
  return tf.convert_to_tensor(feature)
