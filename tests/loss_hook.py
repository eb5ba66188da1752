"""Keeps the losses of a training."""

import tensorflow as tf

v1 = tf.compat.v1


def first_of_collection(graph):
  """The first loss in the collection of losses."""
  return graph.get_collection(v1.GraphKeys.LOSSES)[0]


def of_summary(graph, name='loss'):
  """The value of a summary: every canned model has its loss as one."""
  return graph.get_operation_by_name(name).inputs[1]


class Losses(v1.train.SessionRunHook):
  """A hook that keeps the loss of each step in `values`.

  Args:
    find: Takes the graph of the training and returns the loss.
  """

  def __init__(self, find=first_of_collection):
    self.values = []
    self._find = find

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(self._find(run_context.session.graph))

  def after_run(self, run_context, run_values):
    self.values.append(run_values.results)
