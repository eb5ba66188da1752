"""Runs the steps that no hook looks at in one loop inside TensorFlow."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.ahead import (
  loop,
  next_run,
  payback,
  watch,
)
from tfcompat_estimator.session_emulation.opening import creator as creator_lib
from tfcompat_estimator.session_emulation.run import random_state
from tfcompat_estimator.session_emulation.run import session as session_lib

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
    clock: Tells the time, in seconds.

  Attributes:
    last_value: Of the last step, by whatever means it ran.
    next_run: A hook, to be the last one of the session.
  """

  def __init__(
    self,
    creator: creator_lib.EmulatedSessionCreator,
    hooks: Sequence[v1.train.SessionRunHook],
    step: tf.Operation | tf.Tensor,
    value: tf.Tensor | None = None,
    global_step: tf.Variable | None = None,
    clock: Callable[[], float] = time.perf_counter,
  ):
    self._creator = creator
    self._hooks = list(hooks)
    self._nan_hooks = watch.nan_hooks(self._hooks)
    self._step = step
    self._value = value
    self._global_step = global_step
    self._enabled = (
      enabled()
      and creator.fuses_steps
      and not watch.always_watched(self._hooks)
      and not (creator.in_step and self._may_end_alone(value))
    )
    self._is_over = not self._enabled and not creator.in_step
    self._runs_seen = 0  # when the global step was read
    self._session: Any = None  # the EmulatedSession that the steps run in
    self._loop: loop.Loop | None = None
    self._fetches: list[tf.Tensor] = []  # of the loop
    self._may_be_at_hand = False
    self._position = watch.Position(0, 0)
    self._seconds_per_run = 0.0
    self._clock = clock
    self._payback = payback.Payback(step.graph, step.name, clock)
    self.last_value: Any = None
    self.next_run = next_run.NextRun()

  def count_run(self, value: Any = None) -> None:
    """Says that a run went through the hooks, and what `value` was in it."""
    self._payback.end_run()
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
    self._payback.begin_run()
    return stop_requested

  def _run_fused(self) -> bool:
    if self._creator.session is None:
      return False
    if self._session is not self._creator.session:
      self._start(self._creator.session)
      return False  # the first run shows how the global step behaves
    steps = self._creator.agreed_steps(self._offer)
    self._is_over = steps == creator_lib.NEVER_AGAIN
    if steps == creator_lib.STOP:
      return True
    return steps >= _FEWEST and self._run_loop(steps)

  def _offer(self) -> int:
    """How many steps this process can run in a loop now."""
    if not self._enabled:
      return creator_lib.NEVER_AGAIN
    expected = (
      self._position.global_step + self._position.runs - self._runs_seen
    )
    self._read_position()
    counts = self._global_step is not None
    if counts and self._position.global_step != expected:
      self._enabled = False
      return creator_lib.NEVER_AGAIN
    limit = int(self._limit())
    if limit < _FEWEST:
      return limit
    if not (self._payback.is_due or self._is_at_hand()):
      return 0
    if self._loop is None:
      self._loop = self._make_loop()
      if self._loop is None:
        self._enabled = False
        return creator_lib.NEVER_AGAIN
      self._payback.built(self._loop.is_shared)
    return limit

  def _is_at_hand(self) -> bool:
    """True if an earlier session has compiled the loop: it costs nothing."""
    if self._loop is None and self._may_be_at_hand:
      self._may_be_at_hand = False  # one look tells
      self._loop = self._make_loop()
      self._enabled = self._loop is not None
    return self._loop is not None and self._loop.is_at_hand

  def _start(self, session: session_lib.EmulatedSession) -> None:
    """Begins anew with a session that was just opened."""
    self._session = session
    self._loop = None
    self._may_be_at_hand = self._payback.was_built
    self._position = watch.Position(0, 0)
    self._read_position()

  def _read_position(self) -> None:
    self._runs_seen = self._position.runs
    if self._global_step is not None:
      step = int(self._session.run(self._global_step))
      self._position = self._position._replace(global_step=step)

  def _limit(self) -> float:
    runs = watch.runs_before_control(self._hooks, self._position)
    if self._seconds_per_run:
      return min(runs, max(1, _SECONDS_PER_LOOP / self._seconds_per_run))
    return min(runs, _FIRST_LOOP)

  def _run_loop(self, limit: int) -> bool:
    assert self._loop is not None  # built for the offer
    start = self._clock()
    result = self._loop(
      limit,
      None if self._global_step is None else self._position.global_step,
    )
    if result.runs:
      self._seconds_per_run = (self._clock() - start) / result.runs
      self._advance(result.runs)
      if self._value is not None:
        self.last_value = self._of(self._value, result.values)
        watch.show_value(self._hooks, self.last_value)
    if result.error is not None:
      self.next_run.fails_with(result.error)
      return False
    return bool(result.runs) and self._tell_nan_hooks(result.values)

  def _make_loop(self) -> loop.Loop | None:
    """The loop; None if its random numbers would not be those of the runs."""
    losses = {id(loss): loss for loss in self._losses()}
    watched = {} if self._value is None else {id(self._value): self._value}
    # Mostly they are the same tensor, whose value is kept once.
    others = [value for key, value in watched.items() if key not in losses]
    fetches = self._fetches = [*others, *losses.values()]
    snapshot = self._session.snapshot()
    targets = [self._step, *watch.targets(self._hooks)]
    nodes = snapshot.needed_by([*fetches, *targets])
    if random_state.stays_in_kernels(nodes, snapshot.library):
      return None
    with _tf.eager_mode():
      sink = loop.LastValues([tensor.dtype.base_dtype for tensor in fetches])
    return loop.Loop(
      self._session,
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
    self._position = watch.Position(step, self._position.runs + runs)
    self._runs_seen = self._position.runs
    watch.skip(self._hooks, runs, self._position)

  def _tell_nan_hooks(self, values: Sequence[Any]) -> bool:
    losses = [self._of(loss, values) for loss in self._losses()]
    context = v1.train.SessionRunContext(
      v1.train.SessionRunArgs(self._step), self._session
    )
    for hook, loss in zip(self._nan_hooks, losses, strict=True):
      if np.isnan(loss).any():
        hook.after_run(context, v1.train.SessionRunValues(loss, None, None))
    return context.stop_requested
