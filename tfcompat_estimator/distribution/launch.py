"""Runs a program as one task of a cluster that a scheduler has started."""

import argparse
import contextlib
import json
import os
from collections.abc import Iterator

from tfcompat_estimator.distribution import farewells, slurm


def _parse(arguments: list[str]) -> tuple[slurm.Roles, list[str]]:
  """Splits our options from the program and its arguments."""
  parser = argparse.ArgumentParser(
    prog='python -m tfcompat_estimator launch',
    description='Sets TF_CONFIG from what a scheduler tells, and runs a program.',
  )
  parser.add_argument(
    '--slurm', action='store_true', required=True, help='tasks of srun'
  )
  parser.add_argument(
    '--ps',
    type=int,
    default=0,
    metavar='N',
    help='N tasks are parameter servers; without, workers train in step',
  )
  parser.add_argument(
    '--evaluator', action='store_true', help='the last task evaluates'
  )
  parser.add_argument(
    '--port',
    type=int,
    default=slurm.Roles().port,
    help='of the first task of each host (%(default)s)',
  )
  parser.add_argument('program', nargs=argparse.REMAINDER)
  found = parser.parse_args(arguments)
  if not found.program:
    parser.error('Name a program after the options.')
  return slurm.Roles(found.ps, found.evaluator, found.port), found.program


@contextlib.contextmanager
def task(arguments: list[str]) -> Iterator[list[str]]:
  """Sets TF_CONFIG; gives what names the program, to run meanwhile.

  Servers end once all others have ended well.

  Args:
    arguments: Of the command line, after `launch`.

  Raises:
    SystemExit: Some are wrong, or this process is no task of the scheduler's.
  """
  roles, program = _parse(arguments)
  try:
    tf_config = slurm.tf_config(os.environ, roles)
  except ValueError as error:
    raise SystemExit(f'python -m tfcompat_estimator launch: {error}') from error
  os.environ['TF_CONFIG'] = json.dumps(tf_config)
  if tf_config['task']['type'] == 'ps':
    others = int(os.environ['SLURM_NTASKS']) - roles.servers
    farewells.wait_in_thread(tf_config, others)
    yield program
    return
  try:
    yield program
  except SystemExit as end:
    if end.code:
      raise
    farewells.say(tf_config)
    raise
  farewells.say(tf_config)
