"""Compares decoders with attention over lists with TensorFlow 1.15."""

import pytest
import tensorflow as tf
from tf_keras.api._v1.keras.__internal__.legacy import rnn_cell

from tests.migration.tf1 import beside
from tfcompat_estimator.migration.tf1 import legacy_attention

v1 = tf.compat.v1


def test_numbers_of_1_15():
  """Outputs, states, losses, gradients and variables are equal."""
  beside.check_part(
    'legacy_models',
    'legacy',
    ('attention', 'attention_fed', 'either_not', 'buckets'),
  )


@pytest.mark.parametrize(
  ('inputs', 'heads', 'size', 'message'),
  [
    ([], 1, 3, 'at least 1 input'),
    ([1], 0, 3, 'less than 1 heads'),
    ([1], 1, None, r'Shape\[2\] of attention_states'),
  ],
)
def test_what_does_not_fit(inputs, heads, size, message):
  """An error says so, in the words of 1.15."""
  with tf.Graph().as_default():
    states = v1.placeholder(tf.float32, [None, 2, size])
    cell = rnn_cell.GRUCell(3)
    with pytest.raises(ValueError, match=message):
      legacy_attention.attention_decoder(
        [tf.zeros([2, 3]) for _ in inputs],
        tf.zeros([2, 3]),
        states,
        cell,
        num_heads=heads,
      )
