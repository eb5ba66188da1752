"""Tests small datasets in CSV files."""

import numpy as np
import pytest

from tfcompat_estimator.migration.tf1 import csv_files


def test_files_with_and_without_a_header(tmp_path):
  """The last column is the target, or the one that is named."""
  path = tmp_path / 'a.csv'
  path.write_text('2,2,one,two\n1.5,2,0\n3,4,1\n')
  bare = tmp_path / 'b.csv'
  bare.write_text('7,1,2\n8,3,4\n')

  with_header = csv_files.load_csv_with_header(str(path), int, float)
  without = csv_files.load_csv_without_header(
    str(bare), int, np.float32, target_column=0
  )

  assert with_header.data.tolist() == [[1.5, 2], [3, 4]]
  assert with_header.target.tolist() == [0, 1]
  assert without.data.tolist() == [[1, 2], [3, 4]]
  assert without.target.tolist() == [7, 8]
  assert csv_files.load_iris(str(path)).target.tolist() == [0, 1]


def test_irises_are_not_brought():
  """The error says where they are."""
  with pytest.raises(ValueError, match=r'data_path.*sklearn'):
    csv_files.load_iris()
