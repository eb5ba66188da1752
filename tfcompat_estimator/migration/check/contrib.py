"""Says what becomes of names of `tf.contrib`, by the table of `--tf1`."""

from tfcompat_estimator.migration.check import verdicts
from tfcompat_estimator.migration.tf1 import contrib_table

DOCS = 'docs/tensorflow-1.md'
TF1 = 'python -m tfcompat_estimator --tf1'
_V1 = 'tensorflow:compat.v1.'


def is_known(name: str) -> bool:
  """Whether `tf.contrib` had a module of this name, as far as programs tell."""
  return contrib_table.find(name) is not None


def judge(name: str) -> verdicts.Verdict:
  """The verdict on a name below `tf.contrib`, '' for all of it."""
  if not name:
    return verdicts.change(TF1, DOCS)
  parts = name.split('.')
  for end in range(len(parts), 0, -1):
    path = '.'.join(parts[:end])
    row = contrib_table.find(path)
    if row is not None:
      return _of_row(row, is_whole=end == len(parts))
    public = contrib_table.public_of(path)
    if public is not None:
      return _of_old_path(public, parts)
  return verdicts.no(contrib_table.UNKNOWN, DOCS)


def _of_row(row: contrib_table.Row, *, is_whole: bool) -> verdicts.Verdict:
  if row.reason:
    return verdicts.no(row.reason, DOCS)
  if row.is_module and not is_whole:  # which has no such name
    return verdicts.no(contrib_table.UNKNOWN, DOCS)
  other = ''
  if row.place.startswith(_V1):
    other = f', or tf.compat.v1.{row.place.removeprefix(_V1)}'
  return verdicts.change(TF1 + other, DOCS)


def _of_old_path(public: str, parts: list[str]) -> verdicts.Verdict:
  """A name of a private module, `layers.python.layers.utils.x`."""
  # learn.python.learn.monitors.X is learn.monitors.X, or learn.X.
  paths = ['.'.join(parts[begin:]) for begin in range(len(parts))]
  paths += reversed(parts[:-1])
  for path in paths:
    row = contrib_table.find(f'{public}.{path}')
    if row is not None:
      return _of_row(row, is_whole=True)
  if parts[-1] in contrib_table.OLD_MODULES:
    return verdicts.change(TF1, DOCS)
  return verdicts.no(contrib_table.UNKNOWN, DOCS)
