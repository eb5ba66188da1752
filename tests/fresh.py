"""Runs code in fresh interpreters, for tests of whole processes."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]


def run(*arguments, cwd=ROOT, **environment):
  """Runs `python ARGUMENTS`, which may import this package and its tests.

  Args:
    *arguments: Paths and strings.
    cwd: The working directory. Default: that of the repository.
    **environment: Variables besides those of this process; None takes one away.

  Returns:
    The `subprocess.CompletedProcess`, its output as text.
  """
  variables = {**os.environ, 'PYTHONPATH': os.fspath(ROOT), **environment}
  return subprocess.run(
    [sys.executable, *map(str, arguments)],
    cwd=cwd,
    env={name: value for name, value in variables.items() if value is not None},
    stdin=subprocess.DEVNULL,
    capture_output=True,
    text=True,
    check=False,
  )


def printed(*arguments, **settings):
  """What such a process prints, which must succeed. See `run`."""
  done = run(*arguments, **settings)
  assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
  return done.stdout
