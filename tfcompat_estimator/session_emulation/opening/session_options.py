"""Applies what a ConfigProto says and TensorFlow 2 still knows.

A session had options of its own; in TensorFlow 2 they belong to the process.
Placement, XLA and grappler are set while a graph runs and reset thereafter.
Threads, devices and GPU memory can be set only before TensorFlow has started to
run anything, so they are set when an estimator is made, and stay.
"""

import contextlib
import ctypes
import functools
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1
logging = tf.compat.v1.logging

_THREADS = {
  'intra_op_parallelism_threads': (
    tf.config.threading.set_intra_op_parallelism_threads
  ),
  'inter_op_parallelism_threads': (
    tf.config.threading.set_inter_op_parallelism_threads
  ),
}
_DEVICES = 'device_count'
_GROWTH = 'gpu_options.allow_growth'
_FRACTION = 'gpu_options.per_process_gpu_memory_fraction'
_PLACEMENT = ('allow_soft_placement', 'log_device_placement')
_JIT = 'graph_options.optimizer_options.global_jit_level'
_REWRITES = 'graph_options.rewrite_options.'
# RewriterConfig's fields with an effect, by kind: those of ON and OFF, and the
# others.
_TOGGLES = (
  'layout_optimizer',
  'constant_folding',
  'shape_optimization',
  'remapping',
  'arithmetic_optimization',
  'dependency_optimization',
  'loop_optimization',
  'function_optimization',
  'debug_stripper',
  'scoped_allocator_optimization',
  'pin_to_host_optimization',
  'implementation_selector',
  'auto_mixed_precision',
)
_PLAIN = ('disable_model_pruning', 'disable_meta_optimizer', 'min_graph_nodes')
_ON_VALUES = ('ON', 'AGGRESSIVE')

# RunConfig's own defaults: the passes of grappler are a matter of speed alone,
# the devices that a task sees one of the cluster's servers.
_DEFAULTS = (_REWRITES + 'meta_optimizer_iterations', 'device_filters')

_KNOWN = {
  *_THREADS,
  _DEVICES,
  _GROWTH,
  _FRACTION,
  *_PLACEMENT,
  _JIT,
  *(_REWRITES + name for name in (*_TOGGLES, *_PLAIN)),
  *_DEFAULTS,
}

# What has been said in this process, and is not said again.
_said: set[str] = set()


def start(config: v1.ConfigProto | None) -> None:
  """Applies what must be set before TensorFlow starts, and names the rest.

  Args:
    config: A session_config; None for no options.
  """
  if config is None:
    return
  given = dict(_fields(config))
  for name, set_threads in _THREADS.items():
    if name in given:
      _try(name, functools.partial(set_threads, given[name]))
  for kind, count in given.get(_DEVICES, {}).items():
    _try(_DEVICES, functools.partial(_set_devices, kind, count))
  if _GROWTH in given or _FRACTION in given:
    for index, gpu in enumerate(tf.config.list_physical_devices('GPU')):
      _set_gpu(gpu, index, given)
  ignored = sorted(set(given) - _KNOWN)
  if ignored:
    _say(f'session_config: no meaning on TensorFlow 2, so ignored: {ignored}')


@contextlib.contextmanager
def applied(config: v1.ConfigProto | None) -> Iterator[None]:
  """Applies placement, XLA and grappler options for as long as it is entered.

  Args:
    config: A session_config; None for no options.
  """
  if config is None:
    yield
    return
  given = dict(_fields(config))
  with contextlib.ExitStack() as stack:
    _swap(
      stack,
      config.allow_soft_placement,
      tf.config.get_soft_device_placement,
      tf.config.set_soft_device_placement,
    )
    if config.log_device_placement:
      _swap(
        stack,
        True,
        tf.debugging.get_log_device_placement,
        tf.debugging.set_log_device_placement,
      )
    if _JIT in given:
      wanted = 'autoclustering' if given[_JIT] > 0 else False
      _swap(stack, wanted, tf.config.optimizer.get_jit, _set_jit)
    _swap_rewrites(stack, config.graph_options.rewrite_options)
    yield


def _fields(message: Any, prefix: str = '') -> Iterator[tuple[str, Any]]:
  """Yields the dotted names and values of all fields that are set."""
  for field, value in message.ListFields():
    is_single_message = field.message_type is not None and not isinstance(
      value, (list, dict)
    )
    if is_single_message and hasattr(value, 'ListFields'):
      yield from _fields(value, f'{prefix}{field.name}.')
    else:
      yield prefix + field.name, value


def _swap(
  stack: contextlib.ExitStack,
  wanted: Any,
  get: Callable[[], Any],
  set_: Callable[[Any], Any],
) -> None:
  """Sets an option, and sees that it is reset."""
  # Of an option that was never set, the getter tells the default of the current
  # mode (TensorFlow 2.16 to 2.21). Inside a graph that is False; if False were
  # set afterwards, soft placement would be off for the rest of the process.
  with _tf.eager_mode():
    before = get()
  # The option is set even if the getter says that it has this value already: if
  # TensorFlow started inside a graph, soft placement is off, and the getter
  # says that it is on.
  stack.callback(set_, before)
  set_(wanted)


def _set_jit(value: Any) -> None:
  """Turns XLA on or off; the getter's '' means off."""
  tf.config.optimizer.set_jit(value or False)


def _swap_rewrites(stack: contextlib.ExitStack, rewrites: Any) -> None:
  """Sets grappler's options, and sees that they are reset."""
  wanted = {}
  for field, value in rewrites.ListFields():
    if field.name in _TOGGLES:
      name = field.enum_type.values_by_number[value].name
      wanted[field.name] = name in _ON_VALUES
    elif field.name in _PLAIN:
      wanted[field.name] = value
  if not wanted:
    return
  options = tf.config.optimizer.get_experimental_options()
  # None is what an option is that was never set.
  before = {name: options.get(name) for name in wanted}
  stack.callback(tf.config.optimizer.set_experimental_options, before)
  tf.config.optimizer.set_experimental_options(wanted)


def _set_devices(kind: str, count: int) -> None:
  """Sets how many devices of a kind there are, at most: a session's own were.

  A CPU is divided into logical ones. Of GPUs, all others are hidden.
  """
  physical = tf.config.list_physical_devices(kind)
  if kind != 'CPU':
    if tf.config.get_visible_devices(kind) != physical[:count]:
      tf.config.set_visible_devices(physical[:count], kind)
  elif count > len(
    tf.config.get_logical_device_configuration(physical[0]) or [0]
  ):
    parts = [tf.config.LogicalDeviceConfiguration()] * count
    tf.config.set_logical_device_configuration(physical[0], parts)


def _set_gpu(gpu: Any, index: int, given: dict[str, Any]) -> None:
  """Sets how much of a GPU's memory TensorFlow takes."""
  if _FRACTION in given:
    megabytes = int(given[_FRACTION] * _gpu_bytes(index) / 2**20)
    limit = tf.config.LogicalDeviceConfiguration(memory_limit=megabytes)
    _try(
      _FRACTION,
      lambda: tf.config.set_logical_device_configuration(gpu, [limit]),
    )
  elif given[_GROWTH]:
    _try(_GROWTH, lambda: tf.config.experimental.set_memory_growth(gpu, True))


def _gpu_bytes(index: int) -> int:
  """The memory of a GPU, asked of the driver so that TensorFlow needn't start.

  Raises:
    OSError: If the driver does not tell.
  """
  driver = ctypes.CDLL('libcuda.so.1')
  device = ctypes.c_int()
  size = ctypes.c_size_t()
  failed = (
    driver.cuInit(0)
    or driver.cuDeviceGet(ctypes.byref(device), index)
    or driver.cuDeviceTotalMem_v2(ctypes.byref(size), device)
  )
  if failed:
    raise OSError(f'the CUDA driver failed with error {failed}')
  return size.value


def _try(name: str, set_: Callable[[], None]) -> None:
  """Sets an option; says so if it is too late."""
  try:
    set_()
  except (RuntimeError, ValueError) as error:
    _say(
      f'session_config.{name} comes too late, TensorFlow is running: {error} '
      'Make the first estimator before anything is computed.'
    )


def _say(line: str) -> None:
  if line not in _said:
    _said.add(line)
    logging.warning(line)
