"""Functions of tf.contrib on given numbers: the same in both TensorFlows."""

import numpy as np
import tensorflow as tf
from tensorflow.contrib import (
  crf,
  image,
  layers,
  lookup,
  metrics,
  opt,
  rnn,
  seq2seq,
)
from tensorflow.contrib.sparsemax import sparsemax, sparsemax_loss


def numbers(*shape):
  """Values between -1 and 1 that do not repeat."""
  count = int(np.prod(shape))
  return np.sin(np.arange(1, count + 1) * 1.7).reshape(shape).astype('f')


def initializer(shape, dtype=tf.float32, partition_info=None):
  shape = [int(size) for size in shape]
  return tf.constant(0.4 * numbers(*shape), dtype)


def run(build):
  """What a function builds, and the variables it makes, by name and value."""
  with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
    tf.get_variable_scope().set_initializer(initializer)
    built = build()
    session.run(
      [
        tf.global_variables_initializer(),
        tf.local_variables_initializer(),
        tf.tables_initializer(),
      ]
    )
    variables = {v.op.name: v for v in tf.global_variables()}
    steps = built.pop('steps', [])
    for step in steps:
      session.run(step)
    result = session.run(built)
    return {
      'result': result,
      'variables': session.run(variables),
    }


def crf_functions():

  def build():
    potentials, lengths = (
      tf.constant(numbers(4, 5, 3)),
      tf.constant([5, 3, 1, 0]),
    )
    tags = tf.constant((numbers(4, 5) > 0).astype('i'))
    bitmap = tf.constant(numbers(4, 5, 3) > -0.5)
    likelihood, transitions = crf.crf_log_likelihood(potentials, tags, lengths)
    decoded, best = crf.crf_decode(potentials, transitions, lengths)
    return {
      'likelihood': likelihood,
      'gradient': tf.gradients(tf.reduce_mean(-likelihood), transitions)[0],
      'decoded': decoded,
      'best': best,
      'norm': crf.crf_log_norm(potentials, lengths, transitions),
      'unary': crf.crf_unary_score(tags, lengths, potentials),
      'binary': crf.crf_binary_score(tags, lengths, transitions),
      'score': crf.crf_sequence_score(potentials, tags, lengths, transitions),
      'several': crf.crf_multitag_sequence_score(
        potentials, bitmap, lengths, transitions
      ),
    }

  result = run(build)
  path, score = crf.viterbi_decode(numbers(6, 3), numbers(3, 3))
  result['viterbi'] = [np.array(path), np.array(score)]
  return result


def one_step_crf():
  def build():
    potentials = tf.constant(numbers(2, 1, 3))
    lengths, tags = tf.constant([1, 1]), tf.constant([[0], [2]])
    likelihood, transitions = crf.crf_log_likelihood(potentials, tags, lengths)
    decoded, best = crf.crf_decode(potentials, transitions, lengths)
    return {'likelihood': likelihood, 'decoded': decoded, 'best': best}

  return run(build)


def cells():
  def build():
    x = tf.constant(numbers(2, 4, 3))
    lengths = tf.constant([4, 2])
    built = {}
    for name, cell in [
      ('block', rnn.LSTMBlockCell(5)),
      (
        'peephole',
        rnn.LSTMBlockCell(5, use_peephole=True, cell_clip=0.1, forget_bias=0.3),
      ),
      ('norm', rnn.LayerNormBasicLSTMCell(5)),
      ('plain', rnn.LayerNormBasicLSTMCell(5, layer_norm=False)),
      ('gru', rnn.GRUBlockCell(5)),
      ('gru2', rnn.GRUBlockCellV2(5)),
      ('out', rnn.OutputProjectionWrapper(rnn.BasicLSTMCell(5), 2)),
      ('in', rnn.InputProjectionWrapper(rnn.GRUCell(5), 4)),
      ('stack', rnn.MultiRNNCell([rnn.BasicLSTMCell(5), rnn.LSTMBlockCell(4)])),
      ('dropout', rnn.DropoutWrapper(rnn.BasicLSTMCell(5), 1.0)),
      ('lstm', rnn.LSTMCell(5, num_proj=3, use_peepholes=True)),
      ('residual', rnn.ResidualWrapper(rnn.BasicRNNCell(3))),
    ]:
      built[name] = tf.nn.dynamic_rnn(
        cell, x, lengths, dtype=tf.float32, scope=name
      )
    major = tf.transpose(x, [1, 0, 2])
    fused = rnn.LSTMBlockFusedCell(5)
    back = rnn.TimeReversedFusedRNN(rnn.LSTMBlockFusedCell(5))
    with tf.variable_scope('fw'):
      built['fused'] = fused(major, dtype=tf.float32, sequence_length=lengths)
    with tf.variable_scope('bw'):
      built['reversed'] = back(major, dtype=tf.float32, sequence_length=lengths)
    with tf.variable_scope('all'):
      built['whole'] = rnn.LSTMBlockFusedCell(5, use_peephole=True)(
        major, dtype=tf.float32
      )
    with tf.variable_scope('adaptor'):
      built['adaptor'] = rnn.FusedRNNCellAdaptor(
        rnn.GRUCell(3), use_dynamic_rnn=True
      )(major, dtype=tf.float32, sequence_length=lengths)
    built['stacked'] = rnn.stack_bidirectional_dynamic_rnn(
      [rnn.BasicLSTMCell(3), rnn.BasicLSTMCell(2)],
      [rnn.BasicLSTMCell(3), rnn.BasicLSTMCell(2)],
      x,
      dtype=tf.float32,
      sequence_length=lengths,
    )
    built['static'] = rnn.stack_bidirectional_rnn(
      [rnn.GRUCell(3)],
      [rnn.GRUCell(3)],
      tf.unstack(x, axis=1),
      dtype=tf.float32,
      scope='static',
    )
    with tf.variable_scope('embed'):
      built['embedded'] = rnn.static_rnn(
        rnn.EmbeddingWrapper(rnn.GRUCell(3), 6, 2),
        tf.unstack(tf.constant([[1, 2], [3, 5]]), axis=1),
        dtype=tf.float32,
      )
    total = tf.add_n(
      [tf.reduce_sum(v) for v in tf.contrib.framework.nest.flatten(built)]
    )
    built['gradients'] = {
      v.op.name: tf.convert_to_tensor(tf.gradients(total, v)[0])
      for v in tf.trainable_variables()
      if 'block' in v.name or 'fw' in v.name or 'norm' in v.name
    }
    return built

  return run(build)


def convolutions():
  slim = tf.contrib.slim

  def build():
    images = tf.constant(numbers(2, 8, 8, 3))
    with slim.arg_scope(
      [slim.conv2d, slim.fully_connected],
      weights_initializer=initializer,
      weights_regularizer=slim.l2_regularizer(0.01),
      normalizer_fn=slim.batch_norm,
    ):
      with slim.arg_scope([slim.batch_norm], is_training=True, decay=0.9):
        net = slim.conv2d(images, 4, [3, 3], scope='conv1')
        net = slim.repeat(net, 2, slim.conv2d, 4, [3, 3], scope='conv2')
        net = slim.max_pool2d(net, [2, 2], scope='pool')
        net = slim.separable_conv2d(
          net, 3, [3, 3], 1, weights_initializer=initializer, scope='sep'
        )
        net = slim.flatten(net)
        logits = slim.fully_connected(
          net, 3, activation_fn=None, normalizer_fn=None, scope='logits'
        )
    normed = layers.layer_norm(logits, scope='norm')
    slim.losses.softmax_cross_entropy(
      logits, tf.constant([[1, 0, 0], [0, 1, 0]])
    )
    loss = slim.losses.get_total_loss()
    train = slim.learning.create_train_op(
      loss,
      tf.train.GradientDescentOptimizer(0.1),
      global_step=tf.train.get_or_create_global_step(),
    )
    return {'loss': loss, 'normed': normed, 'steps': [train, train]}

  return run(build)


def optimized():
  def build():
    x = tf.constant(numbers(6, 3))
    step = tf.train.get_or_create_global_step()
    hidden = layers.fully_connected(
      x,
      4,
      weights_initializer=initializer,
      weights_regularizer=layers.l1_l2_regularizer(0.01, 0.02),
    )
    hidden = layers.batch_norm(
      hidden, is_training=True, center=True, scale=True
    )
    ids = tf.constant([[1, 2, 0], [3, 3, 1]])
    embedded = layers.embed_sequence(ids, 5, 2, scope='words')
    unique = layers.embed_sequence(ids, 5, 2, unique=True, scope='words2')
    bow = layers.bow_encoder(ids, 5, 2, scope='bow')
    dense_bow = layers.bow_encoder(ids, 5, 2, sparse_lookup=False, scope='bow2')
    loss = tf.reduce_mean(tf.square(hidden)) + tf.reduce_sum(embedded**2)
    loss += tf.reduce_sum(unique**2) + tf.reduce_sum(bow**2)
    loss += tf.reduce_sum(dense_bow**2)
    loss += tf.add_n(tf.losses.get_regularization_losses())
    train = layers.optimize_loss(
      loss,
      step,
      learning_rate=0.1,
      optimizer='SGD',
      clip_gradients=0.5,
      learning_rate_decay_fn=lambda rate, step: tf.train.exponential_decay(
        rate, step, 2, 0.5
      ),
    )
    return {
      'loss': loss,
      'bow': bow,
      'dense_bow': dense_bow,
      'steps': [train] * 3,
    }

  return run(build)


def optimizers(sparse):
  result = {}
  for name, make in [
    ('lazy', lambda: opt.LazyAdamOptimizer(0.1)),
    ('nadam', lambda: opt.NadamOptimizer(0.1)),
    ('adamax', lambda: opt.AdaMaxOptimizer(0.1)),
    ('adamw', lambda: opt.AdamWOptimizer(0.01, 0.1)),
    ('momentumw', lambda: opt.MomentumWOptimizer(0.01, 0.1, 0.9)),
    (
      'extended',
      lambda: opt.extend_with_decoupled_weight_decay(tf.train.AdagradOptimizer)(
        weight_decay=0.01, learning_rate=0.1
      ),
    ),
    ('lars', lambda: opt.LARSOptimizer(0.1, skip_list=['bias'])),
    ('addsign', lambda: opt.AddSignOptimizer(0.02, 0.7, 0.4)),
    (
      'powersign',
      lambda: opt.PowerSignOptimizer(0.02, 1.5, 0.8, lambda n: 1 / (n + 1)),
    ),
    (
      'average',
      lambda: opt.MovingAverageOptimizer(
        tf.train.AdamOptimizer(0.1), average_decay=0.5
      ),
    ),
    (
      'clipped',
      lambda: tf.contrib.estimator.clip_gradients_by_norm(
        tf.train.AdamOptimizer(0.1), 0.01
      ),
    ),
    (
      'multitask',
      lambda: opt.MultitaskOptimizerWrapper(
        tf.train.MomentumOptimizer(0.1, 0.9)
      ),
    ),
  ]:
    if sparse and name in ('adamax', 'nadam'):
      continue

    def build(make=make, name=name):
      # Variables of TF 1's own kind may be read before or after they shrink.
      resource = name in ('adamw', 'momentumw', 'extended')
      table = tf.get_variable('table', [5, 3], use_resource=resource)
      bias = tf.get_variable('bias', [3], use_resource=resource)
      rows = tf.gather(table, [1, 3, 4]) if sparse else table
      loss = tf.reduce_sum(tf.square(tf.matmul(rows, numbers(3, 2)) + 0.5))
      loss += tf.reduce_sum(bias**2)
      train = make().minimize(
        loss, global_step=tf.train.get_or_create_global_step()
      )
      return {'loss': loss, 'steps': [train] * 4}

    result[name] = run(build)
  return result


def losses():
  def build():
    logits, targets = numbers(2, 3, 4), np.array([[0, 1, 3], [2, 2, 1]])
    weights = np.array([[1, 0.5, 1], [1, 1, 0]], 'f')
    built = {}
    for steps in (True, False):
      for batch in (True, False):
        built['mean_%s_%s' % (steps, batch)] = seq2seq.sequence_loss(
          tf.constant(logits),
          tf.constant(targets),
          tf.constant(weights),
          average_across_timesteps=steps,
          average_across_batch=batch,
        )
    built['sum'] = seq2seq.sequence_loss(
      tf.constant(logits),
      tf.constant(targets),
      tf.constant(weights),
      average_across_timesteps=False,
      average_across_batch=False,
      sum_over_timesteps=True,
      sum_over_batch=True,
    )
    z = tf.constant(numbers(3, 4))
    built['sparsemax'] = sparsemax(z)
    built['sparsemax_loss'] = sparsemax_loss(
      z, sparsemax(z), tf.constant(np.eye(3, 4, dtype='f'))
    )
    built['softplus'] = tf.contrib.nn.scaled_softplus(z, 0.5, 0.6)
    built['nth'] = tf.contrib.nn.nth_element(z, 1, reverse=True)
    return built

  return run(build)


def images():
  def build():
    pictures = tf.constant(numbers(2, 6, 5, 1))
    return {
      'rotated': image.rotate(pictures, [0.3, -1.0]),
      'bilinear': image.rotate(pictures, 0.5, interpolation='BILINEAR'),
      'moved': image.translate(pictures, [1, 2]),
      'one': image.transform(
        tf.constant(numbers(6, 5)), [1.0, 0.2, 0.5, 0, 1, 0.3, 0, 0]
      ),
      'angles': image.angles_to_projective_transforms([0.2, 1.0], 4, 6),
      'composed': image.compose_transforms(
        [1.0, 0.2, 3.0, 0.1, 1.0, 2.0, 0.01, 0],
        [0.5, 0, 1.0, 0, 2.0, 1.0, 0, 0.02],
      ),
      'warped': image.dense_image_warp(
        pictures, tf.constant(3 * numbers(2, 6, 5, 2))
      ),
    }

  return run(build)


def tables():
  def build():
    words = tf.constant(['a', 'b', 'c'])
    tables = lookup.HashTable(
      lookup.KeyValueTensorInitializer(['x', 'y'], [3, 4], tf.string, tf.int64),
      -1,
    )
    ids = lookup.index_table_from_tensor(mapping=words, num_oov_buckets=2)
    back = lookup.index_to_string_table_from_tensor(mapping=words)
    return {
      'hash': tables.lookup(tf.constant(['y', 'q'])),
      'ids': ids.lookup(tf.constant(['c', 'zz', 'a', 'other'])),
      'words': back.lookup(tf.constant([2, 0, 9], tf.int64)),
      'direct': lookup.string_to_index(tf.constant(['b', '?']), words),
    }

  return run(build)


def streaming():
  def build():
    labels = tf.constant([1, 0, 1, 1, 0, 1])
    guesses = tf.constant([1, 1, 0, 1, 0, 1])
    scores = tf.constant([0.9, 0.6, 0.4, 0.7, 0.2, 0.8])
    built = {
      'accuracy': metrics.streaming_accuracy(guesses, labels),
      'precision': metrics.streaming_precision(guesses, labels),
      'recall': metrics.streaming_recall(guesses, labels),
      'auc': metrics.streaming_auc(scores, labels),
      'mean': metrics.streaming_mean(scores),
      'iou': metrics.streaming_mean_iou(guesses, labels, 2),
      'f1': metrics.f1_score(labels, scores),
      'pearson': metrics.streaming_pearson_correlation(
        scores, tf.cast(labels, tf.float32)
      ),
    }
    updates = [update for _, update in built.values()]
    return {
      'values': {name: value for name, (value, _) in built.items()},
      'steps': [updates],
    }

  return run(build)


def all_of_them():
  return {
    'crf': crf_functions(),
    'one_step_crf': one_step_crf(),
    'cells': cells(),
    'convolutions': convolutions(),
    'optimized': optimized(),
    'dense_optimizers': optimizers(False),
    'sparse_optimizers': optimizers(True),
    'losses': losses(),
    'images': images(),
    'tables': tables(),
    'streaming': streaming(),
  }
