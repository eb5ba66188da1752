"""Runs a smoke set on each TensorFlow from 2.16 to 2.21, each with its tf-keras.

    python -m tests.matrix [VERSION ...] [--python PYTHON] [--jobs N]

Each version gets a virtual environment of its own in .venv-matrix, made with the
newest interpreter found here that it has wheels for. A version without one is
left out, and said so; it fails the run only if it was asked for by name.
VERSION `oldest` is the oldest that has an interpreter here.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parents[1]
VENVS = ROOT / '.venv-matrix'
# TensorFlow: the Pythons 3.x that it has wheels for, of those we support.
PYTHONS = {
  '2.16': (10, 11, 12),
  '2.17': (10, 11, 12),
  '2.18': (10, 11, 12),
  '2.19': (10, 11, 12),
  '2.20': (10, 11, 12, 13),
  '2.21': (10, 11, 12, 13),
}
# What meets TensorFlow's private parts, graphs, files and API the most.
SMOKE = (
  'tests/api/api_test.py',
  'tests/migration/entry/install_test.py',
  'tests/migration/old_paths',
  'tests/records',
  'tests/session_emulation',
  'tests/loop',
  'tests/canned/golden_test.py',
  'tests/legacy_programs_test.py',
)


def minor_of(python):
  """The x of an interpreter's version 3.x; None if it does not start."""
  code = 'import sys; print(*sys.version_info[:2])'
  try:
    done = subprocess.run(
      [python, '-c', code], capture_output=True, text=True, check=True
    )
  except (OSError, subprocess.CalledProcessError):
    return None
  major, minor = map(int, done.stdout.split())
  return minor if major == 3 else None


def find_python(version, given):
  """(interpreter, minor) for a TensorFlow, or None."""
  names = [given] if given else [sys.executable, 'python3']
  if not given:
    names += [f'python3.{minor}' for minor in reversed(PYTHONS[version])]
  found = [(minor_of(name), name) for name in names if shutil.which(name)]
  fitting = [pair for pair in found if pair[0] in PYTHONS[version]]
  return max(fitting)[::-1] if fitting else None


def make_venv(version, python, minor):
  """The interpreter of the virtual environment, made if it is not there."""
  venv = VENVS / f'tf{version}-py3.{minor}'
  done = venv / '.made'
  if not done.exists():
    subprocess.run([python, '-m', 'venv', '--clear', venv], check=True)
    packages = [f'tensorflow=={version}.*', f'tf-keras=={version}.*']
    packages += ['pytest', 'pytest-xdist', 'hypothesis', 'pandas']
    packages += ['scikit-learn']
    subprocess.run(
      [venv / 'bin' / 'python', '-m', 'pip', 'install', '-q', *packages],
      check=True,
    )
    done.touch()
  return venv / 'bin' / 'python'


def run_smoke(python, jobs):
  """(whether all passed, pytest's closing line, the output)."""
  pytest = [python, '-m', 'pytest', '-q', '-p', 'no:cacheprovider']
  if jobs > 1:
    pytest += ['-n', str(jobs), '--dist', 'loadfile']
  done = subprocess.run(
    [*pytest, *SMOKE],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
    env={**os.environ, 'PYTHONPATH': os.fspath(ROOT)},
  )
  last = (done.stdout.strip().splitlines() or ['no output'])[-1]
  return done.returncode == 0, last, done.stdout + done.stderr


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('versions', nargs='*', metavar='VERSION')
  parser.add_argument('--python', help='an interpreter for all versions')
  parser.add_argument('--jobs', type=int, default=1, help='test processes')
  args = parser.parse_args()
  if 'oldest' in args.versions:
    found = [v for v in PYTHONS if find_python(v, args.python)]
    args.versions = [v for v in args.versions if v != 'oldest'] + found[:1]
  unknown = sorted(set(args.versions) - set(PYTHONS))
  if unknown:
    parser.error(f'{unknown} must be among {sorted(PYTHONS)}')
  rows, failed = [], False
  for version in args.versions or PYTHONS:
    found = find_python(version, args.python)
    if not found:
      wanted = ', '.join(f'3.{minor}' for minor in PYTHONS[version])
      rows.append((version, '-', 'LEFT OUT', f'needs Python {wanted}'))
      failed |= bool(args.versions)
      continue
    start = time.monotonic()
    passed, last, output = run_smoke(make_venv(version, *found), args.jobs)
    if not passed:
      print(output)
      failed = True
    summary = re.sub(r' in [\d.]+s.*', '', last.strip('= '))
    summary = f'{summary}, {time.monotonic() - start:.0f} s'
    rows.append(
      (version, f'3.{found[1]}', 'passed' if passed else 'FAILED', summary)
    )
  print('TensorFlow  Python  result')
  for version, python, result, summary in rows:
    print(f'{version:<10}  {python:<6}  {result:<8}  {summary}')
  return int(failed)


if __name__ == '__main__':
  sys.exit(main())
