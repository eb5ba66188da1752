"""Tests metrics that `evaluate` of `tf.contrib.learn` is given."""

import functools

import pytest

from tfcompat_estimator.migration.tf1.learn_estimators import metric_specs

BOTH = {'a': 1, 'b': 2}


def test_arguments_are_found_by_their_names():
  """In any order, also of partial functions; others get what is first."""
  cases = [
    (lambda labels, predictions: (predictions, labels), (3, 4)),
    (lambda target, logits: (logits, target), (3, 4)),
    (lambda p, y: (p, y), None),
    (lambda labels, p: (p, labels), (3, 4)),
    (lambda p, labels: (p, labels), (3, 4)),
    (functools.partial(lambda k, labels, prediction: k, 7), 7),
    (lambda predictions: predictions, 3),
    (lambda p: p, 3),
  ]
  for function, expected in cases:
    if expected is None:  # nothing tells which is the label: there is none
      with pytest.raises(TypeError):
        metric_specs.MetricSpec(function).metric_fn(4, 3)
    else:
      assert metric_specs.MetricSpec(function).metric_fn(4, 3) == expected


def test_keys_pick_one_of_several():
  """Predictions, labels and weights; one of one needs no key."""
  spec = metric_specs.MetricSpec(
    lambda labels, predictions, weights: (labels, predictions, weights),
    'a',
    'b',
    'w',
  )

  assert spec.create_metric_ops({'w': 5}, BOTH, BOTH) == (2, 1, 5)
  alone = metric_specs.MetricSpec(lambda labels, predictions: predictions)
  assert alone.create_metric_ops({}, 3, {'only': 8}) == 8


def test_keys_that_do_not_fit():
  """Each says what is there."""
  spec = metric_specs.MetricSpec(lambda predictions: predictions, 'c')
  with pytest.raises(KeyError, match='missing from'):
    spec.create_metric_ops({}, 1, BOTH)
  with pytest.raises(ValueError, match='requires predictions dict'):
    spec.create_metric_ops({}, 1, 2)
  with pytest.raises(ValueError, match='single element dict'):
    metric_specs.MetricSpec(lambda predictions: 1).create_metric_ops(
      {}, 1, BOTH
    )
  with pytest.raises(ValueError, match='argument for labels'):
    metric_specs.MetricSpec(lambda predictions: 1, label_key='b')


def test_functions_without_specs():
  """By a name, or by a name and a prediction."""
  made = metric_specs.make_metrics(
    {('x', 'a'): lambda p, y: (p, y)}, {}, {'only': 9}, BOTH
  )

  assert made == {'x': (1, 9)}
  with pytest.raises(ValueError, match='tells no prediction'):
    metric_specs.make_metrics({'x': max}, {}, 1, BOTH)
