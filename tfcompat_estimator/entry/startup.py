"""Installs at the start of every interpreter, where that was asked for.

`enable()` writes a .pth file, which Python executes when it starts. It does
something only if the environment variable TFCOMPAT_ESTIMATOR is set: so programs
whose command cannot be changed get `tf.estimator` back by their environment.
"""

import os
import pathlib
import sysconfig
from collections.abc import Callable
from multiprocessing import spawn
from typing import Any

from tfcompat_estimator.entry import legacy_keras
from tfcompat_estimator.entry.install import install

VARIABLE = 'TFCOMPAT_ESTIMATOR'
FILE = 'tfcompat_estimator.pth'
# One line, as .pth files have it; the package is not even looked for without
# the variable.
_LINE = (
  f"import os; os.environ.get('{VARIABLE}', '0') not in ('', '0') and "
  "__import__('tfcompat_estimator.entry.startup', fromlist=['begin']).begin()\n"
)


def begin() -> None:
  """Does what the runner does before a program."""
  # Read by TensorFlow when the program imports it; a value that is set stays.
  os.environ.setdefault(legacy_keras.VARIABLE, '1')
  install()


def follow_spawned() -> None:
  """Has processes that `multiprocessing` spawns begin in the same way.

  They are new interpreters, which import the program without our doing; the
  first that they do is to unpickle how they are to be prepared.
  """
  original = spawn.get_preparation_data

  def get_preparation_data(name: str) -> dict[str, Any]:
    data = original(name)
    data['name'] = _BeginsWhenUnpickled(data['name'])
    return data

  spawn.get_preparation_data = get_preparation_data


class _BeginsWhenUnpickled:
  """Is the name of a process, of which unpickling makes a plain str."""

  def __init__(self, name: str):
    self._name = name

  def __reduce__(self) -> tuple[Callable[[str], str], tuple[str]]:
    return _begin_spawned, (self._name,)


def _begin_spawned(name: str) -> str:
  begin()
  follow_spawned()
  return name


def path(folder: str | None = None) -> pathlib.Path:
  """The .pth file in a folder; by default, this interpreter's site-packages."""
  return pathlib.Path(folder or sysconfig.get_path('purelib')) / FILE


def enable(folder: str | None = None) -> str:
  """Writes the file; returns what to tell the user."""
  file = path(folder)
  file.write_text(_LINE, 'utf-8')
  return (
    f'Wrote {file}. Programs that this interpreter runs have tf.estimator if '
    f'the environment variable {VARIABLE} is 1.'
  )


def disable(folder: str | None = None) -> str:
  """Removes the file; returns what to tell the user."""
  file = path(folder)
  if not file.exists():
    return f'There is no {file}: nothing to do.'
  file.unlink()
  return f'Removed {file}.'
