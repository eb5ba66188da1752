"""Prints what a step costs, beside the reference: one run, a table of ratios.

    make bench            or: python -m tests.benchmarks.step_time

The same program runs under both TensorFlows in turn, several rounds; each
figure is the median over the rounds.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

PROGRAM = pathlib.Path(__file__).parent / 'programs' / 'tiny_custom.py'
REFERENCE_VARIABLE = 'TFCOMPAT_REFERENCE_PYTHON'


def measure(runner, chunks):
  """What the program prints when started by `runner`."""
  done = subprocess.run(
    [*runner, os.fspath(PROGRAM), f'--chunks={chunks}'],
    stdin=subprocess.DEVNULL,
    stdout=subprocess.PIPE,
    text=True,
    env={
      **os.environ,
      'TF_CPP_MIN_LOG_LEVEL': '2',
      'CUDA_VISIBLE_DEVICES': '-1',  # the same device for both
    },
    check=True,
  )
  return json.loads(done.stdout.splitlines()[-1])


def medians(rounds):
  """Median of each figure over the rounds."""
  return {
    name: statistics.median(r[name] for r in rounds)
    for name in rounds[0]
    if name != 'TensorFlow'
  }


def show(results):
  """Prints the table of `{side: rounds}`."""
  heads = [f'{side} ({r[0]["TensorFlow"]})' for side, r in results.items()]
  print(f'{"":42}' + ''.join(f'{head:>20}' for head in heads), end='')
  print('   ours / reference' if len(results) > 1 else '')
  figures = [medians(rounds) for rounds in results.values()]
  for name in figures[0]:
    row = [f[name] for f in figures]
    print(f'{name:42}' + ''.join(f'{value:20.4g}' for value in row), end='')
    print(f'{row[0] / row[1]:19.2f}' if len(row) > 1 else '')


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--rounds', type=int, default=3)
  parser.add_argument('--chunks', type=int, default=10, help='of 500 steps')
  args = parser.parse_args()

  runners = {'ours': [sys.executable, '-m', 'tfcompat_estimator']}
  reference = os.environ.get(REFERENCE_VARIABLE)
  if reference:
    runners['reference'] = [reference]
  else:
    print(f'{REFERENCE_VARIABLE} is not set: no reference beside it.')
  results = {side: [] for side in runners}
  for _ in range(args.rounds):
    for side, runner in runners.items():
      results[side].append(measure(runner, args.chunks))
  show(results)


if __name__ == '__main__':
  main()
