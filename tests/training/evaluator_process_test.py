"""Tests a trainer and an evaluator in processes of their own."""

import concurrent.futures

import pytest


@pytest.fixture(scope='module')
def outcome(ours, tmp_path_factory):
  """What both processes left behind."""
  model_dir = str(tmp_path_factory.mktemp('two') / 'model')
  with concurrent.futures.ThreadPoolExecutor() as pool:
    evaluator, chief = (
      pool.submit(
        ours.call,
        'train_and_evaluate',
        'role',
        model_dir=model_dir,
        task_type=t,
      )
      for t in ('evaluator', 'chief')
    )
    chief.result()
    return evaluator.result()


def test_evaluator_sees_training_go_on(outcome):
  """Some checkpoints on the way were evaluated, in order, and the last one."""
  steps = outcome['events']['eval/events.out.tfevents']['loss']
  assert steps == sorted(set(steps))
  assert len(steps) > 1
  assert steps[-1] == 8
  assert set(steps) <= {0, 2, 4, 6, 8}


def test_evaluator_exports(outcome):
  """The evaluator runs the exporters, the final one at the end."""
  files = outcome['files']
  for kind, file in (('latest', 'pb'), ('final', 'pbtxt'), ('best', 'pb')):
    assert f'export/{kind}/TIME/saved_model.{file}' in files


def test_chief_writes_the_rest(outcome):
  """Training events and checkpoints are the chief's."""
  assert outcome['events']['events.out.tfevents']['loss'] == [1, 3, 5, 7]
  assert 'model.ckpt-8.index' in outcome['files']
