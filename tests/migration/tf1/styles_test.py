"""Runs programs in the style of known repositories under TensorFlow 1.15 and here."""

import concurrent.futures
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from tests import fresh
from tests.migration.tf1 import record
from tests.parity import sides

STYLES = record.PROGRAMS / 'styles'
# How each program is told where to write.
FOLDERS = {
  'attention_translator': '{}',
  'bert_run_classifier': '--output_dir={}',
  'bilstm_crf_tagger': '{}',
  'factorization_machine': '--model_dir={}',
  'language_model_sessions': '{}',
  'slim_image_classifier': '--model_dir={}',
  'tpu_residual_network': '--model_dir={}',
}
_NUMBER = re.compile(r'-?\d+\.\d+(?:e-?\d+)?|-?\d+e-?\d+')


def _said(command, cwd):
  """Metrics, predictions, and the names and shapes in checkpoints."""
  done = subprocess.run(
    command,
    cwd=cwd,
    env={**os.environ, 'PYTHONPATH': str(fresh.ROOT)}
    if command[0] == sys.executable
    else {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'},
    capture_output=True,
    text=True,
    check=False,
  )
  assert done.returncode == 0, done.stderr[-3000:]
  return [
    line
    for line in done.stdout.splitlines()
    if line.startswith(('RESULT', 'KEYS'))
  ]


@pytest.mark.parity
@pytest.mark.parametrize('name', sorted(FOLDERS))
def test_programs_say_what_they_said_on_1_15(name, tmp_path):
  """Losses, metrics, predictions and the keys of checkpoints are equal."""
  python = os.environ.get(sides.TF1_VARIABLE)
  if not python:
    pytest.skip(f'{sides.TF1_VARIABLE} names no TensorFlow 1.15')
  program = str(STYLES / f'{name}.py')
  commands = [
    [*runner, program, FOLDERS[name].format(tmp_path / side)]
    for side, runner in (
      ('theirs', [python]),
      ('ours', [sys.executable, '-m', 'tfcompat_estimator', '--tf1']),
    )
  ]

  with concurrent.futures.ThreadPoolExecutor() as pool:
    theirs, ours = pool.map(lambda each: _said(each, tmp_path), commands)

  assert theirs
  assert [_NUMBER.sub('#', line) for line in ours] == [
    _NUMBER.sub('#', line) for line in theirs
  ]
  numbers = [
    np.array([float(each) for line in said for each in _NUMBER.findall(line)])
    for said in (ours, theirs)
  ]
  np.testing.assert_allclose(*numbers, rtol=2e-5, atol=1e-5)
