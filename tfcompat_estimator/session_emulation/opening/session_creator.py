"""Opens sessions for MonitoredSession: restores or initializes, then checks."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.session_emulation.opening import (
  memory,
  readiness,
  restoring,
)
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
logging = tf.compat.v1.logging


class OwnHooks(NamedTuple):
  """The hooks that a kind of session has, around all others."""

  first: Sequence[v1.train.SessionRunHook] = ()
  last: Sequence[v1.train.SessionRunHook] = ()


class EmulatedSessionCreator(v1.train.SessionCreator):
  """Opens an emulated session with the contract of `ChiefSessionCreator`.

  A checkpoint, if there is one, is restored; else `scaffold.init_op` and
  `scaffold.init_fn` run. Then `local_init_op` runs and the model must be ready.

  Args:
    scaffold: Finalized at the first session that is opened.
    source: Chooses the checkpoint to restore; None: none is.

  Attributes:
    own_hooks: Those that `opened` wants among its hooks.
  """

  own_hooks = OwnHooks()
  # That the threads of a session get to end; MonitoredSession's own default.
  _seconds_for_threads = 120

  def __init__(
    self,
    scaffold: v1.train.Scaffold,
    source: restoring.CheckpointSource | None = None,
  ):
    self._scaffold = scaffold
    self._source = source
    self._ready: readiness.Readiness | None = None
    self._restored = False  # by the scaffold's saver
    # The session in use: MonitoredSession hides it, the train loop needs it.
    self.session: emulated_session.EmulatedSession | None = None

  @contextlib.contextmanager
  def opened(
    self, hooks: Sequence[v1.train.SessionRunHook]
  ) -> Iterator[v1.train.MonitoredSession]:
    """A MonitoredSession over the emulated one, which is freed at the end.

    Raises:
      NotImplementedError: If a hook is one of TensorFlow's debugger.
    """
    _refuse_debuggers(hooks)
    try:
      with v1.train.MonitoredSession(
        self, hooks, stop_grace_period_secs=self._seconds_for_threads
      ) as session:
        yield session
    finally:
      if self.session is not None:
        self.session.close()
      memory.collector.after_session()

  def create_session(self) -> emulated_session.EmulatedSession:
    """A session whose model is ready to run.

    Raises:
      RuntimeError: If there is nothing to restore and nothing to initialize
        with, or variables are still uninitialized after all was done.
    """
    if self._ready is None:
      self._ready = readiness.Readiness(self._scaffold)
    ready = self._ready
    ready.finalize()
    if self.session is not None:
      self.session.close()  # the one that recovery replaces
    session = self._make_session()
    try:
      self._restored = self._restore(session)
      if not self._restored:
        self._initialize(session)
      self._check_ready_for_local(session, ready)
      self._initialize_local(session)
      self._check_ready(session, ready)
    except BaseException:
      session.close()
      raise
    self.session = session
    return session

  def _make_session(self) -> emulated_session.EmulatedSession:
    return emulated_session.EmulatedSession(v1.get_default_graph())

  def _restore(self, session: emulated_session.EmulatedSession) -> bool:
    """Restores the checkpoint, if there is one to restore."""
    saver = self._scaffold.saver
    if saver is None or self._source is None:
      return False
    if self.session is not None:
      # Training has saved since the last session was opened.
      self._source.refresh()
    return restoring.restore_from(self._source, session, saver)

  def _initialize(self, session: emulated_session.EmulatedSession) -> None:
    scaffold = self._scaffold
    if scaffold.init_op is None and scaffold.init_fn is None:
      if scaffold.local_init_op is None:
        raise RuntimeError(
          'Model is not initialized and no init_op or init_fn or local_init_op '
          'was given in the Scaffold. Give it one of them.'
        )
      return
    if scaffold.init_op is not None:
      session.run(scaffold.init_op, feed_dict=scaffold.init_feed_dict)
    if scaffold.init_fn is not None:
      scaffold.init_fn(session)

  def _check_ready_for_local(
    self, session: emulated_session.EmulatedSession, ready: readiness.Readiness
  ) -> None:
    scaffold = self._scaffold
    if scaffold.local_init_op is None:
      return
    missing = ready.before_local_init(session)
    if missing is not None:
      raise RuntimeError(
        'Init operations did not make model ready for local_init. '
        f'{missing} Init op: {_name(scaffold.init_op)}, init fn: '
        f'{scaffold.init_fn}.{self._hint()}'
      )

  def _initialize_local(
    self, session: emulated_session.EmulatedSession
  ) -> None:
    scaffold = self._scaffold
    if scaffold.local_init_op is None:
      return
    logging.info('Running local_init_op.')
    session.run(
      scaffold.local_init_op,
      feed_dict=getattr(scaffold, 'local_init_feed_dict', None),
    )
    logging.info('Done running local_init_op.')

  def _check_ready(
    self, session: emulated_session.EmulatedSession, ready: readiness.Readiness
  ) -> None:
    missing = ready.after_init(session)
    if missing is not None:
      raise RuntimeError(
        f'Init operations did not make model ready. {missing} Init op: '
        f'{_name(self._scaffold.init_op)}, init fn: {self._scaffold.init_fn}, '
        f'local_init_op: {_name(self._scaffold.local_init_op)}.{self._hint()}'
      )

  def _hint(self) -> str:
    """What to do about variables that a checkpoint did not bring."""
    if not self._restored:
      return ''
    return (
      ' A checkpoint was restored by the saver of the Scaffold, which does not '
      'have them: add them to the tf.train.Checkpoint, or to the var_list of the '
      'Saver.'
    )


def _refuse_debuggers(hooks: Sequence[Any]) -> None:
  for hook in hooks:
    if any(
      kind.__module__.startswith('tensorflow.python.debug.')
      for kind in type(hook).__mro__
    ):
      raise NotImplementedError(
        f'{type(hook).__name__} of hooks needs a tf.compat.v1.Session, and none '
        'runs here. Use a LoggingTensorHook or tf.debugging.check_numerics, or '
        'run the steps in a Session of your own: docs/subclassing.md.'
      )


def _name(op: Any) -> str:
  return getattr(op, 'name', str(op))
