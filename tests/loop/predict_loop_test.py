"""Tests prediction to the contract: rule R64, probes 423 to 439."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tests import refusals, tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs

v1 = tf.compat.v1


def make_model(predict):
  """A model_fn whose predictions are what `predict` makes of the features."""

  def model_fn(features, labels, mode):
    del labels
    v1.get_variable('w', initializer=2.0)
    return estimator_specs.EstimatorSpec(mode, predictions=predict(features))

  return model_fn


def rows(count=5, batch=2):
  """An input_fn of the numbers below `count`, in batches."""

  def input_fn():
    data = np.arange(count, dtype=np.float32).reshape(-1, 1)
    return tf.data.Dataset.from_tensor_slices((data, data)).batch(batch)

  return input_fn


BOTH = make_model(lambda x: {'a': x, 'b': 2 * x})


def predict(model_dir, model_fn=BOTH, input_fn=None, **arguments):
  """All predictions."""
  estimator = base_estimator.EstimatorV2(model_fn, model_dir)
  return list(estimator.predict(input_fn or rows(), **arguments))


REFUSED = {
  'no such checkpoint': (
    {'checkpoint_path': '/nope/model.ckpt-1'},
    ValueError,
    '/nope/model.ckpt-1',
  ),
  'a hook of a wrong type': ({'hooks': ['a']}, TypeError, 'given: a'),
  'unknown keys': (
    {'predict_keys': ['zzz']},
    ValueError,
    r"dict_keys\(\['a', 'b'\]\), provided \['zzz'\]",
  ),
  'keys without a dict': (
    {'predict_keys': 'a', 'model_fn': make_model(lambda x: x)},
    ValueError,
    'not valid in case of non-dict',
  ),
  'batches of two lengths': (
    {'model_fn': make_model(lambda x: {'a': x, 'b': x[:1]})},
    ValueError,
    'Batch length of predictions should be same. b has',
  ),
  'no predictions at all': (
    {'model_fn': make_model(lambda x: {})},
    TypeError,
    'empty dict',
  ),
  'a scalar': (
    {'model_fn': make_model(lambda x: {'a': tf.constant(1.0)})},
    IndexError,
    'tuple index out of range',
  ),
}


@refusals.each(REFUSED)
def test_bad_arguments(arguments, error, message, model_dir):
  """The exception is of the reference's type and names what is wrong."""
  with pytest.raises(error, match=message):
    predict(model_dir, **arguments)


def test_nothing_is_checked_before_the_first_is_asked_for(model_dir):
  """predict() itself runs nothing."""
  estimator = base_estimator.EstimatorV2(BOTH, model_dir)
  predictions = estimator.predict(None)

  with pytest.raises(TypeError, match='unsupported callable'):
    next(predictions)


def test_examples_and_batches(model_dir):
  """Examples lose the batch dimension; batches keep it; labels do not matter."""
  examples = predict(model_dir)
  batches = predict(model_dir, yield_single_examples=False)

  assert [p['b'].tolist() for p in examples] == [[0], [2], [4], [6], [8]]
  assert [list(p) for p in examples] == [['a', 'b']] * 5
  assert [p['a'].shape for p in batches] == [(2, 1), (2, 1), (1, 1)]


@pytest.mark.parametrize('keys', ['b', ['b'], ['b', 'unknown']])
def test_predict_keys(keys, model_dir):
  """Known keys are kept, unknown ones ignored beside them."""
  assert list(predict(model_dir, predict_keys=keys)[0]) == ['b']


def test_predictions_that_are_one_tensor(model_dir):
  """Rows of the tensor are yielded."""
  got = predict(model_dir, make_model(lambda x: x[:, 0]))

  assert got == [0, 1, 2, 3, 4]


def test_empty_input_predicts_nothing(model_dir):
  """An empty dataset is no error."""
  assert predict(model_dir, input_fn=rows(0)) == []


def test_endless_input_warns(model_dir, caplog):
  """Without a dataset or a queue nothing ends the input."""
  estimator = base_estimator.EstimatorV2(BOTH, model_dir)
  with caplog.at_level('WARNING', 'tensorflow'):
    predictions = estimator.predict(lambda: tf.ones([1, 1]))
    got = list(itertools.islice(predictions, 3))

  assert len(got) == 3
  assert 'predict yields forever' in caplog.text


@pytest.mark.eager
def test_the_caller_stays_eager_between_predictions(model_dir):
  """The graph is the default one only while a batch is computed."""
  estimator = base_estimator.EstimatorV2(BOTH, model_dir)

  for _ in estimator.predict(rows()):
    assert tf.executing_eagerly()
    assert (tf.constant(1) + 1).numpy() == 2


def test_two_generators_do_not_disturb_each_other(model_dir):
  """Each has a graph and a session of its own."""
  estimator = base_estimator.EstimatorV2(BOTH, model_dir)
  pairs = zip(
    estimator.predict(rows(4)), estimator.predict(rows(4)), strict=True
  )

  assert [(p['a'][0], q['a'][0]) for p, q in pairs] == [
    (n, n) for n in range(4)
  ]


def test_order_of_calls(model_dir):
  """The contract's orders at the end of input and of a closed generator."""
  calls = []
  estimator = tiny.estimator(model_dir)

  list(estimator.predict(tiny.batches(1), hooks=[tiny.Recorder(calls, 'A')]))
  names = [call.split('(')[0] for call in calls]
  assert names == [
    'A.begin',
    'A.after_create_session',
    'A.before_run',
    'A.after_run',
    'A.before_run',
    'A.end',
  ]

  calls.clear()
  predictions = estimator.predict(
    tiny.batches(2), hooks=[tiny.Recorder(calls, 'A')]
  )
  next(predictions)
  predictions.close()
  assert 'A.end' not in [call.split('(')[0] for call in calls]
