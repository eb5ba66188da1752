"""Measures a training's speed in steps and in examples."""

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1
logging = tf.compat.v1.logging


class ExamplesPerSecondHook(v1.train.StepCounterHook):
  """Logs and records `global_step/sec` and `examples/sec`.

  Args:
    batch_size: The number of examples in a step; None if it is not known, then
      there is no `examples/sec`.
    every_n_steps: The number of steps between two measurements; or None.
    every_n_secs: The seconds between them, instead; or None.
    output_dir: The directory of the events; None: they are only logged.
  """

  def __init__(
    self,
    batch_size: int | None,
    every_n_steps: int | None = 100,
    every_n_secs: float | None = None,
    output_dir: str | None = None,
  ):
    super().__init__(every_n_steps, every_n_secs, output_dir)
    self._batch_size = batch_size

  def _log_and_record(
    self, elapsed_steps: int, elapsed_time: float, global_step: int
  ) -> None:
    rate = elapsed_steps / elapsed_time
    speeds = {'global_step/sec': rate}
    if self._batch_size is not None:
      speeds['examples/sec'] = rate * self._batch_size
    for name, speed in speeds.items():
      if self._summary_writer is not None:
        summary = v1.Summary()
        summary.value.add(tag=name, simple_value=speed)
        self._summary_writer.add_summary(summary, global_step)
      logging.info(f'{name}: %g', speed)


def hook(
  batch_size: int | None,
  log_step_count_steps: int | None,
  iterations_per_loop: tuple[int, str],
  output_dir: str | None,
) -> Any:
  """The hook that the settings ask for, or None.

  A device would come back only after each loop: so the number of steps between
  two logs is a number of loops.
  """
  value, unit = iterations_per_loop
  if unit == 'seconds':
    return ExamplesPerSecondHook(
      batch_size, None, every_n_secs=value, output_dir=output_dir
    )
  if log_step_count_steps is None:
    return None
  loops = -(-log_step_count_steps // value)
  return ExamplesPerSecondHook(batch_size, loops, output_dir=output_dir)
