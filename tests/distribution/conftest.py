"""Processes for the tests of this folder."""

import pytest

from tests.distribution import processes


@pytest.fixture(scope='session')
def nursery():
  """Has TensorFlow imported, once."""
  with processes.nursery() as nursery:
    yield nursery


@pytest.fixture
def family(nursery, tmp_path):
  """Starts tasks of clusters, which end with the test."""
  family = processes.Family(nursery, tmp_path)
  yield family
  family.end()
