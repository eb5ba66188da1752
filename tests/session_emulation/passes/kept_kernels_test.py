"""Proves that a kernel lasts, and that nobody waits for ever for one."""

import gc

import numpy as np
import pytest
import tensorflow as tf

from tests import fresh
from tfcompat_estimator.session_emulation.passes import kept_kernels
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1

# Shuffles at the same time, in loops of their own, from several threads.
PROGRAM = """
import threading
import tensorflow as tf
from tfcompat_estimator.session_emulation.run import emulated_session

tf.config.threading.set_inter_op_parallelism_threads({threads})
with tf.Graph().as_default():
  tf.compat.v1.set_random_seed(3)
  rows = tf.range(4)
  shuffled = [tf.random.shuffle(rows) for _ in range(4)]
  looped = [
    tf.while_loop(
      lambda i, _: i < 5,
      lambda i, x: (i + 1, tf.ensure_shape(tf.random.shuffle(x), [4])),
      [0, x],
    )[1]
    for x in shuffled
  ]
  with emulated_session.EmulatedSession() as session:
    run = lambda: [session.run([shuffled, looped]) for _ in range(5)]
    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
      thread.start()
    for thread in threads:
      thread.join()
    print('done', sorted(session.run(looped[0])))
"""


@pytest.mark.parametrize('threads', [1, 2])
def test_no_thread_waits_for_itself(threads):
  """Kernels run where they are asked, however few threads TensorFlow has."""
  output = fresh.printed('-c', PROGRAM.format(threads=threads))

  assert 'done' in output


def _shuffle():
  with tf.Graph().as_default() as graph:
    rows = v1.placeholder(tf.string, [None])
    tf.raw_ops.RandomShuffle(value=rows, seed=3, seed2=4)
  return next(n for n in graph.as_graph_def().node if n.op == 'RandomShuffle')


def test_two_kernels_of_an_operation_know_nothing_of_each_other():
  """Each goes on from where it was, with values of any length."""
  one, other = (kept_kernels.Kernel(_shuffle()) for _ in range(2))
  first, second, third = (
    one(np.array(list(rows), object))[0].tolist()
    for rows in ('abcdef', 'gh', 'abcdef')
  )

  assert other(np.array(list('abcdef'), object))[0].tolist() == first
  assert sorted(second) == [b'g', b'h']
  assert sorted(third) == sorted(first)
  assert third != first


def test_a_closed_session_leaves_no_kernel():
  """What a session kept goes with it."""
  gc.collect()
  before = len(kept_kernels._kernels)  # noqa: SLF001
  with tf.Graph().as_default():
    x = tf.random.shuffle(tf.range(4), seed=3)
    with emulated_session.EmulatedSession() as session:
      session.run(x)
      assert len(kept_kernels._kernels) == before + 1  # noqa: SLF001
  del session
  gc.collect()

  assert len(kept_kernels._kernels) == before  # noqa: SLF001


def test_errors_are_those_of_the_operation():
  """Their type and what they say, and the kernel goes on."""
  with tf.Graph().as_default():
    logits = v1.placeholder(tf.float32)
    x = tf.raw_ops.Multinomial(logits=logits, num_samples=2, seed=3)
    with emulated_session.EmulatedSession() as session:
      with pytest.raises(tf.errors.InvalidArgumentError, match='matrix'):
        session.run(x, {logits: [1.0]})
      assert session.run(x, {logits: [[1.0]]}).tolist() == [[0, 0]]
