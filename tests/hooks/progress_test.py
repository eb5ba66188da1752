"""Tests the progress line in a process that has a terminal of its own."""

import fcntl
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from tfcompat_estimator.hooks import progress

_PROGRAM = """
import sys
import tensorflow as tf
from tests import tiny
tf.get_logger().setLevel('INFO')
estimator = tiny.estimator(sys.argv[1])
estimator.train(tiny.batches(), steps=300)
estimator.train(tiny.batches(), max_steps=1000)
estimator.evaluate(tiny.batches(), steps=200)
"""


def _on_a_terminal(model_dir, **environment):
  """What the program writes to a terminal of 100 columns."""
  ours, theirs = pty.openpty()
  fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 100, 0, 0))
  root = pathlib.Path(__file__).parents[2]
  process = subprocess.Popen(
    [sys.executable, '-c', _PROGRAM, str(model_dir)],
    stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL,
    stderr=theirs,
    env={**os.environ, 'PYTHONPATH': str(root), **environment},
  )
  os.close(theirs)
  written = bytearray()
  while True:
    try:
      read = os.read(ours, 65536)
    except OSError:  # How Linux says that the other end is closed.
      break
    if not read:
      break
    written += read
  os.close(ours)
  assert process.wait() == 0
  return written.decode()


@pytest.fixture(scope='module')
def written(tmp_path_factory):
  """What a training, another and an evaluation show."""
  return _on_a_terminal(tmp_path_factory.mktemp('model'))


def test_training_line(written):
  """Steps of steps, time left, steps a second and the loss are there."""
  lines = re.findall(r'train: +(\d+)%.*?\| (\d+)/(\d+) \[(.*?)\]', written)
  ends = {(done, total) for _, done, total, _ in lines}
  assert {('300', '300'), ('1000', '1000')} <= ends
  assert any(re.search(r'<.*step/s, loss=', rest) for *_, rest in lines)


def test_second_training_goes_on(written):
  """The line starts where training resumes."""
  lines = re.findall(r'train: .*?\| (\d+)/1000', written)
  assert min(map(int, lines)) == 300


def test_evaluation_line(written):
  """An evaluation counts its batches."""
  assert re.search(r'evaluate: 100%.*\| 200/200 \[.*batch/s, loss=', written)


def test_log_lines_are_whole(written):
  """Log lines come once each, on lines of their own."""
  lines = re.split(r'[\r\n]+', written)
  saved = [line for line in lines if 'Saving checkpoints for 300' in line]
  assert len(saved) == 2  # at the end of the first call, then where it resumes
  assert all('train:' not in line for line in saved)


def test_off_by_environment(tmp_path):
  """TFCOMPAT_PROGRESS=0 turns it off."""
  written = _on_a_terminal(tmp_path, TFCOMPAT_PROGRESS='0')
  assert 'Saving checkpoints' in written
  assert 'train:' not in written


def test_off_without_a_terminal(monkeypatch, tmp_path):
  """Nothing is shown where standard error is a file or closed."""
  with (tmp_path / 'log').open('w', encoding='utf-8') as log:
    monkeypatch.setattr(sys, 'stderr', log)
    assert not progress.is_on()
  monkeypatch.setattr(sys, 'stderr', None)
  assert not progress.is_on()
