"""Tests how sequences of ids are embedded."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import embeddings
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
TABLE = np.arange(8.0, dtype=np.float32).reshape([4, 2])
IDS = [[1, 3], [2, 0]]


def _run(build):
  with tf.Graph().as_default() as graph:
    fetches = build()
    names = [variable.op.name for variable in v1.global_variables()]
    with emulated_session.EmulatedSession(graph) as session:
      session.run(v1.global_variables_initializer())
      return session.run(fetches), names


@pytest.mark.parametrize('unique', [False, True])
def test_sequences(unique):
  """Each id becomes its row, looked up once or each time."""
  got, names = _run(
    lambda: embeddings.embed_sequence(
      IDS, 4, 2, unique, v1.constant_initializer(TABLE)
    )
  )

  np.testing.assert_array_equal(got, TABLE[np.array(IDS)])
  assert names == ['EmbedSequence/embeddings']


def test_rows_of_ids_become_means():
  """A sparse row leaves id 0 out, which is padding."""

  def build():
    initializer = v1.constant_initializer(TABLE)
    sparse = embeddings.bow_encoder(IDS, 4, 2, initializer=initializer)
    with v1.variable_scope('other'):
      dense = embeddings.bow_encoder(IDS, 4, 2, False, initializer)
    return sparse, dense

  (sparse, dense), names = _run(build)

  np.testing.assert_array_equal(sparse, [TABLE[[1, 3]].mean(0), TABLE[2]])
  np.testing.assert_array_equal(dense, TABLE[np.array(IDS)].mean(1))
  assert names == ['bow_encoder/embeddings', 'other/bow_encoder/embeddings']


def test_missing_sizes_are_told():
  """They are needed unless a variable is reused."""
  with pytest.raises(ValueError, match='vocab_size.*embed_dim'):
    embeddings.embed_sequence(IDS)
