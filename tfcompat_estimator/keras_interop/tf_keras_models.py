"""Builds clones of tf_keras models in graphs, by tf_keras' own graph engine.

tf_keras still has the engine that its models use without eager mode: it knows
losses, weights, metrics and updates, and names variables as ever. What it keeps
under private names is read in this file only.
"""

import contextlib
import copy
import functools
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import keras_graph
from tfcompat_estimator.errors import notes
from tfcompat_estimator.keras_interop import (
  built_model,
  compile_arguments,
  model_io,
  vocabularies,
)
from tfcompat_estimator.records import modes

v1 = tf.compat.v1


def is_graph_network(model: Any) -> bool:
  """Whether the model is a static graph of layers with known inputs."""
  return model._is_graph_network  # noqa: SLF001


class TfKerasBuilder(built_model.ModelBuilder):
  """Builds clones of one compiled tf_keras model.

  Args:
    model: The original. It stays as it is.
    custom_objects: The user's classes and functions by name.

  Raises:
    ValueError: Without eager mode the optimizer is a new-style one, or it is one
      that has no legacy counterpart.
  """

  first_mode = modes.ModeKeys.TRAIN

  def __init__(self, model: Any, custom_objects: dict[str, Any] | None):
    self._model = model
    self._custom_objects = custom_objects
    self._optimizer = compile_arguments.legacy_optimizer(model.optimizer)
    self._optimizer_config = compile_arguments.config_of(self._optimizer)
    self._schedules = {
      type(value).__name__: type(value)
      for value in getattr(self._optimizer, '_hyper', {}).values()
      if isinstance(value, tf_keras.optimizers.schedules.LearningRateSchedule)
    }
    self.has_static_graph = is_graph_network(model)
    self._eager = v1.executing_eagerly_outside_functions()
    self._arguments = compile_arguments.of(model)
    self._is_of_graph = compile_arguments.is_of_graph(model)
    self._building: list[bool] = []
    # Of layers that have one, or layers and models in them.
    self._vocabularies = [
      (layer, found, vocabularies.left_out(layer.get_config()))
      for layer in (model.layers if self.has_static_graph else ())
      if any(found := vocabularies.of_all(vocabularies.within(layer)))
    ]

  @functools.cached_property
  def warm_start(self) -> list[str]:
    """The weights' names, which the first checkpoint has.

    All of them, where the reference takes over trainable ones only.
    """
    with tf.Graph().as_default():
      v1.train.create_global_step()
      built = self.build(None, None, modes.ModeKeys.PREDICT)
    return [re.escape(weight.op.name) for weight in built.weights]

  @property
  def graph_key(self) -> Any:
    model = self._model
    if self._vocabularies or not built_model.is_of_libraries(model):
      return None
    optimizer = self._optimizer
    return (
      model.get_config(),
      self._arguments,
      type(optimizer),
      self._optimizer_config,
    )

  def values(self) -> list[Any] | None:
    model = self._model
    if self._eager:
      return tf_keras.backend.batch_get_value(_variables(model))
    # In a program without eager mode the values live in Keras' own session. If
    # there is none, nothing has been initialized.
    initialized = any(
      hasattr(weight, '_keras_initialized') for weight in model.weights
    )
    return model.get_weights() if initialized else None

  def example(self) -> Any:
    if self.has_static_graph:
      return None
    spec = self._model.save_spec()
    if spec is None:
      return built_model.zeros_of(self._specs)
    (inputs, *_), _ = spec
    return built_model.zeros_of(inputs)

  def copy(
    self, features: Any, weights: Sequence[Any], states: Sequence[Any]
  ) -> Any:
    model = self._model
    with (
      tf_keras.utils.custom_object_scope(self._custom_objects or {}),
      self._with_vocabularies(),
    ):
      if self.has_static_graph:
        copied = tf_keras.models.clone_model(model)
      else:
        copied = type(model).from_config(model.get_config())
    if features is not None:
      if isinstance(model, tf_keras.Sequential):
        features = tf.nest.flatten(features)[0]
      copied(features, training=False)
    tf_keras.backend.batch_set_value(
      [
        *zip(_variables(copied), weights, strict=True),
        *zip(
          built_model.states_of(copied),
          states,
          strict=True,
        ),
      ]
    )
    vocabularies.renew_statistics(built_model.layers_of(copied))
    if model.optimizer is not None:
      with tf_keras.utils.custom_object_scope(self._schedules):
        compile_arguments.compile_like(copied, self._arguments, model.optimizer)
    return copied

  def _build(
    self, features: Any, sample_weights: Any, labels: Any, mode: str
  ) -> built_model.BuiltModel:
    with warnings.catch_warnings():
      # tf_keras 2.21 warns of functions that its own graph engine still uses.
      warnings.filterwarnings('ignore', '.*(state_updates|learning_phase)')
      with self._restored_classes():
        return self._built(features, sample_weights, labels, mode)

  @contextlib.contextmanager
  def _restored_classes(self) -> Iterator[None]:
    """As of `keras_graph`, once nobody builds: replicas take turns in it."""
    self._building.append(True)
    try:
      yield
    finally:
      self._building.pop()
      if not self._building and not self._is_of_graph:
        keras_graph.restore_classes([self._model])

  def _built(
    self, features: Any, sample_weights: Any, labels: Any, mode: str
  ) -> built_model.BuiltModel:
    training = mode == modes.ModeKeys.TRAIN
    tf_keras.backend.set_learning_phase(training)
    clone = self._clone(
      features, labels, compiled=mode != modes.ModeKeys.PREDICT
    )
    weights = _variables(clone)
    if self.has_static_graph:
      _check_shapes(clone, self._model)
    states = built_model.states_of(clone)
    names = _output_names(clone)
    predictions = dict(zip(names, clone.outputs, strict=True))
    if mode == modes.ModeKeys.PREDICT:
      return built_model.BuiltModel(clone, predictions, weights, states)
    ordered = model_io.weights_in_order(sample_weights, clone.output_names)
    if ordered is not None:
      clone._compile_weights_loss_and_weighted_metrics(ordered)  # noqa: SLF001
    train_op = None
    if training:
      clone._make_train_function()  # noqa: SLF001
      train_op = clone.train_function.updates_op
    else:
      clone._make_test_function()  # noqa: SLF001
    return built_model.BuiltModel(
      clone,
      predictions,
      weights,
      states,
      clone.total_loss,
      train_op,
      _metrics(clone),
    )

  def _clone(self, features: Any, labels: Any, *, compiled: bool) -> Any:
    global_step = None
    if compiled:
      # The optimizer counts its iterations in the Estimator's own variable.
      global_step = v1.train.get_or_create_global_step()
      tf_keras.__internal__.backend.track_variable(global_step)
    model = self._model
    with (
      compile_arguments.replaced(model, self._optimizer, self._arguments),
      self._with_vocabularies(),
      tf_keras.utils.custom_object_scope(self._schedules),
    ):
      return tf_keras.__internal__.models.clone_and_build_model(
        model,
        self._inputs(features),
        self._targets(labels),
        self._custom_objects,
        compile_clone=compiled,
        in_place_reset=not self.has_static_graph,
        optimizer_iterations=global_step,
        optimizer_config=self._optimizer_config,
      )

  @contextlib.contextmanager
  def _with_vocabularies(self) -> Iterator[None]:
    """Has layers be cloned together with what they have learnt."""
    classes = [type(layer) for layer, _, _ in self._vocabularies]
    try:
      for layer, found, config in self._vocabularies:
        made = _cloned_with(found, config, type(layer))
        object.__setattr__(layer, '__class__', made)
      yield
    finally:
      for (layer, _, _), cls in zip(self._vocabularies, classes, strict=True):
        object.__setattr__(layer, '__class__', cls)

  def _inputs(self, features: Any) -> Any:
    inputs = self._model.inputs
    if isinstance(inputs, dict):
      model_io.check_keys(features, list(inputs), 'features', 'inputs')
      return {name: model_io.tensor(features[name]) for name in inputs}
    if not isinstance(features, dict):
      return model_io.in_order(features, (), 'features', 'inputs')
    if inputs is None and not isinstance(self._model, tf_keras.Sequential):
      return {key: model_io.tensor(value) for key, value in features.items()}
    names = self._names(self._model, 'input', features)
    return model_io.in_order(features, names, 'features', 'inputs')

  def _targets(self, labels: Any) -> Any:
    names: list[str] = []
    if labels is None:  # some losses take none
      for name in getattr(self._model, 'output_names', None) or ():
        notes.explain(f'{name}_target', _explain_labels)
    if isinstance(labels, dict):
      names = self._names(self._model, 'output', labels)
    return model_io.in_order(labels, names, 'labels', 'outputs')

  def _names(self, model: Any, kind: str, given: dict[str, Any]) -> list[str]:
    """The names of a model's inputs or outputs; numbers if it has no names."""
    if self.has_static_graph:
      return getattr(model, f'{kind}_names')
    return [f'{kind}_{i + 1}' for i in range(len(given))]


def _explain_labels(text: str) -> str | None:
  """What it means that nothing is given for a target."""
  if 'You must feed a value' not in text:
    return None
  return (
    'The loss that the Keras model is compiled with takes labels, and there are none. '
    'Have input_fn return (features, labels)'
  )


def _variables(model: Any) -> list[Any]:
  """The weights of a model, without vocabularies and what goes with them."""
  left_out = {
    id(weight)
    for layer in built_model.layers_of(model)
    if hasattr(layer, 'lookup_table')
    for weight in layer.weights
  }
  return [weight for weight in model.weights if id(weight) not in left_out]


def _cloned_with(
  found: list[vocabularies.Vocabulary | None],
  config: dict[str, Any],
  cls: type,
) -> type:
  """The class of a layer whose clones get the vocabularies in it."""

  def from_config(_: type, given: dict[str, Any]) -> Any:
    layer = cls.from_config(given)  # type: ignore[attr-defined]
    vocabularies.give_all(found, vocabularies.within(layer))
    return layer

  members = {
    'get_config': lambda _: copy.deepcopy(config),
    'from_config': classmethod(from_config),
  }
  return type(cls.__name__, (cls,), members)


def _check_shapes(clone: Any, model: Any) -> None:
  """Raises unless a clone over features has weights of the model's shapes.

  Raises:
    ValueError: The features have another width than the model's inputs.
  """
  for mine, its in zip(_variables(clone), _variables(model), strict=False):
    if not mine.shape.is_compatible_with(its.shape):
      raise ValueError(
        f'features ({_shapes(model, clone)}) must have the shapes of the inputs of '
        f'keras_model ({_shapes(model, model)}): over these, its variable '
        f'{its.name.partition(":")[0]} {its.shape} would have the shape '
        f'{mine.shape}. Give features of the shapes of the inputs (in '
        'serving_input_receiver_fn, for an export), or build the model for these.'
      )


def _shapes(model: Any, clone: Any) -> str:
  """The shapes of a clone's inputs, by the names of the model's."""
  inputs = zip(model.input_names, clone.inputs, strict=True)
  return ', '.join(f'{name} {tensor.shape}' for name, tensor in inputs)


def _output_names(clone: Any) -> list[str]:
  if not tf.distribute.has_strategy():
    return list(clone.output_names)
  # The clones of all replicas need the same names; tf_keras numbers its layers
  # by graph.
  return [re.sub(r'_\d$', '', name) for name in clone.output_names]


def _metrics(clone: Any) -> dict[str, Any] | None:
  """(value, update) pairs of the compiled metrics, not of those layers add.

  They are read where classes are still those of the graph engine: updates are
  known to no others.
  """
  if not getattr(clone, '_compile_metrics', None):
    return None
  metrics = clone._compile_metric_functions  # noqa: SLF001
  keras_graph.adopt_variables(metrics)
  return {
    metric.name: keras_graph.value_and_update(metric) for metric in metrics
  }
