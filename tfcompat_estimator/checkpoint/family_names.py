"""Maps what canned estimators save between the v1 and the v2 API family.

The variables of the models have the same names in both; what the optimizers keep
has not. `tf.compat.v1.train` optimizers put a slot beside its variable
(`dnn/logits/bias/t_0/Adagrad`), Keras optimizers put all under one scope
(`training/Adagrad/dnn/logits/bias/accumulator`) and save their hyperparameters,
too.
"""

import re
from typing import NamedTuple

# By optimizer: its name in the v2 family, and the slots, v1 name to v2 name.
_SLOTS = {
  'Adagrad': ('Adagrad', {'Adagrad': 'accumulator'}),
  'Adam': ('Adam', {'Adam': 'm', 'Adam_1': 'v'}),
  'Ftrl': ('Ftrl', {'Ftrl': 'accumulator', 'Ftrl_1': 'linear'}),
  'RMSProp': ('RMSprop', {'RMSProp': 'rms', 'RMSProp_1': 'momentum'}),
  'Adadelta': (
    'Adadelta',
    {'Adadelta': 'accum_grad', 'Adadelta_1': 'accum_var'},
  ),
}
V1_SLOTS = {
  slot: (optimizer, new)
  for optimizer, slots in _SLOTS.values()
  for slot, new in slots.items()
}
V2_SLOTS = {
  (optimizer, new): slot for slot, (optimizer, new) in V1_SLOTS.items()
}
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
  r'(?P<variable>.+?)(/(t|part)_\d+)?/(?P<slot>[A-Z][A-Za-z]+(_\d+)?)'
)
_V2_OPTIMIZER = re.compile(
  r'(?P<scope>training(_\d+)?)/(?P<optimizer>[A-Z][A-Za-z]+)/(?P<rest>.+)'
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


def v1_slot(name: str) -> Slot | None:
  """The slot that a name of the v1 family stands for, if it does."""
  match = _V1_SLOT.fullmatch(name)
  if match is None or match['slot'] not in V1_SLOTS:
    return None
  return Slot(*V1_SLOTS[match['slot']], match['variable'])


def is_v1_optimizer_state(name: str) -> bool:
  """True for slots, known or not, and for what belongs to no variable."""
  return bool(_V1_SLOT.fullmatch(name)) or bool(
    re.fullmatch(r'(.+/)?beta[12]_power(_\d+)?', name)
  )


def v2_slot(name: str) -> Slot | None:
  """The slot that a name of the v2 family stands for, if it does."""
  match = _V2_OPTIMIZER.fullmatch(name)
  if match is None:
    return None
  variable, _, slot = match['rest'].rpartition('/')
  if not variable or (match['optimizer'], slot) not in V2_SLOTS:
    return None
  return Slot(match['optimizer'], slot, variable)


def v2_hyperparameter(name: str) -> tuple[str, str] | None:
  """The optimizer and hyperparameter that a v2 name stands for, if it does."""
  match = _V2_OPTIMIZER.fullmatch(name)
  if match is None or '/' in match['rest']:
    return None
  return match['optimizer'], match['rest']


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
