"""Keeps the graphs of calls, for later calls that would build the same ones.

To build a model in Python is most of what a short call takes. So the graph of a
call stays, with what its steps made (spec, scaffold, saver), and a later call builds
its input only: `input_fn` is called as ever, in a graph of its own. If that graph is
the one that the kept graph began with, but for the data in it, the rest of the build
would be the same, too, with the same names and seeds. Then the kept graph is
run, and whoever asks for its GraphDef gets the nodes of the new input in
place of those that it was built with. What those held, data and functions, is
dropped when the call ends.

What a build may depend on is the key: `_Conditions` lists it. Where it cannot be told, the
graph is built as ever.
"""

import collections
import contextlib
import os
import random
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from tfcompat_estimator import _tf
from tfcompat_estimator.errors import notes
from tfcompat_estimator.estimator import fingerprints
from tfcompat_estimator.inputs import input_call
from tfcompat_estimator.loop import model_fn_call
from tfcompat_estimator.records import modes

v1 = tf.compat.v1
logging = tf.compat.v1.logging

_SWITCH = 'TFCOMPAT_KEEP_GRAPHS'
_MOST_GRAPHS = 8
_MOST_OPERATIONS = 30_000
_MOST_ELEMENTS = 16  # of constants of the input that stay
_MOST_BETWEEN = 256  # operations from the iterator to the features
_OURS = __name__.partition('.')[0]


def enabled() -> bool:
  """Whether graphs are kept: True unless TFCOMPAT_KEEP_GRAPHS is 0."""
  return os.environ.get(_SWITCH, '1') != '0'


class _Found(BaseException):
  """Ends the build of a graph that is there already."""


class Kept:
  """A graph with what was made in it.

  Args:
    graph: Has run, and is not finalized.
    built: What the steps of the call made.
    start: The graph as it was when the input was there.
  """

  def __init__(self, graph: tf.Graph, built: Any, start: 'Start'):
    self.graph = graph
    self.built = built
    self.size = len(graph.get_operations())
    self._parts: dict[bool, v1.GraphDef] = {}
    start.strip(graph)
    self._inputs = start.inputs.keys()
    self._changes = start.changes(graph)
    graph.finalize()

  def use(self, graph: tf.Graph) -> None:
    """Takes the input of another graph in place of its own."""
    notes.of(self.graph).input_fn = notes.of(graph).input_fn
    own = type(self.graph).as_graph_def

    def as_graph_def(
      from_version: Any = None, add_shapes: bool = False, **options: Any
    ) -> v1.GraphDef:
      if from_version is not None:
        return own(self.graph, from_version, add_shapes, **options)
      whole = graph.as_graph_def(add_shapes=add_shapes)
      for place, change in self._changes.items():
        whole.node[place].MergeFrom(change)
      part = self._part(add_shapes)
      whole.node.extend(part.node)
      whole.library.MergeFrom(part.library)
      if not whole.library.function:
        whole.ClearField('library')
      whole.versions.min_consumer = max(
        whole.versions.min_consumer, part.versions.min_consumer
      )
      return whole

    self.graph.as_graph_def = as_graph_def
    for saver in self.graph.get_collection(v1.GraphKeys.SAVERS):
      _begin_anew(saver)

  def leave(self) -> None:
    """Lets the input go."""
    del self.graph.as_graph_def

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


class Start:
  """What a graph is when its input is there and its model is not.

  Args:
    graph: The graph.
    features: Tensors of it.
    labels: Tensors of it.

  Attributes:
    key: Equal if the same model would become of it.
    inputs: Its nodes by name, without their data.

  Raises:
    fingerprints.Unknown: It has something that may change what is built.
  """

  def __init__(self, graph: tf.Graph, features: Any, labels: Any):
    graph_def = graph.as_graph_def()
    self.inputs = {node.name: _without_data(node) for node in graph_def.node}
    self._functions = [f.signature.name for f in graph_def.library.function]
    self._python = len(getattr(graph, '_py_funcs_used_in_graph', ()))
    self.key = (
      tuple(map(_outline, graph_def.node)),
      _described((features, labels)),
      _between((features, labels)),
      tuple(_collections(graph)),
      graph.seed,
      tuple(sorted(graph._names_in_use.items())),  # noqa: SLF001
      notes.of(graph).input_fn,
    )

  def changes(self, graph: tf.Graph) -> dict[int, v1.NodeDef]:
    """What the build of the model added to nodes of the input, by their places.

    Who waits for a node, for one, is noted in it.
    """
    found = {}
    for place, (name, before) in enumerate(self.inputs.items()):
      now = _without_data(graph.get_operation_by_name(name).node_def)
      if now == before:
        continue
      change = v1.NodeDef(input=now.input[len(before.input) :])
      for key, value in now.attr.items():
        if key not in before.attr or value != before.attr[key]:
          change.attr[key].CopyFrom(value)
      found[place] = change
    return found

  def strip(self, graph: tf.Graph) -> None:
    """Drops the data and functions of the input from the graph built on."""
    for name in self.inputs:
      operation = graph.get_operation_by_name(name)
      if operation.type == 'Const' and _is_large(operation.outputs[0]):
        nothing = tf.make_tensor_proto(
          [], operation.outputs[0].dtype, shape=[0]
        )
        # An empty value in its place: nobody reads it any more.
        operation._set_attr('value', v1.AttrValue(tensor=nothing))  # noqa: SLF001
    for name in self._functions:
      graph._remove_function(name)  # noqa: SLF001
    # By this list, a graph keeps the Python code that it calls.
    code = getattr(graph, '_py_funcs_used_in_graph', [])
    del code[: self._python]


def _is_large(tensor: tf.Tensor) -> bool:
  count = tensor.shape.num_elements()
  return tensor.dtype == tf.string or count is None or count > _MOST_ELEMENTS


def _without_data(node: v1.NodeDef) -> v1.NodeDef:
  """A node as it is, but for the values of constants."""
  copy = v1.NodeDef(name=node.name, op=node.op, device=node.device)
  copy.input.extend(node.input)
  for name, value in node.attr.items():
    if value.WhichOneof('value') != 'tensor':
      copy.attr[name].CopyFrom(value)
  return copy


def _outline(node: v1.NodeDef) -> Any:
  """A node without its data, and without names that count on in a process."""
  attributes = [
    (name, value.SerializeToString(deterministic=True))
    for name, value in sorted(node.attr.items())
    if value.WhichOneof('value') not in ('tensor', 'func', 's')
    and not value.list.func
    and not value.list.s
  ]
  return node.name, node.op, node.device, tuple(node.input), tuple(attributes)


def _described(value: Any) -> Any:
  """A structure of tensors, by their names, shapes and dtypes."""
  if value is None:
    return None
  if isinstance(value, tf.Tensor):
    return value.name, str(value.shape), value.dtype.name
  if isinstance(value, Mapping):
    kind = type(value).__name__
    return kind, tuple((key, _described(part)) for key, part in value.items())
  if isinstance(value, list | tuple):
    return type(value).__name__, tuple(map(_described, value))
  if isinstance(value, tf.SparseTensor | tf.RaggedTensor):
    spec = repr(tf.type_spec_from_value(value))
    return spec, _described(tf.nest.flatten(value, expand_composites=True))
  raise fingerprints.Unknown(f'{type(value)} in the input')


def _between(inputs: Any) -> Any:
  """The operations from iterators to the inputs, whole: their values count.

  TensorFlow looks at constants while it builds.
  """
  pending = [
    tensor.op
    for tensor in tf.nest.flatten(inputs, expand_composites=True)
    if tensor is not None
  ]
  found: dict[str, bytes] = {}
  while pending:
    operation = pending.pop()
    if operation.name in found or operation.type == 'IteratorGetNext':
      continue
    if len(found) >= _MOST_BETWEEN or (
      operation.type == 'Const' and _is_large(operation.outputs[0])
    ):
      raise fingerprints.Unknown('input that comes from no dataset')
    node = operation.node_def
    found[operation.name] = node.SerializeToString(deterministic=True)
    pending += [tensor.op for tensor in operation.inputs]
    pending += operation.control_inputs
  return tuple(sorted(found.items()))


def _collections(graph: tf.Graph) -> Iterator[Any]:
  """The names of what is in the collections of a graph."""
  for key in graph.collections:
    if key in (('__variable_store',), ('__varscope',)):
      continue  # of TensorFlow; the variables have operations
    if key == v1.GraphKeys.QUEUE_RUNNERS:
      raise fingerprints.Unknown('queue runners, which have threads')
    for item in graph.get_collection_ref(key):
      name = getattr(item, 'name', None)
      if not isinstance(name, str) or isinstance(item, type):
        raise fingerprints.Unknown(f'{key!r}, a collection')
      yield str(key), type(item).__name__, name


class _Cache:
  """Graphs that are not in use; what was used longest ago goes first."""

  def __init__(self) -> None:
    self._kept: collections.OrderedDict[Any, Kept] = collections.OrderedDict()
    self._lock = threading.Lock()

  def __len__(self) -> int:
    return len(self._kept)

  def take(self, key: Any) -> Kept | None:
    """The graph of a key, which nobody else gets meanwhile."""
    with self._lock:
      return self._kept.pop(key, None)

  def put(self, key: Any, kept: Kept) -> None:
    with self._lock:
      self._kept[key] = kept
      self._kept.move_to_end(key)
      while self._kept and (
        len(self._kept) > _MOST_GRAPHS
        or sum(each.size for each in self._kept.values()) > _MOST_OPERATIONS
      ):
        self._kept.popitem(last=False)

  def forget(self, owner: int) -> None:
    """Drops the graphs of an estimator that is no more."""
    with self._lock:
      for key in [key for key in self._kept if key[0] == owner]:
        del self._kept[key]

  def clear(self) -> None:
    """Drops all."""
    with self._lock:
      self._kept.clear()


cache = _Cache()
_owners: Any = weakref.WeakSet()
_calls: Any = weakref.WeakKeyDictionary()  # by the graph that is being built


class Call:
  """One call of train, evaluate or predict, which may find its graph.

  While it is open, nobody else gets the graph. When it is closed, the graph is
  kept, unless the call raised an error: the program may look at it then.

  Args:
    estimator: Whose call it is.
    mode: One of `ModeKeys`.
    hooks: All that the user gave.
    listeners: The user's.
    has_checkpoint: Whether there is one to restore.
  """

  def __init__(
    self,
    estimator: Any,
    mode: str,
    hooks: Sequence[Any],
    listeners: Sequence[Any] = (),
    has_checkpoint: bool = True,
  ):
    self._mode = mode
    self._hooks = list(hooks)
    self._key: Any = None
    self._start: Start | None = None
    self._kept: Kept | None = None
    self._made: tuple[tf.Graph, Any] | None = None
    self._draws: Any = None
    # A warm start reads files while it is built.
    is_warm = not has_checkpoint and estimator._warm_start_settings  # noqa: SLF001
    if enabled() and not is_warm and only_read([*hooks, *listeners]):
      self._key = _key_of(estimator, mode)

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
    *first, hooks = self._kept.built
    if self._mode == modes.ModeKeys.EVAL:
      hooks = [*hooks, *self._hooks]
    with self._kept.graph.as_default():
      yield (*first, hooks)

  def look_up(self, graph: tf.Graph, features: Any, labels: Any) -> None:
    """Ends the build if there is a graph that begins like this one."""
    if self._start is not None:
      return
    try:
      self._start = Start(graph, features, labels)
    except fingerprints.Unknown as reason:
      logging.debug('The graph is not kept: %s.', reason)
      self._key = None
      return
    self._key = (*self._key, self._start.key)
    self._kept = cache.take(self._key)
    if self._kept is not None:
      raise _Found
    self._draws = _draws()

  def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
    kept, self._kept = self._kept, None
    made, self._made = self._made, None
    if error is not None and kind is not GeneratorExit:
      return
    if kept is not None:
      kept.leave()
      cache.put(self._key, kept)
    elif made is not None and made[1] is not None and _has_run(made[0]):
      assert self._start is not None
      cache.put(self._key, Kept(*made, self._start))

  def _to_keep(self, built: Any) -> Any:
    """What of it serves later calls; None if the graph does not."""
    *first, hooks = built
    own = [hook for hook in hooks if not any(hook is h for h in self._hooks)]
    if any(type(hook) is not input_call.DatasetInitializerHook for hook in own):
      return None
    if any(getattr(first[0], name, None) for name in _HOOKS_OF_SPECS):
      return None
    # What the build drew from Python's random numbers is in it as constants.
    if self._start is None or _draws() != self._draws:
      return None
    return (*first, own)


_HOOKS_OF_SPECS = (
  'training_hooks',
  'training_chief_hooks',
  'evaluation_hooks',
  'prediction_hooks',
)


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


def only_read(hooks: Iterable[Any]) -> bool:
  """Whether hooks and listeners add nothing to a graph.

  They could in `begin` only; later the graph is finalized.
  """
  for hook in hooks:
    cls = type(hook)
    begin = getattr(cls, 'begin', None)
    is_known = begin in _BEGINS or getattr(cls, 'begin_only_reads', False)
    if is_known is not True or 'begin' in getattr(hook, '__dict__', ()):
      return False
    if not only_read(getattr(hook, '_listeners', ())):
      return False
  return True


_BEGINS = frozenset(
  cls.begin
  for cls in (
    v1.train.SessionRunHook,
    v1.train.CheckpointSaverListener,
    v1.train.CheckpointSaverHook,
    v1.train.LoggingTensorHook,
    v1.train.NanTensorHook,
    v1.train.ProfilerHook,
    v1.train.StepCounterHook,
    v1.train.StopAtStepHook,
    v1.train.SummarySaverHook,
    _tf.StopAfterNEvalsHook,
  )
)


def _key_of(estimator: Any, mode: str) -> Any:
  """What a model is built of, and how; None if that cannot be told."""
  config = estimator._config  # noqa: SLF001
  made_of = model_fn_call.graph_key_of(estimator._model_fn)  # noqa: SLF001
  is_training = mode == modes.ModeKeys.TRAIN
  strategy = (
    estimator._train_distribution  # noqa: SLF001
    if is_training
    else estimator._eval_distribution  # noqa: SLF001
  )
  if (
    made_of is None
    or strategy
    or tf.distribute.has_strategy()
    or config.cluster_spec
    or (is_training and estimator._device_fn)  # noqa: SLF001
    or not _has_own_steps(estimator)
    or _tf.has_op_callbacks()
  ):
    return None
  settings = (
    made_of,
    estimator._params,  # noqa: SLF001
    config.keep_checkpoint_max,
    config.keep_checkpoint_every_n_hours,
    config.session_config and config.session_config.SerializeToString(),
  )
  try:
    fingerprint = fingerprints.of(settings)
  except fingerprints.Unknown as reason:
    logging.debug('No graph is kept: %s.', reason)
    return None
  if estimator not in _owners:
    _owners.add(estimator)
    weakref.finalize(estimator, cache.forget, id(estimator)).atexit = False
  return id(estimator), mode, fingerprint, _flags()


def _has_own_steps(estimator: Any) -> bool:
  """Whether all steps of its calls are this package's."""
  own = vars(estimator)
  for cls in type(estimator).__mro__:
    module = cls.__module__
    if not module.startswith(_OURS + '.') and cls is not object:
      return False
    for name, member in vars(cls).items():
      if not callable(member) or name.startswith('__'):
        continue
      if name in own or not member.__module__.startswith(_OURS + '.'):
        return False
  return True


def _flags() -> Any:
  """What of a process and thread changes the graphs that are built."""
  return (
    v1.resource_variables_enabled(),
    v1.control_flow_v2_enabled(),
    _tf.is_eager_by_default(),
    tf.executing_eagerly(),
    tf.__internal__.tf2.enabled(),
    type(tf.TensorShape([1])[0]).__name__,
    tf_keras.backend.floatx(),
    tf_keras.backend.epsilon(),
    tf_keras.backend.image_data_format(),
    tf_keras.mixed_precision.global_policy().name,
    tuple(
      item for item in os.environ.items() if item[0].startswith('TFCOMPAT_')
    ),
  )


def _draws() -> Any:
  """The state of the random numbers of Python, NumPy and Keras."""
  _, keys, *rest = np.random.get_state()  # noqa: NPY002 - the one that all share
  return random.getstate(), keys.tobytes(), rest, _tf.keras_seeds()
