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
from tfcompat_estimator.session_emulation.loops import prefetch
from tfcompat_estimator.session_emulation.passes import pipeline
from tfcompat_estimator.session_emulation.run import (
  emulated_session,
  plans,
  program,
)


def _set(thing, name, value):
  return lambda: setattr(thing, name, value)


def _variable(name, value='0'):
  return lambda: os.environ.__setitem__(name, value)


WITHOUT = {
  'nothing': lambda: None,
  **{
    each.name: _variable('TFCOMPAT_WITHOUT_PASSES', each.name)
    for each in pipeline.PASSES
    if each.is_optional
  },
  'fused steps': _variable('TFCOMPAT_FUSED_STEPS'),
  'prefetch': _set(prefetch.Prefetch, 'may_run', property(lambda self: False)),
  'single-valued columns': _set(
    single_valued.Reader, 'ids', lambda self, column, cache, state: None
  ),
  'kept graphs': _variable('TFCOMPAT_KEEP_GRAPHS'),
  'shared programs': _variable('TFCOMPAT_SHARED_PROGRAMS'),
  'plans': _set(plans.PlanCache, 'get', lambda self, key: None),
  'plain reads': _set(
    program.ProgramCache, 'plain_reads', lambda self, signature: None
  ),
  'global step reads': _set(
    emulated_session.EmulatedSession, '_global_step_reads', lambda self: {}
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
