"""Tests which keys of a checkpoint stand in for others."""

import pytest

from tfcompat_estimator.checkpoint import slot_aliases


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
  assert slot_aliases.find([missing], ['global_step', present]) == expected


RECURRENT = {
  '1.15': ('lstm/kernel', 'training/Adam/lstm/kernel/m', 'lstm_1/bias'),
  '2.4': (
    'lstm/lstm_cell_3/kernel',
    'training/Adam/lstm/lstm_cell_3/kernel/m',
    'lstm_1/lstm_cell_4/bias',
  ),
}


@pytest.mark.parametrize('version', RECURRENT)
def test_recurrent_layers_have_names_of_each_tensorflow(version):
  """What older Keras called them stands in for today's names."""
  today = (
    'lstm/lstm_cell/kernel',
    'training/Adam/lstm/lstm_cell/kernel/m',
    'lstm_1/lstm_cell/bias',
  )

  found = slot_aliases.find(today, [*RECURRENT[version], 'dense/kernel'])

  assert found == dict(zip(today, RECURRENT[version], strict=True))


def test_cells_that_could_be_several_are_left_alone():
  """Two cells of one layer are told apart by nothing."""
  present = ['rnn/lstm_cell_2/kernel', 'rnn/lstm_cell_3/kernel']

  assert slot_aliases.find(['rnn/lstm_cell/kernel'], present) == {}
