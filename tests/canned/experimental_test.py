"""Holds what k-means, RNNs and SDCA write to what the reference wrote."""

import functools

import numpy as np
import pytest

from tests.canned import descriptors, experimental

# Each estimator, distance, cell, family and head once.
DEFAULT = (
  'v1_KMeans_cosine_minibatch_iter',
  'v1_KMeans_initial_array',
  'v1_KMeans_kmeanspp_full',
  'v1_LinearClassifier_SDCA',
  'v2_LinearRegressor_SDCA',
  'v2_RNNClassifier_gru_2layer_multi',
  'v2_RNNClassifier_lstm_units_int_ctx',
  'v2_RNNClassifier_return_sequences',
  'v2_RNNEstimator_cell_fn',
  'v2_RNNEstimator_multihead',
  'v2_RNNEstimator_private_sequential_reg',
)

run = functools.cache(experimental.Run)

over_all = pytest.mark.parametrize(
  'name',
  [
    pytest.param(name, marks=[] if name in DEFAULT else pytest.mark.slow)
    for name in experimental.entries()
  ],
)


def test_the_table_is_whole():
  """No name of the default set is unknown, no configuration is missing."""
  assert set(DEFAULT) <= set(experimental.entries())
  assert len(experimental.entries()) == 21


@over_all
def test_class(name):
  """Classes and their bases are called as the reference's."""
  mro = type(run(name).estimator).__mro__

  assert [cls.__name__ for cls in mro] == experimental.entries()[name]['mro']


@over_all
def test_checkpoint_keys(name):
  """Checkpoints hold the same keys, types and shapes, tables included."""
  expected = experimental.entries()[name]['checkpoint']

  assert run(name).checkpoint() == expected


@over_all
def test_evaluate_keys(name):
  """Metrics have the same names, order and types."""
  expected = experimental.entries()[name]['evaluate']

  assert [
    [key, descriptors.dtype_name(value)]
    for key, value in run(name).metrics.items()
  ] == expected


@over_all
def test_predict_keys(name):
  """Predictions have the same keys, order, types and shapes."""
  expected = experimental.entries()[name]['predict']

  assert [
    [str(key), descriptors.dtype_name(value), list(np.shape(value))]
    for key, value in run(name).prediction.items()
  ] == expected


@over_all
def test_event_tags(name):
  """Summaries have the same tags and kinds, those of training the same steps."""
  entry = experimental.entries()[name]

  eval_tags = run(name).tags('eval/')

  assert run(name).tags() == entry['train_tags']
  assert {tag: kind for tag, (kind, _) in eval_tags.items()} == (
    entry['eval_tags']
  )


@over_all
def test_signatures_for_examples(name):
  """SavedModels for serialized examples have the same signatures."""
  entry = experimental.entries()[name]

  export = run(name).parsing_export

  assert experimental.signatures(export) == entry['parsing']
  assert descriptors.exported_variables(export) == entry['exported']


@over_all
def test_signatures_for_features(name):
  """SavedModels that are fed features have the same signatures."""
  expected = experimental.entries()[name]['raw']

  assert experimental.signatures(run(name).raw_export) == expected
