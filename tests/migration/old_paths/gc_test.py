"""Picks exports in the way of the old gc module."""

import pytest
import tensorflow as tf

from tests.migration.old_paths import calling
from tfcompat_estimator.migration.old_paths import gc

v1 = tf.compat.v1
old = calling.old


def paths(*versions):
  return [gc.Path(f'/tmp/{v}', v) for v in versions]


@pytest.mark.parametrize(
  'keep, given, kept',
  [
    (gc.largest_export_versions(2), [1, 5, 3], [3, 5]),
    (gc.one_of_every_n_export_versions(3), range(8), [3, 6, 7]),
    (gc.mod_export_version(2), [1, 2, 3, 4], [2, 4]),
    (
      gc.union(gc.largest_export_versions(1), gc.mod_export_version(3)),
      [1, 3, 4, 6, 8],
      [3, 6, 8],
    ),
    (
      gc.negation(gc.largest_export_versions(2)),
      [1, 2, 3],
      [1],
    ),
  ],
)
def test_filters_of_exports(keep, given, kept):
  """Filters keep what the old gc module's kept."""
  assert sorted(p.export_version for p in keep(paths(*given))) == sorted(kept)


def test_get_paths(tmp_path):
  """A parser picks what is an export."""
  for name in ('12', '7', 'other'):
    (tmp_path / name).mkdir()

  def parser(path):
    name = path.path.rpartition('/')[2]
    return path._replace(export_version=int(name)) if name.isdigit() else None

  found = gc.get_paths(str(tmp_path), parser)

  assert sorted(p.export_version for p in found) == [7, 12]
