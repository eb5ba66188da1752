"""Tests which runs nobody can notice."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.loops import side_effects
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def _next(dataset):
  return v1.data.make_one_shot_iterator(dataset).get_next()


def _queued():
  queue = v1.FIFOQueue(3, tf.float32)
  v1.train.add_queue_runner(v1.train.QueueRunner(queue, [queue.enqueue(1.0)]))
  return tf.constant(1)


def _generated():
  return _next(tf.data.Dataset.from_generator(lambda: iter([1]), tf.int32))


NO_SIDE_EFFECT = {
  'a constant': lambda: tf.constant(1) + 1,
  'a range': lambda: _next(tf.data.Dataset.range(3)),
  'what is mapped': lambda: _next(
    tf.data.Dataset.range(3).map(lambda x: x + 1)
  ),
  'a variable': lambda: v1.get_variable('v', []) * 2,
  'a seeded number': lambda: tf.random.uniform([], seed=1),
}
NOTICED = {
  'Python': lambda: v1.py_func(lambda: 1, [], tf.int64),
  'a generator': _generated,
  'printing': lambda: v1.Print(1, ['text']),
  'a write': lambda: v1.get_variable('v', []).assign_add(1.0),
  'queues': _queued,
  'a handle': lambda: v1.get_variable('v', [], use_resource=True).handle,
}


@pytest.mark.parametrize('case', [*NO_SIDE_EFFECT, *NOTICED])
def test_who_could_notice_a_run(case):
  """Changes, prints, Python code and live input show; reads do not."""
  with tf.Graph().as_default() as graph:
    fetch = {**NO_SIDE_EFFECT, **NOTICED}[case]()
    with emulated_session.EmulatedSession(graph) as session:
      assert side_effects.may_run_early(session, fetch) == (
        case in NO_SIDE_EFFECT
      )
