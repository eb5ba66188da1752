"""Keeps, while a graph is built, what its tensors are to the user."""

import inspect
import re
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

# From what TensorFlow says to what it means here; None where that is not known.
Explanation = Callable[[str], str | None]


class Notes:
  """What is known of one graph.

  Attributes:
    inputs: By the name of a tensor, what it is: "feature 'x'", "label".
    columns: By the key of a feature, the columns that read it.
    explanations: By the name of an operation, what its failure means.
    input_fn: The function of the user that made the input, and where it is.
    is_endless: Whether the input is known to have no end.
  """

  def __init__(self) -> None:
    self.inputs: dict[str, str] = {}
    self.columns: dict[str, list[str]] = {}
    self.explanations: dict[str, Explanation] = {}
    self.input_fn = ''
    self.is_endless = False

  def explained(self, name: str, text: str) -> str | None:
    """What the failure of an operation means, if a check has said it."""
    while name:
      if name in self.explanations:
        sentence = self.explanations[name](text)
        if sentence:
          return sentence
      name = name.rpartition('/')[0]
    return None


_notes: weakref.WeakKeyDictionary[tf.Graph, Notes] = weakref.WeakKeyDictionary()


def of(graph: tf.Graph | None) -> Notes:
  """The notes of a graph; those of no graph are empty."""
  if graph is None:
    return Notes()
  return _notes.setdefault(graph, Notes())


def add_inputs(features: Any, labels: Any) -> None:
  """Notes which tensors of the default graph are features and labels."""
  inputs = _of_default().inputs
  for value, what in ((features, 'feature'), (labels, 'label')):
    parts = value if isinstance(value, Mapping) else {None: value}
    for key, part in parts.items():
      name = what if key is None else f'{what} {key!r}'
      for tensor in tf.nest.flatten(part, expand_composites=True):
        if tf.is_tensor(tensor) and hasattr(tensor, 'op'):
          inputs[tensor.name] = name if key is not None else f'the {what}s'


def add_input_fn(function: Callable[..., Any]) -> None:
  """Notes which function made the input of the default graph."""
  function = inspect.unwrap(getattr(function, 'func', function))
  code = getattr(function, '__code__', None)
  name = getattr(function, '__name__', type(function).__name__)
  place = f' ({code.co_filename}:{code.co_firstlineno})' if code else ''
  _of_default().input_fn = f'{name}{place}'


def add_columns(columns: Any) -> None:
  """Notes which feature columns read which features of the default graph."""
  noted = _of_default().columns
  for column in columns:
    for key in getattr(column, 'parse_example_spec', None) or ():
      noted.setdefault(key, []).append(brief(column))


def explain(name: str, explanation: Explanation) -> None:
  """Notes what it means if an operation of the default graph fails.

  Args:
    name: That of the operation, or of a scope that it is in.
    explanation: Tells it.
  """
  if not tf.executing_eagerly():
    _of_default().explanations[name.rstrip('/')] = explanation


def brief(column: Any) -> str:
  """A feature column as one would write it, as far as it is not the default."""
  fields: dict[str, Any] = getattr(column, '_asdict', dict)()
  defaults = getattr(type(column), '_field_defaults', {})
  told = ', '.join(
    f'{name}={value!r}'
    for name, value in fields.items()
    if value is not None and value != defaults.get(name, _NO_VALUE)
    if isinstance(value, str | int | float | tuple | list)
    if not _is_nested(value)
  )
  inner = fields.get('categorical_column') or fields.get('source_column')
  told = ', '.join(filter(None, (brief(inner) if inner else '', told)))
  name = re.sub(r'(?<=[a-z])(?=[A-Z])', '_', type(column).__name__).lower()
  return f'{name}({told})'[:_LONGEST]


_NO_VALUE = object()
_LONGEST = 160


def _is_nested(value: Any) -> bool:
  return isinstance(value, tuple) and hasattr(value, '_fields')


def _of_default() -> Notes:
  return of(tf.compat.v1.get_default_graph())
