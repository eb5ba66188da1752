"""Reads and writes all tensors of a checkpoint as numpy arrays."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import bundle_index


def read_all(prefix: str) -> dict[str, np.ndarray]:
  """The value of every variable by name.

  Where only parts of a variable were saved, as of the slots of partitioned
  variables, the rest is zero.
  """
  reader = tf.train.load_checkpoint(prefix)
  values = {}
  for name, entry in bundle_index.read(prefix).entries.items():
    if entry.slices:
      dtype = reader.get_variable_to_dtype_map()[name]
      values[name] = _from_slices(prefix, name, entry, dtype)
    else:
      values[name] = reader.get_tensor(name)
  return values


def write(prefix: str, values: Mapping[str, np.ndarray]) -> None:
  """Writes a checkpoint of name-keyed variables."""
  names = sorted(values)
  with _tf.eager_mode(), tf.device('CPU:0'):
    tf.raw_ops.SaveV2(
      prefix=prefix,
      tensor_names=names,
      shape_and_slices=[''] * len(names),
      tensors=[tf.convert_to_tensor(values[name]) for name in names],
    )


def slice_specs(entry: _tf.BundleEntryProto) -> list[str]:
  """What the ops that read the parts of a variable take, for each part."""
  shape = ' '.join(str(dim.size) for dim in entry.shape.dim)
  return [
    shape + ' ' + ':'.join(map(_extent_spec, part.extent))
    for part in entry.slices
  ]


def read_slice(
  prefix: str, name: str, spec: str, dtype: tf.DType
) -> np.ndarray:
  """The value of one part of a variable."""
  with _tf.eager_mode(), tf.device('CPU:0'):
    (value,) = tf.raw_ops.RestoreV2(
      prefix=prefix,
      tensor_names=[name],
      shape_and_slices=[spec],
      dtypes=[dtype],
    )
    return value.numpy()


def _from_slices(
  prefix: str, name: str, entry: _tf.BundleEntryProto, dtype: tf.DType
) -> np.ndarray:
  whole = np.zeros([dim.size for dim in entry.shape.dim], dtype.as_numpy_dtype)
  for part, spec in zip(entry.slices, slice_specs(entry), strict=True):
    place = tuple(
      slice(extent.start, extent.start + extent.length)
      if extent.HasField('length')
      else slice(None)
      for extent in part.extent
    )
    whole[place] = read_slice(prefix, name, spec, dtype)
  return whole


def _extent_spec(extent: Any) -> str:
  if not extent.HasField('length'):
    return '-'
  return f'{extent.start},{extent.length}'
