"""Checks constructors of v1 forms, which are made of those of v2."""

import inspect

import pytest
import tensorflow as tf

from tfcompat_estimator.canned import dnn

v1 = tf.compat.v1
X = tf.feature_column.numeric_column('x')


def parameters(cls):
  return inspect.signature(cls).parameters


def test_a_v1_form_takes_what_the_v2_form_takes():
  """And a partitioner, before `config`; losses are sums."""
  of_v1, of_v2 = parameters(dnn.DNNClassifier), parameters(dnn.DNNClassifierV2)

  names = list(of_v1)
  place = names.index('input_layer_partitioner')
  assert names[place + 1] == 'config'
  assert [*names[:place], *names[place + 1 :]] == list(of_v2)
  assert of_v1['loss_reduction'].default == v1.losses.Reduction.SUM


def test_a_v1_form_names_itself_where_arguments_do_not_fit():
  """As a constructor that is written out does."""
  with pytest.raises(TypeError, match=r'DNNRegressor\.__init__\(\).*units'):
    dnn.DNNRegressor(units=[1], feature_columns=[X])


@pytest.mark.parametrize('cls', [dnn.DNNClassifier, dnn.DNNClassifierV2])
def test_the_head_gets_its_arguments(cls):
  """A classifier's head is made at once, and checks them."""
  with pytest.raises(ValueError, match='n_classes cannot be None'):
    cls([4], [X], n_classes=None)
