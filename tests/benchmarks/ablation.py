"""Turns off what makes the package fast, one thing at a time.

    python -m tests.benchmarks.ablation WITHOUT PROGRAM ARGUMENTS...

runs a program of `programs/` on the package without that one.
"""

import os
import pathlib
import runpy
import sys

import tfcompat_estimator
from tfcompat_estimator.canned.networks import single_valued
from tfcompat_estimator.session_emulation.ahead import read_ahead
from tfcompat_estimator.session_emulation.run import (
  executors,
  plans,
  program,
  session,
  unique_ids,
  untuned,
  waiting,
)


def _set(thing, name, value):
  return lambda: setattr(thing, name, value)


def _variable(name):
  return lambda: os.environ.__setitem__(name, '0')


WITHOUT = {
  'nothing': lambda: None,
  'fused steps': _variable('TFCOMPAT_FUSED_STEPS'),
  'predictions ahead': _set(
    read_ahead.ReadAhead, 'is_due', property(lambda self: False)
  ),
  'single-valued columns': _set(
    single_valued.Reader, 'ids', lambda self, column, cache, state: None
  ),
  'untuned input': _set(untuned, 'use', lambda graph_def, snapshot: None),
  'unique ids': _set(unique_ids, 'use', lambda graph_def, feeds, rank: None),
  'shared programs': _variable('TFCOMPAT_SHARED_PROGRAMS'),
  'executors': _set(executors, '_SLOW_CALL_SECONDS', 0.0),
  'waiting in place': _set(waiting, '_MOST_NODES', 0),
  'plans': _set(plans.PlanCache, 'get', lambda self, key: None),
  'plain reads': _set(
    program.ProgramCache, 'plain_reads', lambda self, signature: None
  ),
  'global step reads': _set(
    session.EmulatedSession, '_global_step_reads', lambda self: {}
  ),
}


def main():
  """Runs the program that is asked for."""
  without, path, *arguments = sys.argv[1:]
  WITHOUT[without]()
  tfcompat_estimator.install()
  sys.argv = [path, *arguments]
  sys.path.insert(0, str(pathlib.Path(path).parent))
  runpy.run_path(path, run_name='__main__')


if __name__ == '__main__':
  main()
