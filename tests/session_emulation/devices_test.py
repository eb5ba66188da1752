"""Tests the names of devices in a process of a cluster."""

import pytest

from tfcompat_estimator.session_emulation import devices

HERE = '/job:localhost/replica:0/task:0'


@pytest.fixture
def in_cluster(monkeypatch):
  """This process is worker 1 of a cluster."""
  monkeypatch.setattr(devices._Process, 'task', None)  # noqa: SLF001
  devices.call_this_process('worker', 1)
  yield
  devices._translate.cache_clear()  # noqa: SLF001


@pytest.mark.parametrize(
  'name, expected, is_remote',
  [
    ('', '', False),
    ('/cpu:0', HERE + '/device:CPU:0', False),
    ('/job:worker/task:1', HERE, False),
    ('/job:worker/task:1/device:GPU:2', HERE + '/device:GPU:2', False),
    ('/job:ps/task:1', '/job:ps/replica:0/task:1', True),
    ('/job:ps', '/job:ps/replica:0/task:0', True),
    ('/job:worker/task:0', '/job:worker/replica:0/task:0', True),
  ],
)
def test_translation(in_cluster, name, expected, is_remote):
  """Devices of this process get its own name; those of others keep theirs."""
  assert devices.translate(name) == expected
  assert devices.is_remote(expected) == is_remote


@pytest.mark.parametrize(
  'device, process',
  [
    ('', ''),
    (HERE + '/device:GPU:0', ''),
    ('/job:ps/replica:0/task:1/device:CPU:0', '/job:ps/replica:0/task:1'),
    ('/job:ps/replica:0/task:1', '/job:ps/replica:0/task:1'),
  ],
)
def test_processes(in_cluster, device, process):
  """Devices of one process have one name for it, and its CPU another."""
  assert devices.process(device) == process
  assert devices.process(devices.cpu_of(process)) == process
  assert devices.cpu_of(process).endswith('/device:CPU:0')


@pytest.mark.parametrize('name', ['', '/cpu:0', '/job:worker/task:1'])
def test_alone(name):
  """Without a cluster names are left alone."""
  assert not devices.is_in_cluster()
  assert devices.translate(name) == name
  assert not devices.is_remote(name)
  assert devices.own_cpu() == 'CPU:0'
