"""Calls a function through the executor of TensorFlow that is faster for it.

TensorFlow's usual executor hands the operations of a function to other threads.
For a small model that takes longer than to compute it, and the other executor,
which runs all of them in the caller's thread, is faster by a third. Which one is
faster is measured, during the first calls.
"""

import math
import time
import weakref
from collections.abc import Callable, Sequence

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.compiled import (
  call_options,
  compiled_function,
  shared,
)
from tfcompat_estimator.session_emulation.passes import random_streams

TRIAL_CALLS = 40  # with each executor
# Longer functions may gain from several threads, and do not gain from this.
SLOW_CALL_SECONDS = 0.001
# What was found out about functions that several sessions may share.
_simple: weakref.WeakKeyDictionary[shared.Compiled, bool] = (
  weakref.WeakKeyDictionary()
)


class FasterCalls:
  """Calls `program`, which takes nothing, and finds out how to call it faster.

  Args:
    program: The function.
    clock: Tells the time, in seconds.
  """

  def __init__(
    self,
    program: compiled_function.Function,
    clock: Callable[[], float] = time.perf_counter,
  ):
    self._program = program
    self._clock = clock
    self._is_decided = False
    self._in_one_thread = False
    self._calls = 0
    self._fastest = math.inf  # of the calls with the executor under trial
    self._usual = math.inf
    self._options: _tf.FunctionCallOptions | None = None

  def __call__(self) -> Sequence[tf.Tensor]:
    if self._is_decided:
      return self._call()
    values = self._measured()
    if self._calls >= TRIAL_CALLS:  # threads may count together
      self._decide()
    return values

  def _decide(self) -> None:
    if self._in_one_thread:
      self._in_one_thread = self._fastest < self._usual
      self._is_decided = True
      return
    self._usual = self._fastest
    self._calls, self._fastest = 0, math.inf
    self._in_one_thread = self._usual < SLOW_CALL_SECONDS and is_simple(
      self._program
    )
    self._is_decided = not self._in_one_thread

  def _measured(self) -> Sequence[tf.Tensor]:
    start = self._clock()
    values = self._call()
    self._fastest = min(self._fastest, self._clock() - start)
    self._calls += 1
    return values

  def _call(self) -> Sequence[tf.Tensor]:
    if not self._in_one_thread:
      return self._program()
    if self._options is None:
      usual = _tf.eager_context().function_call_options
      self._options = call_options.options(
        'SINGLE_THREADED_EXECUTOR', usual.config_proto_serialized
      )
    with call_options.calling_with(self._options):
      return self._program()


def is_simple(program: compiled_function.Function) -> bool:
  """True if the executor with one thread can run it; called in eager mode."""
  if len(tf.config.list_logical_devices()) > 1:
    return False  # parts on several devices wait for each other
  compiled = program.compiled
  if compiled not in _simple:
    _simple[compiled] = _has_only_simple_nodes(compiled.graph.as_graph_def())
  return _simple[compiled]


def _has_only_simple_nodes(graph_def: tf.compat.v1.GraphDef) -> bool:
  if random_streams.stays_in_kernels(graph_def.node, graph_def.library):
    return False
  return not any(
    ops.has(node, ops.Is.NEEDS_THREADS) or ops.refers(node.op)
    for node in graph_def.node
  )
