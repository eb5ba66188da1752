"""Restores checkpoints into sessions."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tfcompat_estimator.checkpoint import optional_variables
from tfcompat_estimator.session_emulation.run import emulated_session


class CheckpointSource(Protocol):
  """Chooses the checkpoint to restore: `checkpoint.source.Source`."""

  path: str | None

  def refresh(self) -> None:
    """Looks for the newest checkpoint anew."""

  def attempt(self, use: Callable[[str], Any]) -> Any:
    """Calls `use` with a checkpoint, and with others while it is damaged."""

  def retained(self, limit: int | None) -> Sequence[str]:
    """The checkpoints that count for keep_checkpoint_max."""


def restore_from(
  source: CheckpointSource,
  session: emulated_session.EmulatedSession,
  saver: Any,
) -> bool:
  """Restores what `source` chooses; False if there is no checkpoint.

  Raises:
    ValueError: A variable has another shape in the checkpoint.
  """
  if source.path is None:
    return False
  source.attempt(lambda path: restore_into(session, saver, path))
  if hasattr(saver, 'recover_last_checkpoints'):
    # So that keep_checkpoint_max also counts the files of earlier calls.
    limit = getattr(saver.saver_def, 'max_to_keep', 0)
    saver.recover_last_checkpoints(source.retained(limit))
  return True


def restore_into(
  session: emulated_session.EmulatedSession, saver: Any, path: str
) -> None:
  """Restores a checkpoint through a Saver of the session's graph.

  Raises:
    ValueError: A variable has another shape in the checkpoint.
  """
  with session.graph.as_default():  # outside of it a Saver restores eagerly
    optional_variables.restore(session, saver, path)
