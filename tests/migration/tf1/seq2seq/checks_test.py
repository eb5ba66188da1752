"""Checks that arguments of decoders are told by name and value."""

import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1.seq2seq import checks

MISTAKES = {
  'a matrix for a vector': (
    lambda: checks.vector('start_tokens', [[1], [2]], tf.int32),
    ValueError,
    r'`start_tokens` has shape \(2, 1\)',
  ),
  'a vector for a number': (
    lambda: checks.scalar('end_token', [1], tf.int32),
    ValueError,
    r'`end_token` has shape \(1,\)',
  ),
  'a function for a layer': (
    lambda: checks.layer('output_layer', lambda x: x),
    TypeError,
    '`output_layer` is of type function',
  ),
  'a number for a function': (
    lambda: checks.function('probability_fn', 3),
    TypeError,
    '`probability_fn` is of type int',
  ),
}


@pytest.mark.parametrize('call, kind, text', MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_the_argument(call, kind, text):
  """And what it got."""
  with pytest.raises(kind, match=text):
    call()


def test_what_is_right_passes():
  """With the dtype that was asked for."""
  assert checks.vector('start_tokens', [1, 2], tf.int32).dtype == tf.int32
  assert checks.scalar('end_token', 1, tf.int32).dtype == tf.int32
  checks.layer('output_layer', None)
  checks.layer('output_layer', tf.keras.layers.Dense(1))
  checks.function('probability_fn', tf.nn.softmax)
