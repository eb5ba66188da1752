"""Tells who survived a shipwreck with a linear model of a passenger list.

The list is made up, in the columns and proportions of the well-known one.
"""

import argparse
import json

import numpy as np
import pandas as pd
import tensorflow as tf

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.INFO)

CATEGORIES = {
  'sex': ['male', 'female'],
  'class': ['First', 'Second', 'Third'],
  'deck': ['unknown', 'A', 'B', 'C'],
  'alone': ['y', 'n'],
}


def make_passengers(count, seed):
  """Returns (features, survived), a DataFrame and a Series."""
  random = np.random.RandomState(seed)
  frame = pd.DataFrame({
    name: pd.Series(random.choice(values, count), dtype=object)
    for name, values in CATEGORIES.items()
  })
  frame['age'] = random.uniform(1, 70, count).round()
  frame['fare'] = random.exponential(30, count).round(2)
  score = (
    2.5 * (frame['sex'] == 'female')
    + 1.0 * (frame['class'] == 'First')
    - 0.8 * (frame['class'] == 'Third')
    - 0.02 * frame['age']
    - 0.5
  )
  survived = (random.uniform(size=count) < 1 / (1 + np.exp(-score))).astype(int)
  return frame, pd.Series(survived, index=frame.index, name='survived')


def make_columns():
  columns = [
    tf.feature_column.categorical_column_with_vocabulary_list(name, values)
    for name, values in CATEGORIES.items()
  ]
  age = tf.feature_column.numeric_column('age', dtype=tf.float32)
  columns.append(tf.feature_column.numeric_column('fare', dtype=tf.float32))
  buckets = tf.feature_column.bucketized_column(age, [10, 18, 30, 50])
  crossed = tf.feature_column.crossed_column(
    [buckets, 'sex'], hash_bucket_size=100
  )
  return columns + [buckets, crossed]


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--model_dir')
  args = parser.parse_args()

  train_x, train_y = make_passengers(600, seed=1)
  test_x, test_y = make_passengers(264, seed=2)
  train_input_fn = tf.compat.v1.estimator.inputs.pandas_input_fn(
    train_x, train_y, batch_size=100, num_epochs=10, shuffle=False
  )
  eval_input_fn = tf.compat.v1.estimator.inputs.pandas_input_fn(
    test_x, test_y, batch_size=88, num_epochs=1, shuffle=False
  )
  linear = tf.estimator.LinearClassifier(
    make_columns(), model_dir=args.model_dir
  )
  linear.train(train_input_fn)
  result = linear.evaluate(eval_input_fn)
  print(pd.Series(result))

  probabilities = [
    float(p['probabilities'][1]) for p in linear.predict(eval_input_fn)
  ]
  print(pd.Series(probabilities).describe())
  print(
    'RESULT',
    json.dumps({
      'metrics': {k: float(v) for k, v in result.items()},
      'probabilities': probabilities[:10],
      'weights': linear.get_variable_value(
        'linear/linear_model/sex/weights'
      ).tolist(),
    }),
  )


if __name__ == '__main__':
  main()
