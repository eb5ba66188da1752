"""Puts the hooks that every call has around those of the user."""

from collections.abc import Sequence

import tensorflow as tf

from tfcompat_estimator.hooks import saver_hook
from tfcompat_estimator.loop import build
from tfcompat_estimator.loop import model as model_lib
from tfcompat_estimator.spec import run_config

v1 = tf.compat.v1
Hooks = list[v1.train.SessionRunHook]


def train_hooks(
  model: model_lib.Model,
  built: build.Built,
  scaffold: v1.train.Scaffold,
  user_hooks: Hooks,
  saving_listeners: Sequence[v1.train.CheckpointSaverListener],
) -> Hooks:
  """All hooks of a train call in the order in which they are called.

  A checkpoint is saved before the summaries of its step are written, and both
  come before the user's hooks; that order is what users' hooks rely on.

  Raises:
    ValueError: there are listeners but nothing that saves checkpoints.
  """
  config = model.config
  spec = built.spec
  others = [
    *built.inputs.hooks,
    *user_hooks,
    v1.train.NanTensorHook(spec.loss),
    *_logging_hooks(config, built),
    *spec.training_hooks,
  ]
  chief_hooks = list(spec.training_chief_hooks)
  savers = [
    hook
    for hook in (*others, *chief_hooks)
    if isinstance(hook, v1.train.CheckpointSaverHook)
  ]
  default_saver = [] if savers else _saver_hooks(config, scaffold)
  _add_listeners((savers or default_saver)[:1], saving_listeners)
  return [
    *default_saver,
    *chief_hooks,
    *_summary_hooks(config, scaffold),
    *others,
  ]


def _saver_hooks(
  config: run_config.RunConfig, scaffold: v1.train.Scaffold
) -> Hooks:
  if not config.save_checkpoints_secs and not config.save_checkpoints_steps:
    return []
  return [
    saver_hook.CheckpointSaverHook(
      config.model_dir,
      save_secs=config.save_checkpoints_secs,
      save_steps=config.save_checkpoints_steps,
      scaffold=scaffold,
      save_graph_def=config.checkpoint_save_graph_def,
    ),
  ]


def _add_listeners(
  saver: Hooks, listeners: Sequence[v1.train.CheckpointSaverListener]
) -> None:
  if not listeners:
    return
  if not saver:
    raise ValueError(
      'There should be a CheckpointSaverHook to use saving_listeners. Please '
      'set one of the RunConfig.save_checkpoints_steps or '
      'RunConfig.save_checkpoints_secs.'
    )
  # The stock hook has no public way to add a listener to one that was made.
  saver[0]._listeners.extend(listeners)  # noqa: SLF001


def _summary_hooks(
  config: run_config.RunConfig, scaffold: v1.train.Scaffold
) -> Hooks:
  hooks = []
  if config.log_step_count_steps:
    hooks.append(
      v1.train.StepCounterHook(
        every_n_steps=config.log_step_count_steps,
        output_dir=config.model_dir,
      )
    )
  if config.save_summary_steps:
    hooks.append(
      v1.train.SummarySaverHook(
        scaffold=scaffold,
        save_steps=config.save_summary_steps,
        output_dir=config.model_dir,
      )
    )
  return hooks


def _logging_hooks(config: run_config.RunConfig, built: build.Built) -> Hooks:
  if config.log_step_count_steps is None:
    return []
  return [
    v1.train.LoggingTensorHook(
      {'loss': built.spec.loss, 'step': built.global_step},
      every_n_iter=config.log_step_count_steps,
    )
  ]
