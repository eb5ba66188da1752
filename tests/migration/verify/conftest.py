"""An export, and a copy of it to change."""

import pathlib
import shutil

import pytest
import tensorflow as tf

import tfcompat_estimator as estimators
from tests.mistakes import given

fc = tf.feature_column


@pytest.fixture(scope='module')
def export(tmp_path_factory):
  """A DNN that parses examples."""
  folder = tmp_path_factory.mktemp('verify')
  columns = (given.X, given.CITY_VECTOR)
  estimator = given.trained(estimators, folder / 'm', columns=columns)
  receiver = estimators.export.build_parsing_serving_input_receiver_fn(
    fc.make_parse_example_spec(columns)
  )
  path = estimator.export_saved_model(str(folder / 'e'), receiver)
  return pathlib.Path(path.decode())


@pytest.fixture
def copy(export, tmp_path):
  """A copy of it, to change."""
  return pathlib.Path(shutil.copytree(export, tmp_path / 'copy'))
