"""Starts processes of this repository that answer the commands of a test."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]


class Answering:
  """A process that says `ready` and then answers lines of JSON, in a `with`.

  It is to end when its input is closed: so it does also when the test fails.

  Args:
    module: What it runs.
    **environment: Variables besides those of this process.
  """

  def __init__(self, module, **environment):
    self._module = module
    self._environment = {**os.environ, **environment}

  def __enter__(self):
    self._process = subprocess.Popen(
      [sys.executable, '-m', self._module],
      cwd=ROOT,
      stdin=subprocess.PIPE,
      stdout=subprocess.PIPE,
      text=True,
      env=self._environment,
    )
    assert self._process.stdout.readline() == 'ready\n'
    return self

  def __exit__(self, *exception):
    self._process.stdin.close()
    self._process.wait()

  def ask(self, command):
    """Gives a command; returns the first line of the answer, read as JSON."""
    self._process.stdin.write(json.dumps(command) + '\n')
    self._process.stdin.flush()
    return self.answer()

  def answer(self):
    """The next line of the answer, read as JSON."""
    return json.loads(self._process.stdout.readline())
