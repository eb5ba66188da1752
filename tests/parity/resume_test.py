"""Each side resumes training from what the other wrote: the two-way matrix."""

import json
import os
import pathlib
import shutil

import numpy as np
import pytest

pytestmark = pytest.mark.parity

TESTS = pathlib.Path(__file__).parents[1]
FILES = ('canned.jsonl', 'canned_experimental.jsonl')
ENTRIES = {
  entry['name']: entry
  for name in FILES
  for entry in map(
    json.loads, (TESTS / 'contract' / name).read_text().splitlines()
  )
}
# Steps that depend on random numbers or on the order of threads.
RANDOM = ('dropout', 'SDCA', 'KMeans')
FIRST, MORE = 3, 2
# For a quick look: TFCOMPAT_MATRIX=LinearClassifier runs those of that name.
ONLY = os.environ.get('TFCOMPAT_MATRIX', '')
NAMES = [name for name in ENTRIES if ONLY in name]


@pytest.fixture(scope='module')
def matrix(ours, reference, tmp_path_factory):
  """By writer and reader, by name: the variables after the reader's steps."""
  root = tmp_path_factory.mktemp('resume')
  common = {
    'entries': [
      {
        key: ENTRIES[name].get(key)
        for key in ('name', 'ctor', 'shared', 'features', 'label')
      }
      for name in NAMES
    ],
    'data_path': str(TESTS / 'goldens' / 'data.npz'),
    'vocabulary': str(TESTS / 'contract' / 'vocab.txt'),
  }
  sides = (ours, reference)
  errors = {}
  for side in sides:
    folder = str(root / side.name)
    written = side.call(
      'resume', 'train_all', folders={'': folder}, steps=FIRST, **common
    )['']
    errors[side.name] = {n: v.get('error') for n, v in written.items()}
  for writer in sides:
    for reader in sides:
      shutil.copytree(root / writer.name, root / f'{writer.name}-{reader.name}')
  results = {}
  for reader in sides:
    folders = {w.name: str(root / f'{w.name}-{reader.name}') for w in sides}
    read = reader.call(
      'resume', 'train_all', folders=folders, steps=MORE, **common
    )
    for writer, values in read.items():
      results[writer, reader.name] = values
  return errors, results


def verdict(matrix, name, writer, reader):
  """'' if the reader goes on just as the writer does, else what differs."""
  errors, results = matrix
  if errors['reference'][name]:
    # The reference cannot train it: then ours goes on from its own.
    other = results['ours', 'ours'][name].get('error')
    return other if errors['ours'][name] is None and other else ''
  if errors[writer][name]:
    return f'{writer} fails: {errors[writer][name]}'
  got, expected = results[writer, reader][name], results[writer, writer][name]
  if 'error' in got:
    return f'{reader} fails: {got["error"]}'
  if set(got) != set(expected):
    return f'names differ: {sorted(set(got) ^ set(expected))}'
  if got['global_step'] != FIRST + MORE:
    return f'step {got["global_step"]}'
  for key, value in expected.items():
    if value is None or np.shape(got[key]) != np.shape(value):
      if np.shape(got[key]) != np.shape(value):
        return f'{key} has shape {np.shape(got[key])}'
    elif not any(word in name for word in RANDOM) and not np.allclose(
      got[key], value, rtol=2e-4, atol=2e-5
    ):
      return f'{key} differs by {np.abs(got[key] - value).max()}'
  return ''


DIRECTIONS = [('ours', 'reference'), ('reference', 'ours')]


@pytest.mark.parametrize('writer, reader', DIRECTIONS, ids='-to-'.join)
@pytest.mark.parametrize('name', NAMES)
def test_resumes(matrix, name, writer, reader):
  """The reader restores all, takes two steps, and is where the writer is."""
  assert not verdict(matrix, name, writer, reader)


def test_table(matrix, capsys):
  """Prints the matrix."""
  rows = []
  for name in NAMES:
    cells = [verdict(matrix, name, *direction) for direction in DIRECTIONS]
    kind = ' (steps only)' if any(w in name for w in RANDOM) else ''
    if matrix[0]['reference'][name]:
      kind = ' (not in the reference)'
    marks = ['NO' if cell else 'yes' for cell in cells]
    rows.append(f'{name + kind:70} {marks[0]:>20} {marks[1]:>20}')
  with capsys.disabled():
    print()
    print(f'{"":70} {"reference resumes":>20} {"we resume":>20}')
    print(f'{"":70} {"what we wrote":>20} {"the reference":>20}')
    print('\n'.join(rows))
  assert rows
