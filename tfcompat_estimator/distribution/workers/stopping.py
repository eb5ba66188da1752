"""Ends training on all workers after the same step."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1
logging = tf.compat.v1.logging

# Collectives go round a ring, and each worker sends a part of the tensor first. One
# that waits for another to fetch its part does not see that one give up; one that
# waits to receive does. So there are parts for all; none is smaller than this.
_PART = 64


class StopTogether(v1.train.SessionRunHook):
  """Requests to stop, in all workers, once one of them wants to.

  Each worker has this hook. What they want is summed up in each step, so that
  none goes into a step that another one will not take.

  Args:
    wants_to_stop: Tells whether this worker wants to.
  """

  def __init__(self, wants_to_stop: Callable[[], bool]):
    self._wants_to_stop = wants_to_stop
    self._has_voted = False
    self._vote: Any = None
    self._fetches: Any = None

  def begin(self) -> None:
    strategy = tf.distribute.get_strategy()
    mine = v1.Variable(
      0,
      trainable=False,
      collections=[v1.GraphKeys.LOCAL_VARIABLES],
      name='tfcompat_stop',
      use_resource=True,
    )
    self._vote = tf.group(
      strategy.extended.update(mine, lambda part: part.assign(1), group=False)
    )
    size = _PART * strategy.num_replicas_in_sync
    # Floats: TensorFlow 2.16 to 2.21 sums up integers by other means than
    # collectives.
    votes = strategy.extended.call_for_each_replica(
      tf.autograph.experimental.do_not_convert(
        lambda: tf.fill([size], tf.cast(mine.read_value(), tf.float32))
      )
    )
    total = strategy.reduce(tf.distribute.ReduceOp.SUM, votes, axis=None)
    self._fetches = {
      'votes': tf.reduce_max(total),
      'step': v1.train.get_global_step(),
    }

  def after_create_session(self, session: Any, coord: Any) -> None:
    self._has_voted = False

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs:
    if not self._has_voted and self._wants_to_stop():
      self._has_voted = True
      run_context.session.run(self._vote)
    return v1.train.SessionRunArgs(self._fetches)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    if run_values.results['votes'] > 0:
      run_context.request_stop()


class StopAllWhen(StopTogether):
  """Asks a function, in the chief, whether all workers are to stop.

  Args:
    should_stop_fn: The function.
    strategy: Tells whether this is the chief.
    run_every_secs: Seconds from one call of it to the next, or None.
    run_every_steps: Steps from one call to the next, or None.

  Raises:
    ValueError: Both intervals are None, or neither is.
  """

  def __init__(
    self,
    should_stop_fn: Callable[[], bool],
    strategy: Any,
    run_every_secs: float | None,
    run_every_steps: int | None,
  ):
    super().__init__(lambda: self._is_due)
    self._should_stop_fn = should_stop_fn
    self._asks = strategy.extended._id_in_cluster == 0  # noqa: SLF001
    self._timer = v1.train.SecondOrStepTimer(
      every_secs=run_every_secs, every_steps=run_every_steps
    )
    self._is_due = False

  def after_run(self, run_context: Any, run_values: Any) -> None:
    super().after_run(run_context, run_values)
    step = run_values.results['step']
    if not self._asks or not self._timer.should_trigger_for_step(step):
      return
    self._timer.update_last_triggered_step(step)
    if self._should_stop_fn():
      logging.info('Requesting early stopping at global step %d', step)
      self._is_due = True
