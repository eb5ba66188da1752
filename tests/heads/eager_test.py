"""Uses the methods of heads eagerly: the numbers are those of a graph."""

import json

import numpy as np
import pytest
import tensorflow as tf

from tests.heads import cases, libraries

pytestmark = pytest.mark.eager

PUBLIC = [name for name, case in cases.CASES.items() if not case.v1_family]


@pytest.fixture(scope='module')
def recorded(goldens):
  lines = (goldens / 'heads.jsonl').read_text('utf-8').splitlines()
  return {(name, mode): seen for name, mode, seen in map(json.loads, lines)}


@pytest.fixture(scope='module', params=PUBLIC)
def batch(request, recorded):
  """A head, the arguments of its methods, and what the reference gave."""
  case = cases.CASES[request.param]
  draw = np.random.RandomState(3)

  def logits(shape):
    if isinstance(shape, dict):
      return {key: logits(each) for key, each in shape.items()}
    return tf.constant(draw.randn(*shape), tf.float32)

  arguments = {
    'features': {k: tf.constant(v) for k, v in case.features.items()},
    'logits': logits(case.logits),
    'labels': cases.labels_of(case.labels),
    'regularization_losses': [tf.constant(0.5), tf.constant(0.25)],
  }
  values = {
    mode: recorded[request.param, mode]['values'] for mode in ('eval', 'infer')
  }
  return case.make(libraries.HEADS), arguments, values


def test_loss(batch):
  """The loss is the one of an evaluation."""
  head, arguments, values = batch

  loss = head.loss(**arguments)

  assert loss.numpy() == pytest.approx(values['eval']['loss'][2][0], rel=1e-5)


def test_metrics(batch):
  """Metrics made and updated eagerly give the values of an evaluation."""
  head, arguments, values = batch
  metrics = head.metrics(arguments['regularization_losses'])

  updated = head.update_metrics(metrics, **arguments)

  assert updated is metrics
  expected = {k: v[2][0] for k, v in values['eval'].items() if k != 'loss'}
  assert {k: metric.result().numpy() for k, metric in metrics.items()} == (
    pytest.approx(expected, rel=1e-5, abs=1e-6)
  )


def test_predictions(batch):
  """Predictions made eagerly are those of a graph."""
  head, arguments, values = batch

  predictions = head.predictions(arguments['logits'])

  for key, value in predictions.items():
    name = key if isinstance(key, str) else '/'.join(key)
    dtype, shape, flat = values['infer'][name]
    assert value.shape == shape, name
    if dtype == 'object':
      assert [text.decode() for text in value.numpy().ravel()] == flat, name
    else:
      assert value.dtype == dtype, name
      np.testing.assert_allclose(value.numpy().ravel(), flat, rtol=1e-5)


def test_two_updates_count_all_examples():
  """A second batch is added to the first one."""
  head = libraries.HEADS.MultiClassHead(3)
  metrics = head.metrics()
  ids = tf.constant([[0], [1]])
  right = tf.one_hot([0, 1], 3)
  wrong = tf.one_hot([1, 1], 3)

  for logits in (right, wrong):
    head.update_metrics(metrics, features={}, logits=logits, labels=ids)

  assert metrics['accuracy'].result().numpy() == pytest.approx(0.75)


def test_features_are_optional():
  """Without a weight column the loss needs no features."""
  head = libraries.HEADS.BinaryClassHead()

  loss = head.loss(tf.constant([[1]]), tf.constant([[0.0]]))

  assert loss.numpy() == pytest.approx(np.log(2.0))


def test_prediction_keys_in_the_order_of_the_head():
  """Chosen predictions come in the head's order, whatever order is asked."""
  head = libraries.HEADS.BinaryClassHead()

  chosen = head.predictions(
    tf.constant([[0.5]]), keys=['probabilities', 'logits']
  )

  assert list(chosen) == ['logits', 'probabilities']
