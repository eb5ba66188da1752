"""Judges many random programs, in pieces, each in a process that may die.

    python -m tests.fuzz [--count N] [--seed N] [--seconds N] [MODE ...]

prints a table, mode x verdicts, and of each piece the finds, as programs of TF 1.
"""

import argparse
import collections
import json
import os
import subprocess
import sys

from tests import fresh
from tests.fuzz import modes

PIECE = 250
SETTINGS = {
  'TF_CPP_MIN_LOG_LEVEL': '3',
  'TF_NUM_INTRAOP_THREADS': '1',
  'TF_NUM_INTEROP_THREADS': '2',
}


def judge_piece(mode, count, seed, seconds, *kinds):
  """The report of one piece; of its death, if it died."""
  command = ['-m', 'tests.fuzz.piece', mode, str(count), str(seed), *kinds]
  try:
    done = subprocess.run(
      [sys.executable, *command],
      env={**os.environ, **SETTINGS},
      cwd=fresh.ROOT,
      capture_output=True,
      text=True,
      timeout=seconds,
      check=False,
    )
  except subprocess.TimeoutExpired:
    return {'verdicts': {'timed out': count}, 'finds': {}}
  if done.returncode:
    text = f'{" ".join(command)}: exit status {done.returncode}'
    return {
      'verdicts': {'died': count},
      'finds': {'died': [text, done.stderr[-3000:]]},
    }
  return json.loads(done.stdout.splitlines()[-1])


def main():
  """Judges and prints."""
  parser = argparse.ArgumentParser(prog='python -m tests.fuzz')
  parser.add_argument('modes', nargs='*', default=list(modes.MODES))
  parser.add_argument('--count', type=int, default=PIECE, help='for each mode')
  parser.add_argument('--seed', type=int, default=1)
  parser.add_argument('--seconds', type=int, default=1800, help='for a piece')
  options = parser.parse_args()
  table = {mode: collections.Counter() for mode in options.modes}
  for begin in range(0, options.count, PIECE):
    for mode, row in table.items():
      count = min(PIECE, options.count - begin)
      report = judge_piece(
        mode, count, options.seed + begin // PIECE, options.seconds
      )
      row.update(report['verdicts'])
      for kind, (source, text) in report['finds'].items():
        print(f'===== {mode}: {kind}\n{source}\n{text}\n', flush=True)
  print(tabulate(table))


def tabulate(table):
  """A table of verdicts, as Markdown."""
  kinds = list(dict.fromkeys(k for row in table.values() for k in row))
  rows = [
    ['mode', 'programs', *kinds],
    ['---'] * (len(kinds) + 2),
    *(
      [mode, str(sum(row.values())), *(str(row[k]) for k in kinds)]
      for mode, row in table.items()
    ),
  ]
  return '\n'.join(f'| {" | ".join(row)} |' for row in rows)


if __name__ == '__main__':
  main()
