"""Trains in clusters with parameter servers, one process a task."""

import glob
import json
import os
import shutil

import pytest
import tensorflow as tf

from tests.distribution import processes
from tfcompat_estimator.distribution.servers import handshake, server_sessions
from tfcompat_estimator.records import run_config
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
TRAIN = 'tests.distribution.servers.server_programs:train'
SYNCHRONOUS = 'tests.distribution.servers.server_programs:synchronous'
STOP = 'tests.distribution.servers.server_programs:stop_early'
MODELS = 'tests.distribution.model_programs:run'


def test_a_chief_that_begins_anew_meanwhile(monkeypatch):
  """A worker does not train on variables that the chief is about to restore."""
  old, new = (
    handshake.Note(run, handshake.READY, 'model') for run in ('old', 'new')
  )
  # What the worker reads: before and after it has looked at the variables.
  notes = [old, new._replace(state=handshake.OPENING), new, new]
  monkeypatch.setattr(handshake, 'read', lambda: notes.pop(0))
  config = run_config.RunConfig('model', session_creation_timeout_secs=9)
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    session.run(v1.get_variable('v', [], use_resource=True).initializer)
    creator = server_sessions.WorkerCreator.__new__(
      server_sessions.WorkerCreator
    )
    creator._config, creator._is_cancelled = config, lambda: False  # noqa: SLF001

    assert creator._restore(session)  # noqa: SLF001

  assert not notes


@pytest.fixture(scope='module')
def outcome(nursery, tmp_path_factory):
  """A cluster of all roles that has trained, and its model_dir."""
  folder = tmp_path_factory.mktemp('roles')
  model_dir = str(folder / 'model')
  family = processes.Family(nursery, folder)
  nodes = processes.cluster(chief=1, worker=1, ps=2)
  arguments = {
    'model_dir': model_dir,
    'max_steps': 60,
    'seconds_per_step': 0.05,
    'save_summary_steps': 10,
  }
  tasks = family.tasks(TRAIN, nodes, **arguments)
  tasks['evaluator0'] = family.task(TRAIN, nodes, 'evaluator', **arguments)
  for name in ('chief0', 'worker0', 'evaluator0'):
    tasks[name].ends()
  yield {name: task.output() for name, task in tasks.items()}, model_dir
  family.end()


def test_all_train(outcome):
  """Chief and worker share the steps; the last checkpoint has all of them."""
  outputs, model_dir = outcome
  own = [outputs[name].count('step ') for name in ('chief0', 'worker0')]
  assert min(own) > 5
  assert 60 <= tf.train.load_variable(model_dir, 'global_step') <= sum(own)


def test_chief_writes(outcome):
  """Only the chief saves, summarizes and runs the hooks of chiefs."""
  outputs, model_dir = outcome
  assert 'Saving checkpoints for' in outputs['chief0']
  assert 'Saving checkpoints for' not in outputs['worker0']
  assert 'chief hook' in outputs['chief0']
  assert 'chief hook' not in outputs['worker0']
  assert len(glob.glob(f'{model_dir}/events*')) == 1


def test_each_server_writes_its_part(outcome):
  """A checkpoint has a data file for each server, as the reference writes it."""
  _, model_dir = outcome
  parts = glob.glob(tf.train.latest_checkpoint(model_dir) + '.data*')
  assert [path[-14:] for path in sorted(parts)] == [
    '00000-of-00002',
    '00001-of-00002',
  ]


def test_evaluator_evaluates_the_last_step(outcome):
  """The evaluator ends with what the chief saved at the end."""
  outputs, model_dir = outcome
  step = tf.train.load_variable(model_dir, 'global_step')
  assert f'Saving dict for global step {step}' in outputs['evaluator0']
  assert os.path.isdir(f'{model_dir}/eval')


def test_logs_of_roles(outcome):
  """Each role logs what the reference's does."""
  outputs, _ = outcome
  for name in ('chief0', 'worker0', 'ps0', 'ps1'):
    assert 'Start Tensorflow server.' in outputs[name]
  assert 'Start Tensorflow server.' not in outputs['evaluator0']


def test_goes_on_alone(outcome, family, tmp_path):
  """One process goes on with what the cluster trained."""
  _, model_dir = outcome
  copy = tmp_path / 'copy'
  copy.mkdir()
  for path in [f'{model_dir}/checkpoint', *glob.glob(f'{model_dir}/model*')]:
    shutil.copy(path, copy)
  family.start(TRAIN, {}, model_dir=str(copy), max_steps=90).ends()
  assert tf.train.load_variable(str(copy), 'global_step') == 90


def test_early_stopping(family, model_dir):
  """The chief's hook stops the workers, too."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  tasks = family.tasks(STOP, nodes, model_dir=model_dir, at_step=30)
  assert 'Requesting early stopping' in tasks['chief0'].ends().output()
  output = tasks['worker0'].ends().output()
  assert 'Early stopping requested, suspending run.' in output
  assert tf.train.load_variable(model_dir, 'global_step') < 1000


def test_master_evaluates(family, model_dir):
  """A master trains on the servers, and evaluates at its own checkpoints."""
  nodes = processes.cluster(master=1, ps=1)
  tasks = family.tasks(TRAIN, nodes, model_dir=model_dir, max_steps=40)
  assert 'Saving dict for global step 40' in tasks['master0'].ends().output()


@pytest.mark.cluster
def test_worker_writes_the_summaries_of_a_master(family, model_dir):
  """Also where both begin in the same second: each has a file of its own."""
  nodes = processes.cluster(master=1, worker=1, ps=1)
  arguments = {'seconds_per_step': 0.02, 'save_summary_steps': 10}
  tasks = family.tasks(TRAIN, nodes, model_dir=model_dir, **arguments)
  for name in ('master0', 'worker0'):
    tasks[name].ends()
  (own,) = glob.glob(f'{model_dir}/events*.worker0')
  (masters,) = set(glob.glob(f'{model_dir}/events*')) - {own}
  assert 'loss' in summary_tags(own)
  assert not summary_tags(masters)


@pytest.mark.cluster
def test_gradients_of_all_workers(family, model_dir):
  """SyncReplicasOptimizer trains, and its chief does not outlive its training."""
  nodes = processes.cluster(chief=1, ps=1)
  tasks = family.tasks(SYNCHRONOUS, nodes, model_dir=model_dir, workers=1)
  assert 'step 19' in tasks['chief0'].ends(seconds=90).output()
  assert tf.train.load_variable(model_dir, 'global_step') == 20


def summary_tags(path):
  """Of the summaries in a file of events, which must be whole."""
  events = list(tf.compat.v1.train.summary_iterator(path))
  return {value.tag for event in events for value in event.summary.value}


@pytest.mark.cluster
@pytest.mark.parametrize(
  'kind', [{'strategy': True}, {'without': 'v2_behavior'}]
)
def test_programs_of_old(family, model_dir, kind):
  """tf.compat.v1's ParameterServerStrategy trains on the servers, too; and so do
  programs that turn TensorFlow 2 off.
  """
  nodes = processes.cluster(chief=1, worker=1, ps=2)
  tasks = family.tasks(
    TRAIN, nodes, model_dir=model_dir, seconds_per_step=0.05, **kind
  )
  outputs = [tasks[name].ends().output() for name in ('chief0', 'worker0')]
  assert all('step ' in output for output in outputs)
  # Of a step hooks see the number before it, whatever kind its variable is of.
  assert any('step 0\n' in output for output in outputs)
  assert tf.train.load_variable(model_dir, 'global_step') >= 100
  assert glob.glob(f'{model_dir}/*00001-of-00002')


def results(task):
  lines = task.output().splitlines()
  marked = [line for line in lines if line.startswith('RESULT ')]
  return dict(json.loads(line.removeprefix('RESULT ')) for line in marked)


@pytest.mark.cluster
def test_models_of_all_kinds(family, tmp_path):
  """One worker trains each kind of model as a process without servers does."""
  nodes = processes.cluster(chief=1, ps=2)
  for index in (0, 1):
    family.task(TRAIN, nodes, 'ps', index, model_dir=str(tmp_path / 'there'))
  there = family.task(MODELS, nodes, 'chief', folder=str(tmp_path / 'there'))
  here = family.start(MODELS, {}, folder=str(tmp_path / 'here'))
  there, here = (results(task.ends(seconds=600)) for task in (there, here))
  assert there.keys() == here.keys()
  for name in there:
    assert isinstance(there[name], dict), there[name]
    # SDCA computes with several threads, which go on each other's values.
    tolerance = 0.3 if name == 'sdca' else 1e-5
    for part in ('variables', 'metrics'):
      values = here[name][part]
      expected = pytest.approx(values, rel=tolerance, abs=tolerance)
      assert there[name][part] == expected, name
    assert there[name]['predictions'] == here[name]['predictions']
