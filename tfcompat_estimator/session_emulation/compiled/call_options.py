"""With which options of TensorFlow's a function is called."""

import contextlib
import functools
from collections.abc import Iterator

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import ops

v1 = tf.compat.v1


@contextlib.contextmanager
def calling_with(options: _tf.FunctionCallOptions) -> Iterator[None]:
  """Lets this thread call functions with other options than usual."""
  context = _tf.eager_context()
  usual = context.function_call_options
  context.function_call_options = options
  try:
    yield
  finally:
    context.function_call_options = usual


def calls_functions(graph: tf.Graph) -> bool:
  """Whether a branch, a loop of TF 2, or a call of a function is in a graph."""
  return any(
    ops.Is.LOWERED in ops.traits(op) or _tf.op_def(op) is None  # a Defun's name
    for op in {operation.type for operation in graph.get_operations()}
  )


def waiting_for_results() -> contextlib.AbstractContextManager[None]:
  """Lets who waits for a result of a branch, loop or call wait for all of it.

  TensorFlow (2.15 to 2.21) leaves out operations that are only waited for, and
  those who wait then wait for what these take (`dependency_optimizer.cc`). Where
  that is a branch or a call, it is replaced by its body later, and nothing is
  left to wait for but its beginning: what is read thereafter may be read before
  the body has written it. A Session with `disable_meta_optimizer` is right.
  """
  usual = _tf.eager_context().function_call_options
  return calling_with(
    _waiting(usual.executor_type, usual.config_proto_serialized)
  )


@functools.lru_cache(maxsize=16)
def _waiting(executor_type: str, serialized: bytes) -> _tf.FunctionCallOptions:
  config = v1.ConfigProto.FromString(serialized)
  rewrites = config.graph_options.rewrite_options
  rewrites.dependency_optimization = rewrites.OFF
  return _tf.FunctionCallOptions(
    executor_type=executor_type, config_proto=config
  )
