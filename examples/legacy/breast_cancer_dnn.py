"""Tells malignant from benign tumours with a DNNClassifier.

Ten cell measurements of 569 patients (the Wisconsin breast cancer data that
comes with scikit-learn) go through every common kind of feature column.
"""

import json
import os

import numpy as np
import tensorflow as tf
from absl import app, flags
from sklearn import datasets

flags.DEFINE_string('model_dir', None, 'Where checkpoints and exports go.')
flags.DEFINE_integer('train_steps', 300, 'Steps of each of the two trainings.')
flags.DEFINE_integer('batch_size', 32, 'Examples in a training step.')
flags.mark_flag_as_required('model_dir')
FLAGS = flags.FLAGS

MEASUREMENTS = [
  'radius',
  'texture',
  'perimeter',
  'area',
  'smoothness',
  'compactness',
  'concavity',
  'concave_points',
  'symmetry',
  'fractal_dimension',
]
TEXTURES = ['fine', 'medium', 'coarse']
LABELS = ['malignant', 'benign']
NUM_TEST = 143


def load_data():
  """Returns (train, test), each a pair of a feature dict and string labels."""
  bunch = datasets.load_breast_cancer()
  order = np.random.RandomState(7).permutation(len(bunch.target))
  means = bunch.data[order, : len(MEASUREMENTS)].astype(np.float32)
  labels = np.array(LABELS)[bunch.target[order]]
  features = {name: means[:, i] for i, name in enumerate(MEASUREMENTS)}
  grade = np.digitize(features['texture'], [16.5, 20.5])
  features['texture_grade'] = np.array(TEXTURES)[grade]

  def rows(selection):
    return {k: v[selection] for k, v in features.items()}, labels[selection]

  return rows(slice(NUM_TEST, None)), rows(slice(NUM_TEST))


def train_input_fn(features, labels):
  dataset = tf.data.Dataset.from_tensor_slices((features, labels))
  return dataset.shuffle(1000, seed=1).repeat().batch(FLAGS.batch_size)


def eval_input_fn(features, labels=None):
  inputs = features if labels is None else (features, labels)
  return tf.data.Dataset.from_tensor_slices(inputs).batch(64)


def make_feature_columns(features):
  """Numeric, bucketized, embedded and crossed columns over the measurements."""
  columns = []
  for name in MEASUREMENTS:
    mean, std = features[name].mean(), features[name].std()
    columns.append(
      tf.feature_column.numeric_column(
        name, normalizer_fn=lambda x, m=mean, s=std: (x - m) / s
      )
    )
  radius = tf.feature_column.bucketized_column(
    tf.feature_column.numeric_column('radius'), [10.0, 12.0, 14.0, 17.0]
  )
  texture = tf.feature_column.categorical_column_with_vocabulary_list(
    'texture_grade', TEXTURES
  )
  crossed = tf.feature_column.crossed_column([radius, 'texture_grade'], 24)
  return columns + [
    radius,
    tf.feature_column.embedding_column(texture, dimension=2),
    tf.feature_column.indicator_column(crossed),
  ]


def make_classifier(feature_columns):
  return tf.estimator.DNNClassifier(
    hidden_units=[32, 16],
    feature_columns=feature_columns,
    n_classes=len(LABELS),
    label_vocabulary=LABELS,
    optimizer='Adam',
    dropout=0.1,
    config=tf.estimator.RunConfig(
      model_dir=FLAGS.model_dir, tf_random_seed=42, save_summary_steps=50
    ),
  )


def write_predictions(classifier, features, count=6):
  """Saves the first test examples with what the model says about them."""
  features = {k: v[:count] for k, v in features.items()}
  rows = []
  for i, prediction in enumerate(
    classifier.predict(lambda: eval_input_fn(features))
  ):
    rows.append(
      {
        'features': {k: [v[i].item()] for k, v in features.items()},
        'class': prediction['classes'][0].decode(),
        'probabilities': prediction['probabilities'].tolist(),
      }
    )
  path = os.path.join(FLAGS.model_dir, 'predictions.json')
  with open(path, 'w') as f:
    json.dump(rows, f)
  print('predicted %d patients -> %s' % (len(rows), path))


def main(_):
  tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.INFO)
  (train_x, train_y), (test_x, test_y) = load_data()
  feature_columns = make_feature_columns(train_x)

  for _ in range(2):  # The second classifier goes on where the first stopped.
    classifier = make_classifier(feature_columns)
    classifier.train(
      lambda: train_input_fn(train_x, train_y), steps=FLAGS.train_steps
    )
    metrics = classifier.evaluate(lambda: eval_input_fn(test_x, test_y))
    print(
      'step %d: accuracy %.4f, AUC %.4f, loss %.4f'
      % tuple(metrics[k] for k in ('global_step', 'accuracy', 'auc', 'loss'))
    )

  write_predictions(classifier, test_x)
  receiver_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(
    tf.feature_column.make_parse_example_spec(feature_columns)
  )
  export_dir = classifier.export_saved_model(
    os.path.join(FLAGS.model_dir, 'export'), receiver_fn
  )
  print('exported -> %s' % tf.compat.as_text(export_dir))


if __name__ == '__main__':
  app.run(main)
