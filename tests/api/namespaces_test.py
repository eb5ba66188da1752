"""Keeps the names that this package adds apart from those of tf.estimator."""

import pytest

import tfcompat_estimator
from tfcompat_estimator.api import namespaces

TOP = sorted(tfcompat_estimator._OWN)  # noqa: SLF001
EXPERIMENTAL = sorted(namespaces.OWN)


@pytest.mark.parametrize('name', TOP)
def test_top(name):
  """They are functions of the package, and of no namespace of tf.estimator."""
  assert callable(getattr(tfcompat_estimator, name))
  assert name in dir(tfcompat_estimator)
  for namespace in (tfcompat_estimator.v1, tfcompat_estimator.v2):
    assert not hasattr(namespace, name)


@pytest.mark.parametrize('name', EXPERIMENTAL)
def test_experimental(name):
  """They are in the package's `experimental`, not in tf.estimator's."""
  assert getattr(tfcompat_estimator.experimental, name).__doc__
  for namespace in (tfcompat_estimator.v1, tfcompat_estimator.v2):
    assert not hasattr(namespace.experimental, name)


def test_experimental_has_all_of_the_other():
  """What tf.estimator.experimental has is there, too, and can be imported."""
  from tfcompat_estimator.experimental import (
    EvaluateEvery,
    InMemoryEvaluatorHook,
  )

  theirs = tfcompat_estimator.v2.experimental
  assert InMemoryEvaluatorHook is theirs.InMemoryEvaluatorHook
  assert EvaluateEvery is tfcompat_estimator.experimental.EvaluateEvery
  assert set(dir(tfcompat_estimator.experimental)) == {
    *dir(theirs),
    *EXPERIMENTAL,
  }
