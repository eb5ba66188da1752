"""Tests hyperparameters: their types, and how they are read."""

import pytest

from tfcompat_estimator.migration.tf1 import hparams


@pytest.fixture(name='params')
def fixture_params():
  return hparams.HParams(rate=0.1, units=[1, 2], name='a', deep=True, many=3)


def test_texts_are_read_by_type(params):
  """Lists, elements of lists and all other types."""
  params.parse('rate=2,units=[3,4],name=b c,deep=false')
  params.parse('units[1]=9')

  assert params.values() == {
    'rate': 2.0,
    'units': [3, 9],
    'name': 'b c',
    'deep': False,
    'many': 3,
  }


@pytest.mark.parametrize(
  'text, says',
  [
    ('unknown=1', 'Unknown hyperparameter'),
    ('many=x', 'Could not parse'),
    ('many=1,many=2', 'Multiple assignments'),
    ('rate', 'Malformed'),
    ('deep=perhaps', 'Could not parse'),
  ],
)
def test_what_cannot_be_read_is_told(params, text, says):
  """By its name and text."""
  with pytest.raises(ValueError, match=says):
    params.parse(text)


def test_values_keep_their_types(params):
  """A value of another type is refused; one that fits is converted."""
  params.set_hparam('rate', 3)
  assert params.rate == 3.0
  with pytest.raises(ValueError, match='many'):
    params.set_hparam('many', 'text')
  with pytest.raises(ValueError, match='rate'):
    params.add_hparam('rate', 1)


def test_json_and_dicts(params):
  """They go out and come back."""
  other = hparams.HParams(rate=0.0, units=[0], name='', deep=False, many=0)
  other.parse_json(params.to_json())
  assert other.values() == params.values()
  other.override_from_dict({'many': 5})
  other.del_hparam('name')

  assert other.get('many') == 5
  assert 'name' not in other
  assert other.get('name', 'none') == 'none'
  with pytest.raises((KeyError, ValueError)):
    other.override_from_dict({'nothing': 5})
