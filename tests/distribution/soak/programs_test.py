"""What a soak trains must say something when it has ended."""

import numpy as np

import tfcompat_estimator as tfe
from tests.distribution.soak import programs, rounds


def test_has_converged(model_dir):
  """Beside servers only the last loss is known: it must not depend on the pace."""
  best = np.linalg.lstsq(programs.X, programs.Y, rcond=None)[0]
  least = np.mean(np.square(programs.Y - programs.X @ best))
  estimator = tfe.Estimator(
    programs.model_fn, model_dir, params={'is_exact': False}
  )
  estimator.train(programs.train_input, max_steps=rounds.SHORT.max_steps)
  loss = estimator.evaluate(programs.eval_input)['loss']
  np.testing.assert_allclose(loss, least, rtol=0.02)
