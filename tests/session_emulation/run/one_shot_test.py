"""One-shot iterators read what tf.data reads, by programs without their data."""

import contextlib

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.compiled import shared
from tfcompat_estimator.session_emulation.passes import no_autotune
from tfcompat_estimator.session_emulation.run import emulated_session, parts

v1 = tf.compat.v1
numbers = np.arange(2000)


def elements(dataset):
  """All elements by a one-shot iterator."""
  with tf.Graph().as_default():
    following = v1.data.make_one_shot_iterator(dataset()).get_next()
    got = []
    with (
      emulated_session.EmulatedSession() as session,
      contextlib.suppress(tf.errors.OutOfRangeError),
    ):
      while True:
        got.append(session.run(following))
    return got


def generated():
  return tf.data.Dataset.from_generator(
    lambda: iter(range(3)), tf.int64, tf.TensorShape([])
  )


def looked_up(table):
  return tf.data.Dataset.range(3).map(lambda x: table[x])


DATASETS = {
  'a range': lambda: tf.data.Dataset.range(3),
  'arrays': lambda: tf.data.Dataset.from_tensor_slices(
    {'a': numbers, 'b': (numbers * 2, np.array([b'%d' % n for n in numbers]))}
  ).batch(700),
  'again': lambda: (
    tf.data.Dataset.from_tensor_slices(numbers[:4]).repeat(3).batch(2)
  ),
  'a function': lambda: tf.data.Dataset.range(9).map(lambda x: x * 2),
  'functions in functions': lambda: tf.data.Dataset.range(3).flat_map(
    lambda x: tf.data.Dataset.range(x).map(
      lambda y: tf.cond(y > 0, lambda: y, lambda: x)
    )
  ),
  'what a function captures': lambda: looked_up(tf.constant(numbers)),
  'two inputs': lambda: tf.data.Dataset.zip(
    (tf.data.Dataset.range(2), tf.data.Dataset.from_tensors([b'x']).repeat())
  ),
  'shuffled': lambda: tf.data.Dataset.range(9).shuffle(1),
  'filtered': lambda: tf.data.Dataset.range(9).filter(lambda x: x % 2 > 0),
  'of Python': generated,
  'a node with the name of the iterator': lambda: tf.data.Dataset.from_tensors(
    tf.constant(3, name='iterator')
  ),
}


@pytest.mark.parametrize('name', DATASETS)
def test_elements_are_the_same(name):
  """Whatever the function does that makes the dataset."""
  got = elements(DATASETS[name])

  want = list(DATASETS[name]().as_numpy_iterator())
  assert len(got) == len(want) > 0
  tf.nest.map_structure(np.testing.assert_array_equal, got, want)


def test_what_waits_in_memory_is_not_tuned(monkeypatch):
  """As with other iterators: it goes through the passes."""
  made = []
  compile_part = parts.Part.compile

  def noted(part):
    made.extend(part.subgraph.graph_def.node)
    return compile_part(part)

  monkeypatch.setattr(parts.Part, 'compile', noted)

  for make, is_at_hand in (
    (lambda: tf.data.Dataset.from_tensors([1]), True),
    (lambda: tf.data.Dataset.range(1), False),
  ):
    made.clear()
    elements(make)
    options = [
      node.attr['serialized_options'].s
      for node in made
      if node.op == 'OptionsDataset'
    ]
    assert (no_autotune.options() in options) == is_at_hand


def test_other_data_needs_no_other_function():
  """And no function of the session holds the data."""
  make = lambda x: tf.data.Dataset.from_tensor_slices(x).batch(700)  # noqa: E731
  elements(lambda: make(numbers))
  known = len(shared.cache)

  got = elements(lambda: make(numbers + 1))

  np.testing.assert_array_equal(np.concatenate(got), numbers + 1)
  assert len(shared.cache) == known


def test_programs_do_not_hold_the_data():
  """What a program may call is in it, and the iterator's function is not."""
  with tf.Graph().as_default():
    dataset = tf.data.Dataset.from_tensor_slices(numbers)
    following = v1.data.make_one_shot_iterator(dataset).get_next()
    called = tf.function(lambda x: x * 2)(following)
    with emulated_session.EmulatedSession() as session:
      assert session.run(called) == 0
      library = session.snapshot().callable_library

  assert len(library.function) > 0
  assert library.ByteSize() < numbers.nbytes
