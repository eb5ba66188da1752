"""Checks model_to_estimator's rules: arguments, errors, structures, weights."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests import refusals
from tests.keras_interop import conversions, models
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.keras_interop import convert, model_io
from tfcompat_estimator.records import estimator_specs
from tfcompat_estimator.saved_models import receivers

pytestmark = pytest.mark.eager  # fits and reads models eagerly


def uncompiled():
  inputs = tf_keras.Input((3,))
  return tf_keras.Model(inputs, tf_keras.layers.Dense(1)(inputs))


class NoConfig(tf_keras.Model):
  """A subclass that cannot be made again."""

  def get_config(self):
    raise NotImplementedError


ERRORS = {
  'nothing': (dict, ValueError, 'Either `keras_model` or `keras_model_path`'),
  'both': (
    lambda: {'keras_model': uncompiled(), 'keras_model_path': '/nope'},
    ValueError,
    'either `keras_model` or `keras_model_path`, but not both',
  ),
  'not compiled': (
    lambda: {'keras_model': uncompiled()},
    ValueError,
    'has not been compiled yet',
  ),
  'format': (
    lambda: {
      'keras_model': models.sequential(tf_keras),
      'checkpoint_format': 'bogus',
    },
    ValueError,
    'must be one of "checkpoint" or "saver". Got bogus',
  ),
  'no model': (
    lambda: {'keras_model': 'x'},
    AttributeError,
    "'str' object has no attribute '_is_graph_network'",
  ),
  'no file': (
    lambda: {'keras_model_path': '/nope/x.h5'},
    OSError,
    'No file or directory found at /nope/x.h5',
  ),
  'cloud storage without its client': (
    lambda: {'keras_model_path': 'gs://bucket/x.h5'},
    TypeError,
    'install `google-cloud-storage`',
  ),
  'object-based checkpoint of a subclass': (
    lambda: {'keras_model': models.subclassed(tf_keras)},
    ValueError,
    'not supported with subclassed',
  ),
  'subclass without config': (
    lambda: {'keras_model': NoConfig(), 'checkpoint_format': 'saver'},
    ValueError,
    'must implement `Model.get_config`',
  ),
}


@refusals.each(ERRORS)
def test_bad_arguments(arguments, error, message):
  """What cannot be converted is refused, with the reference's phrases."""
  with pytest.raises(error, match=message):
    conversions.both(**arguments())


RUNTIME_ERRORS = {
  'features': (
    {'other': models.X},
    {},
    model_io.FormattedKeyError,
    "Missed keys: {'x'}",
  ),
  'metric missing': (
    models.X,
    {'metric_names_map': {'accuracy': 'a'}},
    ValueError,
    r'Invalid `metric_names_map`. The following .*auc',
  ),
  'metric unknown': (
    models.X,
    {'metric_names_map': {'accuracy': 'a', 'auc': 'b', 'c': 'd'}},
    ValueError,
    'There are unexpected keys',
  ),
  'export output unknown': (
    models.X,
    {'export_outputs': {'q': estimator_specs.PredictOutput}},
    model_io.FormattedKeyError,
    "Missed keys: {'q'}",
  ),
}


@pytest.mark.parametrize('case', RUNTIME_ERRORS)
def test_what_does_not_fit_the_model(case, model_dir):
  """Names that the model does not have are found when it is built."""
  features, arguments, error, message = RUNTIME_ERRORS[case]
  with pytest.raises(error, match=message):
    conversions.train_once(
      models.functional(tf_keras), features, models.YB, model_dir, **arguments
    )


def test_message_of_a_key_error_is_shown_as_it_is():
  """Line breaks are not escaped, as KeyError does."""
  assert str(model_io.FormattedKeyError('a\n\tb')) == 'a\n\tb'


@conversions.each_library
def test_extra_features_and_plain_tensors(library, model_dir):
  """Features are a tensor, or a dict with at least the model's inputs."""
  model = models.functional(conversions.LIBRARIES[library], 'str')
  made = conversions.train_once(model, models.X, models.YB, model_dir)
  extra = {'x': models.X, 'w': models.X}
  made.train(models.dataset_fn(extra, models.YB), steps=1)

  assert made.latest_checkpoint().endswith('model.ckpt-2')


@conversions.each_library
def test_metric_names_map(library, model_dir):
  """Metrics are reported under the user's names."""
  model = models.functional(conversions.LIBRARIES[library], 'str')
  names = {'accuracy': 'right', 'auc': 'area'}
  made = conversions.train_once(
    model, models.X, models.YB, model_dir, metric_names_map=names
  )
  metrics = made.evaluate(models.dataset_fn(models.X, models.YB))

  assert list(metrics) == ['area', 'loss', 'right', 'global_step']


def test_metrics_that_the_model_adds_are_not_compiled_ones(model_dir):
  """Compiled metrics are reported, also beside one that the model adds."""
  model = models.sequential(tf_keras)
  (outputs,) = model.outputs
  model = tf_keras.Model(model.inputs, outputs)
  model.add_metric(outputs, name='level', aggregation='mean')
  model.compile(tf_keras.optimizers.legacy.SGD(0.01), 'mse', metrics=['mae'])
  made = conversions.train_once(model, models.X, models.YR, model_dir)
  metrics = made.evaluate(models.dataset_fn(models.X, models.YR))

  assert list(metrics) == ['loss', 'mae', 'global_step']


def test_classes_of_the_two_apis(tmp_path):
  """v1 makes Estimators, v2 makes EstimatorV2s, each with its format."""
  model = models.sequential(tf_keras)
  old = convert.model_to_estimator(model, model_dir=str(tmp_path / 'a'))
  new = convert.model_to_estimator_v2(model, model_dir=str(tmp_path / 'b'))

  assert type(old) is base_estimator.Estimator
  assert type(new) is base_estimator.EstimatorV2
  assert (tmp_path / 'a' / 'keras' / 'keras_model.ckpt.meta').exists()
  assert not (tmp_path / 'b' / 'keras' / 'keras_model.ckpt.meta').exists()


@conversions.each_library
@pytest.mark.parametrize('checkpoint_format', ['saver', 'checkpoint'])
def test_several_inputs_and_outputs(library, checkpoint_format, model_dir):
  """Dicts are ordered by the model's names; loss weights and metrics count."""
  model = models.two_by_two(conversions.LIBRARIES[library])
  made = conversions.both(
    model, model_dir=model_dir, checkpoint_format=checkpoint_format
  )
  inputs = [models.LEFT_RIGHT['left'], models.LEFT_RIGHT['right']]
  targets = [models.YES_MUCH['yes'], models.YES_MUCH['much']]
  expected = conversions.keras_metrics(model, inputs, targets)
  read = models.dataset_fn(models.LEFT_RIGHT, models.YES_MUCH)
  metrics = made.evaluate(read)

  assert set(metrics) == {'loss', 'yes_accuracy', 'much_mae', 'global_step'}
  assert metrics['loss'] == expected['loss']
  assert metrics['yes_accuracy'] == expected['yes_accuracy']
  assert metrics['much_mae'] == expected['much_mae']
  predicted = next(made.predict(models.dataset_fn(models.LEFT_RIGHT)))
  assert list(predicted) == ['yes', 'much']

  model.fit(inputs, targets, batch_size=16, shuffle=False, verbose=0)
  made.train(read)
  after = conversions.keras_metrics(model, inputs, targets)
  assert made.evaluate(read)['loss'] == after['loss']


@conversions.each_library
def test_sample_weights(library, model_dir):
  """Weights that come along with the features scale the loss."""
  model = models.functional(conversions.LIBRARIES[library], 'str')
  made = conversions.both(model, model_dir=model_dir)
  weights = np.linspace(0, 2, 64).astype(np.float32)
  weighted = {'features': {'x': models.X}, 'sample_weights': weights}
  metrics = made.evaluate(models.dataset_fn(weighted, models.YB, batch_size=64))
  model.compile('adam', 'binary_crossentropy')
  expected = model.evaluate(
    models.X, models.YB, batch_size=64, sample_weight=weights, verbose=0
  )

  assert metrics['loss'] == pytest.approx(np.ravel(expected)[0], abs=1e-5)


WEIGHTS = {
  'only one': ('w', ['o'], ['w']),
  'one in a list': (['w'], ['o'], ['w']),
  'one in a dict': ({'o': 'w'}, ['o'], ['w']),
  'none': (None, ['o'], None),
  'list': (['v', 'w'], ['a', 'b'], ['v', 'w']),
  'dict': ({'b': 'w'}, ['a', 'b'], [None, 'w']),
}


@pytest.mark.parametrize('case', WEIGHTS)
def test_weights_are_ordered_by_output(case):
  """Every output gets its weights, or None."""
  given, names, expected = WEIGHTS[case]
  assert model_io.weights_in_order(given, names) == expected


@pytest.mark.parametrize(
  'given, error, message',
  [
    (['w'], ValueError, 'list of 1 elements, but the model has 2 outputs'),
    ({'c': 'w'}, ValueError, r"Unknown entries .* \['c'\]"),
    ('w', TypeError, 'should be either a list or a dict'),
  ],
)
def test_weights_that_do_not_fit(given, error, message):
  """Weights must be given in a way that says which output they are for."""
  with pytest.raises(error, match=message):
    model_io.weights_in_order(given, ['a', 'b'])


@conversions.each_library
def test_subclassed_models(library, model_dir):
  """A subclass with a config trains, resumes and evaluates."""
  model = models.subclassed(conversions.LIBRARIES[library])
  made = conversions.both(model, model_dir=model_dir, checkpoint_format='saver')
  read = models.dataset_fn(models.X, models.YR)
  for _ in range(2):
    made.train(read)
  metrics = made.evaluate(read)

  assert metrics['global_step'] == 8
  assert set(metrics) == {'loss', 'mae', 'global_step'}
  predicted = list(made.predict(models.dataset_fn(models.X)))
  error = np.mean(
    [abs(p['output_1'] - y) for p, y in zip(predicted, models.YR, strict=False)]
  )
  assert metrics['mae'] == pytest.approx(error, abs=1e-5)


@conversions.each_library
def test_export_outputs(library, model_dir, tmp_path):
  """Named outputs become signatures of the given kind."""
  made = conversions.train_once(
    models.functional(conversions.LIBRARIES[library], 'str'),
    models.X,
    models.YB,
    model_dir,
    export_outputs={'o': estimator_specs.RegressionOutput},
  )
  spec = {'x': tf.io.FixedLenFeature([3], tf.float32)}
  path = made.export_saved_model(
    str(tmp_path), receivers.build_parsing_serving_input_receiver_fn(spec)
  )
  loaded = tf.saved_model.load(path.decode())

  assert set(loaded.signatures) == {'serving_default', 'o'}


def weights_of(model):
  return [weight.copy() for weight in model.get_weights()]


@conversions.each_library
def test_the_users_model_stays_as_it_was(library, model_dir):
  """It predicts and trains on, with its own weights, optimizer and classes."""
  model = models.functional(conversions.LIBRARIES[library], 'str')
  model.fit(models.X, models.YB, verbose=0)
  before, optimizer = weights_of(model), model.optimizer
  bases = type(model).__mro__
  conversions.train_once(model, models.X, models.YB, model_dir)

  for old, new in zip(before, weights_of(model), strict=True):
    np.testing.assert_array_equal(old, new)
  assert model.optimizer is optimizer
  assert type(model).__mro__ == bases
  model.fit(models.X, models.YB, verbose=0)


@conversions.each_library
def test_steps_of_the_users_own(library, model_dir, caplog):
  """A `train_step`, which is not called, is told of; other models warn not."""
  keras = conversions.LIBRARIES[library]

  class Own(keras.Model):
    def train_step(self, data):
      raise AssertionError

  conversions.both(models.sequential(keras, 'sgd'), model_dir=f'{model_dir}/a')
  assert not any('of its own' in record.message for record in caplog.records)
  inputs = keras.Input((3,), name='x')
  model = Own(inputs, keras.layers.Dense(1)(inputs))
  model.compile('sgd', 'mse')
  conversions.train_once(model, models.X, models.YR, model_dir)

  (told,) = [r.message for r in caplog.records if 'of its own' in r.message]
  assert 'Own' in told
  assert 'train_step' in told
