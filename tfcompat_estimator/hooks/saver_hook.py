"""Saves checkpoints by default: the stock hook, with less to wait for."""

import os

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import whole_file

v1 = tf.compat.v1

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
      whole_file.write(path, graph_def)
    found = self._get_saver()
    meta_graph = _tf.create_meta_graph_def(
      graph_def=graph_def, saver_def=found.saver_def if found else None
    )
    self._summary_writer.add_graph(session.graph)
    self._summary_writer.add_meta_graph(meta_graph)
    self._save(session, step)
    self._timer.update_last_triggered_step(step)
