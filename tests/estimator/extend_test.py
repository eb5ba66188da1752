"""Adds metrics to Estimators."""

import pytest
import tensorflow as tf
import tf_keras

from tests import tiny
from tfcompat_estimator.estimator import base_estimator, extend

v1 = tf.compat.v1


def keras_metric(features, predictions):
  metric = tf_keras.metrics.Mean()
  metric.update_state(features + predictions['p'])
  return {'k': metric}


def v1_metric(labels, config):
  assert config.model_dir
  return {'zz': v1.metrics.mean(3.0 * labels)}


def replacing(features):
  return {'m': v1.metrics.mean(7.0 * features)}


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  """The tiny model after two steps: its weight is 0.36."""
  folder = tmp_path_factory.mktemp('model')
  return tiny.estimator(folder).train(tiny.batches(), steps=2)


@pytest.mark.parametrize(
  ('metric_fn', 'added'),
  [
    (keras_metric, {'k': 1.36}),
    (v1_metric, {'zz': 3.0}),
    (replacing, {'m': 7.0}),
  ],
)
def test_metrics_are_added_or_replaced(trained, metric_fn, added):
  """Keras metrics and v1 pairs join those that the model has."""
  usual = trained.evaluate(tiny.batches(1))

  metrics = extend.add_metrics(trained, metric_fn).evaluate(tiny.batches(1))

  assert metrics == pytest.approx({**usual, **added}, rel=1e-6)


def test_what_is_returned(trained):
  """A plain v1 Estimator on the same directory, to train and predict with."""
  extended = extend.add_metrics(trained, keras_metric)

  assert type(extended) is base_estimator.Estimator
  assert extended.model_dir == trained.model_dir
  assert list(next(extended.predict(tiny.batches(1)))) == ['p']


def test_warm_start_is_kept(trained, tmp_path):
  """The new Estimator begins where the given one would have begun."""
  warm = base_estimator.EstimatorV2(
    tiny.model_fn, str(tmp_path), warm_start_from=trained.model_dir
  )

  metrics = extend.add_metrics(warm, v1_metric).evaluate(tiny.batches(1))

  assert metrics['m'] == pytest.approx(0.36)


def test_the_given_estimator_is_as_before(trained):
  """It does not gain metrics itself."""
  extend.add_metrics(trained, keras_metric)

  assert 'k' not in trained.evaluate(tiny.batches(1))


def no_metrics(features):
  return None


@pytest.mark.parametrize(
  ('estimator', 'metric_fn', 'error', 'message'),
  [
    ('model', keras_metric, AttributeError, 'model_fn'),
    (None, lambda bogus: {}, ValueError, "not expected args: \\['bogus'\\]"),
    (None, 5, TypeError, 'unsupported callable'),
  ],
)
def test_wrong_arguments(trained, estimator, metric_fn, error, message):
  """Probes 566 to 568: refused at once."""
  with pytest.raises(error, match=message):
    extend.add_metrics(estimator or trained, metric_fn)


def test_no_metrics_returned(trained):
  """Probe 569: found out while evaluating."""
  with pytest.raises(TypeError):
    extend.add_metrics(trained, no_metrics).evaluate(tiny.batches(1))
