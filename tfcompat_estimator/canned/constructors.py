"""Makes the constructors of canned Estimators of what their families say."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tfcompat_estimator.canned.networks import families
from tfcompat_estimator.errors import folding

_Class = TypeVar('_Class', bound=type)

_OF_ESTIMATOR = ('model_dir', 'config', 'warm_start_from')
# What a constructor's locals() hold besides its arguments.
_NO_ARGUMENTS = ('self', '__class__')


def construct(
  network: Callable[..., Any],
  family: families.Family,
  kind: str,
  arguments: Mapping[str, Any],
) -> dict[str, Any]:
  """The arguments of `Estimator` for a canned one.

  Args:
    network: Makes the model function, of the family, the head and all
      arguments that neither the head nor `Estimator` takes, by name.
    family: The API that it belongs to.
    kind: Which head it has: 'classifier', 'regressor', or 'estimator' for one
      that the user gives.
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


def v1_form(
  arguments: Callable[..., dict[str, Any]],
  of: type,
  kind: str,
  partitioner: str = '',
  before: str = 'config',
) -> Callable[[_Class], _Class]:
  """A class decorator: gives the v1 form of an Estimator its constructor.

  It takes what that of the v2 form takes; only, losses are reduced as in v1, and
  there may be a partitioner of variables.

  Args:
    arguments: `construct` with its network.
    of: The v2 form.
    kind: As for `construct`.
    partitioner: The name of that argument; '' for none.
    before: The argument that follows it.
  """
  parameters: list[inspect.Parameter] = []
  for each in inspect.signature(of.__init__).parameters.values():  # type: ignore[misc]
    if each.name == 'loss_reduction':
      each = each.replace(default=families.V1.loss_reduction)
    if partitioner and each.name == before:
      parameters.append(each.replace(name=partitioner, default=None))
    parameters.append(each)
  signature = inspect.Signature(parameters)

  def decorate(cls: _Class) -> _Class:
    def __init__(*args: Any, **kwargs: Any) -> None:  # noqa: N807
      try:
        given = signature.bind(*args, **kwargs)
      except TypeError as error:
        raise TypeError(f'{cls.__name__}.__init__(): {error}') from None
      given.apply_defaults()
      made = arguments(families.V1, kind, given.arguments)
      super(cls, args[0]).__init__(**made)  # type: ignore[arg-type]

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    __init__.__qualname__ = f'{cls.__qualname__}.__init__'
    __init__.__module__ = cls.__module__
    cls.__init__ = folding.folded(__init__)  # type: ignore[misc]
    return cls

  return decorate


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
