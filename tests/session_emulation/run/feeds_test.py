"""Checks what may be fed, and how."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.run import feeds

v1 = tf.compat.v1


@pytest.fixture
def graph():
  """A graph with placeholders `f` [None, 2], `i` of int8 and a result `r`."""
  with tf.Graph().as_default() as graph:
    v1.placeholder(tf.float32, [None, 2], 'f')
    v1.placeholder(tf.int8, [], 'i')
    tf.constant(1.0, name='r')
    yield graph


def resolved(graph, feed_dict):
  with _tf.eager_mode():
    made = feeds.resolve(graph, feed_dict)
  return {name: value.tensor.numpy().tolist() for name, value in made.items()}


def test_keys_are_tensors_or_names_and_values_get_their_dtype(graph):
  """In the order of the dict; nothing fed is an empty dict."""
  fed = {'i:0': 3.0, graph.get_tensor_by_name('f:0'): [[1, 2]]}

  assert resolved(graph, fed) == {'i:0': 3, 'f:0': [[1.0, 2.0]]}
  assert list(resolved(graph, fed)) == ['i:0', 'f:0']
  assert resolved(graph, None) == {}


@pytest.mark.parametrize(
  'fed, error, message',
  [
    ({'nothing:0': 1}, TypeError, "feed_dict key 'nothing:0'"),
    ({'f': 1}, TypeError, 'Cannot interpret feed_dict key'),
    ({'f:0': [1.0, 2.0]}, ValueError, r'shape \(2,\) for Tensor f:0'),
    ({'i:0': 300}, TypeError, 'feed value 300 is not compatible'),
    ({'f:0': 'text'}, ValueError, 'could not convert'),
  ],
)
def test_what_does_not_fit_is_refused(graph, fed, error, message):
  """By the types of errors that Session.run has."""
  with pytest.raises(error, match=message):
    feeds.resolve(graph, fed)


def test_tensors_of_the_graph_are_no_values(graph):
  """The error says what to feed instead."""
  fed = {'f:0': graph.get_tensor_by_name('r:0')}
  with pytest.raises(TypeError, match='cannot be a tf.Tensor'):
    feeds.resolve(graph, fed)


def test_what_may_not_be_fed_is_refused(graph):
  """A tensor that the program has protected."""
  tensor = graph.get_tensor_by_name('r:0')
  graph.prevent_feeding(tensor)
  with pytest.raises(ValueError, match='may not be fed'):
    feeds.resolve(graph, {tensor: 1.0})


def test_composite_tensors_are_fed_by_their_parts(graph):
  """Sparse and ragged ones, by tuples or by values of their kind."""
  sparse = v1.sparse_placeholder(tf.float32, name='s')
  ragged = v1.ragged.placeholder(tf.int64, 1, name='rag')
  value = v1.SparseTensorValue([[0, 1]], [5.0], [2, 2])
  lists = v1.ragged.constant_value([[1, 2], [3]], np.int64)
  made = resolved(graph, {sparse: value, ragged: lists})

  assert list(made.values()) == [
    [[0, 1]],
    [5.0],
    [2, 2],
    [1, 2, 3],
    [0, 2, 3],
  ]
  assert resolved(graph, {sparse: tuple(value)}) == dict(list(made.items())[:3])


def test_ragged_values_need_as_many_dimensions(graph):
  """Others are refused, with both numbers."""
  ragged = v1.ragged.placeholder(tf.int64, 2, name='rag')
  lists = v1.ragged.constant_value([[1, 2], [3]], np.int64)
  with pytest.raises(ValueError, match='has 1 ragged dimensions, not 2'):
    feeds.resolve(graph, {ragged: lists})
