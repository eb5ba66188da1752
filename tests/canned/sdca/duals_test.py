"""Checks what a table of dual variables remembers of examples."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.canned.sdca import duals
from tfcompat_estimator.session_emulation.run import emulated_session

KEYS = np.array([[5, 6], [-8, 9], [7, 7]])
VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.mark.parametrize('shards', [1, 3])
def test_what_is_inserted_is_found_and_added_up(shards):
  """Over how many tables it is spread shows nowhere; unknown ones are zeros."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    table = duals.DualTable(shards)
    insert = table.insert(tf.constant(KEYS), tf.constant(VALUES))
    found = table.lookup(tf.constant([*KEYS[::-1].tolist(), [3, 3]], tf.int64))
    size, sums = table.size(), table.sums()
    session.run(insert)

    assert session.run(found).tolist() == [*VALUES[::-1].tolist(), [0.0] * 4]
    assert session.run(size) == 3
    assert session.run(sums).tolist() == VALUES.sum(0).tolist()
