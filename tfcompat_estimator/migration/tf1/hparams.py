"""Keeps a model's hyperparameters: `tf.contrib.training.HParams`."""

import json
import re
from collections.abc import Mapping
from typing import Any

# `name=value`, `name[index]=value` or `name=[value,value]`, up to a comma.
_ASSIGNMENT = re.compile(
  r'\s*(?P<name>[a-zA-Z][\w.]*)(?:\[(?P<index>\d+)\])?\s*=\s*'
  r'(?:\[(?P<list>[^\]]*)\]|(?P<value>[^,\[]*))\s*(?:,|$)'
)
_TRUE = frozenset({'true', 'True', '1'})
_FALSE = frozenset({'false', 'False', '0'})


def parse_values(
  values: str, type_map: Mapping[str, type], ignore_unknown: bool = False
) -> dict[str, Any]:
  """Reads 'name=value,other=[1,2],third[0]=5'.

  Args:
    values: What to read.
    type_map: The type of each name; of lists, that of an element.
    ignore_unknown: Leave out names that `type_map` has not.

  Returns:
    {name: value}; of an assignment to one element, {name: {index: value}}.

  Raises:
    ValueError: Something cannot be read, or a name is unknown or assigned twice.
  """
  found: dict[str, Any] = {}
  position = 0
  while position < len(values):
    match = _ASSIGNMENT.match(values, position)
    if not match:
      raise ValueError(f'Malformed hyperparameter value: {values[position:]}')
    position = match.end()
    name = match['name']
    if name not in type_map:
      if ignore_unknown:
        continue
      raise ValueError(f'Unknown hyperparameter type for {name}')
    _assign(found, match, type_map[name], values)
  return found


def _assign(
  found: dict[str, Any], match: re.Match[str], kind: type, values: str
) -> None:
  name, index = match['name'], match['index']
  if match['list'] is not None:
    if index is not None:
      raise ValueError(f'A list cannot be an element: {match[0]} in {values}')
    words = [word.strip() for word in match['list'].split(',')]
    value: Any = [_read(name, kind, word) for word in words if word]
  else:
    value = _read(name, kind, match['value'].strip())
  if index is not None:
    elements = found.setdefault(name, {})
    if not isinstance(elements, dict) or int(index) in elements:
      raise ValueError(f'Multiple assignments to {name} in {values}')
    elements[int(index)] = value
  elif name in found:
    raise ValueError(f'Multiple assignments to variable {name!r} in {values}')
  else:
    found[name] = value


def _read(name: str, kind: type, word: str) -> Any:
  """A value of a type, from its text."""
  try:
    if kind is bool:
      if word in _TRUE or word in _FALSE:
        return word in _TRUE
      raise ValueError
    if kind is int and word != str(int(float(word))):
      return int(word)
    return kind(word)
  except ValueError:
    raise ValueError(
      f'Could not parse hparam {name!r} of type {kind.__name__!r} with value '
      f'{word!r}'
    ) from None


class HParams:
  """Hyperparameters, as attributes.

  Each has a type, that of its first value: later values are of it, too. A value
  may be an int, float, bool, string, None, a list of such, or anything else.
  """

  _HAS_DYNAMIC_ATTRIBUTES = True  # read by type checkers

  def __init__(
    self,
    hparam_def: Any = None,
    model_structure: Any = None,
    **kwargs: Any,
  ):
    """Makes it of keyword arguments.

    Args:
      hparam_def: A message of these; not served.
      model_structure: Anything, kept for `get_model_structure`.
      **kwargs: Names and values.

    Raises:
      ValueError: `hparam_def` is given, or a value is an empty list.
    """
    if hparam_def is not None:
      raise ValueError(
        f'`hparam_def` ({type(hparam_def).__name__}) must be None: TensorFlow 2 '
        'has no HParamDef. Give names and values as keyword arguments.'
      )
    self._hparam_types: dict[str, tuple[type, bool]] = {}
    self._model_structure = model_structure
    for name, value in kwargs.items():
      self.add_hparam(name, value)

  def add_hparam(self, name: str, value: Any) -> None:
    """Adds one; ValueError if the name is taken or the list is empty."""
    if getattr(self, name, None) is not None:
      raise ValueError(f'Hyperparameter name is reserved: {name}')
    if isinstance(value, list | tuple):
      if not value:
        raise ValueError(
          f'Multi-valued hyperparameters cannot be empty: {name}'
        )
      self._hparam_types[name] = type(value[0]), True
    else:
      self._hparam_types[name] = type(value), False
    setattr(self, name, value)

  def set_hparam(self, name: str, value: Any) -> None:
    """Sets one that is there; ValueError if the value is of another type."""
    kind, is_list = self._hparam_types[name]
    if isinstance(value, list):
      if not is_list:
        raise ValueError(f'Must not pass a list for single-valued {name}.')
      value = [_converted(name, kind, each) for each in value]
    elif is_list:
      raise ValueError(f'Must pass a list for multi-valued {name}.')
    else:
      value = _converted(name, kind, value)
    setattr(self, name, value)

  def del_hparam(self, name: str) -> None:
    """Removes one, if it is there."""
    if hasattr(self, name):
      delattr(self, name)
      del self._hparam_types[name]

  def parse(self, values: str) -> 'HParams':
    """Sets those that a text names: 'learning_rate=0.1,units=[2,3]'."""
    types = {name: kind for name, (kind, _) in self._hparam_types.items()}
    return self.override_from_dict(parse_values(values, types))

  def override_from_dict(self, values_dict: Mapping[str, Any]) -> 'HParams':
    """Sets those of a dict; KeyError of names that are not there."""
    for name, value in values_dict.items():
      if isinstance(value, dict):  # single elements, as parse_values gives them
        value = [
          value.get(index, before)
          for index, before in enumerate(getattr(self, name))
        ]
      self.set_hparam(name, value)
    return self

  def set_model_structure(self, model_structure: Any) -> None:
    """Keeps an object that says what the model is."""
    self._model_structure = model_structure

  def get_model_structure(self) -> Any:
    """What `set_model_structure` was given."""
    return self._model_structure

  def to_json(
    self,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
  ) -> str:
    """The values as a JSON object."""
    return json.dumps(
      self.values(),
      indent=indent,
      separators=separators,
      sort_keys=sort_keys,
    )

  def parse_json(self, values_json: str) -> 'HParams':
    """Sets those that a JSON object names."""
    return self.override_from_dict(json.loads(values_json))

  def values(self) -> dict[str, Any]:
    """{name: value} of all."""
    return {name: getattr(self, name) for name in self._hparam_types}

  def get(self, key: str, default: Any = None) -> Any:
    """One value, or the default; its type must be that of the hyperparameter."""
    if key not in self._hparam_types:
      return default
    kind, is_list = self._hparam_types[key]
    if default is not None and kind is not type(None):
      given = default if isinstance(default, list) else [default]
      try:
        same = isinstance(default, list) == is_list and all(
          isinstance(_converted(key, kind, each), kind) for each in given
        )
      except ValueError:
        same = False
      if not same:
        raise ValueError(
          f'The type of default ({default!r}) differs from that of {key}.'
        )
    return getattr(self, key)

  def __contains__(self, key: str) -> bool:
    return key in self._hparam_types

  def __str__(self) -> str:
    return ','.join(f'{k}={v}' for k, v in self.values().items())

  def __repr__(self) -> str:
    return f'{type(self).__name__}({sorted(self.values().items())})'


def _converted(name: str, kind: type, value: Any) -> Any:
  """A value as one of the hyperparameter's type; nothing is lost by it."""
  if kind is type(None):
    return value
  fits = isinstance(value, kind) and isinstance(value, bool) == (kind is bool)
  if fits or kind not in (bool, float, int, str):
    return value
  if kind is float and isinstance(value, int) and not isinstance(value, bool):
    return float(value)
  if kind is str and isinstance(value, bytes):
    return value
  raise ValueError(
    f'Could not cast hparam {name!r} of type {kind.__name__!r} from value '
    f'{value!r}'
  )
