"""Checks what of a checkpoint gets into a session."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_source
from tfcompat_estimator.session_emulation.opening import restoring
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.fixture
def model_dir(tmp_path):
  """A directory of checkpoints 1 to 3 of `v`, which is their step."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    variable = v1.get_variable('v', initializer=[0.0])
    saver = v1.train.Saver()
    for step in (1, 2, 3):
      session.run(variable.assign([float(step)]))
      saver.save(session, str(tmp_path / 'model.ckpt'), step)
  return str(tmp_path)


def restored(source, shape=(1,), limit=5):
  """The value of `v`, what the Saver remembers, and whether it was restored."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    variable = v1.get_variable('v', initializer=-np.ones(shape, np.float32))
    saver = v1.train.Saver(max_to_keep=limit)
    session.run(variable.initializer)
    done = restoring.restore_from(source, session, saver)
    return session.run(variable)[0], saver.last_checkpoints, done


def test_the_newest_checkpoint_is_restored(model_dir):
  """Files of earlier calls count for keep_checkpoint_max."""
  value, remembered, done = restored(checkpoint_source.Source(model_dir))

  assert done
  assert value == 3.0
  assert [path[-1] for path in remembered] == ['1', '2', '3']


def test_without_a_checkpoint_nothing_happens(tmp_path):
  """It says so, so that variables are initialized."""
  value, _, done = restored(checkpoint_source.Source(str(tmp_path)))

  assert not done
  assert value == -1.0


def test_a_damaged_one_is_passed_over(model_dir, tmp_path):
  """For the one before it."""
  (tmp_path / 'model.ckpt-3.data-00000-of-00001').write_bytes(b'')

  assert restored(checkpoint_source.Source(model_dir))[0] == 2.0


def test_another_shape_is_an_error(model_dir):
  """No older checkpoint is tried for it."""
  with pytest.raises(ValueError, match='v'):
    restored(checkpoint_source.Source(model_dir), shape=(2,))
