"""Fills the disk of one host, while the others have room."""

import contextlib
import pathlib
import subprocess
import threading
import time

import pytest

from tests.distribution.hosts import clusters, namespaces
from tests.distribution.workers import worker_programs

pytestmark = pytest.mark.hosts

HERE = 'tests.distribution.hosts.full_disk_test:'


def train_on_small_disk(model_dir, full_after, **arguments):
  """Trains as `worker_programs` does, on a disk that only this host has.

  Args:
    model_dir: The disk, which ends with the process.
    full_after: The checkpoint after which the disk is full.
    **arguments: Of `worker_programs.train`.
  """
  namespaces.own_mounts()
  command = ['mount', '-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', model_dir]
  subprocess.run(command, check=True)
  path = pathlib.Path(model_dir, f'{full_after}.index')
  threading.Thread(target=_fill, args=[path], daemon=True).start()
  worker_programs.train(model_dir, **arguments)


def _fill(path):
  while not path.exists():
    time.sleep(0.01)
  with (path.parent / 'filler').open('ab', buffering=0) as file:
    print('the disk is full', flush=True)
    with contextlib.suppress(OSError):
      while True:
        file.write(bytes(4096))


def test_chief_of_workers_in_step(family, cluster, tmp_path, record):
  """It ends with an error that names the checkpoint; the others name it."""
  nodes = cluster(worker=3)
  (tmp_path / 'model').mkdir()
  arguments = {**clusters.SLOW, 'model_dir': str(tmp_path / 'model')}
  program = HERE + 'train_on_small_disk'
  chief = family.task(
    program, nodes, 'worker', 0, full_after='model.ckpt-20', **arguments
  )
  others = [
    family.task(clusters.WORKERS, nodes, 'worker', index, **arguments)
    for index in (1, 2)
  ]
  chief.says('the disk is full')
  start = time.monotonic()
  output = chief.ends(1).output()
  assert 'ResourceExhaustedError: Could not save the checkpoint' in output
  for other in others:
    assert 'cannot go on: /job:worker/task:0' in other.ends(1).output()
  record(time.monotonic() - start)
