"""Checks how features, labels and weights get into the order of a model."""

import pytest
import tensorflow as tf

from tfcompat_estimator.keras_interop import model_io


@pytest.mark.eager
def test_dicts_are_put_in_order():
  """What else is in them is left out; others keep their order."""
  given = {'b': 2, 'a': 1, 'c': 3}
  made = model_io.in_order(given, ['a', 'b'], 'features', 'inputs')

  assert [int(item) for item in made] == [1, 2]
  assert len(model_io.in_order((1, 2), ['a', 'b'], 'labels', 'outputs')) == 2
  assert len(model_io.in_order(5, ['a'], 'labels', 'outputs')) == 1
  assert model_io.in_order(None, ['a'], 'labels', 'outputs') is None


def test_missing_keys_are_named():
  """In a message that is shown as it is."""
  with pytest.raises(KeyError) as caught:
    model_io.in_order({'a': 1}, ['a', 'b'], 'features', 'inputs')

  assert str(caught.value).endswith("Missed keys: {'b'}")


def test_weights_come_beside_features():
  """In a dict of these two keys only."""
  both = {'features': 1, 'sample_weights': 2}

  assert model_io.split_sample_weights(both) == (1, 2)
  assert model_io.split_sample_weights({'features': 1}) == (
    {'features': 1},
    None,
  )


ONE, TWO = ['o'], ['o', 'p']
WEIGHTS = {
  'none': (None, TWO, None),
  'an empty list': ([], TWO, None),
  'one': (5, ONE, [5]),
  'one in a dict': ({'o': 5}, ONE, [5]),
  'one in a list': ([5], ONE, [5]),
  'a dict': ({'p': 6}, TWO, [None, 6]),
  'a list': ((5, 6), TWO, [5, 6]),
}


@pytest.mark.parametrize(
  'given, names, expected', WEIGHTS.values(), ids=WEIGHTS
)
def test_weights_in_order(given, names, expected):
  """One for each output; None for one without."""
  assert model_io.weights_in_order(given, names) == expected


@pytest.mark.parametrize(
  'given, error, message',
  [
    ({'q': 1}, ValueError, r"\['q'\]"),
    ([1], ValueError, 'a list of 1 elements, but the model has 2 outputs'),
    (tf.ones([2]), TypeError, 'multiple outputs'),
  ],
)
def test_weights_that_do_not_fit(given, error, message):
  """They are refused by name."""
  with pytest.raises(error, match=message):
    model_io.weights_in_order(given, TWO)
