"""The reference loads exports of models that read single values densely."""

import numpy as np
import pytest

pytestmark = pytest.mark.parity


def test_exports_are_served(ours, reference, tmp_path):
  """The graph of each mode loads; that for serving gives the same numbers."""
  exported = ours.call('columns', 'export', folder=str(tmp_path))

  served = reference.call('columns', 'serve', path=exported['path'])

  assert len(served['inputs']) == 12
  np.testing.assert_allclose(
    served['probabilities'], exported['probabilities'], rtol=1e-5
  )
