"""Installs the package by the README's line alone, and uses it."""

import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from tests import matrix

pytestmark = pytest.mark.slow

ROOT = pathlib.Path(__file__).parents[1]
# What TensorFlow 2.15's programs could rely on without installing more.
PROGRAM = """
import tempfile
import tensorflow as tf
import tfcompat_estimator
tfcompat_estimator.install()

def model_fn(features, labels, mode):
  weight = tf.compat.v1.get_variable('w', [])
  loss = tf.square(weight - features)
  tf.summary.scalar('new_style', loss)
  tf.compat.v1.summary.scalar('old_style', loss)
  optimizer = tf.compat.v1.train.GradientDescentOptimizer(0.1)
  step = tf.compat.v1.train.get_global_step()
  return tf.estimator.EstimatorSpec(
      mode, loss=loss, train_op=optimizer.minimize(loss, step))

estimator = tf.estimator.Estimator(model_fn, tempfile.mkdtemp())
estimator.train(lambda: tf.constant(1.0), steps=2)
(events,) = tf.io.gfile.glob(estimator.model_dir + '/events*')
tags = [v.tag for e in tf.compat.v1.train.summary_iterator(events)
        for v in e.summary.value]
assert 'old_style' in tags, tags
print('trained on', tf.__version__)
"""


@pytest.fixture(params=['2.16', '2.21'])
def python(request, tmp_path):
  """An interpreter that has a TensorFlow of that version and what it brings."""
  version = request.param
  found = matrix.find_python(version, given=None)
  if found is None:
    pytest.skip(f'TensorFlow {version} has no wheels for the Pythons here')
  source = tmp_path / 'source'
  shutil.copytree(ROOT / 'tfcompat_estimator', source / 'tfcompat_estimator')
  for name in ('README.md', 'pyproject.toml', 'setup.py'):
    shutil.copy(ROOT / name, source)
  constraints = tmp_path / 'constraints.txt'
  constraints.write_text(
    f'tensorflow=={version}.*\ntf-keras=={version}.*\n', 'utf-8'
  )
  venv = tmp_path / 'venv'
  subprocess.run([found[0], '-m', 'venv', venv], check=True)
  readme = (ROOT / 'README.md').read_text('utf-8')
  line = re.search(r'^    pip (install \.)  ', readme, re.MULTILINE)[1]
  subprocess.run(
    [venv / 'bin' / 'python', '-m', 'pip', *line.split(), '--quiet']
    + ['--constraint', constraints],
    cwd=source,
    check=True,
  )
  yield venv / 'bin' / 'python', version
  shutil.rmtree(venv)


def test_summaries_of_both_kinds(python, tmp_path):
  """A model_fn may call tf.summary and tf.compat.v1.summary."""
  interpreter, version = python

  done = subprocess.run(
    [interpreter, '-c', PROGRAM],
    cwd=tmp_path,
    env={'PATH': '/usr/bin:/bin', 'TF_CPP_MIN_LOG_LEVEL': '2'},
    stdout=subprocess.PIPE,
    stderr=sys.stderr,
    text=True,
    check=True,
  )

  assert f'trained on {version}.' in done.stdout
