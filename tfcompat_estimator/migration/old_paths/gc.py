"""Picks exports to keep or to remove, in the way of the old `gc` module.

A filter takes and returns a list of `Path`s; filters are put together to a rule
such as "the newest five, and each hundredth".
"""

import heapq
import math
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf


class Path(NamedTuple):
  """A directory and what says how new it is, mostly its time in seconds."""

  path: Any
  export_version: Any


Filter = Callable[[list[Path]], list[Path]]


def largest_export_versions(n: int) -> Filter:
  """Keeps the n newest, oldest first."""

  def keep(paths: list[Path]) -> list[Path]:
    newest = heapq.nlargest(
      n, enumerate(paths), key=lambda item: (item[1].export_version, item[0])
    )
    return sorted(path for _, path in newest)

  return keep


def one_of_every_n_export_versions(n: int) -> Filter:
  """Keeps the newest of each n version numbers that follow on one another."""

  def keep(paths: list[Path]) -> list[Path]:
    best: dict[int, Path] = {}
    for path in paths:
      interval = max(0, math.ceil(path.export_version / n) - 1)
      old = best.get(interval)
      if old is None or old.export_version < path.export_version:
        best[interval] = path
    return sorted(best.values())

  return keep


def mod_export_version(n: int) -> Filter:
  """Keeps those whose version is a multiple of n."""
  return lambda paths: sorted(p for p in paths if p.export_version % n == 0)


def union(lf: Filter, rf: Filter) -> Filter:
  """Keeps what either filter keeps."""
  return lambda paths: sorted({*lf(paths), *rf(paths)})


def negation(f: Filter) -> Filter:
  """Keeps what a filter does not."""
  return lambda paths: sorted(set(paths) - set(f(paths)))


def get_paths(
  base_dir: str, parser: Callable[[Path], Path | None]
) -> list[Path]:
  """Reads a directory.

  Args:
    base_dir: The directory.
    parser: Takes a `Path` of which only the path is known, and returns it with
      its version, or None for what is no export.
  """
  found = [
    parser(Path(os.path.join(base_dir, name.rstrip('/')), None))
    for name in tf.io.gfile.listdir(base_dir)
  ]
  return sorted(path for path in found if path is not None)
