"""Tests which programs wait for their input in place, and that none waits forever."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.fixture(autouse=True)
def _four_threads(monkeypatch):
  monkeypatch.setenv('TF_NUM_INTEROP_THREADS', '4')


def _input():
  dataset = tf.data.Dataset.range(1000).map(lambda x: x + 1)
  return v1.data.make_one_shot_iterator(dataset).get_next()


def _plain():
  return _input() * 2


def _two_inputs():
  return _input() + _input()


def _through_python():
  return v1.py_func(lambda x: x * 2, [_input()], tf.int64)


def _large():
  value = _input()
  for _ in range(300):
    value = tf.negative(value)
  return value


def _queued():
  queue = v1.FIFOQueue(10, tf.int64)
  v1.train.add_queue_runner(
    v1.train.QueueRunner(queue, [queue.enqueue(tf.constant(0, tf.int64))])
  )
  return _input() * 2


CASES = {
  'plain': (_plain, 'IteratorGetNextSync'),
  'two inputs': (_two_inputs, 'IteratorGetNext'),
  'Python': (_through_python, 'IteratorGetNext'),
  'large': (_large, 'IteratorGetNext'),
  'queues': (_queued, 'IteratorGetNext'),
}


def _reads(session, fetch):
  function = session.function([fetch], [])
  return {
    op.type
    for op in function.compiled.graph.get_operations()
    if op.type.startswith('IteratorGetNext')
  }


@pytest.mark.parametrize('case', CASES)
def test_small_programs_of_one_input_wait_in_place(case):
  """Others read their input as ever; the values are those of the input."""
  build, op = CASES[case]
  with tf.Graph().as_default(), emulated_session.EmulatedSession() as session:
    fetch = build()
    values = [session.run(fetch) for _ in range(3)]
    factor = 1 if case == 'large' else 2

    assert np.ravel(values).tolist() == [factor, 2 * factor, 3 * factor]
    assert _reads(session, fetch) == {op}


def test_one_thread_is_left_free():
  """Of four threads, three may wait; a closed session makes room for another."""
  sessions, kinds = [], []
  for number in range(5):
    with tf.Graph().as_default():
      session = emulated_session.EmulatedSession()
      sessions.append(session)
      with session.graph.as_default():
        kinds.append(_reads(session, _plain()))
    if number == 3:
      sessions[0].close()
  for session in sessions:
    session.close()

  sync = {'IteratorGetNextSync'}
  assert [kind == sync for kind in kinds] == [True, True, True, False, True]


def test_threads_take_turns():
  """Runs of one session at once read each element once."""
  with tf.Graph().as_default(), emulated_session.EmulatedSession() as session:
    fetch = _plain()
    values = []

    def read():
      values.extend(session.run(fetch) for _ in range(50))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
      thread.start()
    for thread in threads:
      thread.join()

  assert sorted(values) == [2 * n for n in range(1, 201)]


PROGRAM = """
import tempfile, threading
import tensorflow as tf
import tfcompat_estimator as tfe
v1 = tf.compat.v1

def model_fn(features, labels, mode):
  w = v1.get_variable('w', [3, 1])
  loss = tf.reduce_mean(tf.square(tf.matmul(features, w) - labels))
  step = v1.train.get_global_step()
  train_op = v1.train.GradientDescentOptimizer(0.1).minimize(loss, step)
  return tfe.EstimatorSpec(mode, loss=loss, train_op=train_op)

def input_fn():
  data = tf.data.Dataset.range(100).repeat()
  data = data.map(lambda x: tf.random.uniform([3]), num_parallel_calls=4)
  data = data.map(lambda x: (x, x[:1])).batch(4)
  return data.interleave(
    lambda x, y: tf.data.Dataset.from_tensors((x, y)).map(lambda x, y: (x, y)),
    num_parallel_calls=2).prefetch(2)

def train(name):
  tfe.Estimator(model_fn, directory + name).train(input_fn, steps=400)
  done.append(name)

done = []
with tempfile.TemporaryDirectory() as directory:
  threads = [threading.Thread(target=train, args=[f'/{n}']) for n in range(4)]
  for thread in threads: thread.start()
  for thread in threads: thread.join()
print(*sorted(done))
"""


@pytest.mark.parametrize('threads', ['1', '2'])
def test_trainings_at_once_end(threads):
  """Four of them, with functions in their input, on one thread and on two."""
  done = subprocess.run(
    [sys.executable, '-c', PROGRAM],
    env={**os.environ, 'TF_NUM_INTEROP_THREADS': threads},
    capture_output=True,
    text=True,
    timeout=120,
    check=False,
  )

  assert done.stdout.split() == ['/0', '/1', '/2', '/3'], done.stderr
