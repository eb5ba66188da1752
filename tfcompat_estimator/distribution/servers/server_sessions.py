"""Opens the sessions of the tasks that train with parameter servers."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.distribution import rendezvous
from tfcompat_estimator.distribution.servers import connection, handshake
from tfcompat_estimator.records import run_config
from tfcompat_estimator.session_emulation import devices
from tfcompat_estimator.session_emulation.opening import (
  restoring,
  session_creator,
)
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
logging = tf.compat.v1.logging

# How long a worker leaves its chief the time to begin, where the note on the
# servers is that of another training, which is over.
_SECONDS_FOR_A_NEW_CHIEF = 30.0
# A session that trains has had so many; one that only opens, or fails at its first
# step, has had fewer.
_RUNS_OF_A_TRAINING = 10
# Steps that others make while this worker finds no variables of its own: then
# these are not late, but of another model.
_STEPS_OF_OTHERS = 10


class Session(emulated_session.EmulatedSession):
  """Says of each error that comes of a lost server that it does.

  TensorFlow reports some as a resource or a context that is not there. As an
  AbortedError each of them makes MonitoredSession open another session.
  """

  def __init__(
    self, graph: tf.Graph, servers: connection.Servers, failures: '_Failures'
  ):
    super().__init__(graph)
    self._servers = servers
    self._failures = failures
    self._runs = 0

  def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
    try:
      result = super().run(fetches, feed_dict, options, run_metadata)
      self._runs += 1
      if self._runs == _RUNS_OF_A_TRAINING:
        self._failures.reset()
      return result
    except tf.errors.OutOfRangeError:
      raise
    except tf.errors.OpError as error:
      lost = self._servers.lost()
      if not lost:
        if isinstance(error, tf.errors.UnavailableError):
          self._failures.add(error)
        raise
      self._failures.reset()  # What is waited for next has a limit of its own.
      raise tf.errors.AbortedError(
        None, None, f'Parameter servers {lost} were lost. {error.message}'
      ) from error


class _Failures:
  """Ends a task whose calls fail, again and again, though all servers answer it.

  MonitoredSession would try for ever.

  Args:
    new_wait: Begins to wait.
    own: This task's address.
  """

  def __init__(self, new_wait: Callable[[], rendezvous.Wait], own: str):
    self._new_wait = new_wait
    self._own = own
    self._wait: rendezvous.Wait | None = None

  def reset(self) -> None:
    """A session trains, or something else is the matter."""
    self._wait = None

  def begin(self) -> rendezvous.Wait:
    """Lets the time run in which a session must train."""
    self._wait = self._wait or self._new_wait()
    return self._wait

  def add(self, error: tf.errors.OpError) -> None:
    """Waits before another session is opened.

    Args:
      error: What a call failed with.

    Raises:
      tf.errors.DeadlineExceededError: No session has trained for too long.
    """
    self.begin().go_on(
      'All parameter servers answer, but calls fail. Servers send to the tasks '
      f'that train, too: each of them must reach this one at {self._own}, its '
      f'address in TF_CONFIG. TensorFlow says: {error.message[:500]}'
    )


class _Creator(session_creator.EmulatedSessionCreator):
  """Opens sessions whose variables are on parameter servers.

  Args:
    scaffold: As for the base class.
    source: As for the base class.
    config: The task's `RunConfig`.
    is_cancelled: Tells whether the process is to end instead.
  """

  # The thread of tf.compat.v1.train.SyncReplicasOptimizer waits on a server for
  # gradients that nobody will send any more.
  _seconds_for_threads = 5

  def __init__(
    self,
    scaffold: v1.train.Scaffold,
    source: restoring.CheckpointSource,
    config: run_config.RunConfig,
    is_cancelled: Callable[[], bool],
  ):
    super().__init__(scaffold, source=source)
    self._config = config
    self._is_cancelled = is_cancelled
    self._servers = connection.join(config, self._new_wait(), own_port=False)
    self._failures = _Failures(self._new_wait, self._servers.own)

  def create_session(self) -> emulated_session.EmulatedSession:
    if self.session is not None:
      self.session.close()
    self._servers.ensure(self._new_wait())
    self._failures.begin()
    return super().create_session()

  def _make_session(self) -> emulated_session.EmulatedSession:
    return Session(v1.get_default_graph(), self._servers, self._failures)

  def _new_wait(self) -> rendezvous.Wait:
    return rendezvous.Wait(
      self._config.session_creation_timeout_secs, self._is_cancelled
    )


class ChiefCreator(_Creator):
  """Restores or initializes the variables for all workers."""

  def __init__(self, *args):
    super().__init__(*args)
    self._note = handshake.Chief(self._config.model_dir)

  def create_session(self) -> emulated_session.EmulatedSession:
    """A session whose model is ready, for the workers, too."""
    session = super().create_session()
    self._note.is_ready()
    return session

  def _restore(self, session: emulated_session.EmulatedSession) -> bool:
    self._note.is_opening()
    return super()._restore(session)

  @contextlib.contextmanager
  def opened(
    self, hooks: Sequence[v1.train.SessionRunHook]
  ) -> Iterator[v1.train.MonitoredSession]:
    """See the base class; at the end the workers are told.

    Raises:
      RuntimeError: Another chief has begun meanwhile, and this one was to save.
    """
    only_chief = _OnlyChiefSaves(self._note)
    savers = [
      hook for hook in hooks if isinstance(hook, v1.train.CheckpointSaverHook)
    ]
    for hook in savers:
      hook._listeners.append(only_chief)  # noqa: SLF001
    try:
      with super().opened(hooks) as session:
        yield session
    finally:
      for hook in savers:
        hook._listeners.remove(only_chief)  # noqa: SLF001
      self._note.has_ended()


class _OnlyChiefSaves(v1.train.CheckpointSaverListener):
  """Keeps a chief from saving once there is another one."""

  def __init__(self, note: handshake.Chief):
    self._note = note

  def before_save(self, session: Any, global_step_value: int) -> None:
    """See the base class; raises what `handshake.Chief.check` does."""
    del session, global_step_value
    self._note.check()


class WorkerCreator(_Creator):
  """Waits until the chief has given the variables their values."""

  # From the model_dir of a chief to that of this process, which trained with
  # it. They may differ: temporary folders, other mounts.
  _trained_with: ClassVar[dict[str, str]] = {}

  def _restore(self, session: emulated_session.EmulatedSession) -> bool:
    """Waits for the chief; True, as there is nothing left to initialize."""
    wait = self._new_wait()
    watch = _ProgressOfOthers(session)
    while True:
      note = handshake.read()
      reason = self._reason_to_wait(note, wait.seconds)
      if note is not None and not reason:
        reason = _difference(session)
        if not reason and handshake.read() != note:
          continue  # a chief has begun anew while the variables were looked at
        if not reason:
          self._trained_with[note.model_dir] = self._config.model_dir
          return True
        watch.check(note.run, reason)
      wait.go_on(reason)

  def _reason_to_wait(self, note: handshake.Note | None, seconds: float) -> str:
    """Why the variables are not those to train; '' if they may be."""
    if note is None:
      cluster = self._config.cluster_spec.as_dict()
      return f'The chief has not started yet. The cluster: {cluster}.'
    if note.state == handshake.OPENING:
      return f'The chief prepares the variables of {note.model_dir}.'
    mine = self._config.model_dir
    left = self._trained_with.get(note.model_dir, mine) != mine
    is_over = note.state == handshake.ENDED and note.model_dir != mine
    if left or (is_over and seconds < _SECONDS_FOR_A_NEW_CHIEF):
      return (
        f'The variables are those of {note.model_dir}; the chief has not come '
        f'to {mine} yet.'
      )
    return ''


def _difference(session: emulated_session.EmulatedSession) -> str:
  """What of this worker's variables is not on the servers as it should be; ''
  if all is well.
  """
  variables = v1.global_variables()
  missing = session.uninitialized(variables)
  if missing:
    return f'Variables not initialized: {", ".join(missing)}.'
  for variable in variables if missing is not None else ():
    with _tf.eager_mode():
      handle = session.handle(variable)
      if not devices.is_remote(handle.device):
        continue
      shape = tf.raw_ops.VariableShape(input=handle).numpy().tolist()
    if not variable.shape.is_compatible_with(shape):
      return (
        f'Variable {variable.op.name} has shape {variable.shape} here, and '
        f'{shape} on the parameter servers.'
      )
  return ''


class _ProgressOfOthers:
  """Finds out that other workers train another model."""

  def __init__(self, session: emulated_session.EmulatedSession):
    self._session = session
    self._run = ''
    self._first_step = 0

  def check(self, run: str, difference: str) -> None:
    """Raises if training goes on in spite of a difference.

    Args:
      run: Identifies the chief's session.
      difference: What is not on the servers as this worker needs it.

    Raises:
      ValueError: The models differ.
    """
    step = self._global_step()
    if step is None:
      return
    if run != self._run:
      self._run, self._first_step = run, step
    elif step - self._first_step >= _STEPS_OF_OTHERS:
      raise ValueError(
        'This worker builds another model than the chief, which is training: '
        f'{difference} All tasks must run the same model_fn with the same '
        'params.'
      )

  def _global_step(self) -> int | None:
    variable = v1.train.get_global_step()
    if variable is None or self._session.uninitialized([variable]) != []:
      return None
    with _tf.eager_mode():
      handle = self._session.handle(variable)
      dtype = variable.dtype.base_dtype
      return int(tf.raw_ops.ReadVariableOp(resource=handle, dtype=dtype))
