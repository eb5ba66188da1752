"""Makes the clock of a process wrong."""

import json
import os
import subprocess
import sys

import pytest

from tests import answering
from tests.distribution.clocks import wrong_clocks

_PROGRAM = """
import json, sys, threading, time
from tests.distribution.clocks import wrong_clocks
if len(sys.argv) > 1:
  wrong_clocks.follow(sys.argv[1])
begin = time.monotonic()
time.sleep(0.1)
threading.Event().wait(0.1)
import tensorflow as tf
print(json.dumps([time.time(), float(tf.timestamp()), begin, time.monotonic()]))
"""


def clocks_of(environment, *arguments):
  done = subprocess.run(
    [sys.executable, '-c', _PROGRAM, *map(str, arguments)],
    cwd=answering.ROOT,
    env={**os.environ, **environment, 'TF_CPP_MIN_LOG_LEVEL': '3'},
    capture_output=True,
    text=True,
    timeout=120,
    check=True,
  )
  return json.loads(done.stdout)


def test_an_hour(tmp_path):
  """The time of day is wrong in Python and in TensorFlow; waits are right."""
  if why_not := wrong_clocks.why_not():
    pytest.skip(why_not)
  environment = wrong_clocks.environment(tmp_path)
  right = clocks_of({})
  wrong_clocks.put(tmp_path / 'clock', -3600)
  wrong = clocks_of(environment, tmp_path / 'clock')
  for now, of_day in zip(right[:2], wrong[:2], strict=True):
    assert 3400 < now - of_day < 3700
  begin, end = wrong[2:]
  assert right[3] < begin < end < begin + 100
