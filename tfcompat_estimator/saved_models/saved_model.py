"""Writes a SavedModel into a version directory, whole or not at all."""

import os
from collections.abc import Callable, Mapping

import tensorflow as tf

from tfcompat_estimator.saved_models import version_folder

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

  Args:
    export_dir_base: The directory of all versions.
    add_graphs: Adds MetaGraphs and variables to the builder.
    assets_extra: Files to copy, by their path under `assets.extra`.
    as_text: Write `saved_model.pbtxt` rather than `saved_model.pb`.

  Returns:
    The path of the version directory.
  """
  with version_folder.new_version(export_dir_base) as (temporary, version):
    builder = v1.saved_model.Builder(temporary)  # wants an empty folder
    version_folder.mark_unfinished(temporary)
    add_graphs(builder)
    builder.save(as_text)
    _copy_assets(temporary, assets_extra or {})
  return version


def _copy_assets(directory: bytes, assets_extra: Mapping[str, str]) -> None:
  for relative, source in assets_extra.items():
    path = os.path.join(
      tf.compat.as_str(directory), _ASSETS_EXTRA, tf.compat.as_str(relative)
    )
    gfile.makedirs(os.path.dirname(path))
    gfile.copy(source, path)
