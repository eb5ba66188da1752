"""Tests the names that Python and NumPy lost."""

import collections
import inspect

import numpy as np
import pytest

from tfcompat_estimator.migration.tf1 import lost_names


@pytest.fixture(name='_begun')
def fixture_begun():
  end = lost_names.begin()
  yield
  end()


@pytest.mark.usefixtures('_begun')
def test_they_mean_what_they_meant():
  """Of NumPy, of collections and of inspect."""
  assert np.int is int
  assert np.zeros(2, np.float).dtype == np.float64
  assert np.float_ is np.float64
  assert -np.Inf == np.NINF
  assert np.asscalar(np.array([3])) == 3
  assert np.in1d([1, 2], [2]).tolist() == [False, True]
  assert isinstance({}, collections.Mapping)

  def function(a, b=1, *c, **d):
    del a, b, c, d

  assert inspect.getargspec(function) == (['a', 'b'], 'c', 'd', (1,))


def test_what_is_there_stays_and_the_others_go():
  """NumPy's own type is not Python's; after the end all is as it was."""
  before = np.bool, dict(vars(np))

  lost_names.begin()()

  assert (np.bool, dict(vars(np))) == before
  assert not hasattr(np, 'int')


@pytest.mark.usefixtures('_begun')
def test_arguments_by_name_only_are_refused():
  """As they were."""
  with pytest.raises(ValueError, match='by name only .b.'):
    inspect.getargspec(lambda a, *, b: None)
