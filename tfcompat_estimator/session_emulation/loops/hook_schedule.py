"""Tells when each hook next needs control, so that other steps run fused.

A run of the session that no hook looks at may happen inside a loop. What a hook
looks at is known by its type: TensorFlow's own hooks follow a timer; a hook
without `before_run` and `after_run` never looks; one with the members of
`hook_protocol.EngineHook` says so itself; all others look at each run.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.loops import hook_protocol

v1 = tf.compat.v1
NEVER = hook_protocol.NEVER


class Position(NamedTuple):
  """How far a session has got."""

  global_step: int
  runs: int  # of the session, since it was opened


def runs_before_control(
  hooks: Sequence[v1.train.SessionRunHook], at: Position
) -> float:
  """How many runs from here on no hook looks at; `NEVER` for no end of them."""
  return min((_runs_before(hook, at) for hook in hooks), default=NEVER)


def always_watched(hooks: Sequence[v1.train.SessionRunHook]) -> bool:
  """True if one of the hooks looks at each run, whatever happens."""
  return any(_rule(hook) is _each_run for hook in hooks)


def never_watched(hooks: Sequence[v1.train.SessionRunHook]) -> bool:
  """True if none of the hooks ever looks at a run, not by the clock either.

  Hooks that follow a timer do. They need not have begun.
  """
  start = Position(0, 0)
  return all(
    rule is _never or (rule is _as_it_says and rule(hook, start) == NEVER)
    for hook, rule in ((hook, _rule(hook)) for hook in hooks)
  )


def skip(
  hooks: Sequence[v1.train.SessionRunHook], runs: int, at: Position
) -> None:
  """Brings the hooks to where they would be, had they seen `runs` runs.

  Args:
    hooks: The hooks of the session.
    runs: How many runs happened without them.
    at: Where the session is after those.
  """
  for hook in hooks:
    if isinstance(hook, v1.train.LoggingTensorHook):
      hook._iter_count += runs  # noqa: SLF001
    elif isinstance(hook, v1.train.SummarySaverHook | v1.train.ProfilerHook):
      hook._next_step = at.global_step + 1  # noqa: SLF001
    elif hasattr(type(hook), 'skipped'):
      hook.skipped(runs)


def show_value(hooks: Sequence[v1.train.SessionRunHook], value: Any) -> None:
  """Tells hooks with a method `saw(value)` the value of the last fused run."""
  for hook in hooks:
    if hasattr(type(hook), 'saw'):
      hook.saw(value)


def targets(hooks: Sequence[v1.train.SessionRunHook]) -> list[Any]:
  """What hooks with an `each_run` add to each run, for its effect."""
  given = [hook.each_run for hook in hooks if hasattr(type(hook), 'each_run')]
  return [operation for operation in given if operation is not None]


def nan_hooks(
  hooks: Sequence[v1.train.SessionRunHook],
) -> list[v1.train.NanTensorHook]:
  """The hooks that look at each loss, but act on a NaN only."""
  return [
    hook
    for hook in hooks
    if isinstance(hook, v1.train.NanTensorHook)
    and _keeps_methods_of(hook, v1.train.NanTensorHook)
  ]


def _runs_before(hook: v1.train.SessionRunHook, at: Position) -> float:
  return _rule(hook)(hook, at)


def _rule(hook: v1.train.SessionRunHook) -> Callable[[Any, Position], float]:
  """What tells when a hook of this type needs control."""
  if hasattr(type(hook), 'runs_before_control'):
    return _as_it_says
  if _keeps_methods_of(hook, v1.train.SessionRunHook):
    return _never
  for kind, rule in _RULES:
    if isinstance(hook, kind) and _keeps_methods_of(hook, kind):
      return rule
  return _each_run


def _as_it_says(hook: Any, at: Position) -> float:
  return hook.runs_before_control(at.global_step)


def _never(hook: Any, at: Position) -> float:
  del hook, at
  return NEVER


def _each_run(hook: Any, at: Position) -> float:
  del hook, at
  return 0


def _keeps_methods_of(hook: v1.train.SessionRunHook, kind: type) -> bool:
  """True if the hook does in a run just what `kind` does.

  Not of an object that has got methods of its own, and of no mock.
  """
  own = getattr(hook, '__dict__', {})
  return all(
    getattr(type(hook), name, None) is getattr(kind, name) and name not in own
    for name in ('before_run', 'after_run')
  )


def runs_until(timer: Any, first_step: int) -> float:
  """How many steps after `first_step` a SecondOrStepTimer triggers."""
  if timer.should_trigger_for_step(first_step):
    return 0
  last = timer.last_triggered_step()
  every_steps = getattr(timer, '_every_steps', None)
  if last is None or every_steps is None:
    return NEVER  # seconds are looked at between loops
  return max(0, last + every_steps - first_step)


def _stop_at_step(hook: Any, at: Position) -> float:
  return max(0, hook._last_step - 1 - at.global_step)  # noqa: SLF001


def _by_global_step(hook: Any, at: Position) -> float:
  return runs_until(hook._timer, at.global_step + 1)  # noqa: SLF001


def _after_first_run(hook: Any, at: Position) -> float:
  if hook._next_step is None:  # noqa: SLF001
    return 0
  return _by_global_step(hook, at)


def _by_own_count(hook: Any, at: Position) -> float:
  del at
  return runs_until(hook._timer, hook._iter_count)  # noqa: SLF001


def _started(hook: Any, at: Position) -> float:
  """Waits in the first run only."""
  del at
  return NEVER if hook._worker_is_started else 0  # noqa: SLF001


def _evaluations(hook: Any, at: Position) -> float:
  """Looks when it logs its progress, and at the last evaluation."""
  every = hook._log_frequency  # noqa: SLF001
  total = hook._num_evals  # noqa: SLF001
  next_log = every - at.runs % every
  return max(0, min(next_log, total - at.runs) - 1)


# The timers, counts and limits of stock hooks have no public names.
_RULES: list[tuple[type, Callable[[Any, Position], float]]] = [
  (v1.train.StopAtStepHook, _stop_at_step),
  (v1.train.CheckpointSaverHook, _by_global_step),
  (v1.train.StepCounterHook, _by_global_step),
  (v1.train.SummarySaverHook, _after_first_run),
  (v1.train.ProfilerHook, _after_first_run),
  (v1.train.NanTensorHook, _never),
  (v1.train.LoggingTensorHook, _by_own_count),
  (v1.train.GlobalStepWaiterHook, _started),
  (_tf.StopAfterNEvalsHook, _evaluations),
]
