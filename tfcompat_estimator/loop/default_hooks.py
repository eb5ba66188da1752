"""States in what order the hooks of a call are called."""

import contextlib
import functools
from collections.abc import Iterator, Sequence

import tensorflow as tf

from tfcompat_estimator.loop import saving
from tfcompat_estimator.records import cluster, estimator_specs, run_config
from tfcompat_estimator.session_emulation.loops import loops
from tfcompat_estimator.session_emulation.opening import session_creator

v1 = tf.compat.v1
Hooks = list[v1.train.SessionRunHook]


def in_session(
  creator: session_creator.EmulatedSessionCreator,
  hooks: Sequence[v1.train.SessionRunHook],
  next_run: loops.NextRun,
  final: Sequence[v1.train.SessionRunHook] = (),
) -> Hooks:
  """All hooks of a session in the order in which they are called.

  Workers in step first find out whether all of them end: nobody can save before.
  What reads results comes after the user's hooks, whose `end` may still change
  them. Last are the hook that raises an error of a loop, as if the run itself
  had, and workers' question how to go on.

  Args:
    creator: Opens the session, and may have hooks of its own.
    hooks: Those of the call: `train_hooks`, or of the input, the user and the
      model.
    next_run: Of what runs steps between two runs.
    final: Read the results of the call.
  """
  own = creator.own_hooks
  return [*own.first, *hooks, *final, next_run, *own.last]


def train_hooks(
  config: run_config.RunConfig,
  spec: estimator_specs.EstimatorSpec,
  scaffold: v1.train.Scaffold,
  global_step: tf.Variable,
  user_hooks: Hooks,
  saving_listeners: Sequence[v1.train.CheckpointSaverListener],
  all_save: bool,
) -> Hooks:
  """The hooks of a train call in the order in which they are called.

  A checkpoint is saved before the summaries of its step are written, and both
  come before the user's hooks; that order is what users' hooks rely on. Only the
  chief of a cluster has these and the model's `training_chief_hooks`; but workers
  in step all save, as it takes all of them to read what they share. A master
  evaluates at length, too: where it has workers, the first writes the summaries.

  Args:
    config: Says how often to save, to log and to write summaries, and where to.
    spec: Of the model; it may have hooks of its own.
    scaffold: Has the saver and the summaries.
    global_step: Of the graph.
    user_hooks: Those of the input and of the user, the one that counts steps
      among them, and what this process adds.
    saving_listeners: The user's.
    all_save: Whether this is a worker in step.

  Raises:
    ValueError: There are listeners but nothing that saves checkpoints.
  """
  others = [
    *user_hooks,
    v1.train.NanTensorHook(spec.loss),
    *_logging_hooks(config, spec.loss, global_step),
    *spec.training_hooks,
  ]
  chief_hooks = list(spec.training_chief_hooks)
  savers = saving.savers_of([*others, *chief_hooks])
  default_saver = [] if savers else _saver_hooks(config, scaffold)
  saver = (savers or default_saver)[:1]
  _add_listeners(saver, saving_listeners)
  if saver:
    _add_listeners(saver, _listeners_of([*others, *chief_hooks]))
  summary_hooks = _summary_hooks(config, scaffold)
  if config.is_chief:
    first = [*default_saver, *chief_hooks]
    hooks = [*first, *(() if _has_writer(config) else summary_hooks), *others]
  elif all_save:
    hooks = [*default_saver, *summary_hooks, *others]
  else:
    hooks = [*others, *(summary_hooks if _writes_for_master(config) else ())]
  watch = [saving.LossWatch(spec.loss)] if saving.savers_of(hooks) else []
  return [*watch, *hooks]


@contextlib.contextmanager
def events_flushed(
  hooks: Sequence[v1.train.SessionRunHook],
) -> Iterator[None]:
  """Has the event files of these hooks on disk when this ends.

  TensorFlow's StepCounterHook and CheckpointSaverHook leave their last events to a
  thread, which ends with the process (TensorFlow 2.15 to 2.21).
  """
  try:
    yield
  except BaseException:
    with contextlib.suppress(Exception):  # it is that error that counts
      _flush(hooks)
    raise
  _flush(hooks)


def _flush(hooks: Sequence[v1.train.SessionRunHook]) -> None:
  writers = [getattr(hook, '_summary_writer', None) for hook in hooks]
  for writer in {id(writer): writer for writer in writers}.values():
    if isinstance(writer, v1.summary.FileWriter):
      writer.flush()


def _has_writer(config: run_config.RunConfig) -> bool:
  """Whether this is a cluster with a master, and a worker to write for it."""
  jobs = config.cluster_spec.jobs if config.cluster_spec else ()
  return {cluster.TaskType.MASTER, cluster.TaskType.WORKER} <= set(jobs)


def _writes_for_master(config: run_config.RunConfig) -> bool:
  is_first = (config.task_type, config.task_id) == (cluster.TaskType.WORKER, 0)
  return is_first and _has_writer(config)


@functools.cache
def _writer_beside_master(model_dir: str) -> v1.summary.FileWriter:
  """Writes the events of worker 0, in a file that cannot be the master's.

  TensorFlow names such files after the host and the second. Two tasks of one host
  that begin in the same second would write over each other's.
  """
  return v1.summary.FileWriter(model_dir, filename_suffix='.worker0')


def _saver_hooks(
  config: run_config.RunConfig, scaffold: v1.train.Scaffold
) -> Hooks:
  if not config.save_checkpoints_secs and not config.save_checkpoints_steps:
    return []
  return [
    saving.CheckpointSaverHook(
      config.model_dir,
      save_secs=config.save_checkpoints_secs,
      save_steps=config.save_checkpoints_steps,
      scaffold=scaffold,
      save_graph_def=config.checkpoint_save_graph_def,
    ),
  ]


def _listeners_of(hooks: Hooks) -> list[v1.train.CheckpointSaverListener]:
  """Those of hooks that have one, as `saving_listener`."""
  found = [getattr(hook, 'saving_listener', None) for hook in hooks]
  kind = v1.train.CheckpointSaverListener
  return [listener for listener in found if isinstance(listener, kind)]


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
  if not config.log_step_count_steps and not config.save_summary_steps:
    return []
  is_beside = _writes_for_master(config)
  writer = _writer_beside_master(config.model_dir) if is_beside else None
  hooks = []
  if config.log_step_count_steps:
    hooks.append(
      v1.train.StepCounterHook(
        every_n_steps=config.log_step_count_steps,
        output_dir=config.model_dir,
        summary_writer=writer,
      )
    )
  if config.save_summary_steps:
    hooks.append(
      v1.train.SummarySaverHook(
        scaffold=scaffold,
        save_steps=config.save_summary_steps,
        output_dir=config.model_dir,
        summary_writer=writer,
      )
    )
  return hooks


def _logging_hooks(
  config: run_config.RunConfig, loss: tf.Tensor, global_step: tf.Variable
) -> Hooks:
  if config.log_step_count_steps is None:
    return []
  return [
    v1.train.LoggingTensorHook(
      {'loss': loss, 'step': global_step},
      every_n_iter=config.log_step_count_steps,
    )
  ]
