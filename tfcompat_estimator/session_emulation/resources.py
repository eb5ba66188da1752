"""Makes a session's lasting resources, each once, and destroys them."""

import threading

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import snapshot as snapshot_lib


class ResourceTable:
  """The handles of variables, tables, queues and iterators of one session.

  A handle is an eager tensor: every function of the session takes it as an
  input, so all of them use the same resource, on the device where it was made.
  """

  def __init__(self, snapshot: snapshot_lib.GraphSnapshot):
    self._snapshot = snapshot
    self._handles: dict[str, tf.Tensor] = {}
    # A OneShotIterator's kernel owns its resource and dies with its function.
    self._makers: list[tf.types.experimental.ConcreteFunction] = []
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
      for handle in handles.values():
        tf.raw_ops.DestroyResourceOp(resource=handle, ignore_lookup_error=True)
      self._makers.clear()

  def _make(self, name: str) -> tf.Tensor:
    node = self._snapshot.node(name)
    tensor = self._snapshot.graph.get_tensor_by_name(name + ':0')
    if node.op == 'VarHandleOp':
      with tf.device(node.device or None):
        handle = tf.raw_ops.VarHandleOp(
          dtype=node.attr['dtype'].type,
          shape=node.attr['shape'].shape,
          container=node.attr['container'].s,
          shared_name=node.attr['shared_name'].s,
        )
    else:
      handle = self._run_maker(name)
    # Without it the functions that take the handle know nothing of the shape of
    # what they read, and XLA and constant folding see less.
    handle._handle_data = _tf.get_resource_handle_data(tensor)  # noqa: SLF001
    return handle

  def _run_maker(self, name: str) -> tf.Tensor:
    graph_def = tf.compat.v1.GraphDef()
    node = graph_def.node.add()
    node.CopyFrom(self._snapshot.node(name))
    del node.input[:]
    node.attr.pop('_class', None)
    graph_def.library.CopyFrom(self._snapshot.library)

    def make() -> tf.Tensor:
      return tf.graph_util.import_graph_def(
        graph_def, return_elements=[name + ':0'], name=''
      )[0]

    maker = tf.compat.v1.wrap_function(make, [])
    self._makers.append(maker)
    return maker()
