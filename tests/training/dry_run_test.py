"""Checks what a dry run tells, and that it leaves no trace."""

import os
import pathlib

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator as estimators
from tests import tiny
from tests.mistakes import given


def specs(**options):
  """Specs of sound data."""
  train = estimators.TrainSpec(given.data(), 50)
  return train, estimators.EvalSpec(given.data(), **options)


def tree(folder):
  """All files below a folder, with their times and sizes."""
  return sorted(
    (path, path.stat().st_mtime_ns, path.stat().st_size)
    for path in pathlib.Path(folder).rglob('*')
  )


def test_report(tmp_path):
  """It tells of inputs, variables, predictions and what would be written."""
  exporter = estimators.LatestExporter('latest', given.receiver())
  estimator = given.dnn(estimators, tmp_path / 'm')

  report = estimators.dry_run(estimator, *specs(exporters=exporter, name='a'))

  assert report.problems == []
  assert report.features['feature x'] == ('float32', (16, 3))
  assert report.features['feature city'] == ('string', (16,))
  assert report.features['label'] == ('int64', (16,))
  assert report.variables['dnn/hiddenlayer_0/kernel'] == [3, 4]
  assert report.predictions['class_ids'] == ('int64', (16, 1))
  assert report.seconds_per_step > 0
  assert report.checkpoint_bytes > 500
  assert report.metrics['a']['global_step'] == 2
  text = str(report)
  for words in ('of 45 numbers', 'eval_a', 'export/latest', 'initial values'):
    assert words in text
  assert text.endswith('nothing')


def test_nothing_is_written(tmp_path):
  """The model's folder stays as it is, also where it has a checkpoint."""
  estimator = given.trained(estimators, tmp_path)
  tf.compat.v1.summary.FileWriterCache.clear()  # of that training
  before = tree(tmp_path)

  report = estimators.dry_run(estimator, *specs())

  assert report.problems == []
  assert report.resumes_from == estimator.latest_checkpoint()
  assert tree(tmp_path) == before


def test_the_logger_stays_as_it_was(tmp_path):
  """A level that it inherits follows what it inherits from, after it, too."""
  logger = tf.get_logger()
  before = logger.level

  estimators.dry_run(given.dnn(estimators, tmp_path), *specs())

  assert logger.level == before


def test_another_model(tmp_path):
  """A checkpoint that the model cannot go on from is told of."""
  given.trained(estimators, tmp_path)
  other = given.dnn(estimators, tmp_path, hidden_units=(5,), optimizer='Adam')

  problems = estimators.dry_run(other, *specs()).problems

  text = '\n'.join(problems)
  assert (
    'shape [3, 4] for dnn/hiddenlayer_0/kernel, the model has [3, 5]' in text
  )
  assert 'lacks' in text
  assert 'training/Adam' in text


@pytest.mark.parametrize(
  ('train', 'evaluate', 'stage', 'words'),
  [
    (given.data(given.last(given.LABELS, 2)), given.data(), 'train', 'n_classes'),
    (given.data(), given.data(x=given.NONE), 'evaluate', 'x'),
    (lambda: given.dataset().take(0), given.data(), 'train', 'empty'),
    (
      given.data(w=given.last(given.FEATURES['w'], np.nan)),
      given.data(),
      'train',
      'feature w has NaN',
    ),
  ],
)  # fmt: skip
def test_problems(train, evaluate, stage, words, tmp_path):
  """Each stage says what is wrong in it; those after it go on if they can."""
  report = estimators.dry_run(
    given.dnn(estimators, tmp_path),
    estimators.TrainSpec(train, 9),
    estimators.EvalSpec(evaluate),
  )

  (problem,) = [p for p in report.problems if p.startswith(f'{stage}: ')]
  assert words in problem
  assert problem in str(report)


class Forbidden(tf.compat.v1.train.SessionRunHook):
  """Must not be called."""

  def begin(self):
    raise AssertionError


def test_hooks_do_not_run(model_dir):
  """Hooks of the specs may write anywhere, so they do not run."""
  report = estimators.dry_run(
    tiny.estimator(model_dir),
    estimators.TrainSpec(tiny.batches(), 9, hooks=[Forbidden()]),
    estimators.EvalSpec(tiny.batches(3), hooks=[Forbidden()]),
    batches=1,
  )

  assert report.problems == []
  assert not os.path.exists(model_dir)


def test_keras(tmp_path):
  """A Keras model is tried like any other."""
  model = tf_keras.Sequential(
    [tf_keras.layers.Dense(1, input_shape=(3,), name='only')]
  )
  model.compile('adam', 'mse')
  estimator = estimators.keras.estimator.model_to_estimator(
    model, model_dir=str(tmp_path)
  )
  before = tree(tmp_path)

  def input_fn():
    rows = {'only_input': np.ones([8, 3], 'f')}, np.ones([8, 1], 'f')
    return tf.data.Dataset.from_tensors(rows).repeat()

  report = estimators.dry_run(
    estimator,
    estimators.TrainSpec(input_fn, 5),
    estimators.EvalSpec(input_fn, steps=1),
  )

  assert report.problems == []
  assert report.predictions == {'only': ('float32', (8, 1))}
  assert tree(tmp_path) == before


@pytest.mark.parametrize(
  ('arguments', 'error', 'words'),
  [
    ({'estimator': 5}, TypeError, '`estimator`'),
    ({'train_spec': 5}, TypeError, '`train_spec`'),
    ({'eval_spec': 5}, TypeError, '`eval_spec`'),
    ({'batches': 0}, ValueError, r'`batches` \(0\)'),
  ],
)
def test_refused(arguments, error, words, model_dir):
  """Wrong arguments are named."""
  train_spec, eval_spec = specs()
  whole = {
    'estimator': tiny.estimator(model_dir),
    'train_spec': train_spec,
    'eval_spec': eval_spec,
    **arguments,
  }

  with pytest.raises(error, match=words):
    estimators.dry_run(**whole)
