"""Compares two exports, or two checkpoints, part by part."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from tfcompat_estimator import predictor
from tfcompat_estimator.migration.verify import requests

_NAMES = ('old', 'new')


@dataclasses.dataclass(frozen=True)
class Finding:
  """One thing that was compared.

  Attributes:
    what: 'signature', 'variable' or 'output'.
    name: Which one.
    difference: The largest absolute one of its values; None if it is not of
      numbers.
    problem: What is not the same, beyond the tolerance; '' if nothing is.
  """

  what: str
  name: str
  difference: float | None
  problem: str = ''


def compare(
  old: str,
  new: str,
  examples: str | None = None,
  tolerance: float = 1e-5,
  limit: int = 100,
) -> list[Finding]:
  """Compares two exports or two checkpoints.

  Args:
    old: The directory of a SavedModel; or a checkpoint, or a directory of some.
    new: Another of the same kind.
    examples: A TFRecord file of `tf.Example`s to call the signatures with.
    tolerance: How much numbers may differ: by it, and by it times their size.
    limit: How many of the examples to take.

  Raises:
    ValueError: One is an export and one a checkpoint, or one is neither.
  """
  are_exports = [
    tf.saved_model.contains_saved_model(path) for path in (old, new)
  ]
  if all(are_exports):
    records = requests.read(examples, limit) if examples else None
    return [
      *_signatures(_serving(old), _serving(new)),
      *_variables(_bundle(old), _bundle(new), tolerance),
      *_outputs(old, new, records, tolerance),
    ]
  if any(are_exports):
    raise ValueError(
      f'{old} and {new} must both be exports, or both be checkpoints; one is a '
      'SavedModel.'
    )
  return list(_variables(_checkpoint(old), _checkpoint(new), tolerance))


def _bundle(export: str) -> str:
  return f'{export.rstrip("/")}/variables/variables'


def _checkpoint(path: str) -> str:
  found = tf.train.latest_checkpoint(path) if tf.io.gfile.isdir(path) else path
  if not found or not tf.io.gfile.exists(f'{found}.index'):
    raise ValueError(
      f'{path} is neither an export (it has no saved_model.pb) nor a checkpoint.'
    )
  return found


def _serving(export: str) -> Mapping[str, Any]:
  """The signatures of the graph that is served, by key."""
  graphs = _saved_model(export).meta_graphs
  for graph in graphs:
    if tf.saved_model.SERVING in graph.meta_info_def.tags:
      return dict(graph.signature_def)
  raise ValueError(
    f'{export} has no graph tagged `{tf.saved_model.SERVING}`. It has '
    f'{[list(graph.meta_info_def.tags) for graph in graphs]}.'
  )


def _saved_model(export: str) -> Any:
  saved = saved_model_pb2.SavedModel()
  path = f'{export.rstrip("/")}/saved_model.pb'
  if tf.io.gfile.exists(path):
    with tf.io.gfile.GFile(path, 'rb') as file:
      saved.ParseFromString(file.read())
    return saved
  from google.protobuf import text_format

  with tf.io.gfile.GFile(f'{path}txt') as file:
    return text_format.Parse(file.read(), saved)


def _signatures(
  old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Finding]:
  for name in sorted({*old, *new}):
    sides = old.get(name), new.get(name)
    problem = _presence(sides)
    if not problem:
      specs = [_spec(side) for side in sides]
      problem = '; '.join(_unequal(*specs))
    yield Finding('signature', name, None, problem)


def _presence(sides: Sequence[Any]) -> str:
  missing = [
    name for name, side in zip(_NAMES, sides, strict=True) if side is None
  ]
  return f'not in {missing[0]}' if missing else ''


def _spec(signature: Any) -> dict[str, str]:
  spec = {'method': signature.method_name}
  for kind in ('inputs', 'outputs'):
    for key, info in getattr(signature, kind).items():
      shape = tf.TensorShape(info.tensor_shape)
      told = '?' if shape.rank is None else shape.as_list()
      spec[f'{kind[:-1]} {key}'] = f'{tf.as_dtype(info.dtype).name} {told}'
  return spec


def _unequal(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
  for name in sorted({*old, *new}):
    sides = [spec.get(name, 'nothing') for spec in (old, new)]
    if sides[0] != sides[1]:
      yield f'{name} is {sides[0]} in old, {sides[1]} in new'


def _variables(old: str, new: str, tolerance: float) -> Iterator[Finding]:
  readers: list[Any] = [
    tf.train.load_checkpoint(path)
    if tf.io.gfile.exists(f'{path}.index')
    else None
    for path in (old, new)
  ]
  shapes = [
    reader.get_variable_to_shape_map() if reader else {} for reader in readers
  ]
  for name in sorted({*shapes[0], *shapes[1]}):
    problem = _presence([shape.get(name) for shape in shapes])
    if problem:
      yield Finding('variable', name, None, problem)
    else:
      values = [reader.get_tensor(name) for reader in readers]
      yield _values('variable', name, values, tolerance)


def _values(
  what: str, name: str, values: Sequence[Any], tolerance: float
) -> Finding:
  old, new = map(np.asarray, values)
  difference = None
  if old.dtype != new.dtype:
    problem = f'dtype {old.dtype} in old, {new.dtype} in new'
  elif old.shape != new.shape:
    problem = f'shape {old.shape} in old, {new.shape} in new'
  elif old.dtype.kind not in 'fciu':
    problem = '' if np.array_equal(old, new) else 'values differ'
  else:
    left = old.astype(np.result_type(old, np.float64))
    right = new.astype(np.result_type(new, np.float64))
    gaps = np.abs(left - right)
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    gaps = np.where(same, 0.0, gaps)
    difference = float(np.max(gaps, initial=0.0))
    near = same | np.isclose(left, right, rtol=tolerance, atol=tolerance)
    problem = '' if near.all() else f'values differ by up to {difference:.3g}'
  return Finding(what, name, difference, problem)


def _outputs(
  old: str,
  new: str,
  records: Sequence[bytes] | None,
  tolerance: float,
) -> Iterator[Finding]:
  """Calls the signatures that both have with the same requests."""
  signatures = [_serving(path) for path in (old, new)]
  warm_up: dict[str, list[requests.Request]] = {}
  if records is None:
    for key, request in requests.of_warm_up(old):
      warm_up.setdefault(key, []).append(request)
  for key in sorted({*signatures[0]} & {*signatures[1]}):
    if any(
      set(s[key].inputs) != set(signatures[0][key].inputs) for s in signatures
    ):
      continue
    if not all(s[key].inputs for s in signatures):
      continue
    with (
      predictor.from_saved_model(old, key) as before,
      predictor.from_saved_model(new, key) as after,
    ):
      feeds = before.feed_tensors
      if records is not None:
        calls = [requests.of_examples(records, feeds)]
      else:
        calls = warm_up.get(key) or [requests.made(before.graph, feeds)]
      yield from _called(key, before, after, calls, tolerance)


def _called(
  key: str, before: Any, after: Any, calls: Sequence[Any], tolerance: float
) -> Iterator[Finding]:
  side = _NAMES[0]
  try:
    results = [[before(request) for request in calls]]
    side = _NAMES[1]
    results.append([after(request) for request in calls])
  except (tf.errors.OpError, ValueError, TypeError) as error:
    first = ' '.join(str(error).split())[:200]
    yield Finding('output', key, None, f'{side} fails: {first}')
    return
  for output in sorted({*results[0][0]} & {*results[1][0]}):
    found = [
      _values('output', f'{key}: {output}', (a[output], b[output]), tolerance)
      for a, b in zip(*results, strict=True)
    ]
    yield max(found, key=lambda f: (bool(f.problem), f.difference or 0.0))
