"""Each side resumes training from what the other wrote: the two-way matrix."""

import json
import os
import pathlib
import shutil

import numpy as np
import pytest

from tests.parity.programs import custom_models

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
# What only we keep: these embeddings are trained here (docs/differences.md).
OURS_ONLY = {
  'v2_DNNClassifier_shared_embeddings_graph': {
    'training/Adagrad/iid_jid_shared_embedding/accumulator'
  },
}
STEPS_ONLY = (*RANDOM, *OURS_ONLY)
# The programs save at step 3, too: from there the other side goes on.
MIDDLE, LAST = 3, 5
# For a quick look: TFCOMPAT_MATRIX=KMeans,v1_Linear runs those of these names.
ONLY = os.environ.get('TFCOMPAT_MATRIX', '').split(',')
NAMES = [
  name
  for name in (*ENTRIES, *custom_models.MODELS)
  if any(part in name for part in ONLY)
]


@pytest.fixture(scope='module')
def matrix(ours, reference, tmp_path_factory):
  """By (writer, reader): the variables of each model after the last step.

  Where both are one side, it has trained without interruption.
  """
  root = tmp_path_factory.mktemp('resume')
  keys = ('name', 'ctor', 'shared', 'features', 'label')
  common = {
    'entries': [
      {**{k: ENTRIES.get(name, {}).get(k) for k in keys}, 'name': name}
      for name in NAMES
    ],
    'data_path': str(TESTS / 'goldens' / 'data.npz'),
    'vocabulary': str(TESTS / 'contract' / 'vocab.txt'),
  }
  results = {}
  for side in (ours, reference):
    folder = root / side.name
    written = side.call(
      'resume', 'train_all', folders={'': str(folder)}, steps=LAST, **common
    )
    results[side.name, side.name] = written['']
    for name in NAMES:
      if 'error' not in written[''][name]:
        copy_middle(folder / name, root / f'from-{side.name}' / name)
  for writer, reader in ((ours, reference), (reference, ours)):
    folder = str(root / f'from-{writer.name}')
    read = reader.call(
      'resume',
      'train_all',
      folders={'': folder},
      steps=LAST - MIDDLE,
      **common,
    )
    results[writer.name, reader.name] = read['']
  return results


def copy_middle(source, target):
  """Copies the checkpoint of the step in the middle as the latest one."""
  target.mkdir(parents=True)
  for path in source.glob(f'model.ckpt-{MIDDLE}.*'):
    shutil.copy(path, target)
  if (source / 'keras').exists():
    shutil.copytree(source / 'keras', target / 'keras')
  prefix = f'model.ckpt-{MIDDLE}'
  (target / 'checkpoint').write_text(
    f'model_checkpoint_path: "{prefix}"\n'
    f'all_model_checkpoint_paths: "{prefix}"\n'
  )


def is_close(got, expected, second_moment=None):
  """Whether values are the same but for rounding.

  Adam divides gradients by the root of their second moment. Where they are next
  to nothing, as in saturated units, it makes steps of what is rounding only.
  """
  if np.asarray(expected).dtype.kind == 'S':
    return np.array_equal(got, expected)
  close = np.isclose(got, expected, rtol=2e-4, atol=2e-5)
  if second_moment is not None:
    close |= (second_moment < 1e-13) & np.isclose(got, expected, atol=2e-3)
  return close.all()


def verdict(matrix, name, writer, reader):
  """'' if the reader goes on just as the writer does, else what differs."""
  expected, got = (matrix[writer, side][name] for side in (writer, reader))
  if 'error' in matrix['reference', 'reference'][name]:
    # The reference cannot train it, so there is nothing to hold ours to.
    return matrix['ours', 'ours'][name].get('error', '')
  for side, values in ((writer, expected), (reader, got)):
    if 'error' in values:
      return f'{side} fails: {values["error"]}'
  names = set(got) ^ set(expected)
  if names - OURS_ONLY.get(name, set()):
    return f'names differ: {sorted(names)}'
  if got['global_step'] != LAST:
    return f'step {got["global_step"]}'
  for key in set(got) & set(expected):
    value = expected[key]
    if np.shape(got[key]) != np.shape(value):
      return f'{key} has shape {np.shape(got[key])}'
    if value is None or any(word in name for word in STEPS_ONLY):
      continue
    moment = expected.get(f'training/Adam/{key}/v')
    if not is_close(got[key], value, moment):
      return f'{key} differs by {np.abs(got[key] - value).max()}'
  return ''


DIRECTIONS = [('ours', 'reference'), ('reference', 'ours')]


@pytest.mark.parametrize('writer, reader', DIRECTIONS)
@pytest.mark.parametrize('name', NAMES)
def test_resumes(matrix, name, writer, reader):
  """The reader restores all, goes on, and ends where the writer does."""
  assert not verdict(matrix, name, writer, reader)


def test_table(matrix, record_property):
  """The matrix, which is printed when all tests have run."""
  heads = ('reference resumes', 'what we wrote'), ('we resume', 'the reference')
  rows = [
    f'{"":62} {left:>18} {right:>18}'
    for left, right in zip(*heads, strict=True)
  ]
  for name in NAMES:
    cells = [verdict(matrix, name, *direction) for direction in DIRECTIONS]
    kind = ' (steps only)' if any(w in name for w in STEPS_ONLY) else ''
    if 'error' in matrix['reference', 'reference'][name]:
      kind = ' (not in the reference)'
    marks = ['NO' if cell else 'yes' for cell in cells]
    rows.append(f'{name + kind:62} {marks[0]:>18} {marks[1]:>18}')
  record_property('table', '\n'.join(rows))
  assert NAMES
