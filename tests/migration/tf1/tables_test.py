"""Checks the tables of names against the TensorFlow that is installed."""

import json
import pathlib

import pytest

from tests import fresh
from tfcompat_estimator.migration.tf1 import contrib_table

_RESOLVE = """
import importlib, os
os.environ['TF_USE_LEGACY_KERAS'] = '1'
import tfcompat_estimator
tfcompat_estimator.install(tf1=True)
from tfcompat_estimator.api import namespace
from tfcompat_estimator.migration.tf1 import contrib_table, modules, names

missing = []
modules.root()
for path in contrib_table.SERVED:
  module = modules.find(f'contrib.{path}')
  for name in contrib_table.below(path):
    try:
      getattr(module, name)
    except AttributeError as error:
      missing.append(str(error))
for path, rows in names.MENDED.items():
  module = importlib.import_module(f'tensorflow.{path}')
  modules.mend(path, module)
  missing += [f'{path}.{name}' for name in rows if not hasattr(module, name)]
for path in names.MOVED.values():
  importlib.import_module(path)
print(missing)
"""


def test_all_that_is_served_is_there():
  """Each row of the tables leads to something."""
  assert fresh.printed('-c', _RESOLVE).strip() == '[]'


def test_nothing_is_both_served_and_refused():
  """A name has one row."""
  names = {
    f'{module}.{name}'
    for module, rows in contrib_table.SERVED.items()
    for name in rows
  }

  assert names.isdisjoint(contrib_table.REFUSED)


PUBLIC = json.loads(
  (pathlib.Path(__file__).parents[2] / 'contract' / 'contrib.json').read_text()
)


# They had other names, too, in TensorFlow 1.4 to 1.14.
OLDER = {'data', 'distributions', 'estimator', 'layers.feature_column', 'slim'}
# The contract has no names of these: 1.15 keeps them below private modules.
OLDER |= {'cudnn_rnn', 'legacy_seq2seq'}


@pytest.mark.parametrize('module', sorted(set(PUBLIC) - OLDER))
def test_names_are_those_of_1_15(module):
  """What is served under a name was called so in TensorFlow 1.15."""
  rows = contrib_table.SERVED.get(module, {})
  served = {name for name, place in rows.items() if ':' in place}

  assert served <= set(PUBLIC[module])


def test_each_module_of_1_15_is_served_or_refused():
  """Of no module of tf.contrib is there nothing to say."""
  unknown = [
    module
    for module in PUBLIC
    if '.' not in module and contrib_table.find(module) is None
  ]

  assert not unknown
