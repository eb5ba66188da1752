"""Trains many kinds of models, on the variables of parameter servers or alone."""

import json

import numpy as np
import tensorflow as tf

import tfcompat_estimator as tfe

v1 = tf.compat.v1
STEPS = 12

WORDS = np.array(['a', 'b', 'c', 'd'] * 16)
X = np.random.RandomState(0).randn(64, 4).astype(np.float32)
LABELS = (X.sum(1) > 0).astype(np.int64)


def input_fn():
  ids = np.arange(64).astype(str)
  data = {'x': X, 'w': WORDS, 'id': ids}, LABELS
  return tf.data.Dataset.from_tensor_slices(data).repeat().batch(16)


def queue_input_fn():
  """The same from queues, as programs of TensorFlow 1 read."""
  ids = np.arange(64).astype(str)
  x, word, number, label = v1.train.slice_input_producer(
    [X, WORDS, ids, LABELS], shuffle=False
  )
  x, word, number, label = v1.train.batch([x, word, number, label], 16)
  return {'x': x, 'w': word, 'id': number}, label


def x_input_fn():
  return input_fn().map(lambda features, labels: {'x': features['x']})


def eval_input_fn():
  return input_fn().take(4)


def columns():
  words = tf.feature_column.categorical_column_with_hash_bucket('w', 1000)
  x = tf.feature_column.numeric_column('x', shape=[4])
  return x, words, tf.feature_column.embedding_column(words, 8)


def keras(name, **kwargs):
  import tf_keras

  parent = tf_keras.optimizers
  for part in name.split('.'):
    parent = getattr(parent, part)
  return parent(**kwargs)


def partitioned_v1_dnn(**kwargs):
  x, _, embedded = columns()
  return v1_names().DNNClassifier(
    [8],
    [x, embedded],
    optimizer=v1.train.AdagradOptimizer(0.05),
    input_layer_partitioner=v1.fixed_size_partitioner(2),
    **kwargs,
  )


def v1_names():
  import tfcompat_estimator

  tfcompat_estimator.install()
  return v1.estimator


def v1_combined(**kwargs):
  x, words, embedded = columns()
  return v1_names().DNNLinearCombinedClassifier(
    linear_feature_columns=[words],
    dnn_feature_columns=[x, embedded],
    dnn_hidden_units=[8],
    **kwargs,
  )


def dnn(optimizer):
  def make(**kwargs):
    x, _, embedded = columns()
    return tfe.DNNClassifier(
      [8], [x, embedded], optimizer=optimizer(), batch_norm=True, **kwargs
    )

  return make


def linear(**kwargs):
  x, words, _ = columns()
  return tfe.LinearClassifier([x, words], **kwargs)


def baseline(**kwargs):
  return tfe.BaselineClassifier(**kwargs)


def kmeans(**kwargs):
  return v1_names().experimental.KMeans(2, use_mini_batch=False, **kwargs)


def sdca(**kwargs):
  x, words, _ = columns()
  optimizer = v1_names().experimental.LinearSDCA('id')
  return tfe.LinearClassifier([x, words], optimizer=optimizer, **kwargs)


def custom(mode_optimizer):
  def model_fn(features, labels, mode):
    table = tf.lookup.StaticVocabularyTable(
      tf.lookup.KeyValueTensorInitializer(
        ['a', 'b', 'c'], tf.constant([0, 1, 2], tf.int64)
      ),
      2,
    )
    weights = v1.get_variable('words', [5, 3])
    rows = tf.nn.embedding_lookup(weights, table.lookup(features['w']))
    net = tf.concat([features['x'], rows], 1)
    logits = net @ v1.get_variable('out', [7, 2])
    if mode == 'infer':
      return tfe.EstimatorSpec(mode, predictions={'p': logits})
    loss = v1.losses.sparse_softmax_cross_entropy(labels, logits)
    accuracy = v1.metrics.accuracy(labels, tf.argmax(logits, 1))
    train_op = None
    if mode == 'train':
      step = v1.train.get_global_step()
      train_op = mode_optimizer(loss, step)
      v1.summary.scalar('mine', loss)
    return tfe.EstimatorSpec(
      mode,
      predictions={'p': logits},
      loss=loss,
      train_op=train_op,
      eval_metric_ops={'accuracy': accuracy},
    )

  return lambda **kwargs: tfe.Estimator(model_fn, **kwargs)


def clipped_momentum(loss, step):
  optimizer = v1.train.MomentumOptimizer(0.1, 0.9)
  gradients, variables = zip(*optimizer.compute_gradients(loss), strict=True)
  gradients, _ = tf.clip_by_global_norm(gradients, 0.5)
  return optimizer.apply_gradients(zip(gradients, variables, strict=True), step)


def legacy_keras(loss, step):
  optimizer = keras('legacy.Adam', learning_rate=0.05)
  optimizer.iterations = step
  variables = v1.trainable_variables()
  return tf.group(optimizer.get_updates(loss, variables))


class ByName(v1.train.SessionRunHook):
  """Prints variables that it asks for by name."""

  def end(self, session):
    print('by name', session.run(['words:0', 'global_step:0']))


INPUTS = {'kmeans': x_input_fn, 'custom_queues': queue_input_fn}
HOOKS = {'custom_queues': [ByName()]}
MODELS = {
  'partitioned_v1_dnn': partitioned_v1_dnn,
  'v1_combined': v1_combined,
  'dnn_legacy_adam': dnn(lambda: keras('legacy.Adam', learning_rate=0.05)),
  'dnn_new_adam': dnn(lambda: keras('Adam', learning_rate=0.05)),
  'linear': linear,
  'baseline': baseline,
  'custom_momentum': custom(clipped_momentum),
  'custom_legacy_keras': custom(legacy_keras),
  'custom_queues': custom(clipped_momentum),
  'kmeans': kmeans,
  'sdca': sdca,
}


def run(folder, names=None):
  """Trains each model in a directory of its own; prints what came of it."""
  for name in names or MODELS:
    print('RESULT', json.dumps([name, trained(name, folder)]), flush=True)


def trained(name, folder):
  """Sums of the variables after a training, and metrics."""
  config = tfe.RunConfig(
    tf_random_seed=1, save_checkpoints_steps=6, save_summary_steps=5
  )
  model_dir = f'{folder}/{name}'
  estimator = MODELS[name](model_dir=model_dir, config=config)
  train_input = INPUTS.get(name, input_fn)
  estimator.train(train_input, HOOKS.get(name), max_steps=STEPS)
  metrics = estimator.evaluate(train_input, steps=4)
  prediction = next(iter(estimator.predict(train_input)))
  reader = tf.train.load_checkpoint(model_dir)
  shapes = reader.get_variable_to_shape_map()
  return {
    'variables': {
      key: float(np.abs(reader.get_tensor(key)).sum())
      for key in sorted(shapes)
      if '/t_' not in key  # a part of a slot cannot be read by itself
    },
    'metrics': {key: float(value) for key, value in metrics.items()},
    'predictions': sorted(prediction),
  }
