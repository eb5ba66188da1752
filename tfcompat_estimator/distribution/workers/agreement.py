"""Compares what the workers of a training are about to do."""

import hashlib
from collections.abc import Mapping
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
    timeout_seconds=limit_secs,
    implementation=tf.distribute.experimental.CommunicationImplementation.RING,
  )
  # Outside of the graph that is built: in a strategy's scope of no graph.
  with tf.Graph().as_default(), _tf.eager_mode(), tf.device('CPU:0'):
    mine = tf.identity(rows)
    # The way in which the strategy itself waits for all workers.
    total = extended._host_cross_device_ops.reduce(  # noqa: SLF001
      tf.distribute.ReduceOp.SUM, mine, mine, options=options
    )
    columns = np.asarray(total).reshape(rows.shape).T.tolist()
  return dict(zip(values, columns, strict=True))


def fingerprint(text: str) -> int:
  """A number that tells texts apart; it fits into an int64."""
  return int(hashlib.sha256(text.encode()).hexdigest()[:15], 16)
