"""Says what is missing from a checkpoint, why, and what to do."""

import re
from collections.abc import Collection

_SHOWN = 4
# The slots of tf.compat.v1.train's optimizers, and those of Keras'.
_OF_V1 = re.compile(
  r'/(Adadelta|Adagrad|Adam|AdamW|Ftrl|LARSOptimizer|Momentum|ProximalAdagrad'
  r'|RMSProp)(_\d+)?$'
)
_OF_V2 = re.compile(r'^training(?:_\d+)?/([A-Za-z]+)(?:_\d+)?/')
_POWER = re.compile(r'(^|/)beta[12]_power(_\d+)?$')


def explain(
  path: str, missing: Collection[str], present: Collection[str]
) -> str:
  """The message of an error, of at most ten lines.

  Args:
    path: The checkpoint.
    missing: Keys of the graph that it does not have.
    present: Keys that it has.
  """
  shown = sorted(missing)
  names = ', '.join(shown[:_SHOWN])
  more = f' and {len(shown) - _SHOWN} more' if len(shown) > _SHOWN else ''
  plural = 'variables' if len(shown) > 1 else 'variable'
  lines = [
    (
      f'Restoring from checkpoint failed: {len(shown)} {plural} of the graph not '
      f'found in checkpoint {path}:'
    ),
    f'  {names}{more}.',
    f'Key {shown[0]} not found in checkpoint.',
  ]
  model = [name for name in shown if not _optimizer(name)]
  if model:
    return '\n'.join(lines + _of_model(len(shown) - len(model)))
  return '\n'.join(lines + _of_optimizer(shown, present))


def _of_model(others: int) -> list[str]:
  also = ' (and of its optimizer)' if others else ''
  return [
    (
      f'They are of the model{also}: the model_dir was written by another model, or '
      'the model_fn has changed since.'
    ),
    'Do one of these: give another model_dir; make the model what it was; or begin',
    'in a new model_dir with warm_start_from=tf.estimator.WarmStartSettings(old,',
    'vars_to_warm_start=...), which takes the variables that both have.',
  ]


def _of_optimizer(missing: list[str], present: Collection[str]) -> list[str]:
  wanted = _names(missing)
  before = _names(present) or 'one without variables (GradientDescent)'
  # One name in both families, with other keys: to name it twice tells nothing.
  change = (
    f'its keys of {wanted} are of the other family'
    if before == wanted
    else f'the model_dir was trained with {before}, the optimizer is {wanted}'
  )
  lines = [f'They are of the optimizer: {change}.']
  is_v1 = not any(_OF_V2.search(name) for name in present)
  if is_v1 and any(_OF_V2.search(name) for name in missing):
    return [
      *lines,
      (
        'The checkpoint is of tf.compat.v1.estimator, or of TensorFlow 1; the '
        'Estimator is of the v2 family. Do one of these:'
      ),
      '- use the class of tf.compat.v1.estimator;',
      (
        '- python -m tfcompat_estimator convert-checkpoint --to v2 (--help tells '
        'more);'
      ),
      '- run a program of TensorFlow 1 by python -m tfcompat_estimator --tf1.',
    ]
  return [
    *lines,
    'Do one of these: use that optimizer; or begin in a new model_dir with',
    'warm_start_from=old_model_dir, which takes the weights and not the optimizer.',
  ]


def _names(keys: Collection[str]) -> str:
  """The optimizers whose variables are among keys."""
  return ' and '.join(sorted({_optimizer(key) for key in keys} - {''}))


def _optimizer(key: str) -> str:
  """The name of the optimizer that a variable is of; '' if it is of none."""
  found = _OF_V1.search(key) or _OF_V2.search(key)
  if found:
    return found[1]
  return 'Adam' if _POWER.search(key) else ''
