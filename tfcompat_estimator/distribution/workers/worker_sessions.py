"""Opens the session of a worker that trains in step with others."""

import contextlib
import copy
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import checkpoint_source
from tfcompat_estimator.distribution import rendezvous, strategies
from tfcompat_estimator.distribution.workers import (
  agreement,
  health,
  joining,
  pacing,
)
from tfcompat_estimator.records import run_config
from tfcompat_estimator.session_emulation import components
from tfcompat_estimator.session_emulation.opening import (
  restoring,
  session_creator,
)
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
logging = tf.compat.v1.logging

# Errors that the end of another worker, or of its collectives, may come as.
_OF_PEERS = (
  tf.errors.AbortedError,
  tf.errors.CancelledError,
  tf.errors.DeadlineExceededError,
  tf.errors.FailedPreconditionError,
  tf.errors.InternalError,
  tf.errors.UnavailableError,
)
# How long it may take the watch to find a lost worker.
_SECONDS_FOR_NEWS = 8.0
# How long a worker that has ended waits for the others to do so.
_SECONDS_TO_END_TOGETHER = 60.0
# The same steps for all: the clocks of workers differ. As in the reference.
_STEPS_BETWEEN_CHECKPOINTS = 1000


@contextlib.contextmanager
def own_config(
  config: run_config.RunConfig,
) -> Iterator[run_config.RunConfig]:
  """The config by which this process saves.

  Workers in step all save at the same steps, since it takes all of them to read
  what they share; what others than the chief write is thrown away.
  """
  own = copy.copy(config)
  if own.save_checkpoints_secs:
    logging.warning(
      'save_checkpoints_secs (%s) of a RunConfig must be the same moment for all '
      'workers: checkpoints are saved every %d steps instead. Set '
      'save_checkpoints_steps.',
      own.save_checkpoints_secs,
      _STEPS_BETWEEN_CHECKPOINTS,
    )
    own._save_checkpoints_secs = None  # noqa: SLF001
    own._save_checkpoints_steps = _STEPS_BETWEEN_CHECKPOINTS  # noqa: SLF001
  if config.is_chief:
    yield own
    return
  folder = os.path.join(
    config.model_dir, f'tmp_{config.task_type}_{config.task_id}'
  )
  own._model_dir = folder  # noqa: SLF001
  _remove(folder)  # of a process that was killed
  try:
    yield own
  finally:
    _remove(folder)


def _remove(folder: str) -> None:
  with contextlib.suppress(tf.errors.NotFoundError):
    tf.io.gfile.rmtree(folder)


class Session(emulated_session.EmulatedSession):
  """Says of each error that comes of a lost worker that it does.

  As another type than TensorFlow's own, so that MonitoredSession does not open a
  session again: the collectives of this process are over.
  """

  def __init__(self, graph: tf.Graph, watch: health.Watch):
    super().__init__(graph)
    self._watch = watch

  def located(self, error: Exception) -> Exception:
    """See the base class."""
    error = super().located(error)
    if not isinstance(error, _OF_PEERS):
      return error
    lost = self._watch.wait_for_news(_SECONDS_FOR_NEWS)
    return _lost(lost or 'another worker, which gave up,', error.message)


def _lost(who: str, why: str) -> RuntimeError:
  return RuntimeError(
    f'Training with MultiWorkerMirroredStrategy cannot go on: {who} was lost. '
    'Start all workers again: training goes on from the latest checkpoint. '
    f'TensorFlow says: {why[:500]}'
  )


class WorkerCreator(session_creator.EmulatedSessionCreator):
  """Opens the session of a worker, once.

  Args:
    scaffold: As for the base class.
    source: As for the base class.
    config: The task's `RunConfig`.
    is_cancelled: Tells whether the process is to end.

  Attributes:
    pace: Decides, for all workers, how many steps run in a loop.
  """

  def __init__(
    self,
    scaffold: v1.train.Scaffold,
    source: restoring.CheckpointSource | None,
    config: run_config.RunConfig,
    is_cancelled: Callable[[], bool],
  ):
    super().__init__(scaffold, source=source)
    self._config = config
    self._strategy = config.train_distribute
    self._watch = health.Watch(self._strategy)
    self._hooks: Sequence[v1.train.SessionRunHook] = ()
    self._is_cancelled = is_cancelled
    self.pace = pacing.InStep(
      self._strategy,
      is_cancelled,
      # With NCCL in a loop, which could not be tried, operations may need an order.
      allows_loops=strategies.is_on_cpus(self._strategy),
    )
    self.own_hooks = session_creator.OwnHooks(
      [_EndTogether(self._strategy)], [self.pace]
    )

  @contextlib.contextmanager
  def opened(
    self, hooks: Sequence[v1.train.SessionRunHook]
  ) -> Iterator[v1.train.MonitoredSession]:
    """See the base class; meanwhile the other workers are watched.

    Raises:
      tf.errors.DeadlineExceededError: A worker did not come in time.
      SystemExit: The process of another worker was told to end. Training is not
        over: who starts again what has failed is to start this one, too.
    """
    limit = self._config.session_creation_timeout_secs
    wait = rendezvous.Wait(limit, self._is_cancelled)
    joining.wait_for(joining.peers(self._strategy), wait)
    self.pace.watch(hooks)
    self._hooks = hooks
    try:
      with self._watch, super().opened(hooks) as session:
        yield session
    except BaseException as error:
      # Others wait for this worker: they shall know that it will not come.
      _tf.eager_context().abort_collective_ops(
        tf.errors.UNAVAILABLE,
        f'{self._config.task_type} {self._config.task_id} ended with '
        f'{type(error).__name__}: {error!s:.300}',
      )
      raise
    if self.pace.all_are_told_to_end and not self._is_cancelled():
      logging.warning(
        'SIGTERM came to another worker: all have stopped after the same step. Start '
        'them again: training goes on from the latest checkpoint.'
      )
      raise SystemExit(143)

  def create_session(self) -> emulated_session.EmulatedSession:
    """A session whose model is ready to run.

    Raises:
      ValueError: The workers are about to do different things.
      RuntimeError: A worker did not come in time, or is lost.
    """
    if self.session is not None:
      raise _lost('a worker', 'a second session was asked for.')
    self._scaffold.finalize()
    self._agree()
    return super().create_session()

  def _make_session(self) -> emulated_session.EmulatedSession:
    return Session(v1.get_default_graph(), self._watch)

  def _restore(self, session: emulated_session.EmulatedSession) -> bool:
    """See the base class."""
    is_restored = super()._restore(session)
    saver = self._scaffold.saver
    if not self._config.is_chief and hasattr(saver, 'recover_last_checkpoints'):
      # keep_checkpoint_max counts, and removes, what this worker has saved to a
      # folder of its own. Those in model_dir are the chief's.
      saver.recover_last_checkpoints([])
    return is_restored

  def _agree(self) -> None:
    limit = self._config.session_creation_timeout_secs
    stop = [
      (hook._num_steps, hook._last_step)  # noqa: SLF001
      for hook in self._hooks
      if isinstance(hook, v1.train.StopAtStepHook)
    ]
    config = self._config
    path = self._source.path if self._source else None
    mine = {
      _MODEL: agreement.fingerprint(_model()),
      _CHECKPOINT: -1
      if path is None
      else int(checkpoint_source.global_step(path)),
      _STEPS: agreement.fingerprint(str(stop)),
      'save_checkpoints_steps': int(config.save_checkpoints_steps or 0),
      'save_summary_steps': int(config.save_summary_steps or 0),
    }
    try:
      said = agreement.table(self._strategy, mine, float(limit))
    except tf.errors.OpError as error:
      who = self._watch.lost or (
        f'a worker that did not come within {limit} seconds '
        '(session_creation_timeout_secs of the RunConfig)'
      )
      raise _lost(who, error.message) from error
    for name, values in said.items():
      if len(set(values)) > 1:
        raise ValueError(
          f'The workers of {self._config.cluster_spec.as_dict()} are about to do '
          f'different things: {_explained(name, values)} All must run the same '
          'program with the same arguments.'
        )


_MODEL = 'model'
_CHECKPOINT = 'checkpoint'
_STEPS = 'steps'


def _model() -> str:
  """What tells models apart: the names and shapes of their variables."""
  parts = [components.first(variable) for variable in v1.global_variables()]
  return '\n'.join(f'{p.op.name} {p.shape} {p.dtype}' for p in parts)


def _explained(name: str, values: Sequence[int]) -> str:
  if name == _MODEL:
    return 'their models have other variables.'
  if name == _CHECKPOINT:
    return (
      f'they start from checkpoints of global steps {list(values)} (-1: none). '
      'model_dir must be a directory that all of them share.'
    )
  if name == _STEPS:
    return 'their `steps` or `max_steps` differ.'
  return f'their {name} of the RunConfig are {list(values)}.'


class _EndTogether(v1.train.SessionRunHook):
  """Finds, when this worker's training ends, that the others go on.

  They wait for it then, and it would wait for them to save a checkpoint.
  """

  def __init__(self, strategy: Any):
    self._strategy = strategy

  def end(self, session: Any) -> None:
    """Waits for the others; raises RuntimeError if they do not end, too."""
    del session
    try:
      agreement.table(self._strategy, {'end': 1}, _SECONDS_TO_END_TOGETHER)
    except tf.errors.OpError as error:
      raise RuntimeError(
        'Training ended in this worker while others go on. Give all of them '
        'as many batches (repeat the dataset, and set max_steps), and hooks that '
        'stop at the same step. Start all workers again: training goes on from '
        f'the latest checkpoint. TensorFlow says: {error.message[:500]}'
      ) from error
