"""Prints what steps and calls cost beside the reference, and what makes the gain.

    make bench            or: python -m tests.benchmarks.bench [TABLE...]

The tables are `steps`, `calls`, `rounds`, `distributed`, `scaling` and `ablation`. The
same program runs under both TensorFlows in turn, several rounds; each figure is the
minimum over the rounds. Of steps, calls and rounds there are two more columns: what
Keras takes for the same network, and what a loop takes that is written by hand
(programs/others.py). Each ratio is how many times as long it takes as here.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

from tests.benchmarks import ablation as ablations

PROGRAMS = pathlib.Path(__file__).parent / 'programs'
REFERENCE_VARIABLE = 'TFCOMPAT_REFERENCE_PYTHON'
OURS = [sys.executable, '-m', 'tfcompat_estimator']
OTHERS = ['steps.py', 'calls.py', 'rounds.py']  # what others.py has, too
CALLS = ['wide&deep, 32', 'DNN, 3 numeric columns, 32']
DISTRIBUTED = ['tiny, batch 16', 'DNN, 3 numeric columns, 32']
HOOKS = ['watches', 'reads']  # see steps.py
ABLATED = ['tiny, batch 16', 'DNN, 3 numeric columns, 32', 'wide&deep, 32']


def environment(runner):
  """What a program of `runner` finds: the same device, and the same Keras."""
  variables = {
    **os.environ,
    'TF_CPP_MIN_LOG_LEVEL': '3',
    'CUDA_VISIBLE_DEVICES': '-1',
  }
  variables.pop('TF_USE_LEGACY_KERAS', None)  # 2.15 has no other one
  if runner is OURS:
    variables['TF_USE_LEGACY_KERAS'] = '1'
  return variables


def run(runner, program, *arguments):
  """The figures that a program prints when started by `runner`."""
  done = subprocess.run(
    [*runner, os.fspath(PROGRAMS / program), *arguments],
    stdin=subprocess.DEVNULL,
    capture_output=True,
    text=True,
    env=environment(runner),
    check=False,
  )
  if done.returncode:
    print(f'  {arguments} failed under {runner}:\n{done.stderr[-600:]}')
    return {}
  return json.loads(done.stdout.splitlines()[-1])


def models():
  """The names of the table of models."""
  return run(OURS, 'models.py')


def least(rounds):
  """The minimum of each figure over the rounds."""
  names = dict.fromkeys(name for figures in rounds for name in figures)
  return {
    name: min(figures[name] for figures in rounds if name in figures)
    for name in names
    if name != 'TensorFlow'
  }


def sides(program, *arguments):
  """How to run a program, by side: (runner, program, arguments...)."""
  found = {'here': (OURS, program, *arguments)}
  if os.environ.get(REFERENCE_VARIABLE):
    found['reference'] = ([os.environ[REFERENCE_VARIABLE]], *found['here'][1:])
  if program in OTHERS and '--hook' not in arguments:
    what = program.removesuffix('.py')
    for way in ('keras', 'loop'):
      found[way] = (OURS, 'others.py', way, what, arguments[-1])
  return found


def compare(title, unit, rounds, requests):
  """Prints a table of requests: (prefix of the rows' names, program, ...)."""
  if not os.environ.get(REFERENCE_VARIABLE):
    print(f'{REFERENCE_VARIABLE} is not set: no reference beside it.')
  others = ['reference']
  if any(program in OTHERS for _, program, *_ in requests):
    others += ['keras', 'loop']
  heads = ''.join(f'{side:>12}{"ratio":>8}' for side in others)
  print(f'\n{title:50}{"here":>10}{heads}   ({unit})', flush=True)
  for prefix, *request in requests:
    commands = sides(*request)
    got = {side: [] for side in commands}
    for _ in range(rounds):
      for side, command in commands.items():
        got[side].append(run(*command))
    best = {side: least(figures) for side, figures in got.items()}
    for name, value in best['here'].items():
      row = f'{prefix + name:50}{value:10.4g}'
      for side in others:
        other = best.get(side, {}).get(name)
        row += f'{other:12.4g}{other / value:8.2f}' if other else f'{"-":>20}'
      print(row, flush=True)


def steps(rounds, names):
  requests = [
    *(('', 'steps.py', name) for name in names or models()),
    *(
      (f'hook that {kind}: ', 'steps.py', '--hook', kind, name)
      for kind in HOOKS
      for name in ABLATED
      if not names or name in names
    ),
  ]
  compare('a step', 'us, fastest window', rounds, requests)


def calls(rounds, names):
  requests = [
    (f'{name.split(",")[0]}: ', 'calls.py', name) for name in names or CALLS
  ]
  compare('a whole call, second and later', 's, minimum', rounds, requests)


def train_and_evaluate(rounds, names):
  requests = [
    (f'{name.split(",")[0]}: ', 'rounds.py', name) for name in names or CALLS
  ]
  compare('train_and_evaluate', 's, minimum', rounds, requests)


def distributed(rounds, names):
  requests = [
    ('', 'distributed.py', engine, '--count', count, name)
    for engine, count in (('mirrored', '2'), ('workers', '2'), ('servers', '3'))
    for name in names or DISTRIBUTED
  ]
  compare('a global step', 'us, fastest window', rounds, requests)


def scaling(rounds, names):
  requests = [
    ('', 'distributed.py', engine, '--count', str(count), name)
    for engine in ('workers', 'servers')
    for name in names or DISTRIBUTED[:1]
    for count in range(1, 5)
  ]
  compare('a global step', 'us, fastest window', rounds, requests)


def ablation(rounds, names):
  """Prints how much slower everything is without one of the accelerators."""
  print('\nwithout: times as slow as with all')
  for name in names or ABLATED:
    got = {without: [] for without in ablations.WITHOUT}
    for _ in range(rounds):  # in turn: a machine is not as fast at all times
      for without, figures in got.items():
        ablated = [sys.executable, '-m', 'tests.benchmarks.ablation', without]
        figures.append({'step': run(ablated, 'steps.py', name).get(name)})
        for kind in HOOKS:
          hooked = run(ablated, 'steps.py', '--hook', kind, name)
          figures.append({f'step, hook that {kind}': hooked.get(name)})
        figures.append(run(ablated, 'calls.py', '--repeats', '2', name))
    best = {without: least(figures) for without, figures in got.items()}
    columns = list(best['nothing'])
    print(f'\n{name}: ' + '; '.join(columns))
    for without, row in best.items():
      cells = (f'{row[c] / best["nothing"][c]:8.2f}' for c in columns)
      print(f'{without:24}' + ''.join(cells), flush=True)


TABLES = {
  'steps': steps,
  'calls': calls,
  'rounds': train_and_evaluate,
  'distributed': distributed,
  'scaling': scaling,
  'ablation': ablation,
}


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('tables', nargs='*', default=list(TABLES))
  parser.add_argument('--rounds', type=int, default=3)
  parser.add_argument('--model', action='append', help='only these rows')
  args = parser.parse_args()
  for table in args.tables:
    TABLES[table](args.rounds, args.model)


if __name__ == '__main__':
  main()
