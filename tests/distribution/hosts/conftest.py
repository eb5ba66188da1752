"""Hosts, and clusters on them, for the tests of this folder."""

import contextlib
import functools
import time
import types

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


@pytest.fixture
def record(record_property, request):
  """Takes how long something took; it is printed when all tests have ended."""
  return lambda seconds: record_property(
    'table', f'{request.node.name}: {seconds:.0f} s'
  )


class _Stopwatch:
  """Takes the time from a task's first step to its end."""

  def __init__(self, tell):
    self.tell = tell

  @contextlib.contextmanager
  def __call__(self, task, steps):
    task.says('step ')
    start = time.monotonic()
    watch = types.SimpleNamespace(seconds=None)
    task.says(f'step {steps - 1}', seconds=300)
    watch.seconds = time.monotonic() - start
    yield watch


@pytest.fixture
def stopwatch(record_property, request):
  """Times trainings; prints how long they took when all tests have ended."""

  def tell(seconds):
    said = ', '.join(f'{name} {took:.1f} s' for name, took in seconds.items())
    record_property('table', f'{request.node.name}: {said}')

  return _Stopwatch(tell)
