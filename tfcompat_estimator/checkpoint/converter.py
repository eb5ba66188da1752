"""Converts checkpoints of canned estimators between the API families.

    convert('v1_model', 'v2_model', to='v2')

writes a checkpoint with which the estimator of the same name in the other family
goes on: same step, same weights, same state of the optimizer.
"""

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.checkpoint import family_names, source, tensors

v1 = tf.compat.v1
gfile = tf.io.gfile
logging = tf.compat.v1.logging

Values = dict[str, np.ndarray]


def convert(
  checkpoint: str,
  target_dir: str,
  to: str,
  combined: bool | None = None,
  scope: str = 'training',
  hyperparameters: Mapping[str, float] | None = None,
) -> str:
  """Writes a checkpoint under the names of the other family.

  Args:
    checkpoint: the path of a checkpoint, or of a directory whose latest
      checkpoint to take.
    target_dir: the directory to write to; it must have no checkpoint yet.
    to: 'v1' or 'v2', the family that will read it.
    combined: whether it is one of a DNNLinearCombined estimator; default: it is
      if it has both a linear and a deep part.
    scope: what v2 names begin with: 'training', or with a MultiHead of N heads
      'training_N'. Used with `to='v2'`.
    hyperparameters: values that v1 checkpoints do not have, by names such as
      'Ftrl/learning_rate'; default: those of the v2 estimators. Used with
      `to='v2'`.

  Returns:
    The path of the new checkpoint.

  Raises:
    ValueError: there is no checkpoint, `target_dir` has one, the checkpoint is
      not one of the other family, or it cannot be converted.
  """
  if to not in ('v1', 'v2'):
    raise ValueError(f"`to` ({to!r}) must be 'v1' or 'v2'.")
  path = source.latest(checkpoint) if gfile.isdir(checkpoint) else checkpoint
  if path is None:
    raise ValueError(f'`checkpoint` ({checkpoint}) has no checkpoint.')
  if source.latest(target_dir) is not None:
    raise ValueError(
      f'`target_dir` ({target_dir}) has checkpoints. Give an empty one.'
    )
  values = tensors.read_all(path)
  is_v2 = any(map(family_names.is_v2_optimizer_state, values))
  is_v1 = any(map(family_names.is_v1_optimizer_state, values))
  if (is_v2 and to == 'v2') or (is_v1 and to == 'v1'):
    raise ValueError(
      f'{path} has the names of the {to} family already; `to` is {to!r}.'
    )
  if combined is None:
    combined = {'dnn', 'linear'} <= {name.split('/')[0] for name in values}
  if to == 'v2':
    converted = _to_v2(values, combined, scope, hyperparameters or {})
  else:
    converted = _to_v1(values, combined)
  step = int(values.get(v1.GraphKeys.GLOBAL_STEP, 0))
  prefix = os.path.join(target_dir, f'model.ckpt-{step}')
  gfile.makedirs(target_dir)
  tensors.write(prefix, converted)
  v1.train.update_checkpoint_state(
    target_dir, os.path.basename(prefix), [os.path.basename(prefix)]
  )
  return prefix


def _to_v2(
  values: Values,
  combined: bool,
  scope: str,
  hyperparameters: Mapping[str, float],
) -> Values:
  converted: Values = {}
  optimizers: dict[str, str] = {}  # by the part of the model they train
  for name, value in values.items():
    slot = family_names.v1_slot(name)
    if slot is None:
      if family_names.is_v1_optimizer_state(name):
        if not name.endswith('_power') and '_power_' not in name:
          _leave_out(name, 'no optimizer of the v2 family has it')
      else:
        converted[family_names.model_variable_in_v2(name)] = value
      continue
    if slot[:2] == ('RMSprop', 'momentum') and not value.any():
      continue  # without momentum Keras keeps none
    optimizers[slot.variable.split('/')[0]] = slot.optimizer
    key = f'{scope}/{slot.optimizer}/{slot.variable}/{slot.slot}'
    # Parts of a partitioned variable's slot have the whole's shape, and zeros
    # where the others have their rows.
    converted[key] = converted[key] + value if key in converted else value
  if _has_sdca_state(values):
    return converted
  parts = [
    part
    for part in ('dnn', 'linear', 'baseline')
    if any(name.startswith(part + '/') for name in converted)
  ]
  used = [optimizers.get(part, 'SGD') for part in parts]
  if len(set(used)) != len(used):
    raise ValueError(
      f'The deep and the linear part are both trained by {used[0]}: the v2 '
      'family gives the two optimizers names that differ from model to model.'
    )
  for place, (part, optimizer) in enumerate(zip(parts, used, strict=True)):
    defaults = {
      **family_names.HYPERPARAMETERS[optimizer],
      **_learning_rate(part, optimizer, combined, converted),
    }
    for key, default in defaults.items():
      number = hyperparameters.get(f'{optimizer}/{key}', default)
      converted[f'{scope}/{optimizer}/{key}'] = np.float32(number)
    if place:  # the first one counts in global_step
      step = np.int64(values.get(v1.GraphKeys.GLOBAL_STEP, 0))
      converted[f'{scope}/{optimizer}/iter'] = step
  _check_used(hyperparameters, converted, scope)
  return converted


def _to_v1(values: Values, combined: bool) -> Values:
  converted: Values = {}
  for name, value in values.items():
    slot = family_names.v2_slot(name)
    if slot is not None:
      part = slot.variable.split('/')[0]
      inner = {'dnn': '/t_0', 'linear': '/part_0'}.get(part, '')
      old = family_names.V2_SLOTS[slot.optimizer, slot.slot]
      middle = '' if combined else inner
      converted[f'{slot.variable}{middle}/{old}'] = value
      if slot[:2] == ('RMSprop', 'rms'):
        momentum = f'{slot.variable}{middle}/RMSProp_1'
        converted.setdefault(momentum, np.zeros_like(value))
    elif not family_names.is_v2_optimizer_state(name):
      converted[family_names.model_variable_in_v1(name)] = value
    elif family_names.v2_hyperparameter(name) is None:
      _leave_out(name, 'no optimizer of the v1 family has it')
  converted.update(_adam_powers(values, combined))
  return converted


def _adam_powers(values: Values, combined: bool) -> Values:
  """The powers of its decay rates that the v1 Adam keeps."""
  powers: Values = {}
  step = int(values.get(v1.GraphKeys.GLOBAL_STEP, 0))
  parts = {
    slot.variable.split('/')[0]
    for slot in map(family_names.v2_slot, values)
    if slot is not None and slot.optimizer == 'Adam'
  }
  for name, value in values.items():
    known = family_names.v2_hyperparameter(name)
    if known not in (('Adam', 'beta_1'), ('Adam', 'beta_2')):
      continue
    for part in parts:
      alone = part in ('dnn', 'linear') and not combined
      head = f'{part}/head' if alone else 'head'
      key = f'{head}/{known[1].replace("_", "")}_power'
      powers[key] = np.float32(float(value) ** (step + 1))
  return powers


def _learning_rate(
  part: str, optimizer: str, combined: bool, names: Values
) -> dict[str, float]:
  """The learning rate of the v2 estimators' own optimizers."""
  if optimizer != 'Ftrl':
    return {}
  if part == 'baseline':
    return {'learning_rate': 0.3}
  columns = sum(
    name.startswith('linear/linear_model/') and name.endswith('/weights')
    for name in names
  )
  if part != 'linear' or not columns:
    return {}
  largest = 0.005 if combined else 0.2
  return {'learning_rate': min(largest, 1 / math.sqrt(columns))}


def _has_sdca_state(values: Values) -> bool:
  return any(name.endswith('_unshrunk') for name in values)


def _check_used(
  hyperparameters: Mapping[str, Any], converted: Values, scope: str
) -> None:
  unknown = [k for k in hyperparameters if f'{scope}/{k}' not in converted]
  if unknown:
    known = sorted(
      name.removeprefix(scope + '/')
      for name in converted
      if family_names.v2_hyperparameter(name)
    )
    raise ValueError(
      f'`hyperparameters` has {unknown}; the optimizers have {known}.'
    )


def _leave_out(name: str, reason: str) -> None:
  logging.warning('%s is left out: %s.', name, reason)
