"""Trains each engine under faults at random for a minute, the same ones each time."""

import os
import subprocess
import sys

import pytest

from tests import answering
from tests.distribution.hosts import namespaces
from tests.distribution.soak import rounds

pytestmark = pytest.mark.hosts


@pytest.mark.parametrize('engine', rounds.JOBS)
def test_nothing_is_lost(engine, tmp_path):
  """It finds nothing, and leaves nothing."""
  if why_not := namespaces.why_not():
    pytest.skip(why_not)
  done = subprocess.run(
    [sys.executable, '-m', 'tests.distribution.soak', engine]
    + ['--short', '--seed', '3'],
    cwd=answering.ROOT,
    capture_output=True,
    text=True,
    timeout=600,
    env={**os.environ, 'TMPDIR': str(tmp_path)},
    check=False,
  )
  assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
  assert 'fault: ' in done.stdout
  assert not list(tmp_path.iterdir())
