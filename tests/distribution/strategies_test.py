"""Tests which strategies are taken."""

import pytest
import tensorflow as tf

from tests import tiny


@pytest.mark.parametrize(
  ('name', 'call'),
  [('train_distribute', 'train'), ('eval_distribute', 'evaluate')],
)
def test_no_strategy_is_silently_ignored(tmp_path, name, call):
  """What a strategy would do and nothing here does is an error."""
  strategy = tf.distribute.OneDeviceStrategy('/cpu:0')
  estimator = tiny.estimator(tmp_path, **{name: strategy})
  with pytest.raises(NotImplementedError, match=rf'RunConfig\({name}='):
    getattr(estimator, call)(tiny.batches(2))
