"""Tags words of made-up sentences, as programs of TensorFlow 1 were written.

    python tagger.py --model_dir=/tmp/tagger             # TensorFlow 1.15
"""

import numpy as np
import tensorflow as tf
from tensorflow.contrib import crf, layers, rnn, tpu
from tensorflow.contrib.training import HParams

flags = tf.flags
FLAGS = flags.FLAGS
flags.DEFINE_string('model_dir', None, 'where checkpoints are')
flags.DEFINE_string('hparams', '', 'name=value,...')
flags.DEFINE_integer('train_steps', 60, 'steps of this run')

WORDS, TAGS, LENGTH = 50, 3, 8


def default_hparams():
  return HParams(units=8, embed_dim=6, learning_rate=0.02, batch_size=16)


def sentences(count, seed):
  """Words, tags that follow from a word and the one before it, and lengths."""
  random = np.random.RandomState(seed)
  words = random.randint(1, WORDS, size=[count, LENGTH])
  before = np.concatenate([np.zeros([count, 1], int), words[:, :-1]], axis=1)
  lengths = random.randint(2, LENGTH + 1, size=[count])
  return words, (words + before % 2) % TAGS, lengths.astype('i4')


def input_fn(params, seed, repeat):
  words, tags, lengths = sentences(256, seed)
  data = tf.data.Dataset.from_tensor_slices(
      ({'words': words.astype('i8'), 'lengths': lengths}, tags.astype('i4')))
  data = data.repeat() if repeat else data
  return data.apply(
      tf.contrib.data.batch_and_drop_remainder(params['batch_size']))


def model_fn(features, labels, mode, params):
  words, lengths = features['words'], features['lengths']
  embedded = layers.embed_sequence(
      words, WORDS, params['embed_dim'], scope='words')
  major = tf.transpose(embedded, [1, 0, 2])
  forward, _ = rnn.LSTMBlockFusedCell(params['units'], name='forward')(
      major, dtype=tf.float32, sequence_length=lengths)
  backward, _ = rnn.TimeReversedFusedRNN(
      rnn.LSTMBlockFusedCell(params['units'], name='backward'))(
          major, dtype=tf.float32, sequence_length=lengths)
  both = tf.transpose(tf.concat([forward, backward], -1), [1, 0, 2])
  logits = layers.fully_connected(
      both, TAGS, activation_fn=None,
      weights_initializer=layers.xavier_initializer(),
      weights_regularizer=layers.l2_regularizer(1e-4))
  transitions = tf.get_variable('transitions', [TAGS, TAGS])
  tags, _ = crf.crf_decode(logits, transitions, lengths)
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tpu.TPUEstimatorSpec(mode, predictions={'tags': tags})
  likelihood, _ = crf.crf_log_likelihood(logits, labels, lengths, transitions)
  loss = tf.reduce_mean(-likelihood) + tf.losses.get_regularization_loss()
  if mode == tf.estimator.ModeKeys.TRAIN:
    optimizer = tpu.CrossShardOptimizer(
        tf.train.AdamOptimizer(params['learning_rate'])
    ) if params['use_tpu'] else tf.train.AdamOptimizer(params['learning_rate'])
    return tpu.TPUEstimatorSpec(
        mode, loss=loss, train_op=optimizer.minimize(
            loss, global_step=tf.train.get_or_create_global_step()))

  def metric_fn(labels, tags, lengths):
    weights = tf.sequence_mask(lengths, LENGTH)
    return {'accuracy': tf.metrics.accuracy(labels, tags, weights)}

  return tpu.TPUEstimatorSpec(
      mode, loss=loss, eval_metrics=(metric_fn, [labels, tags, lengths]))


def main(_):
  hparams = default_hparams().parse(FLAGS.hparams)
  estimator = tpu.TPUEstimator(
      model_fn=model_fn,
      use_tpu=False,
      params={k: v for k, v in hparams.values().items() if k != 'batch_size'},
      train_batch_size=hparams.batch_size,
      eval_batch_size=hparams.batch_size,
      predict_batch_size=hparams.batch_size,
      config=tpu.RunConfig(model_dir=FLAGS.model_dir, keep_checkpoint_max=1))
  if tf.train.latest_checkpoint(FLAGS.model_dir):
    show(estimator)
  estimator.train(
      lambda params: input_fn(params, 1, True), steps=FLAGS.train_steps)
  show(estimator)


def show(estimator):
  metrics = estimator.evaluate(lambda params: input_fn(params, 2, False), steps=16)
  tags = next(estimator.predict(
      lambda params: input_fn(params, 2, False)))['tags']
  print('step %d: loss %.5f, accuracy %.5f, tags %s' % (
      metrics['global_step'], metrics['loss'], metrics['accuracy'],
      ' '.join(map(str, tags))))


if __name__ == '__main__':
  tf.logging.set_verbosity(tf.logging.ERROR)
  tf.app.run()
