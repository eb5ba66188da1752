"""Checks and completes what an Estimator is constructed with."""

import os
import tempfile
from typing import Any

import tensorflow as tf

from tfcompat_estimator.errors import deprecations
from tfcompat_estimator.records import (
  arguments,
  run_config,
  warm_start_settings,
)
from tfcompat_estimator.session_emulation.opening import session_options

logging = tf.compat.v1.logging

# A subclass may have these without further ado.
_MAY_BE_OVERRIDDEN = frozenset(
  (
    '_assert_members_are_not_overridden',
    '_create_and_assert_global_step',
    '_export_all_saved_models',
    'latest_checkpoint',
    'model_fn',
  )
)


def refuse_overrides(cls: type, base: type) -> None:
  """Raises ValueError if a user's class overrides members of `base`."""
  package = __name__.split('.', 1)[0]
  if cls.__module__.split('.', 1)[0] == package:
    return
  overridden = sorted(
    name
    for name, member in vars(cls).items()
    if not name.startswith('__')
    and name not in _MAY_BE_OVERRIDDEN
    and hasattr(base, name)
    and member is not getattr(base, name)
  )
  if overridden:
    raise ValueError(
      'Subclasses of Estimator cannot override members of Estimator. '
      f'{cls} does override {overridden}. Use model_fn, hooks or a new name. '
      'If you mean it, see docs/subclassing.md.'
    )


def complete_config(config: Any, model_dir: Any) -> run_config.RunConfig:
  """A copy of the config with model_dir and session_config set."""
  deprecations.quiet()
  if config is None:
    logging.info('Using default config.')
    config = run_config.RunConfig()
  elif not isinstance(config, run_config.RunConfig):
    raise ValueError(
      f'config must be an instance of `RunConfig`, but provided {config}.'
    )
  model_dir = _path(model_dir) if model_dir else None
  if model_dir and config.model_dir and model_dir != config.model_dir:
    raise ValueError(
      '`model_dir` are set both in constructor and `RunConfig`, but with '
      f"different values. In constructor: '{model_dir}', in `RunConfig`: "
      f"'{config.model_dir}'"
    )
  model_dir = model_dir or config.model_dir
  if not model_dir:
    model_dir = tempfile.mkdtemp()
    logging.warning('Using temporary folder as model directory: %s', model_dir)
  session_config = config.session_config or run_config.default_session_config()
  session_options.start(session_config)
  return config.replace(model_dir=model_dir, session_config=session_config)


def _path(model_dir: Any) -> Any:
  if isinstance(model_dir, str | bytes | os.PathLike):
    return arguments.as_path(model_dir)
  hint = ''
  if isinstance(model_dir, (list, tuple)):
    hint = (
      ' Give feature columns by name: linear_feature_columns=[...], '
      'dnn_feature_columns=[...], feature_columns=[...].'
    )
  raise TypeError(
    f'`model_dir` ({model_dir!r}) must be the path of a folder: expected str, bytes '
    f'or os.PathLike object, not {type(model_dir).__name__}.{hint}'
  )


def warm_start(
  warm_start_from: Any,
) -> warm_start_settings.WarmStartSettings | None:
  """The settings behind the argument `warm_start_from`."""
  if warm_start_from is None:
    return None
  settings = warm_start_from
  if isinstance(settings, str | bytes | os.PathLike):
    settings = warm_start_settings.WarmStartSettings(
      arguments.as_path(settings)
    )
  if not isinstance(settings, warm_start_settings.WarmStartSettings):
    raise ValueError(
      'warm_start_from must be a string or a WarmStartSettings, instead got '
      f'{type(warm_start_from)}'
    )
  source = arguments.as_path(settings.ckpt_to_initialize_from)
  if not isinstance(source, str):
    raise TypeError(
      '`ckpt_to_initialize_from` of WarmStartSettings must be the path of a '
      f'checkpoint or of a folder of them, got {source!r}.'
    )
  settings = settings._replace(ckpt_to_initialize_from=source)
  if tf.saved_model.contains_saved_model(source):
    directory = tf.saved_model.VARIABLES_DIRECTORY
    prefix = os.path.join(source, directory, tf.saved_model.VARIABLES_FILENAME)
    settings = settings._replace(ckpt_to_initialize_from=prefix)
  return settings
