"""Offers the interface of a v1 session over TF 2 functions."""

import itertools
import os
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import feeds as feeds_lib
from tfcompat_estimator.session_emulation import program
from tfcompat_estimator.session_emulation import resources as resources_lib
from tfcompat_estimator.session_emulation import snapshot as snapshot_lib

_serial = itertools.count()


class EmulatedSession(_tf.SessionInterface):
  """Runs parts of `graph`, as `tf.compat.v1.Session` does, without one.

  Each instance has variables, tables, queues and iterators of its own, which
  `close` frees. `run` may be called by several threads.

  Args:
    graph: the graph to run; default: the default graph. It may still grow.
  """

  def __init__(self, graph: tf.Graph | None = None):
    self._graph = graph or tf.compat.v1.get_default_graph()
    # Resource containers take letters, digits and dots only. The process id
    # keeps processes apart that share a resource manager after a fork.
    container = f'tfcompat.{os.getpid()}.{next(_serial)}'
    self._snapshot = snapshot_lib.GraphSnapshot(self._graph, container)
    self._resources = resources_lib.ResourceTable(self._snapshot)
    self._programs = program.ProgramCache(self._snapshot, self._resources)
    self._closed = False
    self._pending_error: Exception | None = None

  @property
  def graph(self) -> tf.Graph:
    """The graph that this session runs."""
    return self._graph

  @property
  def graph_def(self) -> tf.compat.v1.GraphDef:
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
    options: tf.compat.v1.RunOptions | None = None,
    run_metadata: tf.compat.v1.RunMetadata | None = None,
  ) -> Any:
    """Computes `fetches` in one call of one function.

    Args:
      fetches: a graph element, the name of one, or a nest of them: list, tuple,
        namedtuple, dict, composite tensor.
      feed_dict: values in place of tensors of the graph.
      options: unused by this session.
      run_metadata: unused by this session.

    Returns:
      The values in the structure of `fetches`: numpy arrays and scalars for
      tensors, `...Value` tuples for composites, None for operations.

    Raises:
      RuntimeError: the session is closed.
      TypeError, ValueError: a fetch or a feed is none of the graph's, or a value
        does not fit what it is fed for.
      tf.errors.OpError: an operation failed.
    """
    del options, run_metadata
    self._check_usable()
    with _tf.eager_mode():
      feeds = feeds_lib.resolve(self._graph, feed_dict)
      fed = {
        self._graph.get_tensor_by_name(name).ref(): value
        for name, value in feeds.items()
      }
      handler = _tf.FetchHandler(self._graph, fetches, fed)
      signature = program.Signature(
        tuple(feeds),
        tuple(tensor.name for tensor in handler.fetches()),
        tuple(op.name for op in handler.targets()),
      )
      values = self._programs.get(signature)(*feeds.values())
      return handler.build_results(self, [_to_numpy(v) for v in values[:-1]])

  def function(
    self, fetches: Sequence[tf.Tensor], targets: Sequence[Any]
  ) -> Callable[[], list[tf.Tensor]]:
    """What `run` calls for these graph elements; to be called in eager mode.

    Args:
      fetches: tensors, whose values it returns, and after them one that waits
        for the targets.
      targets: operations, or tensors whose values are not wanted.
    """
    self._check_usable()
    names = [
      getattr(target, 'op', target).name
      if tf.is_tensor(target)
      else target.name
      for target in targets
    ]
    return self._programs.get(
      program.Signature(
        (), tuple(tensor.name for tensor in fetches), tuple(names)
      )
    )

  def handle(self, variable: tf.Variable) -> tf.Tensor:
    """The resource handle behind a resource variable of the graph."""
    self._snapshot.refresh()
    return self._resources.handle(variable.handle.op.name)

  def fail_next_run(self, error: Exception) -> None:
    """Makes the next `run` raise `error`: steps run by other means failed."""
    self._pending_error = error

  def close(self) -> None:
    """Frees the variables, tables, queues and iterators of this session."""
    if self._closed:
      return
    self._closed = True
    with _tf.eager_mode():
      self._resources.destroy()
      self._programs.clear()

  def as_default(self) -> Any:
    """A context in which `tensor.eval()` and `op.run()` use this session."""
    return _tf.default_session(self)

  def __enter__(self) -> 'EmulatedSession':
    return self

  def __exit__(self, *unused_exception: object) -> None:
    self.close()


  def _check_usable(self) -> None:
    if self._closed:
      raise RuntimeError('Attempted to use a closed Session.')
    error, self._pending_error = self._pending_error, None
    if error is not None:
      raise error


def _to_numpy(value: tf.Tensor) -> Any:
  if value.dtype in (tf.resource, tf.variant):
    return value
  return value.numpy()
