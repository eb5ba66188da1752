"""Runs the programs that showed a fault of the engine, each with what it was.

    python -m tests.fuzz.found

prints a JSON object: of each program the verdict.
"""

import json

from tests.fuzz import found_v1, found_v2, judge, modes

# All of them after `disable_v2_behavior`, as the first one's mode says.
PROGRAMS = (*found_v1.PROGRAMS, *found_v2.PROGRAMS)


def verdict(found):
  """What `judge` says."""
  try:
    return judge.check(found.source, modes.MODES[found.mode]).kind
  except judge.Mismatch as mismatch:
    return str(mismatch)


def main():
  """Prints the verdicts."""
  modes.enter_process(modes.MODES[PROGRAMS[0].mode])
  print(json.dumps({found.why: verdict(found) for found in PROGRAMS}))


if __name__ == '__main__':
  main()
