"""Reads small datasets: `tf.contrib.learn.datasets.base`."""

import csv
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf


class Dataset(NamedTuple):
  """Examples, one a row, and their targets."""

  data: Any
  target: Any


class Datasets(NamedTuple):
  """Parts of a dataset."""

  train: Any
  validation: Any
  test: Any


def load_csv_with_header(
  filename: str, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
  """Reads a file whose first row has the numbers of examples and features."""
  with tf.io.gfile.GFile(filename) as file:
    rows = csv.reader(file)
    header = next(rows)
    samples, size = int(header[0]), int(header[1])
    data = np.zeros((samples, size), dtype=features_dtype)
    target = np.zeros((samples,), dtype=target_dtype)
    for index, row in enumerate(rows):
      target[index] = np.asarray(row.pop(target_column), dtype=target_dtype)
      data[index] = np.asarray(row, dtype=features_dtype)
  return Dataset(data, target)


def load_csv_without_header(
  filename: str, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
  """Reads a file of examples only."""
  data, target = [], []
  with tf.io.gfile.GFile(filename) as file:
    for row in csv.reader(file):
      target.append(row.pop(target_column))
      data.append(np.asarray(row, dtype=features_dtype))
  return Dataset(np.array(data), np.array(target, dtype=target_dtype))


def load_iris(data_path: str | None = None) -> Dataset:
  """Reads Fisher's irises from a file that you have.

  Raises:
    ValueError: No file is named; TensorFlow 1 brought one, this does not.
  """
  if data_path is None:
    raise ValueError(
      '`data_path` (None) must name a CSV file of irises, with a header: '
      'TensorFlow 1 brought one. sklearn.datasets.load_iris() has them, too.'
    )
  return load_csv_with_header(data_path, int, float)
