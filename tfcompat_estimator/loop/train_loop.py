"""Trains: opens the session of a built graph, runs steps until told to stop."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_source, stale_files
from tfcompat_estimator.errors import batches
from tfcompat_estimator.hooks import progress
from tfcompat_estimator.inputs import input_call
from tfcompat_estimator.loop import (
  build,
  default_hooks,
  engines,
  nan_inputs,
  saving,
  termination,
)
from tfcompat_estimator.records import estimator_specs, modes, run_config
from tfcompat_estimator.session_emulation.loops import fused_steps

v1 = tf.compat.v1
logging = tf.compat.v1.logging


def check_limits(steps: int | None, max_steps: int | None) -> None:
  """Checks how long to train.

  Args:
    steps: How many steps from where training resumes; None: no limit.
    max_steps: The global step to stop at; None: no limit.

  Raises:
    ValueError: Both are given, or one of them is not positive.
  """
  if steps is not None and max_steps is not None:
    raise ValueError(
      f'Can not provide both steps and max_steps. Given: steps {steps}, '
      f'max_steps {max_steps}. Give one of them.'
    )
  build.check_steps('steps', steps)
  build.check_steps('max_steps', max_steps)


@contextlib.contextmanager
def owned_directory(
  config: run_config.RunConfig, model_dir: str
) -> Iterator[None]:
  """While this is open, the model's directory is that of this training."""
  if not config.is_chief:
    yield
    return
  with stale_files.training_in(model_dir):
    yield


def has_reached(max_steps: int | None, model_dir: str) -> bool:
  """Whether there is a sound checkpoint of step `max_steps` or later."""
  if max_steps is None:
    return False
  source = checkpoint_source.Source(model_dir)
  if (
    source.path is None
    or source.attempt(checkpoint_source.global_step) < max_steps
  ):
    return False
  source.read_everything()  # no training will do so
  return source.attempt(checkpoint_source.global_step) >= max_steps


def run(
  config: run_config.RunConfig,
  spec: estimator_specs.EstimatorSpec,
  source: checkpoint_source.Source,
  hooks: default_hooks.Hooks,
  global_step: tf.Variable,
  listeners: Sequence[v1.train.CheckpointSaverListener],
) -> Any:
  """Runs the steps of the model in the default graph.

  Args:
    config: How often to save, and the like.
    spec: What to train.
    source: The checkpoint to resume from, if there is one.
    hooks: Those of the input and of the user.
    global_step: Of the graph.
    listeners: Are called around each save of a checkpoint.

  Returns:
    The loss of the last step, a numpy value; None without any step.

  Raises:
    TypeError: `spec` has no loss or no train_op.
  """
  _check_trainable(spec)
  own = (*spec.training_hooks, *spec.training_chief_hooks)
  if all(type(h) is input_call.DatasetInitializerHook for h in (*hooks, *own)):
    input_call.warn_of_endless(
      hooks, 'train does not end. Give `steps` or `max_steps`'
    )
  _summarize_loss(spec.loss)
  scaffold = build.training_scaffold(spec.scaffold, config)
  with contextlib.ExitStack() as stack:
    signal = stack.enter_context(termination.graceful())
    config, creator, pace, in_step = stack.enter_context(
      engines.chosen(config, scaffold, source, signal.has_come)
    )
    shown = stack.enter_context(_progress(hooks, global_step, spec.loss))
    # Workers in step ask for the signal themselves, to end together.
    hooks = [*hooks, *([] if in_step else [signal]), *shown]
    all_hooks = default_hooks.train_hooks(
      config, spec, scaffold, global_step, hooks, listeners, in_step
    )
    stack.enter_context(saving.guarded(all_hooks))
    stack.enter_context(default_hooks.events_flushed(all_hooks))
    steps = fused_steps.FusedSteps(
      creator, all_hooks, spec.train_op, spec.loss, global_step, pace
    )
    stack.enter_context(build.kept(v1.get_default_graph()))
    if not (config.cluster_spec or tf.distribute.has_strategy()):
      stack.enter_context(nan_inputs.told(scaffold, all_hooks))
    with (
      creator.opened(
        default_hooks.in_session(creator, all_hooks, steps.next_run)
      ) as session,
      batches.Counted(lambda: steps.runs),
    ):
      while not session.should_stop():
        if steps.run():
          break
        _, loss = session.run([spec.train_op, spec.loss])
        steps.count_run(loss)
  if steps.last_value is None:
    logging.warning(
      'Training with estimator made no steps. Perhaps input is empty or '
      'misspecified.'
    )
  return steps.last_value


def _progress(
  hooks: default_hooks.Hooks, global_step: tf.Variable, loss: tf.Tensor
) -> Any:
  """Shows how far training has got; a hook knows where it will end."""
  steps = max_steps = None
  for hook in hooks:
    if isinstance(hook, v1.train.StopAtStepHook):
      # The stock hook has no public names for its two arguments; a mock of it
      # has none at all.
      steps = getattr(hook, '_num_steps', None)
      max_steps = getattr(hook, '_last_step', None)
  if steps is not None:
    max_steps = None  # the hook sets it when it begins
  return progress.shown(
    'train', global_step, 'step', steps=steps, max_steps=max_steps, loss=loss
  )


def _summarize_loss(loss: tf.Tensor) -> None:
  """Adds the `loss` summary, unless the model has one of that name."""
  if v1.get_default_graph().finalized:
    return  # it has run before, and has it
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
