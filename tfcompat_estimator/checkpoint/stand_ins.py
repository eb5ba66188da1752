"""Finds the slots of an optimizer that have other keys in a checkpoint.

One device and several replicas of a tf.distribute strategy keep the same values
under different keys:

    one device                       replicas
    training/Adam/w/m                training/Adam/w/m, training/Adam/w/m/replica_1
    dnn/logits/bias/t_0/Adagrad      dnn/dnn/logits/bias/Adagrad
    dnn/head/beta1_power             dnn/head/dnn/beta1_power

The last two are those of the v1 canned estimators.
"""

import re
from collections.abc import Collection

_REPLICA = re.compile(r'/replica_\d+$')
_CONVERTED = re.compile(r'^t_\d+$')
# What the optimizers of tf.compat.v1.train make.
_SLOTS = re.compile(
  r'^(Adadelta|Adagrad|Adam|Ftrl|Momentum|ProximalAdagrad|RMSProp)(_\d+)?$'
  r'|^(beta1|beta2)_power$'
)


def find(missing: Collection[str], present: Collection[str]) -> dict[str, str]:
  """Keys of a checkpoint that stand in for missing ones.

  Args:
    missing: The keys that a graph has and the checkpoint does not.
    present: The keys of the checkpoint.
  """
  keys: dict[str, str] = {}
  by_form = {_form(key): key for key in present if _is_slot(key)}
  for name in missing:
    first = _REPLICA.sub('', name)
    if first != name and first in present:
      keys[name] = first
    elif _is_slot(first) and _form(first) in by_form:
      keys[name] = by_form[_form(first)]
  return keys


def _is_slot(name: str) -> bool:
  return bool(_SLOTS.match(name.rsplit('/', 1)[-1]))


def _form(name: str) -> tuple[str, ...]:
  """What the keys of the same slot have in common."""
  parts = [part for part in name.split('/') if not _CONVERTED.match(part)]
  if len(parts) > 2 and parts[0] == parts[1]:
    del parts[0]
  if len(parts) > 2 and parts[0] == parts[-2]:
    del parts[-2]
  return tuple(parts)
