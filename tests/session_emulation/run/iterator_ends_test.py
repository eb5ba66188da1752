"""Checks that a session ends though its iterators take long to end."""

import threading
import time

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import (
  emulated_session,
  iterator_ends,
)

v1 = tf.compat.v1


class Slow:
  """Stands for an iterator: frees itself when it may."""

  def __init__(self):
    self.may_end = threading.Event()
    self.has_ended = threading.Event()

  def __del__(self):
    self.may_end.wait(60)
    self.has_ended.set()


def let_go():
  """Its events, of one that nobody else knows."""
  slow = Slow()
  events = slow.may_end, slow.has_ended
  handles = [slow]
  del slow
  iterator_ends.let_go(handles, 0.01)
  assert handles == []
  return events


def test_nobody_waits_for_a_few():
  """A fifth one waits for the first, since their datasets may be large."""
  started = [let_go() for _ in range(4)]
  assert not any(has_ended.is_set() for _, has_ended in started)

  fifth = threading.Thread(target=lambda: started.append(let_go()))
  fifth.start()
  time.sleep(0.1)
  assert fifth.is_alive()
  started[0][0].set()
  fifth.join(60)

  assert started[0][1].is_set()
  assert len(started) == 5
  for may_end, _ in started:
    may_end.set()
  assert all(has_ended.wait(60) for _, has_ended in started)


@pytest.mark.parametrize('make', ['initializable', 'one shot'])
def test_sessions_let_their_iterators_go(make, monkeypatch):
  """All of them, each the last reference; tables and variables are no iterators."""
  given = []
  free = iterator_ends.let_go

  def let_go(handles, patience):
    given.append((len(handles), patience))
    free(handles, patience)

  monkeypatch.setattr(iterator_ends, 'let_go', let_go)
  with tf.Graph().as_default():
    data = tf.data.Dataset.range(3)
    variable = v1.get_variable('v', [], initializer=v1.zeros_initializer())
    if make == 'one shot':
      iterator = v1.data.make_one_shot_iterator(data)
    else:
      iterator = v1.data.make_initializable_iterator(data)
    following = iterator.get_next()
    with emulated_session.EmulatedSession() as session:
      session.run(variable.initializer)
      if make == 'initializable':
        session.run(iterator.initializer)
      assert session.run(following) == 0

  assert given == [(1, 0.005)]


def test_a_generator_has_ended_with_its_session():
  """Its `finally` runs before `close` returns, if it takes no second."""
  ended = []

  def generate():
    try:
      while True:
        yield np.float32(1)
    finally:
      time.sleep(0.2)
      ended.append(True)

  with tf.Graph().as_default():
    data = tf.data.Dataset.from_generator(generate, tf.float32, [])
    iterator = v1.data.make_initializable_iterator(data)
    following = iterator.get_next()
    with emulated_session.EmulatedSession() as session:
      session.run(iterator.initializer)
      session.run(following)
      assert not ended

  assert ended == [True]
