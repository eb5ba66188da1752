"""Decoders of tf.contrib.seq2seq on given numbers."""

import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn, seq2seq

WORDS, UNITS, END = 7, 4, 2


def numbers(*shape):
  """Values between -1 and 1 that do not repeat."""
  count = int(np.prod(shape))
  return np.sin(np.arange(1, count + 1) * 1.7).reshape(shape).astype('f')


def initializer(shape, dtype=tf.float32, partition_info=None):
  shape = [int(size) for size in shape]
  return tf.constant(0.7 * numbers(*shape), dtype)


def run(build):
  """What a function builds, its gradients, and the variables it makes."""
  with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
    tf.get_variable_scope().set_initializer(initializer)
    tf.set_random_seed(5)
    built = build()
    variables = {v.op.name: v for v in tf.global_variables()}
    gradients = {}
    if 'loss' in built:
      for variable, gradient in zip(
        tf.trainable_variables(),
        tf.gradients(built['loss'], tf.trainable_variables()),
      ):
        if gradient is not None:
          gradients[variable.op.name] = tf.convert_to_tensor(gradient)
    session.run(tf.global_variables_initializer())
    return {
      'result': session.run(built),
      'gradients': session.run(gradients),
      'variables': session.run(variables),
    }


def memory():
  return tf.constant(numbers(3, 5, 6)), tf.constant([5, 2, 4])


MECHANISMS = {
  'luong': lambda m, n: seq2seq.LuongAttention(UNITS, m, n),
  'scaled': lambda m, n: seq2seq.LuongAttention(UNITS, m, n, scale=True),
  'bahdanau': lambda m, n: seq2seq.BahdanauAttention(3, m, n),
  'normed': lambda m, n: seq2seq.BahdanauAttention(3, m, n, normalize=True),
  'hard': lambda m, n: seq2seq.BahdanauAttention(
    3, m, n, probability_fn=seq2seq.hardmax, score_mask_value=-1e9
  ),
}
MONOTONIC = {
  'soft': lambda m, n: seq2seq.BahdanauMonotonicAttention(
    3, m, n, normalize=True, score_bias_init=-1.0
  ),
  'steps': lambda m, n: seq2seq.LuongMonotonicAttention(
    UNITS, m, n, scale=True, mode='recursive'
  ),
  'sharp': lambda m, n: seq2seq.LuongMonotonicAttention(
    UNITS, m, n, score_bias_init=0.1, mode='hard'
  ),
  'masked': lambda m, n: seq2seq.BahdanauMonotonicAttention(
    3, m, n, score_mask_value=-50.0
  ),
}


def wrapped(kind, values, lengths, size=3, **kwargs):
  if kind == 'two':
    mechanisms = [MECHANISMS[k](values, lengths) for k in ('luong', 'normed')]
    size = [size, 2]
  else:
    mechanisms = {**MECHANISMS, **MONOTONIC}[kind](values, lengths)
  return seq2seq.AttentionWrapper(
    rnn.BasicLSTMCell(UNITS), mechanisms, size, **kwargs
  )


def embedding():
  return tf.get_variable('embedding', [WORDS, 3])


def trained(cell, impute=False, helper=None, **kwargs):
  """A decoder that gets the right words."""
  words = tf.constant([[1, 3, 4, 2], [5, 2, 0, 0], [6, 1, 2, 0]])
  lengths = tf.constant([4, 2, 3])
  table = embedding()
  inputs = tf.nn.embedding_lookup(table, words)
  if helper is None:
    helper = seq2seq.TrainingHelper(inputs, lengths)
  else:
    helper = helper(inputs, lengths, table)
  decoder = seq2seq.BasicDecoder(
    cell,
    helper,
    cell.zero_state(3, tf.float32),
    output_layer=tf.layers.Dense(WORDS, use_bias=False, name='projection'),
  )
  outputs, state, lengths = seq2seq.dynamic_decode(
    decoder, impute_finished=impute, **kwargs
  )
  loss = tf.reduce_sum(tf.square(outputs.rnn_output))
  return {
    'outputs': outputs.rnn_output,
    'ids': outputs.sample_id,
    'lengths': lengths,
    'state': [
      part
      for part in tf.contrib.framework.nest.flatten(state)
      if not isinstance(part, tf.TensorArray)
    ],
    'loss': loss,
  }


def training():
  result = {}
  for kind in sorted(MECHANISMS) + ['two']:
    result[kind] = run(lambda kind=kind: trained(wrapped(kind, *memory())))
  result['imputed'] = run(
    lambda: trained(wrapped('luong', *memory()), True, maximum_iterations=3)
  )
  result['plain'] = run(
    lambda: trained(
      rnn.GRUCell(UNITS), True, output_time_major=True, scope='mine'
    )
  )
  result['no_layer'] = run(
    lambda: trained(
      seq2seq.AttentionWrapper(
        rnn.MultiRNNCell([rnn.GRUCell(4), rnn.GRUCell(UNITS)]),
        seq2seq.LuongAttention(UNITS, *memory()),
        output_attention=False,
        name='attention',
      )
    )
  )
  result['scheduled'] = run(
    lambda: trained(
      rnn.GRUCell(UNITS),
      helper=lambda inputs, lengths, table: (
        seq2seq.ScheduledEmbeddingTrainingHelper(inputs, lengths, table, 0.0)
      ),
    )
  )
  return result


def history():
  def build():
    cell = wrapped('bahdanau', *memory(), alignment_history=True)
    inputs = tf.constant(numbers(3, 4, 3))
    decoder = seq2seq.BasicDecoder(
      cell,
      seq2seq.TrainingHelper(inputs, [4, 2, 3]),
      cell.zero_state(3, tf.float32).clone(
        cell_state=rnn.LSTMStateTuple(
          tf.constant(numbers(3, UNITS)), tf.constant(numbers(3, UNITS))
        )
      ),
    )
    outputs, state, _ = seq2seq.dynamic_decode(decoder)
    return {
      'outputs': outputs.rnn_output,
      'history': state.alignment_history.stack(),
    }

  return run(build)


def monotonic():
  result = {
    kind: run(lambda kind=kind: trained(wrapped(kind, *memory())))
    for kind in sorted(MONOTONIC)
  }
  result['product'] = run(
    lambda: {'product': seq2seq.safe_cumprod([[0.5, 0.0, 1.0]], axis=1)}
  )
  return result


def greedy():
  result = {}

  def build(kind):
    cell = wrapped(kind, *memory())
    table = embedding()
    decoder = seq2seq.BasicDecoder(
      cell,
      seq2seq.GreedyEmbeddingHelper(table, tf.fill([3], 1), END),
      cell.zero_state(3, tf.float32),
      tf.layers.Dense(WORDS),
    )
    outputs, _, lengths = seq2seq.dynamic_decode(
      decoder, maximum_iterations=6, impute_finished=True
    )
    return {
      'outputs': outputs.rnn_output,
      'ids': outputs.sample_id,
      'lengths': lengths,
    }

  for kind in ('luong', 'bahdanau'):
    result[kind] = run(lambda kind=kind: build(kind))

  def custom():
    helper = seq2seq.InferenceHelper(
      lambda outputs: outputs,
      [3],
      tf.float32,
      tf.constant(numbers(3, 3)),
      lambda sample: sample[:, 0] > 0.3,
    )
    cell = rnn.GRUCell(3)
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(3, tf.float32))
    outputs, _, lengths = seq2seq.dynamic_decode(decoder, maximum_iterations=5)
    return {'ids': outputs.sample_id, 'lengths': lengths}

  result['inference'] = run(custom)
  return result


def beams():
  result = {}

  def build(width=3, **kwargs):
    values, lengths = memory()
    # Histories are sorted only where the batch is not known.
    values = tf.placeholder_with_default(values, [None, None, 6])
    values = seq2seq.tile_batch(values, width)
    lengths = seq2seq.tile_batch(lengths, width)
    cell = wrapped('bahdanau', values, lengths, alignment_history=True)
    decoder = seq2seq.BeamSearchDecoder(
      cell,
      embedding(),
      tf.fill([tf.shape(lengths)[0] // width], 1),
      END,
      cell.zero_state(tf.shape(lengths)[0], tf.float32),
      width,
      output_layer=tf.layers.Dense(WORDS),
      **kwargs,
    )
    outputs, state, lengths = seq2seq.dynamic_decode(
      decoder, maximum_iterations=6
    )
    steps = outputs.beam_search_decoder_output
    return {
      'ids': outputs.predicted_ids,
      'parents': steps.parent_ids,
      'scores': steps.scores,
      'log_probs': state.log_probs,
      'lengths': lengths,
      'history': state.cell_state.alignment_history,
      'cell': state.cell_state.cell_state,
    }

  result['plain'] = run(build)
  result['length'] = run(lambda: build(length_penalty_weight=0.8))
  result['coverage'] = run(
    lambda: build(length_penalty_weight=0.6, coverage_penalty_weight=0.5)
  )
  result['wide'] = run(lambda: build(width=5))
  result['tree'] = run(
    lambda: {
      'ids': seq2seq.gather_tree(
        step_ids=np.array(
          [
            [[1, 2, 3], [4, 5, 6]],
            [[7, 8, 9], [2, 1, 3]],
            [[4, 2, 6], [1, 3, 5]],
          ],
          'i',
        ),
        parent_ids=np.array(
          [
            [[0, 0, 0], [0, 0, 0]],
            [[0, 1, 1], [2, 1, 0]],
            [[2, 1, 2], [0, 2, 1]],
          ],
          'i',
        ),
        max_sequence_lengths=[3, 2],
        end_token=END,
      )
    }
  )
  return result


def rare_cells():
  def build():
    x = tf.constant(numbers(2, 4, 3))
    outputs = {}
    for name, cell in [
      ('ugrnn', rnn.UGRNNCell(5)),
      ('nas', rnn.NASCell(4)),
      ('projected', rnn.NASCell(4, 3, True)),
      ('highway', rnn.HighwayWrapper(rnn.GRUCell(3))),
      ('apart', rnn.HighwayWrapper(rnn.GRUCell(3), False, 0.5)),
      ('attention', rnn.AttentionCellWrapper(rnn.BasicLSTMCell(4), 3)),
      (
        'flat',
        rnn.AttentionCellWrapper(
          rnn.GRUCell(4), 2, attn_vec_size=3, state_is_tuple=False
        ),
      ),
    ]:
      outputs[name] = tf.nn.dynamic_rnn(
        cell, x, [4, 2], dtype=tf.float32, scope=name
      )
    images = tf.constant(numbers(2, 3, 5, 4, 2))
    outputs['conv'] = tf.nn.dynamic_rnn(
      rnn.Conv2DLSTMCell(
        input_shape=[5, 4, 2], output_channels=3, kernel_shape=[3, 3]
      ),
      images,
      dtype=tf.float32,
      scope='conv',
    )
    outputs['line'] = tf.nn.dynamic_rnn(
      rnn.ConvLSTMCell(1, [5, 2], 2, [3], use_bias=False),
      images[:, :, :, 0],
      dtype=tf.float32,
      scope='line',
    )
    flat = tf.contrib.framework.nest.flatten(outputs)
    return {
      'outputs': outputs,
      'loss': tf.add_n([tf.reduce_sum(tf.square(part)) for part in flat]),
    }

  return run(build)


def lists():
  legacy = tf.contrib.legacy_seq2seq

  def build():
    steps = tf.unstack(tf.constant(numbers(4, 2, 3)))
    outputs, state = legacy.rnn_decoder(
      steps,
      rnn.GRUCell(3).zero_state(2, tf.float32),
      rnn.GRUCell(3),
      loop_function=lambda before, step: before * step,
    )
    both, _ = legacy.basic_rnn_seq2seq(steps, steps[:2], rnn.GRUCell(3))
    targets = [tf.constant([0, 2])] * 4
    weights = [tf.constant([1.0, 0.5])] * 4
    loss = legacy.sequence_loss(outputs, targets, weights)
    return {
      'outputs': outputs,
      'both': both,
      'state': state,
      'loss': loss + tf.add_n([tf.reduce_sum(part) for part in both]),
      'each': legacy.sequence_loss_by_example(outputs, targets, weights),
    }

  return run(build)


def all_of_them():
  return {
    'rare_cells': rare_cells(),
    'lists': lists(),
    'training': training(),
    'history': history(),
    'monotonic': monotonic(),
    'greedy': greedy(),
    'beams': beams(),
  }
