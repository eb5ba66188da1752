"""Reads handwritten digits with a convolutional network of its own making.

A custom model_fn in the style of TensorFlow 1: layers, optimizer, metrics and
summaries from tf.compat.v1, one session hook and one checkpoint listener.
The 1,797 images of 8 x 8 pixels come with scikit-learn.
"""

import argparse
import json
import os

import numpy as np
import tensorflow as tf
from sklearn import datasets

tf1 = tf.compat.v1
NUM_TEST = 360


def load_data():
  """Returns (train, test), each a pair of pixels [n, 64] and digits [n]."""
  bunch = datasets.load_digits()
  order = np.random.RandomState(3).permutation(len(bunch.target))
  pixels = (bunch.data[order] / 16.0).astype(np.float32)
  digits = bunch.target[order].astype(np.int64)
  return (
    (pixels[NUM_TEST:], digits[NUM_TEST:]),
    (pixels[:NUM_TEST], digits[:NUM_TEST]),
  )


def network(pixels, params, training):
  """Logits [batch, 10] of images [batch, 64]."""
  net = tf.reshape(pixels, [-1, 8, 8, 1])
  for filters in params['filters']:
    net = tf1.layers.conv2d(
      net, filters, 3, padding='same', activation=tf.nn.relu
    )
    net = tf1.layers.max_pooling2d(net, 2, 2)
  net = tf1.layers.dense(tf1.layers.flatten(net), 64, activation=tf.nn.relu)
  net = tf1.layers.dropout(net, rate=params['dropout'], training=training)
  return tf1.layers.dense(net, 10, name='logits')


def model_fn(features, labels, mode, params):
  """The digits model, in the three modes of an Estimator."""
  training = mode == tf.estimator.ModeKeys.TRAIN
  logits = network(features['pixels'], params, training)
  probabilities = tf.nn.softmax(logits)
  digit = tf.argmax(logits, axis=1)

  if mode == tf.estimator.ModeKeys.PREDICT:
    predictions = {'digit': digit, 'probabilities': probabilities}
    names = tf.tile([[str(i) for i in range(10)]], [tf.shape(logits)[0], 1])
    return tf.estimator.EstimatorSpec(
      mode,
      predictions=predictions,
      export_outputs={
        'serving_default': tf.estimator.export.ClassificationOutput(
          scores=probabilities, classes=names
        ),
        'digits': tf.estimator.export.PredictOutput(predictions),
      },
    )

  loss = tf1.losses.sparse_softmax_cross_entropy(labels, logits)
  accuracy = tf1.metrics.accuracy(labels, digit, name='accuracy_op')
  if mode == tf.estimator.ModeKeys.EVAL:
    return tf.estimator.EstimatorSpec(
      mode, loss=loss, eval_metric_ops={'accuracy': accuracy}
    )

  tf1.summary.scalar('train_accuracy', accuracy[1])
  tf1.summary.histogram('probabilities', probabilities)
  global_step = tf1.train.get_global_step()
  learning_rate = tf1.train.exponential_decay(
    params['learning_rate'], global_step, 200, 0.7
  )
  optimizer = tf1.train.MomentumOptimizer(learning_rate, momentum=0.9)
  return tf.estimator.EstimatorSpec(
    mode, loss=loss, train_op=optimizer.minimize(loss, global_step)
  )


class LossCurveHook(tf.estimator.SessionRunHook):
  """Remembers the loss of every step and prints where it went."""

  def __init__(self):
    self.losses = []

  def begin(self):
    self._loss = tf1.losses.get_losses()[0]

  def before_run(self, run_context):
    return tf.estimator.SessionRunArgs(self._loss)

  def after_run(self, run_context, run_values):
    self.losses.append(run_values.results)

  def end(self, session):
    print(
      'hook: %d steps watched, loss %.3f -> %.3f'
      % (len(self.losses), self.losses[0], np.mean(self.losses[-20:]))
    )


class CheckpointDiary(tf.estimator.CheckpointSaverListener):
  """Notes the step of every checkpoint."""

  def __init__(self):
    self.steps = []

  def after_save(self, session, global_step_value):
    self.steps.append(int(global_step_value))


def train_input_fn(pixels, digits, batch_size):
  dataset = tf.data.Dataset.from_tensor_slices(({'pixels': pixels}, digits))
  return dataset.shuffle(2000, seed=1).repeat().batch(batch_size).prefetch(2)


def eval_input_fn(pixels, digits=None):
  inputs = {'pixels': pixels}
  inputs = inputs if digits is None else (inputs, digits)
  return tf.data.Dataset.from_tensor_slices(inputs).batch(128)


def make_estimator(model_dir, steps):
  return tf.estimator.Estimator(
    model_fn,
    config=tf.estimator.RunConfig(
      model_dir=model_dir,
      tf_random_seed=5,
      save_checkpoints_steps=max(1, steps // 2),
      save_summary_steps=50,
      log_step_count_steps=50,
      keep_checkpoint_max=3,
    ),
    params={'filters': [16, 32], 'dropout': 0.2, 'learning_rate': 0.05},
  )


def write_predictions(estimator, pixels, model_dir, count=6):
  """Saves the first test images with what the model says about them."""
  pixels = pixels[:count]
  rows = []
  for i, prediction in enumerate(
    estimator.predict(lambda: eval_input_fn(pixels))
  ):
    rows.append(
      {
        'features': {'pixels': pixels[i].tolist()},
        'class': str(prediction['digit']),
        'probabilities': prediction['probabilities'].tolist(),
      }
    )
  path = os.path.join(model_dir, 'predictions.json')
  with open(path, 'w') as f:
    json.dump(rows, f)
  print('predicted %d images -> %s' % (len(rows), path))


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--model_dir', required=True)
  parser.add_argument('--train_steps', type=int, default=200)
  parser.add_argument('--batch_size', type=int, default=64)
  args = parser.parse_args()

  tf1.logging.set_verbosity(tf1.logging.INFO)
  (train_x, train_y), (test_x, test_y) = load_data()

  for _ in range(2):  # The second estimator goes on where the first stopped.
    estimator = make_estimator(args.model_dir, args.train_steps)
    diary = CheckpointDiary()
    estimator.train(
      lambda: train_input_fn(train_x, train_y, args.batch_size),
      hooks=[LossCurveHook()],
      steps=args.train_steps,
      saving_listeners=[diary],
    )
    metrics = estimator.evaluate(lambda: eval_input_fn(test_x, test_y))
    print(
      'step %d: accuracy %.4f, loss %.4f, checkpoints at steps %s'
      % (
        metrics['global_step'],
        metrics['accuracy'],
        metrics['loss'],
        diary.steps,
      )
    )

  write_predictions(estimator, test_x, args.model_dir)
  receiver_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(
    {'pixels': tf.io.FixedLenFeature([64], tf.float32)}
  )
  export_dir = estimator.export_saved_model(
    os.path.join(args.model_dir, 'export'), receiver_fn
  )
  print('exported -> %s' % tf.compat.as_text(export_dir))


if __name__ == '__main__':
  main()
