"""Hosts, and clusters on them, for the tests of this folder."""

import functools

import pytest

from tests.distribution import processes
from tests.distribution.hosts import namespaces, network

PORT = 2222
_why_not = functools.cache(namespaces.why_not)


def pytest_collection_modifyitems(items):
  """Says why tests are left out where no hosts can be made."""
  ours = [i for i in items if i.get_closest_marker('hosts')]
  if ours and _why_not():
    for item in ours:
      item.add_marker(pytest.mark.skip(reason=_why_not()))


@pytest.fixture
def net(tmp_path):
  """A network without hosts."""
  with network.Network(tmp_path) as net:
    yield net


@pytest.fixture
def family(nursery, net, tmp_path):
  """Starts tasks of clusters, each on the host of its name."""
  family = processes.Family(nursery, tmp_path, net.host)
  yield family
  family.end()


@pytest.fixture
def cluster(net):
  """Makes the "cluster" of TF_CONFIG, by names, and its hosts."""

  def make(**counts):
    nodes = {
      job: [f'{job}{index}:{PORT}' for index in range(count)]
      for job, count in counts.items()
    }
    for addresses in nodes.values():
      for address in addresses:
        net.host(address.partition(':')[0])
    return nodes

  return make
