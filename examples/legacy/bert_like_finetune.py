"""Fine-tunes a small transformer encoder, as BERT's scripts did.

An encoder of plain ops is pretrained on guessing masked tokens, then a
classifier starts from its checkpoint: TPUEstimator without a TPU, TFRecord
files, init_from_checkpoint with an assignment map, and an optimizer of its own.
The sentences are made up; a sentence is "good" if it has more high tokens than
low ones.
"""

import collections
import json
import math
import os
import re

import numpy as np
import tensorflow.compat.v1 as tf

flags = tf.flags
FLAGS = flags.FLAGS
flags.DEFINE_string('model_dir', None, 'Where all output goes.')
flags.DEFINE_bool('use_tpu', False, 'Whether to use a TPU.')
flags.DEFINE_integer('num_layers', 4, 'Blocks of the encoder.')
flags.DEFINE_float('learning_rate', 5e-4, 'Peak rate of fine-tuning.')
flags.DEFINE_integer('pretrain_steps', 20, 'Steps of pretraining.')
flags.DEFINE_integer('train_steps', 120, 'Steps of fine-tuning.')

VOCABULARY = 40
MASK = 1
CLS = 2  # stands first, and for the whole sentence in the end
LENGTH = 12
HIDDEN = 16
HEADS = 2


def make_sentences(count, seed):
  """Tokens [count, LENGTH], lengths [count] and labels [count]."""
  rng = np.random.RandomState(seed)
  tokens = rng.randint(3, VOCABULARY, [count, LENGTH])
  tokens[:, 0] = CLS
  lengths = rng.randint(LENGTH // 2, LENGTH + 1, [count])
  mask = np.arange(LENGTH) < lengths[:, None]
  high = ((tokens >= VOCABULARY // 2) & mask).sum(1)
  labels = (2 * high > lengths - 1).astype(np.int64)
  return tokens * mask, mask.astype(np.int64), labels


def write_examples(path, count, seed):
  """Writes a TFRecord file of sentences."""

  def feature(values):
    return tf.train.Feature(
      int64_list=tf.train.Int64List(value=np.ravel(values).tolist())
    )

  with tf.python_io.TFRecordWriter(path) as writer:
    for ids, mask, label in zip(*make_sentences(count, seed)):
      features = collections.OrderedDict()
      features['input_ids'] = feature(ids)
      features['input_mask'] = feature(mask)
      features['label_ids'] = feature(label)
      example = tf.train.Example(features=tf.train.Features(feature=features))
      writer.write(example.SerializeToString())


def file_based_input_fn_builder(path, is_training, drop_remainder):
  """An input_fn for TPUEstimator over a TFRecord file."""
  name_to_features = {
    'input_ids': tf.FixedLenFeature([LENGTH], tf.int64),
    'input_mask': tf.FixedLenFeature([LENGTH], tf.int64),
    'label_ids': tf.FixedLenFeature([], tf.int64),
  }

  def decode_record(record):
    # TPUs know int32 only.
    example = tf.parse_single_example(record, name_to_features)
    return {name: tf.cast(t, tf.int32) for name, t in example.items()}

  def input_fn(params):
    data = tf.data.TFRecordDataset(path)
    if is_training:
      data = data.repeat()
    data = data.map(decode_record)
    return data.batch(params['batch_size'], drop_remainder=drop_remainder)

  return input_fn


# --- the encoder --------------------------------------------------------------

_SEEDS = iter(range(1, 1000000))


def initializer(stddev=0.25):
  """Random values that do not depend on the order of the graph's ops."""
  return tf.truncated_normal_initializer(stddev=stddev, seed=next(_SEEDS))


def dense(tensor, units, name, activation=None):
  """A fully connected layer over the last dimension of a matrix."""
  with tf.variable_scope(name):
    width = tensor.shape.as_list()[-1]
    kernel = tf.get_variable(
      'kernel', [width, units], initializer=initializer()
    )
    bias = tf.get_variable('bias', [units], initializer=tf.zeros_initializer())
    output = tf.nn.bias_add(tf.matmul(tensor, kernel), bias)
    return activation(output) if activation else output


def layer_norm(tensor):
  """Layer normalization over the last dimension."""
  with tf.variable_scope('LayerNorm'):
    width = tensor.shape.as_list()[-1]
    beta = tf.get_variable('beta', [width], initializer=tf.zeros_initializer())
    gamma = tf.get_variable('gamma', [width], initializer=tf.ones_initializer())
  mean, variance = tf.nn.moments(tensor, axes=[-1], keep_dims=True)
  return (tensor - mean) * tf.rsqrt(variance + 1e-6) * gamma + beta


def gelu(x):
  """The Gaussian error linear unit, by its tanh approximation."""
  inner = math.sqrt(2 / math.pi) * (x + 0.044715 * tf.pow(x, 3))
  return 0.5 * x * (1.0 + tf.tanh(inner))


def dropout(tensor, rate, is_training):
  if not is_training:
    return tensor
  return tf.nn.dropout(tensor, rate=rate, seed=next(_SEEDS))


def attention(tensor, mask, batch_size, is_training):
  """Multi-headed attention of a matrix [batch * length, hidden] to itself."""
  size = HIDDEN // HEADS

  def heads(name):
    projected = dense(tensor, HIDDEN, name)
    split = tf.reshape(projected, [batch_size, LENGTH, HEADS, size])
    return tf.transpose(split, [0, 2, 1, 3])

  query, key, value = heads('query'), heads('key'), heads('value')
  scores = tf.matmul(query, key, transpose_b=True) / math.sqrt(size)
  scores += (1.0 - tf.cast(mask[:, None, None, :], tf.float32)) * -10000.0
  weights = dropout(tf.nn.softmax(scores), 0.1, is_training)
  context = tf.transpose(tf.matmul(weights, value), [0, 2, 1, 3])
  return tf.reshape(context, [batch_size * LENGTH, HIDDEN])


def encoder(input_ids, input_mask, is_training):
  """The sequence output [batch * length, hidden] and the pooled [batch, hidden]."""
  batch_size = tf.shape(input_ids)[0]
  with tf.variable_scope('bert'):
    with tf.variable_scope('embeddings'):
      table = tf.get_variable(
        'word_embeddings', [VOCABULARY, HIDDEN], initializer=initializer()
      )
      positions = tf.get_variable(
        'position_embeddings', [LENGTH, HIDDEN], initializer=initializer()
      )
      embedded = tf.nn.embedding_lookup(table, input_ids) + positions
      output = layer_norm(tf.reshape(embedded, [-1, HIDDEN]))
      output = dropout(output, 0.1, is_training)
    for index in range(FLAGS.num_layers):
      with tf.variable_scope('encoder/layer_%d' % index):
        with tf.variable_scope('attention'):
          with tf.variable_scope('self'):
            context = attention(output, input_mask, batch_size, is_training)
          with tf.variable_scope('output'):
            attended = dense(context, HIDDEN, 'dense')
            attended = dropout(attended, 0.1, is_training)
            attended = layer_norm(attended + output)
        with tf.variable_scope('intermediate'):
          wide = dense(attended, 2 * HIDDEN, 'dense', gelu)
        with tf.variable_scope('output'):
          narrow = dense(wide, HIDDEN, 'dense')
          narrow = dropout(narrow, 0.1, is_training)
          output = layer_norm(narrow + attended)
    with tf.variable_scope('pooler'):
      first = tf.reshape(output, [-1, LENGTH, HIDDEN])[:, 0]
      pooled = dense(first, HIDDEN, 'dense', tf.tanh)
  return output, pooled, table


# --- training -----------------------------------------------------------------


class AdamWeightDecayOptimizer(tf.train.Optimizer):
  """Adam without bias correction; the decay goes around the moments."""

  def __init__(
    self,
    learning_rate,
    weight_decay_rate=0.01,
    beta_1=0.9,
    beta_2=0.999,
    epsilon=1e-6,
    exclude_from_weight_decay=None,
    name='AdamWeightDecayOptimizer',
  ):
    super(AdamWeightDecayOptimizer, self).__init__(False, name)
    self.learning_rate = learning_rate
    self.weight_decay_rate = weight_decay_rate
    self.beta_1 = beta_1
    self.beta_2 = beta_2
    self.epsilon = epsilon
    self.exclude_from_weight_decay = exclude_from_weight_decay

  def apply_gradients(self, grads_and_vars, global_step=None, name=None):
    assignments = []
    for grad, param in grads_and_vars:
      if grad is None or param is None:
        continue
      param_name = re.match('^(.*):\\d+$', param.name).group(1)
      m = self._moment(param_name + '/adam_m', param)
      v = self._moment(param_name + '/adam_v', param)
      # tf.multiply makes a dense tensor of an embedding's IndexedSlices.
      next_m = self.beta_1 * m + tf.multiply(1.0 - self.beta_1, grad)
      next_v = self.beta_2 * v + tf.multiply(1.0 - self.beta_2, tf.square(grad))
      update = next_m / (tf.sqrt(next_v) + self.epsilon)
      if self._decays(param_name):
        update += self.weight_decay_rate * param
      next_param = param - self.learning_rate * update
      assignments.extend(
        [param.assign(next_param), m.assign(next_m), v.assign(next_v)]
      )
    return tf.group(*assignments, name=name)

  def _moment(self, name, param):
    return tf.get_variable(
      name,
      shape=param.shape.as_list(),
      dtype=tf.float32,
      trainable=False,
      initializer=tf.zeros_initializer(),
    )

  def _decays(self, param_name):
    excluded = self.exclude_from_weight_decay or []
    return not any(re.search(pattern, param_name) for pattern in excluded)


def create_optimizer(loss, peak_rate, num_train_steps, num_warmup, use_tpu):
  """The train op: warmup, linear decay, clipped gradients."""
  global_step = tf.train.get_or_create_global_step()
  rate = tf.train.polynomial_decay(
    tf.constant(peak_rate, tf.float32),
    global_step,
    num_train_steps,
    end_learning_rate=0.0,
    power=1.0,
    cycle=False,
  )
  step = tf.cast(global_step, tf.float32)
  warming = tf.cast(step < num_warmup, tf.float32)
  rate = (1.0 - warming) * rate + warming * peak_rate * step / num_warmup
  optimizer = AdamWeightDecayOptimizer(
    rate, exclude_from_weight_decay=['LayerNorm', 'bias']
  )
  if use_tpu:
    optimizer = tf.tpu.CrossShardOptimizer(optimizer)
  variables = tf.trainable_variables()
  grads, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), 1.0)
  train_op = optimizer.apply_gradients(
    zip(grads, variables), global_step=global_step
  )
  return tf.group(train_op, [global_step.assign(global_step + 1)])


def get_assignment_map_from_checkpoint(variables, checkpoint):
  """What of the checkpoint goes into which variable."""
  name_to_variable = collections.OrderedDict(
    (re.match('^(.*):\\d+$', v.name).group(1), v) for v in variables
  )
  assignment_map = collections.OrderedDict()
  for name, _ in tf.train.list_variables(checkpoint):
    if name in name_to_variable:
      assignment_map[name] = name
  return assignment_map


def pretraining_model_fn_builder():
  """A model that guesses tokens that were masked."""

  def model_fn(features, labels, mode, params):
    del labels
    ids, mask = features['input_ids'], features['input_mask']
    hidden = tf.equal(tf.range(LENGTH) % 4, 1)
    hidden = tf.logical_and(hidden[None, :], tf.cast(mask, tf.bool))
    shown = tf.where(hidden, MASK * tf.ones_like(ids), ids)
    is_training = mode == tf.estimator.ModeKeys.TRAIN
    output, _, table = encoder(shown, mask, is_training)
    with tf.variable_scope('cls/predictions'):
      bias = tf.get_variable(
        'output_bias', [VOCABULARY], initializer=tf.zeros_initializer()
      )
    logits = tf.matmul(output, table, transpose_b=True) + bias
    weights = tf.cast(tf.reshape(hidden, [-1]), tf.float32)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
      labels=tf.reshape(ids, [-1]), logits=logits
    )
    loss = tf.reduce_sum(losses * weights) / tf.reduce_sum(weights)
    train_op = create_optimizer(
      loss, 1e-3, FLAGS.pretrain_steps, 5, params['use_tpu']
    )
    return tf.estimator.tpu.TPUEstimatorSpec(mode, loss=loss, train_op=train_op)

  return model_fn


def classifier_model_fn_builder(init_checkpoint):
  """A model that says whether sentences are good."""

  def model_fn(features, labels, mode, params):
    del labels
    is_training = mode == tf.estimator.ModeKeys.TRAIN
    use_tpu = params['use_tpu']
    _, pooled, _ = encoder(
      features['input_ids'], features['input_mask'], is_training
    )
    output_weights = tf.get_variable(
      'output_weights', [2, HIDDEN], initializer=initializer()
    )
    output_bias = tf.get_variable(
      'output_bias', [2], initializer=tf.zeros_initializer()
    )
    pooled = dropout(pooled, 0.1, is_training)
    logits = tf.matmul(pooled, output_weights, transpose_b=True) + output_bias
    probabilities = tf.nn.softmax(logits, axis=-1)

    assignment_map = get_assignment_map_from_checkpoint(
      tf.trainable_variables(), init_checkpoint
    )
    scaffold_fn = None
    if use_tpu:

      def tpu_scaffold():
        tf.train.init_from_checkpoint(init_checkpoint, assignment_map)
        return tf.train.Scaffold()

      scaffold_fn = tpu_scaffold
    else:
      tf.train.init_from_checkpoint(init_checkpoint, assignment_map)
    tf.logging.info('%d variables *INIT_FROM_CKPT*', len(assignment_map))

    if mode == tf.estimator.ModeKeys.PREDICT:
      return tf.estimator.tpu.TPUEstimatorSpec(
        mode,
        predictions={'probabilities': probabilities},
        scaffold_fn=scaffold_fn,
      )
    label_ids = features['label_ids']
    per_example_loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
      labels=label_ids, logits=logits
    )
    loss = tf.reduce_mean(per_example_loss)
    if is_training:
      train_op = create_optimizer(
        loss, FLAGS.learning_rate, FLAGS.train_steps, 10, use_tpu
      )
      return tf.estimator.tpu.TPUEstimatorSpec(
        mode, loss=loss, train_op=train_op, scaffold_fn=scaffold_fn
      )

    def metric_fn(per_example_loss, label_ids, logits):
      predicted = tf.argmax(logits, axis=-1, output_type=tf.int32)
      return {
        'eval_accuracy': tf.metrics.accuracy(label_ids, predicted),
        'eval_loss': tf.metrics.mean(per_example_loss),
      }

    return tf.estimator.tpu.TPUEstimatorSpec(
      mode,
      loss=loss,
      eval_metrics=(metric_fn, [per_example_loss, label_ids, logits]),
      scaffold_fn=scaffold_fn,
    )

  return model_fn


def make_estimator(model_fn, name):
  tpu_config = tf.estimator.tpu.TPUConfig(
    iterations_per_loop=10,
    num_shards=8,
    per_host_input_for_training=tf.estimator.tpu.InputPipelineConfig.PER_HOST_V2,
  )
  run_config = tf.estimator.tpu.RunConfig(
    model_dir=os.path.join(FLAGS.model_dir, name),
    save_checkpoints_steps=1000,
    tf_random_seed=7,
    tpu_config=tpu_config,
  )
  return tf.estimator.tpu.TPUEstimator(
    model_fn=model_fn,
    config=run_config,
    use_tpu=FLAGS.use_tpu,
    train_batch_size=32,
    eval_batch_size=8,
    predict_batch_size=8,
  )


def serving_input_receiver_fn():
  """Sentences as tensors, for a server."""
  names = ('input_ids', 'input_mask')
  features = {
    name: tf.placeholder(tf.int32, [None, LENGTH], name) for name in names
  }
  return tf.estimator.export.ServingInputReceiver(features, dict(features))


def main(_):
  tf.logging.set_verbosity(tf.logging.INFO)
  tf.gfile.MakeDirs(FLAGS.model_dir)
  train_file = os.path.join(FLAGS.model_dir, 'train.tf_record')
  eval_file = os.path.join(FLAGS.model_dir, 'eval.tf_record')
  write_examples(train_file, 256, 1)
  write_examples(eval_file, 60, 2)
  train_input_fn = file_based_input_fn_builder(train_file, True, True)
  eval_input_fn = file_based_input_fn_builder(eval_file, False, False)

  pretraining = make_estimator(pretraining_model_fn_builder(), 'pretraining')
  pretraining.train(train_input_fn, max_steps=FLAGS.pretrain_steps)
  init_checkpoint = tf.train.latest_checkpoint(pretraining.model_dir)

  classifier = make_estimator(
    classifier_model_fn_builder(init_checkpoint), 'classifier'
  )
  before = classifier.evaluate(eval_input_fn)
  classifier.train(train_input_fn, max_steps=FLAGS.train_steps)
  after = classifier.evaluate(eval_input_fn)
  probabilities = [
    p['probabilities'].tolist() for p in classifier.predict(eval_input_fn)
  ]
  exported = classifier.export_saved_model(
    os.path.join(FLAGS.model_dir, 'export'), serving_input_receiver_fn
  )

  def plain(metrics):
    return {key: float(value) for key, value in metrics.items()}

  names = classifier.get_variable_names()
  print(
    'RESULT',
    json.dumps(
      {
        'before': plain(before),
        'after': plain(after),
        'predictions': len(probabilities),
        'first': probabilities[:3],
        'variables': len(names),
        'moments': sum(name.endswith(('/adam_m', '/adam_v')) for name in names),
        'exported': sorted(tf.gfile.ListDirectory(exported)),
      }
    ),
  )


if __name__ == '__main__':
  tf.disable_v2_behavior()
  flags.mark_flag_as_required('model_dir')
  tf.app.run()
