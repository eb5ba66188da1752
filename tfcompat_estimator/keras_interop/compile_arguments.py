"""What models of tf_keras were compiled with, for their clones and copies."""

import contextlib
from collections.abc import Iterator
from typing import Any

import tensorflow as tf
import tf_keras

logging = tf.compat.v1.logging

# What new-style optimizers do besides: no legacy one does.
_NOT_LEGACY = ('weight_decay', 'use_ema')


def is_of_graph(model: Any) -> bool:
  """Whether it was compiled by the engine of graphs."""
  return bool(vars(model).get('_v1_compile_was_called'))


def of(model: Any) -> dict[str, Any]:
  """What a model was compiled with, by the engine of graphs or the other one.

  The model answers that itself only as long as its class is of that engine, which
  the next model of the other mode changes (tf_keras 2.16 to 2.21), and so does the
  clone of the first replica before the second one asks.
  """
  if is_of_graph(model):
    return {
      'loss': model.loss,
      'metrics': model._compile_metrics,  # noqa: SLF001
      'loss_weights': model.loss_weights,
      'sample_weight_mode': model.sample_weight_mode,
      'weighted_metrics': model._compile_weighted_metrics,  # noqa: SLF001
    }
  losses, metrics = model.compiled_loss, model.compiled_metrics
  return {
    'loss': losses._user_losses,  # noqa: SLF001
    'metrics': metrics._user_metrics,  # noqa: SLF001
    'loss_weights': losses._user_loss_weights,  # noqa: SLF001
    'weighted_metrics': metrics._user_weighted_metrics,  # noqa: SLF001
  }


def compile_like(
  copied: Any, arguments: dict[str, Any], optimizer: Any
) -> None:
  """Compiles a copy as its model, with metrics and an optimizer of its own."""
  arguments = dict(arguments)
  made = {
    key: tf.nest.map_structure(
      lambda each: (
        type(each).from_config(each.get_config())
        if isinstance(each, tf_keras.metrics.Metric)
        else each
      ),
      arguments.pop(key),
    )
    for key in ('metrics', 'weighted_metrics')
  }
  if hasattr(optimizer, 'from_config'):
    optimizer = type(optimizer).from_config(optimizer.get_config())
  copied.compile(optimizer, **made, **arguments)


def legacy_optimizer(optimizer: Any) -> Any:
  """The optimizer, or the legacy one that does the same.

  Raises:
    ValueError: It is a new-style one, and eager mode is off.
  """
  if not isinstance(optimizer, tf_keras.optimizers.experimental.Optimizer):
    return optimizer
  if not tf.executing_eagerly():
    raise ValueError(
      'Please set your optimizer as an instance of '
      '`tf.keras.optimizers.legacy.Optimizer`, e.g., '
      '`tf.keras.optimizers.legacy.Adam`. Received optimizer type: '
      f'{type(optimizer)}.'
    )
  logging.warning(
    'You are using `tf.keras.optimizers.experimental.Optimizer` in TF estimator, '
    'which only supports `tf.keras.optimizers.legacy.Optimizer`. Automatically '
    'converting your optimizer to `tf.keras.optimizers.legacy.Optimizer`.'
  )
  config = optimizer.get_config()
  dropped = [f'{key}={config[key]}' for key in _NOT_LEGACY if config.get(key)]
  if dropped:
    logging.warning(
      'The legacy optimizer knows no %s: it is left out.', ', '.join(dropped)
    )
  try:
    return tf_keras.__internal__.optimizers.convert_to_legacy_optimizer(
      optimizer
    )
  except (ValueError, AttributeError) as error:
    raise ValueError(
      f'optimizer ({type(optimizer).__name__}) of keras_model has no counterpart '
      'in tf_keras.optimizers.legacy, by which Estimators train models of '
      'tf_keras. Compile the model with one that has, such as Adam or SGD, or '
      f'make it one of Keras 3, which trains with any. ({error})'
    ) from error


def config_of(optimizer: Any) -> Any:
  """Configs are taken where hyperparameters have values: not in a new graph."""
  try:
    if isinstance(optimizer, list | tuple):
      return [item.get_config() for item in optimizer]
    return optimizer.get_config()
  except (NotImplementedError, AttributeError):
    return None  # a wrapped tf.compat.v1 optimizer


@contextlib.contextmanager
def replaced(
  model: Any, optimizer: Any, arguments: dict[str, Any]
) -> Iterator[None]:
  """Lets `model` have another optimizer, and arguments, while it is cloned."""
  original = model.optimizer
  changed = original is not optimizer
  try:
    if changed:
      model.optimizer = optimizer
    vars(model)['_get_compile_args'] = lambda: dict(arguments)
    yield
  finally:
    if changed:
      model.optimizer = original
    vars(model).pop('_get_compile_args', None)
