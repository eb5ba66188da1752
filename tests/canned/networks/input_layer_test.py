"""Feeds feature columns of every kind, in every form, to both networks."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator.canned import dnn, dnn_linear_combined, linear
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column

WORDS = [[b'a', b'b'], [b'c'], [], [b'a', b'a', b'oov']]
WEIGHTS = [[1.0, 0.5], [2.0], [], [1.0, 1.0, 3.0]]
LABELS = np.array([[0], [1], [0], [1]])
VOCABULARY = fc.categorical_column_with_vocabulary_list(
  'words', ['a', 'b', 'c'], num_oov_buckets=1
)


def ragged(rows, dtype):
  return tf.ragged.constant(rows, dtype=dtype, ragged_rank=1)


def features(form):
  words = ragged(WORDS, tf.string)
  weights = ragged(WEIGHTS, tf.float32)
  if form == 'sparse':
    return {'words': words.to_sparse(), 'weights': weights.to_sparse()}
  if form == 'dense':
    return {'words': words.to_tensor(''), 'weights': weights.to_tensor(0.0)}
  return {'words': words, 'weights': weights}


def input_fn(form):
  return lambda: (features(form), tf.constant(LABELS))


def trained(make, form, folder):
  config = run_config.RunConfig(
    model_dir=str(folder), tf_random_seed=3, save_summary_steps=None
  )
  estimator = make(config).train(input_fn(form), steps=2)
  return {
    name: estimator.get_variable_value(name)
    for name in estimator.get_variable_names()
  }


def old_shared_columns():
  """Columns of the old kind, which TensorFlow's own function reads."""
  with tf.Graph().as_default():
    return v1.feature_column.shared_embedding_columns([VOCABULARY], 2)


MODELS = {
  'embedding': lambda config: dnn.DNNClassifierV2(
    [2], [fc.embedding_column(VOCABULARY, 2)], config=config
  ),
  'weighted embedding': lambda config: dnn.DNNClassifier(
    [2],
    [
      fc.embedding_column(
        fc.weighted_categorical_column(VOCABULARY, 'weights'), 2, 'sum'
      )
    ],
    config=config,
  ),
  'embedding of TF 1': lambda config: dnn.DNNClassifier(
    [2], old_shared_columns(), config=config
  ),
  'indicator': lambda config: dnn.DNNClassifierV2(
    [2], [fc.indicator_column(VOCABULARY)], config=config
  ),
  'linear': lambda config: linear.LinearClassifierV2(
    [VOCABULARY], config=config
  ),
  'weighted linear': lambda config: linear.LinearClassifier(
    [fc.weighted_categorical_column(VOCABULARY, 'weights')],
    sparse_combiner='mean',
    config=config,
  ),
}


@pytest.mark.parametrize('model', MODELS)
def test_dense_sparse_and_ragged_features_are_one(model, tmp_path):
  """The form of a feature does not matter."""
  variables = [
    trained(MODELS[model], form, tmp_path / form)
    for form in ('dense', 'sparse', 'ragged')
  ]

  for other in variables[1:]:
    assert set(other) == set(variables[0])
    for name, value in variables[0].items():
      np.testing.assert_allclose(other[name], value, 1e-5, 1e-6, err_msg=name)


# Ids 0, 1, 2 of the vocabulary weigh 1, 10, 100; the one unknown bucket 1000.
SUMS = {
  'sum': [11.0, 100.0, 0.0, 1002.0],
  'mean': [5.5, 100.0, 0.0, 334.0],
  'sqrtn': [11 / 2**0.5, 100.0, 0.0, 1002 / 3**0.5],
}


@pytest.mark.parametrize('combiner', SUMS)
def test_linear_combiners(combiner, tmp_path):
  """Several ids of an example are combined as the argument says."""
  checkpoint = tmp_path / 'weights.ckpt'
  weights = tf.Variable([[1.0], [10.0], [100.0], [1000.0]])
  estimator = linear.LinearRegressorV2(
    [VOCABULARY],
    model_dir=str(tmp_path / 'model'),
    sparse_combiner=combiner,
    warm_start_from=_written(checkpoint, weights),
  )

  predictions = [
    example['predictions'][0] for example in _first(estimator, 'dense', 4)
  ]

  np.testing.assert_allclose(predictions, SUMS[combiner], rtol=1e-5)


def _written(path, weights):
  from tfcompat_estimator.records import warm_start_settings

  tf.raw_ops.SaveV2(
    prefix=str(path),
    tensor_names=['weights'],
    shape_and_slices=[''],
    tensors=[weights],
  )
  return warm_start_settings.WarmStartSettings(
    str(path),
    vars_to_warm_start='linear/linear_model/words/weights',
    var_name_to_prev_var_name={'linear/linear_model/words/weights': 'weights'},
  )


def _first(estimator, form, count):
  predictions = estimator.predict(lambda: features(form))
  return [next(predictions) for _ in range(count)]


def shared_columns():
  with tf.Graph().as_default():
    return fc.shared_embeddings(
      [fc.categorical_column_with_identity(key, 4) for key in ('i', 'j')],
      dimension=2,
    )


def shared_input_fn():
  ids = {'i': tf.constant([[0], [1]]), 'j': tf.constant([[1], [2]])}
  return ids, tf.constant([[0], [1]])


SHARED = {
  'v2 dnn': lambda columns, config: dnn.DNNClassifierV2(
    [4], columns, optimizer='SGD', activation_fn=None, config=config
  ),
  'v1 dnn': lambda columns, config: dnn.DNNClassifier(
    [4], columns, optimizer='SGD', activation_fn=None, config=config
  ),
  'v2 combined': lambda columns, config: (
    dnn_linear_combined.DNNLinearCombinedClassifierV2(
      linear_feature_columns=columns,
      dnn_feature_columns=columns,
      dnn_hidden_units=[4],
      dnn_activation_fn=None,
      config=config,
    )
  ),
}


@pytest.mark.parametrize('kind', SHARED)
def test_shared_embeddings_are_trained(kind, tmp_path):
  """Better than the reference: their variable moves, once per step."""
  config = run_config.RunConfig(
    model_dir=str(tmp_path), tf_random_seed=1, save_summary_steps=None
  )
  estimator = SHARED[kind](shared_columns(), config)
  estimator.train(shared_input_fn, steps=1)
  (name,) = [
    name
    for name in estimator.get_variable_names()
    if name.endswith('i_j_shared_embedding')
  ]
  before = estimator.get_variable_value(name)

  estimator.train(shared_input_fn, steps=2)

  after = estimator.get_variable_value(name)
  assert np.all(after[:3] != before[:3])
  np.testing.assert_array_equal(after[3], before[3])


def old_columns():
  with tf.Graph().as_default():
    return v1.feature_column.shared_embedding_columns(
      [fc.categorical_column_with_identity(key, 4) for key in ('i', 'j')],
      dimension=2,
    )


OLD_NAMES = {
  'linear': (
    lambda columns, folder: linear.LinearClassifier(
      [*columns, fc.categorical_column_with_identity('i', 4)], folder
    ),
    {
      'linear/linear_model/bias_weights',
      'linear/linear_model/i/weights',
      'linear/linear_model/i_j_shared_embedding/embedding_weights',
      'linear/linear_model/i_j_shared_embedding/weights',
      'linear/linear_model/i_j_shared_embedding_1/weights',
    },
  ),
  'combined': (
    lambda columns, folder: dnn_linear_combined.DNNLinearCombinedClassifier(
      folder,
      linear_feature_columns=columns,
      dnn_feature_columns=columns,
      dnn_hidden_units=[2],
    ),
    {
      'dnn/hiddenlayer_0/bias',
      'dnn/hiddenlayer_0/kernel',
      'dnn/input_from_feature_columns/input_layer/i_j_shared_embedding/embedding_weights',
      'dnn/logits/bias',
      'dnn/logits/kernel',
      'linear/linear_model/bias_weights',
      'linear/linear_model/i_j_shared_embedding/weights',
      'linear/linear_model/i_j_shared_embedding_1/weights',
    },
  ),
}


@pytest.mark.parametrize('kind', OLD_NAMES)
def test_old_columns(kind, tmp_path):
  """Columns of the old kind have the reference's names, and are trained."""
  make, names = OLD_NAMES[kind]
  estimator = make(old_columns(), str(tmp_path))

  estimator.train(shared_input_fn, steps=2)

  variables = set(estimator.get_variable_names())
  assert names <= variables
  slots = [name for name in variables if name.endswith('Ftrl')]
  assert len(slots) == sum(name.startswith('linear') for name in names)


def test_checkpoints_that_did_not_train_them(tmp_path):
  """Training goes on from the reference's, which have no slots for them."""
  # Without a seed all four units are dead in one of some hundred runs.
  config = run_config.RunConfig(tf_random_seed=1)
  estimator = dnn.DNNClassifierV2(
    [4], shared_columns(), str(tmp_path), config=config
  )
  estimator.train(shared_input_fn, steps=1)
  values = {
    name: estimator.get_variable_value(name)
    for name in estimator.get_variable_names()
    if 'shared_embedding/accumulator' not in name
  }
  assert len(values) == len(estimator.get_variable_names()) - 1
  tf.raw_ops.SaveV2(
    prefix=estimator.latest_checkpoint(),
    tensor_names=list(values),
    shape_and_slices=[''] * len(values),
    tensors=list(values.values()),
  )

  estimator.train(shared_input_fn, steps=1)

  name = 'training/Adagrad/i_j_shared_embedding/accumulator'
  assert estimator.get_variable_value('global_step') == 2
  assert estimator.get_variable_value(name)[0, 0] > 0.1


def test_embedding_from_a_checkpoint(tmp_path):
  """`ckpt_to_load_from` gives an embedding its first values."""
  values = np.arange(8, dtype=np.float32).reshape(4, 2)
  path = str(tmp_path / 'embedding.ckpt')
  tf.raw_ops.SaveV2(
    prefix=path,
    tensor_names=['e'],
    shape_and_slices=[''],
    tensors=[tf.constant(values)],
  )
  column = fc.embedding_column(
    VOCABULARY,
    2,
    ckpt_to_load_from=path,
    tensor_name_in_ckpt='e',
    trainable=False,
    max_norm=None,
  )
  estimator = dnn.DNNClassifierV2([2], [column], str(tmp_path / 'model'))

  estimator.train(input_fn('sparse'), steps=2)

  name = 'dnn/input_from_feature_columns/input_layer/words_embedding'
  np.testing.assert_array_equal(
    estimator.get_variable_value(f'{name}/embedding_weights'), values
  )


def test_normalizer_and_default_value(tmp_path):
  """Numeric columns apply their function, and fill in for missing values."""
  column = fc.numeric_column(
    'x', default_value=5.0, normalizer_fn=lambda x: x * 2.0
  )
  estimator = linear.LinearRegressorV2(
    [column],
    model_dir=str(tmp_path),
    optimizer=tf_keras.optimizers.SGD(1.0),
  )
  spec = fc.make_parse_example_spec([column])
  empty = tf.train.Example().SerializeToString()

  def one():
    parsed = tf.io.parse_example([empty], spec)
    return parsed, tf.constant([[1.0]])

  estimator.train(one, steps=1)

  # The gradient of (0 - 1)^2 by the weight is -2 x, where x is 2 * 5.
  weight = estimator.get_variable_value('linear/linear_model/x/weights')
  np.testing.assert_allclose(weight, [[20.0]])


def test_sequence_columns_are_for_recurrent_networks(tmp_path):
  """An embedding of a sequence says where it belongs."""
  column = fc.embedding_column(
    fc.sequence_categorical_column_with_identity('i', 3), 2
  )
  estimator = dnn.DNNClassifierV2([2], [column], str(tmp_path))

  with pytest.raises(ValueError, match='SequenceFeatures'):
    estimator.train(shared_input_fn, steps=1)
