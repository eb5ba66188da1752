"""Checks that private modules of TensorFlow have the names that they had."""

from tests import fresh

_MENDED = """
import importlib, os
os.environ['TF_USE_LEGACY_KERAS'] = '1'
import tfcompat_estimator
tfcompat_estimator.install(tf1=True)
from tfcompat_estimator.migration.tf1 import modules, names

missing = []
modules.root()
for path, rows in names.MENDED.items():
  module = importlib.import_module(f'tensorflow.{path}')
  modules.mend(path, module)
  missing += [f'{path}.{name}' for name in rows if not hasattr(module, name)]
for path in names.MOVED.values():
  importlib.import_module(path)
print(missing)
"""


def test_what_is_mended_is_there():
  """Each row of both tables leads to something."""
  assert fresh.printed('-c', _MENDED).strip() == '[]'
