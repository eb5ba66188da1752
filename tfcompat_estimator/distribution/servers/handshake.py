"""What the chief tells the workers: whether the variables are ready, and whose.

Variables live on the parameter servers, under their names, for as long as these
run. Another training on the same servers finds those of the last one, with values.
So the chief leaves a note beside them, on the first server.
"""

import contextlib
import json
import uuid
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import devices

_NAME = 'tfcompat_estimator/training'

OPENING = 'opening'
READY = 'ready'
ENDED = 'ended'


class Note(NamedTuple):
  """Who trains on the servers.

  Attributes:
    run: An identity of the chief's session.
    state: One of OPENING, READY, ENDED.
    model_dir: The chief's.
  """

  run: str
  state: str
  model_dir: str


def read() -> Note | None:
  """The note; None if there is none yet, or its server was started anew."""
  with _tf.eager_mode(), tf.device(devices.of_server(0)):
    handle = _handle()
    if not tf.raw_ops.VarIsInitializedOp(resource=handle):
      return None
    text = tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.string).numpy()
  return Note(**json.loads(text))


class Chief:
  """Writes the note."""

  def __init__(self, model_dir: str):
    self._model_dir = model_dir
    self._run = ''

  def check(self) -> None:
    """Finds out that another chief has begun since this one did.

    This one was believed dead then: its host was paused, or out of reach.

    Raises:
      RuntimeError: Only the other one may save.
    """
    note = read()
    if self._run and note is not None and note.run != self._run:
      raise RuntimeError(
        'Another chief trains on the parameter servers since this one did not '
        f'answer; it saves to {note.model_dir}. So this one ends, and saves '
        'nothing more. Start only one chief at a time.'
      )

  def is_opening(self) -> None:
    """Sends workers that come now to wait. Raises what `check` does."""
    self.check()
    self._run = uuid.uuid4().hex
    self._write(OPENING)

  def is_ready(self) -> None:
    """Lets workers in."""
    self._write(READY)

  def has_ended(self) -> None:
    """Says that this training is over, if there still is somebody to tell."""
    with contextlib.suppress(tf.errors.OpError, RuntimeError):
      self.check()
      self._write(ENDED)

  def _write(self, state: str) -> None:
    note = Note(self._run, state, self._model_dir)
    with _tf.eager_mode(), tf.device(devices.of_server(0)):
      handle = _handle()
      tf.raw_ops.AssignVariableOp(
        resource=handle, value=tf.constant(json.dumps(note._asdict()))
      )
      # Assigning is not waited for; so that it has happened:
      tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.string).numpy()


def _handle() -> Any:
  return tf.raw_ops.VarHandleOp(dtype=tf.string, shape=[], shared_name=_NAME)
