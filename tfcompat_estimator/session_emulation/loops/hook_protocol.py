"""Says what a hook may tell the engine, so that it need not see each run."""

import math
from typing import Any

import tensorflow as tf

NEVER = math.inf  # as a number of runs


class EngineHook(tf.compat.v1.train.SessionRunHook):
  """A hook that the engine asks which runs it looks at.

  Runs that no hook looks at happen in a loop inside TensorFlow. Hooks of a
  user's own may have the same members without this base class: what they do not
  have means what it means here.

  Attributes:
    each_run: An operation that has to run in each run, or None. The hook adds
      it itself to the runs that it sees.
    wants_to_stop: Whether the hook wants the training of all workers in step to
      end; it is asked for between loops.
    begin_only_reads: Whether the `begin` of this very class adds nothing to the
      graph. Where that is not known the graph is built anew in each call.
    runs_to_decision: How many runs there are until it may come to want that;
      `NEVER` if that is not known.
  """

  each_run: tf.Operation | None = None
  wants_to_stop: bool = False
  begin_only_reads: bool = False
  runs_to_decision: float = NEVER

  def runs_before_control(self, global_step: int) -> float:
    """How many of the runs that follow the hook need not see.

    Args:
      global_step: Before these runs.

    Returns:
      Their number; `NEVER` for all of them. By default 0.
    """
    del global_step
    return 0

  def skipped(self, runs: int) -> None:
    """Is told how many runs happened in a loop."""

  def saw(self, value: Any) -> None:
    """Is told the value, of training the loss, of the last run in a loop."""
