"""In the style of DeepFM programs: tf.contrib.layers, libsvm text.

Written for this test; prints what is compared.
"""

import sys, os, json, random, glob, threading, numpy as np
import tensorflow as tf

FLAGS = tf.app.flags.FLAGS
tf.app.flags.DEFINE_integer('embedding_size', 4, '')
tf.app.flags.DEFINE_string('model_dir', '', '')
tf.app.flags.DEFINE_string('deep_layers', '16,8', '')
tf.app.flags.DEFINE_string('dropout', '1.0,1.0', '')
tf.app.flags.DEFINE_boolean('batch_norm', True, '')
tf.app.flags.DEFINE_float('l2_reg', 0.001, '')
tf.app.flags.DEFINE_string('optimizer', 'Adam', '')


def input_fn(filenames, batch_size=8, num_epochs=1, perform_shuffle=False):
  def decode_libsvm(line):
    columns = tf.string_split([line], ' ')
    labels = tf.string_to_number(columns.values[0], out_type=tf.float32)
    splits = tf.string_split(columns.values[1:], ':')
    id_vals = tf.reshape(splits.values, splits.dense_shape)
    feat_ids, feat_vals = tf.split(id_vals, num_or_size_splits=2, axis=1)
    return {
      'feat_ids': tf.string_to_number(feat_ids, out_type=tf.int32),
      'feat_vals': tf.string_to_number(feat_vals, out_type=tf.float32),
    }, labels

  ds = (
    tf.data.TextLineDataset(filenames)
    .map(decode_libsvm, num_parallel_calls=2)
    .prefetch(50)
  )
  ds = ds.repeat(num_epochs).batch(batch_size)
  it = ds.make_one_shot_iterator()
  f, l = it.get_next()
  return f, l


def model_fn(features, labels, mode, params):
  F, N, K = (
    params['field_size'],
    params['feature_size'],
    params['embedding_size'],
  )
  layers = list(map(int, params['deep_layers'].split(',')))
  dropout = list(map(float, params['dropout'].split(',')))
  ini = lambda s: tf.glorot_normal_initializer(seed=s)
  B = tf.get_variable(
    name='fm_bias', shape=[1], initializer=tf.constant_initializer(0.0)
  )
  W = tf.get_variable(name='fm_w', shape=[N], initializer=ini(1))
  V = tf.get_variable(
    name='fm_v',
    shape=[N, K],
    initializer=ini(2),
    partitioner=tf.fixed_size_partitioner(2),
  )
  ids = tf.reshape(features['feat_ids'], shape=[-1, F])
  vals = tf.reshape(features['feat_vals'], shape=[-1, F])
  with tf.variable_scope('First-order'):
    yw = tf.reduce_sum(tf.multiply(tf.nn.embedding_lookup(W, ids), vals), 1)
  with tf.variable_scope('Second-order'):
    e = tf.multiply(
      tf.nn.embedding_lookup(V, ids, partition_strategy='div'),
      tf.reshape(vals, [-1, F, 1]),
    )
    yv = 0.5 * tf.reduce_sum(
      tf.subtract(
        tf.square(tf.reduce_sum(e, 1)), tf.reduce_sum(tf.square(e), 1)
      ),
      1,
    )
  with tf.variable_scope('Deep-part'):
    training = mode == tf.estimator.ModeKeys.TRAIN
    h = tf.reshape(e, [-1, F * K])
    for i, u in enumerate(layers):
      h = tf.contrib.layers.fully_connected(
        inputs=h,
        num_outputs=u,
        weights_regularizer=tf.contrib.layers.l2_regularizer(FLAGS.l2_reg),
        weights_initializer=ini(5 + i),
        scope='mlp%d' % i,
      )
      if FLAGS.batch_norm:
        bn_t = lambda x, s: tf.contrib.layers.batch_norm(
          x,
          decay=0.9,
          center=True,
          scale=True,
          updates_collections=None,
          is_training=True,
          reuse=None,
          scope=s,
        )
        bn_i = lambda x, s: tf.contrib.layers.batch_norm(
          x,
          decay=0.9,
          center=True,
          scale=True,
          updates_collections=None,
          is_training=False,
          reuse=tf.AUTO_REUSE,
          scope=s,
        )
        h = bn_t(h, 'bn_%d' % i) if training else bn_i(h, 'bn_%d' % i)
      if training:
        h = tf.nn.dropout(h, keep_prob=dropout[i])
    yd = tf.contrib.layers.fully_connected(
      inputs=h,
      num_outputs=1,
      activation_fn=tf.identity,
      weights_regularizer=tf.contrib.layers.l2_regularizer(FLAGS.l2_reg),
      weights_initializer=ini(9),
      scope='deep_out',
    )
    yd = tf.reshape(yd, shape=[-1])
  y = B * tf.ones_like(yd, dtype=tf.float32) + yw + yv + yd
  pred = tf.sigmoid(y)
  predictions = {'prob': pred}
  eo = {
    tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: tf.estimator.export.PredictOutput(
      predictions
    )
  }
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(
      mode=mode, predictions=predictions, export_outputs=eo
    )
  loss = (
    tf.reduce_mean(
      tf.nn.sigmoid_cross_entropy_with_logits(logits=y, labels=labels)
    )
    + FLAGS.l2_reg * tf.nn.l2_loss(W)
    + FLAGS.l2_reg * tf.add_n([tf.nn.l2_loss(v) for v in V])
  )
  m = {'auc': tf.metrics.auc(labels, pred)}
  if mode == tf.estimator.ModeKeys.EVAL:
    return tf.estimator.EstimatorSpec(
      mode=mode, predictions=predictions, loss=loss, eval_metric_ops=m
    )
  opts = {
    'Adam': lambda: tf.train.AdamOptimizer(
      learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8
    ),
    'Adagrad': lambda: tf.train.AdagradOptimizer(
      0.05, initial_accumulator_value=1e-8
    ),
    'ftrl': lambda: tf.train.FtrlOptimizer(0.05),
    'LazyAdam': lambda: tf.contrib.opt.LazyAdamOptimizer(0.01),
  }
  op = opts[FLAGS.optimizer]().minimize(
    loss, global_step=tf.train.get_global_step()
  )
  return tf.estimator.EstimatorSpec(
    mode=mode, predictions=predictions, loss=loss, train_op=op
  )


def main(_):
  os.makedirs(FLAGS.model_dir, exist_ok=True)
  r = np.random.RandomState(1)
  f = FLAGS.model_dir + '/tr.libsvm'
  with open(f, 'w') as g:
    for i in range(64):
      g.write(
        '%d %s\n'
        % (
          r.randint(2),
          ' '.join(
            '%d:%.3f' % (j * 7 + r.randint(7), r.rand()) for j in range(5)
          ),
        )
      )
  config = tf.estimator.RunConfig().replace(
    session_config=tf.ConfigProto(device_count={'GPU': 0, 'CPU': 2}),
    log_step_count_steps=5,
    save_summary_steps=5,
    tf_random_seed=1,
  )
  est = tf.estimator.Estimator(
    model_fn=model_fn,
    model_dir=FLAGS.model_dir + '/m',
    params={
      'field_size': 5,
      'feature_size': 35,
      'embedding_size': FLAGS.embedding_size,
      'deep_layers': FLAGS.deep_layers,
      'dropout': FLAGS.dropout,
    },
    config=config,
  )
  ts = tf.estimator.TrainSpec(input_fn=lambda: input_fn(f, num_epochs=2))
  es = tf.estimator.EvalSpec(
    input_fn=lambda: input_fn(f),
    steps=None,
    start_delay_secs=1,
    throttle_secs=1,
  )
  tf.estimator.train_and_evaluate(est, ts, es)
  print(
    'RESULT',
    sorted((k, float(v)) for k, v in est.evaluate(lambda: input_fn(f)).items()),
  )
  print(
    'RESULT',
    [
      float(p['prob'])
      for p in est.predict(lambda: input_fn(f), predict_keys='prob')
    ][:5],
  )
  print('KEYS', sorted(tf.train.list_variables(FLAGS.model_dir + '/m')))
  spec = {
    'feat_ids': tf.placeholder(
      dtype=tf.int64, shape=[None, 5], name='feat_ids'
    ),
    'feat_vals': tf.placeholder(
      dtype=tf.float32, shape=[None, 5], name='feat_vals'
    ),
  }
  d = est.export_savedmodel(
    FLAGS.model_dir + '/s',
    tf.estimator.export.build_raw_serving_input_receiver_fn(spec),
  )
  print('RESULT', type(d).__name__, sorted(os.listdir(d)))


if __name__ == '__main__':
  tf.logging.set_verbosity(tf.logging.INFO)
  tf.app.run()
