"""Makes a session's lasting resources, each once, and destroys them."""

import threading
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import devices, ops
from tfcompat_estimator.session_emulation.compiled import function_names
from tfcompat_estimator.session_emulation.passes import node_graph
from tfcompat_estimator.session_emulation.run import (
  graph_snapshot,
  iterator_ends,
  one_shot,
)

v1 = tf.compat.v1

# The functions that made named iterators are never freed (TensorFlow 2.16 to
# 2.21). To free one, Python, holding its lock, waits until TensorFlow has freed
# the iterator. An iterator over a generator needs that lock to be freed.
_KEPT: list[tf.types.experimental.ConcreteFunction] = []


_ITERATORS = ('IteratorV2', 'OneShotIterator')


class ResourceTable:
  """The handles of variables, tables, queues and iterators of one session.

  A handle is an eager tensor: every function of the session takes it as an
  input, so all of them use the same resource, on the device where it was made.
  """

  def __init__(self, snapshot: graph_snapshot.GraphSnapshot):
    self._snapshot = snapshot
    self._handles: dict[str, tf.Tensor] = {}
    self._makers: list[tf.types.experimental.ConcreteFunction] = []
    self._kernels: list[Any] = []  # of random ops
    self._lock = threading.Lock()

  def handle(self, name: str) -> tf.Tensor:
    """The handle of the resource that the node `name` makes."""
    with self._lock:
      if name not in self._handles:
        self._handles[name] = self._make(name)
      return self._handles[name]

  def destroy(self) -> None:
    """Frees what the handles stand for."""
    with self._lock:
      handles, self._handles = self._handles, {}
      iterators = []
      for name in list(handles):
        handle = handles.pop(name)
        if devices.is_remote(handle.device):
          continue  # others use it, and will
        tf.raw_ops.DestroyResourceOp(resource=handle, ignore_lookup_error=True)
        if self._snapshot.node(name).op in _ITERATORS:
          iterators.append(handle)
        del handle
      if iterators:
        patience = 1.0 if self._runs_python() else 0.005
        iterator_ends.let_go(iterators, patience)
      self._makers.clear()
      self._kernels.clear()
      self._empty_ref_variables()

  def _runs_python(self) -> bool:
    """Whether a dataset may call functions of Python."""
    functions = self._snapshot.library.function
    return any(
      ops.has(node, ops.Is.PYTHON) for f in functions for node in f.node_def
    )

  def _empty_ref_variables(self) -> None:
    """Frees the values of variables of TF 1's first kind.

    They have no handle to destroy, and TensorFlow (2.16 to 2.21) keeps them as
    long as the process lives: so an empty value is assigned to each.
    """
    variables = [
      node
      for node in self._snapshot.nodes_of('VariableV2', 'Variable')
      if not devices.is_remote(node.device)  # others use these
    ]
    if not variables:
      return
    graph_def = v1.GraphDef()
    for index, variable in enumerate(variables):
      copy = graph_def.node.add()
      copy.CopyFrom(variable)
      del copy.input[:]
      copy.attr.pop('_class', None)
      dtype = variable.attr['dtype']
      nothing = graph_def.node.add(name=f'nothing_{index}', op='Const')
      nothing.attr['dtype'].CopyFrom(dtype)
      nothing.attr['value'].tensor.CopyFrom(
        tf.make_tensor_proto([], tf.as_dtype(dtype.type), shape=[0])
      )
      assign = graph_def.node.add(
        name=f'empty_{index}',
        op='Assign',
        input=[variable.name, nothing.name],
        device=variable.device,
      )
      assign.attr['T'].CopyFrom(dtype)
      assign.attr['validate_shape'].b = False
    names = [f'empty_{index}' for index in range(len(variables))]

    def empty() -> tf.Tensor:
      assigned = tf.graph_util.import_graph_def(
        graph_def, return_elements=names, name=''
      )
      with tf.control_dependencies(assigned):
        return tf.constant(True)

    v1.wrap_function(empty, [])()

  def _make(self, name: str) -> tf.Tensor:
    node = self._snapshot.node(name)
    stream = self._snapshot.stream(name)
    if stream is not None:
      handle = _anonymous(node)
      state, kernel = stream.begin()
      self._kernels.append(kernel)
      tf.raw_ops.AssignVariableOp(resource=handle, value=state)
      return handle
    kind = self._kind(node)
    with tf.device(node.device or None):
      if node.op == 'OneShotIterator':
        handle = self._one_shot_iterator(node)
      elif node.op == 'MutableDenseHashTableV2':
        handle = self._dense_table(node)
      elif devices.is_remote(node.device):
        handle = self._shared(node)
      elif ops.has(node, ops.Is.ANONYMOUS) and not self._is_looked_up(node):
        handle = _anonymous(node)
      else:
        handle = self._named(node)
    # From this the functions that take the handle know the shapes of what they
    # read. An eager handle has none otherwise (TensorFlow 2.16 to 2.21).
    handle._handle_data = kind  # noqa: SLF001
    return handle

  def _kind(self, node: v1.NodeDef) -> Any:
    """The shapes and dtypes of what a handle stands for."""
    if not self._snapshot.is_made_up(node.name):
      graph = self._snapshot.graph
      tensor = graph.get_tensor_by_name(f'{node.name}:0')
      return _tf.get_resource_handle_data(tensor)
    with tf.Graph().as_default():
      return _tf.get_resource_handle_data(_variable(node))

  def _is_looked_up(self, node: v1.NodeDef) -> bool:
    """True for an iterator that may be found by its name, as a string handle."""
    return node.op == 'IteratorV2' and bool(
      self._snapshot.nodes_of('IteratorFromStringHandleV2')
    )

  def _one_shot_iterator(self, node: v1.NodeDef) -> tf.Tensor:
    """Makes the iterator's dataset, once, and an iterator of its own over it."""
    handle = _anonymous(node)
    one_shot.begin(node, handle, self._snapshot)
    return handle

  def _dense_table(self, node: v1.NodeDef) -> tf.Tensor:
    """Makes a table of two special keys, which are constants of the graph."""
    empty_key, deleted_key = (
      tf.make_ndarray(
        self._snapshot.node(node_graph.node_name(source)).attr['value'].tensor
      )
      for source in node.input
      if not source.startswith('^')
    )
    return tf.raw_ops.AnonymousMutableDenseHashTable(
      empty_key=empty_key,
      deleted_key=deleted_key,
      value_dtype=node.attr['value_dtype'].type,
      value_shape=node.attr['value_shape'].shape,
      initial_num_buckets=node.attr['initial_num_buckets'].i,
      max_load_factor=node.attr['max_load_factor'].f,
    )

  def _shared(self, node: v1.NodeDef) -> tf.Tensor:
    """Makes, or finds, a resource of all processes."""
    if node.op != 'VarHandleOp':
      return self._named(node)
    return tf.raw_ops.VarHandleOp(
      dtype=node.attr['dtype'].type,
      shape=node.attr['shape'].shape,
      container=node.attr['container'].s,
      shared_name=node.attr['shared_name'].s,
    )

  def _named(self, node: v1.NodeDef) -> tf.Tensor:
    """Makes a resource that has no anonymous form: a queue or a reader, say."""
    copy = v1.NodeDef()
    copy.CopyFrom(node)
    del copy.input[:]  # what it waits for in the graph
    copy.attr.pop('_class', None)
    maker = self._maker(copy)
    # The kernel behind it shares the ownership of the resource.
    keeper = _KEPT if node.op == 'IteratorV2' else self._makers
    keeper.append(maker)
    return maker()

  def _maker(self, node: v1.NodeDef) -> tf.types.experimental.ConcreteFunction:
    """A function that runs one node."""
    graph_def = v1.GraphDef(node=[node])
    if any(value.HasField('func') for value in node.attr.values()):
      graph_def.library.CopyFrom(self._snapshot.library)

    def make() -> tf.Tensor:
      return tf.graph_util.import_graph_def(
        graph_def, return_elements=[node.name + ':0'], name=''
      )[0]

    return function_names.retried(lambda: v1.wrap_function(make, []), graph_def)


def _variable(node: v1.NodeDef) -> tf.Tensor:
  return tf.raw_ops.VarHandleOp(
    dtype=node.attr['dtype'].type,
    shape=node.attr['shape'].shape,
    shared_name=_tf.anonymous_name(),
  )


def _iterator(node: v1.NodeDef) -> tf.Tensor:
  return tf.raw_ops.AnonymousIteratorV3(
    output_types=list(node.attr['output_types'].list.type),
    output_shapes=list(node.attr['output_shapes'].list.shape),
  )


def _table(node: v1.NodeDef) -> tf.Tensor:
  make = (
    tf.raw_ops.AnonymousHashTable
    if node.op == 'HashTableV2'
    else tf.raw_ops.AnonymousMutableHashTable
  )
  return make(
    key_dtype=node.attr['key_dtype'].type,
    value_dtype=node.attr['value_dtype'].type,
  )


# An anonymous resource is freed with its last handle. A named one is found by a
# kernel, and TensorFlow (2.16 to 2.21) keeps kernels, without a limit: they cost
# memory after the resource is destroyed (tensorflow/tensorflow#42337). Besides, a
# kernel that frees an iterator over a Python generator waits for Python's lock,
# while Python waits for the kernel.
_MAKERS = {
  'VarHandleOp': _variable,
  'IteratorV2': _iterator,
  'OneShotIterator': _iterator,
  'HashTableV2': _table,
  'MutableHashTableV2': _table,
}


def _anonymous(node: v1.NodeDef) -> tf.Tensor:
  return _MAKERS[node.op](node)
