"""Puts errors of operations into words about features, labels and lines."""

import re
from collections.abc import Callable, Sequence

import tensorflow as tf

from tfcompat_estimator.errors import (
  batches,
  graph_building,
  kinds,
  notes,
  origins,
  slices,
)

v1 = tf.compat.v1

_NOISE = (
  re.compile(r'^Graph execution error:\s*'),
  re.compile(
    r'Detected at node .+ defined at \(most recent call last\):\n(?: +.*\n)*'
  ),
  re.compile(r"^Node: '[^']*'\n", re.MULTILINE),
  re.compile(r'<stack traces unavailable>\n?'),
  re.compile(r'\{\{function_node [^}]*\}\} ?'),
  # The error itself stands before it; its last line says where.
  re.compile(r'\nTraceback \(most recent call last\):.*', re.DOTALL),
  re.compile(r'\n\nOriginal stack trace for .*', re.DOTALL),
  re.compile(r' ?\[Op:[^\]]*\]$'),
  re.compile(r'\s*\[\[\{\{node [^\]]*\]\]|\s*\[\[\w+\]\](?=\s|$)'),
)
_VALUES = (
  re.compile(r'(\[(?:\[[^\[\]]*\]){3})(?:\[[^\[\]]*\])+\]'),
  re.compile(r'(\[(?:[-+.\w]+ ){3})(?:[-+.\w]+ )*[-+.\w]*\d[-+.\w]*\]'),
)
_LONGEST = 300
# Of lines of Python, which nobody can use where none is the program's.
_TRACE = 'Original stack trace for'
_NODE = re.compile(r'\{\{node ([^}]*)\}\}')
_NOT_INITIALIZED = 'the iterator has not been initialized'
# Python that tf.data calls.
_GENERATOR = 'from_generator_op.py'
_FRAME = re.compile(r'File "(.+?)", line (\d+), in (\S+)')
# Of tables: a key with two values.
_TWICE = re.compile(r'Key (.*?) has -?\d+ and trying to add value')
_NOT_FED = re.compile(r"You must feed a value for placeholder tensor '([^']+)'")
_INPUT = re.compile(
  r'Error in user-defined function passed to \w*?(\w+)Dataset:\d+ '
  r'transformation with iterator: [\w:\[\]]+: '
)


def translated(error: Exception) -> Exception:
  """An error of the same type that says what it means to the user.

  Args:
    error: What came up; TensorFlow's text follows in the new one.

  Returns:
    `error` itself, if there is nothing better to say.
  """
  if isinstance(error, kinds.Told):
    return error
  if isinstance(error, v1.train.NanLossDuringTrainingError):
    return kinds.retold(error, _of_nan(error))
  if not isinstance(error, tf.errors.OpError):
    # A subclass may ask for other arguments than its error has.
    is_plain = type(error) in (TypeError, ValueError)
    sentence = is_plain and slices.explained(error)
    sentence = sentence or graph_building.explained(error)
    said = f'{type(error).__name__}: {plain(str(error))}'
    return (
      kinds.retold(error, f'{sentence}\n  from {said}') if sentence else error
    )
  if type(error) is tf.errors.OpError:
    return error
  text = plain(error.message)
  sentence = _sentence(error, text)
  if not sentence:
    return error
  kind = type(error).__name__
  of = f" of '{error.op.name}'" if error.op is not None else ''
  return kinds.retold(error, f'{sentence}\n  from {kind}{of}: {text}')


def plain(message: str) -> str:
  """TensorFlow's text, without what it says of its own insides."""
  for noise in _NOISE:
    message = noise.sub('', message)
  message = ' '.join(message.split())
  for values in _VALUES:  # of a whole batch, which are for explanations only
    message = values.sub(r'\1...]', message)
  return message if len(message) <= _LONGEST else f'{message[:_LONGEST]}...'


def _sentence(error: tf.errors.OpError, text: str) -> str:
  place = batches.place_of(error)
  operation = error.op
  known = notes.of(batches.graph_of(error))
  # In functions that a graph calls, TensorFlow names no operation of the graph.
  names = list(known.explanations) if operation is None else [operation.name]
  explained = (known.explained(name, error.message) for name in names)
  sentence = next(filter(None, explained), None)
  if sentence:
    return _finished(sentence, place, '')
  if operation is not None:
    rule = _RULES.get(operation.type)
    sentence = rule(operation, text) if rule else None
    found = batches.nan_of(error)
    if found:
      sentence = f'{found}, as the input is read again: {sentence}'
    if sentence:
      return _finished(sentence, place, origins.line_of(operation))
  match = _INPUT.search(error.message)
  is_input = operation is not None and operation.type.startswith('IteratorGetN')
  if match or is_input or _GENERATOR in error.message:
    return _of_input(error, match)
  fed = _NOT_FED.search(text)
  if fed:
    return _finished(
      f"Nothing was given for '{fed.group(1)}' (a placeholder). Feed it: labels and "
      'features are what input_fn returns, inputs those of a predictor or a hook',
      place,
      origins.line_of(operation) if operation is not None else '',
    )
  if operation is None:
    node = _NODE.search(error.message)
    of = f" '{node.group(1)}'" if node else ''
    return f'The operation{of} failed.' if _TRACE in str(error) else ''
  inputs = origins.inputs_of(operation)
  line = origins.line_of(operation)
  if not (inputs or line or _TRACE in str(error)):
    return ''
  of = f' of {origins.joined(inputs)}' if inputs else ''
  return _finished(
    f"The operation '{operation.name}' ({operation.type}){of} failed",
    place,
    line,
  )


def _finished(sentence: str, place: str, line: str) -> str:
  if place:
    first = sentence[0] if sentence[1:2].isupper() else sentence[0].lower()
    sentence = f'{place}: {first}{sentence[1:]}'
  at = f'\n  at {line}' if line else ''
  return f'{sentence.rstrip(".")}.{at}'


def _of_input(error: tf.errors.OpError, match: re.Match[str] | None) -> str:
  text = error.message
  if _NOT_INITIALIZED in text:
    return (
      'The input is read by something that did not initialize it. A Session of your '
      'own in input_fn or model_fn cannot run its tensors: the Estimator runs the '
      'graph, once it is built. Look at values by tf.print or a hook.'
    )
  what = plain(_INPUT.sub('', text) if match else text)
  lines = [
    f'{path}:{line} in {name}'
    for path, line, name in _FRAME.findall(text)
    if not origins.is_inside(path)
  ]
  if lines:
    what = f'{what} ({lines[-1]})'
  source = notes.of(batches.graph_of(error)).input_fn
  stage = (
    f', in the function given to `{match.group(1).lower()}`' if match else ''
  )
  place = batches.place_of(error)
  sentence = f'The input of {source or "input_fn"} failed{stage}: {what}'
  return _finished(sentence, place, '')


def _of_cast(operation: tf.Operation, text: str) -> str | None:
  """A string where a number is due."""
  inputs = origins.inputs_of(operation)
  source = operation.inputs[0].dtype.base_dtype
  target = operation.outputs[0].dtype.base_dtype
  if not inputs or source != tf.string:
    return None
  what = origins.joined(inputs)
  remedy = (
    'Convert it in input_fn (tf.strings.to_number), or read it by a '
    'categorical column'
  )
  if what.startswith('the label'):
    remedy = (
      'Give the classifier `label_vocabulary`, a list of all names, or convert '
      'the labels to numbers in input_fn'
    )
  has = 'have' if what == 'the labels' else 'has'
  return (
    f'{_capital(what)} {has} dtype string where {_read_by(operation, inputs)}'
    f'{target.name} is due. {remedy}.'
  )


def _of_reshape(operation: tf.Operation, text: str) -> str | None:
  """A feature that is not as wide as its column says."""
  inputs = origins.inputs_of(operation)
  if len(inputs) != 1 or not inputs[0].startswith('feature'):
    return None
  columns = _columns_of(operation, inputs[0])
  wanted = origins.joined(columns) or 'its column'
  given = _shape(operation.inputs[0])
  due = _shape(operation.outputs[0])
  return (
    f'{_capital(inputs[0])} has shape {given} where {wanted} takes {due}. Give '
    'the column the shape of one example, or reshape the feature in input_fn.'
  )


def _of_lookup(operation: tf.Operation, text: str) -> str | None:
  """An id beyond the rows of a table of weights."""
  found = re.search(r' = (-?\d+) is not in \[0, (\d+)\)', text)
  inputs = origins.inputs_of(operation)
  if not (found and inputs):
    return None
  value, size = found.groups()
  columns = [c for name in inputs for c in _columns_of(operation, name)]
  by = f' ({origins.joined(columns)})' if columns else ''
  return (
    f'{_capital(origins.joined(inputs))}{by} has the value {value}, which is '
    f'not in [0, {size}). Raise `num_buckets` of its column (now {size}), or '
    'give the column a `default_value`.'
  )


def _of_vocabulary(operation: tf.Operation, text: str) -> str | None:
  """A vocabulary file that is missing, or shorter than it is said to be."""
  column = re.search(r'([^/]+)_lookup/', operation.name)
  whose = f" of the column '{column.group(1)}'" if column else ''
  filename = tf.get_static_value(operation.inputs[1])
  path = '' if filename is None else tf.compat.as_str_any(filename.item())
  sizes = re.search(r'expected (\d+) but got (\d+)', text)
  if sizes:
    return (
      f'`vocabulary_file` ({path}){whose} has {sizes.group(2)} lines, fewer '
      f'than its `vocabulary_size` ({sizes.group(1)}). Make the size that of '
      'the file.'
    )
  twice = _TWICE.search(text)
  if twice:
    return (
      f"`vocabulary_file` ({path}){whose} has the word '{twice.group(1)}' twice. "
      'Leave one of them out.'
    )
  return (
    f'`vocabulary_file` ({path}){whose} cannot be read. Give the path of a text '
    'file with one word a line.'
  )


def _of_restoring(operation: tf.Operation, text: str) -> str | None:
  """A checkpoint that somebody named, and that is damaged."""
  if 'not found in checkpoint' in text:
    return None
  return (
    'A checkpoint is damaged, or is none. Name another one by `checkpoint_path`, or '
    'none: then the newest that is sound is used.'
  )


def _of_table(operation: tf.Operation, text: str) -> str | None:
  """A vocabulary that has a word twice."""
  twice = _TWICE.search(text)
  if not twice:
    return None
  is_of_labels = 'class_id_lookup' in operation.name
  name = '`label_vocabulary`' if is_of_labels else 'A vocabulary'
  return f"{name} has '{twice.group(1)}' twice. Leave one of them out: each has one id."


def _of_classes(operation: tf.Operation, text: str) -> str | None:
  """A label that a loss of TensorFlow's has no logit for."""
  found = re.search(r'value of (-?\d+) which is outside .* (\[.*?\))', text)
  labels = [n for n in origins.inputs_of(operation) if 'label' in n]
  if not (found and labels):
    return None
  return (
    f'{_capital(origins.joined(labels))} of {found.group(1)} must be in '
    f'{found.group(2)}, as many as the last axis of the logits has'
  )


def _of_nan(error: Exception) -> str:
  """The text is TensorFlow's own, and then what is known of the reason."""
  place = batches.place_of(error).replace('In', ' in')
  found = batches.nan_of(error)
  if found:
    return (
      f'NaN loss during training{place}. {found}, as the input is read again. '
      'Replace such values, or leave their examples out.'
    )
  return (
    f'NaN loss during training{place}. Look for NaN and very great values in '
    'features and labels; without any, lower the learning rate.'
  )


def _of_histogram(operation: tf.Operation, text: str) -> str:
  """NaN in what a summary shows; after that a loss of NaN is near."""
  inputs = [
    name for name in origins.inputs_of(operation) if name != 'the labels'
  ]
  of = f', computed from {origins.joined(inputs)}' if inputs else ''
  return (
    f"'{operation.inputs[1].op.name}'{of} has NaN. Look for NaN and very great "
    'values in these; without any, lower the learning rate.'
  )


def _columns_of(operation: tf.Operation, what: str) -> Sequence[str]:
  """The columns that read a feature, told as in `notes.inputs`."""
  columns = notes.of(operation.graph).columns
  key = re.fullmatch(r"feature '(.*)'", what)
  return columns.get(key.group(1), ()) if key else ()


def _read_by(operation: tf.Operation, inputs: Sequence[str]) -> str:
  columns = [c for name in inputs for c in _columns_of(operation, name)]
  return f'{origins.joined(columns)} reads it and ' if columns else ''


def _shape(tensor: tf.Tensor) -> str:
  if tensor.shape.rank is None:
    return 'of unknown rank'
  sizes = [tf.compat.dimension_value(size) for size in tensor.shape]
  return '[' + ', '.join('?' if s is None else str(s) for s in sizes) + ']'


def _capital(text: str) -> str:
  return text[:1].upper() + text[1:]


def _of_scalar_summary(operation: tf.Operation, text: str) -> str | None:
  """A vector where a scalar is due."""
  found = re.search(
    r'not the same shape: \[\] != (\[.+?\]) \(tag \'(.*)\'\)', text
  )
  if not found:
    return None
  shape, tag = found.groups()
  return (
    f"The summary '{tag}' takes a scalar, and is given shape {shape}. Reduce it, for "
    'instance with tf.reduce_mean'
  )


_RULES: dict[str, Callable[[tf.Operation, str], str | None]] = {
  'Cast': _of_cast,
  'GatherV2': _of_lookup,
  'HistogramSummary': _of_histogram,
  'InitializeTableFromTextFileV2': _of_vocabulary,
  'LookupTableImportV2': _of_table,
  'Reshape': _of_reshape,
  'RestoreV2': _of_restoring,
  'ResourceGather': _of_lookup,
  'ScalarSummary': _of_scalar_summary,
  'SparseSoftmaxCrossEntropyWithLogits': _of_classes,
}
