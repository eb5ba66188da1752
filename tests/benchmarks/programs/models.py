"""Holds the models that are timed: one table, for both TensorFlows.

A new row needs a function that makes an Estimator, and one that makes its data.
Run as a program, it prints the names.
"""

import collections
import json

import census
import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
fc = tf.feature_column

# make: (model_dir, config) -> Estimator; data: () -> (features, labels), arrays
# of one example a row, labels may be None; batch: examples a step; steps: of a long training;
# prepare: of a dataset, what no array can hold; input_fn: of a training, in place of batches
# from memory.
Model = collections.namedtuple(
  'Model',
  'make data batch steps prepare input_fn',
  defaults=(lambda dataset: dataset, None),
)


def _tiny_fn(features, labels, mode):
  """Costs next to nothing, so that what remains is the price of a step."""
  x = features['x']
  w = tf1.get_variable('w', [8, 1])
  b = tf1.get_variable('b', [1], initializer=tf1.zeros_initializer())
  predictions = tf.matmul(x, w) + b
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(mode, predictions={'y': predictions})
  loss = tf.reduce_mean(tf.square(predictions - labels))
  train_op = tf1.train.GradientDescentOptimizer(0.01).minimize(
    loss, tf1.train.get_global_step()
  )
  metrics = {'mean': tf1.metrics.mean(loss)}
  return tf.estimator.EstimatorSpec(
    mode, loss=loss, train_op=train_op, eval_metric_ops=metrics
  )


def _custom(model_fn):
  return lambda d, c: tf.estimator.Estimator(model_fn, d, c)


def _unlabeled():
  return _numbers(8)()[0], None


def _numbers(columns, rows=512):
  def data():
    x = np.random.RandomState(0).normal(size=[rows, columns])
    return {'x': x.astype(np.float32)}, x.sum(1, keepdims=True).astype('f')

  return data


def _dnn_numeric(model_dir, config):
  return tf.estimator.DNNClassifier(
    [32, 16], census.numbers(), model_dir, config=config
  )


def _dnn_adam(model_dir, config):
  return tf.estimator.DNNClassifier(
    [100, 50], census.deep(), model_dir, optimizer='Adam', config=config
  )


def _linear(model_dir, config):
  return tf.estimator.LinearClassifier(
    census.wide(), model_dir=model_dir, config=config
  )


def _wide_and_deep(model_dir, config, family=None):
  return (family or tf.estimator).DNNLinearCombinedClassifier(
    model_dir=model_dir,
    config=config,
    linear_feature_columns=census.wide(),
    dnn_feature_columns=census.deep(),
    dnn_hidden_units=[100, 75, 50, 25],
  )


def _wide_and_deep_v1(model_dir, config):
  return _wide_and_deep(model_dir, config, tf1.estimator)


def _rnn(model_dir, config):
  column = fc.sequence_numeric_column('x')
  return tf.estimator.experimental.RNNClassifier(
    [column], units=[8], model_dir=model_dir, config=config
  )


def _sequences():
  x = np.random.RandomState(0).normal(size=[512, 12]).astype(np.float32)
  return {'x': x}, (x.sum(1) > 0).astype(np.int32)


def _as_sparse(dataset):
  return dataset.map(lambda x, y: ({'x': tf.sparse.from_dense(x['x'])}, y))


def _k_means(model_dir, config):
  return tf1.estimator.experimental.KMeans(
    8,
    model_dir=model_dir,
    feature_columns=[fc.numeric_column('x', [8])],
    config=config,
    use_mini_batch=True,
  )


def _sdca(model_dir, config):
  optimizer = tf.estimator.experimental.LinearSDCA(
    'id', symmetric_l2_regularization=1.0
  )
  return tf.estimator.LinearClassifier(
    census.numbers(), model_dir=model_dir, optimizer=optimizer, config=config
  )


def _with_ids():
  features, labels = census.data()
  ids = np.array([str(i).encode() for i in range(census.ROWS)])
  return {**features, 'id': ids}, labels


def _of_keras(model_dir, config):
  layers = tf.keras.layers
  model = tf.keras.Sequential(
    [
      layers.InputLayer((8,), name='x'),
      layers.Dense(32, activation='relu'),
      layers.Dense(1),
    ]
  )
  model.compile('sgd', 'mse')
  return tf.keras.estimator.model_to_estimator(
    model, model_dir=model_dir, config=config
  )


def _for_keras():
  features, labels = _numbers(8)()
  return features, labels


def _cnn_fn(features, labels, mode):
  """Two convolutions and a dense layer, of tf.compat.v1.layers."""
  layers = tf1.layers
  net = layers.conv2d(features['x'], 8, 3, activation=tf.nn.relu)
  net = layers.max_pooling2d(net, 2, 2)
  net = layers.conv2d(net, 16, 3, activation=tf.nn.relu)
  logits = layers.dense(layers.flatten(net), 10)
  loss = tf1.losses.sparse_softmax_cross_entropy(labels, logits)
  train_op = tf1.train.AdamOptimizer().minimize(
    loss, tf1.train.get_global_step()
  )
  return tf.estimator.EstimatorSpec(
    mode, predictions={'y': logits}, loss=loss, train_op=train_op
  )


def _images():
  rng = np.random.RandomState(0)
  x = rng.rand(512, 14, 14, 1).astype(np.float32)
  return {'x': x}, rng.randint(0, 10, 512).astype(np.int32)


def _generated():
  """Single examples of a Python generator, the input of many beginners."""
  features, labels = _numbers(8, 4096)()

  def examples():
    for x, y in zip(features['x'], labels, strict=True):
      yield {'x': x}, y

  dataset = tf.data.Dataset.from_generator(
    examples, ({'x': tf.float32}, tf.float32), ({'x': [8]}, [1])
  )
  return dataset.repeat().batch(32)


def _branches_fn(features, labels, mode):
  """As programs of TF 1 have them: branches that assign reference variables."""
  x = features['x']
  loss = 0.0
  for number in range(20):
    weights = tf1.get_variable(f'w{number}', [8])
    mean = tf1.get_variable(f'mean{number}', initializer=0.0, trainable=False)

    def update(weights=weights, mean=mean):
      new = 0.9 * mean + 0.1 * tf.reduce_mean(x * weights)
      with tf.control_dependencies([tf1.assign(mean, new)]):
        return tf.identity(mean)

    def count(mean=mean):
      with tf.control_dependencies([tf1.assign_add(mean, 1.0)]):
        return tf.identity(mean)

    kept = tf1.cond(tf.reduce_mean(x) > 0.0, update, count)
    error = tf.reduce_sum(x * weights, 1, keepdims=True) - labels
    loss += tf.reduce_mean(tf.square(error)) + 0.0 * kept
  train_op = tf1.train.GradientDescentOptimizer(0.01).minimize(
    loss, tf1.train.get_global_step()
  )
  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def _branches(model_dir, config):
  tf1.disable_v2_behavior()  # of the process
  return tf.estimator.Estimator(_branches_fn, model_dir, config)


MODELS = {
  'tiny, batch 16': Model(_custom(_tiny_fn), _numbers(8), 16, 12000),
  'DNN, 3 numeric columns, 32': Model(_dnn_numeric, census.data, 32, 6000),
  'wide&deep, 32': Model(_wide_and_deep, census.data, 32, 3000),
  'wide&deep v1, 32': Model(_wide_and_deep_v1, census.data, 32, 3000),
  'wide&deep, 512': Model(_wide_and_deep, census.data, 512, 2000),
  'linear, 128': Model(_linear, census.data, 128, 3000),
  'DNN with Adam, 128': Model(_dnn_adam, census.data, 128, 3000),
  'RNN, 32': Model(_rnn, _sequences, 32, 1000, _as_sparse),
  'KMeans, 64': Model(_k_means, _unlabeled, 64, 3000),
  'LinearSDCA, 64': Model(_sdca, _with_ids, 64, 2000),
  'model_to_estimator, 32': Model(_of_keras, _for_keras, 32, 5000),
  'CNN, 32': Model(_custom(_cnn_fn), _images, 32, 1000),
  'generator, 32': Model(
    _custom(_tiny_fn), _numbers(8), 32, 1000, input_fn=_generated
  ),
  '20 branches that assign, 32': Model(_branches, _numbers(8), 32, 2000),
}


def _rows(model):
  features, labels = model.data()
  return features if labels is None else (features, labels)


def cached(model, batches=16):
  """An input_fn of some batches again and again, from memory if it may."""
  if model.input_fn:
    return model.input_fn
  data = _rows(model)

  def input_fn():
    dataset = tf.data.Dataset.from_tensor_slices(data)
    dataset = dataset.batch(model.batch, drop_remainder=True).take(batches)
    return model.prepare(dataset).cache().repeat()

  return input_fn


def once(model, examples, batch):
  """An input_fn of so many examples."""
  data = _rows(model)

  def input_fn():
    dataset = tf.data.Dataset.from_tensor_slices(data).repeat().take(examples)
    return model.prepare(dataset.batch(batch))

  return input_fn


def estimator(model, model_dir, **changes):
  """An Estimator of the model as users have it, but for a seed."""
  return model.make(
    model_dir, tf.estimator.RunConfig(tf_random_seed=7, **changes)
  )


if __name__ == '__main__':
  print(json.dumps(list(MODELS)))
