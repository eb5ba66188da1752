"""Compares many random Estimators: python -m tests.parity.random_estimators KIND COUNT SEED.

Prints what differs, and how many of the cases did.
"""

import argparse
import json

from tests.parity import sides
from tests.parity.random_estimators import batches


def main():
  parser = argparse.ArgumentParser(
    prog='python -m tests.parity.random_estimators'
  )
  parser.add_argument('kind', choices=list(batches.KINDS))
  parser.add_argument('--count', type=int, default=batches.SIZE)
  parser.add_argument('--seed', type=int, default=1)
  parser.add_argument('--cases', help='a file of descriptors, instead')
  options = parser.parse_args()
  verdicts = {}
  for begin in range(0, options.count, batches.SIZE):
    if options.cases:
      with open(options.cases, encoding='utf-8') as file:
        cases = json.load(file)
    else:
      cases = batches.cases_of(
        options.kind,
        min(batches.SIZE, options.count - begin),
        options.seed + begin // batches.SIZE,
      )
    results = batches.compare(
      options.kind, cases, sides.ours(), sides.reference()
    )
    for case, (verdict, text) in zip(cases, results, strict=True):
      verdicts[verdict] = verdicts.get(verdict, 0) + 1
      if verdict != 'equal':
        print(f'===== {verdict}\n{json.dumps(case)}\n{text}\n', flush=True)
  print(verdicts)


if __name__ == '__main__':
  main()
