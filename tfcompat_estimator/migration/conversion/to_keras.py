"""Makes Keras models of trained Estimators: `to_keras`."""

import functools
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.canned import model_fns
from tfcompat_estimator.estimator import base_estimator, extend
from tfcompat_estimator.keras_interop import convert
from tfcompat_estimator.loop import model_fn_call
from tfcompat_estimator.migration.conversion import (
  cloned_models,
  head_model,
  keras3_networks,
  objective,
  optimizer_state,
  tf_keras_networks,
  trained_values,
)

logging = tf.compat.v1.logging

_BACKENDS = ('tf_keras', 'keras3')


def to_keras(
  estimator, checkpoint_path=None, backend='tf_keras', feature_dtypes=None
):
  """Makes a Keras model of a trained Estimator, with the same outputs.

  Of a canned Estimator (DNN, linear, both combined, baseline, recurrent) it is a
  `HeadModel`: called on features it returns the predictions that `predict` yields;
  it comes compiled with the loss and the metrics of the head, so that `fit` and
  `evaluate` take the dataset that `input_fn` returns:

      model = tfcompat_estimator.to_keras(estimator)
      model.evaluate(eval_input_fn())
      model.compile(tf_keras.optimizers.Adam(1e-4))
      model.fit(train_input_fn(), epochs=2)
      model.save('model.keras')

  `model.network` is the part of it that has the weights, from features to
  logits, of Keras' own layers. Predictions of a `MultiHead` are called
  `head/key`, as in signatures; metrics that `add_metrics` added are left out.

  Of an Estimator that `model_to_estimator` made it is a copy of the Keras model,
  of whichever Keras, compiled as that was, with the trained weights.

  The model is compiled with the Estimator's optimizer, state included, if that is one
  Adagrad, Adam, Ftrl or SGD for the whole model: `fit` goes on where `train` stopped.
  Else it is compiled with a new `Adam()`, and a warning says why.

  Args:
    estimator: The Estimator, trained.
    checkpoint_path: The checkpoint whose values to take, a str. Default: the
      latest one.
    backend: `'tf_keras'`; or `'keras3'`: a functional model of Keras 3, whose
      feature columns have become preprocessing layers. That one returns the
      logits, or of a classifier or regressor the dict of `logits` and
      `probabilities` or `predictions`.
    feature_dtypes: Dict of names of features to dtypes: of those that only a
      `crossed_column` reads, by their names, since columns do not say whether
      these are strings or integers. Default: strings.

  Returns:
    A model of tf_keras or Keras 3.

  Raises:
    ValueError: There is no checkpoint, or it is of another model; `backend` is
      neither of the two; or a feature column, or the head, has no counterpart
      there, which the message names; or `feature_dtypes` has a feature of which
      the columns say the dtype.
    TypeError: It is another kind of Estimator, such as one with a model_fn of
      yours, TPUEstimator or KMeans. `to_module` takes any.
    RuntimeError: Eager execution is off.
  """
  if backend not in _BACKENDS:
    raise ValueError(
      f'backend ({backend!r}) must be one of {", ".join(map(repr, _BACKENDS))}.'
    )
  check_eager('to_keras')
  origin = _origin(estimator)
  if isinstance(origin, convert.Source):
    values = trained_values.Values(estimator, checkpoint_path)
    return cloned_models.copy_of(origin, values.source, backend)
  if origin is None:
    raise TypeError(
      f'estimator ({type(estimator).__name__}) is neither a canned DNN, linear, '
      'combined, baseline or recurrent Estimator, nor made by '
      'model_to_estimator. Use to_module, which takes any Estimator.'
    )
  values = trained_values.Values(estimator, checkpoint_path)
  objective.check(origin.head)
  if backend == 'keras3':
    return _of_keras3(origin, values, feature_dtypes)
  return _head_model(origin, values, feature_dtypes)


def check_eager(name: str) -> None:
  """Raises RuntimeError where what is made could not be used."""
  if not tf.executing_eagerly():
    raise RuntimeError(
      f'{name} makes what TensorFlow 2 runs, and eager execution is off. Call it '
      'outside of a graph, in a program without disable_v2_behavior() and '
      'disable_eager_execution(): the checkpoints are the same.'
    )


def check_estimator(estimator: Any) -> None:
  """Raises TypeError for what is no Estimator."""
  if not isinstance(estimator, base_estimator.Estimator):
    raise TypeError(
      f'estimator ({estimator!r}) must be an Estimator of this package.'
    )


def _origin(estimator: Any) -> Any:
  """What an Estimator was made of, before `add_metrics` added to it."""
  check_estimator(estimator)
  # `model_fn` is a wrapper.
  origin = model_fn_call.origin_of(estimator._model_fn)  # noqa: SLF001
  if isinstance(origin, extend.Extended):
    logging.warning('to_keras leaves out what add_metrics added.')
    return _origin(origin.estimator)
  return origin


def _head_model(
  recipe: model_fns.Recipe, values: trained_values.Values, dtypes: Any
) -> head_model.HeadModel:
  build = functools.partial(tf_keras_networks.build, recipe, dtypes=dtypes)
  model = head_model.HeadModel(build(values), recipe.head)
  optimizer = optimizer_state.of(recipe, values, model.network, build, tf_keras)
  model.compile(optimizer)
  return model


def _of_keras3(
  recipe: model_fns.Recipe, values: trained_values.Values, dtypes: Any
) -> Any:
  import keras

  build = functools.partial(keras3_networks.build, recipe, dtypes=dtypes)
  model = build(values)
  optimizer = optimizer_state.of(recipe, values, model, build, keras)
  keras3_networks.compile_for(model, recipe.head, optimizer)
  return model
