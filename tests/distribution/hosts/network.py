"""The network between the hosts of a test: a process that hands packets on.

The kernels that tests run on often have no `netem`, and need not have one: here
packets are lost, late or too many as the test says, the same ones for the same seed.
"""

import dataclasses
import heapq
import json
import os
import random
import select
import socket
import sys
import time

from tests import answering
from tests.distribution.hosts import namespaces

_TCP = 6


@dataclasses.dataclass
class Link:
  """How the packets fare that a host sends.

  Attributes:
    delay: Seconds that each is under way.
    jitter: Up to so many more seconds.
    loss: The share that gets lost.
    rate: Bytes a second.
  """

  delay: float = 0.0
  jitter: float = 0.0
  loss: float = 0.0
  rate: float = float('inf')
  is_free_at: float = 0.0

  def arrival(self, size, now, rng):
    """When a packet of this size arrives; None for never."""
    if self.loss and rng.random() < self.loss:
      return None
    self.is_free_at = max(now, self.is_free_at) + size / self.rate
    return self.is_free_at + self.delay + self.jitter * rng.random()


class _Switch:
  """Hands packets on."""

  def __init__(self):
    self._devices = {}  # by the hosts' names
    self._namespaces = {}
    self._routes = {}  # names by addresses
    self._links = {}
    self._closed = set()  # pairs of hosts
    self._dropped = set()  # (host, TCP port): a firewall
    self._under_way = []
    self._count = 0
    self._rng = random.Random(7)

  def host(self, name, address):
    """Makes a host; returns the path of its namespace."""
    namespace, device = namespaces.make(address)
    self._namespaces[name], self._devices[name] = namespace, device
    self._links[name] = Link()
    self._routes[socket.inet_aton(address)] = name
    return f'/proc/{os.getpid()}/fd/{namespace}'

  def move(self, name, address):
    """Gives a host another address."""
    namespaces.change_address(self._namespaces[name], address)
    routes = {at: other for at, other in self._routes.items() if other != name}
    self._routes = {**routes, socket.inet_aton(address): name}

  def link(self, names, **properties):
    """Says how the packets fare that these hosts send."""
    for name in names:
      self._links[name] = Link(**properties)

  def part(self, some, others, is_parted=True):
    """Nothing goes from some hosts to the others, or back; or it does again."""
    pairs = {(a, b) for a in some for b in others if a != b}
    pairs |= {(b, a) for a, b in pairs}
    self._closed = self._closed | pairs if is_parted else self._closed - pairs

  def firewall(self, name, port):
    """Drops what goes to this TCP port of a host, and tells nobody."""
    self._dropped.add((name, port))

  def serve(self):
    """Hands packets on, and does what standard input says, until that ends."""
    print('ready', flush=True)
    commands = b''
    while True:
      names = {device: name for name, device in self._devices.items()}
      readable = select.select([0, *names], [], [], self._patience())[0]
      for each in readable:
        if each:
          self._take(names[each], each)
          continue
        said = os.read(0, 1 << 16)
        if not said:
          return
        *lines, commands = (commands + said).split(b'\n')
        for line in lines:
          what, arguments, keywords = json.loads(line)
          answer = getattr(self, what)(*arguments, **keywords)
          print(json.dumps(answer), flush=True)
      self._deliver()

  def _patience(self):
    """Seconds until the next packet arrives; None for any time."""
    if not self._under_way:
      return None
    return max(0.0, self._under_way[0][0] - time.monotonic())

  def _take(self, name, device):
    for _ in range(64):  # Others have packets, too.
      try:
        packet = os.read(device, namespaces.MOST_BYTES)
      except BlockingIOError:
        return
      to = self._routes.get(packet[16:20])
      if to is None or (name, to) in self._closed:
        continue
      if self._dropped and packet[9] == _TCP:
        at = 4 * (packet[0] & 15) + 2
        port = int.from_bytes(packet[at : at + 2], 'big')
        if (to, port) in self._dropped:
          continue
      now = time.monotonic()
      arrival = self._links[name].arrival(len(packet), now, self._rng)
      if arrival is None:
        continue
      if arrival <= now:
        self._hand_over(to, packet)
        continue
      self._count += 1  # Packets that arrive together arrive in order.
      heapq.heappush(self._under_way, (arrival, self._count, to, packet))

  def _deliver(self):
    now = time.monotonic()
    while self._under_way and self._under_way[0][0] <= now:
      *_, to, packet = heapq.heappop(self._under_way)
      self._hand_over(to, packet)

  def _hand_over(self, to, packet):
    try:
      os.write(self._devices[to], packet)
    except OSError:  # Its queue is full: lost, as in a switch.
      return


class Network:
  """Hosts, and what is between them, in a `with`.

  Args:
    folder: Takes the file that is the /etc/hosts of all hosts.
  """

  def __init__(self, folder):
    self._process = answering.Answering('tests.distribution.hosts.network')
    self._names = folder / 'hosts.txt'
    self._addresses = {}
    self._hosts = {}
    self._moves = 0

  def __enter__(self):
    self._process.__enter__()
    return self

  def __exit__(self, *exception):
    self._process.__exit__(*exception)

  def host(self, name, has_name=True):
    """A host, for `Family.on`; the same one if it is there already.

    Args:
      name: By which the others find it.
      has_name: Whether they do, from now on.
    """
    if name not in self._hosts:
      address = f'10.77.0.{len(self._hosts) + 1}'
      path = self._ask('host', name, address)
      self._hosts[name] = {'namespace': path, 'names': str(self._names)}
      if has_name:
        self.name(name, address)
    return self._hosts[name]

  def name(self, name, address=None):
    """Lets a host be found by its name, now."""
    index = list(self._hosts).index(name) + 1
    self._addresses[name] = address or f'10.77.0.{index}'
    lines = ['127.0.0.1 localhost']
    lines += [f'{where} {each}' for each, where in self._addresses.items()]
    # Written in place: hosts have this very file mounted.
    self._names.write_text('\n'.join(lines) + '\n')

  def move(self, name):
    """Gives a host another address, under the same name."""
    self._moves += 1  # No address is used twice: others may still know it.
    address = f'10.77.1.{self._moves}'
    self._ask('move', name, address)
    self.name(name, address)

  def link(self, *names, **properties):
    """Says how the packets of these hosts fare, or of all; see `Link`."""
    self._ask('link', names or list(self._hosts), **properties)

  def cut(self, name, *others):
    """Parts a host from others, or from all, without a word."""
    self._ask('part', [name], others or list(self._hosts))

  def heal(self, name, *others):
    """Joins a host with others again, or with all."""
    self._ask('part', [name], others or list(self._hosts), is_parted=False)

  def firewall(self, name, port):
    """Drops what goes to this TCP port of a host, and tells nobody."""
    self._ask('firewall', name, port)

  def _ask(self, what, *arguments, **keywords):
    return self._process.ask([what, arguments, keywords])


if __name__ == '__main__':
  _Switch().serve()
  sys.exit(0)
