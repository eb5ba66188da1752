"""Checks the recurrent Estimators: inputs, cells, masks, optimizers, errors."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator.canned import rnn
from tfcompat_estimator.heads import (
  binary_class,
  multi_head,
  regression,
  sequential,
)
from tfcompat_estimator.spec import run_config

v1 = tf.compat.v1
fc = tf.feature_column

TOKENS = np.array(
  [['a', 'b', 'c'], ['b', '', ''], ['a', 'a', ''], ['c', 'b', 'a']], object
)
LENGTHS = np.array([3, 1, 2, 3])
VALUES = np.random.RandomState(0).randn(4, 3).astype(np.float32)
VALID = np.arange(3) < LENGTHS[:, None]
LABELS = np.array([[0], [1], [1], [0]])
STEP_LABELS = np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0], [0, 1, 1]])
STEP_WEIGHTS = np.array(
  [[1, 2, 3], [0.5, 9, 9], [1, 0.1, 9], [0.2, 0.3, 0.4]], np.float32
)
WORDS = fc.sequence_categorical_column_with_vocabulary_list(
  'word', ['a', 'b', 'c']
)
WORD = fc.embedding_column(WORDS, 2)
VALUE = fc.sequence_numeric_column('value')


def sparse(array, steps=3):
  """The valid steps of an array, as of sequences of up to `steps` steps."""
  indices = np.argwhere(VALID)
  return tf.SparseTensor(indices, array[VALID], [len(array), steps])


def inputs(labels=LABELS, steps=3, without=(), **features):
  """An input function that gives the same batch again and again."""

  def make():
    everything = {
      'word': sparse(TOKENS, steps),
      'value': sparse(VALUES, steps),
      **{key: make_feature() for key, make_feature in features.items()},
    }
    chosen = {k: v for k, v in everything.items() if k not in without}
    return tf.data.Dataset.from_tensors((chosen, labels)).repeat()

  return make


def make(
  cls=rnn.RNNClassifier, columns=(WORD, VALUE), model_dir=None, **kwargs
):
  config = run_config.RunConfig(
    model_dir=model_dir,
    tf_random_seed=1,
    save_checkpoints_steps=1000,
    save_summary_steps=None,
  )
  if not {'units', 'rnn_cell_fn'} & set(kwargs):
    kwargs['units'] = [4]
  return cls(sequence_feature_columns=list(columns), config=config, **kwargs)


def sequences(head, **kwargs):
  head = sequential.SequentialHeadWrapper(head, 'mask', **kwargs)
  return make(rnn.RNNEstimator, head=head, return_sequences=True)


def predict(estimator, input_fn, key='logits'):
  examples = estimator.predict(input_fn, yield_single_examples=False)
  return next(examples)[key]


def log_loss(logits, labels):
  return np.logaddexp(0, logits) - logits * labels


def test_logits_are_those_of_keras():
  """The variables in tf_keras layers give the same logits."""
  estimator = make(cell_type='gru').train(inputs(), steps=2)
  value_of = estimator.get_variable_value
  embedding = value_of('sequence_features/word_embedding/embedding_weights')
  ids = np.searchsorted(['a', 'b', 'c'], np.where(VALID, TOKENS, 'a'))
  # In the order of their names: `value`, then `word_embedding`.
  steps = np.concatenate([VALUES[..., None], embedding[ids]], -1)
  layer = tf_keras.layers.RNN(tf_keras.layers.GRUCell(4))
  dense = tf_keras.layers.Dense(1)
  dense(layer(tf.constant(steps), mask=tf.constant(VALID)))
  layer.set_weights(
    [
      value_of(f'rnn_model/rnn/gru_cell/{name}')
      for name in ('kernel', 'recurrent_kernel', 'bias')
    ]
  )
  dense.set_weights(
    [value_of(f'rnn_model/logits/{name}') for name in ('kernel', 'bias')]
  )
  expected = dense(layer(tf.constant(steps), mask=tf.constant(VALID)))

  np.testing.assert_allclose(
    predict(estimator, inputs()), expected, rtol=1e-4, atol=1e-5
  )


def test_context_is_given_to_each_step():
  """It is the same as a value repeated along the sequence."""
  ages = np.array([[1.0], [2.0], [3.0], [4.0]], np.float32)
  estimator = make(
    columns=[VALUE], context_feature_columns=[fc.numeric_column('zage')]
  )
  with_context = inputs(zage=lambda: tf.constant(ages))
  estimator.train(with_context, steps=1)
  repeated = make(
    columns=[VALUE, fc.sequence_numeric_column('zage')],
    model_dir=estimator.model_dir,
  )

  np.testing.assert_allclose(
    predict(estimator, with_context),
    predict(repeated, inputs(zage=lambda: sparse(np.repeat(ages, 3, axis=1)))),
    rtol=1e-5,
  )


def test_ragged_sequences_and_generators_of_columns():
  """Ragged tensors are read like sparse ones; columns may be an iterator."""
  estimator = rnn.RNNClassifier(
    (column for column in (WORD, VALUE)),
    (column for column in (fc.numeric_column('age'),)),
    units=(3,),
    config=run_config.RunConfig(tf_random_seed=1),
  )
  age = {'age': lambda: tf.ones([4, 1])}
  ragged = {
    'word': lambda: tf.RaggedTensor.from_sparse(sparse(TOKENS)),
    'value': lambda: tf.RaggedTensor.from_sparse(sparse(VALUES)),
  }
  estimator.train(inputs(**age), steps=1).train(inputs(**age), steps=1)

  np.testing.assert_allclose(
    predict(estimator, inputs(**age)),
    predict(estimator, inputs(**age, **ragged)),
    rtol=1e-5,
  )


def test_sequences_padded_for_other_batches():
  """Probe 367: a shape beyond the longest sequence, which the reference refuses."""
  estimator = make().train(inputs(steps=5), steps=1)

  np.testing.assert_allclose(
    predict(estimator, inputs(steps=5)), predict(estimator, inputs()), rtol=1e-6
  )


@pytest.mark.parametrize(
  'kwargs, names',
  [
    ({'units': 3, 'cell_type': 'simple_rnn'}, ['simple_rnn/simple_rnn_cell']),
    ({'units': 3, 'cell_type': 'lstm'}, ['lstm/lstm_cell']),
    ({'units': [3]}, ['rnn/simple_rnn_cell']),
    (
      {'units': (3, 2), 'cell_type': tf_keras.layers.LSTMCell},
      ['rnn/stacked_rnn_cells/lstm_cell', 'rnn/stacked_rnn_cells/lstm_cell_1'],
    ),
    (
      {'rnn_cell_fn': lambda: tf_keras.layers.GRUCell(3)},
      ['rnn/gru_cell'],
    ),
    (
      {
        'rnn_cell_fn': lambda: [
          tf_keras.layers.GRUCell(3),
          tf_keras.layers.LSTMCell(3),
        ]
      },
      ['rnn/stacked_rnn_cells/gru_cell', 'rnn/stacked_rnn_cells/lstm_cell'],
    ),
  ],
)
def test_ways_to_give_cells(kwargs, names):
  """Sizes, classes and functions: probe 359 and more, by variable names."""
  estimator = make(**kwargs).train(inputs(), steps=1)

  kernels = [
    name.removeprefix('rnn_model/').removesuffix('/recurrent_kernel')
    for name in estimator.get_variable_names()
    if name.startswith('rnn_model') and name.endswith('/recurrent_kernel')
  ]
  assert kernels == names


@pytest.mark.parametrize(
  'kwargs',
  [
    {'units': [3, 2], 'cell_type': keras.layers.GRUCell},
    {'rnn_cell_fn': lambda: keras.layers.LSTMCell(3)},
  ],
)
def test_cells_of_keras_3(kwargs):
  """They have the same names, numbers and gradients as those of tf_keras."""
  estimator = make(**kwargs, return_sequences=True)
  estimator.train(inputs(STEP_LABELS), steps=2)
  if 'units' in kwargs:
    same = {'units': [3, 2], 'cell_type': 'gru'}
  else:
    same = {'rnn_cell_fn': lambda: tf_keras.layers.LSTMCell(3)}
  other = make(**same, return_sequences=True, model_dir=estimator.model_dir)

  np.testing.assert_allclose(
    predict(estimator, inputs(STEP_LABELS)),
    predict(other, inputs(STEP_LABELS)),
    rtol=1e-4,
    atol=1e-6,
  )
  other.train(inputs(STEP_LABELS), steps=1)
  metrics = estimator.evaluate(inputs(STEP_LABELS), steps=1)
  assert metrics['global_step'] == 3


def test_dense_strings_are_sequences_too():
  """Probe 369: padded with empty strings."""
  dense = {'word': lambda: tf.constant(TOKENS)}
  estimator = make(columns=[WORD]).train(inputs(**dense), steps=1)

  np.testing.assert_allclose(
    predict(estimator, inputs(**dense)), predict(estimator, inputs())
  )


@pytest.mark.parametrize('mask', [None, VALID & (np.arange(3) < 2)])
def test_losses_count_steps_that_are_not_masked(mask):
  """By the lengths, or by a mask among the features; weights are per step."""
  features = {'w': lambda: tf.constant(STEP_WEIGHTS)}
  if mask is not None:
    features['sequence_mask'] = lambda: tf.constant(mask)
  used = VALID if mask is None else mask
  input_fn = inputs(STEP_LABELS, **features)
  estimator = make(return_sequences=True, weight_column='w', cell_type='lstm')
  estimator.train(input_fn, steps=1)
  metrics = estimator.evaluate(input_fn, steps=1)
  logits = predict(estimator, input_fn)
  losses = (log_loss(logits[..., 0], STEP_LABELS) * STEP_WEIGHTS)[used]

  assert logits.shape == (4, 3, 1)
  np.testing.assert_array_equal(
    predict(estimator, input_fn, 'sequence_mask'), used
  )
  assert metrics['loss'] == pytest.approx(losses.mean(), rel=1e-5)
  assert metrics['average_loss'] == pytest.approx(
    losses.sum() / STEP_WEIGHTS[used].sum(), rel=1e-5
  )


def test_classes_of_steps_have_names():
  """Several classes, a vocabulary, labels as a sparse tensor."""
  names = np.array(['x', 'y', 'z'], object)[STEP_LABELS + (TOKENS == 'c')]
  labels = tf.SparseTensor(np.argwhere(VALID), names[VALID].astype('S'), [4, 3])
  estimator = make(
    return_sequences=True,
    n_classes=3,
    label_vocabulary=['x', 'y', 'z'],
    sequence_mask='steps',
  )

  def input_fn():
    features = {'word': sparse(TOKENS), 'value': sparse(VALUES)}
    return features, tf.SparseTensor(
      labels.indices.numpy(), labels.values.numpy(), [4, 3]
    )

  estimator.train(input_fn, steps=1)
  prediction = next(estimator.predict(input_fn))

  assert prediction['classes'].shape == (3, 1)
  assert set(prediction['classes'].ravel()) <= {b'x', b'y', b'z'}
  assert prediction['steps'].tolist() == [True, True, True]
  assert np.isfinite(estimator.evaluate(input_fn, steps=1)['loss'])


def test_regression_of_steps():
  """The wrapped head's loss is the mean over all steps."""
  numbers = np.where(VALID, VALUES * 2, 100).astype(np.float32)
  estimator = sequences(regression.RegressionHead())
  estimator.train(inputs(numbers), steps=1)
  loss = estimator.evaluate(inputs(numbers), steps=1)['loss']
  predictions = predict(estimator, inputs(numbers), 'predictions')[..., 0]

  assert loss == pytest.approx(
    np.square(predictions - numbers)[VALID].mean(), rel=1e-5
  )


def test_several_heads_for_steps():
  """A MultiHead has labels of each name, and predictions of each step."""
  head = multi_head.MultiHead(
    [
      binary_class.BinaryClassHead(name='a', weight_column='w'),
      regression.RegressionHead(name='b'),
    ]
  )
  labels = {'a': STEP_LABELS, 'b': VALUES}
  input_fn = inputs(labels, w=lambda: tf.constant(STEP_WEIGHTS))
  estimator = sequences(head, feature_columns=['w']).train(input_fn, steps=1)
  metrics = estimator.evaluate(input_fn, steps=1)
  logits = predict(estimator, input_fn, ('a', 'logits'))[..., 0]
  numbers = predict(estimator, input_fn, ('b', 'predictions'))[..., 0]
  losses = (log_loss(logits, STEP_LABELS) * STEP_WEIGHTS)[VALID]

  assert metrics['loss/a'] == pytest.approx(losses.mean(), rel=1e-5)
  assert metrics['loss/b'] == pytest.approx(
    np.square(numbers - VALUES)[VALID].mean(), rel=1e-5
  )


@pytest.mark.parametrize(
  'optimizer, rate, is_clipped',
  [
    ('SGD', 0.05, True),
    (tf_keras.optimizers.legacy.SGD(0.5), 0.5, False),
    (lambda: tf_keras.optimizers.legacy.SGD(0.5), 0.5, False),
  ],
)
def test_optimizers(optimizer, rate, is_clipped):
  """One given by name has its rate and clips each variable's gradient to 5."""
  estimator = make(
    rnn.RNNEstimator,
    head=regression.RegressionHead(),
    optimizer=optimizer,
  )
  estimator.train(inputs(np.full([4, 1], 1e6)), steps=1)
  step = estimator.get_variable_value('rnn_model/logits/bias')
  learning_rate = estimator.get_variable_value('training/SGD/learning_rate')

  assert learning_rate == pytest.approx(rate)
  # The gradient by the bias is the mean of 2 (logit - label).
  assert step == pytest.approx(rate * (5 if is_clipped else 2e6), rel=1e-4)


def test_the_default_optimizer():
  """Adagrad with a rate of 0.05."""
  estimator = make().train(inputs(), steps=1)

  rate = estimator.get_variable_value('training/Adagrad/learning_rate')
  assert rate == pytest.approx(0.05)


CONSTRUCTOR_ERRORS = {
  '353': (
    {'units': [5], 'rnn_cell_fn': lambda: None},
    ValueError,
    'units and cell_type must not be specified when using rnn_cell_fn',
  ),
  '354': (
    {'cell_type': 'lstm', 'rnn_cell_fn': lambda: None},
    ValueError,
    'units and cell_type must not be specified when using rnn_cell_fn',
  ),
  '364': (
    {
      'cls': rnn.RNNEstimator,
      'head': binary_class.BinaryClassHead(),
      'return_sequences': True,
    },
    ValueError,
    'Provided head must be a `_SequentialHead` object',
  ),
  '365': ({'n_classes': 1}, ValueError, 'n_classes must be > 2: 1.'),
  'mask': (
    {'return_sequences': True, 'sequence_mask': 5},
    TypeError,
    '`sequence_mask` column must be a string',
  ),
  'weight column': (
    {'return_sequences': True, 'weight_column': fc.numeric_column('w')},
    TypeError,
    'Column must a string',
  ),
}


@pytest.mark.parametrize('case', CONSTRUCTOR_ERRORS)
def test_errors_of_constructors(case):
  """What cannot go together is refused at once."""
  kwargs, error, message = CONSTRUCTOR_ERRORS[case]

  with pytest.raises(error, match=message):
    make(**kwargs)


CELLS = 'Supported strings are: .*simple_rnn.*lstm.*gru'
NOT_A_SEQUENCE = 'Items of feature_columns must be a .*SequenceDenseColumn'
TRAINING_ERRORS = {
  '355': ({'units': None}, TypeError, "'NoneType' object is not iterable"),
  '356': ({'units': [5], 'cell_type': 'bogus'}, ValueError, CELLS),
  '357': ({'units': 5, 'cell_type': 'bogus'}, TypeError, "'int' object is not"),
  '358': ({'units': 5}, TypeError, "'int' object is not iterable"),
  '360': (
    {'rnn_cell_fn': lambda: 5},
    ValueError,
    'Argument `cell` should have a `call` method',
  ),
  '361': ({'rnn_cell_fn': lambda mode: 5}, TypeError, 'missing 1 required'),
  '362': ({'columns': [fc.numeric_column('x')]}, ValueError, NOT_A_SEQUENCE),
  '363': (
    {'context_feature_columns': [WORD]},
    ValueError,
    'In embedding_column',
  ),
  '366': ({'columns': []}, ValueError, 'feature_columns must not be empty'),
  'unknown feature': (
    {'columns': [fc.sequence_numeric_column('q')]},
    ValueError,
    'Feature q is not in features dictionary',
  ),
  'missing context': (
    {'context_feature_columns': [fc.numeric_column('q')]},
    ValueError,
    'Feature q is not in features dictionary',
  ),
  'missing weights': (
    {'weight_column': 'q'},
    ValueError,
    'Feature q is not in features dictionary',
  ),
  'dense numbers': (
    {'columns': [fc.sequence_numeric_column('dense')]},
    TypeError,
    'Input must be a SparseTensor',
  ),
  'optimizer': ({'optimizer': 'sgd'}, ValueError, 'Unsupported optimizer name'),
  'short labels': (
    {'return_sequences': True, 'labels': STEP_LABELS[:, :2]},
    ValueError,
    'Shapes .* are incompatible',
  ),
}


@pytest.mark.parametrize('case', TRAINING_ERRORS)
def test_errors_of_training(case):
  """What the graph cannot be built of is told when it is built."""
  kwargs, error, message = TRAINING_ERRORS[case]
  labels = kwargs.get('labels', LABELS)
  kwargs = {key: value for key, value in kwargs.items() if key != 'labels'}
  input_fn = inputs(labels, dense=lambda: tf.ones([4, 3]))

  with pytest.raises(error, match=message):
    make(**kwargs).train(input_fn, steps=1)


def test_sequences_of_different_lengths():
  """Probe 368: the columns of an example must agree."""
  shorter = VALID & (np.arange(3) < 2)
  value = tf.SparseTensor(np.argwhere(shorter), VALUES[shorter], [4, 3])
  parts = [part.numpy() for part in (value.indices, value.values)]

  with pytest.raises(tf.errors.InvalidArgumentError, match='assertion failed'):
    make().train(inputs(value=lambda: tf.SparseTensor(*parts, [4, 3])), steps=1)
