"""Tests that SDCA's steps may run in a loop."""

import numpy as np
import pytest

from tests.canned.sdca import sdca_training_test
from tfcompat_estimator.session_emulation.loops import loop, warm_up


@sdca_training_test.both_families
@pytest.mark.parametrize('batch', [sdca_training_test.ROWS, 5])
def test_steps_in_a_loop_find_the_same(family, batch, monkeypatch):
  """The weights after 40 steps, be they run through hooks or not.

  Not to the bit: SDCA goes through a batch in an order of its own each time.
  """
  monkeypatch.setattr(warm_up, 'SECONDS_PER_OPERATION', 0.0)
  monkeypatch.setattr(warm_up, 'SLOW_RUN_SECONDS', float('inf'))
  loops = []
  call = loop.Loop.__call__

  def noting(self, *args):
    loops.append(call(self, *args))
    return loops[-1]

  monkeypatch.setattr(loop.Loop, '__call__', noting)
  weights = []
  for fused in '01':
    monkeypatch.setenv('TFCOMPAT_FUSED_STEPS', fused)
    assert not loops
    estimator = sdca_training_test.fit(
      sdca_training_test.FAMILIES[family][0],
      [sdca_training_test.COLUMN, sdca_training_test.CITIES],
      sdca_training_test.sdca(l1=0.1),
      sdca_training_test.input_fn(sdca_training_test.CLASSES, batch),
      steps=40,
    )
    names = estimator.get_variable_names()
    weights.append({n: estimator.get_variable_value(n) for n in names})

  assert sum(result.runs for result in loops) > 30
  for name, value in weights[0].items():
    np.testing.assert_allclose(value, weights[1][name], 1e-5, 1e-6, name)
