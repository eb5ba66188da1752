"""Runs the steps of docs/moving-to-keras.md as a new user would."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / 'docs' / 'moving-to-keras.md'


@pytest.mark.parametrize('legacy', ['', '1'])
def test_each_step_runs(tmp_path, legacy):
  """The page's code, in one program, with either Keras behind tf.keras."""
  steps = re.findall(r'```python\n(.*?)```', PAGE.read_text('utf-8'), re.DOTALL)
  assert len(steps) >= 7
  (tmp_path / 'program.py').write_text('\n'.join(steps))
  env = {**os.environ, 'PYTHONPATH': os.fspath(ROOT)}
  env.pop('TF_USE_LEGACY_KERAS', None)
  if legacy:
    env['TF_USE_LEGACY_KERAS'] = legacy

  done = subprocess.run(
    [sys.executable, 'program.py'],
    cwd=tmp_path,
    env=env,
    capture_output=True,
    text=True,
    check=False,
  )

  assert done.returncode == 0, done.stderr[-3000:]


def test_network_loads_without_this_package(tmp_path):
  """What `model.network` wrote needs tf_keras only."""
  steps = re.findall(r'```python\n(.*?)```', PAGE.read_text('utf-8'), re.DOTALL)
  code = '\n'.join(steps[:2]) + "\nmodel.network.save('network.keras')\n"
  (tmp_path / 'program.py').write_text(code)
  env = {**os.environ, 'PYTHONPATH': os.fspath(ROOT)}
  subprocess.run(
    [sys.executable, 'program.py'], cwd=tmp_path, env=env, check=True
  )
  (tmp_path / 'other.py').write_text(
    'import sys\n'
    "sys.modules['tfcompat_estimator'] = None\n"  # as if it were not there
    'import tf_keras\n'
    "model = tf_keras.models.load_model('network.keras')\n"
    'assert model.output_shape == (None, 1)\n'
  )

  done = subprocess.run(
    [sys.executable, 'other.py'],
    cwd=tmp_path,
    capture_output=True,
    text=True,
    check=False,
  )

  assert done.returncode == 0, done.stderr[-2000:]
