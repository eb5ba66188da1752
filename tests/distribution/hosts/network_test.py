"""Makes hosts and a network between them, and breaks it."""

import os
import socket
import subprocess
import sys
import time

import pytest

from tests import answering

pytestmark = pytest.mark.hosts

HERE = 'tests.distribution.hosts.network_test:'


def knock(host, port, seconds):
  """Prints what comes of connecting, and how long messages take."""
  start = time.monotonic()
  try:
    with socket.create_connection((host, port), timeout=seconds) as connection:
      for number in range(100):
        connection.sendall(b'x')
        assert connection.recv(1) == b'x'
        if number == 0:
          print('first', flush=True)
    print('seconds', time.monotonic() - start, flush=True)
  except OSError as error:
    print('failed', type(error).__name__, flush=True)


def echo(port):
  """Answers one connection after the other."""
  with socket.create_server(('', port)) as server:
    print('listens', flush=True)
    while True:
      connection, peer = server.accept()
      print('from', peer[0], flush=True)
      with connection:
        while data := connection.recv(1):
          connection.sendall(data)


@pytest.fixture
def pair(family, net):
  """Knocks at host b from host a."""
  for name in ('a0', 'b0'):
    net.host(name)

  def start(function, job, **arguments):
    task = {'task': {'type': job, 'index': 0}}
    return family.start(HERE + function, task, **arguments)

  start('echo', 'b', port=2222).says('listens')

  def knock(port=2222, seconds=3):
    return start('knock', 'a', host='b0', port=port, seconds=seconds)

  return knock


def seconds(task):
  return float(task.says('seconds').output().split()[-1])


def test_hosts_find_each_other_by_name(pair):
  """Messages arrive; a port at which nobody listens refuses."""
  pair().says('seconds')
  pair(port=2223).says('failed ConnectionRefusedError')


def test_links(pair, net):
  """Delay takes the time that it should; what is lost is sent again."""
  fast = seconds(pair())
  net.link(delay=0.01)
  assert seconds(pair()) > 100 * 2 * 0.01 > fast
  net.link(loss=0.1)
  assert seconds(pair(seconds=20)) > 0.2 * 10


def test_silence(pair, net):
  """A host that is cut off, or a port behind a firewall, does not answer."""
  net.firewall('b0', 2223)
  pair(port=2223).says('failed TimeoutError')
  net.cut('b0')
  pair().says('failed TimeoutError')
  net.heal('b0')
  pair().says('seconds')


def test_another_address(pair, net):
  """Hosts that have moved are found by their names, also after another move."""
  for moved in (['b0'], ['a0'], ['a0', 'b0']):
    for name in moved:
      net.move(name)
    pair().says('seconds')


def test_nothing_stays_of_a_test_that_was_killed(tmp_path):
  """The hosts end with the process that hands packets on, and it with the test."""
  program = (
    'import pathlib, sys, time\n'
    'from tests.distribution.hosts import network\n'
    'with network.Network(pathlib.Path(sys.argv[1])) as net:\n'
    '  print(net.host("a0")["namespace"], flush=True)\n'
    '  time.sleep(100)\n'
  )
  with subprocess.Popen(
    [sys.executable, '-c', program, tmp_path],
    cwd=answering.ROOT,
    stdout=subprocess.PIPE,
    text=True,
  ) as process:
    path = process.stdout.readline().strip()
    assert os.path.exists(path)
    process.kill()
  end = time.monotonic() + 20
  while os.path.exists(path):
    assert time.monotonic() < end
    time.sleep(0.05)
