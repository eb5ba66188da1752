"""Offers the interface of a v1 session over TF 2 functions."""

import itertools
import os
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import components
from tfcompat_estimator.session_emulation.compiled import compiled_function
from tfcompat_estimator.session_emulation.run import (
  failures,
  graph_snapshot,
  parts,
  plans,
  program,
  resource_table,
  run_options,
)
from tfcompat_estimator.session_emulation.run import feeds as feeds_lib

v1 = tf.compat.v1

_serial = itertools.count()
_GLOBAL_STEP_READS = 'global_step_read_op_cache'  # a collection of TensorFlow's


class EmulatedSession(_tf.SessionInterface):
  """Runs parts of `graph`, as `tf.compat.v1.Session` does, without one.

  Each instance has variables, tables, queues and iterators of its own, which
  `close` frees. `run` may be called by several threads.

  Args:
    graph: The graph to run; default: the default graph. It may still grow.
  """

  def __init__(self, graph: tf.Graph | None = None):
    self._graph = graph or v1.get_default_graph()
    # Resource containers take letters, digits and dots only. The process id
    # keeps processes apart that share a resource manager after a fork.
    container = f'tfcompat.{os.getpid()}.{next(_serial)}'
    self._snapshot = graph_snapshot.GraphSnapshot(self._graph, container)
    self._resources = resource_table.ResourceTable(self._snapshot)
    self._programs = program.ProgramCache(self._snapshot, self._resources)
    self._plans = plans.PlanCache()
    self._closed = False

  @property
  def graph(self) -> tf.Graph:
    """The graph that this session runs."""
    return self._graph

  @property
  def graph_def(self) -> v1.GraphDef:
    """The graph, serializable."""
    return self._graph.as_graph_def(add_shapes=True)

  @property
  def sess_str(self) -> str:
    """The target of a remote runtime: none, this session is in-process."""
    return ''

  def run(
    self,
    fetches: Any,
    feed_dict: dict[Any, Any] | None = None,
    options: v1.RunOptions | None = None,
    run_metadata: v1.RunMetadata | None = None,
  ) -> Any:
    """Computes `fetches` in one call of one function.

    Args:
      fetches: A graph element, the name of one, or a nest of them: list, tuple,
        namedtuple, dict, composite tensor.
      feed_dict: Values in place of tensors of the graph.
      options: `timeout_in_ms` ends the run; `trace_level` records it.
      run_metadata: Gets the record.

    Returns:
      The values in the structure of `fetches`: numpy arrays and scalars for
      tensors, `...Value` tuples for composites, None for operations.

    Raises:
      RuntimeError: If the session is closed.
      TypeError, ValueError: If a fetch or a feed is none of the graph's, or a
        value does not fit what it is fed for.
      tf.errors.OpError: If an operation failed.
    """
    self._check_usable()
    try:
      with _tf.eager_mode():
        feeds = feeds_lib.resolve(self._graph, feed_dict)
        in_short = not run_options.matter(options)
        key = (plans.key_of(fetches), in_short, *feeds)
        plan = self._plans.get(key)
        if plan is None:
          plan = self._make_plan(fetches, tuple(feeds), in_short)
          self._plans.put(key, plan)
        inputs = [fed.tensor for fed in feeds.values()]
        if in_short:
          values = plan.compute(*inputs)
        else:
          values = run_options.call(plan.compute, inputs, options, run_metadata)
        shown = [fed.shown for fed in feeds.values()]
        return plan.build([*map(_to_numpy, values), *shown])
    except tf.errors.OpError as error:
      raise self.located(error) from error.__cause__

  def make_callable(
    self,
    fetches: Any,
    feed_list: Sequence[Any] | None = None,
    accept_options: bool = False,
  ) -> Callable[..., Any]:
    """A function that runs `fetches` with values for `feed_list`.

    Args:
      fetches: As for `run`.
      feed_list: Tensors or their names; the function takes a value for each.
      accept_options: Whether it also takes `options` and `run_metadata`.

    Returns:
      The function; it returns what `run` returns.
    """
    self._check_usable()
    feed_list = list(feed_list or [])

    def run_with(
      *values: Any, options: Any = None, run_metadata: Any = None
    ) -> Any:
      if len(values) != len(feed_list):
        raise TypeError(
          f'The function takes {len(feed_list)} values, one for each of '
          f'{feed_list}; got {len(values)}.'
        )
      feed_dict = dict(zip(feed_list, values, strict=True))
      if not accept_options:
        return self.run(fetches, feed_dict)
      return self.run(fetches, feed_dict, options, run_metadata)

    return run_with

  def partial_run_setup(self, fetches: Any, feeds: Any = None) -> None:
    """Refuses: a function cannot stop half-way and go on with later feeds."""
    del fetches, feeds
    raise tf.errors.UnimplementedError(
      None,
      None,
      'partial_run_setup and partial_run are not supported by this session, '
      'which runs TF 2 functions. Call `run` for each part of the graph, and '
      'feed what an earlier call returned.',
    )

  def partial_run(
    self, handle: Any, fetches: Any, feed_dict: Any = None
  ) -> None:
    """Refuses, as `partial_run_setup` does."""
    del handle, feed_dict
    self.partial_run_setup(fetches)

  def list_devices(self) -> list[Any]:
    """The devices of this process, as `tf.config.LogicalDevice`s."""
    return tf.config.list_logical_devices()

  def function(
    self, fetches: Sequence[tf.Tensor], targets: Sequence[Any]
  ) -> compiled_function.Function:
    """The function behind `run` of these graph elements, for eager mode.

    Args:
      fetches: Tensors, whose values it returns, and after them one that waits
        for the targets.
      targets: Operations, or tensors whose values are not wanted.
    """
    self._check_usable()
    names = [
      getattr(target, 'op', target).name
      if tf.is_tensor(target)
      else target.name
      for target in targets
    ]
    signature = parts.Signature(
      (), tuple(tensor.name for tensor in fetches), tuple(names)
    )
    with _tf.eager_mode():
      return self._programs.get(signature)

  def keep(self, function: compiled_function.Function) -> None:
    """Lets `close` release also this function over resources of the session."""
    self._programs.keep(function)

  def handle(self, variable: tf.Variable) -> tf.Tensor:
    """The resource handle behind a resource variable of the graph."""
    node = self._handle_node(components.first(variable))
    if node is None:
      raise ValueError(f'{variable} is not a variable of a resource.')
    with _tf.eager_mode():
      return self._resources.handle(node)

  def uninitialized(self, variables: Sequence[Any]) -> list[str] | None:
    """The names of those of `variables` that have no value yet.

    None if they are not all resource variables with a handle of the graph.
    """
    handles = {}
    for variable in itertools.chain.from_iterable(
      map(components.of, variables)
    ):
      node = self._handle_node(variable)
      if node is None:
        return None
      handles[variable.op.name] = node
    with _tf.eager_mode():
      missing = set(self._programs.without_value(handles.values()))
    return [name for name, handle in handles.items() if handle in missing]

  def located(self, error: Exception) -> Exception:
    """An error of a function of this session, with the operation that failed."""
    functions = self._snapshot.library.function
    return failures.located(self._graph, functions, error)

  def snapshot(self) -> graph_snapshot.GraphSnapshot:
    """The graph as this session runs it, what was just added to it included."""
    self._snapshot.refresh()
    return self._snapshot

  def close(self) -> None:
    """Frees the variables, tables, queues and iterators of this session."""
    if self._closed:
      return
    self._closed = True
    with _tf.eager_mode():
      self._plans.clear()
      self._programs.clear()
      self._resources.destroy()
    self._snapshot.forget()

  def as_default(self) -> Any:
    """A context in which `tensor.eval()` and `op.run()` use this session."""
    return _tf.default_session(self)

  def __enter__(self) -> 'EmulatedSession':
    return self

  def __exit__(self, *unused_exception: object) -> None:
    self.close()

  def _make_plan(
    self, fetches: Any, feeds: tuple[str, ...], in_short: bool
  ) -> plans.Plan:
    """How to run fetches; `in_short` is by means that no trace would show."""
    fed = [self._graph.get_tensor_by_name(name) for name in feeds]
    handler, build = plans.builder(self, fetches, fed)
    signature = self._signature(handler, feeds)
    compute = self._programs.plain_reads(signature) if in_short else None
    if compute is None:
      call = self._programs.get(signature)
      compute = lambda *inputs: list(call(*inputs)[:-1])  # noqa: E731
    return plans.Plan(build, compute, fetches)

  def _signature(self, handler: Any, feeds: tuple[str, ...]) -> parts.Signature:
    reads = self._global_step_reads()
    if any(tensor.dtype == tf.resource for tensor in handler.fetches()):
      reads.update(self._reads_of_handles())
    return parts.Signature(
      feeds,
      tuple(reads.get(t.name, t.name) for t in handler.fetches()),
      tuple(op.name for op in handler.targets()),
    )

  def _handle_node(self, variable: Any) -> str | None:
    """The node of a variable's resource, if it has one."""
    snapshot = self.snapshot()
    operation = getattr(variable, 'op', None)
    if operation is None:
      return None
    handle = getattr(variable, 'handle', None)
    if handle is None:
      return snapshot.ref_variables.handles.get(operation.name)
    node = getattr(handle, 'op', operation).name
    return node if snapshot.is_resource(node) else None

  def _global_step_reads(self) -> dict[str, str]:
    """From what hooks fetch for the global step to the plain read of it.

    Hooks fetch a tensor that TensorFlow makes for them: a conditional on
    whether the variable is initialized. In a session that hooks see, it is.
    """
    reads = self._graph.get_collection(_GLOBAL_STEP_READS)
    variable = components.first(
      v1.train.get_global_step(self._graph) if reads else None
    )
    if not isinstance(variable, tf.Variable):
      return {}
    if hasattr(variable, 'handle'):
      plain = self._graph.as_graph_element(variable).name
      return {read.name: plain for read in reads}
    node = self.snapshot().ref_variables.reads.get(variable.op.name)
    return {read.name: f'{node}:0' for read in reads} if node else {}

  def _reads_of_handles(self) -> dict[str, str]:
    """From handles of variables to reads of them.

    In programs of TF 1 the tensor with a variable's name was its value. A handle
    by itself is good for nothing; of a variable of another process TensorFlow
    (2.16 to 2.21) cannot even print it without a segmentation fault.
    """
    keys = v1.GraphKeys
    variables = [
      *self._graph.get_collection(keys.GLOBAL_VARIABLES),
      *self._graph.get_collection(keys.LOCAL_VARIABLES),
    ]
    return {
      variable.handle.name: self._graph.as_graph_element(variable).name
      for variable in itertools.chain.from_iterable(
        map(components.of, variables)
      )
      if hasattr(variable, 'handle')
    }

  def _check_usable(self) -> None:
    if self._closed:
      raise RuntimeError('Attempted to use a closed Session.')


def _to_numpy(value: tf.Tensor) -> Any:
  if value.dtype in (tf.resource, tf.variant):
    return value
  return value.numpy()
