"""Runs rounds until the time is up, and says what came of them."""

import random
import resource
import shutil
import time

from tests.distribution import processes
from tests.distribution.clocks import wrong_clocks
from tests.distribution.soak import faults, rounds

_QUIET = {
  'TF_CPP_MIN_LOG_LEVEL': '2',
  'TF_NUM_INTRAOP_THREADS': '1',
  'TF_NUM_INTEROP_THREADS': '2',
  'OMP_NUM_THREADS': '1',
}


def soak(folder, engine, pace, seconds, seed):
  """Whether nothing was found in so many seconds.

  Args:
    folder: Takes all files; those of a round that found something stay.
    engine: One of `programs`.
    pace: Of each round.
    seconds: After which no more round begins.
    seed: Draws the faults.
  """
  tally = rounds.new_tally()
  is_sound, number = True, 0
  environment, without = {}, ()
  if why_not := wrong_clocks.why_not():
    print('Clocks stay right:', why_not)
    without = faults.CLOCKS
  else:
    environment = wrong_clocks.environment(folder)
  start = time.monotonic()
  with processes.nursery(
    **_QUIET, **environment, TMPDIR=str(folder)
  ) as nursery:
    expected, loss = rounds.undisturbed(
      nursery, folder / 'undisturbed', engine, pace.max_steps
    )
    shutil.rmtree(folder / 'undisturbed')
    print(f'{engine}, seed {seed}: undisturbed loss {loss:.6f}', flush=True)
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
      number += 1
      rng = random.Random(f'{seed} {number}')
      where = folder / f'round{number}'
      one = rounds.Round(
        nursery, where, engine, pace, rng, tally, expected, without
      )
      print(f'round {number}', flush=True)
      try:
        one.run(loss, 0.05 if expected is None else 1e-5)
      except KeyboardInterrupt:
        print('Told to end.')
        shutil.rmtree(where)
        break
      except rounds.Found as error:
        is_sound = False
        tally['rounds that found something'] += 1
        print(f'FOUND in round {number}: {error}', flush=True)
        continue
      shutil.rmtree(where)
      print(f'round {number} is over', dict(tally), flush=True)
  left = [path for path in folder.iterdir() if not _is_ours(path)]
  if left:
    is_sound = False
    print('FOUND: left in the temporary folder:', left)
  used = resource.getrusage(resource.RUSAGE_CHILDREN)
  own = resource.getrusage(resource.RUSAGE_SELF)
  cores = sum(u.ru_utime + u.ru_stime for u in (used, own))
  cores /= time.monotonic() - start
  print(f'{engine}, seed {seed}: {number} rounds, {cores:.2f} cores')
  for name, count in sorted(tally.items()):
    print(f'  {count:6} {name}')
  return is_sound


def _is_ours(path):
  return path.name.startswith('round') or path.name == 'wrong_clock.so'
