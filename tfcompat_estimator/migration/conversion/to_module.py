"""Wraps the graph of any Estimator as a tf.Module: `to_module`."""

import tempfile
from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.conversion import to_keras


class EstimatorModule(tf.Module):
  """The model of an Estimator, as it predicts, with variables and functions.

      module = tfcompat_estimator.to_module(estimator, serving_input_receiver_fn)
      module('serving_default', x=[[1.0, 2.0]])['probabilities']
      module.by_name['dense/kernel']

  Gradients flow through the functions to the variables, so that it can be a part
  of another model. `tf.saved_model.save(module, folder, module.functions)`
  writes it.

  Attributes:
    by_name: The variables, by their names in the Estimator: a dict. Those that a
      partitioner cut in several parts are there by part: `name/part_0`, ...
    functions: By the key of a signature, a function of tensors by name that
      returns a dict.
  """

  def __init__(self, export_dir: str):
    """Loads an export of the model."""
    super().__init__(name='estimator_module')
    self._loaded = tf.saved_model.load(export_dir)
    self.by_name: dict[str, tf.Variable] = _by_name(self._loaded.variables)
    self.functions: dict[str, Any] = dict(self._loaded.signatures)

  def __call__(self, signature='serving_default', **inputs):
    """Calls a signature.

    Args:
      signature: Its key in `functions`.
      **inputs: Tensors, or what makes them, by the names of its inputs.

    Returns:
      A dict of tensors by the names of its outputs.

    Raises:
      ValueError: There is no such signature.
    """
    if signature not in self.functions:
      raise ValueError(
        f'signature ({signature!r}) must be one of {sorted(self.functions)}.'
      )
    function = self.functions[signature]
    wanted = function.structured_input_signature[1]
    return function(
      **{
        name: tf.convert_to_tensor(value, wanted[name].dtype)
        if name in wanted and isinstance(wanted[name], tf.TensorSpec)
        else value
        for name, value in inputs.items()
      }
    )


def _by_name(variables: Iterable[tf.Variable]) -> dict[str, tf.Variable]:
  """Variables by name; one in a single part, as in v1, by that of the whole."""
  names = {variable.name.partition(':')[0]: variable for variable in variables}
  wholes = {
    name: name.removesuffix('/part_0')
    for name in names
    if f'{name.removesuffix("/part_0")}/part_1' not in names
  }
  return {wholes.get(name, name): value for name, value in names.items()}


def to_module(estimator, serving_input_receiver_fn, checkpoint_path=None):
  """Makes a `tf.Module` of a trained Estimator, whatever its model_fn.

  The graph is the one that `export_saved_model` writes: the model as it predicts,
  without dropout and the like, without optimizers and their state.

  Args:
    estimator: The Estimator, trained.
    serving_input_receiver_fn: As for `Estimator.export_saved_model`: a function
      of no arguments that makes the inputs.
    checkpoint_path: The checkpoint whose values to take, a str. Default: the
      latest one.

  Returns:
    An `EstimatorModule`: `by_name` has its variables, `functions` one function
    for each signature.

  Raises:
    ValueError: There is no checkpoint.
    TypeError: `estimator` is no Estimator.
    RuntimeError: Eager execution is off.
  """
  to_keras.check_estimator(estimator)
  to_keras.check_eager('to_module')
  # Tables read their files when they are loaded, and when the module is saved.
  folder = tempfile.TemporaryDirectory(prefix='to_module')
  exported = estimator.export_saved_model(
    folder.name, serving_input_receiver_fn, checkpoint_path=checkpoint_path
  )
  module = EstimatorModule(tf.compat.as_str(exported))
  module._folder = folder  # noqa: SLF001 - lives as long as the module
  return module
