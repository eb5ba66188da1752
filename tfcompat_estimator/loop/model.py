"""Holds what the drivers know of a model, and calls its model_fn."""

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.spec import arguments, run_config, warm_start_settings
from tfcompat_estimator.spec import estimator_spec as spec_lib

logging = tf.compat.v1.logging

_ALLOWED = frozenset(('features', 'labels', 'mode', 'params', 'self', 'config'))


@dataclasses.dataclass(frozen=True)
class Model:
  """A model_fn with all that it is called with.

  Attributes:
    model_fn: takes any of features, labels, mode, params, config, by name;
      returns an `EstimatorSpec`.
    config: the `RunConfig`, its model_dir set.
    params: hyperparameters; each call gets a deep copy.
    warm_start: where initial values come from while there is no checkpoint.
  """

  model_fn: Callable[..., Any]
  config: run_config.RunConfig
  params: Any = dataclasses.field(default_factory=dict)
  warm_start: warm_start_settings.WarmStartSettings | None = None

  @property
  def model_dir(self) -> str:
    return self.config.model_dir

  def call(
    self, features: Any, labels: Any, mode: str, config: Any
  ) -> spec_lib.EstimatorSpec:
    """Calls the model_fn in the default graph.

    Raises:
      ValueError: labels were given to a model_fn that takes none, or it
        returned something else than an `EstimatorSpec`.
    """
    taken = arguments.names(self.model_fn)
    available = {
      'labels': labels,
      'mode': mode,
      'params': copy.deepcopy(self.params),
      'config': config,
    }
    if 'labels' not in taken and labels is not None:
      raise ValueError(
        'model_fn does not take labels, but input_fn returns labels. Add a '
        '`labels` argument to model_fn or return features alone.'
      )
    logging.info('Calling model_fn.')
    spec = self.model_fn(
      features=features, **arguments.pick(self.model_fn, available)
    )
    logging.info('Done calling model_fn.')
    if not isinstance(spec, spec_lib.EstimatorSpec):
      raise ValueError(
        'model_fn should return an EstimatorSpec. It returned a '
        f'{type(spec).__name__}.'
      )
    return spec


def verify_arguments(model_fn: Callable[..., Any], params: Any) -> None:
  """Checks the signature of a model_fn.

  Args:
    model_fn: what the user passed.
    params: what the user passed; None if nothing.

  Raises:
    TypeError: model_fn is not callable.
    ValueError: it lacks `features`, has an argument that nobody will give, or
      has no `params` while params were passed.
  """
  taken = arguments.names(model_fn)
  if 'features' not in taken:
    raise ValueError(f'model_fn ({model_fn}) must include features argument.')
  if params is not None and 'params' not in taken:
    raise ValueError(
      f'model_fn ({model_fn}) does not include params argument, but params '
      f'({params}) is passed to Estimator. Add the argument or pass no params.'
    )
  unexpected = [name for name in taken if name not in _ALLOWED]
  if unexpected:
    raise ValueError(
      f'model_fn ({model_fn}) has following not expected args: {unexpected}. '
      'It may take features, labels, mode, params and config; bind others with '
      'functools.partial.'
    )
