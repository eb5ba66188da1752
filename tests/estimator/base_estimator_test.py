"""Tests the construction of an Estimator, to the contract's probes 1 to 53."""

import functools
import json
import os
import pathlib

import pytest
import tensorflow as tf

from tests import refusals, tiny
from tfcompat_estimator.canned import dnn
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import run_config, warm_start_settings
from tfcompat_estimator.tpu import tpu_config, tpu_estimator

v1 = tf.compat.v1
RunConfig = run_config.RunConfig


def full(features, labels, mode, params, config):
  """A model_fn with all arguments."""
  return (mode, params, config)


def no_params(features, labels, mode):
  """A model_fn without params."""


REFUSED = {
  'no model_fn': (lambda: {'model_fn': None}, ValueError, 'model_fn must be'),
  'model_fn a string': (lambda: {'model_fn': 'x'}, TypeError, 'unsupported'),
  'an unknown argument': (
    lambda: {'model_fn': lambda features, bogus: 0},
    ValueError,
    r"not expected args: \['bogus'\]",
  ),
  'an unknown argument with a default': (
    lambda: {'model_fn': lambda features, bogus=1: 0},
    ValueError,
    'bogus',
  ),
  'no features': (
    lambda: {'model_fn': lambda labels: 0},
    ValueError,
    'must include features',
  ),
  'params not taken': (
    lambda: {'model_fn': no_params, 'params': {'a': 1}},
    ValueError,
    r"params \({'a': 1}\)",
  ),
  'empty params not taken': (
    lambda: {'model_fn': no_params, 'params': {}},
    ValueError,
    'does not include params',
  ),
  'config a string': (lambda: {'config': 'x'}, ValueError, 'provided x'),
  'config a dict': (lambda: {'config': {}}, ValueError, 'provided {}'),
  'config a ConfigProto': (
    lambda: {'config': v1.ConfigProto()},
    ValueError,
    'instance of `RunConfig`',
  ),
  'two model directories': (
    lambda: {'model_dir': '/a', 'config': RunConfig(model_dir='/b')},
    ValueError,
    "In constructor: '/a', in `RunConfig`: '/b'",
  ),
  'warm start of a wrong type': (
    lambda: {'warm_start_from': 5},
    ValueError,
    'must be a string or a WarmStartSettings',
  ),
}


@refusals.each(REFUSED)
def test_bad_arguments(arguments, error, message, tmp_path):
  """The exception is of the reference's type and names what is wrong."""
  arguments = {'model_fn': full, **arguments()}

  with pytest.raises(error, match=message):
    base_estimator.Estimator(**arguments)


OVERRIDDEN = (
  'train',
  'evaluate',
  'predict',
  'export_saved_model',
  'export_savedmodel',
  'get_variable_value',
  'get_variable_names',
  'config',
  'params',
  'model_dir',
  'eval_dir',
  '_train_model',
  '_call_model_fn',
  '_create_global_step',
  '_get_features_from_input_fn',
  '_get_features_and_labels_from_input_fn',
  'experimental_export_all_saved_models',
  '_validate_features_in_predict_input',
  '_add_meta_graph_for_mode',
)
ALLOWED = (
  'latest_checkpoint',
  'model_fn',
  '_create_and_assert_global_step',
  '_tf_api_names',
  '_export_all_saved_models',
  'something_new',
)


def _subclass(member):
  return type('Sub', (base_estimator.EstimatorV2,), {member: lambda self: 1})


@pytest.mark.parametrize('member', OVERRIDDEN)
def test_members_may_not_be_overridden(member, model_dir):
  """A subclass that overrides a member is refused at construction."""
  with pytest.raises(ValueError, match=f'does override.*{member}'):
    _subclass(member)(full, model_dir)


@pytest.mark.parametrize('member', ALLOWED)
def test_some_members_may(member, model_dir):
  """New members and a few old ones are fine."""
  _subclass(member)(full, model_dir)


def refusal_removed(how, cls):
  """The class with the refusal switched off in one of the usual ways."""
  name = '_assert_members_are_not_overridden'
  if how == 'on the class':
    return type('Sub', (cls,), {name: lambda self: None, 'train': None})
  if how == 'a staticmethod':
    nothing = staticmethod(lambda _: None)
    return type('Sub', (cls,), {name: nothing, 'train': None})

  def constructor(self, *args, **kwargs):
    setattr(self.__class__, name, lambda self: None)
    cls.__init__(self, *args, **kwargs)

  return type('Sub', (cls,), {'__init__': constructor, 'train': None})


@pytest.mark.parametrize(
  'how', ['on the class', 'a staticmethod', 'on self.__class__']
)
@pytest.mark.parametrize(
  'base', [base_estimator.Estimator, base_estimator.EstimatorV2]
)
def test_the_refusal_can_be_switched_off(how, base, model_dir):
  """In each of the ways that programs do it."""
  refusal_removed(how, base)(tiny.model_fn, model_dir)


def test_the_refusal_of_each_family_is_its_own(model_dir, monkeypatch):
  """Switched off for v2, v1 still refuses, as in the reference."""
  monkeypatch.setattr(
    base_estimator.EstimatorV2,
    '_assert_members_are_not_overridden',
    lambda self: None,
  )
  override = {'train': lambda self: None}
  type('Sub', (base_estimator.EstimatorV2,), override)(tiny.model_fn, model_dir)
  with pytest.raises(ValueError, match=r"does override \['train'\]"):
    type('Sub', (base_estimator.Estimator,), override)(tiny.model_fn, model_dir)


@pytest.mark.parametrize('kind', ['canned', 'TPUEstimator'])
def test_subclasses_of_subclasses_are_refused_too(kind, model_dir):
  """Without the refusal switched off; their own members are theirs."""
  base, arguments = {
    'canned': (
      dnn.DNNClassifierV2,
      {
        'hidden_units': [2],
        'feature_columns': [tf.feature_column.numeric_column('x')],
      },
    ),
    'TPUEstimator': (
      tpu_estimator.TPUEstimator,
      {
        'model_fn': lambda features, params: None,
        'config': tpu_config.RunConfig(),
        'use_tpu': False,
      },
    ),
  }[kind]
  type('Sub', (base,), {'more': 1})(model_dir=model_dir, **arguments)
  with pytest.raises(ValueError, match='does override.*_train_model'):
    type('Sub', (base,), {'_train_model': 1})(model_dir=model_dir, **arguments)


def test_the_model_dir_comes_from_argument_or_config(model_dir):
  """Either, or both when equal; a path object becomes a str."""
  both = base_estimator.Estimator(
    full, model_dir, RunConfig(model_dir=model_dir)
  )
  path = base_estimator.Estimator(full, pathlib.Path(model_dir))
  config = base_estimator.Estimator(full, config=RunConfig(model_dir=model_dir))

  for estimator in (both, path, config):
    assert estimator.model_dir == model_dir
    assert type(estimator.model_dir) is str
    assert estimator.config.model_dir == model_dir


@pytest.mark.parametrize('given', [None, ''])
def test_without_one_a_temporary_directory_is_made(given):
  """It exists."""
  assert os.path.isdir(base_estimator.Estimator(full, given).model_dir)


def test_tf_config_gives_the_model_dir(monkeypatch, model_dir):
  """TF_CONFIG counts through the RunConfig."""
  monkeypatch.setenv('TF_CONFIG', json.dumps({'model_dir': model_dir}))

  assert base_estimator.Estimator(full).model_dir == model_dir


def test_config_and_params_are_copies(model_dir):
  """What the user holds and what the estimator holds do not change each other."""
  config, params = RunConfig(), {'a': [1]}
  estimator = base_estimator.Estimator(full, model_dir, config, params)
  params['a'].append(2)
  estimator.params['b'] = 3

  assert config.model_dir is None
  assert estimator.config is not config
  assert estimator.params == {'a': [1]}
  assert base_estimator.Estimator(full, model_dir).params == {}
  assert base_estimator.Estimator(full, model_dir, params='s').params == 's'


def test_model_fn_is_a_public_function(model_dir):
  """It takes (features, labels, mode, config) and hands over copies of params."""
  seen = []

  def model_fn(features, labels, mode, params, config):
    seen.append((params, config))
    return tiny.model_fn(features, labels, mode)

  estimator = base_estimator.Estimator(model_fn, model_dir, params={'a': 1})
  with tf.Graph().as_default():
    v1.train.create_global_step()
    x = tf.ones([1])
    spec = estimator.model_fn(x, x, 'eval', 'my config')

  assert spec.mode == 'eval'
  assert seen == [({'a': 1}, 'my config')]


class Callable:
  """A model_fn that is an object."""

  def __call__(self, features, labels, mode, params):
    return tiny.model_fn(features, labels, mode)


@pytest.mark.parametrize(
  'model_fn',
  [
    functools.partial(full, config=1),
    Callable(),
    Callable().__call__,
    lambda features, **unused: 0,
    lambda features, *unused: 0,
  ],
  ids=['partial', 'object', 'method', 'kwargs', 'args'],
)
def test_kinds_of_model_fn(model_fn, model_dir):
  """Partials, objects and methods are functions too."""
  base_estimator.Estimator(model_fn, model_dir)


def test_warm_start_settings_are_accepted(model_dir):
  """Existence is not checked before training."""
  settings = warm_start_settings.WarmStartSettings('/no/such')

  base_estimator.Estimator(full, model_dir, warm_start_from=settings)
  base_estimator.Estimator(full, model_dir, warm_start_from='/no/such')


def test_export_savedmodel_is_gone_from_the_v2_class(model_dir):
  """The v2 class has export_saved_model only."""
  with pytest.raises(AttributeError, match='export_saved_model'):
    base_estimator.EstimatorV2(full, model_dir).export_savedmodel  # noqa: B018


def test_variables_of_an_untrained_model(model_dir):
  """There are none to read, and no checkpoint."""
  estimator = tiny.estimator(model_dir)

  assert estimator.latest_checkpoint() is None
  with pytest.raises(ValueError, match='Could not find trained model'):
    estimator.get_variable_names()
  with pytest.raises(ValueError, match='Could not find trained model'):
    estimator.get_variable_value('m/w')


def test_variables_of_a_trained_model(model_dir):
  """Names and values come from the latest checkpoint."""
  estimator = tiny.estimator(model_dir).train(tiny.batches(), steps=1)

  assert estimator.get_variable_names() == ['global_step', 'm/w']
  assert estimator.get_variable_value('m/w') == pytest.approx(0.2)
  with pytest.raises(tf.errors.NotFoundError, match='nope'):
    estimator.get_variable_value('nope')
