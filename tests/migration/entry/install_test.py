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


def test_install_does_not_import_tensorflow():
  """Programs that set TensorFlow's variables before they import it still can."""
  run(
    'import sys, tfcompat_estimator\ntfcompat_estimator.install()\n'
    'assert "tensorflow" not in sys.modules'
  )


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
