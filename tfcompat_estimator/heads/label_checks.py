"""Checks labels and turns them into what losses and metrics take."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.errors import notes
from tfcompat_estimator.heads import label_errors, shapes
from tfcompat_estimator.records import arguments

v1 = tf.compat.v1

_FIX_SHAPE = (
  'Suggested Fix: If your classifier expects one-hot encoding label, check '
  'your n_classes argument to the estimator and/or the shape of your label. '
  'Otherwise, check the shape of your label.'
)


def check_n_classes(n_classes: Any) -> int:
  """Checks that it is an integer, or a constant tensor of one, above 2.

  Returns:
    The number.

  Raises:
    ValueError: It is None, too small or a tensor whose value is not known yet.
    TypeError: It is no integer.
  """
  if n_classes is None:
    raise ValueError('n_classes cannot be None')
  n_classes = known(n_classes)
  if n_classes <= 2:
    raise ValueError(f'n_classes must be > 2: {n_classes}.')
  return n_classes


def known(n_classes: Any) -> Any:
  """The number that a constant tensor holds, or another value; None for None.

  Raises:
    ValueError: It is a tensor whose value is not known yet, or no number.
    TypeError: It is no integer.
  """
  if n_classes is None:
    return None
  if not tf.is_tensor(n_classes):
    return arguments.size('n_classes', n_classes)
  value = tf.get_static_value(n_classes)
  if value is None:
    raise ValueError(
      f'`n_classes` ({n_classes}) must be a number or a constant.'
    )
  return arguments.size('n_classes', value)


def check_vocabulary(label_vocabulary: Any) -> Sequence[str] | None:
  """Raises unless `label_vocabulary` is None, a list or a tuple."""
  if label_vocabulary is not None and not isinstance(
    label_vocabulary, (list, tuple)
  ):
    raise ValueError(
      'label_vocabulary should be a list or a tuple. Given type: '
      f'{type(label_vocabulary)}'
    )
  for name in label_vocabulary or ():
    if isinstance(name, int | float):
      raise TypeError(
        f'label_vocabulary ({arguments.brief(label_vocabulary)}) must have strings. '
        'Leave it out if labels are the numbers from 0 to n_classes - 1.'
      )
  return label_vocabulary


def check_given(labels: Any) -> None:
  """Raises if there are no labels."""
  if labels is None:
    raise ValueError(
      'You must provide a labels Tensor. Given: None. Suggested '
      'troubleshooting steps: Check that your data contains your label '
      'feature. Check that your input_fn properly parses and returns labels.'
    )


def match_logits(
  labels: Any, logits: tf.Tensor, expected_labels_dimension: int
) -> tf.Tensor:
  """Checks the shape of dense labels against that of the logits.

  Args:
    labels: Of shape `[D0, ..., DN, K]`; the last axis may be missing when K
      is 1.
    logits: Of shape `[D0, ..., DN, logits_dimension]`.
    expected_labels_dimension: K, the expected size of the last axis of the
      labels.

  Returns:
    Labels of the shape `[D0, ..., DN, K]`.

  Raises:
    ValueError: If the labels are missing, sparse, or of a wrong last axis.
  """
  check_given(labels)
  with v1.name_scope('labels') as scope:
    if isinstance(labels, dict):
      raise TypeError(
        f'`labels` must be a Tensor, not a dict (its keys are {list(labels)}). Have '
        'input_fn return one of its values; only a MultiHead takes a dict.'
      )
    if isinstance(labels, tf.SparseTensor):
      raise ValueError(
        'SparseTensor labels are not supported. Expected labels shape: '
        f'[D0, D1, ... DN, {expected_labels_dimension}]. Use '
        'tf.sparse.to_dense.'
      )
    labels = tf.convert_to_tensor(labels)
    rank = labels.shape.rank
    if rank is not None and rank + 1 == logits.shape.rank:
      labels = tf.expand_dims(labels, -1)
    _check_last_axis(labels, expected_labels_dimension)
    _check_batch(labels, logits)
    notes.explain(scope, _explain_shape)
    wanted = f'[D0, D1, ... DN, {expected_labels_dimension}]'
    message = f'labels shape must be {wanted}.'
    ranked = v1.assert_rank_at_least(labels, 2, message=message)
    with tf.control_dependencies([] if ranked is None else [ranked]):
      shape = tf.shape(labels)
      expected = tf.concat(
        [tf.shape(logits)[:-1], [expected_labels_dimension]], axis=0
      )
      with tf.control_dependencies(shapes.check(shape, [expected], message)):
        return tf.identity(labels, name=scope)


def _check_batch(labels: tf.Tensor, logits: tf.Tensor) -> None:
  if tf.executing_eagerly() or not (labels.shape.rank and logits.shape.rank):
    return  # eagerly all of the shape is compared
  given, due = (
    tf.compat.dimension_value(tensor.shape[0]) for tensor in (labels, logits)
  )
  if None not in (given, due) and given != due:
    raise ValueError(
      f'Shapes {labels.shape} of labels and {logits.shape} of logits are incompatible: '
      f'their batches must have the same shape, but input_fn returns {given} labels '
      f'for {due} examples.'
    )


def _explain_shape(text: str) -> str | None:
  """What it means if labels are not of the shape that they should be."""
  if 'labels shape must be' not in text:
    return None
  found = shapes.refused(text)
  if found:
    given, due = found
    return (
      f'The labels have shape [{given}] where [{due}] is due. Have input_fn return '
      'one label for each example.'
    )
  if 'must have rank at least' in text:
    return (
      'The labels have a shape that is not known while the graph is built, and less '
      'than two axes. Give it in input_fn: `output_signature` of from_generator, or '
      'tf.reshape(labels, [-1, 1])'
    )
  return None


def _check_last_axis(labels: tf.Tensor, dimension: int) -> None:
  if labels.shape.rank is None or labels.shape.rank < 2:
    return
  size = shapes.last_axis(labels)
  if size not in (None, dimension):
    raise ValueError(
      f'Mismatched label shape. Expected labels dimension={dimension}. '
      f'Received {size}. {_FIX_SHAPE}'
    )


def check_range(
  labels: tf.Tensor,
  n_classes: int,
  message: str | None = None,
  names: tf.Tensor | None = None,
  vocabulary: Sequence[str] | None = None,
) -> tf.Tensor:
  """Returns the labels, once they are known to be in `[0, n_classes)`.

  Args:
    labels: The ids.
    n_classes: How many there are.
    message: What to say of others; default: that of a classifier.
    names: What the ids were looked up for in `vocabulary`; None if they are the
      user's own.
    vocabulary: The names of the classes.

  Raises:
    ValueError: When run eagerly and a label is out of range. A graph raises
      `tf.errors.InvalidArgumentError` when it runs.
  """
  with v1.name_scope('check_label_range'):
    too_big = message or 'Labels must be <= n_classes - 1'
    if tf.executing_eagerly():
      if tf.reduce_any(labels > n_classes - 1):
        raise ValueError(message or f'Labels must be <= {n_classes} - 1')
      if tf.reduce_any(labels < 0):
        raise ValueError(message or 'Labels must be >= 0')
      return labels
    limit = tf.constant(n_classes - 1, dtype=labels.dtype)
    zero = tf.constant(0, dtype=labels.dtype)
    too_small = message or 'Labels must be >= 0'
    checks = [
      _require(labels <= limit, too_big, labels, '<=', limit, names),
      _require(labels >= zero, too_small, labels, '>=', zero, names),
    ]
    explanation = label_errors.explanation(
      checks[0], labels, n_classes, message, vocabulary
    )
    for check in checks:
      notes.explain(check.name, explanation)
    with tf.control_dependencies(checks):
      return tf.identity(labels)


def _require(
  condition: tf.Tensor,
  message: str,
  labels: tf.Tensor,
  relation: str,
  limit: tf.Tensor,
  names: tf.Tensor | None,
) -> tf.Operation:
  """Fails when it runs and not all of `condition` is true.

  The public assertions of TensorFlow (2.21, too) are a conditional around this op.
  That takes longer than the check itself, and keeps the step from running in
  the caller's thread.
  """
  return tf.raw_ops.Assert(
    condition=tf.reduce_all(condition),
    data=[
      message,
      f'Condition x {relation} y did not hold element-wise:',
      f'x ({labels.name}) = ',
      labels,
      f'y ({limit.name}) = ',
      limit,
      *([] if names is None else [label_errors.NAMES, names]),
    ],
    # What fails can be told by its position. Where nothing fails it costs nothing.
    summarize=label_errors.MOST_LABELS,
  )


def ids_of_names(
  labels: tf.Tensor | tf.SparseTensor, vocabulary: Sequence[str]
) -> Any:
  """Looks class names up: `int64` ids, -1 for a name not in `vocabulary`."""
  if labels.dtype != tf.string:
    raise TypeError(
      f'Labels have dtype {labels.dtype.name} where `label_vocabulary` '
      f'({list(vocabulary)}) has keys of string. Drop it if labels are ids.'
    )
  with v1.name_scope('class_id_lookup'):
    table = tf.lookup.StaticHashTable(
      tf.lookup.KeyValueTensorInitializer(
        tf.constant(vocabulary, tf.string),
        tf.range(len(vocabulary), dtype=tf.int64),
      ),
      default_value=-1,
    )
  return table.lookup(labels)


def names_of_ids(ids: tf.Tensor, vocabulary: Sequence[str]) -> tf.Tensor:
  """Looks class ids (`int64`) up: their names."""
  if tf.inside_function():
    # A function that is saved must own its tables, and nobody else does.
    names = tf.constant([*vocabulary, 'UNK'], tf.string)
    is_known = (ids >= 0) & (ids < len(vocabulary))
    return tf.gather(names, tf.where(is_known, ids, len(vocabulary)))
  with v1.name_scope('class_string_lookup'):
    table = tf.lookup.StaticHashTable(
      tf.lookup.KeyValueTensorInitializer(
        tf.range(len(vocabulary), dtype=tf.int64),
        tf.constant(vocabulary, tf.string),
      ),
      default_value='UNK',
    )
  return table.lookup(ids)
