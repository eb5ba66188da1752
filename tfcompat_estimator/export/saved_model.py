"""Writes a SavedModel into a version directory, whole or not at all."""

import os
from collections.abc import Callable, Mapping

import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1
gfile = tf.io.gfile

# The files of `assets_extra` go here, beside the assets that graphs refer to.
_ASSETS_EXTRA = 'assets.extra'


def write(
  export_dir_base: str | bytes,
  add_graphs: Callable[[v1.saved_model.Builder], None],
  assets_extra: Mapping[str, str] | None,
  as_text: bool,
) -> bytes:
  """Writes a SavedModel to a new directory named after the current second.

  It is written beside its place, to `temp-<seconds>`, which TensorFlow Serving
  does not look at, and renamed in the end. After an error that is removed.

  Args:
    export_dir_base: the directory of all versions.
    add_graphs: adds MetaGraphs and variables to the builder.
    assets_extra: files to copy, by their path under `assets.extra`.
    as_text: write `saved_model.pbtxt` rather than `saved_model.pb`.

  Returns:
    The path of the version directory.
  """
  export_dir = _tf.export_utils.get_timestamped_export_dir(export_dir_base)
  temp_dir = _tf.export_utils.get_temp_export_dir(export_dir)
  if gfile.exists(temp_dir):
    gfile.rmtree(temp_dir)  # of a process that died within this second
  try:
    builder = v1.saved_model.Builder(temp_dir)
    add_graphs(builder)
    builder.save(as_text)
    _copy_assets(temp_dir, assets_extra or {})
    gfile.rename(temp_dir, export_dir)
  except BaseException:
    if gfile.exists(temp_dir):
      gfile.rmtree(temp_dir)
    raise
  return export_dir


def _copy_assets(directory: bytes, assets_extra: Mapping[str, str]) -> None:
  for relative, source in assets_extra.items():
    path = os.path.join(
      tf.compat.as_str(directory), _ASSETS_EXTRA, tf.compat.as_str(relative)
    )
    gfile.makedirs(os.path.dirname(path))
    gfile.copy(source, path)
