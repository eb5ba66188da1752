"""Tells what the build of a model took from Python's random numbers.

Keras draws the seeds of initializers so, each time anew. They are constants of the
graph. A graph that is used again has the same ones: nobody can tell, where a
checkpoint brings the values, and the program's own random numbers go on from where
they would.
"""

import random
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1

_MOST = 1000  # seeds of a model
_HIGHEST = 10**9  # of a seed; both libraries have the same
_CONTROL_FLOW = ('StatelessIf', 'StatelessWhile', 'StatelessCase')


def _keras_source() -> Any:
  """What Keras draws its seeds from: Python's random numbers, or its own ones."""
  return _tf.keras_seeds() or random


def state() -> Any:
  """The state of the random numbers of Python, and those of NumPy and Keras."""
  numpy: Any = np.random.get_state()
  parts = [
    part.tobytes() if hasattr(part, 'tobytes') else part for part in numpy
  ]
  source = _keras_source()
  python = None if source is random else random.getstate()
  return source.getstate(), (parts, id(source), python)


def between(before: Any, after: Any) -> int | None:
  """How many seeds Keras has drawn between two states; None: it is not that."""
  if before[1] != after[1]:
    return None
  numbers = random.Random()
  numbers.setstate(before[0])
  for count in range(_MOST):
    if numbers.getstate() == after[0]:
      return count
    numbers.randint(1, _HIGHEST)
  return None


def repeat(count: int) -> None:
  """Draws so many seeds, for nothing."""
  source = _keras_source()
  for _ in range(count):
    source.randint(1, _HIGHEST)


def matter(built: Any, graph: tf.Graph) -> bool:
  """Whether steps draw random numbers by seeds that may be drawn themselves.

  Args:
    built: What of the graph is run, in a nest.
    graph: The graph.
  """
  count = len(graph.get_operations())
  for node in _needed(built, graph):
    if node.op.startswith('Stateless') and node.op not in _CONTROL_FLOW:
      return True
    # One that follows from the graph's is the number of operations before it.
    if node.attr['seed2'].i > count:
      return True
  return False


def _needed(built: Any, graph: tf.Graph) -> Iterator[v1.NodeDef]:
  """The nodes that are run, and those of all functions."""
  pending = [getattr(part, 'op', part) for part in _leaves(built)]
  seen: set[tf.Operation] = set()
  while pending:
    operation = pending.pop()
    if operation not in seen:
      seen.add(operation)
      yield operation.node_def
      pending += [tensor.op for tensor in operation.inputs]
      pending += operation.control_inputs
  for function in graph.as_graph_def().library.function:
    yield from function.node_def


def _leaves(built: Any) -> Iterator[tf.Tensor | tf.Operation]:
  """All tensors and operations of a structure.

  tf.nest sorts keys, and those of several heads' predictions are strings and tuples.
  """
  if isinstance(built, Mapping):
    built = list(built.values())
  if isinstance(built, list | tuple):
    for part in built:
      yield from _leaves(part)
  elif isinstance(built, tf.Tensor | tf.Operation):
    yield built
  elif tf.is_tensor(built):  # of several parts
    yield from tf.nest.flatten(built, expand_composites=True)
