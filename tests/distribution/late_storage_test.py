"""Evaluates, and goes on, on storage that shows each change of another host's late, by itself.

Network file systems keep names and attributes for a while: a reader may see the new
state file before the checkpoint that it names, an index without its data, a file
shorter than it is, or files that are gone. Here a folder follows another one file by
file, in an order that a seed draws.
"""

import json
import os
import pathlib
import random
import shutil
import threading

import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.hooks import eval_metrics
from tfcompat_estimator.records import run_config, train_eval_spec
from tfcompat_estimator.saved_models import receivers
from tfcompat_estimator.training import exporters, train_and_evaluate

v1 = tf.compat.v1
_STEPS = 12
_CLUSTER = {'chief': ['a:1'], 'ps': ['b:1']}


def _state(folder):
  """The files of a folder, with what tells one from the next of that name."""
  return {
    path.relative_to(folder): (path.stat().st_ino, path.stat().st_mtime_ns)
    for path in sorted(pathlib.Path(folder).rglob('*'))
    if path.is_file()
  }


class _Follower(threading.Thread):
  """Has a folder become like each of others in turn, one file after the other.

  Args:
    moments: What the writer's folder was like, in order.
    folder: The reader's.
    seed: Draws which file comes next, and how many changes are late.
  """

  def __init__(self, moments, folder, seed):
    super().__init__()
    self._moments, self._folder = moments, pathlib.Path(folder)
    self._rng = random.Random(seed)
    self._shown = {}
    self._pause = threading.Event()

  def run(self):
    for moment in self._moments:
      # What is not seen in time is never seen, if a later moment undoes it.
      late = self._rng.randrange(6) if moment != self._moments[-1] else 0
      self._follow(moment, late)

  def _follow(self, moment, late):
    goal = _state(moment)
    changes = [
      path
      for path in sorted({*goal, *self._shown})
      if goal.get(path) != self._shown.get(path)
    ]
    self._rng.shuffle(changes)
    for path in changes[: len(changes) - late]:
      self._show(moment, path, goal.get(path))
      self._pause.wait(self._rng.choice((0.0, 0.01, 0.1)))

  def _show(self, moment, path, state):
    target = self._folder / path
    if state is None:
      target.unlink()
      del self._shown[path]
      return
    target.parent.mkdir(parents=True, exist_ok=True)
    # As with attributes that are kept: its name is seen before its size.
    whole = (moment / path).read_bytes()
    self._replace(target, whole[: self._rng.randrange(len(whole) + 1)])
    self._pause.wait(self._rng.choice((0.0, 0.01)))
    self._replace(target, whole)
    self._shown[path] = state

  def _replace(self, target, content):
    part = self._folder.parent / 'part'
    part.write_bytes(content)
    os.replace(part, target)


@pytest.fixture(scope='module')
def moments(tmp_path_factory):
  """What a chief's model_dir was like after each of its saves."""
  root = tmp_path_factory.mktemp('chief')
  found = []

  class Keep(v1.train.CheckpointSaverListener):
    def after_save(self, session, global_step_value):
      found.append(root / f'moment{len(found)}')
      # Links keep what the writer removes.
      shutil.copytree(root / 'model', found[-1], copy_function=os.link)

  config = run_config.RunConfig(
    str(root / 'model'),
    save_checkpoints_steps=2,
    save_summary_steps=0,
    keep_checkpoint_max=2,
  )
  estimator = base_estimator.EstimatorV2(tiny.model_fn, config=config)
  estimator.train(tiny.batches(), steps=_STEPS, saving_listeners=[Keep()])
  return found


def _receiver():
  x = v1.placeholder(tf.float32, [None])
  return receivers.TensorServingInputReceiver(x, {'x': x})


@pytest.mark.parametrize('seed', range(2))
def test_evaluator(seed, moments, tmp_path, monkeypatch):
  """It goes on until the last checkpoint, and sees no number that was not there."""
  task = {'type': 'evaluator', 'index': 0}
  tf_config = {'cluster': _CLUSTER, 'task': task}
  monkeypatch.setenv('TF_CONFIG', json.dumps(tf_config))
  model_dir = tmp_path / 'model'
  model_dir.mkdir()
  estimator = base_estimator.EstimatorV2(tiny.model_fn, str(model_dir))
  kept = [
    exporters.LatestExporter('latest', _receiver),
    exporters.BestExporter('best', _receiver),
  ]
  follower = _Follower(moments, model_dir, seed)
  follower.start()
  try:
    train_and_evaluate.train_and_evaluate(
      estimator,
      train_eval_spec.TrainSpec(tiny.batches(), _STEPS),
      train_eval_spec.EvalSpec(
        tiny.batches(3),
        None,
        exporters=kept,
        start_delay_secs=0,
        throttle_secs=0,
      ),
    )
  finally:
    follower.join()
  found = eval_metrics.read_eval_metrics(estimator.eval_dir())
  assert list(found)[-1] == _STEPS
  for step, metrics in found.items():
    assert metrics['loss'] == pytest.approx(tiny.loss_at(step))
  for name in ('latest', 'best'):
    *_, last = sorted((model_dir / 'export' / name).iterdir())
    exported = tf.train.load_variable(f'{last}/variables/variables', 'm/w')
    assert (1 - exported) ** 2 == pytest.approx(tiny.loss_at(_STEPS))


@pytest.mark.parametrize('pattern', ['*-12.data*', '*-12.index', 'checkpoint'])
@pytest.mark.parametrize('share', [None, 0.0, 0.5])
def test_chief(pattern, share, moments, tmp_path):
  """One that is started again where a file of the newest checkpoint is not seen, or
  not all of it, ends with the same values.
  """
  model_dir = tmp_path / 'model'
  shutil.copytree(moments[-1], model_dir)
  (path,) = model_dir.glob(pattern)
  whole = path.read_bytes()
  path.unlink()
  if share is not None:
    path.write_bytes(whole[: int(share * len(whole))])
  estimator = base_estimator.EstimatorV2(tiny.model_fn, str(model_dir))
  estimator.train(tiny.batches(), max_steps=_STEPS + 2)
  trained = tf.train.load_variable(str(model_dir), 'm/w')
  assert (1 - trained) ** 2 == pytest.approx(tiny.loss_at(_STEPS + 2))
