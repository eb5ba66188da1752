"""Reads the documentation that canned estimators are given."""

import inspect

import pytest

from tfcompat_estimator.canned import baseline, dnn, dnn_linear_combined, linear

CLASSES = [
  cls
  for module in (baseline, dnn, dnn_linear_combined, linear)
  for cls in vars(module).values()
  if inspect.isclass(cls) and cls.__module__ == module.__name__
]


def test_all_classes_are_here():
  """Four kinds, each with three sorts of heads, in two families."""
  assert len(CLASSES) == 24


@pytest.mark.parametrize('cls', CLASSES, ids=lambda cls: cls.__name__)
def test_every_argument_is_described(cls):
  """With the default that the signature has, and nothing left to fill in."""
  text = ' '.join(inspect.getdoc(cls.__init__).split())

  parameters = list(inspect.signature(cls).parameters.values())

  for parameter in parameters:
    assert f' {parameter.name}: ' in text
  assert text.count('Default:') == sum(
    parameter.default is not inspect.Parameter.empty for parameter in parameters
  )
  assert '{' not in text
  assert cls.__doc__.startswith('A ') or cls.__doc__.startswith('Linear ')


@pytest.mark.parametrize('cls', CLASSES, ids=lambda cls: cls.__name__)
def test_the_v1_form_says_what_differs(cls):
  """Partitioned variables and a summed loss, where there is an argument."""
  text = ' '.join(inspect.getdoc(cls).split())
  arguments = set(inspect.signature(cls).parameters)

  is_v1 = not cls.__name__.endswith('V2')

  assert ('The form of `tf.compat.v1.estimator`' in text) == is_v1
  partitions = arguments & {'partitioner', 'input_layer_partitioner'}
  assert ('can be partitioned' in text) == bool(partitions)
  assert ('a sum over the batch' in text) == (
    is_v1 and 'loss_reduction' in arguments
  )
  assert 'Raises:' in inspect.getdoc(cls.__init__)
