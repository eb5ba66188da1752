"""Shows on a terminal how far training or an evaluation has got.

    train:  42%|████▏     | 420/1000 [00:12<00:16, 35.20step/s, loss=0.312]

The line is tqdm's, where that is installed (`pip install
tfcompat-estimator[progress]`). There is none when standard error is no
terminal, or when the environment variable TFCOMPAT_PROGRESS is 0.
"""

import contextlib
import importlib
import importlib.util
import logging
import math
import os
import sys
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tfcompat_estimator.session_emulation.loops import hook_protocol

v1 = tf.compat.v1

_SWITCH = 'TFCOMPAT_PROGRESS'


def is_on() -> bool:
  """Whether a progress line is shown."""
  return (
    os.environ.get(_SWITCH, '1') != '0'
    and sys.stderr is not None
    and sys.stderr.isatty()
    and importlib.util.find_spec('tqdm') is not None
  )


@contextlib.contextmanager
def shown(
  what: str,
  count: Any,
  unit: str,
  steps: int | None = None,
  max_steps: int | None = None,
  loss: Any = None,
  mean_loss: Any = None,
) -> Iterator[list[v1.train.SessionRunHook]]:
  """Yields the hook that keeps a progress line up to date, if there is one.

  Args:
    what: What goes on, in a word.
    count: A tensor of the graph: how many steps were done before a run.
    unit: What a step is called.
    steps: How many steps there are from where it starts, if that is known.
    max_steps: At which count it ends, instead.
    loss: A tensor to show beside it.
    mean_loss: A tensor to show in its place, of what has been taken in so far;
      to read it takes no further step.

  Yields:
    A list of one hook, or of none.
  """
  if not is_on():
    yield []
    return
  tqdm = importlib.import_module('tqdm')
  redirect = importlib.import_module('tqdm.contrib.logging')
  # Log lines appear above the progress line rather than in it.
  loggers = [
    logger
    for logger in map(logging.getLogger, (None, 'absl', 'tensorflow'))
    if any(_writes_to_terminal(handler) for handler in logger.handlers)
  ]
  with (
    redirect.logging_redirect_tqdm(loggers),
    # What is nested, an evaluation in training, leaves no line behind.
    tqdm.tqdm(desc=what, unit=unit, leave=None, file=sys.stderr) as bar,
  ):
    yield [_ProgressHook(bar, count, steps, max_steps, loss, mean_loss)]


def _writes_to_terminal(handler: logging.Handler) -> bool:
  return isinstance(handler, logging.StreamHandler) and handler.stream in (
    sys.stdout,
    sys.stderr,
  )


class _ProgressHook(hook_protocol.EngineHook):
  """Moves a tqdm bar."""

  def __init__(
    self,
    bar: Any,
    count: Any,
    steps: int | None,
    max_steps: int | None,
    loss: Any,
    mean_loss: Any,
  ):
    self._bar = bar
    self._fetches = {'count': count}
    if loss is not None or mean_loss is not None:
      self._fetches['loss'] = mean_loss if loss is None else loss
    self._has_mean = mean_loss is not None
    self._steps = steps
    self._max_steps = max_steps

  def after_create_session(self, session: Any, coord: Any) -> None:
    """Starts the line at where it resumes."""
    start = int(session.run(self._fetches['count']))
    total = self._max_steps
    if self._steps is not None:
      total = start + math.ceil(self._steps)
    self._bar.total = total
    self._bar.initial = self._bar.n = self._bar.last_print_n = start
    self._bar.unpause()  # Building the graph was no step.
    self._bar.refresh()

  def runs_before_control(self, global_step: int) -> float:
    """Any number: the loop of fused steps ends about every second anyway."""
    return hook_protocol.NEVER

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs:
    return v1.train.SessionRunArgs(self._fetches)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    results = run_values.results
    if 'loss' in results and (results['count'] > 0 or not self._has_mean):
      self._show(results['loss'])
    self._bar.update(int(results['count']) + 1 - self._bar.n)

  def end(self, session: Any) -> None:
    if self._has_mean:
      self._show(session.run(self._fetches['loss']))
    self._bar.update(int(session.run(self._fetches['count'])) - self._bar.n)

  def _show(self, loss: Any) -> None:
    self._bar.set_postfix(loss=f'{float(loss):.4g}', refresh=False)
