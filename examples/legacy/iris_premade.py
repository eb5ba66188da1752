"""Classifies irises with a premade DNNClassifier.

The four measurements of 150 flowers come with scikit-learn.
"""

import argparse
import json

import numpy as np
import tensorflow as tf
from sklearn import datasets

SPECIES = ['setosa', 'versicolor', 'virginica']
NAMES = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width']


def load_data():
  """Returns (train, test), each a pair of a feature dict and labels."""
  bunch = datasets.load_iris()
  order = np.random.RandomState(0).permutation(len(bunch.target))
  data, target = bunch.data[order], bunch.target[order]
  columns = {name: data[:, i] for i, name in enumerate(NAMES)}
  train = {k: v[:120] for k, v in columns.items()}, target[:120]
  test = {k: v[120:] for k, v in columns.items()}, target[120:]
  return train, test


def input_fn(features, labels, training=True, batch_size=40):
  """An input function for training or evaluating."""
  dataset = tf.data.Dataset.from_tensor_slices((dict(features), labels))
  if training:
    dataset = dataset.shuffle(1000, seed=1).repeat()
  return dataset.batch(batch_size)


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--model_dir')
  parser.add_argument('--train_steps', type=int, default=300)
  args = parser.parse_args()

  train, test = load_data()
  classifier = tf.estimator.DNNClassifier(
    feature_columns=[tf.feature_column.numeric_column(key=k) for k in train[0]],
    hidden_units=[30, 10],
    n_classes=3,
    optimizer=tf.keras.optimizers.legacy.Adam(learning_rate=0.02),
    model_dir=args.model_dir,
    config=tf.estimator.RunConfig(tf_random_seed=4),
  )
  classifier.train(input_fn=lambda: input_fn(*train), steps=args.train_steps)
  result = classifier.evaluate(input_fn=lambda: input_fn(*test, training=False))
  print('Test set accuracy: {accuracy:0.3f}'.format(**result))

  expected = ['setosa', 'versicolor', 'virginica']
  flowers = {
    'sepal_length': [5.1, 5.9, 6.9],
    'sepal_width': [3.3, 3.0, 3.1],
    'petal_length': [1.7, 4.2, 5.4],
    'petal_width': [0.5, 1.5, 2.1],
  }
  predictions = classifier.predict(
    input_fn=lambda: tf.data.Dataset.from_tensor_slices(flowers).batch(3)
  )
  found = []
  for prediction, species in zip(predictions, expected):
    class_id = prediction['class_ids'][0]
    found.append(SPECIES[class_id])
    print(
      'Prediction is "{}" ({:.1f}%), expected "{}"'.format(
        SPECIES[class_id], 100 * prediction['probabilities'][class_id], species
      )
    )
  print(
    'RESULT',
    json.dumps({
      'step': int(result['global_step']),
      'accurate': bool(result['accuracy'] > 0.9),
      'loss': float(result['loss']),
      'predicted': found,
      'variables': sorted(classifier.get_variable_names()),
      'metrics': sorted(result),
    }),
  )


if __name__ == '__main__':
  main()
