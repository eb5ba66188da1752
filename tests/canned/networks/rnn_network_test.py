"""Checks what recurrent networks refuse."""

import numpy as np
import pytest
import tensorflow as tf

from tests import refusals
from tests.canned import sequences
from tfcompat_estimator.canned import rnn
from tfcompat_estimator.heads import (
  binary_class,
)

fc = tf.feature_column


CONSTRUCTOR_ERRORS = {
  'units and a cell': (
    {'units': [5], 'rnn_cell_fn': lambda: None},
    ValueError,
    'units and cell_type must not be specified when using rnn_cell_fn',
  ),
  'type of a cell and a cell': (
    {'cell_type': 'lstm', 'rnn_cell_fn': lambda: None},
    ValueError,
    'units and cell_type must not be specified when using rnn_cell_fn',
  ),
  'head that takes no sequences': (
    {
      'cls': rnn.RNNEstimator,
      'head': binary_class.BinaryClassHead(),
      'return_sequences': True,
    },
    ValueError,
    'Provided head must be a `_SequentialHead` object',
  ),
  'one class': ({'n_classes': 1}, ValueError, 'n_classes must be > 2: 1.'),
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


@refusals.each(CONSTRUCTOR_ERRORS)
def test_errors_of_constructors(arguments, error, message):
  """What cannot go together is refused at once."""
  with pytest.raises(error, match=message):
    sequences.make(**arguments)


CELLS = 'Supported strings are: .*simple_rnn.*lstm.*gru'


NOT_A_SEQUENCE = 'Items of feature_columns must be a .*SequenceDenseColumn'


TRAINING_ERRORS = {
  'units are None': (
    {'units': None},
    TypeError,
    "'NoneType' object is not iterable",
  ),
  'unknown cell': ({'units': [5], 'cell_type': 'bogus'}, ValueError, CELLS),
  'unknown cell of a size in no list': (
    {'units': 5, 'cell_type': 'bogus'},
    TypeError,
    "'int' object is not",
  ),
  'size in no list': ({'units': 5}, TypeError, "'int' object is not iterable"),
  'cell that is none': (
    {'rnn_cell_fn': lambda: 5},
    ValueError,
    'Argument `cell` should have a `call` method',
  ),
  'rnn_cell_fn with an argument': (
    {'rnn_cell_fn': lambda mode: 5},
    TypeError,
    'missing 1 required',
  ),
  'column of no sequence': (
    {'columns': [fc.numeric_column('x')]},
    ValueError,
    NOT_A_SEQUENCE,
  ),
  'sequence as context': (
    {'context_feature_columns': [sequences.WORD]},
    ValueError,
    'In embedding_column',
  ),
  'no columns': (
    {'columns': []},
    ValueError,
    'feature_columns must not be empty',
  ),
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
    {'return_sequences': True, 'labels': sequences.STEP_LABELS[:, :2]},
    ValueError,
    'Shapes .* are incompatible',
  ),
}


@refusals.each(TRAINING_ERRORS)
def test_errors_of_training(arguments, error, message):
  """What the graph cannot be built of is told when it is built."""
  labels = arguments.get('labels', sequences.LABELS)
  arguments = {
    key: value for key, value in arguments.items() if key != 'labels'
  }
  input_fn = sequences.inputs(labels, dense=lambda: tf.ones([4, 3]))

  with pytest.raises(error, match=message):
    sequences.make(**arguments).train(input_fn, steps=1)


def test_sequences_of_different_lengths():
  """Probe 368: the columns of an example must agree."""
  shorter = sequences.VALID & (np.arange(3) < 2)
  value = tf.SparseTensor(
    np.argwhere(shorter), sequences.VALUES[shorter], [4, 3]
  )
  parts = [part.numpy() for part in (value.indices, value.values)]

  with pytest.raises(tf.errors.InvalidArgumentError, match='assertion failed'):
    sequences.make().train(
      sequences.inputs(value=lambda: tf.SparseTensor(*parts, [4, 3])), steps=1
    )
