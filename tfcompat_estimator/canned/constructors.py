"""Turns the arguments of a canned constructor into those of Estimator."""

from collections.abc import Callable, Mapping
from typing import Any

from tfcompat_estimator.canned import family as families

_OF_ESTIMATOR = ('model_dir', 'config', 'warm_start_from')
# What a constructor's locals() hold besides its arguments.
_NO_ARGUMENTS = ('self', '__class__')


def construct(
  family: families.Family,
  kind: str,
  network: Callable[..., Any],
  arguments: Mapping[str, Any],
) -> dict[str, Any]:
  """The arguments of `Estimator` for a canned one.

  Args:
    family: The API that it belongs to.
    kind: Which head it has: 'classifier', 'regressor', or 'estimator' for one
      that the user gives.
    network: Makes the model function, of the family, the head and all
      arguments that neither the head nor `Estimator` takes, by name.
    arguments: The `locals()` of the constructor.

  Raises:
    ValueError: If an argument of the head or the network is wrong.
    TypeError: If the weight column is of a wrong type.
  """
  rest = {k: v for k, v in arguments.items() if k not in _NO_ARGUMENTS}
  of_estimator = {k: rest.pop(k) for k in _OF_ESTIMATOR if k in rest}
  make_head, names = _HEADS[kind]
  head = make_head(family, **{name: rest.pop(name) for name in names})
  return {'model_fn': network(family, head, **rest), **of_estimator}


def _regression_head(family: families.Family, **arguments: Any) -> Any:
  return family.regression_head(**arguments)


def _given_head(family: families.Family, head: Any) -> Any:
  del family  # The user has made a head that fits it.
  return head


# How the head is made, and of which arguments.
_HEADS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
  'classifier': (
    families.Family.classifier_head,
    ('n_classes', 'weight_column', 'label_vocabulary', 'loss_reduction'),
  ),
  'regressor': (
    _regression_head,
    ('label_dimension', 'weight_column', 'loss_reduction'),
  ),
  'estimator': (_given_head, ('head',)),
}
