"""Knows the strategies of tf.distribute that a RunConfig may have."""

from typing import Any

from tfcompat_estimator.spec import modes

_PROPERTIES = {
  modes.ModeKeys.TRAIN: 'train_distribute',
  modes.ModeKeys.EVAL: 'eval_distribute',
}


def check(config: Any, mode: str) -> None:
  """Raises if a strategy would have to be ignored.

  Args:
    config: The `RunConfig`.
    mode: One of `ModeKeys`.

  Raises:
    NotImplementedError: There is a strategy for `mode`.
  """
  name = _PROPERTIES.get(mode)
  strategy = name and getattr(config, name)
  if strategy:
    raise NotImplementedError(
      f'RunConfig({name}={strategy!r}): no strategy of tf.distribute works '
      f'here yet. Leave {name} out to run on one device.'
    )
