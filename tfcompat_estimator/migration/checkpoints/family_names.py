"""Maps what canned estimators save between the v1 and the v2 API family.

The variables of the models have the same names in both; what the optimizers keep
has not. `tf.compat.v1.train` optimizers put a slot beside its variable
(`dnn/logits/bias/t_0/Adagrad`), Keras optimizers put all under one scope
(`training/Adagrad/dnn/logits/bias/accumulator`) and save their hyperparameters,
too. Where both parts of a combined model have the same kind of optimizer, the
second one's scope is `training/Adagrad_1`.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

# By slots of the v1 family, as they stand in a checkpoint together: the optimizer
# that the v2 family has for them, and its slots.
_SLOTS = {
  ('Adagrad',): ('Adagrad', ('accumulator',)),
  ('ProximalAdagrad',): ('Adagrad', ('accumulator',)),
  ('Adam', 'Adam_1'): ('Adam', ('m', 'v')),
  ('Ftrl', 'Ftrl_1'): ('Ftrl', ('accumulator', 'linear')),
  ('RMSProp', 'RMSProp_1'): ('RMSprop', ('rms', 'momentum')),
  ('RMSProp', 'RMSProp_1', 'RMSProp_2'): ('RMSprop', ('rms', 'mg', 'momentum')),
  ('Adadelta', 'Adadelta_1'): ('Adadelta', ('accum_grad', 'accum_var')),
  ('Momentum',): ('SGD', ('momentum',)),
}
# The other way round: v1 slots by v2 slots, for each optimizer.
_V2_SLOTS = [
  (optimizer, dict(zip(new, old, strict=True)))
  for old, (optimizer, new) in _SLOTS.items()
  if old != ('ProximalAdagrad',)
]
_OPTIONAL = 'momentum'  # Keras keeps it only where there is some
# What the v2 family's estimators have if nothing else is asked for.
HYPERPARAMETERS = {
  'Adagrad': {'decay': 0.0, 'learning_rate': 0.001},
  'Adam': {
    'beta_1': 0.9,
    'beta_2': 0.999,
    'decay': 0.0,
    'learning_rate': 0.001,
  },
  'Ftrl': {
    'beta': 0.0,
    'decay': 0.0,
    'l1_regularization_strength': 0.0,
    'l2_regularization_strength': 0.0,
    'learning_rate': 0.001,
    'learning_rate_power': -0.5,
  },
  'RMSprop': {
    'decay': 0.0,
    'learning_rate': 0.001,
    'momentum': 0.0,
    'rho': 0.9,
  },
  'Adadelta': {'decay': 0.0, 'learning_rate': 0.001, 'rho': 0.95},
  'SGD': {'decay': 0.0, 'learning_rate': 0.01, 'momentum': 0.0},
}

_V1_SLOT = re.compile(
  r'(?P<variable>.+?)(?P<middle>/(t|part)_\d+)?/(?P<slot>[A-Z][A-Za-z]+(_\d+)?)'
)
_V2_OPTIMIZER = re.compile(
  r'(?P<scope>training(_\d+)?)'
  r'/(?P<optimizer>[A-Z][A-Za-z]+)(?P<number>_\d+)?/(?P<rest>.+)'
)
_V1_SHARED = re.compile(
  r'dnn/input_from_feature_columns/input_layer/'
  r'(?P<name>[^/]+_shared_embedding)/embedding_weights'
)
_V1_SDCA = re.compile(r'linear/(?P<variable>.+)/part_0_unshrunk')
_V2_SDCA = re.compile(r'(?P<variable>linear/.+)_unshrunk')


class Slot(NamedTuple):
  """What an optimizer keeps for a variable."""

  optimizer: str  # its name in the v2 family
  slot: str  # likewise
  variable: str

  @property
  def part(self) -> str:
    """The part of the model that the optimizer trains."""
    return self.variable.split('/')[0]


def v1_slots(names: Iterable[str]) -> dict[str, Slot]:
  """The slots that names of the v1 family stand for, by those names."""
  by_place: dict[tuple[str, str], dict[str, str]] = {}
  for name in names:
    match = _V1_SLOT.fullmatch(name)
    if match:
      place = match['variable'], match['middle'] or ''
      by_place.setdefault(place, {})[match['slot']] = name
  found = {}
  for (variable, _), slots in by_place.items():
    known = _SLOTS.get(tuple(sorted(slots)))
    if known:
      optimizer, new = known
      for old, slot in zip(sorted(slots), new, strict=True):
        found[slots[old]] = Slot(optimizer, slot, variable)
  return found


def is_v1_slot(name: str) -> bool:
  """True for slots, known or not."""
  return bool(_V1_SLOT.fullmatch(name))


def is_v1_optimizer_state(name: str) -> bool:
  """True for slots, and for what belongs to no variable."""
  return is_v1_slot(name) or bool(
    re.fullmatch(r'(.+/)?beta[12]_power(_\d+)?', name)
  )


def v2_slots(names: Iterable[str]) -> dict[str, tuple[Slot, str]]:
  """The slots that names of the v2 family stand for, and their v1 names.

  Slots of optimizers that the v1 family does not have are not among them.
  """
  by_variable: dict[tuple[str, str], dict[str, str]] = {}
  for name in names:
    match = _V2_OPTIMIZER.fullmatch(name)
    variable, _, slot = match['rest'].rpartition('/') if match else ('', '', '')
    if match and variable:
      place = match['optimizer'], variable
      by_variable.setdefault(place, {})[slot] = name
  found = {}
  for (optimizer, variable), slots in by_variable.items():
    known = _v1_slots_of(optimizer, slots)
    for slot in set(known) & set(slots):
      found[slots[slot]] = Slot(optimizer, slot, variable), known[slot]
  return found


def _v1_slots_of(optimizer: str, slots: Iterable[str]) -> dict[str, str]:
  """The v1 names of an optimizer's slots, where the v1 family has it."""
  fitting = [
    old
    for name, old in _V2_SLOTS
    if name == optimizer and set(old) - {_OPTIONAL} <= set(slots)
  ]
  return max(fitting, key=len, default={})


def v2_hyperparameter(name: str) -> tuple[str, str, str] | None:
  """What a v2 name of a hyperparameter says, if it is one.

  Returns:
    The optimizer, its number (`_1` for the second one of its kind) and the
    hyperparameter.
  """
  match = _V2_OPTIMIZER.fullmatch(name)
  if match is None or '/' in match['rest']:
    return None
  return match['optimizer'], match['number'] or '', match['rest']


def is_v2_optimizer_state(name: str) -> bool:
  """True for all that optimizers of the v2 family save."""
  return bool(_V2_OPTIMIZER.fullmatch(name))


def model_variable_in_v2(name: str) -> str:
  """The v2 name of a variable that is no optimizer's."""
  match = _V1_SDCA.fullmatch(name)
  if match:
    return match['variable'] + '_unshrunk'
  match = _V1_SHARED.fullmatch(name)
  return match['name'] if match else name


def model_variable_in_v1(name: str) -> str:
  """The v1 name of a variable that is no optimizer's."""
  match = _V2_SDCA.fullmatch(name)
  if match:
    return f'linear/{match["variable"]}/part_0_unshrunk'
  if '/' not in name and name.endswith('_shared_embedding'):
    layer = 'dnn/input_from_feature_columns/input_layer'
    return f'{layer}/{name}/embedding_weights'
  return name
