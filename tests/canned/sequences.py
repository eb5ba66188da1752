"""Has sequences, and makes estimators of them."""

import numpy as np
import tensorflow as tf

from tfcompat_estimator.canned import rnn
from tfcompat_estimator.records import run_config

fc = tf.feature_column


TOKENS = np.array(
  [['a', 'b', 'c'], ['b', '', ''], ['a', 'a', ''], ['c', 'b', 'a']], object
)


LENGTHS = np.array([3, 1, 2, 3])


VALUES = np.random.RandomState(0).randn(4, 3).astype(np.float32)


VALID = np.arange(3) < LENGTHS[:, None]


LABELS = np.array([[0], [1], [1], [0]])


STEP_LABELS = np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0], [0, 1, 1]])


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
