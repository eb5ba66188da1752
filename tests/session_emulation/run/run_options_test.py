"""Checks what RunOptions do to a run."""

import time

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import (
  run_options,
)

v1 = tf.compat.v1


def test_a_run_that_takes_too_long_is_cancelled(session):
  """The error names the limit; the session goes on."""
  queue = v1.FIFOQueue(1, tf.float32)
  begin = time.monotonic()
  with pytest.raises(
    tf.errors.DeadlineExceededError, match=r'timeout_in_ms \(50\)'
  ):
    session.run(queue.dequeue(), options=v1.RunOptions(timeout_in_ms=50))
  assert time.monotonic() - begin < 20

  assert session.run(tf.constant(1) + 1) == 2


def test_a_trace_holds_the_operations(session):
  """In a form that timelines are made of."""
  metadata = v1.RunMetadata()
  x = v1.random_uniform([64, 64])
  session.run(
    tf.matmul(x, x),
    options=v1.RunOptions(trace_level=v1.RunOptions.FULL_TRACE),
    run_metadata=metadata,
  )
  labels = [
    node.timeline_label
    for device in metadata.step_stats.dev_stats
    for node in device.node_stats
  ]

  assert any('MatMul' in label for label in labels)


@pytest.mark.parametrize(
  'options, matter',
  [
    (None, False),
    (v1.RunOptions(), False),
    (v1.RunOptions(inter_op_thread_pool=2), False),
    (v1.RunOptions(timeout_in_ms=1), True),
    (v1.RunOptions(trace_level=v1.RunOptions.SOFTWARE_TRACE), True),
  ],
)
def test_which_options_matter(options, matter):
  """The others are about executors of v1 sessions."""
  assert run_options.matter(options) == matter
