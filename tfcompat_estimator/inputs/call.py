"""Calls an input_fn inside the graph and normalizes what it returns."""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.spec import arguments

v1 = tf.compat.v1


class DatasetInitializerHook(v1.train.SessionRunHook):
  """Initializes a dataset's iterator in each session that is opened."""

  def __init__(self, iterator: v1.data.Iterator):
    self._iterator = iterator

  def begin(self) -> None:
    self._initializer = self._iterator.initializer

  def after_create_session(self, session: Any, coord: Any) -> None:
    del coord
    session.run(self._initializer)


class Inputs(NamedTuple):
  """What an input_fn gave, as tensors of the graph."""

  features: Any
  labels: Any
  hooks: list[v1.train.SessionRunHook]


def call_input_fn(
  input_fn: Callable[..., Any], mode: str, params: Any, config: Any
) -> Inputs:
  """Calls `input_fn` in the default graph, on the CPU.

  Args:
    input_fn: takes any of `mode`, `params`, `config`, by name; returns a
      `tf.data.Dataset` of features or (features, labels), or such a pair, or
      features alone.
    mode: one of `ModeKeys`.
    params: hyperparameters.
    config: the `RunConfig`.

  Returns:
    The features and labels, and the hook that initializes the dataset.

  Raises:
    TypeError: `input_fn` is not callable.
    ValueError: it returns a tuple or list of other than two elements.
  """
  available = {'mode': mode, 'params': params, 'config': config}
  kwargs = arguments.pick(input_fn, available)
  with tf.device('/cpu:0'):
    return normalize(input_fn(**kwargs))


def normalize(result: Any) -> Inputs:
  """What an input_fn returned as features, labels and hooks."""
  hooks: list[v1.train.SessionRunHook] = []
  if isinstance(result, tf.data.Dataset):
    iterator = v1.data.make_initializable_iterator(result)
    hooks.append(DatasetInitializerHook(iterator))
    result = iterator.get_next()
  if isinstance(result, list | tuple) and not hasattr(result, '_fields'):
    if len(result) != 2:
      raise ValueError(
        'input_fn should return (features, labels) as a len 2 tuple. It '
        f'returned {len(result)} elements: {result!r}.'
      )
    return Inputs(result[0], result[1], hooks)
  return Inputs(result, None, hooks)


def ends_by_itself(features: Any) -> bool:
  """True if a dataset or a queue feeds the graph, so that input can end."""
  for part in tf.nest.flatten(features, expand_composites=True):
    if tf.is_tensor(part) and part.op.type == 'IteratorGetNext':
      return True
  return bool(v1.get_collection(v1.GraphKeys.QUEUE_RUNNERS))
