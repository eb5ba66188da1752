"""Losses and decoders over lists of steps: `tf.contrib.legacy_seq2seq`."""

import copy
from collections.abc import Callable
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def sequence_loss_by_example(
  logits: list[Any],
  targets: list[Any],
  weights: list[Any],
  average_across_timesteps: bool = True,
  softmax_loss_function: Callable[..., Any] | None = None,
  name: str | None = None,
) -> tf.Tensor:
  """Weighted cross entropy of each sequence: (batch,).

  Args:
    logits: (batch, classes) of each step.
    targets: (batch,) of each step.
    weights: (batch,) of each step.
    average_across_timesteps: Divide by the weights of steps.
    softmax_loss_function: Of `labels` and `logits`, in place of cross entropy.
    name: Of the scope.
  """
  if not len(logits) == len(targets) == len(weights):
    raise ValueError(
      'Lengths of logits, weights, and targets must be the same '
      f'{len(logits)}, {len(weights)}, {len(targets)}.'
    )
  loss = softmax_loss_function or tf.nn.sparse_softmax_cross_entropy_with_logits
  with v1.name_scope(name, 'sequence_loss_by_example'):
    total = tf.add_n(
      [
        loss(labels=tf.reshape(target, [-1]), logits=logit) * weight
        for logit, target, weight in zip(logits, targets, weights, strict=True)
      ]
    )
    if average_across_timesteps:
      total /= tf.add_n(weights) + 1e-12
    return total


def sequence_loss(
  logits: list[Any],
  targets: list[Any],
  weights: list[Any],
  average_across_timesteps: bool = True,
  average_across_batch: bool = True,
  softmax_loss_function: Callable[..., Any] | None = None,
  name: str | None = None,
) -> tf.Tensor:
  """The sum of `sequence_loss_by_example`, or its mean over the batch."""
  with v1.name_scope(name, 'sequence_loss'):
    cost = tf.reduce_sum(
      sequence_loss_by_example(
        logits,
        targets,
        weights,
        average_across_timesteps,
        softmax_loss_function,
      )
    )
    if average_across_batch:
      cost /= tf.cast(tf.shape(targets[0])[0], cost.dtype)
    return cost


def rnn_decoder(
  decoder_inputs: list[Any],
  initial_state: Any,
  cell: Any,
  loop_function: Callable[[Any, int], Any] | None = None,
  scope: Any = None,
) -> tuple[list[Any], Any]:
  """Calls a cell step by step.

  Args:
    decoder_inputs: (batch, size) of each step.
    initial_state: Of the cell.
    cell: An RNNCell.
    loop_function: Of the last output and the step's number: inputs in place
      of those given, but for the first.
    scope: Of the variables.

  Returns:
    (the outputs, the final state).
  """
  state, outputs = initial_state, list[Any]()
  with v1.variable_scope(scope or 'rnn_decoder'):
    for step, inputs in enumerate(decoder_inputs):
      if loop_function is not None and outputs:
        with v1.variable_scope('loop_function', reuse=True):
          inputs = loop_function(outputs[-1], step)
      if outputs:
        v1.get_variable_scope().reuse_variables()
      output, state = cell(inputs, state)
      outputs.append(output)
  return outputs, state


def basic_rnn_seq2seq(
  encoder_inputs: list[Any],
  decoder_inputs: list[Any],
  cell: Any,
  dtype: Any = tf.float32,
  scope: Any = None,
) -> tuple[list[Any], Any]:
  """An encoder and a decoder of the same kind of cell."""
  with v1.variable_scope(scope or 'basic_rnn_seq2seq'):
    _, state = v1.nn.static_rnn(
      copy.deepcopy(cell), encoder_inputs, dtype=dtype
    )
    return rnn_decoder(decoder_inputs, state, cell)
