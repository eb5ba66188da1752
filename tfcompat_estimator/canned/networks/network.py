"""Says what a network gives back, and builds the one that ignores features."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


@dataclasses.dataclass(frozen=True)
class Output:
  """What a network made of features.

  Attributes:
    logits: A float tensor `[batch_size, units]`.
    trainable_variables: The variables for an optimizer, in the order in which
      they were made.
    update_ops: Operations to run along with each training step; None if the
      network is of a kind that never has any.
    shared_variables: Those of the trainable ones that `shared_embeddings` made.
  """

  logits: tf.Tensor
  trainable_variables: tuple[tf.Variable, ...]
  update_ops: tuple[tf.Operation, ...] | None = None
  shared_variables: tuple[tf.Variable, ...] = ()


Network = Callable[[Any, str], Output]


class Recorder:
  """Records the trainable variables that `get_variable` makes under it.

  Collections would not do: in a replica of a distribution strategy they hold
  what other replicas have made before.
  """

  def __init__(self) -> None:
    self._variables: list[Any] = []
    self._shared: list[Any] = []

  def getter(
    self, getter: Callable[..., Any], *args: Any, **kwargs: Any
  ) -> Any:
    """A `custom_getter` for `tf.compat.v1.variable_scope`."""
    variable = getter(*args, **kwargs)
    self.add(variable)
    return variable

  def add(self, variable: Any) -> None:
    """Records a variable, whole or partitioned, once."""
    if not any(variable is known for known in self._variables):
      self._variables.append(variable)

  def add_shared(self, variables: Sequence[Any]) -> None:
    """Records variables that `shared_embeddings` made."""
    for variable in variables:
      self.add(variable)
      self._shared.append(variable)

  def trainable_variables(self) -> tuple[tf.Variable, ...]:
    """The variables to train, parts of partitioned ones one by one."""
    return _trainable_parts(self._variables)

  def shared_variables(self) -> tuple[tf.Variable, ...]:
    """Those of them that `shared_embeddings` made."""
    return _trainable_parts(self._shared)


def _trainable_parts(variables: Sequence[Any]) -> tuple[tf.Variable, ...]:
  """Those to train, parts of partitioned ones one by one."""
  parts: list[tf.Variable] = []
  for variable in variables:
    is_partitioned = not hasattr(variable, 'trainable')
    parts.extend(variable if is_partitioned else [variable])
  return tuple(part for part in parts if part.trainable)


def check_features(features: Any) -> None:
  """Raises unless features are a dict."""
  if not isinstance(features, dict):
    remedy = 'Name them in input_fn, as in {"x": ...}.'
    if callable(features):
      remedy = (
        'input_fn returns it: have it return what this gives when it is called.'
      )
    elif hasattr(features, 'columns'):
      remedy = 'Have input_fn return dict(features).'
    raise ValueError(
      'features should be a dictionary of `Tensor`s. Given type: '
      f'{type(features)}. {remedy}'
    )


def write_layer_summary(value: tf.Tensor, tag: str) -> None:
  """Adds summaries of a layer's output: a histogram, the fraction of zeros."""
  v1.summary.scalar(f'{tag}/fraction_of_zero_values', zero_fraction(value))
  v1.summary.histogram(f'{tag}/activation', value)


def zero_fraction(value: tf.Tensor) -> tf.Tensor:
  """What `tf.nn.zero_fraction` computes, a float32 scalar.

  That counts in one of two ways, and to build the choice takes as long as to build
  a layer.
  """
  with v1.name_scope('zero_fraction'):
    size = tf.size(value, tf.int64)
    zeros = size - tf.math.count_nonzero(value)
    return tf.cast(zeros, tf.float32) / tf.cast(size, tf.float32)


def build_baseline(units: int) -> Network:
  """Makes the model; its logits are the same for every example.

  Args:
    units: The size of the logits.
  """

  def call(features: Any, mode: str) -> Output:
    del mode  # It is the same in all of them.
    # Outside of the model's scope: names in SavedModels begin at the top.
    with v1.name_scope(''):
      size = batch_size(features)
    bias = v1.get_variable(
      'bias', [units], initializer=v1.zeros_initializer(), use_resource=True
    )
    # Of batches whose size is known no feature is needed; but one that nobody reads
    # never ends, and neither would predict.
    with tf.control_dependencies(
      tf.nest.flatten(dict(features), expand_composites=True)[:1]
    ):
      logits = tf.multiply(tf.ones([size, units]), bias)
    return Output(logits, (bias,))

  return call


def batch_size(features: Any) -> tf.Tensor:
  """The number of examples, by the first feature."""
  for _, feature in sorted(features.items()):
    if isinstance(feature, tf.SparseTensor):
      return tf.cast(feature.dense_shape[0], tf.int32)
    if isinstance(feature, tf.RaggedTensor):
      return tf.cast(feature.nrows(), tf.int32)
    return tf.shape(feature)[0]
  raise ValueError(
    'features must not be empty: they say how many examples there are.'
  )
