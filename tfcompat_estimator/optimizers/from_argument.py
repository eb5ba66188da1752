"""Makes optimizers of what users pass as `optimizer`."""

import copy
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import optional_variables
from tfcompat_estimator.optimizers import keras_optimizers

v1 = tf.compat.v1

_legacy = tf_keras.optimizers.legacy

# Private attributes of a legacy optimizer: its hyperparameters, its count of steps,
# and the prefix of what tracking of TensorFlow adds to an object.
_HYPERPARAMETERS = ('_hyper', '_hypers_created')
_ITERATIONS = '_iterations'
_TRACKING = '_self_'
_ABSENT = object()

# By a user's optimizer, what `show` has put other things in place of.
_hidden: Any = weakref.WeakKeyDictionary()
_lock = threading.RLock()

V2_CLASSES = {
  'Adagrad': _legacy.Adagrad,
  'Adam': _legacy.Adam,
  'Ftrl': _legacy.Ftrl,
  'RMSProp': _legacy.RMSprop,
  'SGD': _legacy.SGD,
}
V1_CLASSES = {
  'Adagrad': v1.train.AdagradOptimizer,
  'Adam': v1.train.AdamOptimizer,
  'Ftrl': v1.train.FtrlOptimizer,
  'RMSProp': v1.train.RMSPropOptimizer,
  'SGD': v1.train.GradientDescentOptimizer,
}


def resolve_v2(opt: Any, learning_rate: float | None = None) -> Any:
  """An optimizer of tf_keras or Keras 3 for the default graph.

  Args:
    opt: One of 'Adagrad', 'Adam', 'Ftrl', 'RMSProp', 'SGD'; an optimizer
      of tf_keras, old or new style, or of Keras 3; or a class or function that
      makes one of no arguments. An instance is not used itself: it is copied,
      so that it may train again, and then told by `show`.
    learning_rate: That of an optimizer given by name. Default: Keras' own.

  Raises:
    ValueError: If it is none of these.
  """
  if isinstance(opt, str):
    settings = {} if learning_rate is None else {'learning_rate': learning_rate}
    return _by_name(opt, V2_CLASSES)(**settings)
  if keras_optimizers.is_keras(opt):
    return _fresh(opt)
  _check_is_no_schedule(opt)
  optimizer = opt
  if callable(opt):
    optimizer = _new_style_of(opt) or opt()
  if not keras_optimizers.is_keras(optimizer):
    raise ValueError(
      'The given object is not a tf.keras.optimizers.Optimizer instance. '
      f'Given: {optimizer}. `optimizer` must be a name, an optimizer of '
      'tf_keras or Keras, or a function that makes one; those of '
      'tf.compat.v1.train are for tf.compat.v1.estimator.'
    )
  return optimizer


def resolve_v1(opt: Any, learning_rate: float | None = None) -> Any:
  """A `tf.compat.v1.train.Optimizer`, of an instance, a name or a callable.

  Args:
    opt: As for `resolve_v2`, but of `tf.compat.v1.train`.
    learning_rate: That of an optimizer given by name.

  Raises:
    ValueError: If it is none of these.
  """
  if isinstance(opt, str):
    return _by_name(opt, V1_CLASSES)(learning_rate=learning_rate)
  _check_is_no_schedule(opt)
  optimizer = opt() if callable(opt) else opt
  if not isinstance(optimizer, v1.train.Optimizer):
    raise ValueError(
      f'The given object is not an Optimizer instance. Given: {optimizer}. '
      '`optimizer` must be a name, a tf.compat.v1.train.Optimizer, or a '
      'function that makes one; those of Keras are for tf.estimator.'
    )
  return optimizer


def _check_is_no_schedule(opt: Any) -> None:
  """Raises for a schedule of tf_keras or Keras 3, which is callable, too."""
  if any(cls.__name__ == 'LearningRateSchedule' for cls in type(opt).__mro__):
    raise ValueError(
      f'`optimizer` ({type(opt).__name__}) is a learning-rate schedule. Give it to '
      'an optimizer: Adam(learning_rate=schedule).'
    )


def follow(optimizer: Any, global_step: tf.Variable) -> None:
  """Makes the global step the counter of an optimizer of the old style.

  Learning rate schedules follow it, and checkpoints have no other counter.
  """
  if not isinstance(optimizer, _legacy.Optimizer):
    return
  if _is_initialized(optimizer) or _has_own_iterations(optimizer):
    optimizer.iterations = global_step
  else:
    vars(optimizer)[_ITERATIONS] = global_step


def show(given: Any, used: Any) -> None:
  """Lets a user's optimizer know what its copy has made and done.

  Its `iterations`, `weights` and slots are then those of the graph; its
  hyperparameters stay numbers, which may be changed for the next training.

  Args:
    given: What the user passed as `optimizer`.
    used: What `resolve_v2` made of it, after it has minimized.
  """
  if not isinstance(given, _legacy.Optimizer) or given is used:
    return
  with _lock:
    own = vars(given)
    shown = {
      name: value
      for name, value in vars(used).items()
      if name not in _HYPERPARAMETERS and not name.startswith(_TRACKING)
    }
    _hidden.setdefault(
      given,
      {
        name: own.get(name, _ABSENT)
        for name, value in shown.items()
        if name == _ITERATIONS or _is_of_a_graph(value)
      },
    )
    own.update(shown)


def make_slots_optional(
  optimizer: Any, variables: Sequence[tf.Variable]
) -> None:
  """Lets training go on from checkpoints without the variables' slots.

  The reference does not train shared embeddings.
  """
  if isinstance(optimizer, _legacy.Optimizer) and _is_initialized(optimizer):
    for variable in variables:
      for name in optimizer.get_slot_names():
        optional_variables.declare(optimizer.get_slot(variable, name))


def _by_name(name: str, classes: dict[str, Any]) -> Callable[..., Any]:
  if name not in classes:
    raise ValueError(
      f'Unsupported optimizer name: {name}. Supported names are: '
      f'{tuple(sorted(classes))}. Give `optimizer` one of them, or an optimizer.'
    )
  return classes[name]


def _fresh(optimizer: Any) -> Any:
  """A copy without variables, which belong to the graph they were made in.

  One of a class that overrides all, up to its initialization, is itself asked for
  its updates. New-style optimizers are copied where they minimize.
  """
  if keras_optimizers.is_new_style(optimizer) or not _is_initialized(optimizer):
    return optimizer
  with _lock:
    for name, value in _hidden.pop(optimizer, {}).items():
      if value is _ABSENT:
        del vars(optimizer)[name]
      else:
        vars(optimizer)[name] = value
    count = vars(optimizer)[_ITERATIONS]
    if any(variable is not count for variable in optimizer.variables()):
      return type(optimizer).from_config(optimizer.get_config())
    return _without_variables(optimizer)


def _is_initialized(optimizer: Any) -> bool:
  """Whether a legacy optimizer's class has called `__init__` of its base."""
  return _HYPERPARAMETERS[0] in vars(optimizer)


def _has_own_iterations(optimizer: Any) -> bool:
  return type(optimizer).iterations is not _legacy.Optimizer.iterations


def _without_variables(optimizer: Any) -> Any:
  """A copy of an optimizer that has not updated anything.

  Unlike one that is made of its configuration it keeps what that leaves out, as
  functions for hyperparameters. Those that were read are variables, and so is
  the count.
  """
  with _tf.eager_mode():
    instead: dict[int, Any] = {
      id(value): value.numpy().item()
      for value in vars(optimizer)['_hyper'].values()
      if isinstance(value, tf.Variable)
    }
  instead[id(vars(optimizer)[_ITERATIONS])] = None
  made = copy.deepcopy(optimizer, instead)
  vars(made).update(_weights=[], _hypers_created=False)
  for name in [name for name in vars(made) if name.startswith(_TRACKING)]:
    del vars(made)[name]
  return made


def _is_of_a_graph(value: Any) -> bool:
  """Whether there are variables in it, which the next graph will not have."""
  if isinstance(value, dict):
    value = list(value.values())
  if isinstance(value, list | tuple):
    return any(map(_is_of_a_graph, value))
  return isinstance(value, _legacy.Optimizer | tf.Variable) or tf.is_tensor(
    value
  )


def _new_style_of(make: Callable[[], Any]) -> Any:
  """A new-style optimizer that `make` makes outside of the model's graph.

  Made inside, its variables would have names that depend on how many optimizers
  the process has made; this one is copied where it minimizes.

  Returns:
    The optimizer, or None if `make` makes another kind, or needs the graph.
  """
  with tf.Graph().as_default(), _tf.eager_mode():
    try:
      optimizer = make()
    except Exception:  # noqa: BLE001  The call in the graph says what is wrong.
      return None
  return optimizer if keras_optimizers.is_new_style(optimizer) else None
