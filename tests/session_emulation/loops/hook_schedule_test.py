"""Tests that hooks of any make see the runs that they look at."""

from unittest import mock

import pytest
import tensorflow as tf

from tests import tiny

pytestmark = pytest.mark.usefixtures('fused_from_the_second_run_on')
v1 = tf.compat.v1
STEPS = 12


def mocked(**arguments):
  """A mock of a hook that fetches nothing."""
  hook = mock.MagicMock(**arguments)
  hook.before_run.return_value = None
  return hook


def autospecced():
  """A mock that checks the arguments of calls, too."""
  hook = mock.create_autospec(v1.train.SessionRunHook, instance=True)
  hook.before_run.return_value = None
  return hook


def on_the_instance(kind=v1.train.SessionRunHook, **arguments):
  """A hook of TensorFlow's own with a method that the instance has."""
  hook = kind(**arguments)
  hook.after_run = mock.MagicMock()
  return hook


class Duck:
  """Has the methods of a hook and no base."""

  def __init__(self):
    self.after_run = mock.MagicMock()

  def begin(self):
    """Does nothing, as the others."""

  def after_create_session(self, session, coord):
    pass

  def before_run(self, run_context):
    pass

  def end(self, session):
    pass


HOOKS = {
  'a mock of SessionRunHook': lambda: mocked(spec=v1.train.SessionRunHook),
  'a mock of an instance': lambda: mocked(spec=v1.train.SessionRunHook()),
  'a mock of StopAtStepHook': lambda: mocked(spec=v1.train.StopAtStepHook),
  'a mock of NanTensorHook': lambda: mocked(spec=v1.train.NanTensorHook),
  'a mock of anything': mocked,
  'an autospecced one': autospecced,
  'a method on the instance': on_the_instance,
  'a method on the instance of a stock hook': lambda: on_the_instance(
    v1.train.FinalOpsHook, final_ops=[]
  ),
  'an object with the methods': Duck,
}


@pytest.mark.parametrize('kind', HOOKS)
def test_it_sees_each_run(kind, model_dir):
  """Training, evaluation and prediction call it in every run."""
  hook = HOOKS[kind]()
  estimator = tiny.estimator(model_dir)
  estimator.train(tiny.batches(), steps=STEPS, hooks=[hook])
  assert hook.after_run.call_count == STEPS
  estimator.evaluate(tiny.batches(), steps=3, hooks=[hook])
  assert hook.after_run.call_count == STEPS + 3
  assert len(list(estimator.predict(tiny.batches(4), hooks=[hook]))) == 4
  assert hook.after_run.call_count == STEPS + 3 + 4


def test_a_hook_without_methods_of_its_own_sees_none(model_dir):
  """So steps are fused, by which the others above are told apart."""
  runs = []

  class Quiet(v1.train.SessionRunHook):
    def __getattribute__(self, name):
      if name in ('before_run', 'after_run'):
        runs.append(name)
      return super().__getattribute__(name)

  tiny.estimator(model_dir).train(tiny.batches(), steps=50, hooks=[Quiet()])
  assert len(runs) < 50


@pytest.mark.parametrize('hook', [1, 'a hook', v1.train.SessionRunHook])
def test_other_things_are_no_hooks(hook, model_dir):
  """A class is none either, as it was not made into an object."""
  with pytest.raises(TypeError, match='must be a SessionRunHook'):
    tiny.estimator(model_dir).train(tiny.batches(), steps=1, hooks=[hook])
