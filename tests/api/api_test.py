"""Holds the public names to the recorded list of the reference.

tests/contract/public_api.json says of each of the 166 names what TF 2.15.1 with
tensorflow-estimator 2.15.0 has under it: the kind; the parameters, each `name`
or `[name, default]`, marked `/`, `*`, `=` or `**` for its kind; base classes;
methods, properties and attributes.
"""

import builtins
import enum
import inspect
import json
import pathlib
import types

import pytest
import tensorflow as tf

import tfcompat_estimator

CONTRACT = json.loads(
  (
    pathlib.Path(__file__).parents[1] / 'contract' / 'public_api.json'
  ).read_text()
)
KINDS = {
  inspect.Parameter.POSITIONAL_ONLY: '/',
  inspect.Parameter.POSITIONAL_OR_KEYWORD: '',
  inspect.Parameter.VAR_POSITIONAL: '*',
  inspect.Parameter.KEYWORD_ONLY: '=',
  inspect.Parameter.VAR_KEYWORD: '**',
}

# What differs from the reference, and why: (name, what) -> reason.
_ERROR = "TensorFlow's own class; RuntimeError.__init__ has no signature"
DIFFERENCES = {
  ('tf.estimator.NanLossDuringTrainingError', 'parameters'): _ERROR,
  ('tf.compat.v1.estimator.NanLossDuringTrainingError', 'parameters'): _ERROR,
}


@pytest.fixture(scope='module', autouse=True)
def installed():
  """The names are read where programs read them."""
  with tfcompat_estimator.install():
    yield


def find(full_name):
  """The object that a program gets for `tf.estimator...`."""
  found = tf
  for name in full_name.split('.')[1:]:
    found = getattr(found, name)
  return found


def show(default):
  """A default value, as the contract writes it."""
  if inspect.isfunction(default):
    return f'<function {default.__name__}>'
  if type(default) is object:
    return '<object object>'
  if isinstance(default, tf.DType):
    return f'tf.{default.name}'
  if isinstance(default, enum.Enum):
    return repr(default)
  return repr(default)


def parameters(function, drop_first=False):
  """The parameters of a function, as the contract writes them."""
  found = list(inspect.signature(function).parameters.values())
  return [
    [KINDS[p.kind] + p.name]
    + ([] if p.default is p.empty else [show(p.default)])
    for p in found[drop_first:]
  ]


def constructor_parameters(cls):
  """The parameters of a class: those of __init__, or of __new__ of a tuple."""
  init = parameters(cls.__init__, drop_first=True)
  if [p[0] for p in init] == ['*args', '**kwargs'] and '__new__' in {
    name for c in cls.__mro__[:-1] for name in vars(c)
  }:
    return parameters(cls.__new__, drop_first=True)
  return init


def each(kind=None):
  names = [n for n, s in CONTRACT.items() if kind in (None, s['kind'])]
  return pytest.mark.parametrize('name', names)


def expect(name, what, got, wanted):
  """Compares, but for differences that are listed; those must be real."""
  if (name, what) in DIFFERENCES:
    assert got != wanted, f'{(name, what)} is no difference any more'
  else:
    assert got == wanted


def test_all_names_are_listed():
  """The list has the 166 names that the reference has."""
  assert len(CONTRACT) == 166
  assert {name for name, _ in DIFFERENCES} <= set(CONTRACT)


@each()
def test_name_is_there(name):
  """Each name leads to an object of the recorded kind."""
  found = find(name)

  kinds = {
    'class': inspect.isclass,
    'function': inspect.isfunction,
    'module': lambda value: isinstance(value, types.ModuleType),
  }
  assert kinds[CONTRACT[name]['kind']](found)


@each('module')
def test_modules_offer_exactly_their_names(name):
  """A namespace lists the recorded names, no more."""
  assert find(name).__all__ == CONTRACT[name]['members']


@each()
def test_same_objects(name):
  """What was one object under two names is one."""
  for other in CONTRACT[name].get('same_as', ()):
    assert find(other) is find(name)


def test_no_other_objects_are_the_same():
  """What were two objects are two: isinstance tells v1 and v2 apart."""
  names_of = {}
  for name in CONTRACT:
    names_of.setdefault(id(find(name)), []).append(name)

  for first, *others in names_of.values():
    assert set(others) <= set(CONTRACT[first].get('same_as', ()))


@each('function')
def test_function_parameters(name):
  """Functions take the recorded parameters, with the recorded defaults."""
  expect(
    name, 'parameters', parameters(find(name)), CONTRACT[name]['parameters']
  )


@each('class')
def test_class_parameters(name):
  """Classes are made with the recorded parameters and defaults."""
  found = constructor_parameters(find(name))

  expect(name, 'parameters', found, CONTRACT[name]['parameters'])


@each('class')
def test_base_classes(name):
  """Public base classes, and builtin ones, are the recorded ones."""
  cls = find(name)

  for base in CONTRACT[name]['bases']:
    wanted = find(base) if '.' in base else getattr(builtins, base)
    expect(name, base, issubclass(cls, wanted), True)


@each('class')
def test_methods(name):
  """Public methods take the recorded parameters."""
  cls = find(name)

  for method, wanted in CONTRACT[name]['methods'].items():
    static = inspect.getattr_static(cls, method, None)
    assert static is not None, f'{name}.{method} is missing'
    bound = isinstance(static, classmethod | staticmethod)
    found = parameters(getattr(cls, method), drop_first=not bound)
    expect(name, method, found, wanted)


@each('class')
def test_properties_and_attributes(name):
  """Public properties, fields and class attributes are there."""
  cls = find(name)
  wanted = {
    *CONTRACT[name]['properties'],
    *CONTRACT[name].get('attributes', ()),
  }

  missing = {n for n in wanted if not hasattr(cls, n)}

  expect(name, 'properties', missing, set())
  fields = {*getattr(cls, '_fields', ()), *CONTRACT[name].get('fields', ())}
  for each_name in {*CONTRACT[name]['properties']} - fields:
    static = inspect.getattr_static(cls, each_name)
    assert inspect.isdatadescriptor(static), f'{name}.{each_name}'
  if 'fields' in CONTRACT[name]:
    assert list(cls._fields) == CONTRACT[name]['fields']


@each('class')
def test_abstract_methods(name):
  """Base classes ask their subclasses for the recorded methods."""
  found = sorted(getattr(find(name), '__abstractmethods__', ()))

  expect(name, 'abstract', found, CONTRACT[name].get('abstract', []))


def test_top_level_names_are_those_of_v2():
  """`import tfcompat_estimator as estimator` reads as tf.estimator does."""
  for name in CONTRACT['tf.estimator.export']['members']:
    found = getattr(tfcompat_estimator.export, name)
    assert found is find(f'tf.estimator.export.{name}')
  for name in {*tf.estimator.__all__} - {'experimental'}:
    assert getattr(tfcompat_estimator, name) is getattr(tf.estimator, name)
  # It has names of its own beside those.
  for name in tf.estimator.experimental.__all__:
    found = getattr(tfcompat_estimator.experimental, name)
    assert found is getattr(tf.estimator.experimental, name)
