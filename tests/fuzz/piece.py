"""Judges one piece of random programs in a process of its own.

    python -m tests.fuzz.piece MODES COUNT SEED [KIND ...] [without=FEATURE ...]

prints a JSON object for each of the modes, which have commas between them: how many
programs had which verdict, how many had which feature, why some were refused, and
of each kind of mismatch (and of the kinds that were named: raced, refused) one
program, as small as could be made. `quick` says `judge.check` what it says.
"""

import collections
import dataclasses
import json
import sys
import time
from typing import NamedTuple

from tests.fuzz import drawing, judge, modes, reducing

NO_FINDS = (judge.EQUAL, judge.RACED, judge.REFUSED)


class Survey(NamedTuple):
  """What was found out about a piece."""

  verdicts: collections.Counter
  features: collections.Counter
  reasons: collections.Counter
  first: dict[str, list]  # of each kind of verdict some programs

  def note(self, drawn, kind, reason):
    """Adds one program."""
    self.verdicts[kind] += 1
    self.features.update(drawn.features)
    if reason and kind in NO_FINDS:
      self.reasons[reason[:200]] += 1
    self.first.setdefault(kind, []).append(drawn)


def judged(drawn, mode, quick=False):
  """(kind, text): the verdict of a program, or the mismatch that it shows."""
  try:
    if mode.trains:
      from tests.fuzz import training

      verdict = training.check(drawn, mode, quick)
    else:
      verdict = judge.check(drawn.source(), mode, quick)
    return verdict.kind, verdict.reason
  except judge.Mismatch as mismatch:
    return type(mismatch).__name__, str(mismatch)


def survey(mode, count, seed, quick=False):
  """Judges `count` programs."""
  found = Survey(*(collections.Counter() for _ in range(3)), {})
  for number in range(count):
    drawn = drawing.draw(mode, seed, number)
    found.note(drawn, *judged(drawn, mode, quick))
  return found


def reduced(found, mode, kind):
  """The smallest program of a kind, made of the smallest that was found."""
  smallest = min(found.first[kind], key=lambda p: len(p.source()))
  small = reducing.reduce(
    smallest, lambda drawn: judged(drawn, mode)[0] == kind
  )
  return [small.source(), judged(small, mode)[1]]


def report(mode_name, count, seed, *kinds):
  """What `main` prints of a mode."""
  mode = modes.MODES[mode_name]
  banned = {k.partition('=')[2] for k in kinds if k.startswith('without=')}
  mode = dataclasses.replace(mode, banned=mode.banned | banned)
  begin = time.process_time()
  found = survey(mode, count, seed, 'quick' in kinds)
  seconds = time.process_time() - begin
  return {
    'verdicts': found.verdicts,
    'features': found.features,
    'reasons': found.reasons,
    'cpu_seconds': round(seconds),
    'finds': {
      kind: reduced(found, mode, kind)
      for kind in found.first
      if kind not in NO_FINDS or kind in kinds
    },
  }


def main(mode_names, count, seed, *kinds):
  """Prints the reports."""
  names = mode_names.split(',')
  modes.enter_process(modes.MODES[names[0]])
  for name in names:
    print(json.dumps(report(name, int(count), int(seed), *kinds)), flush=True)


if __name__ == '__main__':
  main(*sys.argv[1:])
