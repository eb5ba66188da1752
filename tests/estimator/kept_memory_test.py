"""Tests what kept graphs keep, and what they let go."""

import gc
import weakref

import tensorflow as tf

from tests.estimator.keeping import (
  TRAIN,
  arrays,
  batches,
  evaluate,
  linear,
  make,
  predict,
  train,
)
from tfcompat_estimator.estimator import kept_graphs

v1 = tf.compat.v1
fc = tf.feature_column


def test_what_runs_read_counts(model_dir):
  """It is as much again as the graph itself."""
  estimator = linear()(model_dir)
  sizes = []
  for _ in range(3):
    estimator.train(batches(), steps=1)
    (kept,) = kept_graphs.cache._kept.values()  # noqa: SLF001
    sizes.append(kept.bytes)
  assert sizes[0] * 1.5 < sizes[1] == sizes[2]


def test_the_input_of_a_call_is_let_go(model_dir):
  """Arrays, generators and what their functions hold, of both calls."""
  estimator = linear()(model_dir)
  references = []

  class Rows:
    def __init__(self):
      self.rows = list(
        zip(*[arrays()[0][key] for key in ('x', 'word', 'id')], strict=True)
      )

    def __call__(self):
      for (x, word, number), label in zip(self.rows, arrays()[1], strict=True):
        yield {'x': x, 'word': word, 'id': number}, label

  def input_fn():
    rows = Rows()
    references.append(weakref.ref(rows))
    spec = {
      'x': tf.TensorSpec([2], tf.float32),
      'word': tf.TensorSpec([], tf.string),
      'id': tf.TensorSpec([], tf.int64),
    }
    return tf.data.Dataset.from_generator(
      rows, output_signature=(spec, tf.TensorSpec([], tf.int64))
    ).batch(8)

  for call in [train(input_fn), evaluate(input_fn), predict(input_fn)] * 2:
    call(estimator)
  gc.collect()
  assert len(kept_graphs.cache) == 3
  assert [reference() for reference in references] == [None] * 6


def test_little_waits_for_the_garbage_collector(model_dir):
  """The graph of an input has its data no more when its call has ended."""
  estimator = linear()(model_dir)
  estimator.train(batches(), steps=1)
  graphs = []

  def input_fn():
    graphs.append(weakref.ref(v1.get_default_graph()))
    return batches(rows=4096)()

  gc.collect()
  gc.disable()
  try:
    for call in [evaluate(input_fn), predict(input_fn)] * 3:
      call(estimator)
    left = [graph().as_graph_def().ByteSize() for graph in graphs if graph()]
  finally:
    gc.enable()
  assert max(left) < 300_000


def test_a_kept_graph_has_none_of_the_data(model_dir):
  """Constants of the input are in the graph of the call only."""
  estimator = linear()(model_dir)
  estimator.train(batches(rows=4096), steps=1)
  (kept,) = kept_graphs.cache._kept.values()  # noqa: SLF001
  assert kept.graph.as_graph_def().ByteSize() < 300_000
  assert kept.graph.finalized


def test_nothing_adds_up_in_a_kept_graph(model_dir, hits):
  """Neither operations nor what is in collections."""
  estimator = linear()(model_dir)
  sizes = []
  for _ in range(4):
    estimator.train(batches(), steps=1, hooks=[v1.train.StepCounterHook()])
    (kept,) = kept_graphs.cache._kept.values()  # noqa: SLF001
    graph = kept.graph
    sizes.append(
      [len(graph.get_operations())]
      + [len(graph.get_collection(key)) for key in graph.collections]
    )
  assert hits == [TRAIN] * 3
  assert sizes == sizes[:1] * 4


def test_few_graphs_are_kept(tmp_path):
  """And those of estimators that are no more are dropped."""
  estimators = [
    make('BaselineRegressor', str(tmp_path / str(number)), 'v2')
    for number in range(10)
  ]
  for estimator in estimators:
    estimator.train(batches(), steps=1)
  assert len(kept_graphs.cache) == 8
  del estimators[4:], estimator
  gc.collect()
  assert len(kept_graphs.cache) == 2


def test_what_takes_much_memory_is_not_kept(model_dir):
  """Such as a model with a long vocabulary in its graph."""
  long = [f'a rather long word {number:0100}' for number in range(150_000)]
  word = fc.categorical_column_with_vocabulary_list('word', ['a', *long])
  estimator = linear(feature_columns=[word])(model_dir)
  estimator.train(batches(), steps=1)
  assert len(kept_graphs.cache) == 1
  estimator.evaluate(batches())
  assert len(kept_graphs.cache) == 1
