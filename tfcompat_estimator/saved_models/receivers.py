"""Declares what an exported model receives and how features come from it."""

import collections
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.records import arguments

v1 = tf.compat.v1
_SINGLE_FEATURE = _tf.export_utils.SINGLE_FEATURE_DEFAULT_NAME
_SINGLE_RECEIVER = _tf.export_utils.SINGLE_RECEIVER_DEFAULT_NAME
_SINGLE_LABEL = _tf.export_utils.SINGLE_LABEL_DEFAULT_NAME
_TENSORS = (tf.Tensor, tf.SparseTensor, tf.RaggedTensor)

_ServingFields = collections.namedtuple(
  'ServingInputReceiver',
  ['features', 'receiver_tensors', 'receiver_tensors_alternatives'],
)
_SupervisedFields = collections.namedtuple(
  'SupervisedInputReceiver', ['features', 'labels', 'receiver_tensors']
)


class ServingInputReceiver(_ServingFields):
  """What a served model receives, and the features that come of it.

  Attributes:
    features: Dict from name to Tensor, SparseTensor or RaggedTensor, as
      `model_fn` will get it.
    receiver_tensors: Dict from name to the placeholders that a request fills.
    receiver_tensors_alternatives: Dict from name to other receiver tensors, from
      which the outputs can be had too; each gives signatures `<name>:<key>`.
  """

  def __new__(
    cls, features, receiver_tensors, receiver_tensors_alternatives=None
  ):
    """Checks the tensors; a single one is put into a dict.

    Args:
      features: A tensor (named "feature" then) or a dict of tensors.
      receiver_tensors: A tensor (named "input" then) or a dict of tensors.
      receiver_tensors_alternatives: None, or a dict of such.

    Raises:
      ValueError: Features or receiver tensors are missing, a name of a receiver
        tensor is no string, or a value is no tensor.
    """
    if features is None:
      raise ValueError('features must be defined.')
    return super().__new__(
      cls,
      _wrap_features(features),
      _wrap_receiver_tensors(receiver_tensors),
      _check_alternatives(receiver_tensors_alternatives),
    )


class TensorServingInputReceiver(_ServingFields):
  """As `ServingInputReceiver`, for a model_fn whose features are one tensor.

  Attributes:
    features: The Tensor, SparseTensor or RaggedTensor that `model_fn` will get.
    receiver_tensors: As in `ServingInputReceiver`.
    receiver_tensors_alternatives: As in `ServingInputReceiver`.
  """

  def __new__(
    cls, features, receiver_tensors, receiver_tensors_alternatives=None
  ):
    """Checks the tensors.

    Args:
      features: One tensor.
      receiver_tensors: A tensor (named "input" then) or a dict of tensors.
      receiver_tensors_alternatives: None, or a dict of such.

    Raises:
      ValueError: Features are missing or no tensor, or a receiver tensor is
        wrong, as in `ServingInputReceiver`.
    """
    if features is None:
      raise ValueError('features must be defined.')
    _check_tensor(features, 'feature')
    return super().__new__(
      cls,
      features,
      _wrap_receiver_tensors(receiver_tensors),
      _check_alternatives(receiver_tensors_alternatives),
    )


class UnsupervisedInputReceiver(ServingInputReceiver):
  """What a training or evaluation export receives when there are no labels."""

  def __new__(cls, features, receiver_tensors):
    return super().__new__(cls, features, receiver_tensors)


class SupervisedInputReceiver(_SupervisedFields):
  """What a training or evaluation export receives, labels included."""

  def __new__(cls, features, labels, receiver_tensors):
    for name, value in (('features', features), ('labels', labels)):
      if value is None:
        raise ValueError(f'{name} must be defined.')
    if not isinstance(features, _TENSORS):
      features = _wrap_features(features)
    if not isinstance(labels, _TENSORS):
      labels = _wrap(labels, 'label', _SINGLE_LABEL)
    return super().__new__(
      cls, features, labels, _wrap_receiver_tensors(receiver_tensors)
    )


def build_parsing_serving_input_receiver_fn(
  feature_spec, default_batch_size=None
):
  """Makes the receiver of a model that is sent serialized `tf.Example`s.

  Args:
    feature_spec: Dict from feature name to `tf.io.FixedLenFeature`,
      `VarLenFeature`, ... as `tf.io.parse_example` takes it.
    default_batch_size: The static batch size; None: any.

  Returns:
    A function of no arguments that returns a `ServingInputReceiver` whose
    receiver tensor is `examples`: a string placeholder of shape
    [default_batch_size], named `input_example_tensor`.
  """

  def serving_input_receiver_fn() -> Any:
    """The placeholder for serialized examples, and what is parsed from it."""
    if not isinstance(feature_spec, dict):
      raise ValueError(
        f'`feature_spec` ({feature_spec!r}) must be a dict of tf.io.FixedLenFeature and '
        'the like. tf.feature_column.make_parse_example_spec(columns) makes it.'
      )
    serialized = v1.placeholder(
      dtype=tf.string, shape=[default_batch_size], name='input_example_tensor'
    )
    features = tf.io.parse_example(serialized, feature_spec)
    return ServingInputReceiver(features, {'examples': serialized})

  return serving_input_receiver_fn


def build_raw_serving_input_receiver_fn(features, default_batch_size=None):
  """Makes the receiver of a model that is sent the features themselves.

  Args:
    features: Dict from name to tensor, eager or not: its dtype and shape, less
      the first dimension, are those of the placeholder.
    default_batch_size: The static batch size; None: any.

  Returns:
    A function of no arguments that returns a `ServingInputReceiver`.
  """

  def serving_input_receiver_fn() -> Any:
    """A placeholder for each feature."""
    if not isinstance(features, dict):
      raise AttributeError(
        f'`features` ({features!r}) must be a dict of tensors: a '
        f'{type(features).__name__} object has no attribute items.'
      )
    placeholders = _placeholders(features, default_batch_size)
    return ServingInputReceiver(placeholders, dict(placeholders))

  return serving_input_receiver_fn


def build_raw_supervised_input_receiver_fn(
  features, labels, default_batch_size=None
):
  """Makes the receiver of an exported train or eval graph.

  Args:
    features: A tensor, or a dict from name to tensor.
    labels: Likewise; no name may be that of a feature too.
    default_batch_size: The static batch size; None: any.

  Returns:
    A function of no arguments that returns a receiver with features, labels and
    receiver tensors: one of each feature and each label.

  Raises:
    ValueError: A name stands in both.
  """
  # On the wire a single feature has the key of a receiver tensor.
  by_key = [
    _as_dict(features, _SINGLE_RECEIVER),
    _as_dict(labels, _SINGLE_LABEL),
  ]
  both = set(by_key[0]) & set(by_key[1])
  if both:
    raise ValueError(
      'Features and labels must have distinct keys. Found overlapping keys: '
      f'{sorted(both)}. Rename them.'
    )

  def supervised_input_receiver_fn() -> Any:
    """A placeholder for each feature and each label."""
    feature_placeholders = _placeholders(features, default_batch_size)
    label_placeholders = _placeholders(labels, default_batch_size)
    receivers = {
      **_as_dict(feature_placeholders, _SINGLE_RECEIVER),
      **_as_dict(label_placeholders, _SINGLE_LABEL),
    }
    return SupervisedInputReceiver(
      feature_placeholders, label_placeholders, receivers
    )

  return supervised_input_receiver_fn


def warn_of_unfed(receiver: Any) -> None:
  """Warns of features that do not come of what a request gives."""
  fed = _names(getattr(receiver, 'receiver_tensors', None))
  fed |= _names(getattr(receiver, 'receiver_tensors_alternatives', None))
  pending = _symbolic(receiver.features)
  seen, unfed, is_fed = set(fed), [], not pending
  while pending:
    tensor = pending.pop()
    is_fed |= tensor.name in fed
    if tensor.name in seen:
      continue
    seen.add(tensor.name)
    if tensor.op.type == 'Placeholder':
      unfed.append(tensor.op.name)
    pending.extend(tensor.op.inputs)
  if unfed:
    v1.logging.warning(
      f'Features of serving_input_receiver_fn come of the placeholder {unfed[0]!r}, '
      'which is not in receiver_tensors: each call of the export will fail. Give the '
      'placeholder that features come of as the receiver tensor.'
    )
  elif not is_fed:
    v1.logging.warning(
      'No feature of serving_input_receiver_fn comes of receiver_tensors '
      f'({sorted(fed)}): each request will get the same answer. Make the features of '
      'the receiver tensors.'
    )


def _names(tensors: Any) -> set[str]:
  return {tensor.name for tensor in _symbolic(tensors)}


def _symbolic(tensors: Any) -> list[tf.Tensor]:
  return [
    tensor
    for tensor in tf.nest.flatten(tensors, expand_composites=True)
    if isinstance(tensor, tf.Tensor) and hasattr(tensor, 'op')
  ]


def _placeholders(tensors: Any, batch_size: int | None) -> Any:
  if isinstance(tensors, dict):
    return {
      name: _placeholder(tensor, batch_size) for name, tensor in tensors.items()
    }
  return _placeholder(tensors, batch_size)


def _placeholder(like: Any, batch_size: int | None) -> tf.Tensor:
  """A placeholder for batches of what is like a tensor, under its name."""
  if isinstance(like, type | tuple | tf.DType):
    raise AttributeError(
      f'`features` and `labels` ({like!r}) must be tensors or tf.TensorSpec: a '
      f'{type(like).__name__} object has no attribute get_shape.'
    )
  # A TensorSpec has no get_shape.
  get_shape = getattr(like, 'get_shape', lambda: like.shape)
  shape = tf.TensorShape(get_shape())
  if shape.rank is not None:
    shape = tf.TensorShape([batch_size]).concatenate(shape[1:])
  name = getattr(getattr(like, 'op', None), 'name', None)  # eager: none
  return v1.placeholder(dtype=like.dtype, shape=shape, name=name)


def _as_dict(tensors: Any, default_name: str) -> dict[str, Any]:
  return tensors if isinstance(tensors, dict) else {default_name: tensors}


def _wrap_features(features: Any) -> dict[Any, Any]:
  return _wrap(features, 'feature', _SINGLE_FEATURE)


def _wrap(values: Any, kind: str, default_name: str) -> dict[Any, Any]:
  values = _as_dict(values, default_name)
  for name, value in values.items():
    _check_tensor(value, f'{kind} {name}')
  return values


def _wrap_receiver_tensors(receiver_tensors: Any) -> dict[str, Any]:
  if receiver_tensors is None:
    raise ValueError('receiver_tensors must be defined.')
  receiver_tensors = _as_dict(receiver_tensors, _SINGLE_RECEIVER)
  for name, tensor in receiver_tensors.items():
    if not isinstance(name, str):
      raise ValueError(f'receiver_tensor keys must be strings: {name}.')
    _check_tensor(tensor, f'receiver_tensor {name}')
  return receiver_tensors


def _check_alternatives(alternatives: Any) -> Any:
  if alternatives is not None and not isinstance(alternatives, dict):
    raise ValueError(
      f'receiver_tensors_alternatives must be a dict: {alternatives}.'
    )
  for name, tensors in (alternatives or {}).items():
    for key, tensor in _as_dict(tensors, _SINGLE_RECEIVER).items():
      if not isinstance(key, str):
        raise ValueError(f'receiver_tensor keys must be strings: {key}.')
      _check_tensor(tensor, f'receiver_tensor {name}/{key}')
  return alternatives


def _check_tensor(value: Any, what: str) -> None:
  if not isinstance(value, _TENSORS):
    raise ValueError(
      f'{what} must be a Tensor, SparseTensor, or RaggedTensor. Given: '
      f'{arguments.brief(value)}.'
    )
