"""Tests what must be refused, by tables."""

import pytest


def each(table):
  """Has a test run with each row's `arguments`, `error` and `message`.

  Args:
    table: A dict of names of cases to what is given, the type of the exception,
      and a regular expression that its message must match.
  """
  return pytest.mark.parametrize(
    'arguments, error, message', table.values(), ids=table.keys()
  )
