"""Tells good from bad reviews with the premade RNN over words."""

import argparse
import json

import numpy as np
import tensorflow as tf

WORDS = ['good', 'fine', 'great', 'bad', 'poor', 'awful', 'the', 'a', 'film']
GOOD = set(WORDS[:3])


def make_reviews(count, seed):
  """Returns reviews of 2 to 6 words, padded by '', and whether they are good."""
  random = np.random.RandomState(seed)
  reviews, labels = [], []
  for _ in range(count):
    words = list(random.choice(WORDS[6:], random.randint(1, 6)))
    word = random.choice(WORDS[:6])
    words.insert(random.randint(len(words) + 1), word)
    reviews.append(words + [''] * (6 - len(words)))
    labels.append(int(word in GOOD))
  return np.array(reviews), np.array(labels)


def make_input_fn(reviews, labels, batch_size, epochs):
  def input_fn():
    data = tf.data.Dataset.from_tensor_slices(({'words': reviews}, labels))
    data = data.repeat(epochs).batch(batch_size)

    def sparse(features, label):
      words = features['words']
      where = tf.where(tf.not_equal(words, ''))
      shape = tf.shape(words, out_type=tf.int64)
      return {'words': tf.SparseTensor(where, tf.gather_nd(words, where), shape)}, label

    return data.map(sparse)

  return input_fn


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--model_dir')
  args = parser.parse_args()

  words = tf.feature_column.sequence_categorical_column_with_vocabulary_list(
    'words', WORDS
  )
  estimator = tf.estimator.experimental.RNNClassifier(
    sequence_feature_columns=[tf.feature_column.embedding_column(words, 6)],
    units=[8],
    cell_type='gru',
    optimizer='Adam',
    model_dir=args.model_dir,
    config=tf.estimator.RunConfig(tf_random_seed=1),
  )
  estimator.train(make_input_fn(*make_reviews(200, 1), batch_size=20, epochs=20))
  metrics = estimator.evaluate(
    make_input_fn(*make_reviews(60, 2), batch_size=20, epochs=1)
  )
  print(metrics)
  print(
    'RESULT',
    json.dumps({
      'step': int(metrics['global_step']),
      'baseline': float(metrics['accuracy_baseline']),
      'learned': bool(metrics['accuracy'] > 0.8),
      'variables': sorted(estimator.get_variable_names()),
    }),
  )


if __name__ == '__main__':
  main()
