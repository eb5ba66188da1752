"""Compares what the workers of a training are about to do."""

import contextlib
import hashlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf


def table(
  strategy: Any, values: Mapping[str, int], limit_secs: float
) -> dict[str, list[int]]:
  """What all workers say, by name; they must all call this.

  Args:
    strategy: A MultiWorkerMirroredStrategy.
    values: What this worker says.
    limit_secs: How long to wait for the others.

  Returns:
    For each name the values of all workers, in the order of the cluster.

  Raises:
    tf.errors.OpError: A worker did not come, or is lost.
  """
  extended = strategy.extended
  rows = np.zeros([extended._num_workers, len(values)], np.int64)  # noqa: SLF001
  rows[extended._id_in_cluster] = list(values.values())  # noqa: SLF001
  options = tf.distribute.experimental.CommunicationOptions(
    implementation=tf.distribute.experimental.CommunicationImplementation.RING,
  )
  # Outside of the graph that is built: in a strategy's scope of no graph.
  with (
    tf.Graph().as_default(),
    _tf.eager_mode(),
    tf.device('CPU:0'),
    _aborted_after(limit_secs),
  ):
    mine = tf.identity(rows)
    # The way in which the strategy itself waits for all workers.
    total = extended._host_cross_device_ops.reduce(  # noqa: SLF001
      tf.distribute.ReduceOp.SUM, mine, mine, options=options
    )
    columns = np.asarray(total).reshape(rows.shape).T.tolist()
  return dict(zip(values, columns, strict=True))


@contextlib.contextmanager
def _aborted_after(seconds: float) -> Iterator[None]:
  """Ends this process's collectives, with an error, if they take longer.

  Their own `timeout_seconds` returns while a collective that waits for a peer
  still holds on to what it was called with: TensorFlow 2.16 then ended with a
  segmentation fault in 8 of 21 cases.
  """
  timer = threading.Timer(
    seconds,
    _tf.eager_context().abort_collective_ops,
    (
      tf.errors.DEADLINE_EXCEEDED,
      f'Waited {seconds:g} seconds for another worker.',
    ),
  )
  timer.daemon = True
  timer.start()
  try:
    yield
  finally:
    timer.cancel()


def fingerprint(text: str) -> int:
  """A number that tells texts apart; it fits into an int64."""
  return int(hashlib.sha256(text.encode()).hexdigest()[:15], 16)
