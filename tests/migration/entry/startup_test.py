"""Checks the switch that installs at interpreter start."""

import pytest

from tests import fresh

PROBE = """
import site, sys
site.addsitedir(sys.argv[1])
print([type(f).__module__ for f in sys.meta_path][0],
      'tfcompat_estimator' in sys.modules)
"""


def execute(*arguments, **env):
  done = fresh.run(*arguments, **env)
  return done.returncode, done.stdout.strip(), done.stderr.strip()


def switch(*arguments):
  return execute('-m', 'tfcompat_estimator', *arguments)


@pytest.mark.parametrize(
  'variable, installed', [('1', True), ('0', False), ('', False)]
)
def test_the_variable_decides(tmp_path, variable, installed):
  """An enabled interpreter installs when the variable is set, else nothing."""
  status, said, _ = switch('--enable', tmp_path)
  assert status == 0
  assert 'TFCOMPAT_ESTIMATOR is 1' in said

  got = execute('-c', PROBE, tmp_path, TFCOMPAT_ESTIMATOR=variable)

  hook = 'tfcompat_estimator.migration.entry.import_hook'
  assert got[2] == ''
  assert got[1].split() == (
    [hook, 'True'] if installed else [got[1].split()[0], 'False']
  )
  assert (got[1].split()[0] == hook) == installed


def test_disable_takes_the_file_away(tmp_path):
  """After disable, the folder is as it was; again, there is nothing to do."""
  switch('--enable', tmp_path)

  assert switch('--disable', tmp_path)[0] == 0
  assert not list(tmp_path.iterdir())
  assert 'nothing to do' in switch('--disable', tmp_path)[1]


def test_a_folder_that_is_not_there(tmp_path):
  """What cannot be written is said in a line."""
  status, _, said = switch('--enable', tmp_path / 'nowhere')

  assert status == 1
  assert 'Give --enable a site-packages folder' in said
  assert 'Traceback' not in said
