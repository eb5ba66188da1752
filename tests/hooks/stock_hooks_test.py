"""Tests that stock hooks, and what users' hooks do, work in a session."""

import glob
import json
import os

import pytest
import tensorflow as tf

from tests import tiny
from tests.api import api_test
from tfcompat_estimator.api import namespaces
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs

v1 = tf.compat.v1

# Whatever of tf.estimator's is in tf.compat.v1.train as well.
NAMES = {name.rpartition('.')[2] for name in api_test.CONTRACT}
STOCK = sorted(
  n
  for n, value in vars(v1.train).items()
  if n in NAMES and isinstance(value, type)
)


@pytest.mark.parametrize('name', STOCK)
def test_stock_hooks_are_tensorflows_own(name):
  """So isinstance holds between users' hooks and ours."""
  assert len(STOCK) == 18
  for api in (namespaces.V1, namespaces.V2):
    assert getattr(api, name) is getattr(v1.train, name)


REFUSED = {
  'StopAtStepHook none': (lambda t: t.StopAtStepHook(), 'num_steps or last'),
  'StopAtStepHook both': (lambda t: t.StopAtStepHook(1, 1), 'Only one of'),
  'CheckpointSaverHook none': (
    lambda t: t.CheckpointSaverHook('d'),
    'Either every_secs or every_steps',
  ),
  'CheckpointSaverHook both': (
    lambda t: t.CheckpointSaverHook('d', save_secs=1, save_steps=1),
    'Can not provide both',
  ),
  'SummarySaverHook no op': (
    lambda t: t.SummarySaverHook(1),
    'Exactly one of scaffold or summary_op',
  ),
  'LoggingTensorHook none': (
    lambda t: t.LoggingTensorHook(['a']),
    'exactly one of every_n_iter and every_n_secs',
  ),
  'LoggingTensorHook 0': (
    lambda t: t.LoggingTensorHook(['a'], every_n_iter=0),
    'invalid every_n_iter=0',
  ),
  'StepCounterHook both': (
    lambda t: t.StepCounterHook(1, 1),
    'exactly one of every_n_steps and every_n_secs',
  ),
  'SecondOrStepTimer none': (
    lambda t: t.SecondOrStepTimer(),
    'Either every_secs or every_steps',
  ),
}


@pytest.mark.parametrize('case', REFUSED)
def test_bad_arguments(case):
  """Probes 520 to 537 of the contract."""
  make, text = REFUSED[case]
  with pytest.raises(ValueError, match=text):
    make(namespaces.V2)


class Hook(v1.train.SessionRunHook):
  """Adds ops when it begins, and runs functions given by keyword."""

  def __init__(self, begin=None, before=None, after=None):
    self._begin, self._before, self._after = begin, before, after
    self.seen = []

  def begin(self):
    self.made = self._begin and self._begin()

  def before_run(self, run_context):
    return self._before and self._before(self)

  def after_run(self, run_context, run_values):
    self.seen.append(self._after(self, run_context, run_values))


def test_a_hook_that_adds_ops_in_begin(model_dir):
  """They are in the graph before it is finalized, and can be fetched."""

  def double_the_step():
    return 2 * v1.train.get_global_step()

  hook = Hook(
    double_the_step,
    lambda hook: v1.train.SessionRunArgs({'twice': hook.made}),
    lambda hook, context, values: int(values.results['twice']),
  )
  tiny.estimator(model_dir).train(tiny.batches(), [hook], steps=3)

  assert hook.seen == [0, 2, 4]


def test_a_hook_that_adds_a_variable_in_begin(model_dir):
  """It is initialized, and saved as those of the model are."""

  def counter():
    with v1.variable_scope('mine', reuse=v1.AUTO_REUSE):
      variable = v1.get_variable('count', initializer=0)
    return v1.assign_add(variable, 2)

  hook = Hook(
    counter,
    lambda hook: v1.train.SessionRunArgs(hook.made),
    lambda hook, context, values: int(values.results),
  )
  estimator = tiny.estimator(model_dir)
  estimator.train(tiny.batches(), [hook], steps=3)

  assert hook.seen == [2, 4, 6]
  assert estimator.get_variable_value('mine/count') == 6


def test_a_hook_that_feeds(model_dir):
  """What it feeds reaches the train op of that run."""

  def model_fn(features, labels, mode):
    rate = v1.placeholder_with_default(0.0, [], 'rate')
    weight = v1.get_variable('w', initializer=0.0)
    train_op = tf.group(
      weight.assign_add(rate), v1.train.get_global_step().assign_add(1)
    )
    loss = tf.reduce_mean(features)
    return estimator_specs.EstimatorSpec(mode, loss=loss, train_op=train_op)

  rates = iter([1.0, 2.0, 4.0])
  feeding = v1.train.FeedFnHook(lambda: {'rate:0': next(rates)})
  estimator = base_estimator.EstimatorV2(model_fn, model_dir)
  estimator.train(tiny.batches(), [feeding], steps=3)

  assert estimator.get_variable_value('w') == 7.0


def test_two_hooks_that_feed_the_same(model_dir):
  """MonitoredSession's own rule: one tensor is fed by one hook."""

  def begin():
    return v1.placeholder_with_default(0.0, [], 'x')

  def feed(hook):
    return v1.train.SessionRunArgs(None, {hook.made: 1.0})

  hooks = [Hook(begin, feed)]
  hooks.append(
    Hook(None, lambda hook: v1.train.SessionRunArgs(None, {hooks[0].made: 2.0}))
  )
  with pytest.raises(RuntimeError, match='Same tensor is fed by two hooks'):
    tiny.estimator(model_dir).train(tiny.batches(), hooks, steps=1)


def test_a_hook_that_uses_the_session(model_dir):
  """run_context.session.run computes more, without taking a step."""

  def begin():
    return v1.train.get_global_step() + 10

  def after(hook, context, values):
    return [
      int(context.session.run(hook.made)),
      int(context.session.run(hook.made, {hook.made: 5})),
    ]

  hook = Hook(begin, None, after)
  tiny.estimator(model_dir).train(tiny.batches(), [hook], steps=2)

  assert hook.seen == [[11, 5], [12, 5]]


def test_a_hook_that_asks_for_a_trace(model_dir):
  """Its options reach the run; the metadata names operations."""
  options = v1.RunOptions(trace_level=v1.RunOptions.FULL_TRACE)

  def after(hook, context, values):
    return {
      node.node_name
      for device in values.run_metadata.step_stats.dev_stats
      for node in device.node_stats
    }

  hook = Hook(
    None, lambda hook: v1.train.SessionRunArgs(None, options=options), after
  )
  tiny.estimator(model_dir).train(tiny.batches(), [hook], steps=1)

  assert 'gradients/Square_grad/Mul' in hook.seen[0]


def test_profiler_hook_writes_timelines(model_dir):
  """Files that a browser's trace viewer opens, with the operations by name."""
  with tf.Graph().as_default():  # in eager mode it refuses, as ever
    hook = v1.train.ProfilerHook(save_steps=2, output_dir=model_dir)
  tiny.estimator(model_dir).train(tiny.batches(), [hook], steps=5)

  paths = sorted(glob.glob(os.path.join(model_dir, 'timeline-*.json')))
  assert [os.path.basename(path) for path in paths] == [
    'timeline-2.json',
    'timeline-4.json',
  ]
  with open(paths[0]) as file:
    events = json.load(file)['traceEvents']
  ran = {
    (event['args']['name'], event['name'])
    for event in events
    if event['ph'] == 'X'
  }
  assert ('Square', 'Square') in ran
  assert ('gradients/Square_grad/Mul', 'Mul') in ran
  assert all(event['dur'] > 0 for event in events if event['ph'] == 'X')


@pytest.mark.parametrize('error', [tf.errors.OutOfRangeError, StopIteration])
def test_a_hook_that_raises_the_end_of_input(error, model_dir):
  """Probes 562, 563: training ends as if its input had."""

  def after(hook, context, values):
    raise error(*((None, None, '') if error is not StopIteration else ()))

  estimator = tiny.estimator(model_dir)
  estimator.train(tiny.batches(), [Hook(None, None, after)], steps=5)

  assert estimator.latest_checkpoint().endswith('model.ckpt-1')


BEFORE = {
  'a name': (
    lambda hook: v1.train.SessionRunArgs('m/w/Read/ReadVariableOp:0'),
    None,
  ),
  'an error': (lambda hook: 1 / 0, ZeroDivisionError),
  'a list': (lambda hook: ['m/w:0'], AttributeError),
}


@pytest.mark.parametrize(
  'case',
  [pytest.param('a name', marks=pytest.mark.eager), 'an error', 'a list'],
)
def test_what_before_run_may_return(case, model_dir):
  """Probes 561, 564, 565."""
  before, error = BEFORE[case]
  hook = Hook(None, before, lambda hook, context, values: values.results)
  estimator = tiny.estimator(model_dir)
  if error is None:
    estimator.train(tiny.batches(), [hook], steps=1)
    assert hook.seen == [0.0]
  else:
    with pytest.raises(error):
      estimator.train(tiny.batches(), [hook], steps=1)


def test_hooks_of_the_debugger(model_dir):
  """They need a Session: an error says so before a step is run."""
  from tensorflow.python import debug

  hooks = [debug.DumpingDebugHook(model_dir)]
  with pytest.raises(NotImplementedError, match='DumpingDebugHook.*Session'):
    tiny.estimator(model_dir).train(tiny.batches(), hooks=hooks, steps=1)
