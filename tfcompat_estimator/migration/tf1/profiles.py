"""Tells the sizes of a graph's variables and operations: `tf.contrib.tfprof`."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

_Options = Mapping[str, Any]

ALL_ADVICE: _Options = {
  checker: {}
  for checker in (
    'ExpensiveOperationChecker',
    'AcceleratorUtilizationChecker',
    'JobChecker',
    'OperationChecker',
  )
}
_builder = tf.compat.v1.profiler.ProfileOptionBuilder
TRAINABLE_VARS_PARAMS_STAT_OPTIONS: _Options = (
  _builder.trainable_variables_parameter()
)
FLOAT_OPS_OPTIONS: _Options = _builder.float_operation()
PRINT_ALL_TIMING_MEMORY: _Options = _builder.time_and_memory()


def print_model_analysis(
  graph: tf.Graph | None,
  run_meta: Any = None,
  op_log: Any = None,
  tfprof_cmd: str = 'scope',
  tfprof_options: _Options | int = 0,
) -> Any:
  """Prints an analysis of a graph.

  Args:
    graph: It; None for the default graph.
    run_meta: A RunMetadata of its run; its times and memory are told, too.
    op_log: An OpLogProto with what operations cost.
    tfprof_cmd: 'scope', 'graph', 'op' or 'code'.
    tfprof_options: What to tell; 0 for the trainable variables.

  Returns:
    The root of what was printed, a message.
  """
  return tf.compat.v1.profiler.profile(
    graph=graph,
    run_meta=run_meta,
    op_log=op_log,
    cmd=tfprof_cmd,
    options=tfprof_options or TRAINABLE_VARS_PARAMS_STAT_OPTIONS,
  )
