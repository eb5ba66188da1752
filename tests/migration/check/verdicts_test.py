"""Checks that what the verdicts say is true."""

import ast
import pathlib

import pytest
import tensorflow as tf

from tfcompat_estimator.distribution import strategies
from tfcompat_estimator.migration.check import (
  catalog,
  scan,
  verdicts,
)
from tfcompat_estimator.migration.old_paths import old_names

ROOT = pathlib.Path(__file__).parents[3]
v1 = tf.compat.v1


def test_advice_names_what_the_import_error_names():
  """Private names that are gone get the advice that their import gives."""
  for path, names in old_names.REPLACED.items():
    for name, advice in names.items():
      _, verdict = catalog.judge(
        f'tensorflow_estimator.python.estimator.{path}.{name}'
      )
      assert verdict.status == verdicts.NO
      assert verdict.advice == advice


def test_what_install_brings_back_works_in_v1():
  """A name that only tf.compat.v1 had needs that import, and no more."""
  name = 'tpu.experimental.AdagradParameters'

  assert catalog.judge(f'tensorflow.compat.v1.{name}') is None
  assert catalog.judge(f'tensorflow.{name}')[1].status == verdicts.CHANGE


STRATEGIES = [
  f'{api}.{name}'
  for api, module in (
    ('tf.distribute', tf.distribute),
    ('tf.distribute.experimental', tf.distribute.experimental),
    ('tf.compat.v1.distribute', v1.distribute),
    ('tf.compat.v1.distribute.experimental', v1.distribute.experimental),
  )
  for name in dir(module)
  if name.endswith('Strategy') and name != 'Strategy'
]


@pytest.mark.parametrize('name', STRATEGIES)
def test_verdicts_on_strategies(name):
  """A strategy works in a RunConfig if trainings take it."""
  path = name.removeprefix('tf.')
  cls = tf
  for part in path.split('.'):
    cls = getattr(cls, part)
  strategy = cls.__new__(cls)  # they need TPUs, or servers
  try:
    strategies.check(strategy)
  except (NotImplementedError, ValueError):
    expected = verdicts.NO
  else:
    expected = verdicts.WORKS
  program = ast.parse(
    f'import tensorflow as tf\nx = {name}()\n'
    'tf.estimator.RunConfig(train_distribute=x)'
  )

  found = {each.name: each.verdict.status for each in scan.scan(program)}

  assert found['RunConfig(train_distribute=...)'] == expected


def test_names_of_docs_exist():
  """Pages that verdicts point to are there, with the sections they name."""
  folder = ROOT / 'tfcompat_estimator' / 'migration' / 'check'
  paths = list(folder.glob('*.py'))
  assert paths
  for path in paths:
    for node in ast.walk(ast.parse(path.read_text('utf-8'))):
      value = getattr(node, 'value', None)
      if isinstance(value, str) and value.startswith('docs/'):
        page, _, section = value.partition('#')
        text = (ROOT / page).read_text('utf-8')
        headings = [
          line.lstrip('# ').lower().replace('.', '').replace(' ', '-')
          for line in text.splitlines()
          if line.startswith('#')
        ]
        assert not section or section in headings, value
