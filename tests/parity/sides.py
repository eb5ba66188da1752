"""Calls a function of a program under this TensorFlow or under the reference.

This file is also what runs in the other process, so it imports nothing but
numpy above its functions.
"""

from __future__ import annotations  # Python 3.7 runs this, too.

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Any, NamedTuple

import numpy as np

PROGRAMS = pathlib.Path(__file__).parent / 'programs'
REFERENCE_VARIABLE = 'TFCOMPAT_REFERENCE_PYTHON'
TF1_VARIABLE = 'TFCOMPAT_TF1_PYTHON'
ARRAY_KEY = '__array__'


class SideError(RuntimeError):
  """A call failed in the other process; the message ends in its traceback."""


class Side(NamedTuple):
  """An interpreter and whether tf.estimator must be installed in it."""

  name: str
  python: str
  install: bool
  folder: pathlib.Path = PROGRAMS
  tf1: bool = False

  def call(self, program: str, function: str, **arguments: Any) -> Any:
    """The result of `function(**arguments)` of `programs/<program>.py`."""
    with tempfile.TemporaryDirectory() as folder:
      write(os.path.join(folder, 'arguments'), arguments)
      command = [
        self.python,
        os.fspath(pathlib.Path(__file__)),
        str(int(self.install) + int(self.tf1)),
        os.fspath(self.folder / f'{program}.py'),
        function,
        folder,
      ]
      done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=self._environment(),
        check=False,
      )
      if done.returncode:
        raise SideError(
          f'{self.name}: {program}.{function} failed\n{done.stderr[-6000:]}'
        )
      return read(os.path.join(folder, 'result'))

  def _environment(self) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    env.update(TF_CPP_MIN_LOG_LEVEL='2', CUDA_VISIBLE_DEVICES='-1')
    if self.install:
      env['PYTHONPATH'] = os.fspath(pathlib.Path(__file__).parents[2])
    return env


def ours() -> Side:
  return Side('ours', sys.executable, install=True)


def ours_of_tf1(folder: pathlib.Path) -> Side:
  """This TensorFlow, for the programs of TensorFlow 1 in a folder."""
  return Side('ours', sys.executable, install=True, folder=folder, tf1=True)


def tensorflow_1(folder: pathlib.Path) -> Side:
  """TensorFlow 1.15, by the environment; LookupError where it names none."""
  python = os.environ.get(TF1_VARIABLE)
  if not python:
    raise LookupError(
      f'{TF1_VARIABLE} is not set: name a Python 3.7 with TensorFlow 1.15.'
    )
  return Side('TensorFlow 1.15', python, install=False, folder=folder)


def reference() -> Side:
  """The side that the environment names; LookupError where it names none."""
  python = os.environ.get(REFERENCE_VARIABLE)
  if not python:
    raise LookupError(f'{REFERENCE_VARIABLE} is not set: run `make parity`.')
  if not os.access(python, os.X_OK):
    raise LookupError(f'{REFERENCE_VARIABLE} ({python}) is no interpreter.')
  return Side('reference', python, install=False)


def write(path: str, value: Any) -> None:
  """Saves a nest of JSON values and numpy arrays as path.json and path.npz."""
  arrays: dict[str, np.ndarray] = {}

  def strip(node: Any) -> Any:
    if isinstance(node, dict):
      return {str(k): strip(v) for k, v in node.items()}
    if isinstance(node, (list, tuple)):
      return [strip(v) for v in node]
    if isinstance(node, (np.ndarray, np.generic)):
      arrays[f'a{len(arrays)}'] = node = np.asarray(node)
      if node.dtype == object:  # strings, as TensorFlow returns them
        arrays[f'a{len(arrays) - 1}'] = node.astype(np.bytes_)
      return {ARRAY_KEY: f'a{len(arrays) - 1}'}
    return node.decode() if isinstance(node, bytes) else node

  stripped = strip(value)
  np.savez(path + '.npz', **arrays)
  pathlib.Path(path + '.json').write_text(json.dumps(stripped))


def read(path: str) -> Any:
  """What `write` saved, with lists for tuples."""
  with np.load(path + '.npz') as arrays:

    def fill(node: Any) -> Any:
      if isinstance(node, dict):
        if ARRAY_KEY in node:
          return arrays[node[ARRAY_KEY]]
        return {k: fill(v) for k, v in node.items()}
      return [fill(v) for v in node] if isinstance(node, list) else node

    return fill(json.loads(pathlib.Path(path + '.json').read_text()))


def _main(install: str, program: str, function: str, folder: str) -> None:
  """Runs in the other process: loads the program and calls the function."""
  sys.path.pop(0)  # this folder; nothing of the tests may be imported by name
  if int(install):
    import tfcompat_estimator

    if int(install) == 2:
      os.environ.setdefault('TF_USE_LEGACY_KERAS', '1')
      tfcompat_estimator.install(tf1=True)
    else:
      tfcompat_estimator.install()
  spec = importlib.util.spec_from_file_location('program', program)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  arguments = read(os.path.join(folder, 'arguments'))
  result = getattr(module, function)(**arguments)
  write(os.path.join(folder, 'result'), result)


if __name__ == '__main__':
  _main(*sys.argv[1:])
