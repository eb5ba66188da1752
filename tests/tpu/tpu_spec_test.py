"""Checks TPUEstimatorSpec: what it refuses and what it becomes."""

import pytest
import tensorflow as tf

from tfcompat_estimator.records import estimator_specs
from tfcompat_estimator.tpu import tpu_spec

v1 = tf.compat.v1


@pytest.fixture(autouse=True)
def graph():
  with tf.Graph().as_default() as made:
    yield made


def one(a):
  return {'m': v1.metrics.mean(a)}


def anything(*unused):
  return {}


# The pair as eval_metrics or host_call, the error and its message.
PAIRS = {
  'no pair': (1, ValueError, '{} should be tuple or list'),
  'one element': ((1,), ValueError, '{} should have two elements'),
  'not callable': ((1, []), TypeError, r'{}\[0\] should be callable'),
  'no tensors': ((one, 1), ValueError, r'{}\[1\] should be tuple or list'),
  'too many tensors': (
    (one, [1, 2]),
    RuntimeError,
    'In TPUEstimatorSpec.{}, length of tensors 2 does not match',
  ),
}


@pytest.mark.parametrize('name', ['eval_metrics', 'host_call'])
@pytest.mark.parametrize('case', PAIRS)
def test_bad_pairs(name, case):
  """A function and its tensors are checked when the spec is made."""
  pair, error, message = PAIRS[case]
  with pytest.raises(error, match=message.format(name)):
    tpu_spec.TPUEstimatorSpec('eval', loss=tf.constant(1.0), **{name: pair})


def test_any_number_of_tensors():
  """A function with *args takes as many as there are."""
  loss = tf.constant(1.0)
  made = tpu_spec.TPUEstimatorSpec(
    'eval', loss=loss, eval_metrics=(anything, [1])
  )

  assert made.as_estimator_spec().eval_metric_ops == {}


OTHERS = [
  (('train',), {}, ValueError, 'Missing'),
  (('eval',), {}, ValueError, 'Missing loss'),
  (('infer',), {}, ValueError, 'Missing predictions'),
]


@pytest.mark.parametrize('args, kwargs, error, message', OTHERS)
def test_what_the_mode_needs(args, kwargs, error, message):
  """As in an EstimatorSpec, what the mode needs must be there."""
  with pytest.raises(error, match=message):
    tpu_spec.TPUEstimatorSpec(*args, **kwargs)


def test_hooks_are_hooks():
  """Anything else is refused."""
  with pytest.raises(TypeError, match='must be SessionRunHook instances'):
    tpu_spec.TPUEstimatorSpec('eval', loss=tf.constant(1.0), training_hooks=[1])


def test_wrong_names_of_arguments(caplog):
  """A dict must have the function's arguments; the log says where."""
  made = tpu_spec.TPUEstimatorSpec(
    'eval', loss=tf.constant(1.0), eval_metrics=(one, {'b': tf.constant(1.0)})
  )
  with pytest.raises(TypeError, match="unexpected keyword argument 'b'"):
    made.as_estimator_spec()

  assert 'Exception while calling eval_metrics' in caplog.text


@pytest.mark.parametrize('tensors', [lambda t: [t], lambda t: {'a': t}])
def test_becomes_an_estimator_spec(tensors):
  """Functions are called: metrics, scaffold and a hook for the host call."""
  loss = tf.constant(1.0)
  scaffold = v1.train.Scaffold()
  hook = v1.train.SessionRunHook()
  made = tpu_spec.TPUEstimatorSpec(
    'eval',
    loss=loss,
    eval_metrics=(one, tensors(loss)),
    host_call=(lambda a: a + 1, tensors(loss)),
    scaffold_fn=lambda: scaffold,
    evaluation_hooks=[hook],
  ).as_estimator_spec()

  assert isinstance(made, estimator_specs.EstimatorSpec)
  assert made.loss is loss
  assert list(made.eval_metric_ops) == ['m']
  assert made.scaffold is scaffold
  assert made.evaluation_hooks[0] is hook
  assert len(made.evaluation_hooks) == 2
  assert len(made.training_hooks) == len(made.prediction_hooks) == 1
