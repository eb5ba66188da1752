"""In the style of tpu/models: host_call, tf.contrib.summary, hooks.

Written for this test; prints what is compared.
"""

import os, sys, time, numpy as np
from absl import app, flags
import tensorflow as tf
from tensorflow.contrib import summary
from tensorflow.contrib.tpu.python.tpu import async_checkpoint
from tensorflow.contrib.training.python.training import evaluation
from tensorflow.core.protobuf import rewriter_config_pb2
from tensorflow.python.estimator import estimator

FLAGS = flags.FLAGS
flags.DEFINE_string('model_dir', None, '')
flags.DEFINE_string('mode', 'train_and_eval', '')
flags.DEFINE_bool('use_tpu', False, '')
flags.DEFINE_string('data_format', 'channels_last', '')
X = np.random.RandomState(0).rand(24, 8, 8, 3).astype('f')
Y = (np.arange(24) % 3).astype('i')


def bn_relu(x, training, relu=True, init_zero=False):
  g = tf.zeros_initializer() if init_zero else tf.ones_initializer()
  x = tf.layers.batch_normalization(
    inputs=x,
    axis=3,
    momentum=0.9,
    epsilon=1e-5,
    center=True,
    scale=True,
    training=training,
    fused=True,
    gamma_initializer=g,
  )
  return tf.nn.relu(x) if relu else x


def fixed_padding(x, k):
  p = k - 1
  return tf.pad(x, [[0, 0], [p // 2, p - p // 2], [p // 2, p - p // 2], [0, 0]])


def conv(x, f, k, s):
  if s > 1:
    x = fixed_padding(x, k)
  return tf.layers.conv2d(
    inputs=x,
    filters=f,
    kernel_size=k,
    strides=s,
    padding=('SAME' if s == 1 else 'VALID'),
    use_bias=False,
    kernel_initializer=tf.variance_scaling_initializer(seed=3),
    data_format='channels_last',
  )


def block(x, f, training, s):
  sc = bn_relu(conv(x, f, 1, s), training, relu=False)
  x = bn_relu(conv(x, f, 3, s), training)
  x = bn_relu(conv(x, f, 3, 1), training, relu=False, init_zero=True)
  return tf.nn.relu(x + sc)


def model_fn(features, labels, mode, params):
  if isinstance(features, dict):
    features = features['feature']
  training = mode == tf.estimator.ModeKeys.TRAIN
  with tf.variable_scope('resnet_model'):
    net = bn_relu(conv(features, 4, 3, 1), training)
    net = tf.identity(net, 'initial_conv')
    net = tf.layers.max_pooling2d(net, 2, 2, 'SAME')
    net = block(net, 4, training, 1)
    net = block(net, 8, training, 2)
    net = tf.reduce_mean(net, [1, 2])
    logits = tf.layers.dense(
      inputs=net,
      units=3,
      kernel_initializer=tf.random_normal_initializer(stddev=0.01, seed=5),
    )
  if mode == tf.estimator.ModeKeys.PREDICT:
    pr = {
      'classes': tf.argmax(logits, axis=1),
      'probabilities': tf.nn.softmax(logits, name='softmax_tensor'),
    }
    return tf.estimator.EstimatorSpec(
      mode=mode,
      predictions=pr,
      export_outputs={'classify': tf.estimator.export.PredictOutput(pr)},
    )
  ce = tf.losses.softmax_cross_entropy(
    logits=logits, onehot_labels=tf.one_hot(labels, 3), label_smoothing=0.1
  )
  loss = ce + 1e-4 * tf.add_n(
    [
      tf.nn.l2_loss(v)
      for v in tf.trainable_variables()
      if 'batch_normalization' not in v.name
    ]
  )
  host_call = None
  train_op = None
  if training:
    gs = tf.train.get_global_step()
    lr = tf.train.piecewise_constant(gs, [3, 6], [0.1, 0.05, 0.01])
    opt = tf.train.MomentumOptimizer(
      learning_rate=lr, momentum=0.9, use_nesterov=True
    )
    if FLAGS.use_tpu:
      opt = tf.contrib.tpu.CrossShardOptimizer(opt)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
      train_op = opt.minimize(loss, gs)

    def host_call_fn(gs, loss, lr):
      gs = gs[0]
      with summary.create_file_writer(
        FLAGS.model_dir, max_queue=10
      ).as_default():
        with summary.always_record_summaries():
          summary.scalar('loss', loss[0], step=gs)
          summary.scalar('learning_rate', lr[0], step=gs)
          return summary.all_summary_ops()

    host_call = (
      host_call_fn,
      [tf.reshape(gs, [1]), tf.reshape(loss, [1]), tf.reshape(lr, [1])],
    )
  eval_metrics = None
  if mode == tf.estimator.ModeKeys.EVAL:

    def metric_fn(labels, logits):
      return {
        'top_1_accuracy': tf.metrics.accuracy(
          labels, tf.argmax(logits, axis=1)
        ),
        'top_2_accuracy': tf.metrics.mean(
          tf.cast(tf.nn.in_top_k(logits, labels, 2), tf.float32)
        ),
      }

    eval_metrics = (metric_fn, [labels, logits])
  return tf.contrib.tpu.TPUEstimatorSpec(
    mode=mode,
    loss=loss,
    train_op=train_op,
    host_call=host_call,
    eval_metrics=eval_metrics,
  )


def input_fn_for(training):
  def input_fn(params):
    bs = params['batch_size']
    ds = tf.data.Dataset.from_tensor_slices((X, Y))
    if training:
      ds = ds.repeat()
    ds = (
      ds.apply(tf.contrib.data.batch_and_drop_remainder(bs))
      if training
      else ds.batch(bs, drop_remainder=True)
    )
    return ds.prefetch(tf.contrib.data.AUTOTUNE)

  return input_fn


def main(unused):
  cfg = tf.contrib.tpu.RunConfig(
    cluster=None,
    model_dir=FLAGS.model_dir,
    save_checkpoints_steps=4,
    tf_random_seed=3,
    log_step_count_steps=2,
    session_config=tf.ConfigProto(
      graph_options=tf.GraphOptions(
        rewrite_options=rewriter_config_pb2.RewriterConfig(
          disable_meta_optimizer=True
        )
      )
    ),
    tpu_config=tf.contrib.tpu.TPUConfig(
      iterations_per_loop=4,
      num_shards=8,
      per_host_input_for_training=tf.contrib.tpu.InputPipelineConfig.PER_HOST_V2,
    ),
  )
  est = tf.contrib.tpu.TPUEstimator(
    use_tpu=False,
    model_fn=model_fn,
    config=cfg,
    train_batch_size=6,
    eval_batch_size=12,
    export_to_tpu=False,
    predict_batch_size=4,
  )
  cur = estimator._load_global_step_from_checkpoint_dir(FLAGS.model_dir)
  hooks = (
    [
      async_checkpoint.AsyncCheckpointSaverHook(
        checkpoint_dir=FLAGS.model_dir, save_steps=100
      )
    ]
    if False
    else []
  )
  while cur < 8:
    nxt = min(cur + 4, 8)
    est.train(input_fn=input_fn_for(True), max_steps=nxt, hooks=hooks)
    cur = nxt
    r = est.evaluate(input_fn=input_fn_for(False), steps=2)
    print('RESULT', cur, sorted((k, round(float(v), 5)) for k, v in r.items()))
  for ckpt in evaluation.checkpoints_iterator(
    FLAGS.model_dir, timeout=1, timeout_fn=lambda: True
  ):
    print('RESULT', os.path.basename(ckpt))
    break
  print('KEYS', sorted(tf.train.list_variables(FLAGS.model_dir)))
  ev = sorted(
    {
      v.tag
      for f in tf.gfile.Glob(FLAGS.model_dir + '/events*')
      for e in tf.train.summary_iterator(f)
      for v in e.summary.value
      if v.tag in ('loss', 'learning_rate')
    }
  )
  print('RESULT', ev)

  def serving():
    x = tf.placeholder(tf.float32, [None, 8, 8, 3])
    return tf.estimator.export.ServingInputReceiver(
      {'feature': x}, {'image': x}
    )

  p = est.export_saved_model(FLAGS.model_dir + '/export', serving)
  from tensorflow.contrib import predictor

  print(
    'RESULT',
    [
      round(float(v), 5)
      for v in predictor.from_saved_model(
        p.decode() if isinstance(p, bytes) else p, signature_def_key='classify'
      )({'image': X[:2]})['probabilities'].ravel()
    ],
  )


if __name__ == '__main__':
  tf.logging.set_verbosity(tf.logging.INFO)
  app.run(main)
