"""Has columns, and builds the graph of an estimator to look at."""

import tensorflow as tf

v1 = tf.compat.v1
fc = tf.feature_column

X = fc.numeric_column('x', shape=3)
CITY = fc.categorical_column_with_hash_bucket('city', 10)
EMBEDDING = fc.embedding_column(CITY, 2)


def operations(cls, arguments, model_dir):
  """The names of the operations of a training."""
  estimator = cls(model_dir=model_dir, **arguments)
  with tf.Graph().as_default() as graph:
    v1.train.create_global_step()
    features = {
      'x': v1.placeholder(tf.float32, [None, 3]),
      'city': v1.placeholder(tf.string, [None, 1]),
    }
    labels = v1.placeholder(tf.float32, [None, 1])
    estimator.model_fn(features, labels, 'train', estimator.config)
    return {op.name for op in graph.get_operations()}
