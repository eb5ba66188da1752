"""Rebuilds the class by which old programs trained and evaluated themselves.

Frameworks that had a `train_and_evaluate` of their own called its methods.
"""

from typing import Any

from tfcompat_estimator.spec import cluster, train_eval_spec
from tfcompat_estimator.training import (
  checkpoint_evaluation,
  train_and_evaluate,
)


class TrainingExecutor(train_and_evaluate.Executor):
  """Trains and evaluates as one task of a cluster, or without a cluster.

  Old modules call it `_TrainingExecutor`. `run` finds the role in `RunConfig`;
  `run_chief`, `run_worker`, `run_master`, `run_ps`, `run_evaluator` and
  `run_local` play one.
  """

  def __init__(
    self,
    estimator,
    train_spec,
    eval_spec,
    train_hooks=None,
    continuous_eval_listener=None,
  ):
    """Makes the executor.

    Args:
      estimator: The `Estimator`.
      train_spec: The `TrainSpec`.
      eval_spec: The `EvalSpec`; None if nothing is to be evaluated.
      train_hooks: More hooks for training.
      continuous_eval_listener: A `_ContinuousEvalListener`, which is asked
        around evaluations whether to go on. Default: one that always says so.

    Raises:
      TypeError: If an argument is of a wrong type.
    """
    listener = continuous_eval_listener
    if listener and not isinstance(
      listener, checkpoint_evaluation.EvalListener
    ):
      raise TypeError(
        f'`continuous_eval_listener` ({listener!r}) must have type '
        '`_ContinuousEvalListener`. Derive its class from that one.'
      )
    hooks = train_eval_spec.checked_hooks(train_hooks)
    super().__init__(estimator, train_spec, eval_spec, listener)
    self._train_spec = train_spec._replace(hooks=(*train_spec.hooks, *hooks))

  @property
  def estimator(self) -> Any:
    """The `Estimator`."""
    return self._estimator

  def run_chief(self) -> None:
    """Trains as the chief."""
    self.run_worker()


def check_eval_spec(eval_spec: Any) -> None:
  """Raises TypeError unless `eval_spec` is an `EvalSpec`."""
  train_eval_spec.eval_specs(eval_spec)


def is_google_env() -> bool:
  """Whether TF_CONFIG says that this is Google's own environment."""
  return cluster.read_environment().get('environment') == 'google'
