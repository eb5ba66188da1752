"""Builds clones of Keras 3 models in graphs.

Keras 3 has no graph engine, but its layers, losses and metrics are functions of
tensors: over a graph's tensors they make nodes. Updates of variables that they
make on the way are found and put where a graph runs them.
"""

import contextlib
import copy
import functools
import inspect
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf, keras_graph
from tfcompat_estimator.keras_interop import (
  built_model,
  keras3_configs,
  model_io,
  vocabularies,
)
from tfcompat_estimator.optimizers import keras_optimizers
from tfcompat_estimator.records import modes

v1 = tf.compat.v1

# What Keras 3 calls an input that has no name of the user's: numbered by process.
_MADE_UP = r'keras_tensor(_\d+)?'


class Keras3Builder(built_model.ModelBuilder):
  """Builds clones of one compiled Keras 3 model.

  Args:
    model: The original, which stays as it is.
    custom_objects: The user's classes and functions by name.
  """

  # Weights are all there is to take over: no optimizer, so no loss either.
  first_mode = modes.ModeKeys.PREDICT

  def __init__(self, model: Any, custom_objects: dict[str, Any] | None):
    import keras

    self._keras = keras
    self._model = model
    self._custom_objects = {
      **keras3_configs.own_objects(model),
      **(custom_objects or {}),
    }
    self._class = type(model)
    try:
      self._config = self._written(model)
    except NotImplementedError as error:
      raise ValueError(
        'Subclassed `Model`s passed to `model_to_estimator` must implement '
        f'`Model.get_config` and `Model.from_config`: {error}'
      ) from error
    # keras.tree is not in Keras 3.0.
    self._compile_arguments = tf.nest.map_structure(
      keras3_configs.maker,
      model._compile_config.config,  # noqa: SLF001
    )
    self.has_static_graph = bool(getattr(model, 'inputs', None))
    self._vocabularies = vocabularies.of_all(built_model.layers_of(model))
    # In Keras 3 a KerasTensor, or a list or dict of them.
    self._inputs = None
    if self.has_static_graph:
      # Before its first call a Sequential of Keras 3 has no `input`.
      is_sequential = isinstance(model, keras.Sequential)
      self._inputs = model.inputs[0] if is_sequential else model.input

  @functools.cached_property
  def warm_start(self) -> list[str]:
    """The weights' names, which the first checkpoint has.

    Moving averages belong to a trained model as much as its kernels do.
    """
    with tf.Graph().as_default():
      built = self.build(None, None, self.first_mode)
    return [re.escape(weight.name) for weight in built.weights]

  def _build(
    self, features: Any, sample_weights: Any, labels: Any, mode: str
  ) -> built_model.BuiltModel:
    training = mode == modes.ModeKeys.TRAIN
    with self._fresh_names():
      clone = self._new()
    inputs = self._ordered_inputs(features)
    if not self.has_static_graph:
      # Variables must be there before dependencies are noted, or each step would
      # run their initializers.
      with self._fresh_names():
        clone(inputs, training=training)
    if mode == modes.ModeKeys.PREDICT:
      outputs = clone(inputs, training=False)
      predictions = _by_name(outputs, _output_names(clone, outputs))
      _keep_local(clone)
      return built_model.BuiltModel(
        clone, predictions, _weights(clone), _states(clone)
      )
    optimizer = self._compile(clone)
    with _tf.AutomaticControlDependencies() as dependencies:
      # Updates by layers, such as moving averages, come with the outputs.
      outputs = tf.nest.map_structure(
        lambda output: _marked(output, dependencies),
        clone(inputs, training=training),
      )
    names = _output_names(clone, outputs)
    targets, weights = _like_outputs(outputs, names, labels, sample_weights)
    arguments = {'x': inputs, 'y': targets, 'y_pred': outputs}
    arguments['sample_weight'] = weights
    if _takes_training(clone.compute_loss):
      arguments['training'] = training
    loss = clone.compute_loss(**arguments)
    metrics = _metrics(clone, inputs, targets, outputs, weights)
    _keep_local(clone)
    train_op = None
    if training:
      for variable in clone.trainable_variables:
        # The optimizer applies those of the variables that it gets.
        variable.value._constraint = variable.constraint  # noqa: SLF001
      with v1.name_scope('training/'):
        train_op = keras_optimizers.minimize(
          optimizer,
          loss,
          [variable.value for variable in clone.trainable_variables],
          v1.train.get_or_create_global_step(),
        )
    return built_model.BuiltModel(
      clone,
      _by_name(outputs, names),
      _weights(clone),
      _states(clone),
      loss,
      train_op,
      metrics,
    )

  @property
  def graph_key(self) -> Any:
    model = self._model
    if any(self._vocabularies) or not built_model.is_of_libraries(model):
      return None
    return self._config, model._compile_config.config  # noqa: SLF001

  def values(self) -> list[Any] | None:
    return self._model.get_weights()

  def example(self) -> Any:
    if self.has_static_graph:
      return None
    zeros = built_model.zeros_of(self._specs)
    return built_model.of_shapes(self._model) if zeros is None else zeros

  def copy(
    self, features: Any, weights: Sequence[Any], states: Sequence[Any]
  ) -> Any:
    copied = self._new()
    if features is not None:
      copied(features)
    copied.set_weights(weights)
    kept = built_model.states_of(copied)
    for variable, value in zip(kept, states, strict=True):
      variable.assign(value)
    vocabularies.renew_statistics(built_model.layers_of(copied))
    with self._keras.saving.custom_object_scope(self._custom_objects):
      arguments = tf.nest.map_structure(
        lambda make: make(), dict(self._compile_arguments)
      )
    copied.compile(**arguments)
    return copied

  def _written(self, model: Any) -> dict[str, Any]:
    """The config of a model, with functions of its Lambda layers by name.

    Keras refuses to read back what it wrote of a lambda.
    """
    functions: list[Any] = []
    written: list[Any] = []
    with warnings.catch_warnings():
      warnings.filterwarnings('ignore', '.*(l|L)ambda')
      config = model.get_config()
      for layer in built_model.layers_of(model):
        if isinstance(layer, self._keras.layers.Lambda):
          functions += [layer.function, layer._output_shape]  # noqa: SLF001
          of_layer = layer.get_config()
          written += [of_layer['function'], of_layer.get('output_shape')]
    pairs = [
      (function, as_written)
      for function, as_written in zip(functions, written, strict=True)
      if callable(function)
    ]
    names = [f'estimator_function_{i}' for i in range(len(pairs))]
    self._custom_objects |= {
      name: function for name, (function, _) in zip(names, pairs, strict=True)
    }
    return keras3_configs.replaced(
      config, [as_written for _, as_written in pairs], names
    )

  def _new(self) -> Any:
    """A clone with new variables, not compiled."""
    config = copy.deepcopy(self._config)
    if any(self._vocabularies):
      config = vocabularies.left_out(config)
    with self._keras.saving.custom_object_scope(self._custom_objects):
      clone = self._class.from_config(config)
    if any(self._vocabularies):
      vocabularies.give_all(self._vocabularies, built_model.layers_of(clone))
    return clone

  def _compile(self, clone: Any) -> Any:
    """Compiles the clone; returns its optimizer, which has no slots yet."""
    with self._fresh_names():
      makers = dict(self._compile_arguments)
      with v1.name_scope('training'):
        optimizer = self._keras.optimizers.get(makers.pop('optimizer')())
      arguments = tf.nest.map_structure(lambda make: make(), makers)
      clone.compile(optimizer=optimizer, **arguments)
    return clone.optimizer

  def _ordered_inputs(self, features: Any) -> Any:
    """The features as the model is called with them."""
    inputs = self._inputs
    if features is None:
      return tf.nest.map_structure(_placeholder, inputs)
    if inputs is None:
      return tf.nest.map_structure(model_io.tensor, features)
    if isinstance(inputs, dict):
      model_io.check_keys(features, list(inputs), 'features', 'inputs')
      return {name: model_io.tensor(features[name]) for name in inputs}
    is_list = isinstance(inputs, list | tuple)
    names = self._input_names(inputs if is_list else [inputs])
    ordered = model_io.in_order(features, names, 'features', 'inputs')
    return ordered if is_list or ordered is None else ordered[0]

  def _input_names(self, inputs: Sequence[Any]) -> list[str]:
    names = [item.name for item in inputs]
    if _is_sequential(self._model) and re.fullmatch(_MADE_UP, names[0]):
      return [f'{self._model.layers[0].name}_input']  # as in tf_keras
    return names

  @contextlib.contextmanager
  def _fresh_names(self) -> Iterator[None]:
    """Names the parts of a clone as those of the first model of a process."""
    with (
      self._keras.saving.custom_object_scope(self._custom_objects),
      keras_graph.numbered_anew(),
    ):
      yield


def _is_sequential(model: Any) -> bool:
  import keras

  return isinstance(model, keras.Sequential)


def _takes_training(compute_loss: Callable[..., Any]) -> bool:
  """Whether it has the argument `training`.

  Keras 3.6 has it, 3.3 does not; nor may that of a user's class, then as now.
  """
  parameters = inspect.signature(compute_loss).parameters.values()
  return any(
    p.name == 'training' or p.kind == p.VAR_KEYWORD for p in parameters
  )


def _marked(output: tf.Tensor, dependencies: Any) -> tf.Tensor:
  """The output once all updates are done, with the mask that losses look for."""
  marked = dependencies.mark_as_return(output)
  mask = getattr(output, '_keras_mask', None)
  if mask is not None:
    marked._keras_mask = mask  # noqa: SLF001
  return marked


def _placeholder(spec: Any) -> tf.Tensor:
  return v1.placeholder(spec.dtype, spec.shape)


def _weights(clone: Any) -> list[tf.Variable]:
  return [variable.value for variable in clone.weights]


def _states(clone: Any) -> list[tf.Variable]:
  return [state.value for state in built_model.states_of(clone)]


def _output_names(clone: Any, outputs: Any) -> list[str]:
  if isinstance(outputs, dict):
    return list(outputs)
  if _is_sequential(clone):
    return [clone.layers[-1].name]
  names = getattr(clone, 'output_names', None)
  count = len(outputs) if isinstance(outputs, list | tuple) else 1
  if names and len(names) == count:
    return list(names)
  return [f'output_{i + 1}' for i in range(count)]


def _by_name(outputs: Any, names: Sequence[str]) -> dict[str, tf.Tensor]:
  if isinstance(outputs, dict):
    return dict(outputs)
  if not isinstance(outputs, list | tuple):
    outputs = [outputs]
  return dict(zip(names, outputs, strict=True))


def _like_outputs(
  outputs: Any, names: Sequence[str], labels: Any, sample_weights: Any
) -> tuple[Any, Any]:
  """Labels and sample weights in the structure of the outputs."""
  targets = model_io.in_order(labels, names, 'labels', 'outputs')
  weights = model_io.weights_in_order(sample_weights, names)
  return _packed(outputs, names, targets), _packed(outputs, names, weights)


def _packed(outputs: Any, names: Sequence[str], items: Any) -> Any:
  if items is None:
    return None
  if isinstance(outputs, dict):
    return dict(zip(names, items, strict=True))
  return items if isinstance(outputs, list | tuple) else items[0]


def _metrics(
  clone: Any, inputs: Any, targets: Any, outputs: Any, weights: Any
) -> dict[str, Any] | None:
  """(value, update) pairs of the compiled metrics."""
  clone.compute_metrics(inputs, targets, outputs, weights)
  pairs: dict[str, Any] = {}
  for metric in clone.metrics:
    values = metric.result()
    # Keras 3 (since 3.0) has one metric for all compiled ones, which gives a dict.
    # The others are means of losses, which Estimators report themselves, and
    # metrics of layers.
    if isinstance(values, dict):
      update = tf.group(*keras_graph.updates_of(metric))
      pairs |= {
        # One of the user's may give its variable.
        name: (tf.convert_to_tensor(value), update)
        for name, value in values.items()
      }
  return pairs or None


def _keep_local(clone: Any) -> None:
  """Keeps what is no weight, as metrics and random seeds, out of checkpoints."""
  weights = {id(variable) for variable in clone.weights}
  others = [*clone.variables, *clone.metrics_variables]
  keras_graph.make_local(
    [variable.value for variable in others if id(variable) not in weights]
  )
