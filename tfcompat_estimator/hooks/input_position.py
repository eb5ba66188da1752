"""Keeps the position in the input beside the checkpoints of the model.

Each checkpoint `model.ckpt-N` gets an `input.ckpt-N`, with the state of every
dataset iterator of the graph, and `checkpoint_input` lists them: the files that
TensorFlow 2.15 wrote and reads.
"""

import os
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import integrity, listing
from tfcompat_estimator.session_emulation.loops import hook_protocol

v1 = tf.compat.v1
logging = tf.compat.v1.logging

_ITERATORS = 'iterators'  # TensorFlow's collection of them
_POLICIES = (None, 'fail', 'warn', 'ignore')


class CheckpointInputPipelineHook(v1.train.SessionRunHook):
  """Saves where the input is with each checkpoint, and goes on from there.

      estimator.train(
          input_fn, hooks=[CheckpointInputPipelineHook(estimator)], steps=5)

  When training is started again, with the same `input_fn` and this hook, its
  first batch is the one after the last of the checkpoint that it goes on from,
  also with `shuffle`. An input that has ended stays at its end. Batches that were
  read ahead are saved as they are: with another batch size, they come first.

  Python generators (`Dataset.from_generator`) and tensors that come from no
  dataset have no position that can be saved.
  """

  def __init__(self, estimator, external_state_policy=None):
    """Makes the hook.

    Args:
      estimator: The `tf.estimator.Estimator` that is trained.
      external_state_policy: What to do about an input with state outside of it,
        in a Python function say, which is not saved: `'fail'` with an error
        (the default, None), `'warn'` or `'ignore'` it.

    Raises:
      ValueError: If the policy is another, or if checkpoints are turned off in
        the `RunConfig`.
    """
    if external_state_policy not in _POLICIES:
      raise ValueError(
        '`external_state_policy` must be one of "warn", "ignore" and "fail". '
        f'Received {external_state_policy!r}.'
      )
    config = estimator.config
    # For trainings without a saver that tells this hook when to save.
    self._timer = v1.train.SecondOrStepTimer(
      every_secs=config.save_checkpoints_secs,
      every_steps=config.save_checkpoints_steps,
    )
    self._policy = external_state_policy
    self._name = 'input'
    if config.num_worker_replicas > 1:  # each has an input of its own
      self._name = f'input_{config.task_type}_{config.task_id}'
    self._model_dir = config.model_dir
    self._keep = config.keep_checkpoint_max
    self.saving_listener = _SaveBefore(self)
    self._saver: Any = None
    self._is_restored = False
    self._is_off = False  # where there is nothing that could be saved

  def begin(self) -> None:
    """Adds what saves and restores the iterators to the graph.

    Raises:
      ValueError: If the graph has no dataset iterator.
    """
    iterators = [_Iterator(each) for each in v1.get_collection(_ITERATORS)]
    if not iterators:
      raise ValueError(
        'The graph has no dataset iterator, so there is no position in the '
        'input to save. Return a tf.data.Dataset from input_fn.'
      )
    self._saver = v1.train.Saver(
      [
        tf.data.experimental.make_saveable_from_iterator(
          iterator, external_state_policy=self._policy
        )
        for iterator in iterators
      ],
      # One more than the model has: the position is saved first.
      max_to_keep=self._keep + 1 if self._keep else None,
      save_relative_paths=True,
      name='input_position',
    )
    self._global_step = _tf.get_or_create_global_step_read()
    self.saving_listener.is_called = False

  def after_create_session(self, session: Any, coord: Any) -> None:
    """Notes that the input of this session begins anew.

    Args:
      session: The session; a hook after this one may initialize iterators.
      coord: The session's coordinator of threads; not used.
    """
    self._is_restored = False

  def runs_before_control(self, global_step: int) -> float:
    """How many runs this hook need not see, as the fused loop asks."""
    is_saved_for = self._is_restored and self.saving_listener.is_called
    return hook_protocol.NEVER if is_saved_for or self._is_off else 0

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs | None:
    """Goes to the saved position before the first step of a session."""
    if not (self._is_restored or self._is_off):
      self._restore(run_context.session)
    if self.saving_listener.is_called or self._is_off:
      return None
    return v1.train.SessionRunArgs(self._global_step)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    """Saves, where no hook that saves the model says when to."""
    if self.saving_listener.is_called or run_values.results is None:
      return
    step = run_values.results + 1
    if self._timer.should_trigger_for_step(step):
      self.save(run_context.session, step)

  def end(self, session: Any) -> None:
    """Saves the last position, unless the model's saver does.

    Args:
      session: The session of training, still open.
    """
    if not self.saving_listener.is_called and self._is_restored:
      self.save(session, session.run(self._global_step))

  def save(self, session: Any, step: int) -> None:
    """Saves the position, once there is one.

    Args:
      session: The session of training.
      step: The global step.
    """
    if not self._is_restored:
      return  # the checkpoint at the start is the one that was restored
    self._timer.update_last_triggered_step(step)
    self._saver.save(
      session,
      os.path.join(self._model_dir, f'{self._name}.ckpt'),
      global_step=step,
      latest_filename=f'checkpoint_{self._name}',
      write_meta_graph=False,
    )

  def _restore(self, session: Any) -> None:
    self._is_restored = True
    step = int(session.run(self._global_step))
    path = self._position_of(step)
    if path is None:
      self.save(session, step)
      return
    try:
      self._saver.restore(session, path)
    except tf.errors.NotFoundError as error:
      raise type(error)(
        error.node_def,
        error.op,
        f'{path} has the position in another input: {error.message} Restore '
        f'the input_fn that it is of, or remove {self._name}.ckpt-* and '
        f'checkpoint_{self._name} to read the new input from its beginning.',
      ) from error
    self._saver.recover_last_checkpoints(self._saved())
    self._timer.update_last_triggered_step(step)

  def _saved(self) -> list[str]:
    """The positions that the state file lists, oldest first."""
    state = tf.train.get_checkpoint_state(
      self._model_dir, f'checkpoint_{self._name}'
    )
    return list(state.all_model_checkpoint_paths) if state else []

  def _position_of(self, step: int) -> str | None:
    """The sound position of this step; else the newest, with a warning."""
    own = os.path.join(self._model_dir, f'{self._name}.ckpt-{step}')
    for path in dict.fromkeys([own, *reversed(self._saved())]):
      if integrity.defect(path) is not None:
        continue
      if path != own:
        logging.warning(
          'The position in the input at step %d is not in %s. Going on from '
          'that at step %d.',
          step,
          self._model_dir,
          listing.step_of(path),
        )
      return path
    return None


class ResumeInput(CheckpointInputPipelineHook):
  """Has training read on in its input where it left off, where that can be.

  The switch for all of a `train_and_evaluate`, or for a `train`:

      train_spec = tf.estimator.TrainSpec(
          input_fn, hooks=[tfcompat_estimator.experimental.ResumeInput(est)])

  It is a `CheckpointInputPipelineHook` that does not fail: an input whose
  position cannot be saved, such as one from a Python generator, is named in a
  warning and begins anew at each start, as it does without this hook. State
  that Python functions in the input keep is not saved.
  """

  def __init__(self, estimator):
    """Makes the hook.

    Args:
      estimator: The `tf.estimator.Estimator` that is trained.

    Raises:
      TypeError: If `estimator` is none.
      ValueError: If checkpoints are turned off in the `RunConfig`.
    """
    config = getattr(estimator, 'config', None)
    if config is None:
      raise TypeError(
        f'`estimator` ({estimator!r}) must be the Estimator that is trained.'
      )
    if not (config.save_checkpoints_secs or config.save_checkpoints_steps):
      raise ValueError(
        'ResumeInput saves with each checkpoint, and the RunConfig of '
        '`estimator` turns checkpoints off. Give it save_checkpoints_steps or '
        'save_checkpoints_secs.'
      )
    super().__init__(estimator, external_state_policy='ignore')

  def begin(self) -> None:
    """Adds what saves the iterators to the graph, if there are any."""
    self._is_off = not v1.get_collection(_ITERATORS)
    if self._is_off:
      self._warn('it comes from no tf.data.Dataset')
    else:
      super().begin()

  def save(self, session: Any, step: int) -> None:
    """Saves the position; if it cannot be saved, warns and gives up."""
    if self._is_off:
      return
    try:
      super().save(session, step)
    except tf.errors.UnimplementedError as error:
      self._is_off = True
      self._warn(str(error.message).split('\t')[0].strip().splitlines()[-1])

  def _warn(self, reason: str) -> None:
    logging.warning(
      'The position in the input cannot be saved: %s. After a restart the '
      'input begins anew.',
      reason.rstrip('.'),
    )


class _Iterator:
  """Of an iterator, what `make_saveable_from_iterator` asks of it."""

  def __init__(self, resource: tf.Tensor):
    self._iterator_resource = resource


class _SaveBefore(v1.train.CheckpointSaverListener):
  """Has a hook save before each checkpoint of the model.

  After a kill in between, the position of the model's last checkpoint is there.
  """

  def __init__(self, hook: CheckpointInputPipelineHook):
    self._hook = hook
    self.is_called = False

  def before_save(self, session: Any, global_step_value: int) -> None:
    self.is_called = True  # at the start of each session already
    self._hook.save(session, global_step_value)
