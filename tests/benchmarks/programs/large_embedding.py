"""Trains, resumes, evaluates and exports a model of one large embedding.

It runs under TensorFlow 2.15's own Estimator too. Prints JSON: seconds of each
part, and the most memory that the process had beyond what it began with, as a
multiple of the size of the model, the slots of its optimizer included.

    python large_embedding.py 1000000 Adagrad 1
"""

import json
import resource
import sys
import tempfile
import time

import numpy as np
import tensorflow as tf

if not hasattr(tf, 'estimator'):
  import tfcompat_estimator

  tfcompat_estimator.install()

v1 = tf.compat.v1
WIDTH = 256
BATCH = 64


def model_fn(features, labels, mode, params):
  """Sums up rows of a table, and learns them."""
  table = v1.get_variable(
    'table', [params['rows'], WIDTH], initializer=v1.zeros_initializer()
  )
  found = tf.nn.embedding_lookup(table, features['id'])
  prediction = tf.reduce_sum(found, axis=-1)
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(mode, predictions={'p': prediction})
  loss = tf.reduce_mean(tf.square(prediction - labels))
  optimizer = getattr(v1.train, f'{params["optimizer"]}Optimizer')(0.1)
  return tf.estimator.EstimatorSpec(
    mode,
    loss=loss,
    train_op=optimizer.minimize(loss, v1.train.get_global_step()),
  )


def peak():
  """The most memory that the process has had, in bytes."""
  return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(rows, optimizer='GradientDescent', slots=0):
  """Runs all parts; `rows` are of 1 KiB, with so many slots of that size."""
  draw = np.random.RandomState(0)
  ids = draw.randint(rows, size=[8 * BATCH])

  def input_fn():
    data = tf.data.Dataset.from_tensor_slices(
      ({'id': ids}, np.ones([len(ids)], np.float32))
    )
    return data.batch(BATCH).repeat()

  def receiver():
    features = {'id': v1.placeholder(tf.int64, [None])}
    return tf.estimator.export.ServingInputReceiver(features, features)

  seconds = {}

  def timed(name, call):
    start = time.perf_counter()
    call()
    seconds[name] = round(time.perf_counter() - start, 2)

  with tempfile.TemporaryDirectory() as model_dir:
    config = tf.estimator.RunConfig(keep_checkpoint_max=1)
    estimator = tf.estimator.Estimator(
      model_fn, model_dir, config, {'rows': rows, 'optimizer': optimizer}
    )
    tiny = tf.estimator.Estimator(
      model_fn,
      f'{model_dir}/tiny',
      config,
      {'rows': 8, 'optimizer': optimizer},
    )
    tiny.train(
      lambda: input_fn().map(lambda x, y: ({'id': x['id'] % 8}, y)), steps=2
    )
    before = peak()
    timed('train', lambda: estimator.train(input_fn, steps=20))
    timed('resume', lambda: estimator.train(input_fn, steps=20))
    timed('evaluate', lambda: estimator.evaluate(input_fn, steps=5))
    timed(
      'export',
      lambda: estimator.export_saved_model(f'{model_dir}/export', receiver),
    )
  size = rows * WIDTH * 4 * (1 + slots)
  print(
    json.dumps(
      {
        'tensorflow': tf.__version__,
        'seconds': seconds,
        'times_its_size': round((peak() - before) / size, 3),
      }
    )
  )


if __name__ == '__main__':
  main(int(sys.argv[1]), *sys.argv[2:3], *map(int, sys.argv[3:]))
