"""Finds the plain variables behind those of a tf.distribute strategy."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


def of(variable: Any) -> list[Any]:
  """The variables of all devices that `variable` stands for.

  A variable that was made under a strategy of several replicas has a part on
  each device, and no handle that could be asked for outside of a replica.
  """
  if isinstance(variable, tf.distribute.DistributedValues):
    return list(variable.values)
  return [variable]


def first(variable: Any) -> Any:
  """The one on the first device."""
  return of(variable)[0]


def take_out(variables: Iterable[Any]) -> None:
  """Takes variables out of the global and the trainable ones of the graph."""
  ids = {id(variable) for variable in variables}
  for key in (v1.GraphKeys.GLOBAL_VARIABLES, v1.GraphKeys.TRAINABLE_VARIABLES):
    collection = v1.get_collection_ref(key)
    collection[:] = [each for each in collection if id(each) not in ids]


def value(variable: Any, values: Sequence[Any]) -> Any:
  """The value of `variable`, of the numpy values of its parts."""
  synchronized = tf.VariableSynchronization.ON_READ
  if getattr(variable, 'synchronization', None) != synchronized:
    return values[0]
  if variable.aggregation == tf.VariableAggregation.MEAN:
    return np.mean(values, axis=0)
  if variable.aggregation == tf.VariableAggregation.SUM:
    return np.sum(values, axis=0)
  return values[0]


def across_replicas(make: Callable[[], Any]) -> Any:
  """What `make` makes, called once for all replicas that call this."""
  context = tf.distribute.get_replica_context()
  if context is None:
    return make()
  return context.merge_call(lambda _: make())
