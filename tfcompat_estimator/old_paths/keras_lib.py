"""Serves `model_to_estimator` in the form in which Keras asks for it."""

from typing import Any

from tfcompat_estimator.keras_interop import convert


def model_to_estimator(
  *args: Any, use_v2_estimator: bool = False, **kwargs: Any
) -> Any:
  """Either form of `model_to_estimator`, as tf_keras asks for it."""
  if use_v2_estimator:
    return convert.model_to_estimator_v2(*args, **kwargs)
  return convert.model_to_estimator(*args, **kwargs)
