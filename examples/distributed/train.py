"""Trains a classifier on one device, on several, or in a cluster.

A program of the kind that people wrote for TensorFlow 1: it does not know this
package, nor which task of a cluster it is. TF_CONFIG says that, and --strategy
which engine of tf.distribute trains:

    python -m tfcompat_estimator train.py --model_dir=/tmp/model
    python -m tfcompat_estimator train.py --strategy=mirrored --devices=2 ...
    TF_CONFIG=... python -m tfcompat_estimator train.py ...
    TF_CONFIG=... python -m tfcompat_estimator train.py \
        --strategy=multi_worker_mirrored ...
"""

import argparse
import os

import numpy as np
import tensorflow as tf

STRATEGIES = ('none', 'mirrored', 'multi_worker_mirrored', 'parameter_server')


def strategy(name, devices):
  """What RunConfig gets as train_distribute."""
  if name == 'mirrored':
    cpu = tf.config.list_physical_devices('CPU')[0]
    tf.config.set_logical_device_configuration(
      cpu, [tf.config.LogicalDeviceConfiguration()] * devices
    )
    return tf.distribute.MirroredStrategy(
      [f'/cpu:{index}' for index in range(devices)]
    )
  if name == 'multi_worker_mirrored':
    return tf.distribute.MultiWorkerMirroredStrategy()
  if name == 'parameter_server':
    return tf.compat.v1.distribute.experimental.ParameterServerStrategy()
  return None


def examples(seed, rows):
  """Points in four groups, two of each class: no straight line parts them."""
  random = np.random.RandomState(seed)
  group = random.randint(4, size=rows)
  centers = np.array([[-1, -1], [1, 1], [-1, 1], [1, -1]], np.float32)
  points = centers[group] + 0.4 * random.randn(rows, 2).astype(np.float32)
  words = np.array(['south', 'north', 'north', 'south'])[group]
  return {'point': points, 'word': words}, (group > 1).astype(np.int64)


def train_input_fn(params, config):
  """Endless batches, in an order of each worker's own."""
  seed = 1 + (config.global_id_in_cluster or 0)
  dataset = tf.data.Dataset.from_tensor_slices(examples(0, 4000))
  return dataset.shuffle(4000, seed=seed).repeat().batch(params['batch_size'])


def eval_input_fn():
  return tf.data.Dataset.from_tensor_slices(examples(99, 1000)).batch(100)


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--model_dir', required=True)
  parser.add_argument('--strategy', choices=STRATEGIES, default='none')
  parser.add_argument('--devices', type=int, default=2)
  parser.add_argument('--max_steps', type=int, default=1000)
  parser.add_argument('--batch_size', type=int, default=32)
  flags = parser.parse_args()
  tf.compat.v1.logging.set_verbosity('INFO')
  config = tf.estimator.RunConfig(
    flags.model_dir,
    tf_random_seed=1,
    save_checkpoints_steps=200,
    save_summary_steps=100,
    log_step_count_steps=50,
    train_distribute=strategy(flags.strategy, flags.devices),
    experimental_max_worker_delay_secs=1,
    session_creation_timeout_secs=300,
  )
  words = tf.feature_column.categorical_column_with_vocabulary_list(
    'word', ['north', 'south']
  )

  # A DNNClassifier's own input_fn could not have `params`; so it is bound here.
  def input_fn():
    return train_input_fn({'batch_size': flags.batch_size}, config)

  estimator = tf.compat.v1.estimator.DNNClassifier(
    hidden_units=[16, 8],
    feature_columns=[
      tf.feature_column.numeric_column('point', shape=[2]),
      tf.feature_column.embedding_column(words, dimension=2),
    ],
    optimizer=tf.compat.v1.train.AdagradOptimizer(0.1),
    config=config,
  )
  tf.estimator.train_and_evaluate(
    estimator,
    tf.estimator.TrainSpec(input_fn, max_steps=flags.max_steps),
    tf.estimator.EvalSpec(
      eval_input_fn,
      steps=None,
      start_delay_secs=1,
      throttle_secs=1,
      exporters=tf.estimator.FinalExporter(
        'final',
        tf.estimator.export.build_raw_serving_input_receiver_fn(
          {
            'point': tf.constant([[0.0, 0.0]]),
            'word': tf.constant(['north']),
          }
        ),
      ),
    ),
  )
  exports = os.path.join(flags.model_dir, 'export', 'final')
  if os.path.isdir(exports):
    print('Exported:', os.listdir(exports), flush=True)


if __name__ == '__main__':
  main()
