"""Tests what frameworks ask the module of distribution for."""

from tfcompat_estimator.migration.old_paths import old_distribution


class Executor:
  """One of a framework's."""

  def __init__(self, **given):
    self._given = given

  def run(self):
    """Returns what it was made of."""
    return self._given


def test_the_executor_of_the_framework_runs():
  """Nobody else coordinates the training; what it returns comes back."""
  assert not old_distribution.should_run_distribute_coordinator(object())
  assert old_distribution.train_and_evaluate(1, 2, 3, Executor) == {
    'estimator': 1,
    'train_spec': 2,
    'eval_spec': 3,
  }
