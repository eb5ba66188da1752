"""Brings features, labels and sample weights into the order of a Keras model."""

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1

_WRAPPER_KEYS = frozenset(('features', 'sample_weights'))


class FormattedKeyError(KeyError):
  """A KeyError that shows its message as it is, without quoting it."""

  def __str__(self) -> str:
    return str(self.args[0])


def split_sample_weights(features: Any) -> tuple[Any, Any]:
  """(features, sample weights) of what an input_fn gave as features.

  Weights come along in a dict of just `features` and `sample_weights`.
  """
  if isinstance(features, dict) and set(features) == _WRAPPER_KEYS:
    return features['features'], features['sample_weights']
  return features, None


def in_order(
  given: Any, names: Sequence[str], what: str, role: str
) -> list[Any] | None:
  """The tensors of `given` as a list.

  Args:
    given: A tensor, a list or tuple of them, a dict that has at least `names`,
      or None.
    names: The order of a dict's tensors.
    what: What `given` is, for messages: "features".
    role: What the model calls it: "inputs".

  Raises:
    FormattedKeyError: A name is not in the dict.
  """
  if given is None:
    return None
  if isinstance(given, dict):
    check_keys(given, names, what, role)
    return [tensor(given[name]) for name in names]
  if isinstance(given, list | tuple):
    return [tensor(item) for item in given]
  return [tensor(given)]


def check_keys(
  given: Mapping[str, Any], names: Sequence[str], what: str, role: str
) -> None:
  """Raises FormattedKeyError unless all `names` are in `given`."""
  missed = set(names) - set(given)
  if missed:
    raise FormattedKeyError(
      f'The dictionary passed into {what} does not cover requested {role} keys '
      f'defined in the keras model.\n\tExpected keys: {set(names)}'
      f'\n\t{what} keys: {set(given)}\n\tMissed keys: {missed}'
    )


def tensor(value: Any) -> Any:
  """`value` as a tensor or SparseTensor."""
  if tf.is_tensor(value):
    return value
  return v1.convert_to_tensor_or_sparse_tensor(value)


def weights_in_order(
  weights: Any, output_names: Sequence[str]
) -> list[Any] | None:
  """Sample weights as a list with an item for each output.

  Args:
    weights: A tensor for the only output, a list or a dict by output; an output
      that a dict leaves out has no weights. None: no weights.
    output_names: The model's outputs.

  Raises:
    ValueError: They do not fit the outputs.
  """
  if weights is None or (isinstance(weights, list | tuple) and not weights):
    return None
  if len(output_names) == 1:
    (name,) = output_names
    if isinstance(weights, Mapping) and name in weights:
      return [weights[name]]
    if isinstance(weights, list | tuple) and len(weights) == 1:
      return list(weights)
    return [weights]
  if isinstance(weights, Mapping):
    unknown = sorted(set(weights) - set(output_names))
    if unknown:
      raise ValueError(
        f'Unknown entries in sample_weights dictionary: {unknown}. Only '
        f'expected following keys: {list(output_names)}'
      )
    return [weights.get(name) for name in output_names]
  if isinstance(weights, list | tuple):
    if len(weights) != len(output_names):
      raise ValueError(
        f'Provided `sample_weights` was a list of {len(weights)} elements, but '
        f'the model has {len(output_names)} outputs. You should provide one '
        '`sample_weights` array per model output.'
      )
    return list(weights)
  raise TypeError(
    'The model has multiple outputs, so `sample_weights` should be either a '
    f'list or a dict. Provided `sample_weights` type not understood: {weights}'
  )
