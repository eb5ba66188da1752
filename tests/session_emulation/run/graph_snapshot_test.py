"""Checks which part of a graph a run gets."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import (
  emulated_session,
  graph_snapshot,
)

v1 = tf.compat.v1


@pytest.fixture
def graph():
  """A default graph: `sum` = `x` + the value of the variable `v`."""
  with tf.Graph().as_default() as graph:
    x = tf.constant(1.0, name='x')
    v = v1.get_variable('v', initializer=2.0, use_resource=True)
    tf.add(tf.negative(x, name='minus'), v.read_value(), name='sum')
    yield graph


def snapshot_of(graph, container='c'):
  snapshot = graph_snapshot.GraphSnapshot(graph, container)
  snapshot.refresh()
  return snapshot


def names(subgraph):
  return {node.name for node in subgraph.graph_def.node}


def test_a_part_has_what_its_outputs_need(graph):
  """The variable itself is a resource of the session, not a node to run."""
  part = snapshot_of(graph).subgraph(['sum'], ())

  assert {'sum', 'minus', 'x'} <= names(part)
  assert not [name for name in names(part) if 'initial' in name]
  assert part.resources == ('v',)
  assert part.boundary == ()


def test_nothing_behind_a_feed_is_in_a_part(graph):
  """Session.run does not evaluate it: it may have effects."""
  part = snapshot_of(graph).subgraph(['sum'], {'minus:0'})

  assert not {'minus', 'x'} & names(part)
  assert part.boundary == ('minus:0',)


def test_what_is_added_is_there_after_a_refresh(graph):
  """Not before; a graph that did not change is not read again."""
  snapshot = snapshot_of(graph)
  nodes = snapshot.nodes
  snapshot.refresh()
  assert snapshot.nodes is nodes
  tf.constant(1, name='new')
  with pytest.raises(KeyError):
    snapshot.node('new')
  snapshot.refresh()

  assert snapshot.node('new').op == 'Const'


def test_resources_are_named_after_the_session(graph):
  """Two sessions of a graph share none, and one session each by its name."""
  for container in (b'one', b'two'):
    node = snapshot_of(graph, container.decode()).node('v')
    assert node.attr['container'].s == container
    assert node.attr['shared_name'].s == b'v'


def test_a_wish_to_stand_beside_what_is_left_out_is_dropped(graph):
  """An import would fail by it; other wishes stay."""
  beside = graph.get_operation_by_name('x')
  with v1.colocate_with(beside):
    tf.constant(1, name='y')
  snapshot = snapshot_of(graph)
  alone = snapshot.subgraph(['y'], ()).graph_def.node[0]
  both = snapshot.subgraph(['y', 'x'], ()).graph_def.node

  assert '_class' not in alone.attr
  assert [n.attr['_class'].list.s for n in both if n.name == 'y'] == [
    [b'loc:@x']
  ]


def test_nodes_are_found_by_type(graph):
  """Also those that elements need."""
  snapshot = snapshot_of(graph)

  assert [node.name for node in snapshot.nodes_of('Neg')] == ['minus']
  needed = snapshot.needed_by([graph.get_tensor_by_name('minus:0')])
  assert {node.name for node in needed} == {'minus', 'x'}
  assert snapshot.is_variable('v')
  assert not snapshot.is_variable('x')


def after(before, make):
  with tf.control_dependencies([before]):
    return make()


def feed_variable(v, p):
  """In place of the variable, of its value, and of what has written it."""
  add = v1.assign_add(v, 1.0)
  late = after(add, lambda: v * 10.0)
  handed_on = after(add, lambda: tf.identity(v))
  twice = handed_on * 2.0
  yield [late, add], {add: 7.0}
  yield late, {'v/read:0': 3.0}
  yield [twice, late], {handed_on: 3.0}
  yield after(p, lambda: v * 2.0), {v: 4.0}
  yield twice, {v: 4.0}  # an error: the value is fed to what writes
  yield [handed_on, add], {}


def feed_beside_variable(v, p):
  """What a late read waits for is there as soon as it is fed."""
  number = v1.placeholder(tf.float32, [])
  computed = tf.identity(number * 2.0)
  add = v1.assign_add(v, computed)
  late = after(add, lambda: v * computed)
  beside = after(add, lambda: v * number)
  waits = after(number, lambda: tf.identity(v))
  yield late, {number: 5.0}
  yield late, {computed: 3.0}
  yield beside, {number: 5.0}
  yield beside, {number: 5.0, computed: 2.0}
  yield beside, {computed: 2.0}  # an error: nobody feeds the number
  yield waits, {number: 3.0}
  yield waits, {}


def feed_into_branches(v, p):
  """Branches take what is fed; one that writes cannot."""
  kept = v1.cond(
    p,
    lambda: after(v1.assign_add(v, 1.0), lambda: tf.identity(v)),
    lambda: v * 3.0,
  )
  late = after(kept, lambda: kept * 10.0 + v)
  yield late, {kept: 5.0}
  yield [kept, late], {p: False}
  yield late, {v: 5.0}
  yield [kept, late], {'v/read:0': 2.0, p: False}


@pytest.mark.parametrize(
  'build', [feed_variable, feed_beside_variable, feed_into_branches]
)
def test_feeds_in_place_of_variables(build):
  """Whoever takes what is fed gets that, as in a Session, after a write, too."""
  v1.disable_control_flow_v2()
  try:
    with tf.Graph().as_default() as graph:
      v = v1.get_variable('v', initializer=1.0, use_resource=False)
      runs = list(build(v, v1.placeholder_with_default(True, [])))
      init = v1.global_variables_initializer()
  finally:
    v1.enable_control_flow_v2()

  def result(session, fetches, feeds):
    try:
      return session.run(fetches, feeds)
    except tf.errors.OpError as error:
      return type(error)

  def results(session):
    session.run(init)
    seen = [result(session, *run) for run in runs]
    return [*seen, session.run(v)]

  with v1.Session(graph=graph) as session:
    expected = results(session)
  with emulated_session.EmulatedSession(graph) as session:
    assert results(session) == expected


def test_what_is_fed_waits_for_no_write():
  """So what is read in a branch that it chooses may be written before."""
  v1.disable_control_flow_v2()
  with tf.Graph().as_default():
    w = v1.get_variable('w', initializer=1.0, use_resource=False)
    with tf.control_dependencies([v1.assign_add(w, 1.0)]):
      written = tf.constant(True)
    chosen = tf.logical_not(written)

    def read_late():
      with tf.control_dependencies([written]):
        late = tf.constant(2.0)
      return w + late

    y = v1.cond(chosen, read_late, lambda: tf.constant(0.0))
    v1.enable_control_flow_v2()
    with emulated_session.EmulatedSession() as session:
      session.run(w.initializer)
      assert session.run(y, {chosen: True}) == 4
