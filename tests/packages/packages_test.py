"""Runs programs with packages of others, unmodified: `make packages-test`.

Each package goes into a folder of its own beside the tests' packages, and stays.
"""

import pathlib
import subprocess
import sys

import pytest

from tests import fresh
from tests.packages import table

FOLDERS = fresh.ROOT / '.venv-packages'
pytestmark = pytest.mark.packages


def installed(name: str, row: table.Row) -> pathlib.Path:
  """The folder that pip has installed the package in."""
  folder = FOLDERS / name
  done = folder / '.installed'
  wanted = '\n'.join(row.requirements)
  if row.requirements and not (done.exists() and done.read_text() == wanted):
    pip = [sys.executable, '-m', 'pip', '--disable-pip-version-check']
    have = subprocess.run(
      [*pip, 'freeze', '--exclude-editable'],
      check=True,
      capture_output=True,
      text=True,
    ).stdout
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'have.txt').write_text(
      '\n'.join(line for line in have.splitlines() if '@' not in line)
    )
    subprocess.run(
      [*pip, 'install', '--quiet', '--upgrade', '--target', folder]
      + (['--no-deps'] if row.alone else [])
      + ([] if row.alone else ['--constraint', folder / 'have.txt'])
      + list(row.requirements),
      check=True,
    )
    done.write_text(wanted)
  return folder


@pytest.mark.parametrize('name', table.ROWS)
def test_package(name, tmp_path):
  """The program with the package runs to its end, checks included."""
  row = table.ROWS[name]
  folder = installed(name, row)

  fresh.printed(
    *('-m', 'tfcompat_estimator', *row.options),
    *('-m', 'tests.packages.programs', name, tmp_path),
    PYTHONPATH=f'{folder}:{fresh.ROOT}',
    **row.environment,
  )
