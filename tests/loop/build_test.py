"""Tests that a finished graph makes its GraphDef once, and hands out copies."""

import tensorflow as tf

from tests import tiny
from tfcompat_estimator.loop import build


def test_a_copy_is_what_the_graph_would_make():
  """With shapes and without, before and after the graph is finalized."""
  with tf.Graph().as_default() as graph:
    tf.add(tf.constant([1.0]), 2.0)
    wanted = graph.as_graph_def(add_shapes=True)
    plain = graph.as_graph_def()
    with build.kept(graph):
      assert graph.as_graph_def(add_shapes=True) == wanted
      tf.constant(3)
      assert len(graph.as_graph_def(add_shapes=True).node) == 4
      graph.finalize()
      first = graph.as_graph_def(add_shapes=True)
      del first.node[:]
      second = graph.as_graph_def(add_shapes=True, use_pybind11_proto=False)
      assert len(second.node) == 4
      assert graph.as_graph_def().node[:3] == plain.node[:]
      later = graph.as_graph_def(from_version=2)

  assert later == graph.as_graph_def(from_version=2)
  assert graph.as_graph_def.__func__ is tf.Graph.as_graph_def


def test_a_training_makes_it_twice(monkeypatch, tmp_path):
  """Once to run, and once for the files, however many checkpoints there are."""
  made = []
  make = tf.Graph.as_graph_def

  def counting(graph, *args, **kwargs):
    made.append(kwargs.get('add_shapes'))
    return make(graph, *args, **kwargs)

  monkeypatch.setattr(tf.Graph, 'as_graph_def', counting)
  estimator = tiny.estimator(str(tmp_path), save_checkpoints_steps=2)
  estimator.train(tiny.batches(), steps=6)

  assert made.count(True) == 1
