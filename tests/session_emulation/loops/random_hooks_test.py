"""Random sets of hooks see the same in loops as in single runs."""

import os

import hypothesis
import numpy as np
import pytest

from tests.session_emulation.loops import random_trainings

SWITCH = 'TFCOMPAT_FUSED_STEPS'
COUNT = int(os.environ.get('TFCOMPAT_FUZZ_COUNT', '15'))


@pytest.fixture(autouse=True)
def _always(fused_from_the_second_run_on):
  """Whether a loop pays is another matter."""


@hypothesis.settings(
  max_examples=COUNT,
  derandomize=True,
  database=None,
  deadline=None,
  suppress_health_check=list(hypothesis.HealthCheck),
)
@hypothesis.given(case=random_trainings.cases())
def test_loops_show_what_single_runs_show(case, monkeypatch, tmp_path_factory):
  """Calls, fetched values, metrics, variables, events, checkpoints, errors."""
  shown = []
  for switch in '10':
    monkeypatch.setenv(SWITCH, switch)
    folder = str(tmp_path_factory.mktemp('model'))
    shown.append(random_trainings.run(case, folder))

  np.testing.assert_equal(*shown)
