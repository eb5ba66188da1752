"""Tests summaries by their first names."""

import numpy as np
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import summaries
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def test_summaries_have_the_tags_that_they_are_given():
  """One of each kind, merged."""
  with tf.Graph().as_default() as graph:
    summaries.scalar_summary('a', 2.0)
    summaries.histogram_summary('h', [1.0, 2.0])
    summaries.image_summary('i', np.zeros([1, 2, 2, 3], np.uint8))
    summaries.audio_summary('s', np.zeros([1, 4, 1], np.float32), 8000.0)
    merged = summaries.merge_all_summaries()
    one = summaries.merge_summary([summaries.scalar_summary('b', 3.0)])
    with emulated_session.EmulatedSession(graph) as session:
      written, of_one = session.run([merged, one])

  kinds = {
    value.tag: value.WhichOneof('value')
    for value in v1.Summary.FromString(written).value
  }
  assert {tag.split('/')[0]: kind for tag, kind in kinds.items()} == {
    'a': 'simple_value',
    'h': 'histo',
    'i': 'image',
    's': 'audio',
  }
  (value,) = v1.Summary.FromString(of_one).value
  assert (value.tag, value.simple_value) == ('b', 3.0)
