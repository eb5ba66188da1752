"""Runs the steps of docs/moving-to-keras.md as a new user would."""

import pathlib
import re

import pytest

from tests import fresh

ROOT = pathlib.Path(__file__).parents[3]
PAGE = ROOT / 'docs' / 'moving-to-keras.md'


@pytest.mark.parametrize('legacy', [None, '1'])
def test_each_step_runs(tmp_path, legacy):
  """The page's code, in one program, with either Keras behind tf.keras.

  What `model.network` wrote in it needs tf_keras only.
  """
  steps = re.findall(r'```python\n(.*?)```', PAGE.read_text('utf-8'), re.DOTALL)
  assert len(steps) >= 7
  steps.insert(2, "model.network.save('network.keras')\n")
  (tmp_path / 'program.py').write_text('\n'.join(steps))
  fresh.printed('program.py', cwd=tmp_path, TF_USE_LEGACY_KERAS=legacy)
  (tmp_path / 'other.py').write_text(
    'import sys\n'
    "sys.modules['tfcompat_estimator'] = None\n"  # as if it were not there
    'import tf_keras\n'
    "model = tf_keras.models.load_model('network.keras')\n"
    'assert model.output_shape == (None, 1)\n'
  )

  if legacy is None:
    fresh.printed('other.py', cwd=tmp_path)
