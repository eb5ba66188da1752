"""Makes Estimators of compiled Keras models: `model_to_estimator`."""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf
import tf_keras

from tfcompat_estimator.errors import folding
from tfcompat_estimator.estimator import base_estimator, construction
from tfcompat_estimator.keras_interop import (
  built_model,
  first_checkpoint,
  keras3_models,
  model_io,
  stored_models,
  tf_keras_models,
)
from tfcompat_estimator.loop import model_fn_call
from tfcompat_estimator.records import (
  argument_docs,
  arguments,
  estimator_specs,
  run_config,
  warm_start_settings,
)

v1 = tf.compat.v1
logging = tf.compat.v1.logging


class Source(NamedTuple):
  """What an Estimator was made of.

  Attributes:
    model: The Keras model, which training leaves as it is.
    builder: Builds its clones.
    object_based: Whether keys of checkpoints are paths in the object graph.
    custom_objects: The user's own classes and functions, by name.
    names: What metrics and outputs are called: `metric_names_map` and
      `export_outputs`.
  """

  model: Any
  builder: built_model.ModelBuilder
  object_based: bool
  custom_objects: dict[str, Any] | None
  names: tuple[Any, Any] = (None, None)

  @property
  def graph_key(self) -> Any:
    """What a graph of it depends on; None if that cannot be told."""
    key = None if self.custom_objects else self.builder.graph_key
    return key and (key, self.object_based, self.names)


_SERVING_KEY = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY


@folding.folded
def model_to_estimator(
  keras_model=None,
  keras_model_path=None,
  custom_objects=None,
  model_dir=None,
  config=None,
  checkpoint_format='saver',
  metric_names_map=None,
  export_outputs=None,
):
  """Makes a v1 `Estimator` of a compiled Keras model.

  The Estimator starts from the model's weights, which are saved to `keras/` in
  the model directory; the model itself is not changed by training. Features are
  a tensor, a list, or a dict that has the names of the model's inputs; labels
  likewise for its outputs. Sample weights come along as features: a dict of
  `features` and `sample_weights`.

  Of a tf_keras model that subclasses `Model` the structure is taken, by its
  `get_config` and `from_config`, and weights start anew.

  Args:
    keras_model: A model of tf_keras or Keras 3 on which `compile` was called.
    keras_model_path: The file of such a model, in place of it: HDF5, `.keras`
      or a SavedModel directory of tf_keras.
    custom_objects: A dict from names to the user's own classes and functions.
    model_dir: The directory of checkpoints and events; default: that of
      `config`, or a new temporary one.
    config: A `RunConfig`; default: `RunConfig()`.
    checkpoint_format: `'saver'`: keys are variable names, as Estimators have
      them; `'checkpoint'`: keys are paths in the object graph, which
      `tf.train.Checkpoint` restores (not for subclassed models of tf_keras).
    metric_names_map: A dict from the names of all the compiled metrics to the
      names under which `evaluate` reports them.
    export_outputs: A dict from names of outputs to subclasses of
      `ExportOutput`: signatures of the SavedModel beside the default one.

  Returns:
    A `tf.compat.v1.estimator.Estimator`.

  Raises:
    ValueError: There is not exactly one of model and path, the model was not
      compiled or cannot be cloned, or `checkpoint_format` is none of the two.
      While training or evaluating: `metric_names_map` does not fit.
    OSError: There is no file at `keras_model_path`.
    KeyError: While running: a name of an input, output or of `export_outputs`
      is missing.
  """
  return _convert(base_estimator.Estimator, **locals())


@folding.folded
@argument_docs.shared(argument_docs.of(model_to_estimator))
def model_to_estimator_v2(
  keras_model=None,
  keras_model_path=None,
  custom_objects=None,
  model_dir=None,
  config=None,
  checkpoint_format='checkpoint',
  metric_names_map=None,
  export_outputs=None,
):
  """Makes an `Estimator` of a compiled Keras model.

  As the function of `tf.compat.v1.keras.estimator`, but with object-based
  checkpoints by default.

  Args:
    checkpoint_format: `'checkpoint'` or `'saver'`, as there.

  Returns:
    A `tf.estimator.Estimator`.

  Raises:
    ValueError, OSError, KeyError: As there.
  """
  return _convert(base_estimator.EstimatorV2, **locals())


def _convert(
  estimator_class: type,
  keras_model: Any,
  keras_model_path: str | None,
  custom_objects: dict[str, Any] | None,
  model_dir: Any,
  config: run_config.RunConfig | None,
  checkpoint_format: str | None,
  metric_names_map: dict[str, str] | None,
  export_outputs: dict[str, Any] | None,
) -> base_estimator.Estimator:
  keras_model_path = arguments.as_path(keras_model_path)
  model = keras_model
  if not (model or keras_model_path):
    raise ValueError(
      'Either `keras_model` or `keras_model_path` needs to be provided.'
    )
  if model and keras_model_path:
    raise ValueError(
      'Please specify either `keras_model` or `keras_model_path`, but not both.'
    )
  if model:
    _check_cloneable(model, custom_objects)
  config = construction.complete_config(config, model_dir)
  if model:
    logging.info('Using the Keras model provided.')
  elif keras_model_path:
    model = stored_models.load(
      keras_model_path, config.model_dir, custom_objects
    )
  object_based = _is_object_based(checkpoint_format, model)
  if not getattr(model, 'optimizer', None):
    raise ValueError(
      'The given keras model has not been compiled yet. Please compile the '
      'model with `model.compile()` before calling `model_to_estimator()`.'
    )
  _warn_of_steps(model)
  builder = _builder(model, custom_objects)
  model_fn = _model_fn(builder, object_based, metric_names_map, export_outputs)
  names = (metric_names_map, export_outputs)
  source = Source(model, builder, object_based, custom_objects, names)
  return estimator_class(
    model_fn_call.with_origin(model_fn, source),
    config=config,
    warm_start_from=_warm_start(builder, model, config, object_based),
  )


def _is_keras3(model: Any) -> bool:
  """Whether the model is of Keras 3, which then is loaded already."""
  keras_model = getattr(sys.modules.get('keras'), 'Model', None)
  return keras_model is not None and isinstance(model, keras_model)


def _check_cloneable(model: Any, custom_objects: dict[str, Any] | None) -> None:
  if _is_keras3(model):
    return  # keras3_models serializes it at once, and tells what is missing
  if not isinstance(model, tf_keras.Model):
    raise AttributeError(
      f'`keras_model` ({model!r}) must be a model of tf_keras or Keras 3: '
      f"'{type(model).__name__}' object has no attribute '_is_graph_network'."
    )
  if _has_structure(model):
    return
  try:
    with tf_keras.utils.CustomObjectScope(custom_objects or {}):
      type(model).from_config(model.get_config())
  except NotImplementedError as error:
    raise ValueError(
      'Subclassed `Model`s passed to `model_to_estimator` must implement '
      '`Model.get_config` and `Model.from_config`.'
    ) from error


def _warn_of_steps(model: Any) -> None:
  """Warns of steps of the user's, which neither the reference calls."""
  base = sys.modules['keras'].Model if _is_keras3(model) else tf_keras.Model
  steps = ('train_step', 'test_step', 'predict_step')
  own = [
    step
    for step in steps
    if getattr(type(model), step, None) is not getattr(base, step, None)
  ]
  if own:
    logging.warning(
      'keras_model (%s) has a %s of its own, which an Estimator does not call: '
      'it trains and evaluates by the loss and the metrics of `compile`.',
      type(model).__name__,
      ', '.join(own),
    )


def _has_structure(model: Any) -> bool:
  return isinstance(model, tf_keras.Sequential) or (
    tf_keras_models.is_graph_network(model)
  )


def _is_object_based(checkpoint_format: str | None, model: Any) -> bool:
  if checkpoint_format is None or checkpoint_format == 'checkpoint':
    if not _is_keras3(model) and not _has_structure(model):
      raise ValueError(
        'Object-based checkpoints are currently not supported with subclassed '
        "models. Set checkpoint_format='saver'."
      )
    return True
  if checkpoint_format == 'saver':
    return False
  raise ValueError(
    'Checkpoint format must be one of "checkpoint" or "saver". Got '
    f'{checkpoint_format}'
  )


def _builder(
  model: Any, custom_objects: dict[str, Any] | None
) -> built_model.ModelBuilder:
  if _is_keras3(model):
    return keras3_models.Keras3Builder(model, custom_objects)
  return tf_keras_models.TfKerasBuilder(model, custom_objects)


def _warm_start(
  builder: built_model.ModelBuilder,
  model: Any,
  config: run_config.RunConfig,
  object_based: bool,
) -> warm_start_settings.WarmStartSettings | None:
  if builder.has_static_graph and config.is_chief:
    path = first_checkpoint.write(builder, config, object_based=object_based)
    return warm_start_settings.WarmStartSettings(
      path, vars_to_warm_start=builder.warm_start
    )
  if model.built and not builder.has_static_graph:
    logging.warning(
      'The keras model is subclassed from `Model` and already has weights. They '
      'cannot be taken over: the Estimator starts from freshly initialized '
      'ones. The model that you passed as `keras_model` stays as it is.'
    )
  return None


def _model_fn(
  builder: built_model.ModelBuilder,
  object_based: bool,
  metric_names_map: dict[str, str] | None,
  export_outputs: dict[str, Any] | None,
) -> Callable[..., estimator_specs.EstimatorSpec]:
  def model_fn(
    features: Any, labels: Any, mode: str
  ) -> estimator_specs.EstimatorSpec:
    """Builds a clone of the Keras model over the features."""
    built = builder.build(features, labels, mode)
    scaffold = None
    if object_based:
      scaffold = v1.train.Scaffold(saver=built.object_based_saver(sharded=True))
    return estimator_specs.EstimatorSpec(
      mode=mode,
      predictions=built.predictions,
      loss=built.loss,
      train_op=built.train_op,
      eval_metric_ops=_renamed(built.metrics, metric_names_map),
      export_outputs=_outputs(built.predictions, export_outputs),
      scaffold=scaffold,
    )

  return model_fn


def _renamed(
  metrics: dict[str, Any] | None, names: dict[str, str] | None
) -> dict[str, Any] | None:
  if not metrics or not names:
    return metrics
  unknown = [name for name in metrics if name not in names]
  if unknown:
    raise ValueError(
      'Invalid `metric_names_map`. The following keras model metric '
      f'names:"{unknown}" do not exist in the `metric_names_map` dictionary'
    )
  extra = [name for name in names if name not in metrics]
  if extra:
    raise ValueError(
      'Invalid `metric_names_map`. There are unexpected keys in the '
      f'`metric_names_map` dictionary. Expected keys: {list(metrics)}, '
      f'Received: {extra}'
    )
  return {names[name]: metric for name, metric in metrics.items()}


def _outputs(
  predictions: dict[str, tf.Tensor], export_outputs: dict[str, Any] | None
) -> dict[str, Any]:
  outputs = {_SERVING_KEY: estimator_specs.PredictOutput(predictions)}
  if not export_outputs:
    return outputs
  model_io.check_keys(
    predictions, list(export_outputs), 'export_outputs', 'output'
  )
  for name, output_class in export_outputs.items():
    outputs[name] = output_class(predictions[name])
  return outputs
