"""Exports of Estimators of `tf.contrib.learn`."""

from collections.abc import Callable
from typing import Any

from tfcompat_estimator.saved_models import receivers


class Served:
  """Exports an Estimator by a function that gives InputFnOps."""

  def __init__(self, estimator: Any, default: str | None):
    """Makes it.

    Args:
      estimator: What is exported.
      default: Of the head that answers by default; None for the only one.
    """
    self._served: dict[str, Any] = {'default': default}
    self._core = estimator.core(served=self._served)

  def export_saved_model(
    self,
    export_dir_base: str,
    serving_input_fn: Callable[[], Any],
    **arguments: Any,
  ) -> Any:
    """See `tf.estimator.Estimator.export_saved_model`."""

    def receiver() -> Any:
      features, _, inputs = serving_input_fn()
      self._served['inputs'] = inputs
      return receivers.ServingInputReceiver(features, inputs)

    return self._core.export_saved_model(export_dir_base, receiver, **arguments)
