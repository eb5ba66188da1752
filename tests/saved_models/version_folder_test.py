"""Tests which exports are removed."""

import pathlib

import pytest

from tfcompat_estimator.saved_models import version_folder


@pytest.mark.parametrize(
  ('names', 'expected'),
  [
    ([], []),
    (['1500000002', '1500000001'], [1500000001, 1500000002]),
    (['1500000001/', '15000000012'], [1500000001, 15000000012]),
    (['temp-1500000003', '150', 'abc', '15000000x1', ''], []),
  ],
)
def test_versions(names, expected):
  """Directories named by a time in seconds are exports, oldest first."""
  found = version_folder.versions('/base/' + name for name in names)
  assert [version.number for version in found] == expected


@pytest.mark.parametrize(
  ('count', 'keep', 'removed'),
  [(4, 2, 2), (2, 2, 0), (1, 5, 0), (3, None, 0), (0, 1, 0)],
)
def test_superfluous(count, keep, removed):
  """All but the newest few go."""
  found = [version_folder.Version(i, str(i)) for i in range(count)]
  gone = version_folder.superfluous(found[::-1], keep)
  assert [version.number for version in gone] == list(range(removed))


def test_collect(tmp_path):
  """Only old exports are removed from a directory, nothing else in it."""
  names = ['1500000001', '1500000002', '1500000004', '150', 'temp-1500000003']
  for name in names:
    (tmp_path / name / 'variables').mkdir(parents=True)
  (tmp_path / '1500000000').write_text('a file')
  version_folder.collect(str(tmp_path), 2)
  left = sorted(path.name for path in tmp_path.iterdir())
  assert left == sorted({*names, '1500000000'} - {'1500000001'})


def test_missing_directory(tmp_path):
  """A directory without exports may be missing."""
  assert version_folder.list_versions(str(tmp_path / 'none')) == []
  version_folder.collect(str(tmp_path / 'none'), 1)


def test_what_cannot_be_removed(tmp_path, caplog, monkeypatch):
  """A failure to remove is a warning: a server may be reading the export."""
  for name in ('1500000001', '1500000002'):
    (tmp_path / name).mkdir()

  def rmtree(path):
    raise version_folder.tf.errors.PermissionDeniedError(None, None, 'busy')

  monkeypatch.setattr(version_folder.tf.io.gfile, 'rmtree', rmtree)
  version_folder.collect(str(tmp_path), 1)
  assert 'Can not delete' in caplog.text
  assert '1500000001' in caplog.text


def test_killed_while_removing(tmp_path, monkeypatch):
  """No part of an export stays where servers look; the next export removes it."""
  for name in ('1500000001', '1500000002'):
    (tmp_path / name / 'variables').mkdir(parents=True)

  def rmtree(path):
    raise KeyboardInterrupt

  with monkeypatch.context() as patch:
    patch.setattr(version_folder.tf.io.gfile, 'rmtree', rmtree)
    with pytest.raises(KeyboardInterrupt):
      version_folder.collect(str(tmp_path), 1)
  assert [v.number for v in version_folder.list_versions(str(tmp_path))] == [
    1500000002
  ]
  with version_folder.new_version(str(tmp_path)) as (_, version):
    pass
  assert {path.name for path in tmp_path.iterdir()} == {
    '1500000002',
    pathlib.Path(version.decode()).name,
  }
