"""Exports models as train_and_evaluate goes along: each, the best, the last."""

import os
from typing import Any

import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_source, integrity
from tfcompat_estimator.hooks import eval_metrics
from tfcompat_estimator.records import (
  argument_docs,
  arguments,
  keys,
  train_eval_spec,
)
from tfcompat_estimator.saved_models import version_folder

logging = tf.compat.v1.logging

Exporter = train_eval_spec.Exporter

_AS_EXPORT = 'As for `Estimator.export_saved_model`.'
_described = argument_docs.shared(
  {
    'name': 'The directory of the exports, below `model_dir/export`.',
    'serving_input_receiver_fn': _AS_EXPORT,
    'assets_extra': _AS_EXPORT,
    'as_text': _AS_EXPORT,
    'exports_to_keep': (
      'How many of the newest exports to keep, a positive int; None for all.'
    ),
  }
)


# Old paths serve it under this name, which the signature of BestExporter shows.
def _loss_smaller(best_eval_result: Any, current_eval_result: Any) -> bool:
  """Tells whether the current evaluation has a strictly smaller loss.

  Args:
    best_eval_result: A dict of metrics with `loss`: the best so far.
    current_eval_result: A dict of metrics with `loss`: the one in question.

  Raises:
    ValueError: If one of them has no loss.
  """
  loss = keys.MetricKeys.LOSS
  if not best_eval_result or loss not in best_eval_result:
    raise ValueError(
      'best_eval_result cannot be empty or no loss is found in it. Given: '
      f'{best_eval_result}'
    )
  if not current_eval_result or loss not in current_eval_result:
    raise ValueError(
      'current_eval_result cannot be empty or no loss is found in it. Given: '
      f'{current_eval_result}'
    )
  return best_eval_result[loss] > current_eval_result[loss]


loss_smaller = _loss_smaller


class NamedExporter(Exporter):
  """An exporter that was given its name."""

  def __init__(self, name: Any) -> None:
    self._name = name

  @property
  def name(self):
    return self._name


class SavedModelExporter(NamedExporter):
  """Exports at each call, by `export_saved_model` with given arguments.

  Old modules call it `_SavedModelExporter`; some programs derive from it.
  """

  def __init__(
    self, name, serving_input_receiver_fn, assets_extra=None, as_text=False
  ):
    super().__init__(name)
    self._serving_input_receiver_fn = serving_input_receiver_fn
    self._assets_extra = assets_extra
    self._as_text = as_text

  def export(
    self,
    estimator,
    export_path,
    checkpoint_path,
    eval_result,
    is_the_final_export,
  ):
    del eval_result, is_the_final_export
    return estimator.export_saved_model(
      export_path,
      self._serving_input_receiver_fn,
      assets_extra=self._assets_extra,
      as_text=self._as_text,
      checkpoint_path=checkpoint_path,
    )


class _ServingExporter(NamedExporter):
  """Exports for serving, and may keep the newest exports only."""

  def __init__(
    self,
    name: Any,
    serving_input_receiver_fn: Any,
    assets_extra: Any,
    as_text: Any,
    exports_to_keep: Any = None,
  ) -> None:
    if isinstance(exports_to_keep, str):
      raise TypeError(
        f'`exports_to_keep` ({exports_to_keep!r}) must be a number.'
      )
    if exports_to_keep is not None and exports_to_keep <= 0:
      raise ValueError(
        '`exports_to_keep`, if provided, must be a positive number. Got '
        f'{exports_to_keep}'
      )
    super().__init__(name)
    self._saved_model_exporter = SavedModelExporter(
      name, serving_input_receiver_fn, assets_extra, as_text
    )
    self._exports_to_keep = exports_to_keep

  def _export(self, estimator: Any, export_path: Any, *others: Any) -> Any:
    path = self._saved_model_exporter.export(estimator, export_path, *others)
    self._garbage_collect_exports(export_path)
    return path

  def _garbage_collect_exports(self, export_dir_base: Any) -> None:
    """Removes old exports; subclasses call it with folders of their own."""
    version_folder.collect(export_dir_base, self._exports_to_keep)


class BestExporter(_ServingExporter):
  """Exports the model each time that it evaluates better than ever before.

  The best evaluation is known again after a restart: from the event files.
  """

  @_described
  def __init__(
    self,
    name='best_exporter',
    serving_input_receiver_fn=None,
    event_file_pattern='eval/*.tfevents.*',
    compare_fn=_loss_smaller,
    assets_extra=None,
    as_text=False,
    exports_to_keep=5,
  ):
    """Makes the exporter.

    Args:
      event_file_pattern: A glob pattern, relative to `model_dir`, of the event
        files of former evaluations; with an evaluation's name it is
        `'eval_<name>/*.tfevents.*'`. None to not look for any.
      compare_fn: A function of the arguments `best_eval_result` and
        `current_eval_result`, dicts of metrics, that tells whether the current
        one is better. By default: whether its loss is smaller.

    Raises:
      ValueError: If `compare_fn` is None or has other arguments, or if
        `exports_to_keep` is not positive.
      TypeError: If `compare_fn` is no function.
    """
    check_compare_fn(compare_fn)
    super().__init__(
      name, serving_input_receiver_fn, assets_extra, as_text, exports_to_keep
    )
    self._event_file_pattern = event_file_pattern
    self._compare_fn = compare_fn
    self._has_looked_back = False
    # Programs that copy the best checkpoints read both in a subclass's `export`.
    self._best_eval_result: dict[str, Any] | None = None

  def export(
    self,
    estimator,
    export_path,
    checkpoint_path,
    eval_result,
    is_the_final_export,
  ):
    if not self._has_looked_back:
      self._look_back(estimator, export_path, eval_result)
    if self._best_eval_result is not None and not self._compare_fn(
      best_eval_result=self._best_eval_result, current_eval_result=eval_result
    ):
      return None
    logging.info('Performing best model export.')
    path = self._export(
      estimator, export_path, checkpoint_path, eval_result, is_the_final_export
    )
    # Not before: what could not be exported must not hold back the next ones.
    self._best_eval_result = eval_result
    return path

  def _look_back(
    self,
    estimator: Any,
    export_path: str,
    eval_result: dict[str, Any] | None,
  ) -> None:
    """Finds the best of former evaluations, if one of them was exported."""
    self._has_looked_back = True
    if self._event_file_pattern is None:
      return
    logging.info('Loading best metric from event files.')
    exports = version_folder.list_versions(export_path)
    if not exports:
      return
    pattern = os.path.join(estimator.model_dir, self._event_file_pattern)
    former = list(eval_metrics.read_events(pattern))
    # The newest export was the best. A better evaluation whose export a kill
    # prevented must not keep later models from being exported.
    exported_step = _step_of(exports[-1])
    candidates = [m for step, m in former if step == exported_step]
    if not candidates:
      # The evaluation in question has been written to its event file already.
      current = eval_result or {}
      current_step = current.get(tf.compat.v1.GraphKeys.GLOBAL_STEP)
      candidates = [m for step, m in former if step != current_step]
    for metrics in candidates:
      if self._best_eval_result is None or self._compare_fn(
        best_eval_result=self._best_eval_result, current_eval_result=metrics
      ):
        self._best_eval_result = metrics


def _step_of(version: version_folder.Version) -> int | None:
  """The global step of an export, None where that cannot be read."""
  prefix = os.path.join(version.path, 'variables', 'variables')
  return (
    None if integrity.defect(prefix) else checkpoint_source.global_step(prefix)
  )


class FinalExporter(_ServingExporter):
  """Exports the model once, at the end of training."""

  @_described
  def __init__(
    self, name, serving_input_receiver_fn, assets_extra=None, as_text=False
  ):
    """Makes the exporter."""
    super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)

  def export(
    self,
    estimator,
    export_path,
    checkpoint_path,
    eval_result,
    is_the_final_export,
  ):
    if not is_the_final_export:
      return None
    logging.info('Performing the final export in the end of training.')
    return self._export(
      estimator, export_path, checkpoint_path, eval_result, is_the_final_export
    )


class LatestExporter(_ServingExporter):
  """Exports the model after each evaluation, and removes old exports."""

  @_described
  def __init__(
    self,
    name,
    serving_input_receiver_fn,
    assets_extra=None,
    as_text=False,
    exports_to_keep=5,
  ):
    """Makes the exporter.

    Raises:
      ValueError: If `exports_to_keep` is not positive.
    """
    super().__init__(
      name, serving_input_receiver_fn, assets_extra, as_text, exports_to_keep
    )

  def export(
    self,
    estimator,
    export_path,
    checkpoint_path,
    eval_result,
    is_the_final_export,
  ):
    return self._export(
      estimator, export_path, checkpoint_path, eval_result, is_the_final_export
    )


def check_compare_fn(compare_fn: Any) -> None:
  """Raises unless `compare_fn` takes just what it will be given."""
  if compare_fn is None:
    raise ValueError(
      '`compare_fn` must not be None. Leave it out to compare losses.'
    )
  wanted = ('best_eval_result', 'current_eval_result')
  taken = arguments.names(compare_fn)
  for name in wanted:
    if name not in taken:
      raise ValueError(
        f'compare_fn ({compare_fn}) must include {name} argument.'
      )
  others = [name for name in taken if name not in wanted]
  if others:
    raise ValueError(
      f'compare_fn ({compare_fn}) has following not expected args: {others}. '
      f'It is called with {wanted}.'
    )
