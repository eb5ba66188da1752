"""Lets the workers of a test run share what programs of TensorFlow 1 gave."""

import os

import pytest

from tests.migration.tf1 import beside


@pytest.fixture(scope='session', autouse=True)
def results_are_shared(tmp_path_factory):
  """Programs take up to a minute, and tests of each are in several files."""
  folder = tmp_path_factory.getbasetemp()
  if 'PYTEST_XDIST_WORKER' in os.environ:
    folder = folder.parent
  beside.share_results(folder / 'tf1_results')
