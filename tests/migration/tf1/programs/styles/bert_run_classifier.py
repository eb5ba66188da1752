"""In the style of BERT's run_classifier: TPUEstimator, tf.contrib.layers.

Written for this test; prints what is compared.
"""

from __future__ import absolute_import, division, print_function
import collections, csv, os, math, re, json
import tensorflow as tf

flags = tf.flags
FLAGS = flags.FLAGS
flags.DEFINE_string('output_dir', None, 'out')
flags.DEFINE_string('data_dir', None, 'd')
flags.DEFINE_bool('use_tpu', False, '')
flags.DEFINE_bool('do_train', True, '')
flags.DEFINE_integer('num_tpu_cores', 8, '')
flags.DEFINE_integer('iterations_per_loop', 3, '')
tf.flags.DEFINE_string('tpu_name', None, '')
tf.flags.DEFINE_string('master', None, '')


class BertConfig(object):
  def __init__(
    self,
    vocab_size,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=32,
    hidden_dropout_prob=0.0,
    initializer_range=0.02,
  ):
    self.__dict__.update(locals())
    del self.__dict__['self']

  @classmethod
  def from_json_file(cls, f):
    with tf.gfile.GFile(f, 'r') as reader:
      return cls(**json.loads(reader.read()))


def layer_norm(x, name=None):
  return tf.contrib.layers.layer_norm(
    inputs=x, begin_norm_axis=-1, begin_params_axis=-1, scope=name
  )


def get_shape_list(t):
  return [
    d if d is not None else tf.shape(t)[i]
    for i, d in enumerate(t.shape.as_list())
  ]


def create_initializer(r=0.02):
  return tf.truncated_normal_initializer(stddev=r, seed=7)


def gelu(x):
  return x * 0.5 * (1.0 + tf.erf(x / tf.sqrt(2.0)))


def transformer(ids, mask, cfg, training):
  with tf.variable_scope('bert', default_name='bert'):
    with tf.variable_scope('embeddings'):
      table = tf.get_variable(
        'word_embeddings',
        [cfg.vocab_size, cfg.hidden_size],
        initializer=create_initializer(cfg.initializer_range),
      )
      flat = tf.reshape(ids, [-1])
      out = tf.gather(table, flat)
      B, T = get_shape_list(ids)
      out = tf.reshape(out, [B, T, cfg.hidden_size])
      assert_op = tf.assert_less_equal(T, 16)
      with tf.control_dependencies([assert_op]):
        pos = tf.slice(
          tf.get_variable(
            'position_embeddings',
            [16, cfg.hidden_size],
            initializer=create_initializer(),
          ),
          [0, 0],
          [T, -1],
        )
      out = layer_norm(out + pos)
      out = tf.nn.dropout(out, keep_prob=1.0)
    adder = (1.0 - tf.cast(mask[:, None, None, :], tf.float32)) * -10000.0
    h = cfg.hidden_size // cfg.num_attention_heads

    def heads(x, name):
      y = tf.layers.dense(
        x, cfg.hidden_size, name=name, kernel_initializer=create_initializer()
      )
      return tf.transpose(
        tf.reshape(y, [B, T, cfg.num_attention_heads, h]), [0, 2, 1, 3]
      )

    with tf.variable_scope('encoder'):
      for i in range(cfg.num_hidden_layers):
        with tf.variable_scope('layer_%d' % i):
          with tf.variable_scope('attention'):
            with tf.variable_scope('self'):
              q, k, v = (
                heads(out, 'query'),
                heads(out, 'key'),
                heads(out, 'value'),
              )
              s = (
                tf.matmul(q, k, transpose_b=True) * (1.0 / math.sqrt(float(h)))
                + adder
              )
              ctx = tf.reshape(
                tf.transpose(tf.matmul(tf.nn.softmax(s), v), [0, 2, 1, 3]),
                [B, T, cfg.hidden_size],
              )
            with tf.variable_scope('output'):
              out = layer_norm(
                tf.layers.dense(
                  ctx, cfg.hidden_size, kernel_initializer=create_initializer()
                )
                + out
              )
          with tf.variable_scope('intermediate'):
            inter = tf.layers.dense(
              out,
              cfg.intermediate_size,
              activation=gelu,
              kernel_initializer=create_initializer(),
            )
          with tf.variable_scope('output'):
            out = layer_norm(
              tf.layers.dense(
                inter, cfg.hidden_size, kernel_initializer=create_initializer()
              )
              + out
            )
    with tf.variable_scope('pooler'):
      return tf.layers.dense(
        tf.squeeze(out[:, 0:1, :], axis=1),
        cfg.hidden_size,
        activation=tf.tanh,
        kernel_initializer=create_initializer(),
      )


class AdamWeightDecayOptimizer(tf.train.Optimizer):
  def __init__(
    self,
    learning_rate,
    weight_decay_rate=0.0,
    beta_1=0.9,
    beta_2=0.999,
    epsilon=1e-6,
    exclude_from_weight_decay=None,
    name='AdamWeightDecayOptimizer',
  ):
    super(AdamWeightDecayOptimizer, self).__init__(False, name)
    self.lr, self.wd, self.b1, self.b2, self.eps, self.ex = (
      learning_rate,
      weight_decay_rate,
      beta_1,
      beta_2,
      epsilon,
      exclude_from_weight_decay,
    )

  def apply_gradients(self, grads_and_vars, global_step=None, name=None):
    assignments = []
    for grad, param in grads_and_vars:
      if grad is None or param is None:
        continue
      pn = re.match('^(.*):\\d+$', param.name).group(1)
      m = tf.get_variable(
        name=pn + '/adam_m',
        shape=param.shape.as_list(),
        dtype=tf.float32,
        trainable=False,
        initializer=tf.zeros_initializer(),
      )
      v = tf.get_variable(
        name=pn + '/adam_v',
        shape=param.shape.as_list(),
        dtype=tf.float32,
        trainable=False,
        initializer=tf.zeros_initializer(),
      )
      nm = tf.multiply(self.b1, m) + tf.multiply(1.0 - self.b1, grad)
      nv = tf.multiply(self.b2, v) + tf.multiply(1.0 - self.b2, tf.square(grad))
      u = nm / (tf.sqrt(nv) + self.eps)
      if not any(re.search(r, pn) for r in self.ex or []):
        u += self.wd * param
      assignments.extend(
        [param.assign(param - self.lr * u), m.assign(nm), v.assign(nv)]
      )
    return tf.group(*assignments, name=name)


def create_optimizer(loss, init_lr, num_train_steps, num_warmup_steps, use_tpu):
  global_step = tf.train.get_or_create_global_step()
  lr = tf.constant(value=init_lr, shape=[], dtype=tf.float32)
  lr = tf.train.polynomial_decay(
    lr,
    global_step,
    num_train_steps,
    end_learning_rate=0.0,
    power=1.0,
    cycle=False,
  )
  gi = tf.cast(global_step, tf.int32)
  wi = tf.constant(num_warmup_steps, dtype=tf.int32)
  isw = tf.cast(gi < wi, tf.float32)
  lr = (1.0 - isw) * lr + isw * init_lr * tf.cast(gi, tf.float32) / tf.cast(
    wi, tf.float32
  )
  optimizer = AdamWeightDecayOptimizer(
    lr, 0.01, exclude_from_weight_decay=['LayerNorm', 'layer_norm', 'bias']
  )
  if use_tpu:
    optimizer = tf.contrib.tpu.CrossShardOptimizer(optimizer)
  tvars = tf.trainable_variables()
  grads = tf.gradients(loss, tvars)
  (grads, _) = tf.clip_by_global_norm(grads, clip_norm=1.0)
  train_op = optimizer.apply_gradients(
    zip(grads, tvars), global_step=global_step
  )
  with tf.control_dependencies([train_op]):
    return tf.group(global_step.assign(global_step + 1))


def get_assignment_map_from_checkpoint(tvars, init_checkpoint):
  name_to_variable = collections.OrderedDict()
  for var in tvars:
    name_to_variable[re.match('^(.*):\\d+$', var.name).group(1)] = var
  amap, names = collections.OrderedDict(), {}
  for name, _ in tf.train.list_variables(init_checkpoint):
    if name in name_to_variable:
      amap[name] = name
      names[name] = names[name + ':0'] = 1
  return amap, names


def model_fn_builder(cfg, init_checkpoint, use_tpu):
  def model_fn(features, labels, mode, params):
    tf.logging.info('*** Features ***')
    for name in sorted(features.keys()):
      tf.logging.info('  name = %s, shape = %s' % (name, features[name].shape))
    training = mode == tf.estimator.ModeKeys.TRAIN
    pooled = transformer(
      features['input_ids'], features['input_mask'], cfg, training
    )
    w = tf.get_variable(
      'output_weights',
      [2, cfg.hidden_size],
      initializer=tf.truncated_normal_initializer(stddev=0.02, seed=2),
    )
    b = tf.get_variable('output_bias', [2], initializer=tf.zeros_initializer())
    with tf.variable_scope('loss'):
      logits = tf.nn.bias_add(tf.matmul(pooled, w, transpose_b=True), b)
      probs = tf.nn.softmax(logits, axis=-1)
      lp = tf.nn.log_softmax(logits, axis=-1)
      per_example = -tf.reduce_sum(
        tf.one_hot(features['label_ids'], depth=2, dtype=tf.float32) * lp,
        axis=-1,
      )
      loss = tf.reduce_mean(per_example)
    tvars = tf.trainable_variables()
    scaffold_fn = None
    if init_checkpoint:
      amap, names = get_assignment_map_from_checkpoint(tvars, init_checkpoint)
      tf.train.init_from_checkpoint(init_checkpoint, amap)
    if training:
      return tf.contrib.tpu.TPUEstimatorSpec(
        mode=mode,
        loss=loss,
        train_op=create_optimizer(loss, 1e-3, 9, 2, use_tpu),
        scaffold_fn=scaffold_fn,
      )
    if mode == tf.estimator.ModeKeys.EVAL:

      def metric_fn(per_example, label_ids, logits, is_real):
        pr = tf.argmax(logits, axis=-1, output_type=tf.int32)
        return {
          'eval_accuracy': tf.metrics.accuracy(
            labels=label_ids, predictions=pr, weights=is_real
          ),
          'eval_loss': tf.metrics.mean(values=per_example, weights=is_real),
        }

      return tf.contrib.tpu.TPUEstimatorSpec(
        mode=mode,
        loss=loss,
        eval_metrics=(
          metric_fn,
          [
            per_example,
            features['label_ids'],
            logits,
            tf.cast(features['is_real_example'], tf.float32),
          ],
        ),
        scaffold_fn=scaffold_fn,
      )
    return tf.contrib.tpu.TPUEstimatorSpec(
      mode=mode, predictions={'probabilities': probs}, scaffold_fn=scaffold_fn
    )

  return model_fn


def write(path):
  w = tf.python_io.TFRecordWriter(path)
  for i in range(20):
    f = collections.OrderedDict()
    ci = lambda v: tf.train.Feature(
      int64_list=tf.train.Int64List(value=list(v))
    )
    f['input_ids'] = ci([(i * 7 + j * 3) % 30 for j in range(8)])
    f['input_mask'] = ci([1] * (4 + i % 4) + [0] * (4 - i % 4))
    f['label_ids'] = ci([i % 2])
    f['is_real_example'] = ci([1])
    w.write(
      tf.train.Example(
        features=tf.train.Features(feature=f)
      ).SerializeToString()
    )
  w.close()


def file_based_input_fn_builder(path, is_training, drop_remainder):
  spec = {
    'input_ids': tf.FixedLenFeature([8], tf.int64),
    'input_mask': tf.FixedLenFeature([8], tf.int64),
    'label_ids': tf.FixedLenFeature([], tf.int64),
    'is_real_example': tf.FixedLenFeature([], tf.int64),
  }

  def _decode_record(record, spec):
    ex = tf.parse_single_example(record, spec)
    for name in list(ex.keys()):
      t = ex[name]
      if t.dtype == tf.int64:
        t = tf.to_int32(t)
      ex[name] = t
    return ex

  def input_fn(params):
    d = tf.data.TFRecordDataset(path)
    if is_training:
      d = d.repeat()
      d = d.shuffle(buffer_size=1)
    return d.apply(
      tf.contrib.data.map_and_batch(
        lambda r: _decode_record(r, spec),
        batch_size=params['batch_size'],
        drop_remainder=drop_remainder,
      )
    )

  return input_fn


def main(_):
  tf.logging.set_verbosity(tf.logging.INFO)
  tf.gfile.MakeDirs(FLAGS.output_dir)
  cp = os.path.join(FLAGS.output_dir, 'cfg.json')
  with tf.gfile.Open(cp, 'w') as f:
    f.write(json.dumps({'vocab_size': 30}))
  cfg = BertConfig.from_json_file(cp)
  rec = os.path.join(FLAGS.output_dir, 'x.tf_record')
  write(rec)
  tpu_cluster_resolver = None
  if FLAGS.use_tpu and FLAGS.tpu_name:
    tpu_cluster_resolver = tf.contrib.cluster_resolver.TPUClusterResolver(
      FLAGS.tpu_name
    )
  is_per_host = tf.contrib.tpu.InputPipelineConfig.PER_HOST_V2
  run_config = tf.contrib.tpu.RunConfig(
    cluster=tpu_cluster_resolver,
    master=FLAGS.master,
    model_dir=FLAGS.output_dir,
    save_checkpoints_steps=4,
    tf_random_seed=1,
    tpu_config=tf.contrib.tpu.TPUConfig(
      iterations_per_loop=FLAGS.iterations_per_loop,
      num_shards=FLAGS.num_tpu_cores,
      per_host_input_for_training=is_per_host,
    ),
  )
  est = tf.contrib.tpu.TPUEstimator(
    use_tpu=FLAGS.use_tpu,
    model_fn=model_fn_builder(cfg, None, FLAGS.use_tpu),
    config=run_config,
    train_batch_size=4,
    eval_batch_size=5,
    predict_batch_size=5,
  )
  est.train(input_fn=file_based_input_fn_builder(rec, True, True), max_steps=9)
  r = est.evaluate(
    input_fn=file_based_input_fn_builder(rec, False, False), steps=None
  )
  print('RESULT', sorted((k, float(v)) for k, v in r.items()))
  p = [
    list(map(float, q['probabilities']))
    for q in est.predict(
      input_fn=file_based_input_fn_builder(rec, False, False)
    )
  ]
  print('RESULT', p[:4], len(p))
  print('KEYS', sorted(tf.train.list_variables(FLAGS.output_dir)))
  # fine-tune from it
  out2 = os.path.join(FLAGS.output_dir, 'ft')
  est = tf.contrib.tpu.TPUEstimator(
    use_tpu=False,
    model_fn=model_fn_builder(
      cfg, tf.train.latest_checkpoint(FLAGS.output_dir), False
    ),
    config=run_config.replace(model_dir=out2),
    train_batch_size=4,
    eval_batch_size=5,
    predict_batch_size=5,
  )
  est.train(input_fn=file_based_input_fn_builder(rec, True, True), steps=3)
  r = est.evaluate(
    input_fn=file_based_input_fn_builder(rec, False, False), steps=2
  )
  print('RESULT', sorted((k, float(v)) for k, v in r.items()))


if __name__ == '__main__':
  flags.mark_flag_as_required('output_dir')
  tf.app.run()
