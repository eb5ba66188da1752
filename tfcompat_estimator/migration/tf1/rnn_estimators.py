"""`tf.contrib.estimator.RNNClassifier` and `RNNEstimator`.

Their variables are those of TensorFlow 1.15, so that its checkpoints go on.
"""

from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.migration.tf1 import (
  contrib_heads,
  feature_columns,
  towers,
)
from tfcompat_estimator.optimizers import from_argument

v1 = tf.compat.v1

_LEARNING_RATE = 0.05
_CLIP_NORM = 5.0
_USE_DEFAULT = object()


def _cells() -> dict[str, Any]:
  cells = v1.nn.rnn_cell
  return {
    'basic_rnn': cells.BasicRNNCell,
    'lstm': cells.BasicLSTMCell,
    'gru': cells.GRUCell,
  }


def _cell_fn(num_units: Any, cell_type: Any) -> Callable[[str], Any]:
  kind = 'basic_rnn' if cell_type is _USE_DEFAULT else cell_type
  if isinstance(kind, str):
    if kind not in _cells():
      raise ValueError(
        'The supported cell types are gru, lstm and basic_rnn. Got '
        f'`cell_type` ({kind!r}).'
      )
    kind = _cells()[kind]
  if num_units is None:
    raise ValueError('num_units must be specified when rnn_cell_fn is not.')

  def rnn_cell_fn(mode: str) -> Any:
    del mode
    cells = [kind(num_units=size) for size in num_units]
    return cells[0] if len(cells) == 1 else v1.nn.rnn_cell.MultiRNNCell(cells)

  return rnn_cell_fn


def _check(num_units: Any, cell_type: Any, rnn_cell_fn: Any) -> Any:
  if rnn_cell_fn is None:
    return _cell_fn(num_units, cell_type)
  if num_units is not None or cell_type is not _USE_DEFAULT:
    raise ValueError(
      'num_units and cell_type must not be specified when using rnn_cell_fn'
    )
  return rnn_cell_fn


def _last(outputs: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
  """The outputs of each sequence's last step."""
  with v1.name_scope('select_last_activations'):
    last = tf.maximum(tf.cast(lengths, tf.int32) - 1, 0)
    return tf.gather(outputs, last, batch_dims=1)


def _logits(
  features: Any, mode: str, units: int, settings: dict[str, Any]
) -> tf.Tensor:
  with v1.variable_scope(
    'sequence_input_layer',
    values=tuple(features.values()),
    partitioner=settings['partitioner'],
  ):
    inputs, lengths = feature_columns.sequence_input_layer(
      features, settings['sequence_feature_columns']
    )
    v1.summary.histogram('sequence_length', lengths)
    if settings['context_feature_columns']:
      context = v1.feature_column.input_layer(
        features, settings['context_feature_columns']
      )
      context = tf.tile(context[:, tf.newaxis], [1, tf.shape(inputs)[1], 1])
      inputs = tf.concat([inputs, context], 2)
  outputs, _ = v1.nn.dynamic_rnn(
    cell=settings['rnn_cell_fn'](mode),
    inputs=inputs,
    sequence_length=lengths,
    dtype=tf.float32,
    time_major=False,
  )
  if not settings['return_sequences']:
    outputs = _last(outputs, lengths)
  with v1.variable_scope('logits', values=(outputs,)):
    return v1.layers.dense(
      outputs, units, kernel_initializer=v1.glorot_uniform_initializer()
    )


def _model_fn(
  head: Any, optimizer: Any, partitioner: Any, settings: dict[str, Any]
) -> Callable[..., Any]:
  settings = {
    **settings,
    'sequence_feature_columns': tuple(settings['sequence_feature_columns']),
    'context_feature_columns': tuple(settings['context_feature_columns'] or ()),
  }

  def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
    if not isinstance(features, dict):
      raise ValueError(
        'features should be a dictionary of `Tensor`s. Given type: '
        f'{type(features)}'
      )
    servers = config.num_ps_replicas if config else 0
    parts = v1.min_max_variable_partitioner(max_partitions=servers)
    used = optimizer
    if not isinstance(used, v1.train.Optimizer):
      used = towers.clip_gradients_by_norm(
        from_argument.resolve_v1(used, _LEARNING_RATE), _CLIP_NORM
      )
    with v1.variable_scope(
      'rnn', values=tuple(features.values()), partitioner=parts
    ):
      of_inputs = partitioner or v1.min_max_variable_partitioner(
        max_partitions=servers, min_slice_size=64 << 20
      )
      logits = _logits(
        features,
        mode,
        head.logits_dimension,
        {**settings, 'partitioner': of_inputs},
      )
      # Slots are called after this scope, too: as in 1.15, it is around the head.
      return head.create_estimator_spec(
        features=features,
        mode=mode,
        labels=labels,
        logits=logits,
        optimizer=used,
      )

  return model_fn


class RNNEstimator(base_estimator.Estimator):
  """A recurrent network over sequences, with any head of tf.contrib."""

  def __init__(
    self,
    head: Any,
    sequence_feature_columns: Iterable[Any],
    context_feature_columns: Iterable[Any] | None = None,
    num_units: Iterable[int] | None = None,
    cell_type: Any = _USE_DEFAULT,
    rnn_cell_fn: Callable[[str], Any] | None = None,
    return_sequences: bool = False,
    model_dir: str | None = None,
    optimizer: Any = 'Adagrad',
    input_layer_partitioner: Any = None,
    config: Any = None,
  ):
    """Makes the estimator.

    Args:
      head: Of `tf.contrib.estimator`: what the logits predict.
      sequence_feature_columns: Dense columns over sequences.
      context_feature_columns: Dense columns whose values each step gets.
      num_units: The sizes of the cells, one for each layer.
      cell_type: 'basic_rnn' (the default), 'lstm', 'gru', or a class of cells.
      rnn_cell_fn: Makes the cell, of a mode, in place of the two.
      return_sequences: Whether there are logits of each step.
      model_dir: See `tf.estimator.Estimator`.
      optimizer: A name, with a learning rate of 0.05 and gradients clipped to a
        global norm of 5; or a `tf.train.Optimizer`.
      input_layer_partitioner: Of the variables of columns.
      config: See `tf.estimator.Estimator`.
    """
    settings = {
      'rnn_cell_fn': _check(num_units, cell_type, rnn_cell_fn),
      'sequence_feature_columns': sequence_feature_columns or (),
      'context_feature_columns': context_feature_columns,
      'return_sequences': return_sequences,
    }
    super().__init__(
      _model_fn(head, optimizer, input_layer_partitioner, settings),
      model_dir=model_dir,
      config=config,
    )


class RNNClassifier(RNNEstimator):
  """A recurrent network that classifies sequences."""

  def __init__(
    self,
    sequence_feature_columns: Iterable[Any],
    context_feature_columns: Iterable[Any] | None = None,
    num_units: Iterable[int] | None = None,
    cell_type: Any = _USE_DEFAULT,
    rnn_cell_fn: Callable[[str], Any] | None = None,
    model_dir: str | None = None,
    n_classes: int = 2,
    weight_column: Any = None,
    label_vocabulary: Any = None,
    optimizer: Any = 'Adagrad',
    loss_reduction: str = v1.losses.Reduction.SUM_OVER_BATCH_SIZE,
    input_layer_partitioner: Any = None,
    config: Any = None,
  ):
    """Makes the estimator. See `RNNEstimator`, and `tf.estimator.DNNClassifier`
    for what is of classes.
    """
    if n_classes == 2:
      head = contrib_heads.binary_classification_head(
        weight_column=weight_column,
        label_vocabulary=label_vocabulary,
        loss_reduction=loss_reduction,
      )
    else:
      head = contrib_heads.multi_class_head(
        n_classes, weight_column, label_vocabulary, loss_reduction
      )
    super().__init__(
      head=head,
      sequence_feature_columns=sequence_feature_columns,
      context_feature_columns=context_feature_columns,
      num_units=num_units,
      cell_type=cell_type,
      rnn_cell_fn=rnn_cell_fn,
      model_dir=model_dir,
      optimizer=optimizer,
      input_layer_partitioner=input_layer_partitioner,
      config=config,
    )
