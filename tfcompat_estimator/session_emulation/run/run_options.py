"""Gives RunOptions their meaning: a time limit and a trace of one run."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1

# Host level 3 records every operation; Python's own calls are of no interest.
_TRACE = {
  'host_tracer_level': 3,
  'python_tracer_level': 0,
  'device_tracer_level': 1,
}
_HELPERS = ('ThreadpoolListener', 'TFE_', 'Eager', 'KernelAndDevice')


def matter(options: v1.RunOptions | None) -> bool:
  """True if the options ask for anything that a session here does."""
  return options is not None and (
    options.timeout_in_ms > 0 or options.trace_level != v1.RunOptions.NO_TRACE
  )


def call(
  compute: Callable[..., Any],
  inputs: Sequence[tf.Tensor],
  options: v1.RunOptions | None,
  metadata: v1.RunMetadata | None,
) -> Any:
  """Calls a function of a session with the options of one run.

  Args:
    compute: The function.
    inputs: What it is called with.
    options: `timeout_in_ms` ends the run; a `trace_level` other than NO_TRACE
      records it. The rest concerns v1 executors and has no meaning here.
    metadata: Gets the record, as `step_stats`: an entry a thread.

  Raises:
    tf.errors.DeadlineExceededError: If the run took longer than the time limit.
  """
  timeout = options.timeout_in_ms if options is not None else 0
  traced = (
    options is not None
    and options.trace_level != v1.RunOptions.NO_TRACE
    and metadata is not None
  )
  if timeout > 0:
    compute = _limited(compute, timeout)
  if not traced:
    return compute(*inputs)
  profiler = _tf.ProfilerSession()
  profiler.start('', _TRACE)
  try:
    return compute(*inputs)
  finally:
    _add_trace(profiler.stop(), metadata)


def _limited(compute: Callable[..., Any], timeout: int) -> Callable[..., Any]:
  """`compute`, cancelled after `timeout` milliseconds."""
  manager = _tf.CancellationManager()
  cancelable = manager.get_cancelable_function(compute)

  def limited(*inputs: tf.Tensor) -> Any:
    timer = threading.Timer(timeout / 1000, manager.start_cancel)
    timer.daemon = True
    timer.start()
    try:
      return cancelable(*inputs)
    except tf.errors.CancelledError as error:
      if not manager.is_cancelled:
        raise
      raise tf.errors.DeadlineExceededError(
        error.node_def,
        error.op,
        f'The run took longer than timeout_in_ms ({timeout}). {error.message}',
      ) from error
    finally:
      timer.cancel()

  return limited


def _add_trace(serialized: bytes, metadata: v1.RunMetadata) -> None:
  """Turns a profiler's record into step stats, which timelines are made of."""
  trace = _tf.trace_events_pb2.Trace.FromString(serialized)
  threads: dict[tuple[int, int], Any] = {}
  for event in trace.trace_events:
    if event.name.startswith(_HELPERS) or not event.duration_ps:
      continue
    key = (event.device_id, event.resource_id)
    if key not in threads:
      device = trace.devices[event.device_id]
      threads[key] = metadata.step_stats.dev_stats.add(
        device=f'{device.name}/thread:{len(threads)}'
      )
    duration = max(1, event.duration_ps // 1_000_000)
    name, _, op_type = event.args['long_name'].rpartition(':')
    name, op_type = name or event.name, op_type or event.name
    threads[key].node_stats.add(
      node_name=name,
      timeline_label=f'{name} = {op_type}()',  # what timelines are parsed from
      all_start_micros=event.timestamp_ps // 1_000_000,
      op_end_rel_micros=duration,
      all_end_rel_micros=duration,
    )
