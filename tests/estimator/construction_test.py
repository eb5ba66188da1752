"""Checks how the arguments of an Estimator are completed."""

import os
import pathlib

import pytest

from tfcompat_estimator.estimator import base_estimator, construction
from tfcompat_estimator.records import run_config, warm_start_settings


def test_the_directory_may_be_given_in_either_place(tmp_path):
  """As a str or a path; the config that was given stays as it is."""
  given = run_config.RunConfig()
  by_argument = construction.complete_config(given, tmp_path)
  by_config = construction.complete_config(
    run_config.RunConfig(model_dir=str(tmp_path)), None
  )

  assert by_argument.model_dir == by_config.model_dir == str(tmp_path)
  assert given.model_dir is None
  assert by_argument.session_config is not None


def test_a_directory_is_made_where_nobody_gave_one():
  """It exists, and no two Estimators share it."""
  first, second = (construction.complete_config(None, None) for _ in range(2))

  assert os.path.isdir(first.model_dir)
  assert first.model_dir != second.model_dir


@pytest.mark.parametrize(
  'config, model_dir, message',
  [
    ({'model_dir': 'a'}, None, 'must be an instance of `RunConfig`'),
    (run_config.RunConfig(model_dir='a'), 'b', "constructor: 'b'.*'a'"),
  ],
)
def test_what_does_not_fit_is_refused(config, model_dir, message):
  """The error has both values."""
  with pytest.raises(ValueError, match=message):
    construction.complete_config(config, model_dir)


@pytest.mark.parametrize(
  'given', ['x/model.ckpt-1', b'x/model.ckpt-1', pathlib.Path('x/model.ckpt-1')]
)
def test_a_path_is_a_warm_start_of_all_variables(given):
  """In any of its types; settings are kept."""
  settings = construction.warm_start(given)

  assert settings == warm_start_settings.WarmStartSettings('x/model.ckpt-1')
  assert construction.warm_start(settings) == settings
  assert construction.warm_start(None) is None


def test_members_of_estimator_may_not_be_overridden():
  """A subclass may add names, and override what TensorFlow allows."""
  base = base_estimator.EstimatorV2

  class Adds(base):
    def model_fn(self):
      """Allowed."""

    def fit(self):
      """Not a name of Estimator."""

  class Overrides(base):
    def train(self):
      """Not allowed."""

  construction.refuse_overrides(Adds, base)
  with pytest.raises(ValueError, match=r"does override \['train'\]"):
    construction.refuse_overrides(Overrides, base)
