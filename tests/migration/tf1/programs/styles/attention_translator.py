"""Attention and beam search, as in tensorflow/nmt, with an Estimator.

Written for this test; prints what is compared.
"""

import sys, os, numpy as np, tensorflow as tf
from tensorflow.contrib import seq2seq, rnn, lookup, training
from tensorflow.python.layers import core as layers_core

out = sys.argv[1]
tf.logging.set_verbosity(tf.logging.INFO)
os.makedirs(out, exist_ok=True)
src = ['a b c', 'b c', 'c a b a', 'a']
tgt = ['x y', 'y z x', 'z', 'x x y z']
for n, l in (('src', src), ('tgt', tgt)):
  open(out + '/%s.txt' % n, 'w').write('\n'.join(l) + '\n')
open(out + '/v.src', 'w').write('<unk>\n<s>\n</s>\na\nb\nc\n')
open(out + '/v.tgt', 'w').write('<unk>\n<s>\n</s>\nx\ny\nz\n')
hp = training.HParams(
  units=8, layers=2, attention='scaled_luong', beam=3, lr=0.05, src_max=10
)
hp.parse('units=6,attention=normed_bahdanau')


def init(shape, dtype=tf.float32, partition_info=None):
  n = int(np.prod([int(s) for s in shape]))
  return tf.constant(
    0.4 * np.sin(np.arange(n) * 1.3).reshape([int(s) for s in shape]), dtype
  )


def input_fn(mode):
  sv = lookup.index_table_from_file(out + '/v.src', default_value=0)
  tv = lookup.index_table_from_file(out + '/v.tgt', default_value=0)
  s = tf.data.TextLineDataset(out + '/src.txt')
  t = tf.data.TextLineDataset(out + '/tgt.txt')
  ds = tf.data.Dataset.zip((s, t))
  ds = ds.map(
    lambda a, b: (tf.string_split([a]).values, tf.string_split([b]).values)
  ).filter(lambda a, b: tf.logical_and(tf.size(a) > 0, tf.size(b) > 0))
  eos = tf.cast(tv.lookup(tf.constant('</s>')), tf.int32)
  sos = tf.cast(tv.lookup(tf.constant('<s>')), tf.int32)
  seos = tf.cast(sv.lookup(tf.constant('</s>')), tf.int32)
  ds = ds.map(
    lambda a, b: (
      tf.cast(sv.lookup(a), tf.int32),
      tf.cast(tv.lookup(b), tf.int32),
    ),
    num_parallel_calls=2,
  )
  ds = ds.map(
    lambda a, b: (a, tf.concat(([sos], b), 0), tf.concat((b, [eos]), 0))
  )
  ds = ds.map(lambda a, i, o: (a, i, o, tf.size(a), tf.size(i)))
  batch = lambda x: x.padded_batch(
    2,
    padded_shapes=(
      tf.TensorShape([None]),
      tf.TensorShape([None]),
      tf.TensorShape([None]),
      tf.TensorShape([]),
      tf.TensorShape([]),
    ),
    padding_values=(seos, eos, eos, 0, 0),
  )
  if mode == tf.estimator.ModeKeys.TRAIN:
    ds = ds.repeat()

  def key_func(a, i, o, sl, tl):
    return tf.to_int64(tf.minimum(5, tf.maximum(sl // 3, tl // 3)))

  if mode == tf.estimator.ModeKeys.TRAIN:
    ds = ds.apply(
      tf.contrib.data.group_by_window(
        key_func=key_func, reduce_func=lambda k, w: batch(w), window_size=2
      )
    )
  else:
    ds = batch(ds)
  return ds.map(
    lambda a, i, o, sl, tl: (
      {'src': a, 'src_len': sl, 'tgt_in': i, 'tgt_len': tl},
      o,
    )
  )


def cell(hp, mode):
  c = []
  for k in range(hp.layers):
    x = rnn.BasicLSTMCell(hp.units, forget_bias=1.0)
    x = rnn.DropoutWrapper(cell=x, input_keep_prob=1.0)
    if k:
      x = rnn.ResidualWrapper(x)
    c.append(x)
  return rnn.MultiRNNCell(c)


def model_fn(features, labels, mode, params):
  hp = params
  with tf.variable_scope('dynamic_seq2seq', dtype=tf.float32, initializer=init):
    es = tf.get_variable('embedding_encoder', [6, hp.units])
    ed = tf.get_variable('embedding_decoder', [6, hp.units])
    with tf.variable_scope('encoder'):
      e = tf.nn.embedding_lookup(es, tf.transpose(features['src']))
      bi, st = tf.nn.bidirectional_dynamic_rnn(
        cell(hp, mode),
        cell(hp, mode),
        e,
        dtype=tf.float32,
        sequence_length=features['src_len'],
        time_major=True,
      )
      eo = tf.concat(bi, -1)
      st = st[0]
    with tf.variable_scope('decoder') as ds:
      memory = tf.transpose(eo, [1, 0, 2])
      ml = features['src_len']
      bs = tf.size(ml)
      infer = mode == tf.estimator.ModeKeys.PREDICT
      if infer:
        memory = seq2seq.tile_batch(memory, multiplier=hp.beam)
        ml = seq2seq.tile_batch(ml, multiplier=hp.beam)
        st = seq2seq.tile_batch(st, multiplier=hp.beam)
        b2 = bs * hp.beam
      else:
        b2 = bs
      am = (
        seq2seq.BahdanauAttention(
          hp.units, memory, memory_sequence_length=ml, normalize=True
        )
        if hp.attention == 'normed_bahdanau'
        else seq2seq.LuongAttention(
          hp.units, memory, memory_sequence_length=ml, scale=True
        )
      )
      c = seq2seq.AttentionWrapper(
        cell(hp, mode),
        am,
        attention_layer_size=hp.units,
        alignment_history=infer,
        output_attention=True,
        name='attention',
      )
      ds_ = c.zero_state(b2, tf.float32).clone(cell_state=st)
      with tf.variable_scope('output_projection'):
        proj = layers_core.Dense(6, use_bias=False, name='output_projection')
      if infer:
        dec = seq2seq.BeamSearchDecoder(
          cell=c,
          embedding=ed,
          start_tokens=tf.fill([bs], 1),
          end_token=2,
          initial_state=ds_,
          beam_width=hp.beam,
          output_layer=proj,
          length_penalty_weight=0.5,
        )
        o, fs, _ = seq2seq.dynamic_decode(
          dec,
          maximum_iterations=tf.to_int32(
            tf.round(tf.to_float(tf.reduce_max(features['src_len'])) * 2.0)
          ),
          output_time_major=True,
          swap_memory=True,
          scope=ds,
        )
        ids = tf.transpose(o.predicted_ids, [1, 2, 0])
        rt = lookup.index_to_string_table_from_file(
          out + '/v.tgt', default_value='<unk>'
        )
        return tf.estimator.EstimatorSpec(
          mode, predictions={'words': rt.lookup(tf.to_int64(ids)), 'ids': ids}
        )
      emb = tf.nn.embedding_lookup(ed, tf.transpose(features['tgt_in']))
      helper = seq2seq.TrainingHelper(emb, features['tgt_len'], time_major=True)
      dec = seq2seq.BasicDecoder(c, helper, ds_)
      o, fs, _ = seq2seq.dynamic_decode(
        dec, output_time_major=True, swap_memory=True, scope=ds
      )
      logits = proj(o.rnn_output)
    lab = tf.transpose(labels)
    ce = tf.nn.sparse_softmax_cross_entropy_with_logits(
      labels=lab, logits=logits
    )
    w = tf.transpose(
      tf.sequence_mask(features['tgt_len'], tf.shape(lab)[0], dtype=tf.float32)
    )
    loss = tf.reduce_sum(ce * w) / tf.to_float(bs)
  if mode == tf.estimator.ModeKeys.EVAL:
    return tf.estimator.EstimatorSpec(
      mode, loss=loss, eval_metric_ops={'ppl': tf.metrics.mean(tf.exp(loss))}
    )
  op = tf.contrib.layers.optimize_loss(
    loss,
    tf.train.get_global_step(),
    hp.lr,
    'Adam',
    clip_gradients=5.0,
    summaries=['loss', 'learning_rate', 'global_gradient_norm'],
  )
  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=op)


est = tf.estimator.Estimator(
  model_fn, out + '/m', tf.estimator.RunConfig(tf_random_seed=1), hp
)
est.train(lambda: input_fn('train'), steps=12)
print(
  'RESULT',
  sorted(
    (k, float(v)) for k, v in est.evaluate(lambda: input_fn('eval')).items()
  ),
)
print(
  'RESULT', [p['ids'].tolist() for p in est.predict(lambda: input_fn('infer'))]
)
print('KEYS', sorted(tf.train.list_variables(out + '/m')))
