"""Carries an Estimator's optimizer over to Keras, with what it has kept.

`fit` then goes on where `train` stopped. Keras has one optimizer for a model, and its
new-style ones update all rows of a table, not those only that a batch read.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.canned import model_fns
from tfcompat_estimator.migration.checkpoints import family_names
from tfcompat_estimator.migration.conversion import trained_values

v1 = tf.compat.v1
logging = v1.logging

# Of each kind: the attribute of Keras' optimizer that has a slot's variables.
_SLOTS = {
  'Adagrad': {'accumulator': '_accumulators'},
  'Adam': {'m': '_momentums', 'v': '_velocities'},
  'Ftrl': {'accumulator': '_accumulators', 'linear': '_linears'},
  'SGD': {'momentum': 'momentums'},
}
# What all versions of an optimizer are made of, by Keras' names.
_SETTINGS = {
  'Adagrad': ('initial_accumulator_value', 'epsilon'),
  'Adam': ('beta_1', 'beta_2', 'epsilon'),
  'Ftrl': (
    'learning_rate_power',
    'initial_accumulator_value',
    'l1_regularization_strength',
    'l2_regularization_strength',
    'l2_shrinkage_regularization_strength',
    'beta',
  ),
  'SGD': ('momentum', 'nesterov'),
}
_CLIPPING = ('clipnorm', 'clipvalue', 'global_clipnorm')
# What the other ones do besides, which is not carried over.
_MORE = ('decay', 'amsgrad', 'weight_decay', 'use_ema')
# The optimizers of TensorFlow 1, and their attributes by Keras' names.
_V1: dict[type, tuple[str, dict[str, str]]] = {
  v1.train.AdagradOptimizer: ('Adagrad', {}),
  v1.train.AdamOptimizer: (
    'Adam',
    {'learning_rate': '_lr', 'beta_1': '_beta1', 'beta_2': '_beta2'},
  ),
  v1.train.FtrlOptimizer: ('Ftrl', {}),
  v1.train.GradientDescentOptimizer: ('SGD', {}),
  v1.train.MomentumOptimizer: ('SGD', {'nesterov': '_use_nesterov'}),
}


class _Left(Exception):  # noqa: N818  # no error: it says why
  """Why the state of an optimizer is not taken over."""


def of(
  recipe: model_fns.Recipe,
  values: trained_values.Values,
  model: Any,
  build: Callable[[trained_values.Values], Any],
  library: Any,
) -> Any:
  """The optimizer with its state; a new `Adam` where that cannot be had.

  Args:
    recipe: What the Estimator's model is made of.
    values: Its checkpoint.
    model: The Keras model, with the values.
    build: Makes such a model of other values.
    library: `tf_keras` or `keras`.
  """
  try:
    kind, settings = _described(recipe, library)
    slots = _slots(recipe, values, kind)
  except _Left as reason:
    logging.warning(
      'to_keras does not take over the state of the optimizer: %s. The model is '
      'compiled with a new Adam.',
      reason,
    )
    return library.optimizers.Adam()
  optimizer = getattr(library.optimizers, kind)(**settings)
  optimizer.build(model.trainable_variables)
  step = values.of(v1.GraphKeys.GLOBAL_STEP)
  optimizer.iterations.assign(step)
  rate = settings['learning_rate']
  for slot, attribute in _SLOTS[kind].items():
    if slot not in slots:
      continue
    first = settings.get('initial_accumulator_value', 0.0)
    first = first if slot == 'accumulator' else 0.0
    scale = 1.0
    if slot == 'momentum' and not recipe.family.optimizers_take_variables:
      scale = -rate  # Keras keeps the steps, not the gradients
    kept = build(trained_values.Slots(values, slots[slot], first, scale))
    for variable, source in zip(
      getattr(optimizer, attribute), kept.trainable_variables, strict=True
    ):
      value = np.array(source)
      # Rows that only Keras' table has, for what stands for nothing, were zero.
      variable.assign(np.where(value == 0, first, value))
  return optimizer


def _described(
  recipe: model_fns.Recipe, library: Any
) -> tuple[str, dict[str, Any]]:
  """The kind of the optimizer, and what Keras makes it of."""
  if len(recipe.towers) > 1:
    raise _Left('the Estimator has two, Keras one for a model')
  (tower,) = recipe.towers
  if tower.train_step:
    raise _Left('it is trained by SDCA')
  try:
    given = recipe.family.resolve_optimizer(
      tower.optimizer, tower.learning_rate
    )
  except Exception as error:  # the program's own function
    raise _Left(f'it cannot be made outside of the graph ({error})') from error
  if isinstance(given, v1.train.Optimizer):
    return _of_v1(given)
  kind = type(given).__name__
  module = type(given).__module__.partition('.')[0]
  if kind not in _SLOTS or module not in ('keras', 'tf_keras'):
    raise _Left(f'{kind} is none of {", ".join(_SLOTS)} of Keras')
  config = given.get_config()
  if any(config.get(name) for name in _MORE):
    raise _Left(f'{kind} has one of {", ".join(_MORE)}')
  settings = {
    name: config[name]
    for name in (*_SETTINGS[kind], *_CLIPPING)
    if config.get(name) is not None
  }
  rate = config['learning_rate']
  if isinstance(rate, np.generic):  # of a newer one, which Keras 3 refuses
    rate = rate.item()
  if isinstance(rate, Mapping):  # a schedule
    # Keras 3 takes no name that is None.
    written = {k: v for k, v in rate['config'].items() if v is not None}
    rate = library.optimizers.schedules.deserialize(
      {'class_name': rate['class_name'], 'config': written}
    )
  return kind, {**settings, 'learning_rate': rate}


def _of_v1(given: v1.train.Optimizer) -> tuple[str, dict[str, Any]]:
  if type(given) not in _V1:
    raise _Left(f'Keras has no {type(given).__name__}')
  kind, attributes = _V1[type(given)]
  own = vars(given)
  settings: dict[str, Any] = {'epsilon': 0.0} if kind == 'Adagrad' else {}
  for name in ('learning_rate', *_SETTINGS[kind]):
    value = own.get(attributes.get(name, f'_{name}'))
    if isinstance(value, int | float):
      settings[name] = value
    elif value is not None:
      raise _Left(f'its {name} is a tensor or a function of the graph')
  return kind, settings


def _new_style(names: Any, kind: str) -> dict[str, family_names.Slot]:
  """The slots by their names, `training/Adam/m/dnn/logits/bias`."""
  slots = {}
  for slot in _SLOTS[kind]:
    scope = f'training/{kind}/{"m" if kind == "SGD" else slot}/'
    for name in names:
      variable = name.removeprefix(scope)
      if variable != name and variable in names:
        slots[name] = family_names.Slot(kind, slot, variable)
  return slots


def _slots(
  recipe: model_fns.Recipe, values: trained_values.Values, kind: str
) -> dict[str, dict[str, str]]:
  """By slots: the names in the checkpoint, by those of the variables."""
  if f'training/{kind}/iteration' in values.names:  # Keras' new-style one
    found = _new_style(values.names, kind)
  elif recipe.family.optimizers_take_variables:
    found = {
      name: slot
      for name, (slot, _) in family_names.v2_slots(values.names).items()
    }
  else:
    found = family_names.v1_slots(values.names)
  slots: dict[str, dict[str, str]] = {}
  for name, slot in found.items():
    if slot.optimizer != kind:
      continue
    of_slot = slots.setdefault(slot.slot, {})
    if slot.variable in of_slot:
      raise _Left(f'{slot.variable} is in parts')
    of_slot[slot.variable] = name
  if not slots and kind != 'SGD':
    raise _Left(f'{values.path} has no slots of {kind}')
  return slots
