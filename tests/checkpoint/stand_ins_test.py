"""Tests which keys of a checkpoint stand in for others."""

import pytest

from tfcompat_estimator.checkpoint import stand_ins


@pytest.mark.parametrize(
  ('missing', 'present', 'found'),
  [
    ('training/Adam/w/m/replica_1', 'training/Adam/w/m', True),
    ('w/replica_2', 'w', True),
    ('dnn/dnn/logits/bias/Adagrad', 'dnn/logits/bias/t_0/Adagrad', True),
    ('dnn/logits/bias/t_0/Adam_1', 'dnn/dnn/logits/bias/Adam_1', True),
    ('dnn/head/dnn/beta1_power', 'dnn/head/beta1_power', True),
    ('dnn/head/beta2_power', 'dnn/head/dnn/beta2_power', True),
    ('dnn/logits/bias/t_0/Adam', 'dnn/dnn/logits/bias/Adam_1', False),
    ('dnn/dnn/kernel', 'dnn/kernel', False),  # no slot, but another layer
    ('replica_1', 'w', False),
  ],
)
def test_find(missing, present, found):
  """Slots of replicas stand for those of one device, and the other way round."""
  expected = {missing: present} if found else {}
  assert stand_ins.find([missing], ['global_step', present]) == expected
