"""Says by which members lower rooms know an estimator without its class."""

from typing import Any

_MEMBERS = (
  'config',
  'model_dir',
  'eval_dir',
  'train',
  'evaluate',
  'predict',
  'latest_checkpoint',
)


def is_estimator(value: Any) -> bool:
  """Whether `value` is an object, not a class, with an Estimator's members."""
  return not isinstance(value, type) and all(
    hasattr(value, name) for name in _MEMBERS
  )
