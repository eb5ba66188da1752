"""Looks for what must never be seen in a model_dir, while others write there."""

import pathlib
import time

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from tfcompat_estimator.hooks import eval_metrics

# What was removed while it was read is gone when it is looked for again.
_SECONDS_TO_GO_AWAY, _LOOKS = 3.0, 3
_UNFINISHED = ('temp', 'tmp')


class Torn(Exception):
  """Something that can be seen is not whole."""


def values(prefix):
  """All variables of a checkpoint; their checksums are compared, too."""
  reader = tf.train.load_checkpoint(str(prefix))
  return {
    name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
  }


def listed(model_dir):
  """The checkpoints that the state file names; the latest is the last one."""
  path = pathlib.Path(model_dir, 'checkpoint')
  try:
    text = path.read_text()
  except FileNotFoundError:
    return []
  state = tf.train.get_checkpoint_state(model_dir)
  if state is None:
    raise Torn(f'{path} cannot be read: {text!r}')
  return list(state.all_model_checkpoint_paths)


class Watch:
  """Reads all that is visible in a model_dir, again and again.

  Args:
    model_dir: Where others train.
    expected: From steps to the variables that a training has there; None where
      nobody knows.
  """

  def __init__(self, model_dir, expected=None):
    self.model_dir = str(model_dir)
    self._expected = expected
    self._good = set()  # exports that were read
    self.step = -1  # of the latest checkpoint
    self.looks = 0

  def look(self):
    """Raises Torn if something is wrong, and stays so."""
    self.looks += 1
    end = time.monotonic() + _SECONDS_TO_GO_AWAY
    looks = 0  # One that takes long has seen different moments.
    while error := self._error():
      looks += 1
      if looks >= _LOOKS and time.monotonic() > end:
        raise Torn(f'{type(error).__name__}: {error}') from error
      time.sleep(0.1)

  def _error(self):
    try:
      self._look()
    except (
      Torn,
      tf.errors.OpError,
      RuntimeError,
      ValueError,
      OSError,
    ) as error:
      return error
    return None

  def _look(self):
    paths = listed(self.model_dir)
    for path in paths:
      self._check_checkpoint(path)
    if paths:
      step = int(paths[-1].rpartition('-')[2])
      if step < self.step:
        raise Torn(f'the latest checkpoint is {step}; it was {self.step}')
      self.step = step
    for path in pathlib.Path(self.model_dir).glob('export/*/[0-9]*'):
      if path.name.isdigit() and path not in self._good:
        saved = path / 'saved_model.pb'
        saved_model_pb2.SavedModel.FromString(saved.read_bytes())
        values(path / 'variables/variables')
        self._good.add(path)
    if pathlib.Path(self.model_dir, 'eval').exists():
      eval_metrics.read_eval_metrics(f'{self.model_dir}/eval')

  def _check_checkpoint(self, prefix):
    found = values(prefix)
    if self._expected is None:
      return
    step = int(prefix.rpartition('-')[2])
    for name, value in self._expected[step].items():
      if not np.array_equal(found[name], value):
        raise Torn(f'{prefix}: {name} is {found[name]}, not {value}')

  def check_end(self, max_steps, loss, tolerance):
    """Raises Torn if a training that is over has not left what it should."""
    self.look()
    if self.step < max_steps:
      raise Torn(f'ended at {self.step}')
    names = [path.name for path in pathlib.Path(self.model_dir).iterdir()]
    left = [n for n in names if any(part in n for part in _UNFINISHED)]
    if left:
      raise Torn(f'left: {left}')
    found = eval_metrics.read_eval_metrics(f'{self.model_dir}/eval')
    last = list(found.values())[-1]['loss']
    if abs(last - loss) > tolerance * loss:
      raise Torn(f'ends with the loss {last}, undisturbed {loss}')
    if not self._good:
      raise Torn('exported nothing')
