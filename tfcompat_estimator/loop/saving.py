"""Saves checkpoints during training, but not after a non-finite loss."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import atomic_file, saver
from tfcompat_estimator.session_emulation.loops import hook_protocol

v1 = tf.compat.v1
logging = tf.compat.v1.logging
Save = Callable[[Any, int], bool]


class LossWatch(hook_protocol.EngineHook):
  """Knows whether the last loss was finite.

  It must stand before the hook that saves. It needs no control between steps:
  a fused loop tells it the loss of its last one (`saw`).
  """

  def __init__(self, loss: tf.Tensor):
    self._loss = loss
    self.last: Any = 0.0

  @property
  def is_finite(self) -> bool:
    """False if the last step's loss was infinite or not a number."""
    return bool(np.all(np.isfinite(self.last)))

  def runs_before_control(self, global_step: int) -> float:
    """Never asks for a step."""
    return hook_protocol.NEVER

  def saw(self, value: Any) -> None:
    """Takes in the loss of the last of some fused steps."""
    self.last = value

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(self._loss)

  def after_run(self, run_context, run_values):
    self.last = run_values.results


def savers_of(
  hooks: Sequence[v1.train.SessionRunHook],
) -> list[v1.train.CheckpointSaverHook]:
  """Those of the hooks that save checkpoints."""
  return [h for h in hooks if isinstance(h, v1.train.CheckpointSaverHook)]


@contextlib.contextmanager
def guarded(hooks: Sequence[v1.train.SessionRunHook]) -> Iterator[None]:
  """While this is open, those of the hooks that save do it with care.

  Nothing is saved after a non-finite loss: what such a step leaves in the
  variables is mostly of no use, and would replace what is. And whatever happens
  while they save, the last good checkpoint stays.

  Args:
    hooks: All hooks of a training, the user's own savers among them, and a
      `LossWatch` if there are any.
  """
  savers = savers_of(hooks)
  watches = [hook for hook in hooks if isinstance(hook, LossWatch)]
  # Hooks of users' classes save in these two methods like the stock one. They
  # may serve in other sessions, too, so they get them back.
  for hook in savers:
    hook._save = _careful(hook._save, watches[0])  # noqa: SLF001
    hook._get_saver = _guarding(hook._get_saver)  # noqa: SLF001
  try:
    yield
  finally:
    for hook in savers:
      for name in ('_save', '_get_saver'):
        hook.__dict__.pop(name, None)


def _careful(save: Save, loss_watch: LossWatch) -> Save:
  def save_unless_spoilt(session: Any, step: int) -> bool:
    if not loss_watch.is_finite:
      logging.error(
        'No checkpoint is saved at step %d: the loss is %s.',
        step,
        loss_watch.last,
      )
      return False
    return save(session, step)

  return save_unless_spoilt


def _guarding(get_saver: Callable[[], Any]) -> Callable[[], Any]:
  def get_guarded_saver() -> saver.GuardedSaver | None:
    found = get_saver()
    return None if found is None else saver.GuardedSaver(found)

  return get_guarded_saver


# More than a run adds to the global step: other workers' steps count, too.
_STEPS_PER_RUN = 100


class CheckpointSaverHook(v1.train.CheckpointSaverHook):
  """The stock hook, but that it starts faster and asks less often.

  It makes one GraphDef where the stock hook makes two, and writes its text by
  other means: a large model would wait for seconds for that. The stock hook reads the
  global step after each run if it saves by steps; this one when it may be time to.
  """

  def __init__(self, *args, **kwargs):
    super().__init__(*args, **kwargs)
    self._set_steps_per_run(_STEPS_PER_RUN)

  def after_create_session(self, session, coord):
    """Writes the graph, for people and TensorBoard, and a checkpoint."""
    del coord
    step = session.run(self._global_step_tensor)
    graph_def = session.graph.as_graph_def(add_shapes=True)
    if self._save_graph_def:
      path = os.path.join(self._checkpoint_dir, 'graph.pbtxt')
      atomic_file.write(path, graph_def)
    found = self._get_saver()
    meta_graph = _tf.create_meta_graph_def(
      graph_def=graph_def, saver_def=found.saver_def if found else None
    )
    self._summary_writer.add_graph(session.graph)
    self._summary_writer.add_meta_graph(meta_graph)
    self._save(session, step)
    self._timer.update_last_triggered_step(step)
