"""Copies checkpoints."""

import os

import tensorflow as tf

gfile = tf.io.gfile


def copy(prefix: str, target: str) -> None:
  """Copies a checkpoint, so that it is there whole or not at all.

  Data files are linked where that can be done, which takes no space and no time:
  TensorFlow writes them under another name first and never changes them.

  Args:
    prefix: The checkpoint.
    target: The prefix of the copy, in a folder that exists.

  Raises:
    tf.errors.OpError: The checkpoint is not there (any more), or the copy cannot
      be written.
  """
  for path in gfile.glob(prefix + '.data-?????-of-?????'):
    _link(path, target + path.removeprefix(prefix))
  # The index, which is small, may be written in place. Its copy comes last: with
  # it, the copy is a checkpoint.
  gfile.copy(prefix + '.index', target + '.part', overwrite=True)
  gfile.rename(target + '.part', target + '.index', overwrite=True)


def _link(source: str, target: str) -> None:
  if gfile.exists(target):
    gfile.remove(target)
  try:
    os.link(source, target)
  except OSError:  # not every file system has links
    gfile.copy(source, target)
