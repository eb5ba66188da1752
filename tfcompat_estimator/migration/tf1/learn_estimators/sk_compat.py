"""`tf.contrib.learn.SKCompat`."""

from typing import Any

from tfcompat_estimator.migration.tf1.learn_estimators import estimator

Estimator = estimator.Estimator


class SKCompat:
  """An Estimator by the methods of scikit-learn."""

  def __init__(self, estimator: Estimator):
    self._estimator = estimator

  def fit(
    self,
    x: Any,
    y: Any,
    batch_size: int = 128,
    steps: int | None = None,
    max_steps: int | None = None,
    monitors: Any = None,
  ) -> 'SKCompat':
    """See `Estimator.fit`."""
    self._estimator.fit(
      x,
      y,
      steps=steps,
      batch_size=batch_size,
      monitors=monitors,
      max_steps=max_steps,
    )
    return self

  def score(
    self,
    x: Any,
    y: Any,
    batch_size: int = 128,
    steps: int | None = None,
    metrics: Any = None,
    name: str | None = None,
  ) -> dict[str, Any]:
    """See `Estimator.evaluate`."""
    return Estimator.evaluate(
      self._estimator,
      x,
      y,
      batch_size=batch_size,
      steps=steps,
      metrics=metrics,
      name=name,
    )

  def predict(self, x: Any, batch_size: int = 128, outputs: Any = None) -> Any:
    """All predictions of all rows, as arrays."""
    return Estimator.predict(
      self._estimator,
      x,
      batch_size=batch_size,
      outputs=outputs,
      as_iterable=False,
    )
