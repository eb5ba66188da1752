"""Tells by value what a model is made of, where that is safe to say.

A graph may be used again only if it would be built the same. So of everything that
a model is made of the value is taken, down to plain numbers and strings: what
changes between two calls then has another fingerprint. Objects and functions of the
program have none, since they may do anything; but for functions of which the
program says, by `keeps_graph`, that what they do depends on their closure only.
"""

import dataclasses
import enum
import functools
import hashlib
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from tfcompat_estimator import _tf
from tfcompat_estimator.loop import model_fn_call

v1 = tf.compat.v1

_MOST_BYTES = 1 << 20  # of an array
_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis))
_OURS = __name__.partition('.')[0]
# Whose functions do the same whenever they are given the same.
_TRUSTED = ('tensorflow', 'tf_keras', 'keras', _OURS)
_MODULES = (*_TRUSTED, 'numpy', 'math', 'functools', 'operator')
# What optimizers of TF 1 and Keras note down while they train.
_NOTED = (
  '_slots',
  '_non_slot_dict',
  '_deferred_slot_restorations',
  '_deferred_dependencies',
  '_weights',
  '_iterations',
  '_hypers_created',
  '_distribution_strategy',
)


class UnknownPartError(Exception):
  """There is something that no fingerprint can be taken of."""


def of(value: Any) -> bytes:
  """The fingerprint: equal only for values of which equal graphs are made.

  Raises:
    UnknownPartError: Nobody knows what a part of it does.
  """
  reader = _Reader()
  return hashlib.sha256(repr(reader.read(value)).encode()).digest()


class _Reader:
  """Describes values by plain ones, each object once."""

  def __init__(self) -> None:
    self._seen: dict[int, int] = {}
    self._alive: list[Any] = []  # so that no other object gets its id

  def read(self, value: Any) -> Any:
    """The value in plain ones."""
    if isinstance(value, _PLAIN):
      return value if type(value) in _PLAIN else (_name(type(value)), value)
    if isinstance(value, tf.DType | tf.TensorShape | np.generic | np.dtype):
      return type(value).__name__, repr(value)
    if isinstance(value, enum.Enum):
      return _name(type(value)), value.name
    if id(value) in self._seen:
      return 'seen', self._seen[id(value)]
    self._seen[id(value)] = len(self._seen)
    self._alive.append(value)
    return self._read(value)

  def _read(self, value: Any) -> Any:
    if isinstance(value, np.ndarray):
      return self._array(value)
    if isinstance(value, type):
      return 'class', _trusted_name(value)
    if isinstance(value, tuple) and hasattr(value, '_fields'):
      if getattr(value, 'ckpt_to_load_from', None):
        raise UnknownPartError('a checkpoint that is read while it is built')
      return _trusted_name(type(value)), [self.read(item) for item in value]
    if isinstance(value, list | tuple):
      if all(type(item) in _PLAIN for item in value):  # a long vocabulary, say
        return type(value).__name__, value
      return type(value).__name__, [self.read(item) for item in value]
    if isinstance(value, Mapping):
      items = [[self.read(k), self.read(v)] for k, v in value.items()]
      return 'mapping', items
    if isinstance(value, set | frozenset):
      return 'set', sorted(repr(self.read(item)) for item in value)
    if isinstance(value, functools.partial):
      parts = (value.func, value.args, value.keywords)
      return 'partial', [self.read(part) for part in parts]
    if isinstance(value, types.MethodType):
      return 'method', value.__name__, self.read(value.__self__)
    if callable(value) and hasattr(value, '__qualname__'):
      return self._function(value)
    return self._object(value)

  def _array(self, array: np.ndarray) -> Any:
    if array.nbytes > _MOST_BYTES:
      raise UnknownPartError('a large array')
    if array.dtype.hasobject:
      return 'array', array.shape, self.read(array.ravel().tolist())
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return 'array', str(array.dtype), array.shape, digest

  def _function(self, function: Any) -> Any:
    module = getattr(function, '__module__', None) or ''
    root = module.partition('.')[0]
    if root in _MODULES and _resolves(function, module):
      return 'function', module, function.__qualname__
    code = getattr(function, '__code__', None)
    if code is None:
      raise UnknownPartError(f'{function!r}')
    parts = [
      function.__defaults__,
      function.__kwdefaults__,
      [_content(cell) for cell in function.__closure__ or ()],
    ]
    if root not in _MODULES and not model_fn_call.is_said_to_keep(function):
      raise UnknownPartError(
        f'{function.__qualname__}, a function of the program'
      )
    plain = [each for each in code.co_consts if isinstance(each, _PLAIN)]
    described = (
      module,
      function.__qualname__,
      code.co_firstlineno,
      code.co_code.hex(),
      plain,
    )
    return 'made', described, [self.read(part) for part in parts]

  def _object(self, value: Any) -> Any:
    """An object of a class that is known not to do anything unforeseen."""
    name = _trusted_name(type(value))
    if isinstance(value, v1.train.Optimizer):
      return name, self.read(dict(_settings(value)))
    if isinstance(value, tf_keras.optimizers.legacy.Optimizer):
      return name, self.read(dict(_settings(value)))
    is_metric = isinstance(value, tf_keras.metrics.Metric)
    if not is_metric and (
      isinstance(value, tf.Variable | tf.Graph | tf.Module)
      or tf.is_tensor(value)
    ):
      raise UnknownPartError(name)
    if hasattr(value, 'get_config'):
      with _tf.eager_mode():
        return name, self.read(value.get_config())
    if dataclasses.is_dataclass(value) or hasattr(value, '__dict__'):
      return name, self.read(vars(value))
    raise UnknownPartError(name)


def _settings(optimizer: Any) -> Iterator[tuple[str, Any]]:
  """What an optimizer is to do, without what it has noted down.

  One of TF 1 has made tensors of its settings, which are there, too. In one of
  Keras `from_argument.show` has put what belongs to a graph.
  """
  is_keras = isinstance(optimizer, tf_keras.optimizers.legacy.Optimizer)
  for name, value in vars(optimizer).items():
    if name in _NOTED or name.startswith('_self_'):
      continue
    if is_keras and isinstance(value, tf.Variable):
      continue
    made = is_keras or name.endswith(('_t', '_tensor'))
    if made and (value is None or _symbolic(value)):
      continue
    if is_keras and name == '_hyper':
      value = {key: _number(each) for key, each in value.items()}
    yield name, value


def _symbolic(value: Any) -> bool:
  return tf.is_tensor(value) and not hasattr(value, 'numpy')


def _number(value: Any) -> Any:
  """A hyperparameter; the number behind a variable of eager mode."""
  if isinstance(value, tf.Variable):
    with _tf.eager_mode():
      if not hasattr(value, 'numpy') or tf.is_symbolic_tensor(value.handle):
        raise UnknownPartError('a hyperparameter of a graph')
      return value.numpy().tolist()
  if tf.is_tensor(value):
    raise UnknownPartError('a tensor as a hyperparameter')
  return value


def _content(cell: Any) -> Any:
  try:
    return cell.cell_contents
  except ValueError:  # it is empty
    return None


def _name(cls: type) -> str:
  return f'{cls.__module__}.{cls.__qualname__}'


def _trusted_name(cls: type) -> str:
  root = cls.__module__.partition('.')[0]
  if root not in _TRUSTED and cls.__module__ != 'builtins':
    raise UnknownPartError(f'{_name(cls)}, a class of the program')
  return _name(cls)


def _resolves(function: Any, module: str) -> bool:
  """Whether a function is found by its name, so that there is only one."""
  found: Any = sys.modules.get(module)
  for part in function.__qualname__.split('.'):
    found = getattr(found, part, None)
  return found is function
