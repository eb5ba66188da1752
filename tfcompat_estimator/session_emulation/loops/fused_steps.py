"""Runs the steps that no hook looks at in one loop inside TensorFlow."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.loops import (
  hook_schedule,
  loop,
  loops,
  paces,
)
from tfcompat_estimator.session_emulation.opening import session_creator
from tfcompat_estimator.session_emulation.passes import random_streams
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1

# For debugging: with this variable at 0 each step runs through the hooks.
_SWITCH = 'TFCOMPAT_FUSED_STEPS'
# A loop gives control back about this often: timers that count seconds, queue
# runners that fail and Ctrl-C wait no longer.
_SECONDS_PER_LOOP = 1.0
_FIRST_LOOP = 16
_FEWEST = 2  # one step by itself costs the same with hooks


def enabled() -> bool:
  """Whether steps may be fused: True unless TFCOMPAT_FUSED_STEPS is 0."""
  return os.environ.get(_SWITCH, '1') != '0'


class FusedSteps:
  """Runs, between two runs of a session through hooks, those nobody looks at.

  Args:
    creator: Opened the session in use.
    hooks: All hooks of the session.
    step: The operation that a run consists of.
    value: A tensor whose last value is wanted, or None.
    global_step: The variable that each run increments by one, or None where
      runs do not count there. If it once does otherwise, nothing is fused any
      more: hooks go by it, and would be called at the wrong steps.
    pace: Decides how many steps run in a loop.
    clock: Tells the time, in seconds.

  Attributes:
    last_value: Of the last step, by whatever means it ran.
    next_run: A hook, to be the last one of the session.
  """

  def __init__(
    self,
    creator: session_creator.EmulatedSessionCreator,
    hooks: Sequence[v1.train.SessionRunHook],
    step: tf.Operation | tf.Tensor,
    value: tf.Tensor | None = None,
    global_step: tf.Variable | None = None,
    pace: paces.Pace = paces.ALONE,
    clock: Callable[[], float] = time.perf_counter,
  ):
    self._creator = creator
    self._hooks = list(hooks)
    self._nan_hooks = hook_schedule.nan_hooks(self._hooks)
    self._step = step
    self._value = value
    self._global_step = global_step
    self._pace = pace
    self._enabled = (
      enabled()
      and pace.allows_loops
      and not hook_schedule.always_watched(self._hooks)
      and not (pace.is_shared and self._may_end_alone(value))
    )
    self._is_over = not self._enabled and not pace.is_shared
    self._runs_seen = 0  # when the global step was read
    self._session: Any = None  # the EmulatedSession that the steps run in
    self._fetches: list[tf.Tensor] = []  # of the loop
    self._position = hook_schedule.Position(0, 0)
    self._loops = loops.Loops(self._make_loop, step.graph, step.name, clock)
    self.last_value: Any = None
    self.next_run = self._loops.next_run

  @property
  def runs(self) -> int:
    """How many runs of the session ended well."""
    return self._position.runs

  def count_run(self, value: Any = None) -> None:
    """Says that a run went through the hooks, and what `value` was in it."""
    self._loops.end_run()
    self.last_value = value
    self._position = self._position._replace(runs=self._position.runs + 1)

  def run(self) -> bool:
    """Runs as many steps as no hook looks at.

    An error in one of them is raised by the next run of the session, after the
    hooks have been told of that run as of any other.

    Returns:
      True if a hook, or another worker, requested to stop.

    Raises:
      NanLossDuringTrainingError: If a NanTensorHook says so.
    """
    stop_requested = not self._is_over and self._run_fused()
    self._loops.begin_run()
    return stop_requested

  def _run_fused(self) -> bool:
    if self._creator.session is None:
      return False
    if self._session is not self._creator.session:
      self._session = self._creator.session  # it was just opened
      self._position = hook_schedule.Position(0, 0)
      self._read_position()
      return False  # the first run shows how the global step behaves
    decision = self._pace.decide(self._session, self._offer)
    self._is_over = decision.is_final
    if decision.stops:
      return True
    return decision.steps >= _FEWEST and self._run_loop(decision.steps)

  def _offer(self) -> paces.Decision:
    """How many steps this process can run in a loop now."""
    if not self._enabled:
      return paces.Decision(is_final=True)
    expected = (
      self._position.global_step + self._position.runs - self._runs_seen
    )
    self._read_position()
    counts = self._global_step is not None
    if counts and self._position.global_step != expected:
      self._enabled = False
      return paces.Decision(is_final=True)
    limit = self._limit()
    if limit >= _FEWEST and self._loops.ready(self._session) is None:
      self._enabled = not self._loops.is_over
      return paces.Decision(is_final=self._loops.is_over)
    return paces.Decision(limit)

  def _read_position(self) -> None:
    self._runs_seen = self._position.runs
    if self._global_step is not None:
      step = int(self._session.run(self._global_step))
      self._position = self._position._replace(global_step=step)

  def _limit(self) -> int:
    runs = hook_schedule.runs_before_control(self._hooks, self._position)
    if self._loops.has_run:
      by_time = max(1, _SECONDS_PER_LOOP / self._loops.seconds_per_run)
      return int(min(runs, by_time))
    return int(min(runs, _FIRST_LOOP))

  def _run_loop(self, limit: int) -> bool:
    ready = self._loops.ready(self._session)
    assert ready is not None  # it was, for the offer
    counts = self._global_step is not None
    start = self._position.global_step if counts else None
    result = self._loops.call(ready, limit, start)
    if result.runs:
      self._advance(result.runs)
      if self._value is not None:
        self.last_value = self._of(self._value, result.values)
        hook_schedule.show_value(self._hooks, self.last_value)
    if result.error is not None:
      return False
    return bool(result.runs) and self._tell_nan_hooks(result.values)

  def _make_loop(
    self, session: emulated_session.EmulatedSession
  ) -> loop.Loop | None:
    """The loop; None if it would not do what the runs do."""
    losses = {id(loss): loss for loss in self._losses()}
    watched = {} if self._value is None else {id(self._value): self._value}
    # Mostly they are the same tensor, whose value is kept once.
    others = [value for key, value in watched.items() if key not in losses]
    fetches = self._fetches = [*others, *losses.values()]
    snapshot = session.snapshot()
    targets = [self._step, *hook_schedule.targets(self._hooks)]
    nodes = snapshot.needed_by([*fetches, *targets])
    if random_streams.stays_in_kernels(nodes, snapshot.library):
      return None
    if loop.may_be_missing(session, fetches, targets):
      return None
    with _tf.eager_mode():
      sink = loop.LastValues([tensor.dtype.base_dtype for tensor in fetches])
    return loop.Loop(
      session,
      fetches,
      targets,
      sink,
      len(losses),
      self._global_step,
    )

  def _may_end_alone(self, value: tf.Tensor | None) -> bool:
    """Whether a loop may end at a NaN that other processes do not have."""
    return any(loss is not value for loss in self._losses())

  def _losses(self) -> list[tf.Tensor]:
    return [hook._loss_tensor for hook in self._nan_hooks]  # noqa: SLF001

  def _of(self, fetch: tf.Tensor, values: Sequence[Any]) -> Any:
    """The value of one of the fetches, which compare by value."""
    places = [place for place, f in enumerate(self._fetches) if f is fetch]
    return values[places[0]]

  def _advance(self, runs: int) -> None:
    step = self._position.global_step
    if self._global_step is not None:
      step += runs
    # The run through the hooks that follows adds one more.
    self._position = hook_schedule.Position(step, self._position.runs + runs)
    self._runs_seen = self._position.runs
    hook_schedule.skip(self._hooks, runs, self._position)

  def _tell_nan_hooks(self, values: Sequence[Any]) -> bool:
    losses = [self._of(loss, values) for loss in self._losses()]
    context = v1.train.SessionRunContext(
      v1.train.SessionRunArgs(self._step), self._session
    )
    for hook, loss in zip(self._nan_hooks, losses, strict=True):
      if np.isnan(loss).any():
        hook.after_run(context, v1.train.SessionRunValues(loss, None, None))
    return context.stop_requested
