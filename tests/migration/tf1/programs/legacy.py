"""What old programs use: lists of steps, cuDNN's cells, heads, generators."""

import numpy as np
import tensorflow as tf
from tensorflow.contrib import estimator, learn, rnn


def numbers(*shape):
  """Values between -1 and 1 that do not repeat."""
  count = int(np.prod(shape))
  return np.sin(np.arange(1, count + 1) * 1.7).reshape(shape).astype('f')


def initializer(shape, dtype=tf.float32, partition_info=None):
  shape = [int(size) for size in shape]
  return tf.constant(0.7 * numbers(*shape), dtype)


def run(build):
  """What a function builds after steps, gradients of its loss, variables."""
  with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
    tf.get_variable_scope().set_initializer(initializer)
    built = build()
    steps = built.pop('steps', [])
    fetched = {
      'result': built,
      'variables': {v.op.name: v for v in tf.global_variables()},
    }
    trained = tf.trainable_variables()
    if trained:
      gradients = zip(trained, tf.gradients(built['loss'], trained))
      fetched['gradients'] = {
        variable.op.name: tf.convert_to_tensor(gradient)
        for variable, gradient in gradients
        if gradient is not None
      }
    session.run(
      [tf.global_variables_initializer(), tf.local_variables_initializer()]
    )
    for step in steps:
      session.run(step)
    return session.run(fetched)


def symbols(call, chosen=None, **kwargs):
  """A model over symbols; `chosen`: whether they are fed, as a tensor."""
  legacy = tf.contrib.legacy_seq2seq

  def build():
    sources = tf.unstack(tf.constant([[1, 2], [3, 0], [2, 2]]))
    targets = tf.unstack(tf.constant([[0, 2], [1, 1]]))
    if chosen is not None:
      kwargs['feed_previous'] = tf.constant(chosen)
    outputs, state = getattr(legacy, call)(
      sources, targets, rnn.BasicLSTMCell(3), embedding_size=2, **kwargs
    )
    weights = [tf.ones([2])] * 2
    loss = legacy.sequence_loss(outputs, targets, weights)
    return {'outputs': outputs, 'state': list(state), 'loss': loss}

  return run(build)


def buckets():
  legacy = tf.contrib.legacy_seq2seq

  def build():
    steps = [tf.constant([each, 1]) for each in range(4)]
    targets = [tf.constant([2, each]) for each in range(4)]
    outputs, losses = legacy.model_with_buckets(
      steps,
      steps,
      targets,
      [tf.ones([2])] * 4,
      [(2, 1), (4, 3)],
      lambda x, y: legacy.embedding_attention_seq2seq(
        x, y, rnn.GRUCell(3), 5, 5, 2
      ),
    )
    return {'outputs': outputs, 'loss': tf.add_n(losses), 'each': losses}

  return run(build)


def legacy_models():
  words = {'num_encoder_symbols': 4, 'num_decoder_symbols': 5}
  projection = (numbers(3, 5), numbers(5))
  attention = 'embedding_attention_seq2seq'
  return {
    'plain': symbols('embedding_rnn_seq2seq', **words),
    'fed': symbols('embedding_rnn_seq2seq', feed_previous=True, **words),
    'either': symbols('embedding_rnn_seq2seq', chosen=True, **words),
    'either_not': symbols(attention, chosen=False, **words),
    'tied_either': symbols(
      'embedding_tied_rnn_seq2seq', chosen=True, num_symbols=5
    ),
    'projected': symbols(
      'embedding_rnn_seq2seq',
      output_projection=projection,
      feed_previous=True,
      **words,
    ),
    'tied': symbols('embedding_tied_rnn_seq2seq', num_symbols=5),
    'tied_fed': symbols(
      'embedding_tied_rnn_seq2seq', num_symbols=5, feed_previous=True
    ),
    'attention': symbols(attention, num_heads=2, **words),
    'attention_fed': symbols(
      attention,
      feed_previous=True,
      initial_state_attention=True,
      **words,
    ),
    'buckets': buckets(),
  }


def cudnn_cells():
  """Cells over four steps, and what layers of them are built of."""
  cudnn = tf.contrib.cudnn_rnn

  def over(cell):
    def build():
      inputs = tf.constant(numbers(2, 4, 3))
      lengths = tf.constant([4, 2])
      outputs, state = tf.nn.dynamic_rnn(
        cell(3), inputs, lengths, dtype=tf.float32
      )
      loss = tf.reduce_sum(tf.square(outputs))
      return {'outputs': outputs, 'state': state, 'loss': loss}

    return run(build)

  return {
    'lstm': over(cudnn.CudnnCompatibleLSTMCell),
    'gru': over(cudnn.CudnnCompatibleGRUCell),
  }


def generated():
  """Batches of generator_input_fn until it ends."""

  def rows():
    for index in range(5):
      yield {
        'size': np.int32(index),
        'wave': numbers(2, 3) * index,
        'name': np.array([b'n%d' % index]),
      }

  def waves():
    for index in range(5):
      yield {'wave': numbers(1 + index % 3), 'label': np.int64(index)}

  def batches(*args, **kwargs):
    with tf.Graph().as_default():
      made = learn.io.generator_input_fn(*args, shuffle=False, **kwargs)()
      features, labels = made if isinstance(made, tuple) else (made, {})
      static = [str(features[key].shape.as_list()) for key in sorted(features)]
      found = []
      with tf.train.SingularMonitoredSession() as session:
        while not session.should_stop() and len(found) < 7:
          found.append(session.run((features, labels)))
      return {'batches': [list(each) for each in found], 'static': static}

  return {
    'features': batches(rows, None, 4),
    'epochs': batches(rows, 'size', 4, 2),
    'without_end': batches(rows, ['size', 'name'], 3, None),
    'padded': batches(waves, 'label', 4, 2, pad_value=-1),
  }


def several_heads():
  """A head of heads in each mode, of one tensor of logits and of a dict."""
  modes = tf.estimator.ModeKeys

  def batch():
    labels = {
      'click': tf.constant([[1], [0], [1]]),
      'price': tf.constant([0.5, -1.0, 2.0]),
      'kind': tf.constant([[2], [0], [1]]),
    }
    return {'weight': tf.constant([[1.0], [2.0], [0.5]])}, labels

  def head():
    return estimator.multi_head(
      [
        estimator.binary_classification_head(
          name='click', weight_column='weight'
        ),
        estimator.regression_head(
          name='price',
          loss_fn=lambda labels, logits: tf.abs(labels - logits),
        ),
        estimator.multi_class_head(3, name='kind'),
      ],
      [1.0, 0.5, 2.0],
    )

  def spec(mode, split=False, **kwargs):
    logits = tf.constant(numbers(3, 5))
    if split:
      parts = tf.split(logits, [1, 1, 3], 1)
      logits = dict(zip(['click', 'price', 'kind'], parts))
    features, labels = batch()
    return head().create_estimator_spec(
      features,
      mode,
      logits,
      None if mode == modes.PREDICT else labels,
      **kwargs,
    )

  def build():
    evaluated = spec(modes.EVAL)
    predicted = spec(modes.PREDICT, split=True)
    trained = spec(
      modes.TRAIN, split=True, train_op_fn=lambda loss: tf.identity(2.0 * loss)
    )
    features, labels = batch()
    loss = head().create_loss(
      features, modes.EVAL, tf.constant(numbers(3, 5)), labels
    )
    metrics = evaluated.eval_metric_ops
    return {
      'loss': [evaluated.loss, trained.loss, trained.train_op],
      'metrics': {name: value for name, (value, _) in metrics.items()},
      'steps': [[update for _, update in metrics.values()]],
      'predictions': {
        '/'.join(key): value for key, value in predicted.predictions.items()
      },
      'exports': tf.constant(sorted(predicted.export_outputs)),
      'predict': predicted.export_outputs['predict'].outputs,
      'created': [loss.training_loss, loss.unreduced_loss, loss.weights],
    }

  return run(build)


def all_of_them():
  return {
    'legacy_models': legacy_models(),
    'cudnn_cells': cudnn_cells(),
    'generated': generated(),
    'several_heads': several_heads(),
  }
