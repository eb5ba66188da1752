"""Classifies, or whatever a head does, by recurrent networks over sequences."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned import model_fns
from tfcompat_estimator.canned.networks import (
  column_variables,
  families,
  rnn_network,
)
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.heads import sequential
from tfcompat_estimator.loop import model_fn_call
from tfcompat_estimator.optimizers import from_argument
from tfcompat_estimator.records import argument_docs, modes

v1 = tf.compat.v1

V2 = families.V2

# Of optimizers given by name.
LEARNING_RATE = 0.05
CLIP_NORM = 5.0

# No `cell_type` was given: unlike a string, it may stand beside `rnn_cell_fn`.
USE_DEFAULT = object()


def _model_fn(
  head: Any,
  optimizer: Any,
  make_layer: rnn_network.MakeLayer,
  sequence_feature_columns: Any,
  context_feature_columns: Any,
  return_sequences: bool,
) -> Callable[..., Any]:
  if return_sequences and not isinstance(head, sequential.SequentialHead):
    raise ValueError(
      'Provided head must be a `_SequentialHead` object when '
      '`return_sequences` is set to True. Wrap `head` '
      f'({type(head).__name__}) in a SequentialHeadWrapper.'
    )
  settings: dict[str, Any] = {
    'make_layer': make_layer,
    'sequence_feature_columns': column_variables.as_list(
      sequence_feature_columns
    ),
    'context_feature_columns': column_variables.as_list(
      context_feature_columns
    ),
    'return_sequences': return_sequences,
  }

  tower = model_fns.Tower(
    name='rnn',
    network=rnn_network.build,
    optimizer=optimizer,
    learning_rate=LEARNING_RATE,
    settings=settings,
  )

  def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
    del config
    output = rnn_network.build(model_fns.dimension_of(head), **settings)(
      features, mode
    )
    if return_sequences:
      # A mask that the features hold already says what to learn from.
      key = head.input_sequence_mask_key
      features = {key: output.sequence_mask, **features}
    training: dict[str, Any] = {}
    if mode == modes.ModeKeys.TRAIN:
      training = {
        'optimizer': _resolve(optimizer),
        'trainable_variables': list(output.trainable_variables),
        'update_ops': list(output.update_ops or ()),
      }
    spec = head.create_estimator_spec(
      features=features,
      mode=mode,
      labels=labels,
      logits=output.logits,
      **training,
    )
    from_argument.show(optimizer, training.get('optimizer', optimizer))
    return spec

  return model_fn_call.with_origin(
    model_fn, model_fns.Recipe(V2, head, (tower,))
  )


def _resolve(optimizer: Any) -> Any:
  resolved = from_argument.resolve_v2(optimizer, LEARNING_RATE)
  if isinstance(optimizer, str):
    resolved.clipnorm = CLIP_NORM
  from_argument.follow(resolved, v1.train.get_global_step())
  return resolved


def _layer(
  units: Any, cell_type: Any, rnn_cell_fn: Any
) -> rnn_network.MakeLayer:
  if rnn_cell_fn is None:
    return rnn_network.layer_of_units(
      units, None if cell_type is USE_DEFAULT else cell_type
    )
  if units or cell_type is not USE_DEFAULT:
    raise ValueError(
      'units and cell_type must not be specified when using rnn_cell_fn. '
      f'Given: units={units}'
      + ('' if cell_type is USE_DEFAULT else f', cell_type={cell_type}')
    )
  return rnn_network.layer_of_cell_fn(rnn_cell_fn)


class RNNEstimator(base_estimator.Estimator):
  """A recurrent network over sequences, with any head.

      tokens = tf.feature_column.sequence_categorical_column_with_hash_bucket(
        'tokens', 1000)
      estimator = tf.estimator.experimental.RNNEstimator(
        head=tf.estimator.RegressionHead(),
        sequence_feature_columns=[
          tf.feature_column.embedding_column(tokens, 16)],
        units=[32, 16],
        cell_type='lstm')

  `input_fn` gives features as a dict: for each sequence column a `SparseTensor`
  or `RaggedTensor` `[batch_size, steps]`, for each context column what it reads
  elsewhere, and labels for the head. All sequences of an example must have the
  same length.

  With `return_sequences` there are logits of each step, the head must be one of
  sequences, and predictions contain the sequence mask, bool `[batch_size,
  steps]`: false where there is padding.
  """

  @argument_docs.shared(argument_docs.of(base_estimator.Estimator.__init__))
  def __init__(
    self,
    head,
    sequence_feature_columns,
    context_feature_columns=None,
    units=None,
    cell_type=USE_DEFAULT,
    rnn_cell_fn=None,
    return_sequences=False,
    model_dir=None,
    optimizer='Adagrad',
    config=None,
  ):
    """Makes the estimator; nothing runs or is written yet.

    Args:
      head: A head such as `tf.estimator.RegressionHead()`: what the logits
        predict. With `return_sequences`, a sequential one.
      sequence_feature_columns: An iterable of feature columns over sequences:
        `sequence_numeric_column`, or an embedding or indicator of a
        `sequence_categorical_column_*`.
      context_feature_columns: An iterable of dense feature columns of no
        sequences: each step gets their values beside its own.
      units: The sizes of the recurrent layers, a list of ints; or an int, a
        single layer whose variables are called after `cell_type`, such as
        'rnn_model/lstm/lstm_cell/kernel' (`cell_type` must be a string then).
      cell_type: 'simple_rnn', 'lstm', 'gru', or a class of cells that takes
        `units`. Default: 'simple_rnn'.
      rnn_cell_fn: A function of no arguments that makes the cell, instead of
        `units` and `cell_type`: what `tf_keras.layers.RNN` takes, such as
        `tf_keras.layers.StackedRNNCells([...])`, or the same of Keras 3.
      return_sequences: Whether there are logits of each step, or of the last.
      optimizer: 'Adagrad', 'Adam', 'Ftrl', 'RMSProp' or 'SGD', with a learning
        rate of 0.05 and the gradient of each variable clipped to a norm of 5;
        or an optimizer of tf_keras or Keras 3, or a class or function that
        makes one.

    Raises:
      ValueError: `rnn_cell_fn` is given as well as `units` or `cell_type`; or
        `return_sequences` with a head that is not sequential.
    """
    super().__init__(
      model_fn=_model_fn(
        head,
        optimizer,
        _layer(units, cell_type, rnn_cell_fn),
        sequence_feature_columns,
        context_feature_columns,
        return_sequences,
      ),
      model_dir=model_dir,
      config=config,
    )


class RNNClassifier(RNNEstimator):
  """A recurrent network that classifies sequences, or each of their steps.

      tokens = tf.feature_column.sequence_categorical_column_with_hash_bucket(
        'tokens', 1000)
      estimator = tf.estimator.experimental.RNNClassifier(
        sequence_feature_columns=[
          tf.feature_column.embedding_column(tokens, 16)],
        units=[32, 16],
        cell_type='lstm',
        n_classes=3)

  Two classes are told apart by one logit and sigmoid cross entropy, more by
  softmax cross entropy. Features are those of `RNNEstimator`; labels are
  `[batch_size, 1]`, with `return_sequences` `[batch_size, steps]` or a
  `SparseTensor` of that shape.
  """

  @argument_docs.shared(argument_docs.of(RNNEstimator.__init__))
  def __init__(
    self,
    sequence_feature_columns,
    context_feature_columns=None,
    units=None,
    cell_type=USE_DEFAULT,
    rnn_cell_fn=None,
    return_sequences=False,
    model_dir=None,
    n_classes=2,
    weight_column=None,
    label_vocabulary=None,
    optimizer='Adagrad',
    loss_reduction=V2.loss_reduction,
    sequence_mask='sequence_mask',
    config=None,
  ):
    """Makes the estimator; nothing runs or is written yet.

    Args:
      return_sequences: Whether each step is classified, or the whole sequence.
      n_classes: The number of classes, at least 2.
      weight_column: A feature's name, or a numeric column: weights by which the
        losses and metrics of examples are multiplied. With `return_sequences` a
        name, of the weights of steps: `[batch_size, steps]`.
      label_vocabulary: A list or tuple of strings, the values of labels in the
        order of class ids. Default: labels are integers from 0.
      loss_reduction: What becomes of the weighted losses of a batch: a
        `tf.losses.Reduction` other than NONE.
      sequence_mask: The key of the sequence mask among predictions, and among
        the features: a mask that is there, bool `[batch_size, steps]`, says
        which steps count in the loss and the metrics.

    Raises:
      ValueError: `rnn_cell_fn` is given as well as `units` or `cell_type`, or
        `n_classes`, `label_vocabulary` or `loss_reduction` is wrong.
      TypeError: With `return_sequences`, `weight_column` or `sequence_mask` is
        no string.
    """
    head = V2.classifier_head(
      n_classes, weight_column, label_vocabulary, loss_reduction
    )
    if return_sequences:
      head = sequential.SequentialHeadWrapper(
        head,
        sequence_length_mask=sequence_mask,
        feature_columns=None if weight_column is None else [weight_column],
      )
    super().__init__(
      head=head,
      sequence_feature_columns=sequence_feature_columns,
      context_feature_columns=context_feature_columns,
      units=units,
      cell_type=cell_type,
      rnn_cell_fn=rnn_cell_fn,
      return_sequences=return_sequences,
      model_dir=model_dir,
      optimizer=optimizer,
      config=config,
    )
