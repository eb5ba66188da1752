"""Runs descriptors on both sides, many in one process, and compares."""

import concurrent.futures
import functools
import os
import tempfile
from typing import NamedTuple

from tests.parity import comparison
from tests.parity.random_estimators import drawing, drawing_canned

SIZE = 20
# Kernels of TensorFlow 2.15 and of later ones sum in other orders.
TOLERANCE = 2e-4


class Kind(NamedTuple):
  """How the cases of a kind are drawn, and what their process is like."""

  strategy: object
  v2_behavior: bool = True
  replicas: int = 1


KINDS = {
  'custom': Kind(drawing.custom()),
  'custom_v1': Kind(drawing.custom(v2_behavior=False), v2_behavior=False),
  'custom_mirrored': Kind(drawing.custom(mirrored=True), replicas=2),
  'keras': Kind(drawing.keras()),
  'keras_mirrored': Kind(drawing.keras(mirrored=True), replicas=2),
  'canned': Kind(drawing_canned.canned()),
  'canned_v1': Kind(
    drawing_canned.canned(v2_behavior=False), v2_behavior=False
  ),
  'canned_mirrored': Kind(drawing_canned.canned(mirrored=True), replicas=2),
}


@functools.cache
def cases_of(kind, count, seed):
  return drawing.draw_cases(KINDS[kind].strategy, count, seed)


def compare(kind, cases, *sides):
  """A pair (verdict, text) for each case; both sides run at once.

  Summaries of variables race with their updates in a Session. So what differs
  is compared again.
  """
  results = _compared(kind, cases, sides)
  again = [i for i, (verdict, _) in enumerate(results) if verdict == 'differs']
  if again:
    second = _compared(kind, [cases[i] for i in again], sides)
    for i, (verdict, text) in zip(again, second, strict=True):
      if verdict == 'equal':
        results[i] = 'raced', results[i][1]
      else:
        results[i] = verdict, text
  return results


def _compared(kind, cases, sides):
  def observed(side):
    with tempfile.TemporaryDirectory() as folder:
      return side.call(
        'random_models',
        'run_all',
        cases=cases,
        folder=os.path.join(folder, 'models'),
        v2_behavior=KINDS[kind].v2_behavior,
        replicas=KINDS[kind].replicas,
      )

  with concurrent.futures.ThreadPoolExecutor(2) as pool:
    ours, reference = pool.map(observed, sides)
  return [
    judge(KINDS[kind], *pair) for pair in zip(ours, reference, strict=True)
  ]


def judge(kind, ours, reference):
  """('equal' | 'differs' | 'ours fails' | ..., what differs first)."""
  for key in reference:
    if key not in ours and 'make' in reference:
      return 'only here', reference['make']['text']
    if key not in ours:
      return (
        'differs',
        f'{key}: not here\nours: {_error(next(iter(ours.values())))}',
      )
    mine, its = _error(ours[key]), _error(reference[key])
    if mine and its:
      if mine['error'] == its['error']:
        return 'both fail', f'{key}: {its["text"]}'
      return (
        'other error',
        f'{key}:\nours {mine["text"]}\nreference {its["text"]}',
      )
    if its:
      return 'only here', f'{key}: {its["text"]}'
    if mine:
      return 'fails here', f'{key}: {mine["text"]}'
    for side in (ours[key], reference[key]):
      if isinstance(side, dict) and kind.replicas > 1:
        side.pop('accuracy_baseline', None)  # The reference's is wrong.
        # There Keras' slots are saved once a replica, too.
        for name in list(side.get('variables', ())):
          if '/replica_' in name:
            del side['variables'][name]
    try:
      comparison.assert_close(ours[key], reference[key], TOLERANCE)
    except AssertionError as error:
      return 'differs', f'{key}: {_path(ours[key], reference[key])}: {error}'
  return ('equal', '') if set(ours) == set(reference) else ('differs', 'keys')


def _error(result):
  return result if isinstance(result, dict) and 'error' in result else None


def _path(ours, reference, at=''):
  """Where two nests differ first."""
  if isinstance(reference, dict):
    if set(ours) != set(reference):
      return f'{at}: {sorted(set(ours) ^ set(reference))}'
    pairs = [(f'{at}/{k}', ours[k], reference[k]) for k in reference]
  elif isinstance(reference, list):
    if len(ours) != len(reference):
      return f'{at}: {len(ours)} and {len(reference)}\n{ours}\n{reference}'
    pairs = [
      (f'{at}/{i}', *both)
      for i, both in enumerate(zip(ours, reference, strict=True))
    ]
  else:
    return at
  wrong = (pair for pair in pairs if not _alike(*pair[1:]))
  where, mine, its = next(wrong, (at, None, None))
  return where if mine is None else _path(mine, its, where)


def _alike(mine, its):
  try:
    comparison.assert_close(mine, its, TOLERANCE)
  except AssertionError:
    return False
  return True
