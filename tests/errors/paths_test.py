"""Checks that errors of files say which argument they are about."""

import pytest
import tensorflow as tf

from tfcompat_estimator.errors import paths

REMEDY = 'It must be a folder.'


def test_a_folder_is_made(tmp_path):
  """One that is there is left alone."""
  for _ in range(2):
    paths.check_folder('model_dir', str(tmp_path / 'a' / 'b'), REMEDY)

  assert (tmp_path / 'a' / 'b').is_dir()


def test_a_file_is_refused_by_the_argument_s_name(tmp_path):
  """The error is of TensorFlow's type, and says what would do."""
  path = tmp_path / 'file'
  path.touch()
  with pytest.raises(tf.errors.FailedPreconditionError) as caught:
    paths.check_folder('model_dir', str(path), REMEDY)

  said = f'`model_dir` ({path}) cannot be used: it is a file. {REMEDY}'
  assert str(caught.value) == said


def fail():
  with paths.about('inner', 'p', REMEDY):
    raise OSError('gone')


def test_what_was_told_is_not_told_again():
  """The innermost argument is the one that matters."""
  with (
    pytest.raises(OSError, match='`inner`'),
    paths.about('outer', 'q', REMEDY),
  ):
    fail()
