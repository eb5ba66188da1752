"""Checks what is told of names of tf.contrib."""

import tensorflow as tf

import tfcompat_estimator
from tests.migration.check import record_names
from tfcompat_estimator.migration.check import contrib, verdicts
from tfcompat_estimator.migration.tf1 import contrib_table


def test_advice_for_contrib_leads_somewhere():
  """What took the place of a name of tf.contrib exists."""
  with tfcompat_estimator.install():
    for module, rows in contrib_table.SERVED.items():
      for name in rows:
        advice = contrib.judge(f'{module}.{name}').advice
        assert advice.startswith('python -m tfcompat_estimator --tf1'), name
        _, _, other = advice.partition(', or tf.')
        assert not other or record_names.resolves(tf, other), advice


def test_names_that_are_nowhere_are_said_to_be():
  """A private module of what is served is fine; a made-up name is not."""
  assert contrib.judge('layers.python.layers').status != verdicts.NO
  assert contrib.judge('layers.nothing_of_the_kind').status == verdicts.NO
  assert contrib.judge('boosted_trees.anything').status == verdicts.NO


def test_names_of_private_modules():
  """By the public name that they have, or by their module."""
  below = 'learn.python.learn'
  for name in ('monitors.ValidationMonitor', 'utils.input_fn_utils'):
    assert contrib.judge(f'{below}.{name}').status == verdicts.CHANGE
  for name in ('monitors.GraphDump', 'estimators.svm.SVM'):
    assert contrib.judge(f'{below}.{name}').status == verdicts.NO
