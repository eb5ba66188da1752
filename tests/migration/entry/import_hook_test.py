"""Tests all forms of importing tf.estimator."""

import pytest

from tests import fresh

_IMPORTS = """
import tensorflow as tf
import tfcompat_estimator
tfcompat_estimator.install()
import tensorflow.estimator as a
from tensorflow import estimator as b
import tensorflow.compat.v1 as c
from tensorflow.compat import v2 as d
from tensorflow.compat.v1 import estimator as e
import tensorflow.compat.v1.estimator.tpu.experimental as f
from tensorflow.estimator.export import PredictOutput
import tensorflow.compat.v2.estimator.experimental as g
v1, v2 = tfcompat_estimator.v1, tfcompat_estimator.v2
assert a is b is tf.estimator is d.estimator is v2
assert c.estimator is e is tf.compat.v1.estimator is v1
assert f is v1.tpu.experimental and g is v2.experimental
assert PredictOutput is v2.export.PredictOutput
tfcompat_estimator.uninstall()
import sys
assert not [m for m in sys.modules
            if m.startswith('tensorflow.') and m.split('.')[-1] == 'estimator'
            and 'keras' not in m]
assert not hasattr(c, 'estimator') and not hasattr(d, 'estimator')
"""
_LATER = 'import tfcompat_estimator\ntfcompat_estimator.install()\n'


@pytest.mark.parametrize('code', [_IMPORTS, _LATER + _IMPORTS])
def test_import_statements_lead_to_the_namespaces(code):
  """Whether installed before or after TensorFlow: all forms of import work."""
  fresh.printed('-c', code)
