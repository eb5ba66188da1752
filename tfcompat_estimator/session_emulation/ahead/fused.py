"""Runs the steps that no hook looks at in one loop inside TensorFlow."""

import os
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.ahead import payback, watch
from tfcompat_estimator.session_emulation.opening import creator as creator_lib
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


class LoopResult(NamedTuple):
  """What a loop did."""

  runs: int  # completed
  values: list[Any]  # of the last completed run
  error: Exception | None  # what the next run raised


class FusedSteps:
  """Runs, between two runs of a session through hooks, those nobody looks at.

  Args:
    creator: opened the session in use.
    hooks: all hooks of the session.
    step: the operation that a run consists of.
    value: a tensor whose last value is wanted, or None.
    global_step: the variable that each run increments by one, or None where
      runs do not count there. If it once does otherwise, nothing is fused any
      more: hooks go by it, and would be called at the wrong steps.
  """

  def __init__(
    self,
    creator: creator_lib.EmulatedSessionCreator,
    hooks: Sequence[v1.train.SessionRunHook],
    step: tf.Operation | tf.Tensor,
    value: tf.Tensor | None = None,
    global_step: tf.Variable | None = None,
  ):
    self._creator = creator
    self._hooks = list(hooks)
    self._nan_hooks = watch.nan_hooks(self._hooks)
    self._step = step
    self._value = value
    self._global_step = global_step
    self._enabled = enabled() and not watch.always_watched(self._hooks)
    self._session: Any = None  # the EmulatedSession that the steps run in
    self._loop: _Loop | None = None
    self._position = watch.Position(0, 0)
    self._seconds_per_run = 0.0
    self._payback = payback.Payback(step.graph)
    self.last_value: Any = None

  def count_run(self, value: Any = None) -> None:
    """Says that a run went through the hooks, and what `value` was in it."""
    self._payback.end_run()
    self.last_value = value
    self._position = self._position._replace(runs=self._position.runs + 1)

  def run(self) -> bool:
    """Runs as many steps as no hook looks at.

    An error in one of them is kept for the session's next run, which then goes
    through the hooks just as the step that failed would have.

    Returns:
      True if a hook requested to stop.

    Raises:
      NanLossDuringTrainingError: a NanTensorHook says so.
    """
    stop_requested = self._enabled and self._run_fused()
    self._payback.begin_run()
    return stop_requested

  def _run_fused(self) -> bool:
    if self._creator.session is None:
      return False
    if self._session is not self._creator.session:
      self._start(self._creator.session)
      return False  # the first run shows how the global step behaves
    before = self._position.global_step
    self._read_position()
    counts = self._global_step is not None
    if counts and self._position.global_step != before + 1:
      self._enabled = False
      return False
    limit = self._limit()
    if limit < _FEWEST or not self._payback.is_due:
      return False
    return self._run_loop(int(limit))

  def _start(self, session: session_lib.EmulatedSession) -> None:
    """Begins anew with a session that was just opened."""
    self._session = session
    self._loop = None
    self._position = watch.Position(0, 0)
    self._read_position()

  def _read_position(self) -> None:
    if self._global_step is not None:
      step = int(self._session.run(self._global_step))
      self._position = self._position._replace(global_step=step)

  def _limit(self) -> float:
    runs = watch.runs_before_control(self._hooks, self._position)
    if self._seconds_per_run:
      return min(runs, max(1, _SECONDS_PER_LOOP / self._seconds_per_run))
    return min(runs, _FIRST_LOOP)

  def _run_loop(self, limit: int) -> bool:
    if self._loop is None:
      watched = [self._value] if self._value is not None else []
      losses = [hook._loss_tensor for hook in self._nan_hooks]  # noqa: SLF001
      if self._session.draws_anew([*watched, *losses, self._step]):
        self._enabled = False
        return False
      self._loop = _Loop(
        self._session, self._step, watched, losses, self._global_step
      )
    start = time.perf_counter()
    result = self._loop(limit, self._position.global_step)
    if result.runs:
      self._seconds_per_run = (time.perf_counter() - start) / result.runs
      self._advance(result.runs)
      if self._value is not None:
        self.last_value = result.values[0]
        watch.show_value(self._hooks, self.last_value)
    if result.error is not None:
      self._session.fail_next_run(result.error)
      return False
    return self._tell_nan_hooks(result.values)

  def _advance(self, runs: int) -> None:
    step = self._position.global_step
    if self._global_step is not None:
      step += runs
    # The run through the hooks that follows adds one more.
    self._position = watch.Position(step, self._position.runs + runs)
    watch.skip(self._hooks, runs, self._position)

  def _tell_nan_hooks(self, values: Sequence[Any]) -> bool:
    losses = values[1:] if self._value is not None else values
    context = v1.train.SessionRunContext(
      v1.train.SessionRunArgs(self._step), self._session
    )
    for hook, loss in zip(self._nan_hooks, losses, strict=True):
      if np.isnan(loss).any():
        hook.after_run(context, v1.train.SessionRunValues(loss, None, None))
    return context.stop_requested


class _Loop:
  """A function that runs a step up to a number of times."""

  def __init__(
    self,
    session: session_lib.EmulatedSession,
    step: tf.Operation | tf.Tensor,
    values: Sequence[tf.Tensor],
    losses: Sequence[tf.Tensor],
    global_step: tf.Variable | None,
  ):
    self._losses = len(losses)
    with _tf.eager_mode():
      self._step = session.function([*values, *losses], [step])
      self._counter = (
        None if global_step is None else session.handle(global_step)
      )
      # What a loop has got to when an error ends it.
      self._runs = tf.Variable(0, dtype=tf.int64, trainable=False)
      self._last = [
        tf.Variable(
          tf.zeros([0], tensor.dtype.base_dtype),
          shape=tf.TensorShape(None),
          trainable=False,
        )
        for tensor in (*values, *losses)
      ]
      spec = tf.TensorSpec([], tf.int64)
      self._function = session.loop(self._body, [spec, spec])

  def __call__(self, limit: int, global_step: int) -> LoopResult:
    """Runs up to `limit` steps, from the global step that is given."""
    error = None
    with _tf.eager_mode():
      self._runs.assign(0)
      try:
        self._function(
          tf.constant(limit, tf.int64), tf.constant(global_step, tf.int64)
        )
      except Exception as caught:  # noqa: BLE001 - raised by the next run
        error = caught
      runs = int(self._runs.numpy())
      values = [value.numpy() for value in self._last] if runs else []
    return LoopResult(runs, values, error)

  def _body(self, limit: tf.Tensor, global_step: tf.Tensor) -> tf.Tensor:
    def proceeds(runs: tf.Tensor, stop: tf.Tensor) -> tf.Tensor:
      return (runs < limit) & ~stop

    def one_step(
      runs: tf.Tensor, stop: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
      del stop
      outputs = self._step()
      # A control edge from the call itself is lost when the call is inlined; one
      # from what the call returns is not.
      with tf.control_dependencies([tf.identity(outputs[-1])]):
        runs += 1
        stop = self._must_stop(outputs[:-1], global_step + runs)
        written = [self._runs.assign(runs, read_value=False)]
        for variable, value in zip(self._last, outputs[:-1], strict=True):
          written.append(variable.assign(value, read_value=False))
      # Without automatic control dependencies, the loop waits for what its
      # outputs wait for, and nothing else.
      with tf.control_dependencies(written):
        return tf.identity(runs), tf.identity(stop)

    runs, _ = tf.while_loop(
      proceeds,
      one_step,
      [tf.constant(0, tf.int64), tf.constant(False)],
      parallel_iterations=1,
    )
    return runs

  def _must_stop(
    self, values: Sequence[tf.Tensor], expected_step: tf.Tensor
  ) -> tf.Tensor:
    """True after a NaN, and when the global step went another way."""
    reasons = [tf.constant(False)]
    reasons += [
      tf.reduce_any(tf.math.is_nan(loss))
      for loss in values[len(values) - self._losses :]
      if loss.dtype.is_floating
    ]
    if self._counter is not None:
      step = tf.raw_ops.ReadVariableOp(resource=self._counter, dtype=tf.int64)
      reasons.append(tf.not_equal(step, expected_step))
    return tf.reduce_any(tf.stack(reasons))
