"""Trains: how long, what is logged, saved and written, and in which order."""

import contextlib
import glob
import os
import re

import numpy as np
import pytest
import tensorflow as tf

from tests import refusals, tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
ONE = np.ones([1], np.float32)

REFUSED = {
  'steps 0': ({'steps': 0}, ValueError, 'Must specify steps > 0, given: 0'),
  'steps -1': ({'steps': -1}, ValueError, 'Must specify steps > 0'),
  'max_steps 0': ({'max_steps': 0}, ValueError, 'Must specify max_steps > 0'),
  'both': (
    {'steps': 1, 'max_steps': 1},
    ValueError,
    'Can not provide both steps and max_steps',
  ),
  'steps a string': ({'steps': '2'}, TypeError, 'must be a number'),
  'a hook of a wrong type': (
    {'hooks': ['x']},
    TypeError,
    'Hooks must be a SessionRunHook, given: x',
  ),
  'hooks not a list': (
    {'hooks': v1.train.StopAtStepHook(1)},
    TypeError,
    'not iterable',
  ),
  'a listener of a wrong type': (
    {'saving_listeners': ['x']},
    TypeError,
    'list of CheckpointSaverListener, given: x',
  ),
  'listeners not a list': ({'saving_listeners': 5}, TypeError, 'not iterable'),
  'no input_fn': ({'input_fn': None}, TypeError, 'unsupported callable'),
  'input_fn with a required argument': (
    {'input_fn': lambda bogus: 0},
    TypeError,
    'bogus',
  ),
  'a tuple of three': (
    {'input_fn': lambda: (ONE, ONE, ONE)},
    ValueError,
    'len 2 tuple',
  ),
}


@refusals.each(REFUSED)
def test_bad_arguments(arguments, error, message, model_dir):
  """The exception is of the reference's type and names what is wrong."""
  with pytest.raises(error, match=message):
    tiny.estimator(model_dir).train(
      **{
        'input_fn': tiny.batches(),
        **arguments,
      }
    )


def _saved_steps(model_dir):
  names = glob.glob(os.path.join(model_dir, 'model.ckpt-*.index'))
  return sorted(int(name.split('-')[-1].split('.')[0]) for name in names)


def test_cadence_of_checkpoints_over_a_resume(model_dir):
  """Saved at the start, at multiples from there, and at the end (R22)."""
  estimator = tiny.estimator(model_dir, save_checkpoints_steps=2)
  estimator.train(tiny.batches(), steps=3)
  assert _saved_steps(model_dir) == [0, 2, 3]
  estimator.train(tiny.batches(), steps=3)

  assert _saved_steps(model_dir) == [0, 2, 3, 5, 6]


def test_steps_are_relative_and_max_steps_absolute(model_dir):
  """R21: twice two steps, then up to 3 (nothing), then up to 6."""
  estimator = tiny.estimator(model_dir)
  got = []
  for limit in ({'steps': 2}, {'steps': 2}, {'max_steps': 3}, {'max_steps': 6}):
    estimator.train(tiny.batches(), **limit)
    got.append(int(estimator.get_variable_value('global_step')))

  assert got == [2, 4, 4, 6]


@pytest.mark.parametrize('argument', ['steps', 'max_steps'])
def test_a_fraction_of_a_step_is_a_whole_one(argument, model_dir, caplog):
  """As in the reference; a warning says what is done."""
  estimator = tiny.estimator(model_dir)
  estimator.train(tiny.batches(), **{argument: 2.0})
  assert 'whole number' not in caplog.text

  estimator.train(tiny.batches(), **{argument: 2.5})

  done = {'steps': 5, 'max_steps': 3}[argument]
  assert estimator.get_variable_value('global_step') == done
  assert f'`{argument}` (2.5) is no whole number; 3 are done' in caplog.text


def test_end_of_input_ends_training_with_a_checkpoint(model_dir):
  """R23: two batches are two steps, whatever was asked for."""
  estimator = tiny.estimator(model_dir).train(tiny.batches(2), steps=5)

  assert estimator.latest_checkpoint().endswith('model.ckpt-2')


def test_empty_input_saves_step_0(model_dir):
  """R23: there is a checkpoint of the initial values."""
  estimator = tiny.estimator(model_dir).train(tiny.batches(0))

  assert _saved_steps(model_dir) == [0]
  assert estimator.get_variable_value('m/w') == 0


def test_without_saving_there_is_no_checkpoint(model_dir):
  """R26: and listeners have nobody to call them."""
  config = run_config.RunConfig(
    save_checkpoints_steps=None, save_checkpoints_secs=None
  )
  estimator = base_estimator.EstimatorV2(tiny.model_fn, model_dir, config)
  estimator.train(tiny.batches(), steps=2)

  assert estimator.latest_checkpoint() is None
  with pytest.raises(ValueError, match='There should be a CheckpointSaverHook'):
    estimator.train(
      tiny.batches(),
      steps=2,
      saving_listeners=[v1.train.CheckpointSaverListener()],
    )


def test_a_nan_loss_ends_training(model_dir):
  """R29: NanLossDuringTrainingError."""
  estimator = tiny.estimator(model_dir)

  with pytest.raises(v1.train.NanLossDuringTrainingError, match='NaN loss'):
    estimator.train(
      lambda: tf.data.Dataset.from_tensors(([np.nan], [1.0])).repeat(), steps=9
    )


DEFAULT = [
  'CheckpointSaverHook',
  'StepCounterHook',
  'SummarySaverHook',
  'DatasetInitializerHook',
  'Looker',
  'StopAtStepHook',
  'NanTensorHook',
  'LoggingTensorHook',
]
HOOKS = {
  'default': ({}, {'steps': 1}, DEFAULT),
  'no summaries': (
    {'save_summary_steps': 0},
    {'steps': 1},
    [name for name in DEFAULT if name != 'SummarySaverHook'],
  ),
  'no logs': (
    {'log_step_count_steps': None},
    {'steps': 1},
    [
      name
      for name in DEFAULT
      if name not in ('StepCounterHook', 'LoggingTensorHook')
    ],
  ),
  'no steps': (
    {},
    {},
    [name for name in DEFAULT if name != 'StopAtStepHook'],
  ),
}


class Looker(v1.train.SessionRunHook):
  """A user's hook."""


@pytest.mark.parametrize('case', HOOKS)
def test_default_hooks_and_their_order(case, model_dir, monkeypatch):
  """The order of the contract's part 3."""
  config, arguments, expected = HOOKS[case]
  seen = []
  session = v1.train.MonitoredSession

  def spy(session_creator, hooks, **options):
    seen.extend(type(hook).__name__ for hook in hooks)
    return session(session_creator, hooks, **options)

  monkeypatch.setattr(v1.train, 'MonitoredSession', spy)
  base_estimator.EstimatorV2(
    tiny.model_fn, model_dir, run_config.RunConfig(**config)
  ).train(tiny.batches(2), [Looker()], **arguments)

  assert [name for name in seen if name in (*DEFAULT, 'Looker')] == expected


def test_events(model_dir):
  """R42: loss first at step 1, then every save_summary_steps; speed likewise."""
  base_estimator.EstimatorV2(
    tiny.model_fn,
    model_dir,
    run_config.RunConfig(save_summary_steps=2, log_step_count_steps=2),
  ).train(tiny.batches(), steps=5)
  (path,) = glob.glob(os.path.join(model_dir, 'events*'))
  steps = {}
  for event in v1.train.summary_iterator(path):
    for value in event.summary.value:
      steps.setdefault(value.tag, []).append(event.step)

  assert steps == {'loss': [1, 3, 5], 'global_step/sec': [3, 5]}


@pytest.mark.parametrize('fails', [False, True])
def test_last_events_are_on_disk(fails, model_dir):
  """Those of hooks that TensorFlow leaves to a thread, also after an error."""
  estimator = tiny.estimator(model_dir, log_step_count_steps=1)
  hooks = [_Failing()] if fails else []
  with pytest.raises(KeyError) if fails else contextlib.nullcontext():
    estimator.train(tiny.batches(), hooks, steps=4)
  events = [
    (event.step, value.tag)
    for path in glob.glob(os.path.join(model_dir, 'events.out.tfevents.*'))
    for event in v1.train.summary_iterator(path)
    for value in event.summary.value
  ]
  assert events == [(step, 'global_step/sec') for step in (2, 3, 4)]


class _Failing(v1.train.SessionRunHook):
  """Fails after the fourth step, when StepCounterHook has written of it."""

  runs = 0

  def after_run(self, run_context, run_values):
    self.runs += 1
    if self.runs == 4:
      raise KeyError


@pytest.mark.eager
def test_model_fn_sees_a_plain_graph(model_dir):
  """R31: not eager, no function graph, global_step there, resource variables."""
  seen = {}

  def model_fn(features, labels, mode):
    graph = v1.get_default_graph()
    seen.update(
      eager=tf.executing_eagerly(),
      graph=type(graph).__name__,
      step=v1.train.get_global_step().name,
      seed=graph.seed,
      device=features.op.device,
    )
    return tiny.model_fn(features, labels, mode)

  base_estimator.EstimatorV2(
    model_fn, model_dir, run_config.RunConfig(tf_random_seed=42)
  ).train(tiny.batches(), steps=1)

  assert seen == {
    'eager': False,
    'graph': 'Graph',
    'step': 'global_step:0',
    'seed': 42,
    'device': '/device:CPU:0',
  }
  assert tf.executing_eagerly()


LOG = [
  'Calling model_fn.',
  'Done calling model_fn.',
  'Create CheckpointSaverHook.',
  'Graph was finalized.',
  'Running local_init_op.',
  'Done running local_init_op.',
  'Calling checkpoint listeners before saving checkpoint 0...',
  'Saving checkpoints for 0 into DIR/model.ckpt.',
  'Calling checkpoint listeners after saving checkpoint 0...',
  'loss = 1.0, step = 0',
  'Calling checkpoint listeners before saving checkpoint 2...',
  'Saving checkpoints for 2 into DIR/model.ckpt.',
  'Calling checkpoint listeners after saving checkpoint 2...',
  'Loss for final step.',
]


def test_log_lines(model_dir, caplog):
  """The lines that the reference logs, in its order."""
  estimator = base_estimator.EstimatorV2(tiny.model_fn, model_dir)
  with caplog.at_level('INFO', 'tensorflow'):
    estimator.train(tiny.batches(), steps=2)
  lines = [
    re.sub(': 0.64[0-9]*.', '.', record.getMessage().replace(model_dir, 'DIR'))
    for record in caplog.records
  ]

  assert [line for line in lines if line in LOG] == LOG
