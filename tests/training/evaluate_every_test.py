"""Tests EvaluateEvery: when it evaluates, what it leaves behind."""

import importlib
import os

import pytest
import tensorflow as tf

from tests import tiny
from tests.training import recording
from tfcompat_estimator.hooks import input_position
from tfcompat_estimator.records import train_eval_spec
from tfcompat_estimator.training import evaluate_every

training = importlib.import_module(
  'tfcompat_estimator.training.train_and_evaluate'
)
v1 = tf.compat.v1
EvaluateEvery = evaluate_every.EvaluateEvery


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch):
  monkeypatch.delenv('TF_CONFIG', raising=False)


def run(
  model_dir, every, max_steps=None, count=None, hooks=(), specs=None, **config
):
  """Trains; returns the calls of exporters."""
  calls = []
  config = {'save_checkpoints_steps': 100, **config}
  training.train_and_evaluate(
    tiny.estimator(model_dir, **config),
    train_eval_spec.TrainSpec(tiny.batches(count), max_steps, [every, *hooks]),
    [recording.spec(calls, name, throttle_secs=600) for name in specs or ['a']],
  )
  return [call.removeprefix('to_') for call in calls if call[:3] == 'to_']


def checkpoints(model_dir):
  return sorted(
    name for name in os.listdir(model_dir) if name.endswith('.index')
  )


def test_steps(model_dir):
  """At multiples of the steps and at the end, without more checkpoints."""
  assert run(model_dir, EvaluateEvery(steps=3), 8) == ['a3', 'a6', 'a8!']
  assert checkpoints(model_dir) == ['model.ckpt-0.index', 'model.ckpt-8.index']
  assert not os.path.exists(f'{model_dir}/evaluate_every')
  # From where it resumes, still at multiples.
  assert run(model_dir, EvaluateEvery(steps=3), 13) == ['a9', 'a12', 'a13!']


def test_steps_with_checkpoints_in_between(model_dir):
  """Checkpoints that come meanwhile are not evaluated."""
  calls = run(
    model_dir, EvaluateEvery(steps=3), 6, save_checkpoints_steps=2,
    specs=['a', 'b'],
  )  # fmt: skip

  assert calls == ['a3', 'b3', 'a6!', 'b6!']
  assert checkpoints(model_dir) == [
    f'model.ckpt-{step}.index' for step in (0, 2, 4, 6)
  ]


def test_steps_when_the_input_ends(model_dir):
  """What training ends with is evaluated, once."""
  assert run(model_dir, EvaluateEvery(steps=2), count=4) == ['a2', 'a4']
  assert run(model_dir, EvaluateEvery(steps=3), count=4) == ['a6', 'a8!']


def test_steps_fused(model_dir, fused_from_the_second_run_on):
  """Steps that nobody looks at run in one call; evaluations are on time."""
  calls = run(model_dir, EvaluateEvery(steps=250), 800)

  assert calls == ['a250', 'a500', 'a750', 'a800!']


def test_epochs(model_dir):
  """At the end of each epoch, until max_steps; only the last one is final."""
  assert run(model_dir, EvaluateEvery(epochs=1), 8, 3) == [
    'a3',
    'a6',
    'a8!',
  ]


def test_every_other_epoch(model_dir):
  """After so many epochs, and at the end."""
  calls = run(model_dir, EvaluateEvery(epochs=2), 14, 3, specs=['a', 'b'])

  assert calls == ['a6', 'b6', 'a12', 'b12', 'a14!', 'b14!']


def test_epochs_fused(model_dir, fused_from_the_second_run_on):
  """The end of the input is seen within a loop of steps, too."""
  assert run(model_dir, EvaluateEvery(epochs=1), 700, 300) == [
    'a300',
    'a600',
    'a700!',
  ]


def test_epochs_until_a_hook_stops(model_dir):
  """Without max_steps a hook ends it."""
  stop = tiny.Recorder([], 'S', stop_after=5)

  assert run(model_dir, EvaluateEvery(epochs=1), None, 2, hooks=[stop]) == [
    'a2',
    'a4',
    'a5',
  ]


def test_epochs_of_nothing(model_dir):
  """An input without batches ends at once."""
  assert run(model_dir, EvaluateEvery(epochs=1), 4, 0) == ['a0']


@pytest.mark.parametrize('every', [{'steps': 2}, {'epochs': 1}])
def test_final_exports(every, model_dir):
  """An exporter that waits for the end finds the checkpoint there."""
  calls = []

  class Final(recording.Exporter):
    def export(self, **arguments):
      if not arguments['is_the_final_export']:
        return None
      assert v1.train.checkpoint_exists(arguments['checkpoint_path'])
      return super().export(**arguments)

  stop = tiny.Recorder([], 'S', stop_after=4)
  hooks = [EvaluateEvery(**every), stop]
  training.train_and_evaluate(
    tiny.estimator(model_dir),
    train_eval_spec.TrainSpec(
      tiny.batches(2 if 'epochs' in every else None), None, hooks
    ),
    train_eval_spec.EvalSpec(tiny.batches(1), exporters=Final('last', calls)),
  )

  assert calls == ['last4!']


def test_early_stopping(model_dir):
  """Hooks that read what evaluations wrote see each of them."""
  from tfcompat_estimator.hooks import early_stopping

  estimator = tiny.estimator(model_dir)
  stop = early_stopping.make_early_stopping_hook(
    estimator,
    lambda: os.path.exists(f'{model_dir}/eval_a'),
    run_every_secs=None,
    run_every_steps=1,
  )

  calls = run(model_dir, EvaluateEvery(steps=2), 100, hooks=[stop])

  assert calls[0] == 'a2'
  assert int(calls[-1].strip('a!')) < 10


@pytest.mark.parametrize('every', [{'steps': 2}, {'epochs': 1}])
def test_early_stopping_by_a_metric(every, model_dir):
  """What the evaluations of one of several specs wrote ends training early."""
  from tfcompat_estimator.hooks import early_stopping

  estimator = tiny.estimator(model_dir)
  stop = early_stopping.stop_if_lower_hook(
    estimator,
    'loss',
    tiny.loss_at(5),
    eval_dir=estimator.eval_dir('b'),
    run_every_secs=None,
    run_every_steps=1,
  )

  calls = run(
    model_dir,
    EvaluateEvery(**every),
    100,
    None if 'steps' in every else 2,
    hooks=[stop],
    specs=['a', 'b'],
  )

  assert calls[:6] == ['a2', 'b2', 'a4', 'b4', 'a6', 'b6']
  assert int(calls[-1].strip('b!')) <= 8


def test_train_has_no_evaluations(model_dir):
  """In `train` by itself it says what to use."""
  with pytest.raises(RuntimeError, match='InMemoryEvaluatorHook'):
    tiny.estimator(model_dir).train(
      tiny.batches(), [EvaluateEvery(steps=1)], steps=1
    )


@pytest.mark.parametrize(
  'arguments, error',
  [
    ({}, ValueError),
    ({'steps': 1, 'epochs': 1}, ValueError),
    ({'steps': 0}, ValueError),
    ({'epochs': -1}, ValueError),
    ({'steps': 1.5}, TypeError),
    ({'epochs': True}, TypeError),
  ],
)
def test_bad_arguments(arguments, error):
  """They are refused by name."""
  with pytest.raises(error, match='steps|epochs'):
    EvaluateEvery(**arguments)


def test_hooks_that_do_not_go_together(model_dir):
  """Two of them, or epochs that never begin anew, are refused early."""
  with pytest.raises(ValueError, match='2 EvaluateEvery'):
    run(model_dir, EvaluateEvery(steps=1), 2, hooks=[EvaluateEvery(epochs=1)])
  resume = input_position.ResumeInput(tiny.estimator(model_dir))
  with pytest.raises(ValueError, match='position in the input'):
    run(model_dir, EvaluateEvery(epochs=1), 2, hooks=[resume])
