"""Tests that what a session had is gone when it is closed."""

import concurrent.futures
import gc
import weakref

import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
FLOATS = 1 << 20  # 4 MiB


def resident_mebibytes():
  """The resident memory of this process."""
  with open('/proc/self/statm') as file:
    return int(file.read().split()[1]) * 4096 / 2**20


def a_variable(use_resource):
  """A variable that takes 4 MiB."""
  variable = v1.get_variable(
    'v', [FLOATS], use_resource=use_resource, initializer=v1.ones_initializer()
  )
  return [variable.initializer, v1.assign_add(variable, tf.ones([FLOATS])).op]


def a_table():
  """A table that takes 4 MiB and more."""
  table = tf.lookup.experimental.MutableHashTable(
    tf.int64, tf.int64, default_value=-1
  )
  keys = tf.range(FLOATS // 4, dtype=tf.int64)
  return [table.insert(keys, keys)]


def a_queue():
  """A queue that holds 4 MiB."""
  queue = v1.FIFOQueue(4, [tf.float32], [[FLOATS]])
  return [queue.enqueue(tf.ones([FLOATS]))]


def an_iterator():
  """An iterator that holds 16 MiB in a buffer."""
  data = tf.data.Dataset.range(8).map(lambda n: tf.ones([FLOATS]))
  iterator = v1.data.make_initializable_iterator(data.shuffle(4))
  return [iterator.initializer, iterator.get_next().op]


STATE = {
  'resource variable': lambda: a_variable(True),
  'ref variable': lambda: a_variable(False),
  'table': a_table,
  'queue': a_queue,
  'iterator': an_iterator,
}


@pytest.mark.parametrize('kind', STATE)
def test_state_is_freed_with_its_session(kind):
  """A dozen sessions with 4 MiB of state each, or more, do not add up."""

  def open_and_close(count):
    for _ in range(count):
      with tf.Graph().as_default():
        steps = STATE[kind]()
        with emulated_session.EmulatedSession() as session:
          for step in steps:
            session.run(step)
    gc.collect()

  open_and_close(8)  # until the allocator has what it keeps for itself
  grown = []
  while min(grown, default=12) >= 12 and len(grown) < 8:
    before = resident_mebibytes()  # other threads may free it a while later
    open_and_close(12)
    grown.append(resident_mebibytes() - before)
  assert min(grown) < 12


def test_the_graph_of_a_call_is_freed(model_dir):
  """Nothing of ours holds on to a graph, a session or its arrays."""
  kept = []

  class Spy(v1.train.SessionRunHook):
    def after_create_session(self, session, coord):
      kept.extend(weakref.ref(x) for x in (session, session.graph))

  estimator = tiny.estimator(model_dir)
  estimator.train(tiny.batches(), [Spy()], steps=2)
  estimator.evaluate(tiny.batches(2), hooks=[Spy()])
  list(estimator.predict(tiny.batches(2), hooks=[Spy()]))
  gc.collect()

  assert [ref() for ref in kept] == [None] * 6


def test_train_and_evaluate_in_two_threads(tmp_path):
  """Each gets what it gets alone."""
  trained = tiny.estimator(tmp_path / 'trained')
  evaluated = tiny.estimator(tmp_path / 'evaluated')
  evaluated.train(tiny.batches(), steps=2)

  def train():
    for _ in range(3):
      trained.train(tiny.batches(), steps=20)
    return float(trained.get_variable_value('m/w'))

  def evaluate():
    return [evaluated.evaluate(tiny.batches(20)) for _ in range(4)]

  with concurrent.futures.ThreadPoolExecutor(2) as pool:
    weight, metrics = (pool.submit(f) for f in (train, evaluate))
    weight, metrics = weight.result(), metrics.result()

  assert trained.get_variable_value('global_step') == 60
  np.testing.assert_allclose(weight, 1 - 0.8**60, rtol=1e-5)
  for metric in metrics:
    assert metric['global_step'] == 2
    np.testing.assert_allclose(metric['m'], 0.36, rtol=1e-5)
    np.testing.assert_allclose(metric['loss'], tiny.loss_at(2), rtol=1e-5)


@pytest.mark.slow
def test_two_hundred_calls(model_dir):
  """After the first 20 they take less than 30 MB more."""
  estimator = tiny.estimator(model_dir)

  def call(number):
    if number % 3 == 0:
      estimator.train(tiny.batches(), steps=3)
    elif number % 3 == 1:
      estimator.evaluate(tiny.batches(3))
    else:
      list(estimator.predict(tiny.batches(2)))

  for number in range(20):
    call(number)
  gc.collect()
  before = resident_mebibytes()
  for number in range(20, 200):
    call(number)
  gc.collect()
  assert resident_mebibytes() - before < 30


def test_a_generator_ends_with_the_call_that_read_it(model_dir):
  """Not with the garbage collector, for which the graph may be gone before."""
  ended = []

  def input_fn():
    def rows():
      try:
        while True:
          yield np.ones([1], np.float32)
      finally:
        ended.append(1)

    rows = tf.data.Dataset.from_generator(
      rows, output_signature=tf.TensorSpec([1], tf.float32)
    )
    return rows.map(lambda x: (x, x))

  estimator = tiny.estimator(model_dir)
  gc.disable()
  try:
    estimator.train(input_fn, steps=5)
    estimator.evaluate(input_fn, steps=5)
    predictions = estimator.predict(input_fn)
    next(predictions)
    predictions.close()
  finally:
    gc.enable()

  assert len(ended) == 3
