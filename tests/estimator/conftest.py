"""Begins each test without kept graphs, and tells which calls use one."""

import pytest

from tests.estimator import keeping
from tfcompat_estimator.estimator import kept_graphs


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
  """Each test begins without graphs, and keeps those of its calls."""
  monkeypatch.setenv(keeping.SWITCH, '1')
  kept_graphs.cache.clear()
  yield
  kept_graphs.cache.clear()


@pytest.fixture
def hits(monkeypatch):
  """The modes of the calls that used a graph again, in a list."""
  found = []
  use = kept_graphs.Kept.use

  def watched(self, graph):
    found.append(getattr(self.built[0], 'mode', keeping.EVAL))
    use(self, graph)

  monkeypatch.setattr(kept_graphs.Kept, 'use', watched)
  return found
