"""Checks which batches an evaluation on two replicas takes in at its end."""

import pytest
import tensorflow as tf

from tfcompat_estimator.distribution import partial_batches
from tfcompat_estimator.session_emulation.opening import session_creator

v1 = tf.compat.v1


def evaluated(batches, has_cardinality=True):
  """The batches that count, of an input of so many, two to a run."""
  with tf.Graph().as_default():
    data = tf.data.Dataset.range(batches)
    if not has_cardinality:
      data = data.filter(lambda n: True)
    iterator = v1.data.make_initializable_iterator(data)
    count = v1.get_variable('count', initializer=0, use_resource=True)
    updates, last = [], []
    for _ in range(2):
      with tf.control_dependencies(last):
        batch = iterator.get_next()
      last = [batch]
      with tf.control_dependencies(last):
        updates.append(count.assign_add(1, read_value=False))
    scaffold = v1.train.Scaffold(
      init_op=tf.group(count.initializer, iterator.initializer)
    )
    hooks = partial_batches.hooks(data.cardinality(), updates)
    both = tf.group(*updates)
    creator = session_creator.EmulatedSessionCreator(scaffold)
    seen = v1.train.FinalOpsHook(count)
    with creator.opened([*hooks, seen]) as session:
      while not session.should_stop():
        session.run(both)
  return seen.final_ops_values


@pytest.mark.parametrize('batches', [2, 4, 5])
def test_the_last_ones_are_taken_in_by_some_replicas(batches):
  """Where the number of batches is known, all of them count."""
  assert evaluated(batches) == batches


def test_unless_nobody_knows_how_many_there_are():
  """Then a run that lacks one for a replica counts nothing."""
  assert evaluated(4, has_cardinality=False) == 4


def test_one_replica_needs_no_hook():
  """Nor does an input without a cardinality."""
  with tf.Graph().as_default():
    assert partial_batches.hooks(tf.constant(5), [tf.no_op()]) == []
    assert partial_batches.hooks(None, [tf.no_op(), tf.no_op()]) == []
