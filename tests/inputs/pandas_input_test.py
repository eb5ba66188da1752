"""Checks input functions over pandas DataFrames against the reference."""

import sys

import numpy as np
import pytest
import tensorflow as tf

from tests import refusals
from tests.inputs.numpy_input_test import batches
from tfcompat_estimator.inputs import pandas_input

pd = pytest.importorskip('pandas')

INDEX = range(50, 58)
X = pd.DataFrame(
  {
    'a': np.arange(8) * 1.0,
    'b': list('abcdefgh'),
    'c': np.arange(8, dtype=np.int32),
  },
  index=INDEX,
)
Y = pd.Series(np.arange(8) + 100, index=INDEX)
FEATURES = {
  'a': ('float64', [None]),
  'b': ('string', [None]),
  'c': ('int32', [None]),
}

TARGETS = {
  'none': (None, FEATURES),
  'series': (Y, (FEATURES, ('int64', [None]))),
  'frame': (
    pd.DataFrame({'u': Y, 'a': Y * 2}),
    (FEATURES, {'u': ('int64', [None]), 'a': ('int64', [None])}),
  ),
}


@pytest.mark.parametrize('case', TARGETS)
def test_columns_become_tensors(case):
  """Features are a dict by column; targets follow the kind of `y`."""
  y, expected = TARGETS[case]
  described, values = batches(
    pandas_input.pandas_input_fn(X, y, 3, shuffle=False)
  )
  features = [v if y is None else v[0] for v in values]

  assert described == expected
  assert [batch['b'].tolist() for batch in features] == [
    [b'a', b'b', b'c'],
    [b'd', b'e', b'f'],
    [b'g', b'h'],
  ]


def test_shuffled_rows_stay_together():
  """A row's columns and target are of one row of the frames."""
  _, values = batches(
    pandas_input.pandas_input_fn(X, Y, 3, num_epochs=2, shuffle=True)
  )

  assert sum(len(y) for _, y in values) == 16
  for features, y in values:
    assert (features['a'] + 100 == y).all()
    assert (features['c'] + 100 == y).all()


TYPES = {
  'Int64': (pd.Series([1, 2], dtype='Int64'), ('int64', [None]), [1, 2]),
  'boolean': (
    pd.Series([True, False], dtype='boolean'),
    ('bool', [None]),
    [True, False],
  ),
  'category': (
    pd.Series(['a', 'b'], dtype='category'),
    ('string', [None]),
    [b'a', b'b'],
  ),
  'text': (
    pd.Series(['a', 'b'], dtype='string'),
    ('string', [None]),
    [b'a', b'b'],
  ),
  'objects that are numbers': (
    pd.Series([1.5, 2], dtype=object),
    ('float64', [None]),
    [1.5, 2.0],
  ),
}


@pytest.mark.parametrize('case', TYPES)
def test_types_of_pandas(case):
  """Pandas' own types become those that TensorFlow has."""
  column, described, rows = TYPES[case]
  got, values = batches(
    pandas_input.pandas_input_fn(pd.DataFrame({'q': column}), shuffle=False)
  )

  assert got == {'q': described}
  assert [row for batch in values for row in batch['q']] == rows


ERRORS = {
  'shuffle missing': ({}, ValueError, 'shuffle must be provided'),
  'shuffle no bool': ({'shuffle': 'a'}, ValueError, 'got a'),
  'target_column no str': (
    {'shuffle': False, 'target_column': ['k']},
    TypeError,
    'target_column must be a string type',
  ),
  'target_column taken': (
    {'shuffle': False, 'target_column': 'a', 'y': Y},
    ValueError,
    'Cannot use name a for target column: DataFrame already has a column',
  ),
  'index': (
    {'shuffle': False, 'y': Y.reset_index(drop=True)},
    ValueError,
    'Index for x and y are mismatched.',
  ),
  'length': ({'shuffle': False, 'y': Y[:4]}, ValueError, 'mismatched'),
  'x no frame': (
    {'shuffle': False, 'x': X['a'].to_numpy()},
    AttributeError,
    "'ndarray' object has no attribute 'columns'",
  ),
  'y no series': (
    {'shuffle': False, 'y': Y.to_numpy()},
    AttributeError,
    "'ndarray' object has no attribute 'index'",
  ),
  'no rows': ({'shuffle': False, 'x': X[:0]}, ValueError, 'at least one row'),
  'no columns': ({'shuffle': False, 'x': X[[]]}, ValueError, 'one column'),
}


@refusals.each(ERRORS)
def test_bad_arguments(arguments, error, message):
  """What cannot work is refused, with the reference's phrases."""
  with pytest.raises(error, match=message):
    pandas_input.pandas_input_fn(**{'x': X, **arguments})


@pytest.mark.parametrize('shuffle', [True, None])
def test_pandas_is_needed_only_when_used(monkeypatch, shuffle):
  """Without pandas the function says so, whatever else is wrong."""
  monkeypatch.setitem(sys.modules, 'pandas', None)
  message = 'should not be called without pandas installed'
  with pytest.raises(TypeError, match=message):
    pandas_input.pandas_input_fn(X, Y, shuffle=shuffle)


@pytest.mark.eager
def test_eager_mode_gives_a_dataset():
  """Where there is no graph, the same batches come as a Dataset."""
  dataset = pandas_input.pandas_input_fn(X, Y, 3, shuffle=False)()

  assert [y.shape[0] for _, y in dataset] == [3, 3, 2]
  assert isinstance(dataset, tf.data.Dataset)
