"""Kernels that last as long as a session, for all of its functions.

The kernel of an operation belongs to the function that the operation is in. Of
some operations what the kernel remembers cannot be had from outside: how far a
shuffle or a sampler has got with its random numbers. Only an iterator keeps a
function, with its kernels, for whoever has the iterator. So each such operation
of a session is in the dataset of an iterator of its own, and what a function has
in its place is a `PyFunc`, which takes the kernel's number.
"""

import functools
import itertools
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1

_numbers = itertools.count(1)
_kernels: weakref.WeakValueDictionary[int, 'Kernel'] = (
  weakref.WeakValueDictionary()
)


class Kernel:
  """The kernel of one operation.

  Args:
    node: The operation; its inputs are left out of account.

  Attributes:
    number: Of this kernel, in this process.
  """

  def __init__(self, node: v1.NodeDef):
    self._node = node
    self._lock = threading.Lock()
    self._arguments: list[tf.Variable] = []
    self._next: Callable[[], list[tf.Tensor]] | None = None
    self.number = next(_numbers)
    _kernels[self.number] = self

  def __call__(self, *values: Any) -> list[Any]:
    """Computes the outputs of the operation from its inputs, arrays all."""
    with self._lock, _tf.eager_mode():
      if self._next is None:
        self._next = self._start()
      # By an iterator's and a variable's own methods it takes twice as long.
      for argument, value in zip(self._arguments, values, strict=True):
        tf.raw_ops.AssignVariableOp(resource=argument.handle, value=value)
      return [result.numpy() for result in self._next()]

  def _start(self) -> Callable[[], list[tf.Tensor]]:
    with tf.Graph().as_default(), _tf.eager_mode(), tf.device('CPU:0'):
      self._arguments = [
        tf.Variable(tf.zeros([0], dtype), shape=tf.TensorShape(None))
        for dtype in input_types(self._node)
      ]
      options = tf.data.Options()
      options.autotune.enabled = False
      options.experimental_optimization.apply_default_optimizations = False
      dataset = tf.data.Dataset.range(1).repeat().map(self._compute)
      given = {
        'output_types': output_types(self._node),
        'output_shapes': [None] * len(output_types(self._node)),
      }
      iterator = tf.raw_ops.AnonymousIteratorV3(**given)
      variant = tf.data.experimental.to_variant(dataset.with_options(options))
      tf.raw_ops.MakeIterator(dataset=variant, iterator=iterator)
    return functools.partial(
      tf.raw_ops.IteratorGetNextSync, iterator=iterator, **given
    )

  def _compute(self, unused_element: tf.Tensor) -> tuple[tf.Tensor, ...]:
    graph_def = v1.GraphDef(node=[self._node])
    (node,) = graph_def.node
    names = [f'argument_{number}' for number in range(len(self._arguments))]
    node.input[:] = names
    node.device = ''
    node.attr.pop('_class', None)
    for name, argument in zip(names, self._arguments, strict=True):
      placeholder = graph_def.node.add(name=name, op='Placeholder')
      placeholder.attr['dtype'].type = argument.dtype.as_datatype_enum
    (operation,) = tf.graph_util.import_graph_def(
      graph_def,
      input_map={
        name: argument.read_value()
        for name, argument in zip(names, self._arguments, strict=True)
      },
      return_elements=[node.name],
      name='',
    )
    return tuple(operation.outputs)


def input_types(node: v1.NodeDef) -> list[int]:
  """The types of what an operation takes: tensors, and no lists of them."""
  return _types(node, _tf.op_def(node.op).input_arg)


def output_types(node: v1.NodeDef) -> list[int]:
  """The types of what it returns."""
  return _types(node, _tf.op_def(node.op).output_arg)


def _types(node: v1.NodeDef, arguments: Sequence[Any]) -> list[int]:
  return [
    argument.type or node.attr[argument.type_attr].type
    for argument in arguments
  ]


@functools.cache
def token() -> bytes:
  """By what a `PyFunc` knows the function that calls kernels."""
  return _registration()[1]


@functools.cache
def _registration() -> tuple[tf.Graph, bytes]:
  """The graph that keeps that function, and the token."""
  with tf.Graph().as_default() as graph:
    tf.numpy_function(_call, [np.int64(0)], tf.int64)
  (node,) = (n for n in graph.as_graph_def().node if n.op == 'PyFunc')
  return graph, node.attr['token'].s


def _call(number: Any, *values: Any) -> list[Any]:
  try:
    return _kernels[int(number)](*values)
  except tf.errors.InvalidArgumentError as error:
    # What TensorFlow makes an InvalidArgumentError again.
    raise ValueError(error.message) from error
