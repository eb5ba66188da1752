"""Reads what a model of Keras 3 is made of, so that it can be made again."""

from collections.abc import Callable
from typing import Any

from tfcompat_estimator import keras_graph


def own_objects(model: Any) -> dict[str, Any]:
  """The user's own classes, by the names that configs have for them.

  Those of layers, of the optimizer and of what its learning rate follows.
  """
  import keras

  optimizer = getattr(model, 'optimizer', None)
  inner = getattr(optimizer, 'inner_optimizer', None)  # if it scales losses
  rates = [getattr(each, '_learning_rate', None) for each in (optimizer, inner)]
  kinds = (
    keras.Layer,
    keras.Optimizer,
    keras.optimizers.schedules.LearningRateSchedule,
  )
  parts = [*model._flatten_layers(), inner, *rates]  # noqa: SLF001
  classes = [type(part) for part in parts if isinstance(part, kinds)]
  return {
    cls.__name__: cls
    for cls in classes
    if cls.__module__.split('.')[0] != 'keras'
  }


def maker(argument: Any) -> Callable[[], Any]:
  """What makes an argument of `compile` for each clone.

  Optimizers and metrics have variables, so each clone has its own, made of
  their configs; these are taken now, as there are no values in a graph. All
  else, such as the user's own functions, is given as it is.
  """
  import keras

  if not isinstance(argument, keras.optimizers.Optimizer | keras.Metric):
    return lambda: argument
  config = (
    keras_graph.optimizer_config(argument)
    if isinstance(argument, keras.optimizers.Optimizer)
    else argument.get_config()
  )
  return lambda: type(argument).from_config(_fresh(config))


def _fresh(node: Any) -> Any:
  """A config with dicts and lists of its own, plain ones.

  A list of Keras 3 may lead back to the optimizer, so `copy` cannot have it.
  """
  if isinstance(node, dict):
    return {key: _fresh(value) for key, value in node.items()}
  if isinstance(node, list):
    return [_fresh(item) for item in node]
  return node


def replaced(node: Any, old: list[Any], new: list[str]) -> Any:
  """A config with some parts replaced."""
  if node in old:
    return new[old.index(node)]
  if isinstance(node, dict):
    return {key: replaced(value, old, new) for key, value in node.items()}
  if isinstance(node, list | tuple):
    return type(node)(replaced(item, old, new) for item in node)
  return node
