"""Checks the tables of names against the TensorFlow that is installed."""

import json
import pathlib

import pytest

from tfcompat_estimator.migration.tf1 import contrib_table


def test_nothing_is_both_served_and_refused():
  """A name has one row."""
  names = {
    f'{module}.{name}'
    for module, rows in contrib_table.SERVED.items()
    for name in rows
  }

  assert names.isdisjoint(contrib_table.REFUSED)


PUBLIC = json.loads(
  (pathlib.Path(__file__).parents[2] / 'contract' / 'contrib.json').read_text()
)


# They had other names, too, in TensorFlow 1.4 to 1.14.
OLDER = {'data', 'distributions', 'estimator', 'layers.feature_column', 'slim'}
# The contract has no names of these: 1.15 keeps them below private modules.
OLDER |= {'cudnn_rnn', 'legacy_seq2seq'}


@pytest.mark.parametrize('module', sorted(set(PUBLIC) - OLDER))
def test_names_are_those_of_1_15(module):
  """What is served under a name was called so in TensorFlow 1.15."""
  rows = contrib_table.SERVED.get(module, {})
  served = {name for name, place in rows.items() if ':' in place}

  assert served <= set(PUBLIC[module])


def test_each_module_of_1_15_is_served_or_refused():
  """Of no module of tf.contrib is there nothing to say."""
  unknown = [
    module
    for module in PUBLIC
    if '.' not in module and contrib_table.find(module) is None
  ]

  assert not unknown


# Modules of which each public class of 1.15 is served or refused by its own name.
TOLD = ('rnn', 'seq2seq')


@pytest.mark.parametrize('module', TOLD)
def test_each_name_is_served_or_refused(module):
  """Of no name is there nothing to say."""
  unknown = [
    name
    for name in PUBLIC[module]
    if contrib_table.find(f'{module}.{name}') is None
  ]

  assert not unknown


@pytest.mark.parametrize(
  'name, remedy',
  [
    ('learn.LogisticRegressor', 'LinearClassifier'),
    ('learn.SVM', 'LinearSDCA'),
    ('learn.monitors.ExportMonitor', 'export_strategies'),
    ('rnn.PhasedLSTMCell', 'LSTMCell'),
    ('cudnn_rnn.CudnnLSTMSaveable', 'saved as they are'),
    ('gan', 'tensorflow-gan'),
  ],
)
def test_a_refusal_says_what_to_use(name, remedy):
  """Each of its own."""
  assert remedy in contrib_table.find(name).reason
