"""Turns a feed_dict into named tensors, with Session.run's checks."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf


class Fed(NamedTuple):
  """A value that is fed."""

  tensor: tf.Tensor  # eager
  shown: Any  # to who fetches what is fed: a numpy array of what was given


def resolve(
  graph: tf.Graph, feed_dict: dict[Any, Any] | None
) -> dict[str, Fed]:
  """The fed values by tensor name, of the fed tensors' dtypes.

  Args:
    graph: The graph of the session.
    feed_dict: From tensors, their names, or composite tensors (SparseTensor,
      IndexedSlices, RaggedTensor) to values; values of composite ones are
      `...Value` tuples, plain tuples of their parts, or eager composites.

  Returns:
    A dict from tensor name to value, in the order of `feed_dict`.

  Raises:
    TypeError: If a key is no element of the graph, or a value is a graph tensor
      or cannot be made into the dtype of its key.
    ValueError: If a key is not feedable, or a value's shape does not fit it.
  """
  feeds: dict[str, Fed] = {}
  for key, value in (feed_dict or {}).items():
    for tensor, part in _expand(graph, key, value):
      if not graph.is_feedable(tensor):
        raise ValueError(
          f'Tensor {tensor} may not be fed. Feed a tensor that is computed '
          'from it.'
        )
      feeds[tensor.name] = _convert(tensor, part)
  return feeds


def _expand(graph: tf.Graph, key: Any, value: Any) -> list[tuple[Any, Any]]:
  """The (tensor, value) pairs behind one entry of a feed_dict."""
  if isinstance(key, tf.SparseTensor):
    parts = [key.indices, key.values, key.dense_shape]
  elif isinstance(key, tf.IndexedSlices):
    parts = [key.values, key.indices]
    if key.dense_shape is not None:
      parts.append(key.dense_shape)
  elif isinstance(key, tf.RaggedTensor):
    return _expand_ragged(graph, key, value)
  else:
    return [(_element(graph, key), value)]
  if isinstance(value, tf.SparseTensor):
    value = (value.indices, value.values, value.dense_shape)
  elif isinstance(value, tf.IndexedSlices):
    value = (value.values, value.indices, value.dense_shape)
  return [
    (_element(graph, part), given)
    for part, given in zip(parts, value, strict=False)
  ]


def _expand_ragged(
  graph: tf.Graph, key: tf.RaggedTensor, value: Any
) -> list[tuple[Any, Any]]:
  given_splits = list(value.nested_row_splits)
  if len(given_splits) != len(key.nested_row_splits):
    raise ValueError(
      f'The value fed for {key} has {len(given_splits)} ragged dimensions, not '
      f'{len(key.nested_row_splits)}.'
    )
  pairs = zip(
    (key.flat_values, *key.nested_row_splits),
    (value.flat_values, *given_splits),
    strict=True,
  )
  return [(_element(graph, part), given) for part, given in pairs]


def _element(graph: tf.Graph, key: Any) -> tf.Tensor:
  try:
    return graph.as_graph_element(key, allow_operation=False)
  except Exception as error:
    raise TypeError(
      f'Cannot interpret feed_dict key {key!r} as Tensor: {error}'
    ) from error


def _convert(tensor: tf.Tensor, value: Any) -> Fed:
  if tf.is_tensor(value) and not hasattr(value, 'numpy'):
    raise TypeError(
      f'The value of a feed cannot be a tf.Tensor object, given {value!r} for '
      f'{tensor.name}. Feed a Python scalar, string, list or numpy array.'
    )
  dtype = tensor.dtype.base_dtype
  if dtype in (tf.resource, tf.variant):
    return Fed(value, value)
  if isinstance(value, int) and dtype.is_integer:
    _check_range(tensor, value)
  if not tf.is_tensor(value):
    value = np.asarray(value, dtype=dtype.as_numpy_dtype)
  if not tensor.shape.is_compatible_with(value.shape):
    raise ValueError(
      f'Cannot feed value of shape {tuple(value.shape)!r} for Tensor '
      f"{tensor.name}, which has shape '{tensor.shape}'"
    )
  shown = np.asarray(value) if tf.is_tensor(value) else value
  return Fed(tf.convert_to_tensor(value, dtype), shown)


def _check_range(tensor: tf.Tensor, value: int) -> None:
  if not tensor.dtype.base_dtype.min <= value <= tensor.dtype.base_dtype.max:
    raise TypeError(
      f'Type of feed value {value} is not compatible with Tensor type '
      f'{tensor.dtype.base_dtype.name} of {tensor.name}. Try explicitly setting '
      'the type of the feed tensor to a larger type (e.g. int64).'
    )
