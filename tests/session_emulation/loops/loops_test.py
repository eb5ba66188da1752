"""Tests when the loop of a session is built, and where its errors go."""

import pytest
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.loops import loop, loops

v1 = tf.compat.v1


def _loops(session, tensor, made):
  """Loops over a tensor, each noted in `made`."""

  def make(session):
    with _tf.eager_mode():
      sink = loop.LastValues([tensor.dtype])
    made.append(loop.Loop(session, [tensor], [], sink))
    return made[-1]

  return loops.Loops(make, session.graph, tensor.name)


@pytest.mark.usefixtures('fused_from_the_second_run_on')
def test_a_loop_is_built_once_after_the_warm_up(session):
  """Not before a run, and not anew for the next one."""
  made = []
  several = _loops(session, tf.constant(3) + 4, made)

  assert several.ready(None) is None
  assert several.ready(session) is None
  several.begin_run()
  several.end_run()
  ready = several.ready(session)
  assert several.call(ready, 5) == (5, [7], None)
  assert several.ready(session) is ready
  assert made == [ready]
  assert several.has_run


@pytest.mark.usefixtures('fused_from_the_second_run_on')
def test_the_next_run_raises_what_a_loop_met(session):
  """Once: hooks are told of a run that failed."""
  fed = v1.placeholder_with_default(1.0, [])
  several = _loops(session, tf.debugging.check_numerics(fed / 0.0, 'bad'), [])
  several.begin_run()
  several.end_run()
  several.call(several.ready(session), 5)

  with pytest.raises(tf.errors.InvalidArgumentError, match='bad'):
    several.next_run.before_run(None)
  several.next_run.before_run(None)


@pytest.mark.usefixtures('fused_from_the_second_run_on')
def test_runs_that_must_not_be_in_a_loop(session):
  """It is not asked for again."""
  asked = []
  several = loops.Loops(asked.append, session.graph, 'never')
  several.begin_run()
  several.end_run()

  assert several.ready(session) is None
  assert several.is_over
  assert several.ready(session) is None
  assert asked == [session]


def test_programs_are_told_apart_by_what_they_fetch():
  """In whatever order."""
  a, b = (type('Tensor', (), {'name': name})() for name in 'ab')

  assert loops.names([a, b]) == loops.names([b, a]) == 'a b'
