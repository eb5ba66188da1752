"""Goes back from an operation to the input it uses and the line that made it."""

import functools
import importlib.util
import linecache
import os
import sysconfig
from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.errors import notes


def _folder(package: str) -> str:
  spec = importlib.util.find_spec(package)
  origin = spec.origin if spec and spec.origin else package
  return os.path.join(os.path.dirname(os.path.abspath(origin)), '')


# Where frames are of no use to whoever wrote the program.
_OURS = _folder(__name__.partition('.')[0])
_INSIDE = (_OURS, *map(_folder, ('tensorflow', 'tf_keras', 'keras')))
# Parts of the standard library that call what they are given.
_STANDARD = sysconfig.get_paths()['stdlib']
_CALLERS = tuple(
  os.path.join(_STANDARD, name) for name in ('contextlib.py', 'functools.py')
)


@functools.cache
def is_inside(path: str) -> bool:
  """True for files of TensorFlow, Keras and this package."""
  path = os.path.abspath(path)
  return path.startswith(_INSIDE) or path in _CALLERS


def inputs_of(operation: tf.Operation) -> list[str]:
  """The features and labels that an operation computes with, in words."""
  known = notes.of(operation.graph).inputs
  found: dict[str, None] = {}
  seen = {operation}
  stack = [operation]
  while stack:
    for tensor in stack.pop().inputs:
      if tensor.name in known:
        found[known[tensor.name]] = None
      elif tensor.op not in seen:
        seen.add(tensor.op)
        stack.append(tensor.op)
  return sorted(found)


def line_of(operation: tf.Operation) -> str:
  """The line of a user's function that made an operation, '' if none did.

  That of the program that called train is no such line.
  """
  frames = list(operation.traceback or ())
  ours = [f.filename.startswith(_OURS) for f in frames]
  if True not in ours:
    return ''
  within = [
    frame
    for frame in frames[ours.index(True) :]
    if not is_inside(frame.filename)
  ]
  if not within:
    return ''
  frame = within[-1]
  text = linecache.getline(frame.filename, frame.lineno).strip()
  return f'{frame.filename}:{frame.lineno} in {frame.name}: {text}'


def joined(names: Iterable[Any], most: int = 3) -> str:
  """Lists names: `a, b and 4 more`."""
  names = list(names)
  if len(names) > most + 1:
    return ', '.join(names[:most]) + f' and {len(names) - most} more'
  return ' and '.join(filter(None, (', '.join(names[:-1]), *names[-1:])))
