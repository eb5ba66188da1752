"""In the style of tf_ner: fused LSTMs, a CRF, lookup tables.

Written for this test; prints what is compared.
"""

import functools, json, logging, sys
from pathlib import Path
import numpy as np
import tensorflow as tf

out = sys.argv[1]
Path(out).mkdir(parents=True, exist_ok=True)
tf.logging.set_verbosity(logging.INFO)
S = [
  (b'John lives in Paris'.split(), b'B-PER O O B-LOC'.split()),
  (b'Mary left'.split(), b'B-PER O'.split()),
  (b'we saw Rome and Paris'.split(), b'O O B-LOC O B-LOC'.split()),
]
W = sorted({w for s, _ in S for w in s})[:7]
C = sorted({bytes([c]) for s, _ in S for w in s for c in w})
T = [b'O', b'B-PER', b'B-LOC']
for n, l in (('words', W), ('chars', C), ('tags', T)):
  Path(out, 'vocab.%s.txt' % n).write_bytes(b'\n'.join(l) + b'\n')


def gen():
  for s, t in S:
    chars = [[bytes([c]) for c in w] for w in s]
    lengths = [len(c) for c in chars]
    m = max(lengths)
    yield (
      (
        (s, len(s)),
        ([c + [b'<pad>'] * (m - l) for c, l in zip(chars, lengths)], lengths),
      ),
      t,
    )


def input_fn(params=None, shuffle_and_repeat=False):
  shapes = ((([None], ()), ([None, None], [None])), [None])
  types = (((tf.string, tf.int32), (tf.string, tf.int32)), tf.string)
  defaults = ((('<pad>', 0), ('<pad>', 0)), 'O')
  ds = tf.data.Dataset.from_generator(
    gen, output_types=types, output_shapes=shapes
  )
  if shuffle_and_repeat:
    ds = ds.shuffle(1).repeat(params['epochs'])
  return ds.padded_batch(2, shapes, defaults).prefetch(1)


def init(shape, dtype=tf.float32, partition_info=None):
  n = int(np.prod([int(s) for s in shape]))
  return tf.constant(
    0.3 * np.sin(np.arange(n) * 1.3).reshape([int(s) for s in shape]), dtype
  )


def model_fn(features, labels, mode, params):
  tf.get_variable_scope().set_initializer(init)
  if isinstance(features, dict):
    features = (
      (features['words'], features['nwords']),
      (features['chars'], features['nchars']),
    )
  (words, nwords), (chars, nchars) = features
  training = mode == tf.estimator.ModeKeys.TRAIN
  vocab_words = tf.contrib.lookup.index_table_from_file(
    params['words'], num_oov_buckets=1
  )
  vocab_chars = tf.contrib.lookup.index_table_from_file(
    params['chars'], num_oov_buckets=1
  )
  with Path(params['tags']).open() as f:
    indices = [idx for idx, tag in enumerate(f) if tag.strip() != 'O']
    num_tags = len(indices) + 1
  char_ids = vocab_chars.lookup(chars)
  ve = tf.get_variable('chars_embeddings', [len(C) + 1, 4], tf.float32)
  ce = tf.nn.embedding_lookup(ve, char_ids)
  ce = tf.layers.dropout(ce, rate=0.0, training=training)
  ds = tf.shape(ce)[0]
  ms = tf.shape(ce)[1]
  flat = tf.reshape(ce, [-1, tf.shape(ce)[2], 4])
  fl = tf.reshape(nchars, [-1])
  t = tf.transpose(flat, perm=[1, 0, 2])
  fw = tf.contrib.rnn.LSTMBlockFusedCell(5)
  bw = tf.contrib.rnn.TimeReversedFusedRNN(tf.contrib.rnn.LSTMBlockFusedCell(5))
  with tf.variable_scope('charsf'):
    _, (_, of) = fw(t, dtype=tf.float32, sequence_length=fl)
  with tf.variable_scope('charsb'):
    _, (_, ob) = bw(t, dtype=tf.float32, sequence_length=fl)
  ce = tf.reshape(tf.concat([of, ob], axis=-1), [-1, ms, 10])
  wi = vocab_words.lookup(words)
  glove = np.vstack([np.sin(np.arange(len(W) * 6)).reshape(-1, 6), [[0.0] * 6]])
  we = tf.nn.embedding_lookup(
    tf.Variable(glove, dtype=tf.float32, trainable=False), wi
  )
  e = tf.concat([we, ce], axis=-1)
  t = tf.transpose(e, perm=[1, 0, 2])
  fw = tf.contrib.rnn.LSTMBlockFusedCell(6)
  bw = tf.contrib.rnn.TimeReversedFusedRNN(tf.contrib.rnn.LSTMBlockFusedCell(6))
  with tf.variable_scope('fw'):
    of, _ = fw(t, dtype=tf.float32, sequence_length=nwords)
  with tf.variable_scope('bw'):
    ob, _ = bw(t, dtype=tf.float32, sequence_length=nwords)
  o = tf.transpose(tf.concat([of, ob], axis=-1), perm=[1, 0, 2])
  logits = tf.layers.dense(o, num_tags)
  crf_params = tf.get_variable('crf', [num_tags, num_tags], dtype=tf.float32)
  pred_ids, _ = tf.contrib.crf.crf_decode(logits, crf_params, nwords)
  if mode == tf.estimator.ModeKeys.PREDICT:
    rt = tf.contrib.lookup.index_to_string_table_from_file(params['tags'])
    return tf.estimator.EstimatorSpec(
      mode,
      predictions={
        'pred_ids': pred_ids,
        'tags': rt.lookup(tf.to_int64(pred_ids)),
      },
    )
  vt = tf.contrib.lookup.index_table_from_file(params['tags'])
  tags = vt.lookup(labels)
  ll, _ = tf.contrib.crf.crf_log_likelihood(logits, tags, nwords, crf_params)
  loss = tf.reduce_mean(-ll)
  weights = tf.sequence_mask(nwords)
  metrics = {'acc': tf.metrics.accuracy(tags, pred_ids, weights)}
  for n, op in metrics.items():
    tf.summary.scalar(n, op[1])
  if mode == tf.estimator.ModeKeys.EVAL:
    return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops=metrics)
  variables = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
  ema = tf.train.ExponentialMovingAverage(0.99)
  op = tf.train.AdamOptimizer().minimize(
    loss, global_step=tf.train.get_or_create_global_step()
  )
  with tf.control_dependencies([op]):
    train_op = ema.apply(variables)
  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


params = {
  'epochs': 6,
  'words': out + '/vocab.words.txt',
  'chars': out + '/vocab.chars.txt',
  'tags': out + '/vocab.tags.txt',
}
train_inpf = functools.partial(input_fn, params, shuffle_and_repeat=True)
cfg = tf.estimator.RunConfig(save_checkpoints_secs=120, tf_random_seed=2)
est = tf.estimator.Estimator(model_fn, out + '/model', cfg, params)
Path(est.eval_dir()).mkdir(parents=True, exist_ok=True)
hook = tf.estimator.experimental.stop_if_no_increase_hook(
  est, 'acc', 500, min_steps=8000, run_every_secs=120
)
ts = tf.estimator.TrainSpec(input_fn=train_inpf, hooks=[hook])
es = tf.estimator.EvalSpec(
  input_fn=functools.partial(input_fn, params), throttle_secs=120
)
r = tf.estimator.train_and_evaluate(est, ts, es)
print(
  'RESULT',
  sorted(
    (k, float(v))
    for k, v in est.evaluate(functools.partial(input_fn, params)).items()
  ),
)
print(
  'RESULT',
  [
    [t.decode() for t in p['tags']]
    for p in est.predict(functools.partial(input_fn, params))
  ],
)
print('KEYS', sorted(tf.train.list_variables(out + '/model')))


def serving():
  words = tf.placeholder(tf.string, [None, None], 'words')
  nwords = tf.placeholder(tf.int32, [None], 'nwords')
  chars = tf.placeholder(tf.string, [None, None, None], 'chars')
  nchars = tf.placeholder(tf.int32, [None, None], 'nchars')
  rt = {'words': words, 'nwords': nwords, 'chars': chars, 'nchars': nchars}
  return tf.estimator.export.ServingInputReceiver(rt, rt)


d = est.export_saved_model(out + '/saved', serving)
from tensorflow.contrib import predictor

f = predictor.from_saved_model(d if isinstance(d, str) else d.decode())
print(
  'RESULT',
  f(
    {
      'words': [['John', 'saw']],
      'nwords': [2],
      'chars': [[list('John'), list('saw') + ['<pad>']]],
      'nchars': [[4, 3]],
    }
  )['tags'].tolist(),
)
