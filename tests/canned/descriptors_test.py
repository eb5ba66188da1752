"""Holds what canned estimators write to what the reference wrote.

The names, types and shapes of every configuration of the contract, k-means,
RNNs and SDCA included; a few tell each estimator, head, optimizer, cell and kind
of column apart, and run by default.
"""

import functools

import numpy as np
import pytest

from tests.canned import descriptors, experimental
from tfcompat_estimator.estimator import base_estimator

# Enough to tell estimators, heads, families and kinds of columns apart.
DEFAULT = (
  'v1_BaselineClassifier',
  'v1_BaselineEstimator_head_multilabel',
  'v1_BaselineEstimator_privatehead_reg',
  'v1_BaselineRegressor_dim2_Adam',
  'v1_DNNClassifier_ProximalAdagrad_bn',
  'v1_DNNClassifier_multi_vocab_weight',
  'v1_DNNClassifier_opt_Adam',
  'v1_DNNClassifier_partitioned',
  'v1_DNNClassifier_shared_embedding_columns',
  'v1_DNNLinearCombinedClassifier_linear_only',
  'v1_DNNLinearCombinedClassifier_multi_bn',
  'v1_DNNLinearCombinedClassifier_partitioned',
  'v1_DNNLinearCombinedEstimator_head_multihead',
  'v1_DNNRegressor_dim2_weight',
  'v1_LinearClassifier_partitioned',
  'v1_LinearClassifier_vocab_file',
  'v1_LinearRegressor',
  'v2_BaselineClassifier_multi',
  'v2_BaselineEstimator_head_bin',
  'v2_BaselineRegressor_dim2_Adam',
  'v2_DNNClassifier_allcols',
  'v2_DNNClassifier_batch_norm_dropout',
  'v2_DNNClassifier_multi_vocab_weight',
  'v2_DNNClassifier_opt_SGD',
  'v2_DNNClassifier_opt_callable_decay',
  'v2_DNNClassifier_opt_legacy_Adam_amsgrad_clip',
  'v2_DNNClassifier_opt_legacy_RMSprop_centered',
  'v2_DNNClassifier_shared_embeddings_graph',
  'v2_DNNEstimator_head_logistic',
  'v2_DNNEstimator_head_multihead',
  'v2_DNNEstimator_head_poisson',
  'v2_DNNLinearCombinedClassifier_dnn_only',
  'v2_DNNLinearCombinedClassifier_multi_bn',
  'v2_DNNLinearCombinedRegressor',
  'v2_DNNRegressor',
  'v2_LinearClassifier_multi_allcols',
  'v2_LinearClassifier_opt_RMSProp',
  'v2_LinearEstimator_head_multilabel',
  'v2_LinearRegressor_dim2',
  'v1_KMeans_cosine_minibatch_iter',
  'v1_KMeans_initial_array',
  'v1_KMeans_kmeanspp_full',
  'v1_LinearClassifier_SDCA',
  'v2_LinearRegressor_SDCA',
  'v2_RNNClassifier_lstm_units_int_ctx',
  'v2_RNNClassifier_return_sequences',
  'v2_RNNEstimator_cell_fn',
  'v2_RNNEstimator_multihead',
)
ENTRIES = {**descriptors.entries(), **experimental.entries()}
REFUSED = {name for name, entry in ENTRIES.items() if 'error' in entry}
# Shared embeddings are trained here, so that the optimizer has slots for them.
TRAINED_HERE = {
  'v2_DNNClassifier_shared_embeddings_graph': [
    [
      'training/Adagrad/iid_jid_shared_embedding/accumulator',
      'float32',
      [6, 3],
    ]
  ]
}


@functools.cache
def run(name):
  if name in experimental.entries():
    return experimental.Run(name)
  return descriptors.Run(name)


over_all = pytest.mark.parametrize(
  'name',
  [
    pytest.param(name, marks=[] if name in DEFAULT else pytest.mark.slow)
    for name in ENTRIES
    if name not in REFUSED
  ],
)


def test_the_table_is_whole():
  """No name of the default set is unknown, no estimator is missing."""
  entries = descriptors.entries()

  assert set(DEFAULT) <= set(ENTRIES)
  assert len(entries) == 132
  assert len(experimental.entries()) == 21
  assert len(ENTRIES) == 132 + 21
  assert {entry['mro'][0] for entry in entries.values()} == {
    f'{kind}{what}{version}'
    for kind in ('DNN', 'Linear', 'DNNLinearCombined', 'Baseline')
    for what in ('Classifier', 'Regressor', 'Estimator')
    for version in ('', 'V2')
  }


@over_all
def test_class(name):
  """Classes and their bases are called as the reference's."""
  entry = ENTRIES[name]

  # Estimator is put together of parts, which the reference's is not.
  parts = set(base_estimator.Estimator.__mro__[1:-1])
  mro = [cls for cls in type(run(name).estimator).__mro__ if cls not in parts]

  assert [cls.__name__ for cls in mro] == entry['mro']


@over_all
def test_checkpoint_keys(name):
  """Checkpoints hold the same keys, types and shapes, slots included."""
  expected = ENTRIES[name]['checkpoint']
  expected = sorted(expected + TRAINED_HERE.get(name, []))

  assert run(name).checkpoint() == expected


@over_all
def test_evaluate_keys(name):
  """Metrics have the same names, order and types."""
  expected = ENTRIES[name]['evaluate']

  metrics = run(name).metrics

  assert [
    [key, descriptors.dtype_name(value)] for key, value in metrics.items()
  ] == expected


@over_all
def test_predict_keys(name):
  """Predictions have the same keys, order, types and shapes."""
  expected = ENTRIES[name]['predict']

  prediction = run(name).prediction

  assert [
    [str(key), descriptors.dtype_name(value), list(np.shape(value))]
    for key, value in prediction.items()
  ] == expected


@over_all
def test_event_tags(name):
  """Summaries have the same tags and kinds, those of training the same steps."""
  entry = ENTRIES[name]

  eval_tags = run(name).tags('eval/')

  assert run(name).tags() == entry['train_tags']
  assert {tag: kind for tag, (kind, _) in eval_tags.items()} == (
    entry['eval_tags']
  )


@over_all
def test_signatures_for_examples(name):
  """SavedModels for serialized examples have the same signatures."""
  entry = ENTRIES[name]

  export = run(name).parsing_export

  assert descriptors.signatures(export) == entry['parsing']
  assert descriptors.exported_variables(export) == entry['exported']


@over_all
def test_signatures_for_features(name):
  """SavedModels that are fed features have the same signatures."""
  expected = ENTRIES[name]['raw']

  assert descriptors.signatures(run(name).raw_export) == expected


def short(tensors):
  return {
    key: [tensor['dtype'], tensor['shape'], tensor['name']]
    for key, tensor in tensors.items()
  }


def nameless(tensors):
  return {key: tensor[:2] for key, tensor in tensors.items()}


@pytest.mark.parametrize(
  'name',
  [
    pytest.param(name, marks=[] if name in DEFAULT[::4] else pytest.mark.slow)
    for name in descriptors.all_modes()
  ],
)
def test_signatures_of_all_modes(name):
  """SavedModels to train, evaluate and predict with have the same signatures."""
  entry = ENTRIES[name]
  expected = descriptors.all_modes()[name]
  export = run(name).all_modes_export

  assert descriptors.signatures(export) == entry['raw']
  train = descriptors.signatures(export, 'train')['train']
  assert train['method'] == 'tensorflow/supervised/training'
  assert short(train['inputs']) == expected['inputs']
  assert short(train['outputs']) == expected['outputs']
  evaluate = descriptors.signatures(export, 'eval')['eval']
  assert evaluate['method'] == 'tensorflow/supervised/eval'
  assert short(evaluate['inputs']) == expected['inputs']
  # Nobody asks a metric, or what comes with it, by the name of its tensor.
  assert nameless(short(evaluate['outputs'])) == nameless(
    {**expected['outputs'], **expected['metrics']}
  )
  keys = [key for key, _, _ in run(name).checkpoint()]
  assert descriptors.exported_variables(export) == keys


@pytest.mark.parametrize('name', sorted(REFUSED))
def test_refused_by_the_reference(name):
  """What the reference refuses for its age trains here: see differences.md."""
  metrics = run(name).metrics

  assert metrics['global_step'] == 3
  assert np.isfinite(metrics['loss'])
