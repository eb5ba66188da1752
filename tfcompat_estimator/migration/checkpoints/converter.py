"""Converts checkpoints of canned estimators between the API families.

    convert('v1_model', 'v2_model', to='v2')

writes a checkpoint with which the estimator of the same name in the other family
goes on: same step, same weights, same state of the optimizer.
"""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.checkpoint import (
  atomic_file,
  checkpoint_source,
  tensors,
)
from tfcompat_estimator.migration.checkpoints import family_names
from tfcompat_estimator.records import arguments

v1 = tf.compat.v1
gfile = tf.io.gfile
logging = tf.compat.v1.logging

Values = dict[str, np.ndarray]
_DECAY_RATES = {'beta_1': 'beta1_power', 'beta_2': 'beta2_power'}


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
    checkpoint: The path of a checkpoint, or of a directory whose latest
      checkpoint to take.
    target_dir: The directory to write to; it must have no checkpoint yet.
    to: 'v1' or 'v2', the family that will read it.
    combined: Whether it is one of a DNNLinearCombined estimator; default: it is
      if it has both a linear and a deep part.
    scope: What v2 names begin with: 'training', or with a MultiHead of N heads
      'training_N'. Used with `to='v2'`.
    hyperparameters: Values that v1 checkpoints do not have, by names such as
      'Ftrl/learning_rate'; default: those of the v2 estimators. Used with
      `to='v2'`.

  Returns:
    The path of the new checkpoint.

  Raises:
    ValueError: There is no checkpoint, `target_dir` has one, the checkpoint is
      not one of the other family, or it cannot be converted.
  """
  if to not in ('v1', 'v2'):
    raise ValueError(f"`to` ({to!r}) must be 'v1' or 'v2'.")
  checkpoint = arguments.as_path(checkpoint)
  target_dir = arguments.as_path(target_dir)
  path = (
    checkpoint_source.latest(checkpoint)
    if gfile.isdir(checkpoint)
    else checkpoint
  )
  if path is None:
    raise ValueError(f'`checkpoint` ({checkpoint}) has no checkpoint.')
  if checkpoint_source.latest(target_dir) is not None:
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
  # TensorFlow (2.16 to 2.21) would take names for paths from here if the folder
  # is relative.
  name = os.path.basename(prefix)
  state = v1.train.generate_checkpoint_state_proto(os.sep, name, [name])
  atomic_file.write(os.path.join(target_dir, 'checkpoint'), state)
  return prefix


def _to_v2(
  values: Values,
  combined: bool,
  scope: str,
  hyperparameters: Mapping[str, float],
) -> Values:
  slots = family_names.v1_slots(values)
  converted: Values = {
    family_names.model_variable_in_v2(name): value
    for name, value in values.items()
    if not family_names.is_v1_optimizer_state(name)
  }
  optimizers = _v2_optimizers(converted, slots.values())
  for name, value in values.items():
    slot = slots.get(name)
    if slot is not None:
      key = f'{scope}/{optimizers[slot.part]}/{slot.variable}/{slot.slot}'
      kept = _v2_slot_value(name, slot, value, optimizers, hyperparameters)
      if kept is not None:
        # Parts of a partitioned variable's slot have the whole's shape, and
        # zeros where the others have their rows.
        converted[key] = converted[key] + kept if key in converted else kept
    elif family_names.is_v1_slot(name):
      _leave_out(name, 'no optimizer of the v2 family has it')
  if _has_sdca_state(values):
    return converted
  for place, (part, optimizer) in enumerate(optimizers.items()):
    kind = optimizer.removesuffix('_1')
    defaults = {
      **family_names.HYPERPARAMETERS[kind],
      **_learning_rate(part, kind, combined, converted),
    }
    for key, default in defaults.items():
      number = hyperparameters.get(f'{optimizer}/{key}', default)
      converted[f'{scope}/{optimizer}/{key}'] = np.float32(number)
    if place:  # the first one counts in global_step
      step = np.int64(values.get(v1.GraphKeys.GLOBAL_STEP, 0))
      converted[f'{scope}/{optimizer}/iter'] = step
  _check_used(hyperparameters, converted, scope)
  return converted


def _v2_optimizers(
  variables: Iterable[str], slots: Iterable[family_names.Slot]
) -> dict[str, str]:
  """The name of each part's optimizer, in the order in which they are made."""
  known = {slot.part: slot.optimizer for slot in slots}
  optimizers: dict[str, str] = {}
  for part in ('dnn', 'linear', 'baseline'):
    if any(name.startswith(part + '/') for name in variables):
      kind = known.get(part, 'SGD')
      optimizers[part] = f'{kind}_1' if kind in optimizers.values() else kind
  return optimizers


def _v2_slot_value(
  name: str,
  slot: family_names.Slot,
  value: np.ndarray,
  optimizers: Mapping[str, str],
  hyperparameters: Mapping[str, float],
) -> np.ndarray | None:
  """The value of a slot in the v2 family; None if it keeps no such slot."""
  optimizer = optimizers[slot.part]
  if name.endswith('/ProximalAdagrad'):
    logging.warning(
      '%s becomes a slot of Adagrad, which has no regularization.', name
    )
  if slot.slot != 'momentum':
    return value
  # What was accumulated says nothing about how it is used.
  momentum = hyperparameters.get(f'{optimizer}/momentum')
  if slot.optimizer == 'RMSprop':
    return value if momentum else None
  rate = hyperparameters.get(f'{optimizer}/learning_rate')
  if momentum is None or rate is None:
    _leave_out(
      name,
      f'give {optimizer}/momentum and {optimizer}/learning_rate as '
      'hyperparameters to keep it',
    )
    return None
  return np.float32(-rate) * value  # Keras accumulates the steps, not gradients


def _to_v1(values: Values, combined: bool) -> Values:
  slots = family_names.v2_slots(values)
  converted: Values = {}
  for name, value in values.items():
    if name in slots:
      slot, old = slots[name]
      inner = {'dnn': '/t_0', 'linear': '/part_0'}.get(slot.part, '')
      place = slot.variable + ('' if combined else inner)
      if slot.optimizer == 'SGD':
        rate = _rate_of(name.removesuffix(f'{slot.variable}/momentum'), values)
        value = value / np.float32(-rate)
      converted[f'{place}/{old}'] = value
      if slot[:2] == ('RMSprop', 'rms'):
        # The v1 optimizer keeps this with or without momentum.
        centered = name.removesuffix('rms') + 'mg' in slots
        key = 'RMSProp_2' if centered else 'RMSProp_1'
        converted.setdefault(f'{place}/{key}', np.zeros_like(value))
    elif not family_names.is_v2_optimizer_state(name):
      converted[family_names.model_variable_in_v1(name)] = value
    elif family_names.v2_hyperparameter(name) is None:
      _leave_out(name, 'no optimizer of the v1 family has it')
  parts = {slot.part for slot, _ in slots.values() if slot.optimizer == 'Adam'}
  converted.update(_adam_powers(values, combined, sorted(parts)))
  return converted


def _rate_of(scope: str, values: Values) -> float:
  """The learning rate that an optimizer's next step would have."""
  step = int(values.get(v1.GraphKeys.GLOBAL_STEP, 0))
  decay = float(values.get(f'{scope}decay', 0))
  return float(values[f'{scope}learning_rate']) / (1 + decay * step)


def _adam_powers(
  values: Values, combined: bool, parts: Sequence[str]
) -> Values:
  """The powers of its decay rates that the v1 Adam keeps."""
  powers: Values = {}
  step = int(values.get(v1.GraphKeys.GLOBAL_STEP, 0))
  for name, value in values.items():
    known = family_names.v2_hyperparameter(name)
    if known is None or known[0] != 'Adam' or known[2] not in _DECAY_RATES:
      continue
    _, number, rate = known
    part = parts[-1] if number else parts[0]
    alone = part in ('dnn', 'linear') and not combined
    head = f'{part}/head' if alone else 'head'
    key = f'{head}/{_DECAY_RATES[rate]}{number}'
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
