"""One training under faults, from its first process to its last."""

import collections
import contextlib
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import time

from tests.distribution import processes
from tests.distribution.clocks import wrong_clocks
from tests.distribution.hosts import network
from tests.distribution.soak import faults, model_dirs, programs

PROGRAM = 'tests.distribution.soak.programs:train'
PORT = 2222
JOBS = {
  programs.SERVERS: {'chief': 1, 'worker': 2, 'ps': 2},
  programs.IN_STEP: {'worker': 3},
  programs.MIRRORED: {},
}
_LEADERS = {
  programs.SERVERS: 'chief0',
  programs.IN_STEP: 'worker0',
  programs.MIRRORED: 'local',
}
_DISK = '16m'
_TICK = 0.25
# What a task ends with that was killed, told to end, or failed.
_CODES = {0, 1, 143, -signal.SIGKILL, -signal.SIGTERM}
# Waiting has a limit; connections are given up in a minute; and processes start.
_SECONDS_TO_END = programs.LIMIT + 120
_SECONDS_OF_A_START = 60  # After which memory should not grow.
_MEGABYTES = 48  # that it may grow by all the same


class Found(Exception):
  """A soak has found something."""


@dataclasses.dataclass
class Pace:
  """How fast a round goes.

  Attributes:
    max_steps: Of the training.
    seconds_per_step: That each step takes at least.
    every: Seconds between two faults, from and to.
    seconds: After which there are no more of them.
  """

  max_steps: int = 450
  seconds_per_step: float = 0.25
  every: tuple[float, float] = (6.0, 18.0)
  seconds: float = 300.0


# Beside servers the loss must have converged by then; see `programs.model_fn`.
SHORT = Pace(120, 0.2, (3.0, 8.0), 60.0)


class _Life:
  """A task, which is started again when it has ended."""

  def __init__(self, start):
    self._start = start
    self.task = start()
    self.starts_at = None  # again
    self.code = None
    self._seen = None, 0  # when it was first measured, and its megabytes
    self.grown = 0

  @property
  def runs(self):
    return self.starts_at is None and self.code != 0

  def again(self):
    self.task, self.starts_at, self.code = self._start(), None, None
    self._seen = None, 0

  def measure(self, now):
    """Takes its processor time, and how much its memory has grown."""
    try:
      status = pathlib.Path(f'/proc/{self.task.pid}/status').read_text()
    except OSError:
      return
    found = re.search(r'VmRSS:\s+(\d+) kB', status)
    if not found:
      return
    size = int(found[1]) / 1024
    since, first = self._seen
    if since is None:
      self._seen = now, size
    elif now - since < _SECONDS_OF_A_START:
      self._seen = since, max(first, size)
    else:
      self.grown = max(self.grown, size - first)


class Round:
  """Trains once, on hosts of its own.

  Args:
    nursery: Forks the tasks.
    folder: Takes all files; a small disk is mounted in it.
    engine: One of `programs`.
    pace: How fast.
    rng: Draws the faults.
    tally: Counts what happened.
    expected: As for `model_dirs.Watch`.
    without: Faults that cannot be had here.
  """

  def __init__(
    self, nursery, folder, engine, pace, rng, tally, expected, without=()
  ):
    self._folder = pathlib.Path(folder)
    self._nursery, self._engine, self._pace = nursery, engine, pace
    self._rng, self._tally, self._without = rng, tally, without
    self._expected = expected
    self.disk = self._folder / 'disk'
    self.model_dir = str(self.disk / 'model')
    self._watch = model_dirs.Watch(self.model_dir, expected)
    self._undo = []  # (when, what)
    self._lives = {}

  def run(self, loss, tolerance):
    """Trains to the end; raises Found if that is not as it should be."""
    self._folder.mkdir()
    with contextlib.ExitStack() as stack:
      stack.enter_context(_small_disk(self.disk))
      self.net = stack.enter_context(network.Network(self._folder))
      self._family = processes.Family(
        self._nursery, self._folder, self.net.host
      )
      stack.callback(self._family.end)
      try:
        self._start_all()
        self._train()
        self._watch.check_end(self._pace.max_steps, loss, tolerance)
      except (model_dirs.Torn, AssertionError) as error:
        raise Found(f'{error}') from error

  def signal(self, name, number):
    """Sends a signal to a task, if it runs; returns the task."""
    life = self._lives[name]
    with contextlib.suppress(ProcessLookupError):
      if life.task.poll() is None:
        life.task.signal(number)
    return life.task

  def set_clock(self, name, seconds):
    """Has the clock of a host be wrong by so much."""
    wrong_clocks.put(self._clock(name), seconds)

  def _clock(self, name):
    return self._folder / f'{name}.clock'

  def _start_all(self):
    jobs = JOBS[self._engine]
    nodes = {
      job: [f'{job}{index}:{PORT}' for index in range(count)]
      for job, count in jobs.items()
    }
    names = [(job, i) for job, count in jobs.items() for i in range(count)]
    tasks = [*names, ('evaluator', 0)] if jobs else [('local', None)]
    for job, index in tasks:
      name = job if index is None else f'{job}{index}'
      self.net.host(name)
      self.set_clock(name, 0)
      task = {'type': job, 'index': index}
      tf_config = {'cluster': nodes, 'task': task} if jobs else {}
      self._lives[name] = _Life(lambda n=name, t=tf_config: self._start(n, t))

  def _start(self, name, tf_config):
    return self._family.start(
      PROGRAM,
      tf_config,
      model_dir=self.model_dir,
      engine=self._engine,
      max_steps=self._pace.max_steps,
      seconds_per_step=self._pace.seconds_per_step,
      clock=None if self._without else str(self._clock(name)),
    )

  def _train(self):
    start = now = time.monotonic()
    strikes_at = start + self._rng.uniform(*self._pace.every)
    ends_at, ticks = None, 0
    while True:
      self._look_after(now)
      if ticks % 4 == 0:
        self._watch.look()
        for life in self._lives.values():
          life.measure(now)
      is_late = now - start > self._pace.seconds
      if ends_at is None and (is_late or self._leader_has_ended()):
        self._heal_all()
        left = self._pace.max_steps * self._pace.seconds_per_step
        ends_at = now + _SECONDS_TO_END + (left if is_late else 0)
      if self._is_over():
        break
      if ends_at is None and now >= strikes_at:
        self._strike(now)
        strikes_at = now + self._rng.uniform(*self._pace.every)
      if ends_at is not None and now > ends_at:
        raise Found(f'does not end: {self._said()}')
      time.sleep(_TICK)
      ticks += 1
      now = time.monotonic()
    self._end_servers()
    self._tally['seconds'] += round(now - start)
    self._tally['looks'] += self._watch.looks
    self._weigh()

  def _look_after(self, now):
    """Starts ended tasks again, and undoes what is over."""
    due = [each for each in self._undo if each[0] <= now]
    self._undo = [each for each in self._undo if each[0] > now]
    for _, undo in due:
      undo()
    for name, life in self._lives.items():
      if life.starts_at is None and life.code is None:
        life.code = life.task.poll()
        if life.code is not None:
          self._has_ended(name, life, now)
      if life.starts_at is not None and now >= life.starts_at:
        life.again()

  def _has_ended(self, name, life, now):
    output = life.task.output()
    kind = name.rstrip('0123456789')
    self._tally[
      f'{kind} ended with {life.code}{_error(output, life.code)}'
    ] += 1
    if life.code not in _CODES:
      raise Found(f'{name} ended with {life.code}: {output[-3000:]}')
    if 'VIOLATION' in output:
      raise Found(f'{name}: {output[-3000:]}')
    if life.code:
      life.starts_at = now + self._rng.uniform(0.5, 3.0)

  def _strike(self, now):
    names = [name for name, life in self._lives.items() if life.runs]
    if not names:
      return
    what, whom, seconds = faults.drawn(
      self._rng, self._engine, names, self._without
    )
    undo = faults.FAULTS[what].strike(self, whom)
    self._tally[f'fault: {what}'] += 1
    print(f'{time.strftime("%T")} {what}: {whom}', seconds, flush=True)
    if undo:
      self._undo.append((now + seconds, undo))

  def _heal_all(self):
    for _, undo in self._undo:
      undo()
    self._undo = []

  def _leader_has_ended(self):
    return self._lives[_LEADERS[self._engine]].code == 0

  def _is_over(self):
    return all(
      life.code == 0 for name, life in self._lives.items() if 'ps' not in name
    )

  def _end_servers(self):
    for name, life in self._lives.items():
      if 'ps' in name and life.starts_at is None:
        code = life.task.signal(signal.SIGTERM).wait(30)
        if code not in {143, -signal.SIGTERM}:
          raise Found(f'{name} ended with {code}')

  def _weigh(self):
    for name, life in self._lives.items():
      kind = name.rstrip('0123456789')
      most = f'megabytes that a {kind} grew by, at most'
      self._tally[most] = max(self._tally[most], round(life.grown))
      if life.grown > _MEGABYTES:
        raise Found(f'{name} has grown by {life.grown:.0f} MB')

  def _said(self):
    return '\n'.join(
      f'{name} {life.code}: ...{life.task.output()[-800:]}'
      for name, life in self._lives.items()
      if life.code != 0
    )


def _error(output, code):
  """The last line that names an error, without what differs each time."""
  if code != 1:
    return ''
  lines = re.findall(r'^[\w.]*(?:Error|Exception)\b.*', output, re.MULTILINE)
  return ': ' + (re.sub(r'\d+', 'N', lines[-1])[:90] if lines else '?')


@contextlib.contextmanager
def _small_disk(folder):
  folder.mkdir()
  command = ['mount', '-t', 'tmpfs', '-o', f'size={_DISK}', 'tmpfs']
  subprocess.run([*command, os.fspath(folder)], check=True)
  try:
    yield
  finally:
    subprocess.run(['umount', '-l', os.fspath(folder)], check=True)


def undisturbed(nursery, folder, engine, max_steps):
  """What a training has at each step, and its last loss: nothing happens to it.

  Tasks that go at their own pace have other numbers each time: then only the loss.
  """
  folder = pathlib.Path(folder)
  folder.mkdir()
  jobs = JOBS[engine]
  if engine == programs.SERVERS:
    jobs = {'chief': 1, 'ps': 1}
  family = processes.Family(nursery, folder)
  model_dir = str(folder / 'model')
  arguments = {
    'model_dir': model_dir,
    'engine': engine,
    'max_steps': max_steps,
    'save_steps': 1,
    'keep': None,
  }
  try:
    if jobs:
      nodes = processes.cluster(**jobs)
      tasks = family.tasks(PROGRAM, nodes, **arguments)
      tasks['evaluator0'] = family.task(
        PROGRAM, nodes, 'evaluator', **arguments
      )
    else:
      tasks = {'local': family.start(PROGRAM, {}, **arguments)}
    for name, task in tasks.items():
      if 'ps' not in name:
        task.ends(seconds=600)
  finally:
    family.end()
  expected = None
  if engine != programs.SERVERS:
    expected = {
      step: model_dirs.values(f'{model_dir}/model.ckpt-{step}')
      for step in range(max_steps + 1)
    }
  found = model_dirs.eval_metrics.read_eval_metrics(f'{model_dir}/eval')
  return expected, list(found.values())[-1]['loss']


def new_tally():
  return collections.Counter()
