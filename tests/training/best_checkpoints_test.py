"""Tests BestCheckpointExporter: what it keeps, after restarts and kills, too."""

import importlib
import json
import os
import random

import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tests.checkpoint import nursery as nursery_lib
from tfcompat_estimator.checkpoint import integrity
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import train_eval_spec
from tfcompat_estimator.training import best_checkpoints, evaluate_every

v1 = tf.compat.v1
training = importlib.import_module(
  'tfcompat_estimator.training.train_and_evaluate'
)
Exporter = best_checkpoints.BestCheckpointExporter


@pytest.fixture
def trained(model_dir):
  """An Estimator with checkpoints of the steps 0 to 6."""
  estimator = tiny.estimator(
    model_dir, save_checkpoints_steps=1, keep_checkpoint_max=20
  )
  estimator.train(tiny.batches(), max_steps=6)
  return estimator


def export(estimator, exporter, step, loss, **more):
  """Tells of an evaluation; returns the step of the copy, if one was made."""
  path = exporter.export(
    estimator,
    f'{estimator.model_dir}/export/{exporter.name}',
    f'{estimator.model_dir}/model.ckpt-{step}',
    {'loss': np.float32(loss), 'global_step': np.int64(step), **more},
    is_the_final_export=False,
  )
  if path is None:
    return None
  assert integrity.damaged_values(path) is None
  return int(tf.train.load_checkpoint(path).get_tensor('global_step'))


def kept(estimator, name='best_checkpoint'):
  """The steps of the copies, the best first; all else is gone."""
  folder = f'{estimator.model_dir}/export/{name}'
  with open(f'{folder}/best.json', encoding='utf-8') as file:
    entries = json.load(file)
  state = tf.train.get_checkpoint_state(folder)
  paths = [os.path.join(folder, entry['checkpoint']) for entry in entries]
  assert state.model_checkpoint_path == paths[0]
  assert list(state.all_model_checkpoint_paths) == paths[::-1]
  assert sorted(os.listdir(folder)) == sorted(
    [
      'best.json',
      'checkpoint',
      *(e['checkpoint'].split('/')[0] for e in entries),
    ]
  )
  assert all(integrity.damaged_values(path) is None for path in paths)
  return [entry['global_step'] for entry in entries]


def test_keeps_the_best(trained):
  """Whatever their order; others go."""
  exporter = Exporter(keep=2)
  losses = {0: 3.0, 1: 5.0, 2: 1.0, 3: 4.0, 4: 2.0, 5: 2.0}

  copies = [export(trained, exporter, *item) for item in losses.items()]

  assert copies == [0, 1, 2, None, 4, None]
  assert kept(trained) == [2, 4]


def test_survives_restarts(trained):
  """A new exporter knows what is kept."""
  export(trained, Exporter(), 3, 1.0)

  assert export(trained, Exporter(), 4, 2.0) is None
  assert export(trained, Exporter(), 5, 0.5) == 5
  assert kept(trained) == [5]


def test_compare_fn(trained):
  """Any comparison of metrics will do; arrays are among them."""

  def larger(best_eval_result, current_eval_result):
    return sum(current_eval_result['a']) > sum(best_eval_result['a'])

  exporter = Exporter('most', larger, keep=2)
  for step, a in ((1, [1, 2]), (2, [5, 5]), (3, [0, 4])):
    export(trained, exporter, step, 1.0, a=np.array(a), text=b'left out')

  assert kept(trained, 'most') == [2, 3]


def test_the_same_step_again(trained):
  """A later evaluation of a step takes the place of the former."""
  exporter = Exporter(keep=2)
  for step, loss in ((1, 1.0), (2, 2.0), (1, 3.0)):
    assert export(trained, exporter, step, loss) == step
  assert kept(trained) == [2, 1]
  assert export(trained, Exporter(keep=1), 1, 9.0) is None
  assert kept(trained) == [2]


def test_a_loss_that_is_not_finite(trained):
  """It is not the best, even if it is the first."""
  exporter = Exporter()
  assert export(trained, exporter, 1, np.nan) is None
  assert export(trained, exporter, 2, 7.0) == 2


def test_damaged_copy(trained, caplog):
  """A copy that somebody spoilt is let go, with a warning."""
  export(trained, Exporter(), 1, 1.0)
  folder = f'{trained.model_dir}/export/best_checkpoint'
  with open(f'{folder}/1/model.ckpt-1.index', 'wb'):
    pass

  assert export(trained, Exporter(), 2, 5.0) == 2
  assert kept(trained) == [2]
  assert any('damaged' in record.message for record in caplog.records)


def test_unreadable_state(trained):
  """Nothing is removed where nobody can say what is kept."""
  export(trained, Exporter(), 1, 1.0)
  folder = f'{trained.model_dir}/export/best_checkpoint'
  with open(f'{folder}/best.json', 'w', encoding='utf-8') as file:
    file.write('{')

  with pytest.raises(ValueError, match=r'best\.json'):
    export(trained, Exporter(), 2, 0.5)
  assert os.path.exists(f'{folder}/1/model.ckpt-1.index')


def test_uses(trained, tmp_path):
  """The copies serve as checkpoint_path and warm_start_from, when all is gone."""
  export(trained, Exporter(), 3, 1.0)
  folder = f'{trained.model_dir}/export/best_checkpoint'
  best = tf.train.latest_checkpoint(folder)
  for name in os.listdir(trained.model_dir):
    if name.startswith('model.ckpt-3.'):
      os.remove(f'{trained.model_dir}/{name}')
  weight = trained.get_variable_value
  third = tf.train.load_checkpoint(best).get_tensor('m/w')
  assert third != weight('m/w')

  metrics = trained.evaluate(tiny.batches(1), checkpoint_path=best)
  assert (metrics['m'], metrics['global_step']) == (third, 3)
  for source in (best, folder):
    warm = base_estimator.EstimatorV2(
      tiny.model_fn, str(tmp_path / str(hash(source))), warm_start_from=source
    )
    assert warm.evaluate(tiny.batches(1))['m'] == third


def test_with_train_and_evaluate(model_dir, monkeypatch):
  """It keeps checkpoints that EvaluateEvery wrote aside, too."""
  monkeypatch.delenv('TF_CONFIG', raising=False)
  estimator = tiny.estimator(model_dir)

  _, (path,) = training.train_and_evaluate(
    estimator,
    train_eval_spec.TrainSpec(
      tiny.batches(), 7, [evaluate_every.EvaluateEvery(steps=2)]
    ),
    train_eval_spec.EvalSpec(
      tiny.batches(), steps=1, exporters=Exporter(keep=3)
    ),
  )

  assert kept(estimator) == [7, 6, 4]
  assert path.endswith('7/model.ckpt-7')


@pytest.mark.parametrize(
  'arguments, error, message',
  [
    ({'keep': 0}, ValueError, '`keep`'),
    ({'keep': None}, TypeError, '`keep`'),
    ({'keep': 1.0}, TypeError, '`keep`'),
    ({'compare_fn': None}, ValueError, 'compare_fn'),
    ({'compare_fn': 5}, TypeError, 'unsupported callable: 5'),
    ({'compare_fn': lambda a, b: True}, ValueError, 'best_eval_result'),
  ],
)
def test_bad_arguments(arguments, error, message):
  """They are refused by name."""
  with pytest.raises(error, match=message):
    Exporter(**arguments)


@pytest.mark.parametrize('kills', [3, pytest.param(50, marks=pytest.mark.slow)])
def test_kills(kills, trained):
  """At any moment the best copies are there, whole and named."""
  seed = random.randrange(10**6)
  print('seed', seed)
  moments = random.Random(seed)
  folder = f'{trained.model_dir}/export/best_checkpoint'
  with nursery_lib.Nursery() as nursery:
    for _ in range(kills):
      nursery.run(
        'keep_best', trained.model_dir, kill_after=moments.uniform(1, 3)
      )
      with open(f'{folder}/best.json', encoding='utf-8') as file:
        entries = json.load(file)
      for entry in entries:
        path = os.path.join(folder, entry['checkpoint'])
        assert integrity.damaged_values(path) is None
      best = tf.train.latest_checkpoint(folder)
      assert integrity.damaged_values(best) is None

  export(trained, Exporter(keep=2), 6, 1e6)
  kept(trained)
