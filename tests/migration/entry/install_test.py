"""Checks that install() is complete, idempotent and leaves no trace."""

import pkgutil
import sys
import types

import pytest
import tensorflow as tf

import tfcompat_estimator
from tests import fresh


def snapshot():
  """What programs may see of TensorFlow's modules: names and `__all__`."""
  return {
    name: (list(dir(module)), list(getattr(module, '__all__', ())))
    for name, module in sys.modules.items()
    if name.split('.compat')[0] in ('tensorflow', 'tensorflow._api.v2')
    and name.rpartition('.')[2] in ('tensorflow', 'compat', 'v1', 'v2')
  }


def run(code, **env):
  """Runs code in a fresh interpreter; returns what it printed."""
  return fresh.printed('-c', code, **env).split()


MODULES = {
  'tensorflow': lambda: tf,
  'compat.v1': lambda: tf.compat.v1,
  'compat.v2': lambda: tf.compat.v2,
  'compat.v2.compat.v1': lambda: tf.compat.v2.compat.v1,
  'compat.v1.compat.v2': lambda: tf.compat.v1.compat.v2,
  'compat.v1.compat.v1': lambda: tf.compat.v1.compat.v1,
}


@pytest.mark.parametrize('path', MODULES)
def test_estimator_is_set(path):
  """Every module object of TensorFlow has the namespace of its version."""
  with tfcompat_estimator.install():
    version = 'v1' if path.endswith('v1') else 'v2'

    estimator = MODULES[path]().estimator
    assert estimator is getattr(tfcompat_estimator, version)
    assert 'estimator' in dir(MODULES[path]())

  assert not hasattr(MODULES[path](), 'estimator')


def test_uninstall_leaves_no_trace():
  """dir() and __all__ of TensorFlow's modules are to the letter as before."""
  before, finders = snapshot(), list(sys.meta_path)

  with tfcompat_estimator.install():
    assert snapshot() != before

  assert snapshot() == before
  assert sys.meta_path == finders


def test_multi_worker_strategies_begin_without_waiting():
  """While installed, and as TensorFlow made them before and after."""
  strategy = tf.distribute.MultiWorkerMirroredStrategy
  extended = type(strategy().extended)
  before = extended._initialize_multi_worker  # noqa: SLF001
  with tfcompat_estimator.install():
    during = extended._initialize_multi_worker  # noqa: SLF001
  assert during.__wrapped__ is before
  assert extended._initialize_multi_worker is before  # noqa: SLF001


def test_install_is_idempotent():
  """A second call changes nothing, and its end does not uninstall."""
  with tfcompat_estimator.install():
    before = snapshot()

    with tfcompat_estimator.install():
      assert snapshot() == before

    assert tf.estimator is tfcompat_estimator.v2
  assert not hasattr(tf, 'estimator')


def test_uninstall_without_install_does_nothing():
  """uninstall() may be called at any time."""
  before = snapshot()

  tfcompat_estimator.uninstall()

  assert snapshot() == before


def test_install_without_with_stays():
  """A plain call lasts until uninstall()."""
  tfcompat_estimator.install()
  try:
    assert tf.estimator.Estimator is tfcompat_estimator.Estimator
  finally:
    tfcompat_estimator.uninstall()
  assert not hasattr(tf, 'estimator')


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
  run(code)


def test_install_does_not_import_tensorflow():
  """Programs that set TensorFlow's variables before they import it still can."""
  run(_LATER + 'import sys\nassert "tensorflow" not in sys.modules')


_LAYERS = """
import tfcompat_estimator
tfcompat_estimator.install()
import tensorflow as tf
import tensorflow.compat.v1 as v1
from tensorflow.compat.v1 import layers
from tensorflow.compat.v1.layers import Dense
import tensorflow.compat.v1.keras.layers
assert v1.layers.Dense.__module__ == Dense.__module__ == (
    'tf_keras.src.legacy_tf_layers.core'), Dense
assert v1.keras.layers.Dense.__module__.startswith('tf_keras.')
assert v1.nn.rnn_cell.LSTMCell.__module__.startswith('tf_keras.')
with tf.Graph().as_default():
  assert layers.dense(v1.zeros([2, 3]), 4).shape == (2, 4)
print(tf.keras.Model.__module__.split('.')[0])
"""


@pytest.mark.parametrize('variable, keras', [('0', 'keras'), ('1', 'tf_keras')])
def test_tf_1_parts_of_keras_are_served(variable, keras):
  """tf.compat.v1.layers, .keras and rnn_cell work, whichever tf.keras is."""
  assert run(_LAYERS, TF_USE_LEGACY_KERAS=variable)[-1] == keras


def test_keras_3_parts_are_as_before_after_uninstall():
  """TensorFlow's own answer about layers is back."""
  with tfcompat_estimator.install():
    assert tf.compat.v1.layers.dense
  with pytest.raises(AttributeError, match='not available with Keras 3'):
    _ = tf.compat.v1.layers.dense


def test_refuses_when_the_real_one_is_loaded(monkeypatch):
  """Two tensorflow_estimators in a process cannot work: it says so."""
  real = types.ModuleType('tensorflow_estimator')
  monkeypatch.setitem(sys.modules, 'tensorflow_estimator', real)
  before = snapshot()

  with pytest.raises(RuntimeError, match='real tensorflow_estimator is loaded'):
    tfcompat_estimator.install()

  assert snapshot() == before


def test_refuses_a_tensorflow_that_has_estimators(monkeypatch):
  """TensorFlow 2.15 and older are left alone."""
  monkeypatch.setattr(tf, 'estimator', 'its own', raising=False)

  with pytest.raises(RuntimeError, match='has a tensorflow.estimator already'):
    tfcompat_estimator.install()

  assert tf.estimator == 'its own'
  assert not hasattr(tf.compat.v1, 'estimator')


def test_a_missing_name_says_so():
  """A name that never was is an AttributeError with that name."""
  with (
    tfcompat_estimator.install(),
    pytest.raises(AttributeError, match="'NoSuchClass'"),
  ):
    _ = tf.estimator.NoSuchClass


def test_no_room_bears_a_public_name():
  """The import system stores rooms in the package: none may hide a name."""
  rooms = {m.name for m in pkgutil.iter_modules(tfcompat_estimator.__path__)}

  assert not rooms & {*tfcompat_estimator.__all__, 'v1', 'v2', 'keras'}
