"""Tells whether two graphs with their input there would become the same model's.

What a build of a model may see of an input is compared: nodes, names in use,
collections, seeds. Not compared are the data and functions of datasets, which no build
looks into.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.errors import notes
from tfcompat_estimator.estimator import fingerprints

v1 = tf.compat.v1

_MOST_ELEMENTS = 16  # of constants of the input that stay
_MOST_BETWEEN = 256  # operations from the iterator to the features


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
    fingerprints.UnknownPartError: It has something that may change what is built.
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
  raise fingerprints.UnknownPartError(f'{type(value)} in the input')


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
      raise fingerprints.UnknownPartError('input that comes from no dataset')
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
      raise fingerprints.UnknownPartError('queue runners, which have threads')
    for item in graph.get_collection_ref(key):
      name = getattr(item, 'name', None)
      if not isinstance(name, str) or isinstance(item, type):
        raise fingerprints.UnknownPartError(f'{key!r}, a collection')
      yield str(key), type(item).__name__, name
