"""Rebuilds what TensorFlow 2.15 had beside Estimator, for its distribution.

The module was `tensorflow.python.distribute.estimator_training`. Frameworks with a
`train_and_evaluate` of their own ask it first who is to drive the training.
"""

from typing import Any

CHIEF = 'chief'
EVALUATOR = 'evaluator'
PS = 'ps'
WORKER = 'worker'


def should_run_distribute_coordinator(config: Any) -> bool:
  """False: what trains here finds its role in TF_CONFIG itself."""
  del config
  return False


def train_and_evaluate(
  estimator: Any, train_spec: Any, eval_spec: Any, executor_cls: Any
) -> Any:
  """Trains and evaluates as the executor of that class does."""
  return executor_cls(
    estimator=estimator, train_spec=train_spec, eval_spec=eval_spec
  ).run()
