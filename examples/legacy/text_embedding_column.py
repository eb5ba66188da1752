"""Rates reviews with a text column of its own making, as TF Hub's columns are.

The column derives from TensorFlow's DenseColumn, in its old form and its new
one: it splits a text, looks its words up in a fixed table and averages them.
"""

import argparse
import collections
import json

import numpy as np
import tensorflow as tf
from tensorflow.python.feature_column import feature_column as feature_column_v1
from tensorflow.python.feature_column import feature_column_v2

BUCKETS, DIMENSION = 32, 4


class _TextEmbeddingColumn(
  feature_column_v1._DenseColumn,
  feature_column_v2.DenseColumn,
  collections.namedtuple('_TextEmbeddingColumn', ('key', 'trainable')),
):
  """Embeds the words of a text."""

  @property
  def _is_v2_column(self):
    return True

  @property
  def name(self):
    return '{}_text_embedding'.format(self.key)

  @property
  def parents(self):
    return [self.key]

  @property
  def parse_example_spec(self):
    return {self.key: tf.io.FixedLenFeature([1], tf.string)}

  @property
  def _parse_example_spec(self):
    return self.parse_example_spec

  @property
  def variable_shape(self):
    return tf.TensorShape([DIMENSION])

  @property
  def _variable_shape(self):
    return self.variable_shape

  def _embed(self, text):
    words = tf.compat.v1.strings.split(tf.reshape(text, [-1]))
    table = np.random.RandomState(0).normal(size=(BUCKETS, DIMENSION))
    table = tf.compat.v1.get_variable(
      self.name + '_table',
      shape=[BUCKETS, DIMENSION],
      initializer=tf.compat.v1.constant_initializer(table),
      trainable=self.trainable,
    )
    ids = tf.SparseTensor(
      words.indices,
      tf.strings.to_hash_bucket_fast(words.values, BUCKETS),
      words.dense_shape,
    )
    return tf.nn.safe_embedding_lookup_sparse(table, ids, combiner='mean')

  def create_state(self, state_manager):
    pass

  def transform_feature(self, transformation_cache, state_manager):
    return transformation_cache.get(self.key, state_manager)

  def _transform_feature(self, inputs):
    return inputs.get(self.key)

  def get_dense_tensor(self, transformation_cache, state_manager):
    return self._embed(transformation_cache.get(self, state_manager))

  def _get_dense_tensor(self, inputs, weight_collections=None, trainable=None):
    return self._embed(inputs.get(self))

  def get_config(self):
    return dict(zip(self._fields, self))

  @classmethod
  def from_config(cls, config, custom_objects=None, columns_by_name=None):
    return cls(**config)


TEXTS = ['a great film', 'a bad film', 'great fun', 'bad acting and a bad plot']
LABELS = [1, 0, 1, 0]


def input_fn():
  data = tf.data.Dataset.from_tensor_slices(({'review': TEXTS}, LABELS))
  return data.repeat(20).batch(4)


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--model_dir')
  args = parser.parse_args()

  column = _TextEmbeddingColumn('review', trainable=False)
  estimator = tf.compat.v1.estimator.DNNClassifier(
    hidden_units=[6],
    feature_columns=[column],
    optimizer=tf.compat.v1.train.AdagradOptimizer(0.2),
    model_dir=args.model_dir,
    config=tf.estimator.RunConfig(tf_random_seed=2),
  )
  estimator.train(input_fn)
  metrics = estimator.evaluate(input_fn)
  print(metrics)
  print(
    'RESULT',
    json.dumps({
      'accuracy': float(metrics['accuracy']),
      'loss': float(metrics['loss']),
      'step': int(metrics['global_step']),
      'variables': sorted(estimator.get_variable_names()),
      'parse': str(
        tf.feature_column.make_parse_example_spec([column])['review'].dtype
      ),
    }),
  )


if __name__ == '__main__':
  main()
