"""Trains again and again, under faults that a seed draws.

  python -m tests.distribution.soak servers --seconds 3600 --seed 7

Ends with what it found, or with a summary. Needs root: hosts are namespaces.
"""

import argparse
import pathlib
import random
import shutil
import signal
import sys
import tempfile

from tests.distribution.hosts import namespaces
from tests.distribution.soak import rounds, soaking


def main():
  """Runs rounds until the time is up; returns the exit code."""
  parser = argparse.ArgumentParser(prog='python -m tests.distribution.soak')
  parser.add_argument('engine', choices=sorted(rounds.JOBS))
  parser.add_argument('--seconds', type=float, default=120)
  parser.add_argument('--seed', type=int, default=random.randrange(10**6))
  parser.add_argument(
    '--short', action='store_true', help='one training of a minute or so'
  )
  arguments = parser.parse_args()
  if why_not := namespaces.why_not():
    print(f'Left out: {why_not}')
    return 0
  namespaces.own_mounts()
  signal.signal(signal.SIGTERM, signal.default_int_handler)
  folder = pathlib.Path(tempfile.mkdtemp(prefix='tfcompat_soak_'))
  pace = rounds.SHORT if arguments.short else rounds.Pace()
  seconds = 1 if arguments.short else arguments.seconds
  is_sound = soaking.soak(
    folder, arguments.engine, pace, seconds, arguments.seed
  )
  if is_sound:
    shutil.rmtree(folder)
  else:
    print('What the tasks said is in', folder)
  return not is_sound


if __name__ == '__main__':
  sys.exit(main())
