"""Tests that SDCA's steps may run in a loop."""

import numpy as np
import pytest

from tests.canned.sdca import training_test
from tfcompat_estimator.session_emulation.ahead import loop, payback


@training_test.both_families
@pytest.mark.parametrize('batch', [training_test.ROWS, 5])
def test_steps_in_a_loop_find_the_same(family, batch, monkeypatch):
  """The weights after 40 steps, be they run through hooks or not.

  Not to the bit: SDCA goes through a batch in an order of its own each time.
  """
  monkeypatch.setattr(payback, 'SECONDS_PER_OPERATION', 0.0)
  monkeypatch.setattr(payback, 'SLOW_RUN_SECONDS', float('inf'))
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
    estimator = training_test.fit(
      training_test.FAMILIES[family][0],
      [training_test.COLUMN, training_test.CITIES],
      training_test.sdca(l1=0.1),
      training_test.input_fn(training_test.CLASSES, batch),
      steps=40,
    )
    names = estimator.get_variable_names()
    weights.append({n: estimator.get_variable_value(n) for n in names})

  assert sum(result.runs for result in loops) > 30
  for name, value in weights[0].items():
    np.testing.assert_allclose(value, weights[1][name], 1e-5, 1e-6, name)
