"""A program of several processes needs few messages, and computes the same."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.distribution.servers import coalesced_sends
from tfcompat_estimator.session_emulation import devices
from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  node_graph,
  ordering,
)

v1 = tf.compat.v1
SERVERS = [f'/job:ps/replica:0/task:{index}' for index in range(2)]


@pytest.fixture(autouse=True)
def in_cluster(monkeypatch):
  """This process is worker 0 of a cluster."""
  monkeypatch.setattr(devices._Process, 'task', ('worker', 0))  # noqa: SLF001


def variable(name, shape, server=0):
  values = np.linspace(0, 1, int(np.prod(shape)), dtype=np.float32)
  with tf.device(SERVERS[server]):
    return v1.get_variable(
      name, initializer=values.reshape(shape), use_resource=True
    )


def minimized(loss, optimizer=None):
  with tf.device(SERVERS[0]):
    step = v1.train.create_global_step()
  optimizer = optimizer or v1.train.GradientDescentOptimizer(0.1)
  return [loss, step.read_value(), optimizer.minimize(loss, step)]


def dense(size=4):
  hidden = tf.ones([2, size]) @ variable('w', [size, 3]) + variable('b', [3])
  return minimized(tf.reduce_sum((hidden @ variable('v', [3, 1])) ** 2))


def large():
  """The largest variable and its gradient go by themselves."""
  return dense(size=20000)


def adam():
  loss = tf.reduce_sum((tf.ones([2, 4]) @ variable('w', [4, 3])) ** 2)
  return minimized(loss, v1.train.AdamOptimizer())


def rows():
  """Ids go to the server, rows come back; their number is not known."""
  ids = v1.placeholder_with_default(np.array([1, 2, 1]), [None])
  found = [
    tf.nn.embedding_lookup(variable(f't{offset}', [5, 2]), ids + offset)
    for offset in range(2)
  ]
  loss = tf.reduce_sum(tf.concat(found, 0) @ variable('v', [2, 1]))
  return minimized(loss)


def two_servers():
  parts = [variable(f'v{i}', [2], server=i % 2) for i in range(4)]
  return minimized(tf.reduce_sum(tf.stack(parts) ** 2))


def there_and_back():
  """What is written depends on what was read after another write."""
  a, b, c = (variable(name, [2]) for name in 'abc')
  with tf.control_dependencies([a.assign_add([1.0, 1.0])]):
    first = a.read_value() + c
  with tf.control_dependencies([b.assign(first * 3)]):
    second = b.read_value() + c
  return [first, second, tf.identity(a) + tf.identity(b)]


def branches(taken):
  """A conditional of TF 1: one of its branches is never computed."""
  a, b, c = (variable(name, [2]) for name in 'abc')
  flag = v1.placeholder_with_default(taken, [])
  chosen = v1.cond(flag, lambda: a + b * 2, lambda: (c + 1) * (b + 1))
  return [chosen + b, c + b]


def words():
  """Strings, and a tensor of any rank."""
  with tf.device(SERVERS[0]):
    text = tf.strings.join(['a', v1.placeholder_with_default('b', [])])
    anything = v1.placeholder_with_default(np.ones(3), None) + 1
  return [tf.strings.join([text, 'c']), anything * 2, anything + 1]


# With how many things TensorFlow would have sent, and does.
PROGRAMS = {
  'dense': (dense, 8, 2),
  'large': (large, 8, 4),
  'adam': (adam, 7, 2),
  'rows': (rows, 12, 4),
  'two servers': (two_servers, 14, 5),
  'there and back': (there_and_back, 8, 3),
  'taken': (lambda: branches(True), 8, 6),
  'not taken': (lambda: branches(False), 8, 6),
  'words': (words, 2, 2),
}


class Program:
  """The nodes of a program, as they are before it is rewritten."""

  def __init__(self, build):
    with v1.Graph().as_default() as self.graph:
      elements = build()
      v1.global_variables_initializer()
    self.whole = self.graph.as_graph_def()
    self.fetches = [each.name for each in elements if tf.is_tensor(each)]
    self.targets = [each.name for each in elements if not tf.is_tensor(each)]
    names = {node_graph.node_name(n) for n in (*self.fetches, *self.targets)}
    self.nodes = v1.graph_util.extract_sub_graph(self.whole, list(names))
    ordering.apply(node_graph.NodeGraph(self.nodes), self.context())

  def context(self):
    handles = {
      n.name: n.device for n in self.nodes.node if n.op == 'VarHandleOp'
    }
    return graph_pass.Context(
      self.graph, self.fetches, self.targets, handles, list(handles)
    )

  def rewritten(self):
    """The nodes, and what to fetch."""
    nodes = v1.GraphDef()
    nodes.CopyFrom(self.nodes)
    context = self.context()
    coalesced_sends.apply(node_graph.NodeGraph(nodes), context)
    return nodes, [context.moved.get(name, name) for name in self.fetches]

  def results(self, nodes, fetches):
    """What three runs fetch, in one process."""
    for node in (*nodes.node, *self.whole.node):
      node.device = ''
    with tf.Graph().as_default():
      tf.import_graph_def(self.whole, name='')
      tf.import_graph_def(nodes, name='step')
      with v1.Session() as session:
        session.run('init')
        fetches = [f'step/{name}' for name in fetches]
        targets = [f'step/{name}' for name in self.targets]
        return [session.run([fetches, targets])[0] for _ in range(3)]


@pytest.fixture(params=PROGRAMS)
def program(request):
  """A program, and how much is sent in a run of it."""
  build, before, after = PROGRAMS[request.param]
  v1.disable_control_flow_v2()
  try:
    return Program(build), before, after
  finally:
    v1.enable_control_flow_v2()


def sent(nodes, fetches):
  """How many tensors and events go from one process to another."""
  process = {node.name: devices.process(node.device) for node in nodes.node}
  handles = {node.name for node in nodes.node if node.op == 'VarHandleOp'}
  for node in nodes.node:
    for handle in handles & {*node.input}:
      process[node.name] = process[handle]  # TensorFlow places it there
  uses = [(s, process[n.name]) for n in nodes.node for s in n.input]
  uses += [(name.removesuffix(':0'), '') for name in fetches]
  return len(
    {
      (source, target)
      for source, target in uses
      if process[node_graph.node_name(source)] != target
    }
  )


def test_few_messages(program):
  """Small tensors that go the same way at the same time go together."""
  program, before, after = program
  counts = sent(program.nodes, program.fetches), sent(*program.rewritten())
  assert counts == (before, after)


def test_same_results(program):
  """The rewriting changes no result."""
  program, _, _ = program
  got = program.results(*program.rewritten())
  expected = program.results(program.nodes, program.fetches)
  for mine, theirs in zip(got, expected, strict=True):
    for value, other in zip(mine, theirs, strict=True):
      np.testing.assert_array_equal(value, other)


def test_one_process():
  """A program of one process is left as it is."""
  program = Program(lambda: [tf.constant(1) + 2])
  assert program.rewritten() == (program.nodes, program.fetches)


def queue():
  """What is taken from a queue, and put into it, in any order."""
  with tf.device(SERVERS[0]):
    numbers = v1.FIFOQueue(1, [tf.float32], [[2]])
  put = numbers.enqueue([variable('a', [2]) * variable('b', [2])])
  return [numbers.dequeue() + variable('c', [2]), put]


def locks():
  """Two sections of which only one may run."""
  with tf.device(SERVERS[0]):
    section = tf.CriticalSection()
  parts = [variable('a', [2]) + 1, variable('b', [2]) + 1]
  return [section.execute(lambda part=part: part * 2) for part in parts]


def references():
  """A variable of TF 1's first kind that is no resource."""
  with tf.device(SERVERS[0]):
    parts = [v1.get_variable(name, [2], use_resource=False) for name in 'ab']
  return [parts[0] + parts[1]]


@pytest.mark.parametrize('build', [queue, locks, references])
def test_left_alone(build):
  """What waits for something in the same program cannot wait for a message."""
  program = Program(build)
  nodes, fetches = program.rewritten()
  assert fetches == program.fetches
  assert {n.name for n in nodes.node} == {n.name for n in program.nodes.node}


def test_fed_constant():
  """A constant that is fed is not made anew where it is used."""
  with tf.Graph().as_default() as graph:
    given = tf.constant(1.0)
    with tf.device(SERVERS[0]), tf.control_dependencies([given]):
      fetch = given + 1
  nodes = graph.as_graph_def()
  coalesced_sends.apply(
    node_graph.NodeGraph(nodes, [given.name]),
    graph_pass.Context(graph, [fetch.name]),
  )
  (add,) = (node for node in nodes.node if node.name == fetch.op.name)
  assert add.input[0] == given.op.name


def test_targets():
  """Of what is to be run, operations stand for the groups that they are in."""
  with tf.Graph().as_default():
    local = tf.constant(1).op
    with tf.device(SERVERS[1]):
      remote = tf.constant(2).op
    group = tf.group(local, tf.group(remote))
  nodes = node_graph.NodeGraph(group.graph.as_graph_def())
  context = graph_pass.Context(group.graph, targets=[group.name, local.name])
  coalesced_sends.apply(nodes, context)
  assert sorted(context.targets) == [local.name, remote.name]
