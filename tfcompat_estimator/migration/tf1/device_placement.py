"""Chooses parameter servers for variables: `tf.contrib.training`."""

import random
from collections.abc import Callable
from typing import Any

import tensorflow as tf


def byte_size_load_fn(op: tf.Operation) -> int:
  """The bytes of a variable, from the operation that makes it."""
  elem_size = op.get_attr('dtype').size
  shape = tf.TensorShape(op.get_attr('shape'))
  if not shape.is_fully_defined():
    raise ValueError(
      f'The shape of {op.name} ({shape}) must be known to place it.'
    )
  return shape.num_elements() * elem_size


class GreedyLoadBalancingStrategy:
  """Takes the server that has least to hold."""

  def __init__(self, num_tasks: int, load_fn: Callable[[Any], float]):
    """Takes the number of servers, and a function that tells an op's load."""
    self._load_fn = load_fn
    self._loads = [0.0] * num_tasks

  def __call__(self, op: tf.Operation) -> int:
    task = min(range(len(self._loads)), key=self._loads.__getitem__)
    self._loads[task] += self._load_fn(op)
    return task


class RandomStrategy:
  """Takes any server."""

  def __init__(self, num_ps_tasks: int, seed: int = 0):
    """Takes the number of servers, and a seed."""
    self._count = num_ps_tasks
    self._random = random.Random(seed)

  def __call__(self, op: Any) -> int:
    return self._random.randrange(self._count)
