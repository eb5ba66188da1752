"""Checks which batches an evaluation on some replicas takes in at its end."""

import pytest
import tensorflow as tf

from tfcompat_estimator.distribution import partial_batches
from tfcompat_estimator.session_emulation.opening import session_creator

v1 = tf.compat.v1


def batch(n):
  """Of n % 3 + 1 examples: a dense, a sparse, a ragged tensor and strings."""
  dense = tf.fill([n % 3 + 1], n)
  return {
    'dense': dense,
    'sparse': tf.sparse.from_dense([n, 1]),
    'ragged': tf.RaggedTensor.from_row_lengths(dense, [1, n % 3]),
    'text': tf.as_string(dense),
  }, n


def sum_of(features, labels):
  """What is counted of a batch: depends on each of its components."""
  parts = [
    tf.reduce_sum(features['dense']),
    tf.sparse.reduce_sum(features['sparse']),
    tf.reduce_sum(features['ragged']),
    tf.reduce_sum(tf.strings.to_number(features['text'], tf.int64)),
    labels,
  ]
  return tf.add_n([tf.cast(part, tf.int64) for part in parts])


def evaluated(batches, replicas=2, change=lambda data: data, needs_all=False):
  """The sums of the batches that count in two sessions, and how many counted."""
  with tf.Graph().as_default():
    data = change(tf.data.Dataset.range(batches).map(batch))
    hook = partial_batches.LeftoversHook(data, replicas)
    iterator = v1.data.make_initializable_iterator(hook.groups)
    total = v1.get_local_variable('total', initializer=tf.constant(0, tf.int64))
    read = hook.batches(iterator.get_next())
    labels = [labels for _, labels in read]
    all_of_them = tf.add_n(labels)
    with tf.control_dependencies([all_of_them] * needs_all):
      updates = [v1.assign_add(total, sum_of(*batch)).op for batch in read]
    hook.evaluates(iterator, read, updates)
    count = v1.get_collection(v1.GraphKeys.EVAL_STEP)[0]
    scaffold = v1.train.Scaffold(
      local_init_op=tf.group(
        v1.local_variables_initializer(), iterator.initializer
      )
    )
    creator = session_creator.EmulatedSessionCreator(scaffold)
    both = tf.group(*updates, v1.assign_add(count, 1))
    results = []
    for _ in range(2):
      seen = v1.train.FinalOpsHook([total, count])
      with creator.opened([hook, seen]) as session:
        while not session.should_stop():
          session.run(both)
      results.append(seen.final_ops_values)
  assert results[0] == results[1]
  return results[0]


def expected(batches):
  with tf.Graph().as_default(), v1.Session() as session:
    sums = [sum_of(*batch(tf.constant(n, tf.int64))) for n in batches]
    return sum(session.run(sums)) if sums else 0


@pytest.mark.parametrize('replicas', [2, 3])
@pytest.mark.parametrize('batches', range(8))
def test_all_batches_count(batches, replicas):
  """Of other shapes and kinds; those that are left are one run more."""
  runs = -(-batches // replicas)
  assert evaluated(batches, replicas) == [expected(range(batches)), runs]


def test_no_length_is_needed():
  """Nor that the input is the same each time that it is read."""

  def odd(data):
    return data.filter(lambda _, n: tf.equal(n % 2, 1)).shuffle(5).prefetch(2)

  assert evaluated(10, change=odd) == [expected([1, 3, 5, 7, 9]), 3]


def test_replicas_that_need_each_other(caplog):
  """Too few batches for all of them are not evaluated, and the log says so."""
  assert evaluated(5, needs_all=True) == [expected(range(4)), 2]
  assert 'The last 1 batches were not evaluated' in caplog.text


@pytest.mark.parametrize(
  ('replicas', 'change', 'fits'),
  [
    (2, lambda data: data, True),
    (1, lambda data: data, False),
    (2, lambda data: data.map(lambda f, _: f).window(2), False),
  ],
)
def test_where_there_can_be_leftovers(replicas, change, fits, caplog):
  """One replica has none; a dataset within a dataset cannot be put aside."""
  with tf.Graph().as_default():
    data = change(tf.data.Dataset.range(3).map(batch))
    assert partial_batches.LeftoversHook.fits(data, replicas) == fits
  assert ('are not evaluated' in caplog.text) == (replicas > 1 and not fits)
