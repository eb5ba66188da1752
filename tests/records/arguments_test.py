"""Checks which arguments of a user's function count."""

import functools

import pytest

from tfcompat_estimator.records import arguments


def function(a, b, *rest, c=1, **others):
  """Takes arguments of all kinds."""


class Callable:
  def __init__(self, x=0):
    del x

  def __call__(self, features, mode):
    """Takes two."""

  @classmethod
  def of_class(cls, config):
    """Takes one."""


CASES = {
  'function': (function, ('a', 'b', 'c')),
  'lambda': (lambda x: x, ('x',)),
  'partial by position': (functools.partial(function, 1), ('b', 'c')),
  'partial by name': (functools.partial(function, c=2), ('a', 'b')),
  'partial of a partial': (
    functools.partial(functools.partial(function, 1), b=2),
    ('c',),
  ),
  'object': (Callable(), ('features', 'mode')),
  'bound method': (Callable().__call__, ('features', 'mode')),
  'class method': (Callable.of_class, ('config',)),
  'class': (Callable, ('x',)),
}


@pytest.mark.parametrize('given, expected', CASES.values(), ids=CASES)
def test_names(given, expected):
  """In order; what is bound already, *args and **kwargs do not count."""
  assert arguments.names(given) == expected


def test_only_what_is_taken_is_picked():
  """In the order of what there is."""
  assert arguments.pick(function, {'c': 3, 'a': 1, 'd': 4}) == {'c': 3, 'a': 1}


def test_what_is_no_function_is_named():
  """With its type."""
  with pytest.raises(TypeError, match="unsupported callable: 'x' is a str"):
    arguments.names('x')
