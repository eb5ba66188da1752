"""Tests what is told of classes that derive from Estimators and heads."""

import ast
import textwrap

import pytest

from tfcompat_estimator.migration.check import scan, subclasses, verdicts

WORKS, CHANGE = verdicts.WORKS, verdicts.CHANGE

PROGRAMS = {
  'overrides': (
    """
    import tensorflow as tf
    class Mine(tf.estimator.Estimator):
      def evaluate(self): ...
      def my_own(self): ...
    class Derived(Mine):
      def latest_checkpoint(self): ...
      def train(self): ...
    class Other:
      def evaluate(self): ...
    """,
    {
      'tf.estimator.Estimator': WORKS,
      'Mine.evaluate': CHANGE,
      'Derived.latest_checkpoint': WORKS,
      'Derived.train': CHANGE,
    },
  ),
  'overrides_unguarded': (
    """
    import tensorflow as tf
    tf.estimator.Estimator._assert_members_are_not_overridden = lambda s: None
    class Mine(tf.estimator.Estimator):
      def evaluate(self): ...
    """,
    {'tf.estimator.Estimator': WORKS, 'Mine.evaluate': WORKS},
  ),
  'heads': (
    """
    import tensorflow as tf
    class Mine(tf.estimator.BinaryClassHead):
      def _processed_labels(self, logits, labels): ...
    """,
    {'tf.estimator.BinaryClassHead': WORKS, 'Mine._processed_labels': WORKS},
  ),
}


@pytest.mark.parametrize('name', PROGRAMS)
def test_overridden_members(name):
  """Those that Estimators protect need a change, and a base may be between."""
  text, expected = PROGRAMS[name]
  found = scan.scan(ast.parse(textwrap.dedent(text)))

  assert {each.name: each.verdict.status for each in found} == expected


def test_private_members():
  """They are read off the files that define Estimator."""
  assert subclasses.is_private_member('_train_model')
  assert subclasses.is_private_member('_processed_labels')
  assert not subclasses.is_private_member('train')
  assert not subclasses.is_private_member('_anything')
