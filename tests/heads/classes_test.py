"""Checks the lists of classes that servers of Classify answer with."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.heads import classes

LOGITS = np.array([[0.1, 3.0, 0.2], [5.0, 0.0, 0.0]], np.float32)


@pytest.mark.eager
@pytest.mark.parametrize(
  'vocabulary, names',
  [(None, [b'0', b'1', b'2']), (['a', 'b', 'c'], [b'a', b'b', b'c'])],
)
def test_every_example_has_all_classes(vocabulary, names):
  """Ids, and names that are ids where there is no vocabulary, by rows."""
  logits = tf.constant(LOGITS)

  assert classes.all_ids(logits, 3).numpy().tolist() == [[0, 1, 2]] * 2
  assert (
    classes.all_names(logits, 3, vocabulary).numpy().tolist() == [names] * 2
  )


@pytest.mark.eager
def test_the_most_likely_class_has_the_largest_logit():
  """Ids on a last axis of one; names by the vocabulary, or the id as text."""
  ids = classes.most_likely(tf.constant(LOGITS))

  assert ids.dtype == tf.int64
  assert ids.numpy().tolist() == [[1], [0]]
  assert classes.names_of(ids, None).numpy().tolist() == [[b'1'], [b'0']]


def test_signatures_classify_by_default():
  """The default signature gives probabilities and names in one order."""
  with tf.Graph().as_default():
    probabilities = tf.nn.softmax(tf.constant(LOGITS))
    made = classes.signatures({'probabilities': probabilities}, 3, None)

  assert list(made) == ['serving_default', 'classification', 'predict']
  assert made['serving_default'].scores is probabilities
  assert made['serving_default'].classes.shape == (2, 3)
