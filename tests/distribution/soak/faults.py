"""What happens to the tasks of a soak, and to their hosts."""

import contextlib
import dataclasses
import pathlib
import signal
from collections.abc import Callable
from typing import Any

from tests.distribution.soak import programs

_ALL = (programs.SERVERS, programs.IN_STEP, programs.MIRRORED)
_SEVERAL = (programs.SERVERS, programs.IN_STEP)
# Seconds that what ends by itself takes: short, about as long as connections and
# heartbeats are waited for, and longer.
_SECONDS = (1, 5, 15, 40)


@dataclasses.dataclass
class Fault:
  """A row of the table below.

  Attributes:
    strike: Does it, to the task of that name in a round. What it returns undoes
      it after some seconds; None where nothing is to be undone.
    engines: Where it can happen.
    weight: How often it does, beside the others.
    seconds: One of these is how long it takes.
  """

  strike: Callable[[Any, str], Callable[[], None] | None]
  engines: tuple[str, ...] = _ALL
  weight: int = 2
  seconds: tuple[int, ...] = _SECONDS


def _signal(number):
  def strike(running, name):
    running.signal(name, number)

  return strike


def _pause(running, name):
  task = running.signal(name, signal.SIGSTOP)

  def go_on():
    with contextlib.suppress(ProcessLookupError):
      if task.poll() is None:
        task.signal(signal.SIGCONT)

  return go_on


def _cut(running, name):
  running.net.cut(name)
  return lambda: running.net.heal(name)


def _move(running, name):
  """The host dies, and another one gets its name."""
  running.net.cut(name)
  running.signal(name, signal.SIGKILL)
  running.net.move(name)
  return lambda: running.net.heal(name)


def _link(**properties):
  def strike(running, name):
    running.net.link(name, **properties)
    return lambda: running.net.link(name)

  return strike


def _fill_disk(running, name):
  """Nothing can be written where all of them write, whoever is struck."""
  del name
  path = pathlib.Path(running.disk, 'filler')
  with contextlib.suppress(OSError), path.open('ab', buffering=0) as file:
    while True:
      file.write(bytes(4096))
  return lambda: path.unlink(missing_ok=True)


def _clock(offset):
  def strike(running, name):
    running.set_clock(name, offset)
    return lambda: running.set_clock(name, 0)

  return strike


FAULTS = {
  'kill': Fault(_signal(signal.SIGKILL), weight=3),
  'terminate': Fault(_signal(signal.SIGTERM), weight=3),
  'pause': Fault(_pause, weight=3),
  'disk full': Fault(_fill_disk, seconds=(1, 3, 8)),
  'clock 1 h fast': Fault(_clock(3600), weight=1),
  'clock 1 h slow': Fault(_clock(-3600), weight=1),
  'cut': Fault(_cut, _SEVERAL, weight=3),
  'another host': Fault(_move, _SEVERAL, weight=1, seconds=(1, 5)),
  'packets lost': Fault(_link(loss=0.1), _SEVERAL),
  'packets late': Fault(_link(delay=0.03, jitter=0.02), _SEVERAL, weight=1),
}


CLOCKS = ('clock 1 h fast', 'clock 1 h slow')


def drawn(rng, engine, names, without=()):
  """One of them: its name, whom it strikes, and how long it takes."""
  possible = {
    name: fault
    for name, fault in FAULTS.items()
    if engine in fault.engines and name not in without
  }
  weights = [fault.weight for fault in possible.values()]
  (name,) = rng.choices(list(possible), weights)
  return name, rng.choice(names), rng.choice(possible[name].seconds)
