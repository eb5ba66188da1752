"""Converts checkpoints from the command line."""

import json
import pathlib

import numpy as np
import tensorflow as tf

from tests import fresh
from tfcompat_estimator.checkpoint import tensors

v1 = tf.compat.v1
ROOT = pathlib.Path(__file__).parents[3]
# What the reference saves for the same model in both families.
NAMES = json.loads((ROOT / 'tests/contract/family_names.json').read_text())


def made_up(keys):
  """A value for each variable, different for each."""
  rng = np.random.default_rng(len(keys))
  values = {}
  for name, (shape, dtype) in keys.items():
    if name == 'global_step' or name.endswith('/iter'):
      values[name] = np.int64(5)
    elif name.endswith('/beta_1'):
      values[name] = np.float32(0.9)
    elif name.endswith('/beta_2'):
      values[name] = np.float32(0.999)
    elif name.endswith('beta1_power'):
      values[name] = np.float32(0.9**6)
    elif name.endswith('beta2_power'):
      values[name] = np.float32(0.999**6)
    elif name.endswith('RMSProp_1'):
      values[name] = np.zeros(shape, dtype)
    else:
      values[name] = rng.normal(size=shape).astype(dtype)
  return values


def keys(name, family):
  return {
    k: (shape, dtype) for k, (shape, dtype) in NAMES[name][family].items()
  }


def test_command(tmp_path):
  """`python -m tfcompat_estimator convert-checkpoint` does the same."""
  tensors.write(
    str(tmp_path / 'from/model.ckpt-5'), made_up(keys('DNNClassifier', 'v1'))
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
