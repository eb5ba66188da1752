"""Checks that a file is written whole or not at all."""

import os

import pytest
import tensorflow as tf

from tfcompat_estimator.checkpoint import atomic_file


def test_a_message_replaces_what_was_there(tmp_path):
  """It is there as text, and nothing lies beside it."""
  path = tmp_path / 'file'
  path.write_text('old')
  atomic_file.write(str(path), tf.compat.v1.Summary.Value(tag='t'))

  assert path.read_text() == 'tag: "t"\n'
  assert os.listdir(tmp_path) == ['file']


def test_what_cannot_be_written_leaves_the_old_file(tmp_path):
  """An error in between is seen by nobody who reads the file."""

  class Bad:
    def __str__(self):
      raise KeyboardInterrupt

  path = tmp_path / 'file'
  path.write_text('old')
  with pytest.raises(KeyboardInterrupt):
    atomic_file.write(str(path), Bad())

  assert path.read_text() == 'old'
