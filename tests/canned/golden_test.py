"""Goes on from checkpoints of the reference, to the same numbers."""

import functools
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from tests import loss_hook
from tests.canned import experimental, neutral

v1 = tf.compat.v1

NAMES = sorted(
  path.name
  for path in neutral.GOLDENS.glob('v[12]_*')
  if path.name.split('_')[1]
  in ('dnn', 'linear', 'combined', 'baseline', 'kmeans', 'rnn')
)
# What knows their constructors and makes their inputs.
LIBRARIES = {'kmeans': experimental, 'rnn': experimental}

# The same graph on other kernels: sums run in another order.
METRIC_TOLERANCE = 1e-6
TRAINING_TOLERANCE = 1e-5


class Continued:
  """A golden, evaluated and asked, then trained further and so again."""

  def __init__(self, name, folder):
    source = neutral.GOLDENS / name
    self.expected = json.loads((source / 'expected.json').read_text())
    self.arrays = np.load(source / 'arrays.npz')
    shutil.copytree(source / 'model_dir', folder / name)
    config = self.expected['config']
    self._library = LIBRARIES.get(name.split('_')[1], neutral)
    self.estimator = self._library.build_estimator(
      config['ctor'], str(folder / name), shared=config.get('shared')
    )
    self.metrics = self.estimator.evaluate(self._input_fn(1))
    self.predictions = self._predict()
    recorder = loss_hook.Losses(loss_hook.of_summary)
    self.estimator.train(
      self._input_fn(None), hooks=[recorder], steps=self.expected['k']
    )
    self.losses = recorder.values
    self.metrics_after = self.estimator.evaluate(self._input_fn(1))
    self.predictions_after = self._predict()

  def _input_fn(self, epochs):
    return self._library.input_fn(
      self.expected['feature_keys'],
      self.expected['label'],
      batch_size=self.expected['batch_size'],
      epochs=epochs,
    )

  def _predict(self):
    examples = list(
      self.estimator.predict(
        self._library.input_fn(
          self.expected['feature_keys'], None, epochs=1, stop=16
        )
      )
    )
    return {key: np.stack([e[key] for e in examples]) for key in examples[0]}

  def check_metrics(self, metrics, expected):
    assert list(metrics) == self.expected['eval_metric_order']
    for key, value in expected.items():
      np.testing.assert_allclose(
        metrics[key],
        value['value'],
        rtol=METRIC_TOLERANCE,
        atol=METRIC_TOLERANCE,
        err_msg=key,
      )

  def check_predictions(self, predictions, prefix, tolerance):
    assert list(predictions) == self.expected['predict_key_order']
    for key, value in predictions.items():
      expected = self.arrays[f'{prefix}/{key}']
      if expected.dtype.kind in 'SU':
        np.testing.assert_array_equal(value.astype('S'), expected.astype('S'))
      else:
        assert value.dtype == expected.dtype
        np.testing.assert_allclose(
          value, expected, rtol=tolerance, atol=tolerance
        )


@pytest.fixture(scope='module')
def continued(tmp_path_factory):
  """The continued golden of a name, made once."""
  folder = tmp_path_factory.mktemp('goldens')
  return functools.cache(lambda name: Continued(name, folder))


def test_all_goldens_are_here():
  """Every kind of estimator of this room has one, but SDCA."""
  assert len(NAMES) == 14


@pytest.mark.parametrize('name', NAMES)
def test_metrics_and_predictions_are_the_reference_s(continued, name):
  """The reference's checkpoint gives its metrics and predictions."""
  golden = continued(name)

  golden.check_metrics(golden.metrics, golden.expected['eval_metrics'])
  golden.check_predictions(golden.predictions, 'predict', METRIC_TOLERANCE)


@pytest.mark.parametrize('name', NAMES)
def test_training_goes_on_as_the_reference_s(continued, name):
  """The next losses, the variables and slots after them are equal."""
  golden = continued(name)

  np.testing.assert_allclose(
    golden.losses,
    golden.expected['losses_k'],
    rtol=TRAINING_TOLERANCE,
    atol=TRAINING_TOLERANCE,
  )
  expected = {
    key.removeprefix('final_var/'): golden.arrays[key]
    for key in golden.arrays.files
    if key.startswith('final_var/')
  }
  assert set(golden.estimator.get_variable_names()) == set(expected)
  for key, value in expected.items():
    np.testing.assert_allclose(
      golden.estimator.get_variable_value(key),
      value,
      rtol=TRAINING_TOLERANCE,
      atol=TRAINING_TOLERANCE,
      err_msg=key,
    )


@pytest.mark.parametrize('name', NAMES)
def test_the_trained_model_is_the_reference_s(continued, name):
  """Metrics and predictions after the further steps are equal too."""
  golden = continued(name)

  golden.check_metrics(
    golden.metrics_after, golden.expected['eval_metrics_after_k']
  )
  golden.check_predictions(
    golden.predictions_after, 'predict_after_k', TRAINING_TOLERANCE
  )
