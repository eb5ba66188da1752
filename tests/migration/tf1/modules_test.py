"""Checks that the modules of tf.contrib have what the table says."""

from tests import fresh

_RESOLVE = """
import importlib, os
os.environ['TF_USE_LEGACY_KERAS'] = '1'
import tfcompat_estimator
tfcompat_estimator.install(tf1=True)
from tfcompat_estimator.api import namespace
from tfcompat_estimator.migration.tf1 import contrib_table, modules

missing = []
modules.root()
for path in contrib_table.SERVED:
  module = modules.find(f'contrib.{path}')
  for name in contrib_table.below(path):
    try:
      getattr(module, name)
    except AttributeError as error:
      missing.append(str(error))
print(missing)
"""


def test_all_that_is_served_is_there():
  """Each row of the table leads to something."""
  assert fresh.printed('-c', _RESOLVE).strip() == '[]'
