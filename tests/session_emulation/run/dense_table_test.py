"""Checks tables whose special keys are constants of the graph."""

import tensorflow as tf

from tfcompat_estimator.session_emulation.run import session as sessions


def make_graph(buckets=8):
  graph = tf.Graph()
  with graph.as_default():
    table = tf.lookup.experimental.DenseHashTable(
      key_dtype=tf.int64,
      value_dtype=tf.float32,
      default_value=-1.0,
      empty_key=tf.constant(0, tf.int64),
      deleted_key=tf.constant(1, tf.int64),
      initial_num_buckets=buckets,
    )
    keys = tf.constant([5], tf.int64)
    insert = table.insert(keys, tf.constant([2.5]))
    found = table.lookup(keys)
  return graph, insert, found


def resident_bytes():
  with open('/proc/self/statm') as file:
    return int(file.read().split()[1]) * 4096


def test_runs_share_the_table_and_sessions_do_not():
  """What one run inserts the next one finds; another session does not."""
  graph, insert, found = make_graph()
  with sessions.EmulatedSession(graph) as first:
    first.run(insert)
    assert first.run(found) == [2.5]
    with sessions.EmulatedSession(graph) as second:
      assert second.run(found) == [-1.0]


def test_the_table_is_freed_with_its_session():
  """A dozen sessions with a table of 12 MiB do not add up."""
  graph, insert, _ = make_graph(buckets=1 << 20)

  def open_and_close():
    with sessions.EmulatedSession(graph) as session:
      session.run(insert)

  for _ in range(12):  # until the allocator has what it keeps for itself
    open_and_close()
  before = resident_bytes()
  for _ in range(12):
    open_and_close()
  assert resident_bytes() - before < 48 << 20
