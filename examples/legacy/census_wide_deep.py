"""Predicts incomes with a wide, a deep, or a wide and deep model of a CSV file.

The file is made up, in the columns of the census data that such programs used.
"""

import json
import os

import numpy as np
import tensorflow as tf

flags = tf.compat.v1.flags
flags.DEFINE_string('model_dir', None, 'Where checkpoints go.')
flags.DEFINE_enum('model_type', 'wide_deep', ['wide', 'deep', 'wide_deep'], '')
flags.DEFINE_integer('train_epochs', 8, 'Passes over the training file.')
flags.DEFINE_integer('epochs_between_evals', 4, 'Passes between evaluations.')
FLAGS = flags.FLAGS

_COLUMNS = ['age', 'education', 'occupation', 'hours_per_week', 'income']
_DEFAULTS = [[0.0], [''], [''], [0.0], ['']]
_EDUCATION = ['Bachelors', 'HS-grad', 'Masters', 'Some-college']
_OCCUPATION = ['Sales', 'Craft', 'Exec', 'Farming', 'Tech']


def write_csv(path, count, seed):
  random = np.random.RandomState(seed)
  with open(path, 'w') as csv:
    for _ in range(count):
      age, hours = random.randint(17, 80), random.randint(10, 70)
      education = random.randint(len(_EDUCATION))
      occupation = random.randint(len(_OCCUPATION))
      score = 0.03 * (age - 40) + 0.05 * (hours - 40) + (education == 2)
      income = '>50K' if score + random.normal() > 0.3 else '<=50K'
      row = (age, _EDUCATION[education], _OCCUPATION[occupation], hours, income)
      csv.write(','.join(map(str, row)) + '\n')
  return path


def build_columns():
  """Returns the wide and the deep columns."""
  column = tf.feature_column
  age = column.numeric_column(
    'age', normalizer_fn=lambda years: (years - 40.0) / 20.0
  )
  hours = column.numeric_column(
    'hours_per_week', normalizer_fn=lambda hours: (hours - 40.0) / 20.0
  )
  education = column.categorical_column_with_vocabulary_list(
    'education', _EDUCATION
  )
  occupation = column.categorical_column_with_hash_bucket('occupation', 50)
  ages = column.bucketized_column(age, [25, 35, 45, 55])
  wide = [
    education,
    occupation,
    ages,
    column.crossed_column(['education', 'occupation'], hash_bucket_size=100),
  ]
  constant = tf.compat.v1.constant_initializer(0.1)
  deep = [
    age,
    hours,
    column.indicator_column(education),
    column.embedding_column(occupation, dimension=8, initializer=constant),
  ]
  return wide, deep


def build_estimator():
  wide, deep = build_columns()
  config = tf.estimator.RunConfig(tf_random_seed=3).replace(
    session_config=tf.compat.v1.ConfigProto(device_count={'GPU': 0})
  )
  if FLAGS.model_type == 'wide':
    return tf.estimator.LinearClassifier(wide, FLAGS.model_dir, config=config)
  if FLAGS.model_type == 'deep':
    return tf.estimator.DNNClassifier(
      [20, 10], deep, FLAGS.model_dir, config=config
    )
  return tf.estimator.DNNLinearCombinedClassifier(
    model_dir=FLAGS.model_dir,
    linear_feature_columns=wide,
    dnn_feature_columns=deep,
    dnn_hidden_units=[20, 10],
    dnn_optimizer='Adam',
    config=config,
  )


def input_fn(path, epochs, shuffle, batch_size):
  def parse(line):
    values = tf.io.decode_csv(line, record_defaults=_DEFAULTS)
    features = dict(zip(_COLUMNS, values))
    label = features.pop('income')
    return features, tf.equal(label, '>50K')

  dataset = tf.data.TextLineDataset(path)
  if shuffle:
    dataset = dataset.shuffle(buffer_size=1000, seed=5)
  return dataset.map(parse).repeat(epochs).batch(batch_size)


def main(unused_argv):
  os.makedirs(FLAGS.model_dir, exist_ok=True)
  train = write_csv(os.path.join(FLAGS.model_dir, 'train.csv'), 400, 1)
  test = write_csv(os.path.join(FLAGS.model_dir, 'test.csv'), 200, 2)
  model = build_estimator()
  for _ in range(FLAGS.train_epochs // FLAGS.epochs_between_evals):
    model.train(
      lambda: input_fn(train, FLAGS.epochs_between_evals, True, batch_size=40)
    )
    results = model.evaluate(lambda: input_fn(test, 1, False, batch_size=40))
    for key in sorted(results):
      print('%s: %s' % (key, results[key]))

  wide, deep = build_columns()
  spec = tf.feature_column.make_parse_example_spec(wide + deep)
  receiver_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)
  export = model.export_saved_model(
    os.path.join(FLAGS.model_dir, 'export'), receiver_fn
  )
  signatures = tf.saved_model.load(export.decode()).signatures
  print(
    'RESULT',
    json.dumps({
      'step': int(results['global_step']),
      'baseline': float(results['accuracy_baseline']),
      'loss': float(results['loss']),
      'learned': bool(results['accuracy'] > 0.6),
      'metrics': sorted(results),
      'signatures': sorted(signatures),
      'variables': sorted(model.get_variable_names()),
    }),
  )


if __name__ == '__main__':
  tf.compat.v1.app.run()
