"""Networks over random columns and features are TensorFlow's own."""

import os

import hypothesis
import numpy as np
from hypothesis import strategies as st

from tests.canned.networks import random_columns

COUNT = int(os.environ.get('TFCOMPAT_FUZZ_COUNT', '12'))
SETTINGS = hypothesis.settings(
  max_examples=COUNT,
  derandomize=True,
  database=None,
  deadline=None,
  suppress_health_check=list(hypothesis.HealthCheck),
  phases=[
    hypothesis.Phase.generate
  ],  # Two graphs an example: it shrinks slowly.
)


def compare(columns, is_deep, features, training, combiner):
  """Values and gradients; or the types of the errors."""
  ours, tensorflows = (
    random_columns.outcome(
      build, columns, is_deep, features, training, combiner
    )
    for build in (random_columns.ours, random_columns.tensorflows)
  )
  if tensorflows.error and not features['s'][2]:
    return  # TensorFlow's columns fail at some empty batches; ours need not.
  assert ours.error == tensorflows.error
  if ours.error:
    return
  # The last bit of a sum depends on the order of what is summed.
  np.testing.assert_allclose(
    ours.values, tensorflows.values, rtol=2e-6, atol=1e-6
  )
  assert len(ours.gradients) == len(tensorflows.gradients)
  for mine, its in zip(ours.gradients, tensorflows.gradients, strict=True):
    np.testing.assert_allclose(mine, its, rtol=1e-5, atol=1e-5)


@SETTINGS
@hypothesis.given(
  columns=random_columns.deep(),
  features=random_columns.features(),
  training=st.booleans(),
)
def test_input_layer(columns, features, training):
  """Embeddings, indicators, buckets, numbers, and what shares a table."""
  compare(columns, True, features, training, None)


@SETTINGS
@hypothesis.given(
  columns=random_columns.wide(),
  features=random_columns.features(),
  training=st.booleans(),
  combiner=st.sampled_from(random_columns.COMBINERS),
)
def test_linear_model(columns, features, training, combiner):
  """Categorical columns, crosses of them, weighted ones, numbers."""
  compare(columns, False, features, training, combiner)
