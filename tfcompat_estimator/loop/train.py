"""Trains: builds the graph, opens the session, runs steps until told to stop."""

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.checkpoint import leftovers, reader
from tfcompat_estimator.checkpoint import source as source_lib
from tfcompat_estimator.hooks import progress
from tfcompat_estimator.loop import (
  build,
  default_hooks,
  saving,
  scaffolding,
  termination,
)
from tfcompat_estimator.loop import model as model_lib
from tfcompat_estimator.session_emulation.ahead import fused
from tfcompat_estimator.session_emulation.opening import creator as creator_lib
from tfcompat_estimator.spec import modes

v1 = tf.compat.v1
logging = tf.compat.v1.logging


def train(
  model: model_lib.Model,
  input_fn: Callable[..., Any],
  hooks: Iterable[v1.train.SessionRunHook] | None,
  steps: int | None,
  max_steps: int | None,
  saving_listeners: Iterable[v1.train.CheckpointSaverListener] | None,
) -> None:
  """Trains for `steps` more steps or up to global step `max_steps`.

  Training resumes from the latest checkpoint of the model's directory.

  Args:
    model: what to train.
    input_fn: makes the features and labels.
    hooks: the user's hooks.
    steps: how many steps from where training resumes; None: no limit.
    max_steps: the global step to stop at; None: no limit.
    saving_listeners: called around each save of a checkpoint.

  Raises:
    ValueError: both `steps` and `max_steps` are given, or one of them is not
      positive.
    TypeError: a hook or listener is of the wrong type.
  """
  if steps is not None and max_steps is not None:
    raise ValueError(
      f'Can not provide both steps and max_steps. Given: steps {steps}, '
      f'max_steps {max_steps}. Give one of them.'
    )
  build.check_steps('steps', steps)
  build.check_steps('max_steps', max_steps)
  with contextlib.ExitStack() as stack:
    if model.config.is_chief:
      stack.enter_context(leftovers.training_in(model.model_dir))
    source = source_lib.Source(model.model_dir)
    if max_steps is not None and _has_reached(max_steps, source):
      logging.info('Skipping training since max_steps has already saved.')
      return
    user_hooks = build.check_hooks(hooks)
    if steps is not None or max_steps is not None:
      user_hooks.append(v1.train.StopAtStepHook(steps, max_steps))
    listeners = _check_listeners(saving_listeners)
    user_hooks.append(stack.enter_context(termination.graceful()))
    stack.enter_context(build.new_graph(model))
    built = build.call_fns(
      model,
      input_fn,
      modes.ModeKeys.TRAIN,
      checkpoint_path=source.path,
    )
    user_hooks += stack.enter_context(
      progress.shown(
        'train',
        built.global_step,
        'step',
        steps=steps,
        max_steps=max_steps,
        loss=built.spec.loss,
      )
    )
    loss = _run(model, built, source, user_hooks, listeners)
  logging.info('Loss for final step: %s.', loss)


def _run(
  model: model_lib.Model,
  built: build.Built,
  source: source_lib.Source,
  user_hooks: default_hooks.Hooks,
  listeners: list[v1.train.CheckpointSaverListener],
) -> Any:
  """Runs the steps; returns the loss of the last one, None without any."""
  spec = built.spec
  _check_trainable(spec)
  _summarize_loss(spec.loss)
  scaffold = scaffolding.training_scaffold(spec.scaffold, model.config)
  all_hooks = default_hooks.train_hooks(
    model, built, scaffold, user_hooks, listeners
  )
  creator = creator_lib.EmulatedSessionCreator(scaffold, source=source)
  with saving.guarded(all_hooks, spec.loss) as guarded_hooks:
    steps = fused.FusedSteps(
      creator, guarded_hooks, spec.train_op, spec.loss, built.global_step
    )
    with creator.opened(guarded_hooks) as session:
      while not session.should_stop():
        if steps.run():
          break
        _, loss = session.run([spec.train_op, spec.loss])
        steps.count_run(loss)
  loss = steps.last_value
  if loss is None:
    logging.warning(
      'Training with estimator made no steps. Perhaps input is empty or '
      'misspecified.'
    )
  return loss


def _summarize_loss(loss: tf.Tensor) -> None:
  """Adds the `loss` summary, unless the model has one of that name."""
  summaries = v1.get_collection(v1.GraphKeys.SUMMARIES)
  if not any(summary.op.name == 'loss' for summary in summaries):
    v1.summary.scalar('loss', loss)
  v1.add_to_collection(v1.GraphKeys.LOSSES, loss)


def _check_trainable(spec: Any) -> None:
  for name in ('train_op', 'loss'):
    if getattr(spec, name) is None:
      raise TypeError(
        f'The EstimatorSpec that model_fn returned for mode '
        f"'{modes.ModeKeys.TRAIN}' is one of mode {spec.mode!r} with "
        f'`{name}` None. Return a spec with the mode that model_fn was given.'
      )


def _has_reached(max_steps: int, source: source_lib.Source) -> bool:
  """Whether there is a sound checkpoint of step `max_steps` or later."""
  if source.path is None or source.attempt(reader.global_step) < max_steps:
    return False
  source.read_everything()  # no training will do so
  return source.attempt(reader.global_step) >= max_steps


def _check_listeners(
  listeners: Iterable[Any] | None,
) -> list[v1.train.CheckpointSaverListener]:
  listeners = list(listeners or [])
  for listener in listeners:
    if not isinstance(listener, v1.train.CheckpointSaverListener):
      raise TypeError(
        'saving_listeners must be a list of CheckpointSaverListener, given: '
        f'{listener}'
      )
  return listeners
