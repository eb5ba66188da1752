"""Tests that trainings are judged by what a Session trains to."""

import dataclasses

from tests.fuzz import judge, modes, training

# Adds how often Python was called.
_COUNTS = """
import tensorflow as tf
v1 = tf.compat.v1
w1 = v1.get_variable('w1', initializer=tf.constant(0.), use_resource=True)
r2 = []
x3 = tf.numpy_function(
    lambda x, s=r2: (s.append(1), x + x.dtype.type(len(s)))[1], [1.0], tf.float32)
x4 = tf.identity(v1.assign_add(w1, tf.reshape(x3, [])))
LISTS = [r2]
RUNS = [(['x4'], {})]
"""


@dataclasses.dataclass
class Written:
  """A program that was not drawn."""

  placeholders: tuple = ()
  runs: tuple = ()

  def source(self):
    return _COUNTS


def test_python_that_counts_its_calls_begins_anew():
  """A Session has trained before the Estimator does."""
  verdict = training.check(Written(), modes.MODES['train_resource_v2'], True)

  assert verdict.kind == judge.EQUAL, verdict
