"""Opens the session that tests of the engine run graphs in."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import emulated_session


@pytest.fixture
def session():
  """A session of a default graph."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    yield session
