"""Exports and evaluates on a disk that is full or read-only."""

import os
import subprocess

import pytest
import tensorflow as tf

from tests.saved_models import models

v1 = tf.compat.v1


def fill(disk):
  """Takes all space; returns the file to remove."""
  with open(disk / 'ballast', 'wb', buffering=0) as file:
    try:
      while True:
        file.write(bytes(4096))
    except OSError:
      return disk / 'ballast'


def test_export_to_a_full_disk(tmp_path, small_disk):
  """The error names the reason; versions are whole or not there."""
  estimator = models.make(str(tmp_path / 'model'))
  estimator.train(models.input_fn, steps=1)
  base = small_disk / 'versions'
  first = estimator.export_saved_model(str(base), models.raw_receiver())
  ballast = fill(small_disk)
  with pytest.raises(tf.errors.OpError, match='No space left on device'):
    estimator.export_saved_model(str(base), models.raw_receiver())

  assert os.listdir(base) == [os.path.basename(first).decode()]
  ballast.unlink()
  second = estimator.export_saved_model(str(base), models.raw_receiver())
  assert models.files(second) == models.files(first)


@pytest.mark.filterwarnings(
  'ignore::pytest.PytestUnhandledThreadExceptionWarning'
)
def test_evaluation_on_a_full_disk(small_disk):
  """Events that cannot be written are an error; afterwards all is well."""
  estimator = models.make(str(small_disk / 'model'))
  estimator.train(models.input_fn, steps=1)
  ballast = fill(small_disk)
  with pytest.raises(Exception, match='No space left on device'):
    estimator.evaluate(models.input_fn, steps=1)
  ballast.unlink()
  v1.summary.FileWriterCache.clear()

  assert estimator.evaluate(models.input_fn, steps=1)['global_step'] == 1
  v1.summary.FileWriterCache.clear()


def test_export_to_a_read_only_folder(tmp_path, small_disk):
  """Nothing is written, and the error says why."""
  estimator = models.make(str(tmp_path / 'model'))
  estimator.train(models.input_fn, steps=1)
  remount = ['mount', '-o', 'remount,ro', str(small_disk)]
  subprocess.run(remount, check=True)

  with pytest.raises(tf.errors.OpError, match='Read-only file system'):
    estimator.export_saved_model(str(small_disk / 'e'), models.raw_receiver())
