"""Converts checkpoints from the command line."""

import tensorflow as tf

from tests import fresh
from tests.migration.checkpoints import made_up
from tfcompat_estimator.checkpoint import tensors

v1 = tf.compat.v1


def keys(name, family):
  return {
    k: (shape, dtype)
    for k, (shape, dtype) in made_up.NAMES[name][family].items()
  }


def test_command(tmp_path):
  """`python -m tfcompat_estimator convert-checkpoint` does the same."""
  tensors.write(
    str(tmp_path / 'from/model.ckpt-5'),
    made_up.values(keys('DNNClassifier', 'v1')),
  )
  command = [
    *('-m', 'tfcompat_estimator', 'convert-checkpoint'),
    *(tmp_path / 'from', tmp_path / 'to'),
    *('--to', 'v2', '--set', 'Adagrad/learning_rate=0.25'),
  ]
  path = fresh.printed(*command).strip()

  assert path == str(tmp_path / 'to/model.ckpt-5')
  rate = tf.train.load_variable(path, 'training/Adagrad/learning_rate')
  assert rate == 0.25
  again = fresh.run(*command)
  assert again.returncode == 2
  assert 'Give an empty one' in again.stderr
