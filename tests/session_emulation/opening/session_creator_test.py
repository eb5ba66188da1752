"""Tests what a Scaffold may ask for when a session is opened."""

import os

import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.session_emulation.opening import session_creator
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.fixture
def graph():
  """A graph with a global step, which is the default one."""
  with tf.Graph().as_default() as graph:
    v1.train.get_or_create_global_step()
    yield graph


def opened(scaffold):
  """A monitored session with the scaffold."""
  return session_creator.EmulatedSessionCreator(scaffold).opened([])


def train(model_dir, change, steps=1, init=None):
  """Trains tiny's model with `change` made to its spec."""

  def model_fn(features, labels, mode):
    spec = tiny.model_fn(features, labels, mode)
    if init is not None:
      init()
    return spec._replace(**change(spec))

  estimator = base_estimator.EstimatorV2(model_fn, model_dir)
  return estimator.train(tiny.batches(), steps=steps)


def test_init_op_with_a_feed(graph):
  """init_op runs with init_feed_dict; a large value need not be a constant."""
  given = v1.placeholder(tf.float32, [3])
  variable = v1.get_variable('x', initializer=given, validate_shape=False)
  scaffold = v1.train.Scaffold(
    init_op=v1.global_variables_initializer(),
    init_feed_dict={given: [1.0, 2.0, 3.0]},
  )

  with opened(scaffold) as session:
    assert session.run(variable).tolist() == [1, 2, 3]


def test_init_fn_runs_after_init_op_with_the_session(graph):
  """init_fn may read what init_op has set, assign and feed."""
  variable = v1.get_variable('x', initializer=2.0)
  given = v1.placeholder(tf.float32, [])
  assign = v1.assign(variable, variable + given)
  calls = []

  def init_fn(scaffold, session):
    calls.append((scaffold, session.run(variable)))
    session.run(assign, {given: 5.0})

  scaffold = v1.train.Scaffold(init_fn=init_fn)
  with opened(scaffold) as session:
    assert session.run(variable) == 7.0
  assert calls == [(scaffold, 2.0)]


def test_init_fn_may_restore_from_another_checkpoint(tmp_path, graph):
  """The usual way to start from a trained part: a Saver of some variables."""
  with tf.Graph().as_default():
    saved = v1.get_variable('part/x', initializer=3.0)
    saver = v1.train.Saver()
    with emulated_session.EmulatedSession() as session:
      session.run(saved.initializer)
      path = saver.save(session, str(tmp_path / 'model.ckpt'))
  variable = v1.get_variable('part/x', initializer=0.0)
  other = v1.get_variable('x', initializer=1.0)
  part = v1.train.Saver([variable])
  scaffold = v1.train.Scaffold(
    init_fn=lambda scaffold, session: part.restore(session, path)
  )

  with opened(scaffold) as session:
    assert session.run([variable, other]) == [3.0, 1.0]


def test_local_init_op_with_a_feed(graph):
  """local_init_op runs last, with its feeds: it may use what was restored."""
  given = v1.placeholder(tf.float32, [])
  source = v1.get_variable('source', initializer=2.0)
  local = v1.get_variable(
    'local',
    initializer=0.0,
    collections=[v1.GraphKeys.LOCAL_VARIABLES],
  )
  with tf.control_dependencies([v1.local_variables_initializer()]):
    local_init_op = v1.assign(local, source * given)
  scaffold = v1.train.Scaffold(
    local_init_op=local_init_op, local_init_feed_dict={given: 4.0}
  )

  with opened(scaffold) as session:
    assert session.run(local) == 8.0


NOT_READY = {
  'ready_op': 'Init operations did not make model ready. .*layer/w',
  'ready_for_local_init_op': 'not make model ready for local_init. .*layer/w',
}


@pytest.mark.parametrize('argument', NOT_READY)
def test_a_model_that_is_not_ready(argument, graph):
  """Names that a ready op returns end up in the error."""
  scaffold = v1.train.Scaffold(**{argument: tf.constant(['layer/w'])})

  with pytest.raises(RuntimeError, match=NOT_READY[argument]):
    opened(scaffold).__enter__()


def test_uninitialized_variables_are_named(graph):
  """The default ready op reports what init_op has left out."""
  v1.get_variable('left_out', initializer=1.0)
  scaffold = v1.train.Scaffold(init_op=tf.no_op())

  with pytest.raises(RuntimeError, match='left_out'):
    opened(scaffold).__enter__()


def test_summary_op(model_dir):
  """The SummarySaverHook writes what a summary_op of the user's own gives."""

  def change(spec):
    summary = v1.summary.scalar('mine', spec.loss, collections=[])
    return {'scaffold': v1.train.Scaffold(summary_op=summary)}

  train(model_dir, change)

  (events,) = tf.io.gfile.glob(os.path.join(model_dir, 'events*'))
  tags = [
    value.tag
    for event in v1.train.summary_iterator(events)
    for value in event.summary.value
  ]
  assert tags == ['mine']


def test_a_saver_of_ones_own(model_dir):
  """It decides what is saved, and how many checkpoints are kept."""

  def change(spec):
    v1.get_variable('unsaved', initializer=1.0)
    saver = v1.train.Saver(
      [v for v in v1.global_variables() if v.op.name != 'unsaved'],
      max_to_keep=1,
    )

    return {'scaffold': v1.train.Scaffold(saver=saver)}

  estimator = train(model_dir, change, steps=2)

  assert estimator.get_variable_names() == ['global_step', 'm/w']
  states = tf.train.get_checkpoint_state(model_dir)
  assert len(states.all_model_checkpoint_paths) == 1


@pytest.mark.eager
def test_an_object_based_checkpoint_as_saver(model_dir):
  """A tf.train.Checkpoint saves by attributes, resumes, and restores in TF 2."""

  def change(spec):
    by_name = {v.op.name: v for v in v1.global_variables()}
    checkpoint = tf.train.Checkpoint(
      step=by_name['global_step'], weight=by_name['m/w']
    )
    return {'scaffold': v1.train.Scaffold(saver=checkpoint)}

  train(model_dir, change, steps=2)
  estimator = train(model_dir, change, steps=1)

  path = estimator.latest_checkpoint()
  names = dict(tf.train.list_variables(path))
  assert path.endswith('model.ckpt-3')
  assert 'weight/.ATTRIBUTES/VARIABLE_VALUE' in names
  weight = tf.Variable(0.0)
  tf.train.Checkpoint(weight=weight).restore(path).expect_partial()
  assert (1 - weight.numpy()) ** 2 == pytest.approx(tiny.loss_at(3))
  assert estimator.evaluate(tiny.batches(1))['m'] == pytest.approx(0.488)


def test_copy_from_scaffold(graph):
  """A copy has the parts of the other, but those that are given."""
  variable = v1.get_variable('x', initializer=1.0)
  calls = []
  first = v1.train.Scaffold(
    init_fn=lambda scaffold, session: calls.append('init_fn'),
    local_init_op=tf.group(v1.assign(variable, 5.0)),
  )
  second = v1.train.Scaffold(
    copy_from_scaffold=first, ready_op=tf.constant([], tf.string)
  )

  with opened(second) as session:
    assert session.run(variable) == 5.0
  assert second.local_init_op is first.local_init_op
  assert second.ready_op is not first.ready_op
  assert calls == ['init_fn']


def test_init_from_checkpoint_in_model_fn(tmp_path):
  """It sets initial values, of a resume no more than of a later checkpoint."""
  first = train(str(tmp_path / 'first'), lambda spec: {}, steps=3)
  path = first.latest_checkpoint()

  def init():
    v1.train.init_from_checkpoint(path, {'m/w': 'm/w'})

  second = str(tmp_path / 'second')
  estimator = train(second, lambda spec: {}, 1, init)
  assert (1 - estimator.get_variable_value('m/w')) ** 2 == pytest.approx(
    tiny.loss_at(4)
  )
  estimator = train(second, lambda spec: {}, 1, init)
  assert estimator.get_variable_value('global_step') == 2
  np.testing.assert_allclose(
    (1 - estimator.get_variable_value('m/w')) ** 2, tiny.loss_at(5), rtol=1e-5
  )


def test_an_init_fn_in_a_spec_does_not_run_on_resume(model_dir):
  """What is restored needs no initial values."""
  calls = []

  def change(spec):
    return {
      'scaffold': v1.train.Scaffold(
        init_fn=lambda scaffold, session: calls.append(1)
      )
    }

  train(model_dir, change)
  train(model_dir, change)

  assert calls == [1]
