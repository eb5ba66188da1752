"""Estimators of tf.contrib: trained, evaluated, and gone on with."""

import glob
import os
import shutil

import numpy as np
import tensorflow as tf

contrib_estimator = tf.contrib.estimator
tf.logging.set_verbosity(tf.logging.ERROR)


def sequences():
  tokens = tf.SparseTensor(
    [[0, 0], [0, 1], [0, 2], [1, 0], [2, 0], [2, 1]], [1, 2, 3, 4, 5, 6], [3, 3]
  )
  return {
    'tokens': tokens,
    'context': tf.constant([[1.0], [2.0], [3.0]]),
  }, tf.constant([[0], [1], [1]])


RNN_KINDS = {
  'basic_rnn': dict(cell_type='basic_rnn', num_units=[4]),
  'lstm': dict(cell_type='lstm', num_units=[4, 3]),
  'gru': dict(cell_type='gru', num_units=[4], n_classes=3),
}


def rnn(model_dir, kind):
  tokens = tf.contrib.feature_column.sequence_categorical_column_with_identity(
    'tokens', 10
  )
  return contrib_estimator.RNNClassifier(
    [tf.feature_column.embedding_column(tokens, 2)],
    context_feature_columns=[tf.feature_column.numeric_column('context')],
    model_dir=model_dir,
    config=tf.estimator.RunConfig(
      tf_random_seed=1, keep_checkpoint_max=1, save_summary_steps=100
    ),
    **RNN_KINDS[kind],
  )


def of(estimator):
  """What it has learned, and what it says."""
  metrics = estimator.evaluate(sequences, steps=1)
  predictions = [p for p, _ in zip(estimator.predict(sequences), range(3))]
  return {
    'metrics': {k: np.asarray(v) for k, v in metrics.items()},
    'probabilities': [p['probabilities'] for p in predictions],
    'logits': [p['logits'] for p in predictions],
    'variables': {
      name: estimator.get_variable_value(name)
      for name in estimator.get_variable_names()
    },
  }


def train_rnns(folder, steps):
  """Trains on in the model_dirs below a folder; tells what came of it."""
  result = {}
  for kind in sorted(RNN_KINDS):
    estimator = rnn(os.path.join(folder, kind), kind)
    estimator.train(sequences, steps=steps)
    result[kind] = of(estimator)
    keep_checkpoint_only(estimator.model_dir)
  return result


def keep_checkpoint_only(model_dir):
  for path in glob.glob(os.path.join(model_dir, '*')):
    name = os.path.basename(path)
    if os.path.isdir(path):
      shutil.rmtree(path)
    elif not (
      name == 'checkpoint' or name.startswith('model.ckpt')
    ) or name.endswith('.meta'):
      os.remove(path)
