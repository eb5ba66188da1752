"""Checks the recurrent Estimators: inputs, cells, masks, optimizers, errors."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.canned import sequences
from tfcompat_estimator.canned import rnn
from tfcompat_estimator.heads import (
  binary_class,
  multi_head,
  regression,
  sequential,
)
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column


STEP_WEIGHTS = np.array(
  [[1, 2, 3], [0.5, 9, 9], [1, 0.1, 9], [0.2, 0.3, 0.4]], np.float32
)


def of_steps(head, **kwargs):
  head = sequential.SequentialHeadWrapper(head, 'mask', **kwargs)
  return sequences.make(rnn.RNNEstimator, head=head, return_sequences=True)


def predict(estimator, input_fn, key='logits'):
  examples = estimator.predict(input_fn, yield_single_examples=False)
  return next(examples)[key]


def log_loss(logits, labels):
  return np.logaddexp(0, logits) - logits * labels


def test_logits_are_those_of_keras():
  """The variables in tf_keras layers give the same logits."""
  estimator = sequences.make(cell_type='gru').train(sequences.inputs(), steps=2)
  value_of = estimator.get_variable_value
  embedding = value_of('sequence_features/word_embedding/embedding_weights')
  ids = np.searchsorted(
    ['a', 'b', 'c'], np.where(sequences.VALID, sequences.TOKENS, 'a')
  )
  # In the order of their names: `value`, then `word_embedding`.
  steps = np.concatenate([sequences.VALUES[..., None], embedding[ids]], -1)
  layer = tf_keras.layers.RNN(tf_keras.layers.GRUCell(4))
  dense = tf_keras.layers.Dense(1)
  dense(layer(tf.constant(steps), mask=tf.constant(sequences.VALID)))
  layer.set_weights(
    [
      value_of(f'rnn_model/rnn/gru_cell/{name}')
      for name in ('kernel', 'recurrent_kernel', 'bias')
    ]
  )
  dense.set_weights(
    [value_of(f'rnn_model/logits/{name}') for name in ('kernel', 'bias')]
  )
  expected = dense(layer(tf.constant(steps), mask=tf.constant(sequences.VALID)))

  np.testing.assert_allclose(
    predict(estimator, sequences.inputs()), expected, rtol=1e-4, atol=1e-5
  )


def test_context_is_given_to_each_step():
  """It is the same as a value repeated along the sequence."""
  ages = np.array([[1.0], [2.0], [3.0], [4.0]], np.float32)
  estimator = sequences.make(
    columns=[sequences.VALUE],
    context_feature_columns=[fc.numeric_column('zage')],
  )
  with_context = sequences.inputs(zage=lambda: tf.constant(ages))
  estimator.train(with_context, steps=1)
  repeated = sequences.make(
    columns=[sequences.VALUE, fc.sequence_numeric_column('zage')],
    model_dir=estimator.model_dir,
  )

  np.testing.assert_allclose(
    predict(estimator, with_context),
    predict(
      repeated,
      sequences.inputs(
        zage=lambda: sequences.sparse(np.repeat(ages, 3, axis=1))
      ),
    ),
    rtol=1e-5,
  )


def test_ragged_sequences_and_generators_of_columns():
  """Ragged tensors are read like sparse ones; columns may be an iterator."""
  estimator = rnn.RNNClassifier(
    (column for column in (sequences.WORD, sequences.VALUE)),
    (column for column in (fc.numeric_column('age'),)),
    units=(3,),
    config=run_config.RunConfig(tf_random_seed=1),
  )
  age = {'age': lambda: tf.ones([4, 1])}
  ragged = {
    'word': lambda: tf.RaggedTensor.from_sparse(
      sequences.sparse(sequences.TOKENS)
    ),
    'value': lambda: tf.RaggedTensor.from_sparse(
      sequences.sparse(sequences.VALUES)
    ),
  }
  estimator.train(sequences.inputs(**age), steps=1).train(
    sequences.inputs(**age), steps=1
  )

  np.testing.assert_allclose(
    predict(estimator, sequences.inputs(**age)),
    predict(estimator, sequences.inputs(**age, **ragged)),
    rtol=1e-5,
  )


def test_sequences_padded_for_other_batches():
  """Probe 367: a shape beyond the longest sequence, which the reference refuses."""
  estimator = sequences.make().train(sequences.inputs(steps=5), steps=1)

  np.testing.assert_allclose(
    predict(estimator, sequences.inputs(steps=5)),
    predict(estimator, sequences.inputs()),
    rtol=1e-6,
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
  estimator = sequences.make(**kwargs).train(sequences.inputs(), steps=1)

  kernels = [
    name.removeprefix('rnn_model/').removesuffix('/recurrent_kernel')
    for name in estimator.get_variable_names()
    if name.startswith('rnn_model') and name.endswith('/recurrent_kernel')
  ]
  assert kernels == names


class Loops(v1.train.SessionRunHook):
  """Looks at the loops of a graph."""

  def begin(self):
    operations = v1.get_default_graph().get_operations()
    self.loops = [op for op in operations if op.type.endswith('While')]


@pytest.mark.parametrize(
  'cell', [tf_keras.layers.LSTMCell, tf_keras.layers.SimpleRNNCell]
)
def test_variables_are_read_once(cell):
  """Steps of a sequence read no variables: they may be on another machine."""
  hook = Loops()
  cells = [cell(3), cell(2)]
  for kwargs in (
    {'units': [3], 'cell_type': cell},
    {'rnn_cell_fn': lambda: cells},
  ):
    sequences.make(**kwargs).train(sequences.inputs(), steps=1, hooks=[hook])
    given = [each.dtype for loop in hook.loops for each in loop.inputs]
    assert given
    assert tf.resource not in given


@pytest.mark.parametrize(
  'kwargs',
  [
    {'units': [3, 2], 'cell_type': keras.layers.GRUCell},
    {'rnn_cell_fn': lambda: keras.layers.LSTMCell(3)},
  ],
)
def test_cells_of_keras_3(kwargs):
  """They have the same names, numbers and gradients as those of tf_keras."""
  estimator = sequences.make(**kwargs, return_sequences=True)
  estimator.train(sequences.inputs(sequences.STEP_LABELS), steps=2)
  if 'units' in kwargs:
    same = {'units': [3, 2], 'cell_type': 'gru'}
  else:
    same = {'rnn_cell_fn': lambda: tf_keras.layers.LSTMCell(3)}
  other = sequences.make(
    **same, return_sequences=True, model_dir=estimator.model_dir
  )

  np.testing.assert_allclose(
    predict(estimator, sequences.inputs(sequences.STEP_LABELS)),
    predict(other, sequences.inputs(sequences.STEP_LABELS)),
    rtol=1e-4,
    atol=1e-6,
  )
  other.train(sequences.inputs(sequences.STEP_LABELS), steps=1)
  metrics = estimator.evaluate(sequences.inputs(sequences.STEP_LABELS), steps=1)
  assert metrics['global_step'] == 3


def test_dense_strings_are_sequences_too():
  """Probe 369: padded with empty strings."""
  dense = {'word': lambda: tf.constant(sequences.TOKENS)}
  estimator = sequences.make(columns=[sequences.WORD]).train(
    sequences.inputs(**dense), steps=1
  )

  np.testing.assert_allclose(
    predict(estimator, sequences.inputs(**dense)),
    predict(estimator, sequences.inputs()),
  )


@pytest.mark.parametrize('mask', [None, sequences.VALID & (np.arange(3) < 2)])
def test_losses_count_steps_that_are_not_masked(mask):
  """By the lengths, or by a mask among the features; weights are per step."""
  features = {'w': lambda: tf.constant(STEP_WEIGHTS)}
  if mask is not None:
    features['sequence_mask'] = lambda: tf.constant(mask)
  used = sequences.VALID if mask is None else mask
  input_fn = sequences.inputs(sequences.STEP_LABELS, **features)
  estimator = sequences.make(
    return_sequences=True, weight_column='w', cell_type='lstm'
  )
  estimator.train(input_fn, steps=1)
  metrics = estimator.evaluate(input_fn, steps=1)
  logits = predict(estimator, input_fn)
  losses = (log_loss(logits[..., 0], sequences.STEP_LABELS) * STEP_WEIGHTS)[
    used
  ]

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
  names = np.array(['x', 'y', 'z'], object)[
    sequences.STEP_LABELS + (sequences.TOKENS == 'c')
  ]
  labels = tf.SparseTensor(
    np.argwhere(sequences.VALID), names[sequences.VALID].astype('S'), [4, 3]
  )
  estimator = sequences.make(
    return_sequences=True,
    n_classes=3,
    label_vocabulary=['x', 'y', 'z'],
    sequence_mask='steps',
  )

  def input_fn():
    features = {
      'word': sequences.sparse(sequences.TOKENS),
      'value': sequences.sparse(sequences.VALUES),
    }
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
  numbers = np.where(sequences.VALID, sequences.VALUES * 2, 100).astype(
    np.float32
  )
  estimator = of_steps(regression.RegressionHead())
  estimator.train(sequences.inputs(numbers), steps=1)
  loss = estimator.evaluate(sequences.inputs(numbers), steps=1)['loss']
  predictions = predict(estimator, sequences.inputs(numbers), 'predictions')[
    ..., 0
  ]

  assert loss == pytest.approx(
    np.square(predictions - numbers)[sequences.VALID].mean(), rel=1e-5
  )


def test_several_heads_for_steps():
  """A MultiHead has labels of each name, and predictions of each step."""
  head = multi_head.MultiHead(
    [
      binary_class.BinaryClassHead(name='a', weight_column='w'),
      regression.RegressionHead(name='b'),
    ]
  )
  labels = {'a': sequences.STEP_LABELS, 'b': sequences.VALUES}
  input_fn = sequences.inputs(labels, w=lambda: tf.constant(STEP_WEIGHTS))
  estimator = of_steps(head, feature_columns=['w']).train(input_fn, steps=1)
  metrics = estimator.evaluate(input_fn, steps=1)
  logits = predict(estimator, input_fn, ('a', 'logits'))[..., 0]
  numbers = predict(estimator, input_fn, ('b', 'predictions'))[..., 0]
  losses = (log_loss(logits, sequences.STEP_LABELS) * STEP_WEIGHTS)[
    sequences.VALID
  ]

  assert metrics['loss/a'] == pytest.approx(losses.mean(), rel=1e-5)
  assert metrics['loss/b'] == pytest.approx(
    np.square(numbers - sequences.VALUES)[sequences.VALID].mean(), rel=1e-5
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
  estimator = sequences.make(
    rnn.RNNEstimator,
    head=regression.RegressionHead(),
    optimizer=optimizer,
  )
  estimator.train(sequences.inputs(np.full([4, 1], 1e6)), steps=1)
  step = estimator.get_variable_value('rnn_model/logits/bias')
  learning_rate = estimator.get_variable_value('training/SGD/learning_rate')

  assert learning_rate == pytest.approx(rate)
  # The gradient by the bias is the mean of 2 (logit - label).
  assert step == pytest.approx(rate * (5 if is_clipped else 2e6), rel=1e-4)


def test_the_default_optimizer():
  """Adagrad with a rate of 0.05."""
  estimator = sequences.make().train(sequences.inputs(), steps=1)

  rate = estimator.get_variable_value('training/Adagrad/learning_rate')
  assert rate == pytest.approx(0.05)


def test_a_static_batch_of_one():
  """TensorFlow knows of it that there is one example, and no more."""
  column = tf.feature_column.sequence_numeric_column('x')
  estimator = rnn.RNNClassifier([column], units=[4])

  def input_fn():
    steps = tf.sparse.from_dense([[1.0, 2.0, 3.0]])
    return tf.data.Dataset.from_tensors(({'x': steps}, [[1]])).repeat(3)

  estimator.train(input_fn)

  assert len(list(estimator.predict(input_fn))) == 3
