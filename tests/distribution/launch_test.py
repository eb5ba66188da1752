"""Runs programs as tasks that Slurm has started: here only their variables are."""

import os
import subprocess
import sys

import pytest

from tests import answering
from tests.distribution import processes

_PROGRAM = """
import os, sys, threading
print(os.environ['TF_CONFIG'], sys.argv[1:], flush=True)
if '"ps"}' in os.environ['TF_CONFIG'].replace('"type": "ps", "index": 0', '"ps"'):
  threading.Event().wait()
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def launch(tmp_path):
  """Starts tasks of a job of a chief, a worker and a server, on this host."""
  program = tmp_path / 'program.py'
  program.write_text(_PROGRAM)
  (port,) = processes.free_ports(1)
  started = []

  def start(task, status=0):
    variables = {
      'SLURM_NTASKS': '3',
      'SLURM_STEP_NODELIST': 'localhost',
      'SLURM_STEP_TASKS_PER_NODE': '3',
      'SLURM_PROCID': str(task),
      'SLURM_NODEID': '0',
      'SLURM_LOCALID': str(task),
      'TFCOMPAT_ESTIMATOR': '0',
    }
    command = [sys.executable, '-m', 'tfcompat_estimator', 'launch']
    options = ['--slurm', '--ps=1', f'--port={port}']
    started.append(
      subprocess.Popen(
        [*command, *options, str(program), str(status)],
        cwd=answering.ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
      )
    )
    return started[-1]

  yield start
  for process in started:
    process.kill()
    process.communicate()


def test_servers_end_with_the_others(launch):
  """All other tasks must have ended well; one that failed comes again."""
  server = launch(2)
  assert '"index": 0}' in server.stdout.readline()
  assert launch(0).wait(120) == 0
  assert launch(1, status=3).wait(120) == 3
  with pytest.raises(subprocess.TimeoutExpired):
    server.wait(2)
  assert launch(1).wait(120) == 0
  assert server.wait(30) == 0


def test_not_a_task():
  """The error says how to start it."""
  command = [sys.executable, '-m', 'tfcompat_estimator', 'launch', '--slurm']
  done = subprocess.run(
    [*command, 'program.py'],
    cwd=answering.ROOT,
    capture_output=True,
    text=True,
    check=False,
  )
  assert done.returncode == 1
  assert 'srun python -m tfcompat_estimator launch' in done.stderr
