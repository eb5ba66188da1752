"""Holds the memory that a large model takes to a multiple of its size."""

import json
import pathlib

import pytest

from tests import fresh

pytestmark = pytest.mark.slow

ROOT = pathlib.Path(__file__).parents[1]
PROGRAM = ROOT / 'tests' / 'benchmarks' / 'programs' / 'large_embedding.py'


@pytest.mark.parametrize(
  'optimizer, slots', [('GradientDescent', 0), ('Adagrad', 1), ('Adam', 2)]
)
@pytest.mark.parametrize('rows', [200_000, 1_000_000])  # of 1 KiB each
def test_memory(rows, optimizer, slots):
  """To train, save, resume and export takes little more than the model itself.

  Of a model of 1 GB that is, with slots, up to 3 GB.
  """
  printed = fresh.printed(PROGRAM, rows, optimizer, slots)

  measured = json.loads(printed.splitlines()[-1])
  assert measured['times_its_size'] < (1.6 if optimizer != 'Adam' else 2.5)
