"""Builds networks for model functions of programs' own."""

import contextlib

import pytest
import tensorflow as tf

from tests.canned import dnn_names
from tfcompat_estimator.canned import logit_fns

v1 = tf.compat.v1
fc = tf.feature_column

X = fc.numeric_column('x', shape=3)
CITY = fc.categorical_column_with_hash_bucket('city', 10)
EMBEDDING = fc.embedding_column(CITY, 3)


def features():
  return {'x': tf.zeros([2, 3]), 'city': tf.constant([['a'], ['b']])}


def dnn(**kwargs):
  settings = {
    'units': 2,
    'hidden_units': [4],
    'feature_columns': [X, EMBEDDING],
    'activation_fn': tf.nn.relu,
    'dropout': 0.1,
    'input_layer_partitioner': None,
    'batch_norm': True,
  }
  return logit_fns.dnn_logit_fn_builder(**{**settings, **kwargs})


@contextlib.contextmanager
def scoped(scope):
  """A graph with a scope, or none, and what names in it begin with."""
  with (
    tf.Graph().as_default() as graph,
    v1.variable_scope(scope or v1.get_variable_scope()),
  ):
    yield graph, scope + '/' if scope else ''


@pytest.mark.parametrize('scope', ['', 'outer'])
def test_dnn_logit_fn(scope):
  """Names are the reference's, in whichever scope it is called."""
  with scoped(scope) as (graph, prefix):
    logits = dnn()(features=features(), mode='train')

    assert logits.name == f'{prefix}logits/BiasAdd:0'
    assert logits.shape == [2, 2]
    assert [v.op.name for v in v1.global_variables()] == [
      prefix + name for name in dnn_names.variables('city')
    ]
    tag = f'{prefix}{scope or "dnn"}/'
    assert [s.op.name for s in graph.get_collection('summaries')] == [
      f'{tag}{name}'
      for name in (
        'hiddenlayer_0/fraction_of_zero_values',
        'hiddenlayer_0/activation',
        'logits/fraction_of_zero_values',
        'logits/activation',
      )
    ]
    assert len(v1.get_collection(v1.GraphKeys.UPDATE_OPS)) == 2


@pytest.mark.parametrize('mode', ['eval', 'infer'])
def test_dnn_logit_fn_outside_training(mode):
  """Only training updates moving averages and drops outputs."""
  with tf.Graph().as_default() as graph:
    dnn()(features(), mode)

    assert not v1.get_collection(v1.GraphKeys.UPDATE_OPS)
    assert not [op for op in graph.get_operations() if 'dropout' in op.name]


@pytest.mark.parametrize('scope', ['', 'outer'])
def test_linear_logit_fn(scope):
  """Names are the reference's, in whichever scope it is called."""
  with scoped(scope) as (graph, prefix):
    logits = logit_fns.linear_logit_fn_builder(2, [X, CITY])(features())

    assert logits.name == (
      f'{prefix}linear_model/linear_model/linear_model/weighted_sum:0'
    )
    assert [v.op.name for v in v1.global_variables()] == [
      f'{prefix}linear_model/{name}'
      for name in ('city/weights', 'x/weights', 'bias_weights')
    ]
    assert [s.op.name for s in graph.get_collection('summaries')] == [
      f'{prefix}bias',
      f'{prefix}fraction_of_zero_weights',
    ]


def test_units_must_be_an_integer():
  """As in the reference."""
  with pytest.raises(ValueError, match='units must be an int.*str'):
    dnn(units='2')


def test_call_logit_fn_gives_what_is_asked_for():
  """Arguments are chosen by name."""
  given = []

  def logit_fn(features, config, mode):
    given.append((features, config, mode))
    return {'a': tf.constant(1.0)}

  logits = logit_fns.call_logit_fn(logit_fn, {'x': 1}, 'eval', {}, 'config')

  assert given == [({'x': 1}, 'config', 'eval')]
  assert list(logits) == ['a']


@pytest.mark.parametrize('wrong', [5, {'a': 5}, None, [tf.constant(1.0)]])
def test_call_logit_fn_returns_tensors(wrong):
  """Anything else is refused."""
  with pytest.raises(ValueError, match='should return a Tensor or a dict'):
    logit_fns.call_logit_fn(lambda features: wrong, {}, 'eval', {}, None)


def test_call_logit_fn_lacks_an_argument():
  """Nobody can give an argument of another name."""
  with pytest.raises(TypeError, match='bogus'):
    logit_fns.call_logit_fn(lambda features, bogus: 1, {}, 'eval', {}, None)
