"""Writes a file whole or not at all."""

import os

import tensorflow as tf


def write(path: str, message: object) -> None:
  """Writes a protocol buffer as text, or any text, in place of what was there.

  str() of a message is written in C, ten times as fast as protobuf's
  `text_format`, which reads it all the same.
  """
  part = f'{path}.tmp{os.getpid():032x}'  # `leftovers` knows such names
  with tf.io.gfile.GFile(part, 'w') as file:
    file.write(str(message))
  tf.io.gfile.rename(part, path, overwrite=True)
