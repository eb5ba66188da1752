"""Reads a model_dir as TensorBoard does."""

import importlib

import pytest
from tensorboard.backend.event_processing import plugin_event_multiplexer

from tests import tiny
from tfcompat_estimator.records import train_eval_spec

training = importlib.import_module(
  'tfcompat_estimator.training.train_and_evaluate'
)


@pytest.fixture(scope='module')
def board(tmp_path_factory):
  """The runs that TensorBoard finds below a model_dir."""
  model_dir = str(tmp_path_factory.mktemp('model'))
  estimator = tiny.estimator(
    model_dir,
    save_summary_steps=2,
    save_checkpoints_steps=3,
    log_step_count_steps=2,
  )
  training.train_and_evaluate(
    estimator,
    train_eval_spec.TrainSpec(tiny.batches(), max_steps=7),
    train_eval_spec.EvalSpec(tiny.batches(2), throttle_secs=0),
  )
  estimator.evaluate(tiny.batches(2), name='other')
  runs = plugin_event_multiplexer.EventMultiplexer()
  return runs.AddRunsFromDirectory(model_dir).Reload()


def test_runs(board):
  """Training is one run, each evaluation another."""
  assert set(board.Runs()) == {'.', 'eval', 'eval_other'}


@pytest.mark.parametrize(
  ('run', 'steps', 'lag'),
  [('.', [1, 3, 5, 7], 1), ('eval', [3, 6, 7], 0), ('eval_other', [7], 0)],
)
def test_losses_share_a_picture(board, run, steps, lag):
  """The loss of training and evaluation has one tag, so one picture."""
  points = board.Tensors(run, 'loss')
  assert [point.step for point in points] == steps
  values = [float(point.tensor_proto.float_val[0]) for point in points]
  # A step's summary shows the loss before its update.
  expected = [tiny.loss_at(step - lag) for step in steps]
  assert values == pytest.approx(expected, rel=1e-4)


def test_other_tags(board):
  """Steps a second and the metrics are there, and the graph."""
  tags = {
    run: set(board.Runs()[run]['tensors']) - {'__run_graph__'}
    for run in board.Runs()
  }
  assert tags == {
    '.': {'loss', 'global_step/sec'},
    'eval': {'loss', 'm', 'checkpoint_path'},
    'eval_other': {'loss', 'm', 'checkpoint_path'},
  }
  graph = board.SerializedGraph('.')
  assert b'm/w' in graph
