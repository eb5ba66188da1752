"""Sets up every test process: quiet, and small beside the other workers."""

import os
import pathlib
import shutil
import subprocess
import tempfile

# Before TensorFlow is imported anywhere. pytest-xdist runs a process per core.
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
os.environ.setdefault('TF_NUM_INTRAOP_THREADS', '1')
os.environ.setdefault('TF_NUM_INTEROP_THREADS', '2')
os.environ.setdefault('OMP_NUM_THREADS', '1')
# Graph passes leave sound nodes behind, each of them.
os.environ.setdefault('TFCOMPAT_CHECK_PASSES', '1')

import absl.logging
import pytest

from tests.parity import sides

# Runs the tests as a program would that turns parts of TF 2 off: `behavior` or
# `tensorshape`. tests/tf1_behavior_test.py does so.
if 'TFCOMPAT_TEST_WITHOUT_V2' in os.environ:
  import tensorflow as tf

  part = os.environ['TFCOMPAT_TEST_WITHOUT_V2']
  getattr(tf.compat.v1, f'disable_v2_{part}')()

absl.logging.set_verbosity(absl.logging.WARNING)


def pytest_collection_modifyitems(items):
  """Leaves out tests that need eager mode, where a program turned it off."""
  if os.environ.get('TFCOMPAT_TEST_WITHOUT_V2') != 'behavior':
    return
  for item in items:
    if item.get_closest_marker('eager'):
      item.add_marker(pytest.mark.skip(reason='looks at things in eager mode'))


@pytest.fixture(scope='session', autouse=True)
def no_folder_stays():
  """Removes all temporary folders, also those that estimators make."""
  folder = tempfile.mkdtemp(prefix='tfcompat_tests_')
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(tempfile, 'tempdir', folder)
    patch.setenv('TMPDIR', folder)  # For the processes that tests start.
    yield
  shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope='session')
def goldens() -> pathlib.Path:
  """The folder of artefacts that the reference wrote."""
  return pathlib.Path(__file__).parent / 'goldens'


@pytest.fixture
def model_dir(tmp_path) -> str:
  """A path for a model directory that does not exist yet."""
  return str(tmp_path / 'model')


@pytest.fixture
def small_disk(tmp_path):
  """A folder on a disk of two megabytes."""
  folder = tmp_path / 'disk'
  folder.mkdir()
  command = ['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', str(folder)]
  done = subprocess.run(command, capture_output=True, check=False)
  if done.returncode:
    pytest.skip('needs the right to mount a small disk')
  yield folder
  subprocess.run(['umount', '-l', str(folder)], check=True)


@pytest.fixture
def fused_from_the_second_run_on(monkeypatch) -> None:
  """Loops are built at once, not only where they save time."""
  from tfcompat_estimator.session_emulation.loops import warm_up

  monkeypatch.setattr(warm_up, 'SECONDS_PER_OPERATION', 0.0)
  monkeypatch.setattr(warm_up, 'SLOW_RUN_SECONDS', float('inf'))


@pytest.fixture(scope='session')
def ours() -> sides.Side:
  """Calls functions of a program on this TensorFlow, after install()."""
  return sides.ours()


@pytest.fixture(scope='session')
def reference() -> sides.Side:
  """Calls functions of a program on TensorFlow 2.15 and its own Estimator.

  Skips the test where there is no such interpreter.
  """
  try:
    return sides.reference()
  except LookupError as error:
    pytest.skip(str(error))


def pytest_terminal_summary(terminalreporter):
  """Prints the tables that tests have recorded, also in other processes."""
  for report in terminalreporter.stats.get('passed', []):
    for name, value in report.user_properties:
      if name == 'table':
        terminalreporter.write_line('')
        terminalreporter.write_line(value)
