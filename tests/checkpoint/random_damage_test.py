"""Checkpoints that are cut or changed at any byte: no value is made up."""

import os
import pathlib
import shutil

import hypothesis
import pytest
import tensorflow as tf
from hypothesis import strategies as st

from tests import tiny

COUNT = int(os.environ.get('TFCOMPAT_FUZZ_COUNT', '25'))
SAVED = (2, 4, 6)  # steps
FILES = ('data-00000-of-00001', 'index', 'meta')


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  """A folder with three checkpoints, and the weight in each."""
  folder = tmp_path_factory.mktemp('trained')
  for _ in SAVED:
    tiny.estimator(folder, save_checkpoints_steps=2).train(
      tiny.batches(), steps=2
    )
  weights = {
    step: float(tf.train.load_variable(f'{folder}/model.ckpt-{step}', 'm/w'))
    for step in SAVED
  }
  return folder, weights


def damages():
  """[file, what happens to it, where]: files of a step, or the state file."""
  steps = st.sampled_from([6, 6, 6, 4])
  files = st.tuples(steps, st.sampled_from(FILES)).map(
    lambda pair: f'model.ckpt-{pair[0]}.{pair[1]}'
  )
  return st.tuples(
    files | st.just('checkpoint'),
    st.sampled_from(['cut', 'flip', 'flip', 'zero', 'grow', 'remove']),
    st.floats(0, 1, exclude_max=True),
  )


def damage(path, how, where):
  """Changes one file."""
  data = bytearray(path.read_bytes()) if path.exists() else bytearray()
  at = int(where * len(data))
  if how == 'remove' or not data:
    path.unlink(missing_ok=True)
    return
  if how == 'cut':
    data = data[:at]
  elif how == 'flip':
    data[at] ^= 1 << int(where * 8)
  elif how == 'zero':
    data[at:] = bytes(len(data) - at)
  else:
    data += data[at:]
  path.write_bytes(data)


@hypothesis.settings(
  max_examples=COUNT,
  derandomize=True,
  database=None,
  deadline=None,
  suppress_health_check=list(hypothesis.HealthCheck),
)
@hypothesis.given(
  done=st.lists(damages(), min_size=1, max_size=2),
  call=st.sampled_from(['train', 'evaluate', 'value']),
)
def test_any_damage(done, call, trained, tmp_path_factory):
  """What is restored is a checkpoint that was saved, or it is an error."""
  source, weights = trained
  folder = pathlib.Path(tmp_path_factory.mktemp('damaged')) / 'model'
  shutil.copytree(source, folder)
  for name, how, where in done:
    damage(folder / name, how, where)
  estimator = tiny.estimator(folder)

  found = observed(estimator, call)
  shutil.rmtree(folder)
  if isinstance(found, Exception):
    assert 'checkpoint' in str(found), found
    hypothesis.event('an error')
    return
  step, weight = found
  hypothesis.event(f'step {step}')
  assert step in SAVED
  assert weight == pytest.approx(weights[step], abs=0)


def observed(estimator, call):
  """The step and the weight that a call begins with, or the error that it is."""
  try:
    return CALLS[call](estimator)
  except (RuntimeError, ValueError, tf.errors.OpError) as error:
    return error


def evaluated(estimator):
  metrics = estimator.evaluate(tiny.batches(1))
  return metrics['global_step'], metrics['m']


def read(estimator):
  """One value: others of the same checkpoint may still be whole."""
  weight = float(estimator.get_variable_value('m/w'))
  return min(SAVED, key=lambda step: abs(1 - 0.8**step - weight)), weight


def resumed(estimator):
  first = First()
  estimator.train(tiny.batches(), hooks=[first], steps=1)
  return first.seen


class First(tf.compat.v1.train.SessionRunHook):
  """Reads what was restored."""

  def after_create_session(self, session, coord):
    step = tf.compat.v1.train.get_global_step()
    self.seen = tuple(session.run([step, 'm/w:0']))


CALLS = {'train': resumed, 'evaluate': evaluated, 'value': read}
