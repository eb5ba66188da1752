"""Gives each seeded random op one stream in all functions of a session.

In a Session a random op is one kernel, whose generator goes on from run to run,
and so is one in a branch or a loop, or in a function that is inlined: one for each
way that leads to it. Here each function would have a kernel of its own, starting
at the seed: the step with summaries would draw again what the step before it drew.
So what a random op has drawn is kept in a variable of the session, whose handle
goes through loops, branches and calls to the op. The draws are those of a Session
to the bit:

- Uniform and normal ops become stateless ones, whose variable is the generator.
  Both are Philox 4x32-10 with the seed as the key, the second seed as the upper
  half of the counter and 256 steps a number.
- Of all others the kernel itself is kept (`kept_kernels.py`), and the variable
  holds its number.

Functions that a Session does not inline it compiles for each set of fetches, with
kernels of their own. So they do here.
"""

import functools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfcompat_estimator.session_emulation import devices, ops
from tfcompat_estimator.session_emulation.passes import (
  bodies,
  graph_pass,
  inlining,
  kept_kernels,
  node_graph,
)

v1 = tf.compat.v1
_PREFIX = 'tfcompat_random/'
_PHILOX = 1
_INT32, _INT64, _UINT64, _RESOURCE = (
  dtype.as_datatype_enum
  for dtype in (tf.int32, tf.int64, tf.uint64, tf.resource)
)
# The stateless form, the attribute of the result's type in the stateful one.
_STATELESS = {
  'RandomUniform': ('StatelessRandomUniformV2', 'dtype'),
  'RandomStandardNormal': ('StatelessRandomNormalV2', 'dtype'),
  'TruncatedNormal': ('StatelessTruncatedNormalV2', 'dtype'),
  'RandomUniformInt': ('StatelessRandomUniformIntV2', 'Tout'),
}
# Those whose kernels are kept where they have a seed, and where they have none.
_KEPT = {
  'AllCandidateSampler': False,
  'FixedUnigramCandidateSampler': False,
  'LearnedUnigramCandidateSampler': True,  # it remembers what it was given
  'LogUniformCandidateSampler': False,
  'Multinomial': False,
  'ParameterizedTruncatedNormal': False,
  'RandomGamma': False,
  'RandomPoisson': False,
  'RandomPoissonV2': False,
  'RandomShuffle': False,
  'RecordInput': True,  # it reads files
  'SampleDistortedBoundingBox': False,
  'SampleDistortedBoundingBoxV2': False,
  'Skipgram': True,
  'ThreadUnsafeUnigramCandidateSampler': True,
  'UniformCandidateSampler': False,
}


class Stream(NamedTuple):
  """What one random op draws, run by run.

  Attributes:
    op: The op as it was.
  """

  op: v1.NodeDef

  @property
  def shape(self) -> list[int]:
    """The shape of its variable, which is of type int64."""
    return [3] if self.op.op in _STATELESS else []

  def begin(self) -> tuple[np.ndarray, Any]:
    """The variable's value at first, and what has to live as long as it."""
    if self.op.op in _STATELESS:
      seeds = [self.op.attr[name].i for name in ('seed2', 'seed')]
      return np.array([0, *seeds], np.int64), None
    kernel = kept_kernels.Kernel(self.op)
    return np.array(kernel.number, np.int64), kernel


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Rewrites the random ops that have a stream."""
  graph_def, streams = nodes.graph_def, context.streams
  body = bodies.Body(graph_def.node, is_function=False)

  def handle(node: v1.NodeDef, stream: Stream, number: int) -> str:
    name = _PREFIX + node.name + (f'/{number}' if number else '')
    streams[name] = stream
    shape = v1.AttrValue(shape=tf.TensorShape(stream.shape).as_proto())
    body.add('VarHandleOp', name, [], node.device, dtype=_INT64, shape=shape)
    return name

  inlining.Inlining(graph_def, _stream, _rewrite).rewrite(body, handle)
  nodes.refresh()
  return bool(streams)


def stays_in_kernels(nodes: Iterable[v1.NodeDef], library: v1.GraphDef) -> bool:
  """True if the stream of a random op starts anew with each function.

  Args:
    nodes: A part of a graph whose random ops `apply` has seen.
    library: The functions that nodes call, which are looked into.
  """
  return any(map(ops.has_stream, ops.with_called(nodes, library)))


def _stream(node: v1.NodeDef) -> Stream | None:
  """The stream of a random op that can be kept; None for any other node."""
  if node.op not in _STATELESS and node.op not in _KEPT:
    return None
  if not (_KEPT.get(node.op) or ops.has_stream(node)):
    return None
  is_remote = devices.is_remote(devices.translate(node.device))
  if node.op in _KEPT and is_remote:
    return None  # the kernel is there, and this process is here
  op = v1.NodeDef()
  op.CopyFrom(node)
  return Stream(op)


def _rewrite(body: bodies.Body, node: v1.NodeDef, handle: str) -> None:
  data = [source for source in node.input if not source.startswith('^')]
  control = [source for source in node.input if source.startswith('^')]
  if node.op in _STATELESS:
    _use_generator(body, node, handle, data, control)
  else:
    _use_kernel(body, node, handle, data, control)


def _use_generator(
  body: bodies.Body,
  node: v1.NodeDef,
  handle: str,
  data: Sequence[str],
  control: Sequence[str],
) -> None:
  """Lets an op draw from a generator that is a variable."""
  shape, *bounds = data
  state = _PREFIX + node.name
  shape_type = node.attr['T'].type
  add = functools.partial(body.add, device=node.device)
  philox, zero, sizes = (
    body.bring(body.constant(_PREFIX + name, value), _INT32, node)
    for name, value in (
      ('algorithm', np.int32(_PHILOX)),
      ('zero', np.int32(0)),
      ('sizes', np.array([2, 1], np.int32)),
    )
  )
  generator = body.bring(handle, _RESOURCE, node)
  size = add('Prod', f'{state}/size', [shape, zero], T=shape_type, Tidx=_INT32)
  count = add('Cast', f'{state}/count', size, SrcT=shape_type, DstT=_UINT64)
  # The control inputs keep a branch that is not taken from drawing.
  before = add(
    'RngReadAndSkip', f'{state}/state', [generator, philox, *count, *control]
  )
  bits = add('Bitcast', f'{state}/bits', before, T=_INT64, type=_UINT64)
  counter, key = add(
    'SplitV',
    f'{state}/parts',
    [*bits, sizes, zero],
    T=_UINT64,
    Tlen=_INT32,
    num_split=v1.AttrValue(i=2),
  )
  op, type_attribute = _STATELESS[node.op]
  result_type = node.attr[type_attribute].type
  inputs = [shape, key, counter, philox, *bounds, *control]
  _become(node, op, inputs)
  node.attr['dtype'].type = result_type
  node.attr['Tshape'].type = shape_type


def _use_kernel(
  body: bodies.Body,
  node: v1.NodeDef,
  handle: str,
  data: Sequence[str],
  control: Sequence[str],
) -> None:
  """Lets an op ask a kernel whose number is in a variable."""
  name = f'{_PREFIX}{node.name}/number'
  (number,) = body.add('ReadVariableOp', name, [handle], dtype=_INT64)
  taken = [_INT64, *kept_kernels.input_types(node)]
  given = kept_kernels.output_types(node)
  inputs = [body.bring(number, _INT64, node), *data, *control]
  _become(node, 'PyFunc', inputs)
  node.device = ''
  node.attr['token'].s = kept_kernels.token()
  node.attr['Tin'].list.type[:] = taken
  node.attr['Tout'].list.type[:] = given
  node.attr[ops.KEPT_KERNEL].b = True


def _become(node: v1.NodeDef, op: str, inputs: Sequence[str]) -> None:
  node.op = op
  node.input[:] = inputs
  for name in list(node.attr):
    if not name.startswith('_'):
      del node.attr[name]
