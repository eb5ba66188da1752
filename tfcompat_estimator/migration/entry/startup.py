"""Installs at the start of every interpreter, where that was asked for.

`enable()` writes a .pth file, which Python executes when it starts. It does
something only if the environment variable TFCOMPAT_ESTIMATOR is set: so programs
whose command cannot be changed get `tf.estimator` back by their environment.
"""

import os
import pathlib
import sysconfig
from collections.abc import Callable, Sequence
from multiprocessing import spawn
from typing import Any

from tfcompat_estimator.migration.entry import legacy_keras, quiet_start
from tfcompat_estimator.migration.entry.install import install

VARIABLE = 'TFCOMPAT_ESTIMATOR'
# The value of VARIABLE for programs of TensorFlow 1.
TF1 = 'tf1'
FILE = 'tfcompat_estimator.pth'
# One line, as .pth files have it; the package is not even looked for without
# the variable.
_LINE = (
  f"import os; os.environ.get('{VARIABLE}', '0') not in ('', '0') and "
  "__import__('tfcompat_estimator.migration.entry.startup', fromlist=['begin']).begin()\n"
)


def begin(*, tf1: bool = False, tf1_packages: Sequence[str] = ()) -> None:
  """Does what the runner does before a program.

  Args:
    tf1: See `install`; the value `tf1` of the environment variable says so too.
    tf1_packages: See `install`.
  """
  # Read by TensorFlow when the program imports it; values that are set stay.
  os.environ.setdefault(legacy_keras.VARIABLE, '1')
  quiet_start.begin()
  tf1 = tf1 or os.environ.get(VARIABLE) == TF1
  install(tf1=tf1, tf1_packages=tf1_packages)


def follow_spawned(
  *, tf1: bool = False, tf1_packages: Sequence[str] = ()
) -> None:
  """Has processes that `multiprocessing` spawns begin in the same way.

  They are new interpreters, which import the program without our doing; the
  first that they do is to unpickle how they are to be prepared.
  """
  original = spawn.get_preparation_data

  def get_preparation_data(name: str) -> dict[str, Any]:
    data = original(name)
    data['name'] = _BeginsWhenUnpickled(data['name'], tf1, tf1_packages)
    return data

  spawn.get_preparation_data = get_preparation_data


class _BeginsWhenUnpickled:
  """Is the name of a process, of which unpickling makes a plain str."""

  def __init__(self, name: str, tf1: bool, tf1_packages: Sequence[str]):
    self._arguments = name, tf1, tuple(tf1_packages)

  def __reduce__(self) -> tuple[Callable[..., str], tuple[Any, ...]]:
    return _begin_spawned, self._arguments


def _begin_spawned(
  name: str, tf1: bool = False, tf1_packages: Sequence[str] = ()
) -> str:
  begin(tf1=tf1, tf1_packages=tf1_packages)
  follow_spawned(tf1=tf1, tf1_packages=tf1_packages)
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
