"""Finds the slots of an optimizer that have other keys in a checkpoint.

One device and several replicas of a tf.distribute strategy keep the same values
under different keys:

    one device                       replicas
    training/Adam/w/m                training/Adam/w/m, training/Adam/w/m/replica_1
    dnn/logits/bias/t_0/Adagrad      dnn/dnn/logits/bias/Adagrad
    dnn/head/beta1_power             dnn/head/dnn/beta1_power

The last two are those of the v1 canned estimators.

Recurrent layers of Keras have other names in each TensorFlow, their slots too:

    1.15   lstm/kernel
    2.4    lstm/lstm_cell_3/kernel
    2.21   lstm/lstm_cell/kernel
"""

import re
from collections.abc import Collection, Iterable

_REPLICA = re.compile(r'/replica_\d+$')
_CONVERTED = re.compile(r'^t_\d+$')
# What the optimizers of tf.compat.v1.train make.
_SLOTS = re.compile(
  r'^(Adadelta|Adagrad|Adam|Ftrl|Momentum|ProximalAdagrad|RMSProp)(_\d+)?$'
  r'|^(beta1|beta2)_power$'
)


# The cell of a recurrent layer.
_CELL = re.compile(r'^(lstm|gru|simple_rnn)_cell(_\d+)?$')


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
  return {**_of_cells(set(missing) - keys.keys(), present), **keys}


def _of_cells(
  missing: Collection[str], present: Collection[str]
) -> dict[str, str]:
  """Variables of recurrent layers, where only one can be meant."""
  wanted = _by_form_without_cells(
    name for name in missing if any(map(_CELL.match, name.split('/')))
  )
  there = _by_form_without_cells(present)
  return {
    names[0]: there[form][0]
    for form, names in wanted.items()
    if len(names) == 1 and len(there.get(form, ())) == 1
  }


def _by_form_without_cells(
  names: Iterable[str],
) -> dict[tuple[str, ...], list[str]]:
  forms: dict[tuple[str, ...], list[str]] = {}
  for name in names:
    form = tuple(part for part in name.split('/') if not _CELL.match(part))
    forms.setdefault(form, []).append(name)
  return forms


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
