"""Checks legacy programs, unmodified, against what the reference gave for them."""

import json
import sys

import pytest

from tests import legacy_programs

RECORDED = json.loads(legacy_programs.RECORDED.read_text())
TOLERANCE = 1e-4  # relative; sums are ordered otherwise in other versions


def match(got, wanted, path=''):
  """Compares nests; floats within TOLERANCE, all else exactly."""
  if isinstance(wanted, float):
    assert got == pytest.approx(wanted, rel=TOLERANCE, abs=TOLERANCE), path
  elif isinstance(wanted, dict):
    assert sorted(got) == sorted(wanted), path
    for key in wanted:
      match(got[key], wanted[key], f'{path}/{key}')
  elif isinstance(wanted, list):
    assert len(got) == len(wanted), path
    for i, item in enumerate(wanted):
      match(got[i], item, f'{path}/{i}')
  else:
    assert got == wanted, path


@pytest.mark.parametrize('program', legacy_programs.FORMS)
def test_program_gives_what_the_reference_gives(program):
  """Metrics, predictions, variables and exports are the recorded ones."""
  got = legacy_programs.run(program, sys.executable, '-m', 'tfcompat_estimator')

  match(got, RECORDED[program])


@pytest.mark.parity
@pytest.mark.parametrize('program', legacy_programs.FORMS)
def test_records_are_what_the_reference_gives(program, reference):
  """The reference still gives what was recorded."""
  match(legacy_programs.run(program, reference.python), RECORDED[program])


def test_every_form_is_recorded():
  """No program goes unchecked."""
  folder = legacy_programs.ROOT / 'examples' / 'legacy'
  programs = {path.stem for path in folder.glob('*.py')}

  # The demo's two are checked by examples_test.py.
  assert programs - set(legacy_programs.FORMS) == {
    'breast_cancer_dnn',
    'digits_cnn',
  }
  assert set(RECORDED) == set(legacy_programs.FORMS)
