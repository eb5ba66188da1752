"""Keeps the checkpoints that evaluated best, not only the newest."""

import json
import os
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.checkpoint import atomic_file, integrity
from tfcompat_estimator.records import arguments, keys
from tfcompat_estimator.training import exporters

logging = tf.compat.v1.logging
gfile = tf.io.gfile

# Says which checkpoints are kept, and how they evaluated.
_STATE = 'best.json'
_UNFINISHED = 'unfinished-'
_LOSS = keys.MetricKeys.LOSS


class BestCheckpointExporter(exporters.NamedExporter):
  """Copies a checkpoint each time that it evaluates better than one it keeps.

      eval_spec = tf.estimator.EvalSpec(
          input_fn,
          exporters=tfcompat_estimator.experimental.BestCheckpointExporter(
              'best', keep=3))
      best = tf.train.latest_checkpoint('MODEL_DIR/export/best')
      estimator.evaluate(input_fn, checkpoint_path=best)

  The copies are in `model_dir/export/<name>/<step>`, whole, so that they serve as
  `checkpoint_path=` and `warm_start_from=`. An evaluation whose loss is not finite
  is passed over. The state file `checkpoint` beside these folders names them,
  the best one as the latest; `best.json` tells their metrics. They outlast
  restarts and kills, and the checkpoints of which they are copies.
  """

  def __init__(
    self, name='best_checkpoint', compare_fn=exporters.loss_smaller, keep=1
  ):
    """Makes the exporter.

    Args:
      name: The directory of the copies, below `model_dir/export`.
      compare_fn: A function of the arguments `best_eval_result` and
        `current_eval_result`, dicts of metrics, that tells whether the current
        one is better. By default: whether its loss is smaller. Metrics of former
        runs are floats, ints and lists; those that are neither numbers nor arrays
        are left out.
      keep: How many of the best checkpoints to keep, a positive int.

    Raises:
      ValueError: If `compare_fn` is None or has other arguments, or if `keep` is
        not positive.
      TypeError: If `compare_fn` is no function, or if `keep` is no integer.
    """
    exporters.check_compare_fn(compare_fn)
    arguments.positive_integer('keep', keep)
    super().__init__(name)
    self._compare_fn = compare_fn
    self._keep = keep

  def export(
    self,
    estimator,
    export_path,
    checkpoint_path,
    eval_result,
    is_the_final_export,
  ):
    export_path = arguments.as_path(export_path)
    checkpoint_path = arguments.as_path(checkpoint_path)
    gfile.makedirs(export_path)
    kept = _read(export_path)
    if not np.all(np.isfinite(eval_result.get(_LOSS, 0.0))):
      return None
    step = int(eval_result[tf.compat.v1.GraphKeys.GLOBAL_STEP])
    metrics = _plain(eval_result)
    # An evaluation of the same step takes the place of the one before.
    others = [entry for entry in kept if entry['global_step'] != step]
    place = self._place(others, metrics)
    if place >= self._keep:
      if len(others) != len(kept):
        _write(export_path, others)
      return None
    copy = _copy(checkpoint_path, export_path, step)
    entry = {
      'checkpoint': copy,
      'global_step': step,
      'metrics': metrics,
    }
    _write(export_path, [*others[:place], entry, *others[place:]][: self._keep])
    path = os.path.join(export_path, copy)
    logging.info(
      'Kept %s, the best but %d, as %s.', checkpoint_path, place, path
    )
    return path

  def _place(self, kept: list[Any], metrics: dict[str, Any]) -> int:
    """How many of those that are kept are as good or better."""
    for place, entry in enumerate(kept):
      if self._compare_fn(
        best_eval_result=entry['metrics'], current_eval_result=metrics
      ):
        return place
    return len(kept)


def _plain(metrics: dict[str, Any]) -> dict[str, Any]:
  """The metrics that are numbers, as JSON has them."""
  arrays = {name: np.asarray(value) for name, value in metrics.items()}
  return {
    name: array.tolist()
    for name, array in arrays.items()
    if array.dtype.kind in 'biuf'
  }


def _read(folder: str) -> list[Any]:
  """What is kept in a folder, the best first; removes all else from it."""
  path = os.path.join(folder, _STATE)
  kept = []
  if gfile.exists(path):
    with gfile.GFile(path) as file:
      text = file.read()
    try:
      kept = json.loads(text)
    except ValueError as error:
      raise ValueError(
        f'{path} cannot be read: {error}. Correct it, or remove it to have the '
        'checkpoints that are kept there removed.'
      ) from error
  sound = []
  for entry in kept:
    reason = integrity.defect(os.path.join(folder, entry['checkpoint']))
    if reason is None:
      sound.append(entry)
    else:
      logging.warning(
        '%s in %s is damaged: %s.', entry['checkpoint'], folder, reason
      )
  _clean(folder, sound)
  return sound


def _write(folder: str, kept: list[Any]) -> None:
  """Says what is kept, then removes the rest."""
  text = json.dumps(kept, indent=2) + '\n'
  atomic_file.write(os.path.join(folder, _STATE), text)
  _clean(folder, kept)


def _clean(folder: str, kept: list[Any]) -> None:
  """Makes the folder agree with what is kept, also after a kill."""
  paths = [entry['checkpoint'] for entry in kept]
  state = os.path.join(folder, 'checkpoint')
  if paths:
    lines = [
      f'model_checkpoint_path: "{paths[0]}"',
      *(f'all_model_checkpoint_paths: "{path}"' for path in reversed(paths)),
    ]
    atomic_file.write(state, '\n'.join(lines) + '\n')
  elif gfile.exists(state):
    gfile.remove(state)
  known = {os.path.dirname(path) for path in paths}
  for name in gfile.listdir(folder):
    name = name.rstrip('/')
    path = os.path.join(folder, name)
    if '.tmp' in name:
      gfile.remove(path)
    elif name not in known and (
      name.isdecimal() or name.startswith(_UNFINISHED)
    ):
      gfile.rmtree(path)


def _copy(checkpoint_path: str, folder: str, step: int) -> str:
  """Copies a checkpoint to a folder of its own; returns the path below `folder`.

  Of the same step there may be one already, of a training that began anew.
  """
  part = os.path.join(folder, f'{_UNFINISHED}{step}')
  if gfile.exists(part):
    gfile.rmtree(part)
  gfile.makedirs(part)
  copy = os.path.join(part, f'model.ckpt-{step}')
  atomic_file.copy_checkpoint(checkpoint_path, copy)
  if gfile.exists(checkpoint_path + '.meta'):
    gfile.copy(checkpoint_path + '.meta', copy + '.meta')
  name = str(step)
  while gfile.exists(os.path.join(folder, name)):
    name = f'0{name}'
  gfile.rename(part, os.path.join(folder, name))
  return f'{name}/model.ckpt-{step}'
