"""Turns Keras metrics into the (value, update op) pairs that a graph runs.

A metric may come from tf_keras or from Keras 3. tf_keras notes the update ops
of a metric in a graph; Keras 3 does not, so there they are found as what
assigns to the metric's variables.
"""

import sys
import warnings
from typing import Any

import tensorflow as tf


def is_keras_metric(value: Any) -> bool:
  """Whether `value` is a metric object of tf_keras or of Keras 3.

  Neither library is imported for it: a metric of a library that the program
  never loaded cannot exist.
  """
  for name in ('tf_keras', 'keras'):
    metrics = getattr(sys.modules.get(name), 'metrics', None)
    if metrics is not None and isinstance(value, metrics.Metric):
      return True
  return False


def value_and_update(metric: Any) -> tuple[tf.Tensor, tf.Operation]:
  """Reads a Keras metric's result and what updates it, in the default graph.

  Args:
    metric: A Keras metric on which the model function called `update_state`.

  Returns:
    The tensor of the result and the operation of all the metric's updates.

  Raises:
    ValueError: If `update_state` was not called while building the graph.
  """
  updates = updates_of(metric)
  if not updates:
    raise ValueError(
      f'Please call update_state(...) on the "{metric.name}" metric before '
      'it goes into `eval_metric_ops`: a metric without an update has no '
      'value to report.'
    )
  update = updates[0] if len(updates) == 1 else tf.group(*updates)
  return metric.result(), update


def adopt_variables(metrics: list[Any]) -> None:
  """Makes the variables of Keras metrics local to the default graph.

  Local variables start afresh in each session and stay out of checkpoints.
  Keras 3 adds its variables to the global ones, tf_keras to no collection.
  """
  make_local([v for metric in metrics for v in _variables(metric)])


def make_local(adopted: list[tf.Variable]) -> None:
  """Makes variables local to the default graph, as those of metrics are."""
  graph = tf.compat.v1.get_default_graph()
  keys = tf.compat.v1.GraphKeys
  ids = {id(v) for v in adopted}
  for name in (keys.GLOBAL_VARIABLES, keys.TRAINABLE_VARIABLES):
    collection = graph.get_collection_ref(name)
    collection[:] = [v for v in collection if id(v) not in ids]
  for name in (keys.LOCAL_VARIABLES, keys.METRIC_VARIABLES):
    collection = graph.get_collection_ref(name)
    known = {id(v) for v in collection}
    collection.extend(v for v in adopted if id(v) not in known)


def updates_of(metric: Any) -> list[tf.Operation]:
  """The operations that update a metric's variables."""
  with warnings.catch_warnings():
    # tf_keras 2.21 warns that nobody in TF 2 should need this property.
    warnings.simplefilter('ignore')
    noted = getattr(metric, 'updates', None)
  if noted is not None:
    return list(noted)
  if tf.executing_eagerly():
    return []
  return [
    op
    for variable in _variables(metric)
    for op in variable.handle.consumers()
    if op.type.startswith('Assign') and op is not variable.initializer
  ]


def _variables(metric: Any) -> list[tf.Variable]:
  """The TensorFlow variables behind those of a metric of either library."""
  return [
    v if isinstance(v, tf.Variable) else v.value for v in metric.variables
  ]
