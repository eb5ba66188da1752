"""Coalesces sends: what goes from one process to another goes in few messages.

TensorFlow sends each tensor that another task needs by itself, which takes longer
than to compute with a small one: a step of a wide and deep model with a parameter
server was 53 messages. So a program is divided into stages: a node that waits for
what was sent in one stage belongs to a later one. Small tensors that go the same
way in one stage are one message, a vector of their bytes. Constants are made where
they are used.
"""

import collections
import dataclasses
import math
from collections.abc import Mapping

import tensorflow as tf

from tfcompat_estimator.distribution.servers import packing
from tfcompat_estimator.session_emulation import devices, ops
from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  node_graph,
  references,
)

v1 = tf.compat.v1

# To put a tensor into a message and to take it out again is to copy it twice, which
# TensorFlow spares one that goes by itself. On 127.0.0.1 that is worth it for four
# variables of 32 KiB, not worth it for four of 512, and the same for 128.
_SMALL = 1 << 16  # bytes
_NARROW = 1 << 8  # bytes of a row, where the number of rows is not known
# What follows one of these may never be computed, and would stop all the others.
_BRANCHES = ('Enter', 'RefEnter', 'RefSwitch', 'Switch', '_SwitchN')
_HERE = devices.THIS_PROCESS

_Input = tuple[v1.NodeDef, int]  # a node, and which of its inputs


@dataclasses.dataclass
class _Message:
  """What goes one way in one stage.

  Attributes:
    tensors: By name, with the inputs that they are for.
    specs: What the tensors are.
    events: Nodes that must be done before, with the nodes that wait for them.
  """

  tensors: dict[str, list[_Input]] = dataclasses.field(default_factory=dict)
  specs: list[tf.TensorSpec] = dataclasses.field(default_factory=list)
  events: dict[str, list[v1.NodeDef]] = dataclasses.field(default_factory=dict)

  def is_worth_it(self) -> bool:
    """Whether TensorFlow would send more than one by itself."""
    return len(self.tensors) + bool(self.events) > 1 and bool(self.tensors)


class _Program:
  """The nodes of a program, and where they run."""

  def __init__(self, nodes: node_graph.NodeGraph, resources: Mapping[str, str]):
    self.nodes = nodes
    for node in nodes.nodes:
      _stand_by_resource(node, resources)
    self.process = {
      node.name: devices.process(node.device) for node in nodes.nodes
    }

  def is_divided(self) -> bool:
    """Whether it runs in several processes."""
    return len(set(self.process.values())) > 1

  def add(self, name: str, op: str, process: str) -> v1.NodeDef:
    """Adds a node on the CPU of a process."""
    node = self.nodes.add(name, op, device=devices.cpu_of(process))
    self.process[node.name] = process
    return node

  def move_groups(self) -> None:
    """Puts groups where one waits for them, unless something they wait for is here.

    The optimizers group the updates of several servers.
    """
    users = self.nodes.users()
    for node in self.nodes.of('NoOp'):
      waiting = users.get(f'^{node.name}', ())
      wanted = {self.process[user.name] for user in waiting}
      inputs = {self.process.get(source.lstrip('^')) for source in node.input}
      if len(wanted) == 1 and self.process[node.name] not in wanted | inputs:
        (self.process[node.name],) = wanted
        node.device = devices.cpu_of(self.process[node.name])

  def sent(self) -> dict[tuple[str, str], list[_Input]]:
    """What goes where, a tensor or `^<node>`, with the inputs it is for."""
    sent = collections.defaultdict(list)
    for node in self.nodes.nodes:
      target = self.process[node.name]
      for index, source in enumerate(node.input):
        if self.process.get(node_graph.node_name(source), target) != target:
          is_event = source.startswith('^')
          name = source if is_event else node_graph.tensor_name(source)
          if name not in self.nodes.fed:
            sent[name, target].append((node, index))
    return sent

  def stages(self) -> dict[str, int]:
    """By the names of nodes: how often, one after another, they wait for others.

    Without nodes that may never be computed.
    """
    users = collections.defaultdict(list)
    missing = {}
    for node in self.nodes.nodes:
      names = {node_graph.node_name(s) for s in node.input}
      sources = {name for name in names if name in self.nodes}
      missing[node.name] = len(sources)
      for source in sources:
        users[source].append(node.name)
    reached = dict.fromkeys(missing, 0)
    ready = [name for name, count in missing.items() if not count]
    stages = {}
    while ready:
      name = ready.pop()
      stages[name] = reached[name]
      for user in users[name]:
        is_elsewhere = self.process[user] != self.process[name]
        reached[user] = max(reached[user], stages[name] + is_elsewhere)
        missing[user] -= 1
        if not missing[user] and self.nodes[user].op not in _BRANCHES:
          ready.append(user)
    return stages


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Rewrites a program of several processes for few messages."""
  program = _Program(nodes, context.resources)
  is_changed = program.is_divided() and not _is_delicate(nodes.graph_def)
  if is_changed:
    program.move_groups()
    _copy_constants(program)
    for key, message in _plan(program, context).items():
      if message.is_worth_it():
        received = _send(program, message, *key)
        if key[1] == _HERE:
          context.moved.update(
            {n: received[n] for n in context.fetches if n in received}
          )
  context.targets = _ungrouped(nodes, context.targets)
  return is_changed


def _ungrouped(nodes: node_graph.NodeGraph, targets: list[str]) -> list[str]:
  """What has to run for nodes that are to be run.

  A group of operations is itself nothing to wait for: those of a server need not
  tell this process that they are done, since its part of the program ends then.
  """
  found: dict[str, None] = {}
  stack = list(targets)
  while stack:
    name = stack.pop()
    if name in found:
      continue
    if nodes[name].op == 'NoOp':
      stack.extend(map(node_graph.node_name, nodes[name].input))
    else:
      found[name] = None
  return list(found)


def _is_delicate(graph_def: v1.GraphDef) -> bool:
  """Whether something may not wait until all of a message is there.

  That is so where one node of the program may wait for another one that no edge
  leads to: the taker of a queue for who fills it, or a lock. References may have
  other shapes than the graph says.
  """
  waiting = 0
  for node in ops.with_called(graph_def.node, graph_def.library):
    waiting += ops.has(node, ops.Is.WAITS)
    if waiting > 1 or node.op in references.VARIABLES:
      return True
  return False


def _stand_by_resource(node: v1.NodeDef, handles: Mapping[str, str]) -> None:
  """Says where TensorFlow will run it: where its resource is."""
  if [*ops.functions_named_in(node)] != [node.op]:
    return  # what it calls may be anywhere
  for source in node.input:
    device = handles.get(node_graph.node_name(source), '')
    if devices.is_remote(device):
      node.device = device


def _copy_constants(program: _Program) -> None:
  """Makes constants where they are used."""
  for (tensor, target), inputs in program.sent().items():
    constant = program.nodes[node_graph.node_name(tensor)]
    waits_for = [program.process.get(s.lstrip('^')) for s in constant.input]
    if (
      tensor.startswith('^')
      or constant.op != 'Const'
      or constant.ByteSize() > _SMALL
      or any(process != target for process in waits_for)
    ):
      continue
    copy = program.add(f'{constant.name}/copy', 'Const', target)
    copy.input.extend(constant.input)
    for attr in ('dtype', 'value'):
      copy.attr[attr].CopyFrom(constant.attr[attr])
    for node, index in inputs:
      node.input[index] = copy.name


def _plan(
  program: _Program, context: graph_pass.Context
) -> dict[tuple[str, str, int], _Message]:
  """By sender, receiver and stage: what may be one message.

  A tensor may go in any stage from that of its node to the last before it is
  needed. To have few messages, stages are assigned greedily: the tensors that are
  needed first get the last stage that they can have, and others join these where
  they may. So a variable goes with the rows of another one, which wait for ids.
  """
  stages = program.stages()
  last = max(stages.values(), default=0) + 1
  sent = program.sent()
  for name in context.fetches:
    if program.process.get(node_graph.node_name(name), _HERE) != _HERE:
      sent.setdefault((name, _HERE), [])
  choices: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
  for (name, target), inputs in sent.items():
    first = stages.get(node_graph.node_name(name))
    if first is not None:
      source = program.process[node_graph.node_name(name)]
      needed = [stages.get(node.name, first + 1) for node, _ in inputs]
      choices[name, target] = [
        (source, target, stage)
        for stage in range(first, min(needed, default=last))
      ]
  planned: dict[tuple[str, str, int], _Message]
  planned = collections.defaultdict(_Message)
  for name, target in sorted(choices, key=lambda key: choices[key][-1][2]):
    tensor = None if name.startswith('^') else context.tensor(name)
    if tensor is not None and _is_small(tensor):
      keys = choices[name, target]
      message = planned[next(filter(planned.__contains__, keys), keys[-1])]
      message.tensors[name] = sent[name, target]
      message.specs.append(tf.TensorSpec(tensor.shape, tensor.dtype))
  for (name, target), keys in choices.items():
    if name.startswith('^'):
      for key in filter(planned.__contains__, keys):
        waiting = [node for node, _ in sent[name, target]]
        planned[key].events[node_graph.node_name(name)] = waiting
        break
  return planned


def _is_small(tensor: tf.Tensor) -> bool:
  if not packing.fits(tensor):
    return False
  dims = tensor.shape.as_list()
  size = tensor.dtype.size * math.prod(dim for dim in dims if dim is not None)
  return size <= (_NARROW if None in dims else _SMALL)


def _send(
  program: _Program, message: _Message, source: str, target: str, stage: int
) -> dict[str, str]:
  """Makes one tensor of several, and of that several. Returns their new names."""
  prefix = f'message_{stage}'
  while any(node.name.startswith(prefix) for node in program.nodes.nodes):
    prefix += '_'
  with tf.Graph().as_default() as graph, tf.name_scope(prefix):
    with tf.device(devices.cpu_of(source)):
      given = [v1.placeholder(spec.dtype, spec.shape) for spec in message.specs]
      sent = packing.pack(given)
    with tf.device(devices.cpu_of(target)):
      taken = packing.unpack(sent, message.specs)
  placeholders = [tensor.op.name for tensor in given]
  meant = dict(zip(placeholders, message.tensors, strict=True))
  made = [n for n in graph.as_graph_def().node if n.name not in meant]
  for node in made:
    node.input[:] = [meant.get(name, name) for name in node.input]
  program.nodes.adopt(made)
  received = {}
  for tensor, (name, inputs) in zip(
    taken, message.tensors.items(), strict=True
  ):
    received[name] = tensor.name
    for node, index in inputs:
      node.input[index] = tensor.name
  program.nodes[sent.op.name].input.extend(f'^{e}' for e in message.events)
  _wait_instead(message.events, taken[0].op.name)
  return received


def _wait_instead(events: Mapping[str, list[v1.NodeDef]], name: str) -> None:
  """Lets the nodes that wait for one of the events wait for the node `name`."""
  for event, nodes in events.items():
    for node in nodes:
      kept = [s for s in node.input if s not in (f'^{event}', f'^{name}')]
      node.ClearField('input')
      node.input.extend([*kept, f'^{name}'])


PASS = graph_pass.Pass(
  'coalesced_sends',
  apply,
  'Last: it divides all nodes into stages, those of other passes, too.',
  after=('ordering',),
)
