"""Holds what a clone of a Keras model is made of in a graph."""

import abc
import dataclasses
import sys
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import keras_graph
from tfcompat_estimator.checkpoint import object_based
from tfcompat_estimator.keras_interop import model_io
from tfcompat_estimator.session_emulation import components

v1 = tf.compat.v1


@dataclasses.dataclass(frozen=True)
class BuiltModel:
  """A clone of a Keras model in the default graph.

  Attributes:
    clone: The Keras model.
    predictions: Its outputs by name.
    weights: Its variables that have a counterpart in the original, in the
      order of `ModelBuilder.values`.
    states: What its recurrent layers keep from batch to batch.
    loss: The scalar to minimize; None in mode PREDICT.
    train_op: One training step, in mode TRAIN only.
    metrics: For `eval_metric_ops`; None if it has none.
  """

  clone: Any
  predictions: dict[str, tf.Tensor]
  weights: Sequence[tf.Variable]
  states: Sequence[tf.Variable] = ()
  loss: tf.Tensor | None = None
  train_op: Any = None
  metrics: dict[str, Any] | None = None

  def object_based_saver(self, **kwargs: Any) -> v1.train.Saver:
    """A Saver whose keys are paths in the model's object graph.

    `tf.train.Checkpoint` restores what it wrote into a model of that structure.
    """
    # Keras models (2 and 3) add to checkpoints what is assigned to an attribute.
    self.clone.estimator_global_step = v1.train.get_global_step()
    view = tf.__internal__.tracking.ObjectGraphView(self.clone)
    if not tf.distribute.has_strategy():
      self._reach_all(view)
    # Under a strategy, a replica alone can't read what it shares with others.
    return components.across_replicas(
      lambda: v1.train.Saver(var_list=object_based.saveables(view), **kwargs)
    )

  def _reach_all(self, view: Any) -> None:
    """Has the object graph lead to all weights; what it leaves out is local.

    It does not lead to cells in lists of layers of Keras 3 (3.15), and to
    no state of a recurrent layer of tf_keras. Nor should it lead to layers that
    Keras 3 makes while it reads a config, and drops.
    """
    # An optimizer leads to what it trains, but it is not in every graph.
    reached = _names(view, without='optimizer')
    holder = tf.Module()
    for index, weight in enumerate(self.weights):
      if weight.op.name not in reached:
        setattr(holder, f'weight_{index}', weight)
        self.clone.estimator_weights = holder
    reached = _names(view)
    keras_graph.make_local(
      [each for each in v1.global_variables() if each.op.name not in reached]
    )


def _names(view: Any, without: str = '') -> set[str]:
  """The names of the variables that an object graph leads to, slots too.

  Args:
    view: The object graph.
    without: An attribute of its root that is not followed.
  """
  _, graph, _ = view.serialize_object_graph()
  nodes, seen = [0], {0}
  while nodes:
    node = nodes.pop()
    for child in graph.nodes[node].children:
      followed = node != 0 or child.local_name != without
      if followed and child.node_id not in seen:
        seen.add(child.node_id)
        nodes.append(child.node_id)
  if not without:  # slots are nobody's children
    seen = set(range(len(graph.nodes)))
  return {
    attribute.full_name
    for node in seen
    for attribute in graph.nodes[node].attributes
  }


class ModelBuilder(abc.ABC):
  """Builds clones of one Keras model.

  Attributes:
    has_static_graph: Whether it is functional, or Sequential and built.
    first_mode: The mode in which the first checkpoint is written.
  """

  has_static_graph: bool
  first_mode: str
  # What the model was built with last, for models that do not tell.
  _specs: Any = None

  @property
  @abc.abstractmethod
  def warm_start(self) -> list[str]:
    """Which variables start from it, as `vars_to_warm_start` has it."""

  @property
  def graph_key(self) -> Any:
    """What its graphs depend on; None if that cannot be told."""
    return None

  def build(self, features: Any, labels: Any, mode: str) -> BuiltModel:
    """A clone over `features`, in the default graph."""
    features, sample_weights = model_io.split_sample_weights(features)
    built = self._build(features, sample_weights, labels, mode)
    if features is not None:
      self._specs = tf.nest.map_structure(_spec, features)
    return built

  @abc.abstractmethod
  def _build(
    self, features: Any, sample_weights: Any, labels: Any, mode: str
  ) -> BuiltModel:
    """As `build`."""

  @abc.abstractmethod
  def values(self) -> list[Any] | None:
    """The values of the original's variables; None without any."""

  @abc.abstractmethod
  def example(self) -> Any:
    """A batch of zeros like the last features, or as the model knows them.

    None of a model with a static graph, and if nothing is known.
    """

  @abc.abstractmethod
  def copy(
    self, features: Any, weights: Sequence[Any], states: Sequence[Any]
  ) -> Any:
    """A copy of the original, outside of graphs, compiled as that is.

    Args:
      features: What to call it with to have its variables; None: nothing.
      weights: The values of its variables, in the order of `values`.
      states: Those of `BuiltModel.states`, in that order.
    """


def layers_of(model: Any) -> list[Any]:
  """All layers within a model, of either Keras, in their order."""
  return list(model._flatten_layers(include_self=False))  # noqa: SLF001


def states_of(model: Any) -> list[Any]:
  """The variables of a model's stateful recurrent layers, of either Keras."""
  return [
    state
    for layer in layers_of(model)
    if getattr(layer, 'stateful', False)
    for state in tf.nest.flatten(getattr(layer, 'states', None))
    if state is not None
  ]


def is_of_libraries(model: Any) -> bool:
  """Whether neither the model nor a layer has anything of the program's in it.

  A config tells all about a layer then.
  """
  return _is_known(type(model)) and all(
    _is_known(type(layer))
    and type(layer).__name__ not in _TOLD_BY_MORE
    and all(map(_is_known, vars(layer).values()))
    for layer in layers_of(model)
  )


# Python code in its bytes, and vocabularies.
_TOLD_BY_MORE = ('Lambda', 'TextVectorization', 'StringLookup', 'IntegerLookup')
_LIBRARIES = ('tf_keras', 'keras', 'tensorflow', 'numpy', 'builtins')


def _is_known(value: Any) -> bool:
  """Whether a class, a function or the class of a value is of a library."""
  if type(value) in (list, tuple):
    return all(map(_is_known, value))
  is_code = isinstance(value, type) or hasattr(value, '__code__')
  module = getattr(value if is_code else type(value), '__module__', '')
  root = module.partition('.')[0]
  return root in _LIBRARIES or root in sys.stdlib_module_names


def zeros_of(specs: Any) -> Any:
  """A batch of one of zeros, or empty strings, of these types; None of None."""
  return None if specs is None else tf.nest.map_structure(_zeros, specs)


def of_shapes(model: Any) -> Any:
  """A batch of zeros for a model of Keras 3 that was called; None of others.

  It knows the shapes of its inputs, not their types.
  """
  config = getattr(model, 'get_build_config', lambda: None)() or {}
  shapes = config.get('input_shape')
  if shapes is None:
    return None
  if isinstance(shapes, dict):
    return {name: _zeros(tf.TensorSpec(s)) for name, s in shapes.items()}
  if shapes and isinstance(shapes[0], list | tuple):
    return [_zeros(tf.TensorSpec(shape)) for shape in shapes]
  return _zeros(tf.TensorSpec(shapes))


def _spec(value: Any) -> tf.TensorSpec:
  if not hasattr(value, 'shape') or not hasattr(value, 'dtype'):
    value = tf.convert_to_tensor(value)
  return tf.TensorSpec(value.shape, value.dtype)


def _zeros(spec: tf.TensorSpec) -> tf.Tensor:
  sizes = [1] if spec.shape.rank is None else spec.shape
  return tf.zeros([size or 1 for size in sizes], spec.dtype)
