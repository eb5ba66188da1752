"""Keeps the graphs of calls, for later calls that would build the same ones.

To build a model in Python is most of what a short call takes. So the graph of a
call stays, with what its steps made (spec, scaffold, saver), and a later call builds
its input only: `input_fn` is called as ever, in a graph of its own. If that graph is
the one that the kept graph began with, but for the data in it, the rest of the build
would be the same, too, with the same names and seeds. Then the kept graph is
run, and whoever asks for its GraphDef gets the nodes of the new input in
place of those that it was built with. The data and functions of the latter are
dropped when the call ends.

What a build depends on is told by `graph_keys` and `graph_starts`. Where it cannot
be told, the graph is built as ever.
"""

import collections
import contextlib
import functools
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.errors import notes
from tfcompat_estimator.estimator import (
  graph_keys,
  graph_starts,
  random_draws,
)
from tfcompat_estimator.inputs import input_call
from tfcompat_estimator.records import modes
from tfcompat_estimator.session_emulation.run import kept_runs

v1 = tf.compat.v1
logging = tf.compat.v1.logging

_SWITCH = 'TFCOMPAT_KEEP_GRAPHS'
_MOST_GRAPHS = 8
_MOST_OPERATIONS = 30_000
_MOST_BYTES = 32 << 20  # of constants, mostly, such as vocabularies


def enabled() -> bool:
  """Whether graphs are kept: unless TFCOMPAT_KEEP_GRAPHS is 0."""
  return os.environ.get(_SWITCH, '1') != '0'


class _Found(BaseException):
  """Ends the build of a graph that is there already."""


class Kept:
  """A graph with what was made in it.

  Args:
    graph: Has run, and is not finalized.
    built: What the steps of the call made.
    start: The graph as it was when the input was there.
    seeds: How many seeds the build drew from Python's random numbers.
  """

  def __init__(
    self,
    graph: tf.Graph,
    built: Any,
    start: graph_starts.Start,
    seeds: int,
  ):
    self.seeds = seeds
    self.graph = graph
    self.built = built
    self.operations = len(graph.get_operations())
    self._parts: dict[bool, v1.GraphDef] = {}
    start.strip(graph)
    self._inputs = start.inputs.keys()
    self._changes = start.changes(graph)
    self._bytes = self._part(add_shapes=False).ByteSize()
    self._runs = kept_runs.KeptRuns(self._inputs)
    graph.finalize()

  @property
  def bytes(self) -> int:
    """How much there is beside operations."""
    return self._bytes + self._runs.bytes

  def use(self, graph: tf.Graph) -> None:
    """Takes the input of another graph in place of its own."""
    notes.of(self.graph).input_fn = notes.of(graph).input_fn
    own = type(self.graph).as_graph_def

    def as_graph_def(
      from_version: Any = None, add_shapes: bool = False, **options: Any
    ) -> v1.GraphDef:
      if from_version is not None:
        return own(self.graph, from_version, add_shapes, **options)
      whole = self._input_of(graph, add_shapes)
      part = self._part(add_shapes)
      whole.node.extend(part.node)
      whole.library.MergeFrom(part.library)
      if not whole.library.function:
        whole.ClearField('library')
      whole.versions.min_consumer = max(
        whole.versions.min_consumer, part.versions.min_consumer
      )
      return whole

    find = type(self.graph).as_graph_element

    def as_graph_element(element: Any, *args: Any, **options: Any) -> Any:
      # Hooks of the user's may run what the new input_fn has made.
      if hasattr(element, '_as_graph_element'):
        element = element._as_graph_element()  # noqa: SLF001 - of a variable
      if getattr(element, 'graph', None) is graph:
        element = element.name
      return find(self.graph, element, *args, **options)

    self.graph.as_graph_def = as_graph_def
    self.graph.as_graph_element = as_graph_element
    self._runs.begin(self.graph, self._input_of(graph))
    scaffold = getattr(self.built[0], 'scaffold', self.built[0])
    for saver in {
      *self.graph.get_collection(v1.GraphKeys.SAVERS),
      scaffold.saver,
    }:
      if saver is not None:
        _begin_anew(saver)

  def leave(self) -> None:
    """Lets the input go."""
    self._runs.end(self.graph)
    del self.graph.as_graph_def
    del self.graph.as_graph_element

  def _input_of(self, graph: tf.Graph, add_shapes: bool = False) -> v1.GraphDef:
    """The nodes of an input as they are in this graph, and its functions."""
    graph_def = graph.as_graph_def(add_shapes=add_shapes)
    for place, change in self._changes.items():
      graph_def.node[place].MergeFrom(change)
    return graph_def

  def _part(self, add_shapes: bool) -> v1.GraphDef:
    """The nodes and functions of the model."""
    if add_shapes not in self._parts:
      part = type(self.graph).as_graph_def(self.graph, add_shapes=add_shapes)
      nodes = [node for node in part.node if node.name not in self._inputs]
      del part.node[:]
      part.node.extend(nodes)
      self._parts[add_shapes] = part
    return self._parts[add_shapes]


def _begin_anew(saver: Any) -> None:
  """Has a Saver that worked before know of no checkpoints, as a new one."""
  saver.set_last_checkpoints_with_time([])
  # The stock class has no public way to reset these two.
  saver._checkpoints_to_be_deleted = []  # noqa: SLF001
  hours = saver.saver_def.keep_checkpoint_every_n_hours
  saver._next_checkpoint_time = time.time() + hours * 3600  # noqa: SLF001


class _Cache:
  """Graphs that are not in use; what was used longest ago goes first."""

  def __init__(self) -> None:
    self._kept: collections.OrderedDict[Any, Kept] = collections.OrderedDict()
    self._owners: Any = weakref.WeakSet()
    self._lock = threading.RLock()  # owners may die at any time

  def __len__(self) -> int:
    return len(self._kept)

  def take(self, key: Any) -> Kept | None:
    """The graph of a key, which nobody else gets meanwhile."""
    with self._lock:
      return self._kept.pop(key, None)

  def put(self, key: Any, kept: Kept, owner: Any) -> None:
    """Lets later calls have a graph, as long as its owner lives."""
    with self._lock:
      if owner not in self._owners:
        self._owners.add(owner)
        forget = weakref.finalize(owner, self._forget, id(owner))
        forget.atexit = False
      self._kept[key] = kept
      self._kept.move_to_end(key)
      while self._are_too_many():
        self._kept.popitem(last=False)

  def _are_too_many(self) -> bool:
    each = self._kept.values()
    return (
      len(each) > _MOST_GRAPHS
      or sum(kept.operations for kept in each) > _MOST_OPERATIONS
      or sum(kept.bytes for kept in each) > _MOST_BYTES
    )

  def _forget(self, owner: int) -> None:
    """Drops the graphs of an estimator that is no more."""
    with self._lock:
      for key in [key for key in self._kept if key[0] == owner]:
        del self._kept[key]

  def clear(self) -> None:
    """Drops all."""
    with self._lock:
      self._kept.clear()


cache = _Cache()
_calls: Any = weakref.WeakKeyDictionary()  # by the graph that is being built


class Call:
  """One call of train, evaluate or predict, which may find its graph.

  While it is open, nobody else gets the graph. When it is closed, the graph is
  kept, unless the call raised an error: the program may look at it then.

  Args:
    estimator: Whose call it is.
    mode: One of `ModeKeys`.
    hooks: All that the user gave, and listeners.
    has_checkpoint: Whether there is one to restore.
  """

  def __init__(
    self,
    estimator: Any,
    mode: str,
    hooks: Sequence[Any],
    has_checkpoint: bool,
  ):
    self._estimator = estimator  # so that no other one gets its id meanwhile
    self._mode = mode
    self._hooks = list(hooks)
    self._key: Any = None
    self._start: graph_starts.Start | None = None
    self._kept: Kept | None = None
    self._let_go: Callable[[], None] = lambda: None  # of the input
    self._made: tuple[tf.Graph, Any] | None = None
    self._has_checkpoint = has_checkpoint
    self._draws: Any = None
    self._seeds: int | None = 0
    # A warm start reads files while it is built.
    is_warm = not has_checkpoint and estimator._warm_start_settings  # noqa: SLF001
    if enabled() and not is_warm and graph_keys.only_read(hooks, mode):
      self._key = graph_keys.of(estimator, mode)

  def __enter__(self) -> 'Call':
    return self

  @contextlib.contextmanager
  def built(self, make: Callable[[], Any]) -> Iterator[Any]:
    """While this is open, the graph to run is the default graph.

    Args:
      make: Builds it in the default graph. Returns a tuple, whose first element
        is the spec or the scaffold, and whose last one is a list of hooks: those
        of the input, and of an evaluation all of them.

    Yields:
      What `make` returned, now or in an earlier call.
    """
    graph = v1.get_default_graph()
    if self._key is None:
      yield make()
      return
    _calls[graph] = self
    try:
      built = make()
    except _Found:
      built = None
    finally:
      del _calls[graph]
    if self._kept is None:
      self._made = (graph, self._to_keep(built))
      yield built
      return
    self._kept.use(graph)
    assert self._start is not None
    # The rest of that graph waits for Python's garbage collector.
    self._let_go = functools.partial(self._start.strip, graph)
    *first, hooks = self._kept.built
    if self._mode == modes.ModeKeys.EVAL:
      hooks = [*hooks, *self._hooks]
    with self._kept.graph.as_default():
      yield (*first, hooks)

  def note_input(self, result: Any) -> None:
    """Keeps no graph where a hook may hold what `input_fn` made beside a dataset.

    Such as the initializer of an iterator, which it may run in several ways.
    """
    if not isinstance(result, tf.data.Dataset) and not graph_keys.are_stock(
      self._hooks
    ):
      self._key = None

  def look_up(self, graph: tf.Graph, features: Any, labels: Any) -> None:
    """Ends the build if there is a graph that begins like this one."""
    if self._start is not None or self._key is None:
      return
    self._start = _attempt(graph_starts.Start, graph, features, labels)
    if self._start is None:
      self._key = None
      return
    self._key = (*self._key, self._start.key)
    kept = cache.take(self._key)
    if kept is not None and kept.seeds and not self._has_checkpoint:
      # Initial values of drawn seeds are to be others each time.
      cache.put(self._key, kept, self._estimator)
    elif kept is not None:
      self._kept = kept
      random_draws.repeat(kept.seeds)
      raise _Found
    self._draws = random_draws.state()

  def __exit__(
    self,
    kind: type[BaseException] | None,
    error: BaseException | None,
    trace: object,
  ) -> None:
    kept, self._kept = self._kept, None
    made, self._made = self._made, None
    if error is not None and kind is not GeneratorExit:
      return
    if kept is not None:
      kept.leave()
      self._let_go()
      cache.put(self._key, kept, self._estimator)
    elif made is not None and made[1] is not None and _has_run(made[0]):
      assert self._start is not None
      new = _attempt(Kept, *made, self._start, self._seeds or 0)
      if new is not None:
        cache.put(self._key, new, self._estimator)

  def _to_keep(self, built: Any) -> Any:
    """What of it serves later calls; None if the graph does not."""
    *first, hooks = built
    own = [hook for hook in hooks if not any(hook is h for h in self._hooks)]
    if any(type(hook) is not input_call.DatasetInitializerHook for hook in own):
      return None
    if any(getattr(first[0], name, None) for name in _HOOKS_OF_SPECS):
      return None
    if self._start is None:
      return None
    self._seeds = random_draws.between(self._draws, random_draws.state())
    if self._seeds is None:
      return None
    if self._seeds:
      graph = v1.get_default_graph()
      if _attempt(random_draws.matter, first, graph) is not False:
        return None
    return (*first, own)


def _attempt(make: Callable[..., Any], *arguments: Any) -> Any:
  """What a part of keeping a graph gives; None if it fails: the call goes on."""
  try:
    return make(*arguments)
  except Exception as reason:  # noqa: BLE001 - to build anew is always right
    logging.debug('The graph is not kept: %s.', reason)
    return None


_HOOKS_OF_SPECS = (
  'training_hooks',
  'training_chief_hooks',
  'evaluation_hooks',
  'prediction_hooks',
)


def note_input(result: Any) -> None:
  """Is called with what an `input_fn` returned in the default graph."""
  call = _calls.get(v1.get_default_graph())
  if call is not None:
    call.note_input(result)


def look_up(features: Any, labels: Any) -> None:
  """Is called before a model is built in the default graph."""
  graph = v1.get_default_graph()
  call = _calls.get(graph)
  if call is not None:
    call.look_up(graph, features, labels)


def _has_run(graph: tf.Graph) -> bool:
  """Whether a session was opened over it, and closed."""
  return not graph.finalized and bool(
    graph.get_collection(v1.GraphKeys.READY_OP)
  )
