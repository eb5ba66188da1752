"""Tests TrainSpec and EvalSpec against the reference's recorded behaviour."""

import pytest
import tensorflow as tf

from tfcompat_estimator.records import train_eval_spec

_HOOK = tf.compat.v1.train.StopAtStepHook(num_steps=1)
_LISTENER = tf.compat.v1.train.CheckpointSaverListener()


class _Named(train_eval_spec.Exporter):
  """An exporter that does nothing."""

  def __init__(self, name):
    self._name = name

  @property
  def name(self):
    return self._name

  def export(self, *args):
    del args


def _input_fn():
  return None


@pytest.mark.parametrize(
  'spec, arguments, error, message',
  [
    ('Train', {'input_fn': 5}, TypeError, '`input_fn` must be callable.* 5'),
    ('Train', {'max_steps': 0}, ValueError, 'max_steps > 0, given: 0'),
    ('Train', {'max_steps': -1}, ValueError, 'max_steps > 0, given: -1'),
    ('Train', {'hooks': ['x']}, TypeError, '`SessionRunHook`.*given: x'),
    ('Train', {'hooks': _HOOK}, TypeError, 'not iterable'),
    ('Train', {'saving_listeners': ['x']}, TypeError, 'Listener.*given: x'),
    ('Train', {'saving_listeners': [_HOOK]}, TypeError, 'Listener.*given: <'),
    ('Eval', {'input_fn': 5}, TypeError, '`input_fn` must be callable.* 5'),
    ('Eval', {'steps': 0}, ValueError, 'steps > 0, given: 0'),
    ('Eval', {'name': 5}, TypeError, '`name` must be string, given: 5'),
    ('Eval', {'hooks': ['x']}, TypeError, '`SessionRunHook`.*given: x'),
    ('Eval', {'start_delay_secs': -1}, ValueError, 'start_delay_secs >= 0.*-1'),
    ('Eval', {'throttle_secs': -1}, ValueError, 'throttle_secs >= 0.*-1'),
    ('Eval', {'exporters': ['x']}, TypeError, r"`exporters` must be .*\['x'\]"),
    ('Eval', {'exporters': 5}, TypeError, '`exporters` must be .*found 5'),
    (
      'Eval',
      {'exporters': [_Named('a'), _Named('a')]},
      ValueError,
      r"unique names.*\['a', 'a'\]",
    ),
    ('Eval', {'exporters': _Named('')}, ValueError, r"empty.*\[''\]"),
    ('Eval', {'exporters': _Named(None)}, ValueError, 'cannot have a name'),
    ('Eval', {'exporters': _Named(3)}, ValueError, 'string name.*int'),
    ('Eval', {'exporters': _Named('/etc/x')}, ValueError, "'/etc/x'.* below"),
    ('Eval', {'exporters': _Named('a/../../x')}, ValueError, "'a/.*must"),
  ],
)
def test_refused(spec, arguments, error, message):
  """A wrong argument raises the reference's type and is named."""
  make = getattr(train_eval_spec, spec + 'Spec')
  with pytest.raises(error, match=message):
    make(**{'input_fn': _input_fn, **arguments})


def test_train_spec_fields():
  """Collections become tuples; nothing given means none."""
  spec = train_eval_spec.TrainSpec(_input_fn)
  assert spec == (_input_fn, None, (), ())
  spec = train_eval_spec.TrainSpec(lambda mode: mode, 3, [_HOOK], [_LISTENER])
  assert spec[1:] == (3, (_HOOK,), (_LISTENER,))
  assert spec._fields == ('input_fn', 'max_steps', 'hooks', 'saving_listeners')


def test_eval_spec_fields():
  """A single exporter is accepted; the defaults are the reference's."""
  one = _Named('a')
  spec = train_eval_spec.EvalSpec(_input_fn, exporters=one)
  assert spec == (_input_fn, 100, None, (), (one,), 120, 600)
  fields = 'input_fn steps name hooks exporters start_delay_secs throttle_secs'
  assert ' '.join(spec._fields) == fields
  several = train_eval_spec.EvalSpec(
    _input_fn, steps=None, exporters=(_Named(n) for n in 'ab')
  )
  assert [e.name for e in several.exporters] == ['a', 'b']


def test_exporter_without_members():
  """A class that lacks the name can be made, but no spec takes it."""
  nameless = train_eval_spec.Exporter()
  assert nameless.export(None, '', '', {}, True) is None
  with pytest.raises(ValueError, match='cannot have a name that is `None`'):
    train_eval_spec.EvalSpec(_input_fn, exporters=nameless)
