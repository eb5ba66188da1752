"""Names the argument that a path came from, where files cannot be used."""

import contextlib
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tfcompat_estimator.errors import kinds


@contextlib.contextmanager
def about(name: str, path: Any, remedy: str) -> Iterator[None]:
  """While this is open, errors of files say which argument they are about.

  Args:
    name: The argument.
    path: Its value.
    remedy: What it must be, a sentence.
  """
  try:
    yield
  except (tf.errors.OpError, OSError) as error:
    if isinstance(error, kinds.Told):
      raise
    said = error.message if isinstance(error, tf.errors.OpError) else error
    raise kinds.retold(
      error, f'`{name}` ({path}) cannot be used: {said}. {remedy}'
    ) from None


def check_folder(name: str, path: Any, remedy: str) -> None:
  """Makes a folder, if there is none.

  Raises:
    tf.errors.OpError: It is a file, or may not be made; of the type that TensorFlow
      raises for it.
  """
  with about(name, path, remedy):
    if not tf.io.gfile.isdir(path):
      if tf.io.gfile.exists(path):
        raise tf.errors.FailedPreconditionError(None, None, 'it is a file')
      tf.io.gfile.makedirs(path)
