"""Has a program's first training be a dry run, after which the program ends."""

import sys
from typing import Any, NoReturn

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import train_eval_spec
from tfcompat_estimator.training import dry_run, train_and_evaluate

# What is replaced, for as long as no training has begun.
_executor: Any = train_and_evaluate.Executor
_estimator: Any = base_estimator.Estimator
_train = _estimator.train


def begin() -> None:
  """Replaces training in this process."""
  _executor.run = _run
  _estimator.train = _train_alone


def _run(executor: train_and_evaluate.Executor) -> NoReturn:
  """What `train_and_evaluate` does instead."""
  specs = list(executor._eval_specs)  # noqa: SLF001
  estimator, spec = executor._estimator, executor._train_spec  # noqa: SLF001
  _end_with(estimator, spec, specs or None)


def _train_alone(estimator: Any, input_fn: Any, *_: Any, **__: Any) -> NoReturn:
  """What `Estimator.train` does instead."""
  _end_with(estimator, train_eval_spec.TrainSpec(input_fn), None)


def _end_with(estimator: Any, train_spec: Any, eval_specs: Any) -> NoReturn:
  _estimator.train = _train
  report = dry_run.dry_run(estimator, train_spec, eval_specs)
  lines = [str(report)]
  if eval_specs is None:
    lines.append(
      'The program calls `train` by itself: it is all that was tried.'
    )
  sys.stdout.write('\n'.join(lines) + '\n')
  sys.stdout.flush()
  sys.exit(1 if report.problems else 0)
