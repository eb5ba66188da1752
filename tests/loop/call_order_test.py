"""Holds the orders in which hooks and listeners are called to the contract."""

import collections
import contextlib

import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1

Case = collections.namedtuple(
  'Case', 'hooks listeners spec_hooks steps batches save_every expected'
)
Case.__new__.__defaults__ = (('A',), ('L1',), False, 2, None, None, '')


class Acting:
  """Mixed into a recorder that may act: its name is followed by `!action`."""

  def __init__(self, calls, name):
    name, *self._actions = name.split('!')
    super().__init__(calls, name)


class Hook(Acting, tiny.Recorder):
  """A recorder that may stop or fail at its second run."""

  def after_run(self, run_context, run_values):
    super().after_run(run_context, run_values)
    if self.runs == 2 and self._actions:
      self.calls.append(f'{self.name}.{self._actions[0]}')
      if self._actions == ['raise']:
        raise RuntimeError('boom')
      run_context.request_stop()


class Listener(Acting, tiny.SaveRecorder):
  """A recorder that may stop training when step 2, or step 0, is saved."""

  def after_save(self, session, global_step_value):
    super().after_save(session, global_step_value)
    return str(global_step_value) in self._actions


def run_of(names, step):
  """The calls of one run by which no checkpoint is saved."""
  return ' '.join(
    [f'{name}.before_run' for name in names]
    + [f'{name}.after_run(fetched gs={step})' for name in names]
  )


def split(text):
  """The calls; one blank is inside of them."""
  calls = text.replace('fetched gs', 'fetched-gs').split()
  return [call.replace('-', ' ') for call in calls]


def each(names, call):
  """One call of several hooks."""
  return ' '.join(f'{name}.{call}' for name in names)


ALL = ('spec_chief', 'A', 'B', 'spec_training')
START = (
  'L1.begin A.begin L1.before_save(0) L1.after_save(0) '
  'A.after_create_session(gs=0) '
)
START_AB = (
  'L1.begin A.begin B.begin L1.before_save(0) L1.after_save(0) '
  'A.after_create_session(gs=0) B.after_create_session(gs=0) '
)
END = 'L1.before_save(2) L1.after_save(2) L1.end(2) A.end(gs=2)'


def saving_run(names, listeners, step):
  """The calls of a run after which the saver, the first hook, saves."""
  return ' '.join(
    [
      each(names, 'before_run'),
      each(listeners, f'before_save({step})'),
      each(listeners, f'after_save({step})'),
      each(names, f'after_run(fetched gs={step - 1})'),
    ]
  )


TRAIN = {
  'normal end, saving each step': Case(
    hooks=('A', 'B'),
    listeners=('L1', 'L2'),
    spec_hooks=True,
    save_every=1,
    expected=' '.join(
      [
        each(('L1', 'L2', *ALL), 'begin'),
        each(('L1', 'L2'), 'before_save(0)'),
        each(('L1', 'L2'), 'after_save(0)'),
        each(ALL, 'after_create_session(gs=0)'),
        saving_run(ALL, ('L1', 'L2'), 1),
        saving_run(ALL, ('L1', 'L2'), 2),
        each(('L1', 'L2'), 'end(2)'),
        each(ALL, 'end(gs=2)'),
      ]
    ),
  ),
  'normal end': Case(
    expected=START + f'{run_of("A", 0)} {run_of("A", 1)} ' + END
  ),
  'end of input': Case(
    batches=2,
    steps=5,
    expected=START + f'{run_of("A", 0)} {run_of("A", 1)} A.before_run ' + END,
  ),
  'request_stop': Case(
    hooks=('A!request_stop', 'B'),
    steps=5,
    expected=START_AB
    + run_of('AB', 0)
    + ' A.before_run B.before_run A.after_run(fetched gs=1) A.request_stop '
    + f'B.after_run(fetched gs=1) {END} B.end(gs=2)',
  ),
  'exception': Case(
    hooks=('A!raise', 'B'),
    steps=5,
    expected=START_AB
    + run_of('AB', 0)
    + ' A.before_run B.before_run A.after_run(fetched gs=1) A.raise',
  ),
  'a listener stops': Case(
    listeners=('L1!2',),
    save_every=2,
    steps=9,
    expected=START
    + f'{run_of("A", 0)} {saving_run("A", ["L1"], 2)} L1.end(2) A.end(gs=2)',
  ),
  'what a listener says of the first save does not matter': Case(
    listeners=('L1!0',),
    save_every=2,
    steps=3,
    expected=START
    + f'{run_of("A", 0)} {saving_run("A", ["L1"], 2)} {run_of("A", 2)} '
    + 'L1.before_save(3) L1.after_save(3) L1.end(3) A.end(gs=3)',
  ),
}
BOTH = ('A', 'B', 'spec_eval')
BEGUN = 'A.begin A.after_create_session(gs=1) '
EVALUATE = {
  'normal end': Case(
    hooks=('A', 'B'),
    spec_hooks=True,
    expected=' '.join(
      [
        each(BOTH, 'begin'),
        each(BOTH, 'after_create_session(gs=1)'),
        run_of(BOTH, 1),
        run_of(BOTH, 1),
        each(BOTH, 'end(gs=1)'),
      ]
    ),
  ),
  'end of input': Case(
    batches=2,
    steps=5,
    expected=BEGUN
    + f'{run_of("A", 1)} {run_of("A", 1)} A.before_run A.end(gs=1)',
  ),
  'request_stop': Case(
    hooks=('A!request_stop',),
    steps=5,
    expected=BEGUN
    + f'{run_of("A", 1)} {run_of("A", 1)} A.request_stop A.end(gs=1)',
  ),
  'exception': Case(
    hooks=('A!raise',),
    steps=5,
    expected=BEGUN + f'{run_of("A", 1)} {run_of("A", 1)} A.raise',
  ),
}
PREDICT = {
  'end of input': Case(
    spec_hooks=True,
    batches=2,
    expected=' '.join(
      [
        'A.begin spec_predict.begin A.after_create_session(gs=1)',
        'spec_predict.after_create_session(gs=1)',
        run_of(('A', 'spec_predict'), 1),
        'yield',
        run_of(('A', 'spec_predict'), 1),
        'yield A.before_run spec_predict.before_run A.end(gs=1)',
        'spec_predict.end(gs=1)',
      ]
    ),
  ),
  'request_stop': Case(
    hooks=('A!request_stop',),
    expected=BEGUN
    + f'{run_of("A", 1)} yield {run_of("A", 1)} A.request_stop yield A.end(gs=1)',
  ),
  'exception': Case(
    hooks=('A!raise',),
    expected=BEGUN + f'{run_of("A", 1)} yield {run_of("A", 1)} A.raise',
  ),
}


def make(model_dir, calls, case):
  """An Estimator, with hooks in its specs if the case says so."""

  def model_fn(features, labels, mode):
    spec = tiny.model_fn(features, labels, mode)
    if not case.spec_hooks:
      return spec
    return spec._replace(
      training_chief_hooks=[Hook(calls, 'spec_chief')],
      training_hooks=[Hook(calls, 'spec_training')],
      evaluation_hooks=[Hook(calls, 'spec_eval')],
      prediction_hooks=[Hook(calls, 'spec_predict')],
    )

  saving = (
    {'save_checkpoints_steps': case.save_every} if case.save_every else {}
  )
  config = run_config.RunConfig(
    save_summary_steps=0, log_step_count_steps=None, **saving
  )
  return base_estimator.EstimatorV2(model_fn, model_dir, config)


def check(case, model_dir, act):
  """Compares the order of calls with the expected one.

  Args:
    case: A `Case`.
    model_dir: That of the estimator.
    act: A function of the estimator, its hooks and the list of calls.
  """
  calls = []
  estimator = make(model_dir, calls, case)
  hooks = [Hook(calls, name) for name in case.hooks]
  fails = any('raise' in name for name in case.hooks)

  with (
    pytest.raises(RuntimeError, match='boom')
    if fails
    else contextlib.nullcontext()
  ):
    act(estimator, hooks, calls)

  assert calls == split(case.expected)


@pytest.mark.eager
@pytest.mark.parametrize('name', TRAIN)
def test_train(name, model_dir):
  """The orders of a training."""
  case = TRAIN[name]

  def train(estimator, hooks, calls):
    listeners = [Listener(calls, name) for name in case.listeners]
    estimator.train(
      tiny.batches(case.batches), hooks, case.steps, saving_listeners=listeners
    )

  check(case, model_dir, train)


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  """A model directory at step 1."""
  model_dir = str(tmp_path_factory.mktemp('trained'))
  tiny.estimator(model_dir).train(tiny.batches(), steps=1)
  return model_dir


@pytest.mark.parametrize('name', EVALUATE)
def test_evaluate(name, trained):
  """The orders of an evaluation."""
  case = EVALUATE[name]

  def evaluate(estimator, hooks, calls):
    del calls
    estimator.evaluate(tiny.batches(case.batches), case.steps, hooks)

  check(case, trained, evaluate)


@pytest.mark.parametrize('name', PREDICT)
def test_predict(name, trained):
  """The orders of a prediction, from the first that is asked for."""
  case = PREDICT[name]

  def predict(estimator, hooks, calls):
    predictions = estimator.predict(tiny.batches(case.batches), hooks=hooks)
    assert calls == []
    for _ in predictions:
      calls.append('yield')

  check(case, trained, predict)
