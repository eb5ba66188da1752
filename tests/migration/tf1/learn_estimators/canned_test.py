"""Tests canned Estimators of `tf.contrib.learn`, beside 1.15."""

import inspect

import pytest

from tests.migration.tf1 import beside
from tfcompat_estimator.migration.tf1 import feature_columns
from tfcompat_estimator.migration.tf1.learn_estimators import canned

COLUMNS = [feature_columns.real_valued_column('x')]


@pytest.mark.parametrize('name', ['network', 'regressor', 'linear', 'combined'])
def test_numbers_of_1_15(name):
  """Metrics, predictions, signatures, names and values of variables."""
  beside.check_part(name, 'learners')


def test_arguments_stand_where_they_stood():
  """The order of each class is its own."""
  dnn = list(inspect.signature(canned.DNNClassifier).parameters)
  linear = list(inspect.signature(canned.LinearClassifier).parameters)

  assert dnn[:4] == [
    'hidden_units',
    'feature_columns',
    'model_dir',
    'n_classes',
  ]
  assert linear[:3] == ['feature_columns', 'model_dir', 'n_classes']


def test_arguments_that_are_wrong():
  """No columns, unknown names, and what is not served."""
  with pytest.raises(ValueError, match='one or more'):
    canned.LinearRegressor([])
  with pytest.raises(TypeError, match='hidden'):
    canned.LinearRegressor(COLUMNS, hidden=3)
  with pytest.raises(ValueError, match='_joint_weight'):
    canned.LinearClassifier(COLUMNS, _joint_weight=True)
