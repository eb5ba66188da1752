"""Calls what old modules of TPUEstimator had, as programs do."""

import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.migration.old_paths import calling

v1 = tf.compat.v1
old = calling.old


@pytest.fixture(autouse=True)
def installed():
  with tfcompat_estimator.install(), tf.Graph().as_default():
    yield


def test_tpu_utilities():
  """Loops are counted or timed; an error names the argument."""
  util = old('tpu.util')

  assert util.parse_iterations_per_loop('2m') == (120, 'seconds')
  assert util.parse_iterations_per_loop(3).unit == 'count'
  util.check_positive_integer(1, 'n')
  with pytest.raises(ValueError, match='n must be positive, got 0'):
    util.check_positive_integer(0, 'n')
  with pytest.raises(ValueError, match='Invalid TPUConfig'):
    util.parse_iterations_per_loop('soon')


def test_tpu_constants_and_params():
  """Keys of params, and how an item is put into them."""
  tpu_estimator = old('tpu.tpu_estimator')
  params = {}

  tpu_estimator._add_item_to_params(params, tpu_estimator._BATCH_SIZE_KEY, 8)

  assert params == {'batch_size': 8}
  assert tpu_estimator._USE_TPU_KEY == 'use_tpu'
  assert old('tpu.tpu_config')._get_tpu_job_name_from_tf_config() is None
