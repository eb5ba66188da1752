"""Ends the processes of clusters when whoever runs the tests is told to end."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests import answering
from tests.distribution import processes


def stubborn():
  """A task that does not end by SIGTERM."""
  signal.signal(signal.SIGTERM, signal.SIG_IGN)
  print('here', flush=True)
  time.sleep(processes.PATIENCE)


def wait_for_a_stubborn_task(folder):
  """What a test does; prints the id of the task's process."""
  with processes.nursery() as nursery:
    task = processes.Family(nursery, folder).start(
      'tests.distribution.processes_test:stubborn', {}
    )
    print(task.says('here').pid, flush=True)
    time.sleep(processes.PATIENCE)


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_all_leaves_no_task(tmp_path, number):
  """As `timeout` and Ctrl-C send it."""
  with subprocess.Popen(
    [sys.executable, '-m', 'tests.distribution.processes_test', tmp_path],
    cwd=answering.ROOT,
    stdout=subprocess.PIPE,
    start_new_session=True,
    text=True,
  ) as process:
    task = int(process.stdout.readline())
    os.killpg(process.pid, number)
  with pytest.raises(ProcessLookupError):
    watch(task)


def idle():
  """A task that does nothing."""
  time.sleep(processes.PATIENCE)


def test_a_task_that_is_told_to_end_at_once(tmp_path):
  """It ends, and no other one does, however young it is."""
  with processes.nursery() as nursery:
    family = processes.Family(nursery, tmp_path)
    other = family.start('tests.distribution.processes_test:idle', {})
    for _ in range(100):
      task = family.start('tests.distribution.processes_test:idle', {})
      task.signal(signal.SIGTERM).ends(-signal.SIGTERM, 30)
    assert other.poll() is None
    other.kill()


def watch(process_id):
  """Raises once there is no such process; returns if there is one for long."""
  end = time.monotonic() + processes.PATIENCE
  while time.monotonic() < end:
    os.kill(process_id, 0)
    time.sleep(0.05)


if __name__ == '__main__':
  # A shell starts what runs in its background with SIGINT ignored.
  signal.signal(signal.SIGINT, signal.default_int_handler)
  wait_for_a_stubborn_task(sys.argv[1])
