"""Tests queues that batch what is alike."""

import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import buckets
from tfcompat_estimator.session_emulation.opening import session_creator

v1 = tf.compat.v1


def _batches(build):
  """All batches, until the input ends."""
  with tf.Graph().as_default():
    numbers = tf.constant([1, 5, 2, 6, 3, 7])
    (number,) = v1.train.slice_input_producer([numbers], 1, shuffle=False)
    fetches = build(number)
    creator = session_creator.EmulatedSessionCreator(v1.train.Scaffold())
    got = []
    with creator.opened([]) as session:
      while not session.should_stop():
        got.append(session.run(fetches))
    return got


def test_sequences_of_about_one_length_are_together():
  """Those shorter than 4, and the others; they are padded."""
  got = _batches(
    lambda number: buckets.bucket_by_sequence_length(
      number, {'x': tf.fill([number], number)}, 3, [4], dynamic_pad=True
    )
  )
  found = {tuple(sorted(lengths)): made['x'] for lengths, made in got}

  assert set(found) == {(1, 2, 3), (5, 6, 7)}
  assert found[1, 2, 3].shape == (3, 3)
  assert found[5, 6, 7].shape == (3, 7)
  assert (found[1, 2, 3] == 0).sum() == 3


def test_what_is_left_comes_at_the_end():
  """If it may; what is not to be kept does not count."""
  got = _batches(
    lambda number: buckets.bucket(
      [number],
      number // 4,
      2,
      2,
      allow_smaller_final_batch=True,
      keep_input=number > 1,
    )
  )

  assert sorted(
    (int(which), sorted(numbers.tolist())) for which, (numbers,) in got
  ) == [(0, [2, 3]), (1, [5, 6]), (1, [7])]


@pytest.mark.parametrize('boundaries', [[], [3, 2], [2, 2]])
def test_boundaries_rise(boundaries):
  """There is one, too."""
  with (
    tf.Graph().as_default(),
    pytest.raises(ValueError, match=r'[Bb]ucket'),
  ):
    buckets.bucket_by_sequence_length(1, [1], 2, boundaries)
