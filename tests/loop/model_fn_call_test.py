"""Checks what a model_fn may take and return."""

import functools

import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.loop import model_fn_call
from tfcompat_estimator.records import estimator_specs

SPECS = {
  'None': (lambda spec: None, ValueError, 'should return an EstimatorSpec'),
  'a tuple': (lambda spec: (spec,), ValueError, 'should return an Estimator'),
}


@pytest.mark.parametrize('case', SPECS)
def test_what_model_fn_must_return(case, model_dir):
  """Anything but an EstimatorSpec is refused."""
  change, kind, text = SPECS[case]

  def model_fn(features, labels, mode):
    return change(tiny.model_fn(features, labels, mode))

  with pytest.raises(kind, match=text):
    base_estimator.EstimatorV2(model_fn, model_dir).train(tiny.batches())


def test_a_spec_of_another_mode_is_refused(model_dir):
  """A spec without train_op cannot be trained."""

  def model_fn(features, labels, mode):
    return tiny.model_fn(features, labels, mode).__class__(
      'eval', loss=tf.reduce_mean(features)
    )

  with pytest.raises(TypeError, match='`train_op` None'):
    base_estimator.EstimatorV2(model_fn, model_dir).train(tiny.batches())


def test_labels_must_be_wanted(model_dir):
  """A model_fn without labels cannot be given any."""

  def model_fn(features, mode):
    return tiny.model_fn(features, None, mode)

  with pytest.raises(ValueError, match='does not take labels'):
    base_estimator.EstimatorV2(model_fn, model_dir).train(tiny.batches())


def takes(*names):
  """A function of these arguments."""
  return eval(f'lambda {", ".join(names)}: None')


@pytest.mark.parametrize(
  'model_fn, params, message',
  [
    (takes('labels', 'mode'), None, 'must include features'),
    (takes('features', 'labels'), {'a': 1}, 'does not include params'),
    (takes('features', 'bogus'), None, r"not expected args: \['bogus'\]"),
  ],
)
def test_signatures_that_are_refused(model_fn, params, message):
  """The error says what to add or to take away."""
  with pytest.raises(ValueError, match=message):
    model_fn_call.verify_arguments(model_fn, params)


def test_bound_arguments_are_nobody_s_concern():
  """functools.partial and self hide them."""
  bound = functools.partial(takes('features', 'mode', 'depth'), depth=3)

  model_fn_call.verify_arguments(bound, None)
  model_fn_call.verify_arguments(takes('self', 'features', 'params'), {})


def test_a_mode_that_is_misspelt_is_told(model_dir, caplog):
  """It is that of a spec that would not be checked."""

  def model_fn(features, labels, mode):
    spec = tiny.model_fn(features, labels, mode)
    return estimator_specs.EstimatorSpec(
      **spec._asdict() | {'mode': 'training'}
    )

  estimator = base_estimator.EstimatorV2(model_fn, model_dir)
  estimator.train(tiny.batches(), steps=1)

  assert caplog.text.count("mode 'training' where the mode is 'train'") == 1
