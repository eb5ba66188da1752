"""Leads the TF 1 parts of Keras to tf_keras, where Keras 3 has taken their place.

TensorFlow's names for them exist, but raise "not available with Keras 3" unless
the environment variable TF_USE_LEGACY_KERAS was set when they were first read.
"""

import importlib
import os
import types
from collections.abc import Mapping
from typing import Any

VARIABLE = 'TF_USE_LEGACY_KERAS'

_V1_KERAS = 'tf_keras.api._v1.keras'
_LEGACY = f'{_V1_KERAS}.__internal__.legacy'

# Names below tf.compat.v1, and the modules of tf_keras that they stand for.
PLACES = {
  'keras': _V1_KERAS,
  'layers': f'{_LEGACY}.layers',
  'nn.rnn_cell': f'{_LEGACY}.rnn_cell',
}


def is_chosen() -> bool:
  """Whether TensorFlow itself leads `tf.keras` to tf_keras."""
  return os.environ.get(VARIABLE) in ('1', 'true', 'True')  # as TensorFlow does


class Lazy(types.ModuleType):
  """A stand-in for a module, imported when something of it is first read."""

  def __init__(
    self, name: str, place: str, instead: Mapping[str, Any] | None = None
  ):
    """Makes the stand-in.

    Args:
      name: What the module is called where users find it.
      place: The module that it stands for.
      instead: Attributes that it has of its own.
    """
    super().__init__(name, f'Stands for {place}.')
    self.__path__: list[str] = []
    vars(self).update(instead or {})
    self._place = place

  def below(self, path: str) -> types.ModuleType:
    """The module of this dotted path below the one that this stands for."""
    return importlib.import_module(f'{self._place}.{path}')

  def _load(self) -> types.ModuleType:
    module = importlib.import_module(self._place)
    vars(self).update(
      {k: v for k, v in vars(module).items() if k not in vars(self)}
    )
    return module

  def __getattr__(self, name: str) -> Any:
    if name == '__file__':
      raise AttributeError(name)
    return getattr(self._load(), name)

  def __dir__(self) -> list[str]:
    return sorted({*dir(self._load()), *vars(self)})


def stand_ins(estimator: types.ModuleType) -> dict[str, Lazy]:
  """What is to stand below tf.compat.v1, by its dotted path there.

  Args:
    estimator: `tf.compat.v1.keras.estimator`.
  """
  if is_chosen():
    return {}
  own = {'keras': {'estimator': estimator}}
  return {
    path: Lazy(f'tensorflow.compat.v1.{path}', place, own.get(path))
    for path, place in PLACES.items()
  }
