"""Tests the class by which old programs trained and evaluated themselves."""

import json

import pytest
import tensorflow as tf

import tfcompat_estimator
from tests import tiny
from tests.migration.old_paths import calling
from tests.training import recording

v1 = tf.compat.v1


@pytest.fixture(autouse=True)
def installed(monkeypatch):
  """Programs find it below the old paths, in no cluster."""
  monkeypatch.delenv('TF_CONFIG', raising=False)
  with tfcompat_estimator.install():
    yield


def specs(calls, hooks=(), max_steps=4):
  train_spec = tf.estimator.TrainSpec(tiny.batches(), max_steps, hooks)
  return train_spec, recording.spec(calls, 'a')


@pytest.mark.parametrize('role', ['run', 'run_local'])
def test_it_trains_and_evaluates(role, model_dir):
  """Hooks of its own are called beside those of the spec."""
  old, calls = calling.old('training'), []
  estimator = tiny.estimator(model_dir, save_checkpoints_steps=2)
  executor = old._TrainingExecutor(
    estimator, *specs(calls), train_hooks=[tiny.Recorder(calls, 'mine')]
  )

  metrics, _ = getattr(executor, role)()

  assert metrics['global_step'] == 4
  assert executor.estimator is estimator
  assert 'mine.begin' in calls
  assert 'to_a4!' in calls


def test_a_listener_ends_the_training(model_dir):
  """It sees what came of each evaluation, by the names of old."""
  old, seen = calling.old('training'), []

  class Listener(old._ContinuousEvalListener):
    def after_eval(self, eval_result):
      seen.append(eval_result)
      return False

  estimator = tiny.estimator(model_dir, save_checkpoints_steps=2)
  executor = old._TrainingExecutor(
    estimator, *specs([]), continuous_eval_listener=Listener()
  )
  executor.run_local()

  assert estimator.latest_checkpoint().endswith('-2')
  assert seen[0].status == old._EvalStatus.EVALUATED == 'evaluated'
  assert seen[0].metrics['global_step'] == 2
  assert seen[0].checkpoint_path.endswith('-2')


def test_a_chief_alone_trains_without_an_eval_spec(model_dir, monkeypatch):
  """`run_chief` and `run_worker` evaluate nothing."""
  task = {'type': 'chief', 'index': 0}
  config = {'cluster': {'chief': ['127.0.0.1:1']}, 'task': task}
  monkeypatch.setenv('TF_CONFIG', json.dumps(config))
  old, calls = calling.old('training'), []
  estimator = tiny.estimator(model_dir)
  train_spec, _ = specs(calls)

  old._TrainingExecutor(estimator, train_spec, None).run_chief()

  assert estimator.latest_checkpoint().endswith('-4')
  assert calls == []


WRONG = {
  'estimator': (lambda e, t, v: (1, t, v), {}),
  'train_spec': (lambda e, t, v: (e, 1, v), {}),
  'eval_spec': (lambda e, t, v: (e, t, 1), {}),
  'continuous_eval_listener': (lambda *given: given, {'listener': 1}),
  'hooks': (lambda *given: given, {'hooks': [1]}),
}


@pytest.mark.parametrize('name', WRONG)
def test_wrong_types(name, model_dir):
  """The error names the argument."""
  choose, given = WRONG[name]
  positional = choose(tiny.estimator(model_dir), *specs([]))
  with pytest.raises(TypeError, match=name):
    calling.old('training')._TrainingExecutor(
      *positional,
      train_hooks=given.get('hooks'),
      continuous_eval_listener=given.get('listener'),
    )


def test_where_it_runs(monkeypatch):
  """TF_CONFIG tells Google's own environment."""
  old = calling.old('training')
  assert not old._is_google_env()
  monkeypatch.setenv('TF_CONFIG', '{"environment": "google"}')
  assert old._is_google_env()
  assert old._TRAINER_JOBS == ('chief', 'master', 'worker')


def test_eval_specs_are_checked():
  """As train_and_evaluate checks them."""
  old = calling.old('training')
  old._assert_eval_spec(specs([])[1])
  with pytest.raises(TypeError, match='`eval_spec` must have type'):
    old._assert_eval_spec(None)


SDCA = {
  'several classes': ('classifier', 3, 'sum', 'multi-class'),
  'a mean': ('classifier', 2, 'mean', 'sparse_combiner must be "sum"'),
  'several labels': ('regressor', 2, 'sum', 'one-dimensional label'),
  'a mean, too': ('regressor', 1, 'mean', 'sparse_combiner must be "sum"'),
}


@pytest.mark.parametrize('case', SDCA)
def test_what_sdca_cannot_train(case):
  """Libraries that make linear models check their arguments by it."""
  kind, size, combiner, message = SDCA[case]
  linear = calling.old('canned.linear')
  name = f'_validate_linear_sdca_optimizer_for_linear_{kind}'
  check = getattr(linear, name)

  check([], size, 'Ftrl', combiner)
  check([], 2 if kind == 'classifier' else 1, linear.LinearSDCA('id'), 'sum')
  with pytest.raises(ValueError, match=message):
    check([], size, linear.LinearSDCA('id'), combiner)


def test_counts_of_a_cluster():
  """Workers count with their chief; without a cluster there is no count."""
  run_config = calling.old('run_config')
  cluster = tf.train.ClusterSpec(
    {'chief': ['a:1'], 'worker': ['b:1', 'c:1'], 'ps': ['d:1']}
  )

  assert run_config._count_ps(cluster) == 1
  assert run_config._count_worker(cluster, 'chief') == 3
  for count in (
    lambda: run_config._count_ps(None),
    lambda: run_config._count_worker(None, 'chief'),
  ):
    with pytest.raises(RuntimeError, match='does not expect empty'):
      count()


def test_specs_of_training_are_checked():
  """None is none; a wrong input_fn or exporter is an error."""
  training = calling.old('training')

  assert training._validate_hooks(None) == ()
  assert training._validate_exporters(None) == ()
  training._validate_input_fn(tiny.batches())
  with pytest.raises(TypeError, match='must be callable'):
    training._validate_input_fn(3)
  with pytest.raises(TypeError, match='must be an Exporter'):
    training._validate_exporters(3)
