"""Agrees, between workers in step, on how they go on: in a loop, or not at all."""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfcompat_estimator.session_emulation.loops import hook_protocol, paces

v1 = tf.compat.v1

# To ask takes about as long as two steps of a small model.
_FEWEST = 8
# The longest that a worker's wish to stop waits for the next question.
_SECONDS = 0.5
_LONGEST_PAUSE = 31  # runs from one question to the next, if loops may yet come
_MOST = 1 << 20  # what a float32 holds exactly
# Collectives go round a ring, and each worker sends a part of the tensor first. One
# that waits for another to fetch its part does not see that one give up; one that
# waits to receive does. So there are parts for all; none is smaller than this.
_PART = 64
_STOPS, _IS_TOLD_TO_END = 1, 2
_NEVER_AGAIN = -1  # in place of a number of steps, in what is sent


class _Answer(NamedTuple):
  """What a worker says, and what all say together."""

  steps: int  # in a loop; the fewest
  stops: int  # 0, or one of those above; the most
  pause: int  # runs without a question; the fewest


class InStep(v1.train.SessionRunHook, paces.Pace):
  """Tells all workers the same: to stop, or how many steps to run in a loop.

  Each waits for the others in each step, so a loop must be as long for all of
  them, and none may go into a step that another one will not take. Their hooks
  and clocks differ: they ask each other, though not in each run, since a message
  takes as long as a step of a small model.

  Args:
    strategy: A MultiWorkerMirroredStrategy.
    is_told_to_end: Tells whether this process is, by SIGTERM.
    allows_loops: Whether steps may run in loops at all.
    clock: Tells the time, in seconds.

  Attributes:
    all_are_told_to_end: Whether training stops since the process of one of them is to.
  """

  is_shared = True

  def __init__(
    self,
    strategy: Any,
    is_told_to_end: Callable[[], bool],
    allows_loops: bool,
    clock: Callable[[], float] = time.perf_counter,
  ):
    self._strategy = strategy
    self._is_told_to_end = is_told_to_end
    self.all_are_told_to_end = False
    self._hooks: list[hook_protocol.EngineHook] = []
    self.allows_loops = allows_loops
    self._clock = clock
    self._mine: Any = None
    self._answers: Any = None
    self._asked = clock()
    self._runs = self._pause = self._patience = 0

  def watch(self, hooks: Sequence[v1.train.SessionRunHook]) -> None:
    """Takes in the hooks of the session: those of ours may want to stop."""
    self._hooks = [h for h in hooks if isinstance(h, hook_protocol.EngineHook)]

  def begin(self) -> None:
    """Builds the question."""
    strategy = self._strategy
    replicas = strategy.num_replicas_in_sync
    numbers = len(_Answer._fields)
    self._mine = v1.placeholder(tf.float32, [numbers], 'tfcompat_answer')

    @tf.autograph.experimental.do_not_convert
    def mine() -> tf.Tensor:
      context = tf.distribute.get_replica_context()
      place = tf.one_hot(context.replica_id_in_sync_group, replicas)
      part = tf.pad(self._mine, [[0, _PART - numbers]])
      return tf.reshape(place[:, None] * part[None], [-1])

    total = strategy.reduce(
      tf.distribute.ReduceOp.SUM,
      strategy.extended.call_for_each_replica(mine),
      axis=None,
    )
    self._answers = tf.reshape(total, [replicas, _PART])[:, :numbers]

  def decide(self, session: Any, offer: paces.Offer) -> paces.Decision:
    """Asks all workers, which call this before each run; see the base class."""
    self._runs += 1
    if self._runs <= self._pause:
      return paces.Decision()
    mine = offer()
    answer = self._answer(_NEVER_AGAIN if mine.is_final else mine.steps)
    said = np.asarray(session.run(self._answers, {self._mine: answer}), int)
    steps, stops, pauses = said.T
    self._asked, self._runs = self._clock(), 0
    if stops.max():
      self.all_are_told_to_end = stops.max() == _IS_TOLD_TO_END
      return paces.Decision(stops=True)
    loop = steps.min()
    if loop >= _FEWEST:
      self._pause = self._patience = 0
      return paces.Decision(int(loop))
    self._pause = int(pauses.min())
    if loop != _NEVER_AGAIN:
      # Not before a hook has looked, and then less and less often.
      self._pause = min(self._pause, max(loop, self._patience))
      self._patience = min(2 * self._patience + 1, _LONGEST_PAUSE)
    return paces.Decision()

  def _answer(self, steps: int) -> _Answer:
    stops = _STOPS if any(h.wants_to_stop for h in self._hooks) else 0
    if self._is_told_to_end():
      stops = _IS_TOLD_TO_END
    seconds = (self._clock() - self._asked) / self._runs
    runs = min([_SECONDS / seconds, *(h.runs_to_decision for h in self._hooks)])
    # The run after this question is no pause.
    pause = max(0, min(int(runs), _MOST) - 1)
    return _Answer(min(steps, _MOST), stops, pause)
