"""Keeps the README's status no further than the code."""

import pathlib
import re

import pytest
import tensorflow as tf

import tfcompat_estimator
from tests import matrix
from tests.api import api_test

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / 'README.md').read_text('utf-8')


def rows():
  """(what, status, tests) of each row of the status table."""
  section = README.partition('## Status')[2].partition('\n## ')[0]
  lines = re.findall(r'^\| (.+?) \| (.+?) \|(.*)\|$', section, re.MULTILINE)
  return [line for line in lines if line[0] != 'What']


def test_the_table_was_found():
  """The table has rows of both kinds of status."""
  assert len(rows()) >= 8


@pytest.mark.parametrize('what, status, tests', rows())
def test_what_works_has_tests(what, status, tests):
  """A row that says it works names files or rooms of tests that are there."""
  if status == 'not yet':
    assert not tests.strip(), what
    return
  assert status.startswith('works')
  assert tests.split()
  for name in tests.split():
    path = ROOT / name
    files = [path] if path.is_file() else sorted(path.rglob('*_test.py'))
    assert files, name
    assert any('def test_' in file.read_text() for file in files)


@pytest.mark.parametrize(
  'name', sorted(set(re.findall(r'`(tf\.[\w.]*estimator\.[\w.]+)`', README)))
)
def test_names_are_offered(name):
  """Names of tf.estimator in the README exist."""
  with tfcompat_estimator.install():
    found = tf
    for part in name.split('.')[1:]:
      found = getattr(found, part)

  assert found is not None


def test_count_of_public_names():
  """The number of names offered is the one that the README says."""
  offered, total = map(
    int, re.search(r'(\d+) of the (\d+) public names', README).groups()
  )

  with tfcompat_estimator.install():
    for name in api_test.CONTRACT:
      api_test.find(name)  # raises where a name is not offered

  assert offered == total == len(api_test.CONTRACT)


def test_versions_that_were_tried():
  """docs/versions.md has a cell for each version, and each Python, of the matrix."""
  text = (ROOT / 'docs' / 'versions.md').read_text('utf-8')
  head, *rows = re.findall(r'^\|(.*)\|$', text, re.MULTILINE)
  versions = [cell.strip() for cell in head.split('|')[1:]]
  (smoke,) = [row for row in rows if row.startswith(' smoke set')]
  tried = dict(zip(versions, smoke.split('|')[1:], strict=True))

  assert set(tried) == set(matrix.PYTHONS)
  assert all(re.search(r'\d \(3\.\d+, ', cell) for cell in tried.values())
  assert set(re.findall(r'\((3\.\d+)', ' '.join(rows))) == {
    f'3.{minor}' for minors in matrix.PYTHONS.values() for minor in minors
  }
