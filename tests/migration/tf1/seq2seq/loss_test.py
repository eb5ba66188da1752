"""Tests the loss of sequences."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1.seq2seq import loss
from tfcompat_estimator.session_emulation.run import emulated_session

LOGITS = np.sin(np.arange(12.0)).reshape([2, 3, 2]).astype(np.float32)
TARGETS = np.array([[0, 1, 1], [1, 0, 1]])
WEIGHTS = np.array([[1, 1, 0], [1, 0, 0]], np.float32)


def _losses():
  each = np.log(np.exp(LOGITS).sum(-1)) - np.take_along_axis(
    LOGITS, TARGETS[..., None], -1
  ).squeeze(-1)
  return each * WEIGHTS


MEANS = {
  'both': ({}, lambda: _losses().sum() / WEIGHTS.sum()),
  'over the batch': (
    {'average_across_timesteps': False},
    lambda: _losses().sum(0) / (WEIGHTS.sum(0) + 1e-12),
  ),
  'over steps': (
    {'average_across_batch': False},
    lambda: _losses().sum(1) / WEIGHTS.sum(1),
  ),
  'sums': (
    {
      'average_across_timesteps': False,
      'average_across_batch': False,
      'sum_over_timesteps': True,
      'sum_over_batch': True,
    },
    lambda: _losses().sum() / np.count_nonzero(WEIGHTS),
  ),
}


@pytest.mark.parametrize('case', MEANS)
def test_losses_are_weighted_means(case):
  """Steps of weight 0 do not count."""
  arguments, expected = MEANS[case]
  with tf.Graph().as_default() as graph:
    made = loss.sequence_loss(
      tf.constant(LOGITS),
      tf.constant(TARGETS),
      tf.constant(WEIGHTS),
      **arguments,
    )
    with emulated_session.EmulatedSession(graph) as session:
      np.testing.assert_allclose(session.run(made), expected(), 1e-5)


def test_a_mean_and_a_sum_exclude_each_other():
  """Of one dimension."""
  with pytest.raises(ValueError, match='one of each pair'):
    loss.sequence_loss(LOGITS, TARGETS, WEIGHTS, sum_over_batch=True)
