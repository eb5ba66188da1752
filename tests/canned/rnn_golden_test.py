"""Goes on from three RNNs of the reference: `make record` writes them."""

import functools
import json
import os

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.canned import neutral
from tests.parity.programs import experimental

GOLDENS = json.loads((neutral.GOLDENS / 'rnn.json').read_text())


@pytest.fixture(scope='module', autouse=True)
def installed():
  """The program calls tf.estimator."""
  tfcompat_estimator.install()
  yield
  tfcompat_estimator.uninstall()


@pytest.fixture(scope='module')
def observed(tmp_path_factory):
  """A function from a kind to what is made of its checkpoint, made once."""

  @functools.cache
  def observe(kind):
    model_dir = str(tmp_path_factory.mktemp(kind))
    save(GOLDENS[kind]['before'], model_dir)
    steps = len(GOLDENS[kind]['losses'])
    return experimental.observe(kind, model_dir, steps)

  return observe


def save(values, model_dir):
  """Writes a checkpoint of values by name."""
  tensors = [
    np.array(value, np.int64 if name == 'global_step' else np.float32)
    for name, value in values.items()
  ]
  path = os.path.join(model_dir, 'model.ckpt-4')
  tf.raw_ops.SaveV2(
    prefix=path,
    tensor_names=list(values),
    shape_and_slices=[''] * len(values),
    tensors=tensors,
  )
  tf.compat.v1.train.update_checkpoint_state(model_dir, path)


@pytest.mark.parametrize('kind', GOLDENS)
def test_metrics_and_predictions(observed, kind):
  """Those of the reference's variables are the reference's."""
  actual, expected = observed(kind), GOLDENS[kind]

  assert actual['metrics'] == pytest.approx(expected['metrics'], rel=1e-6)
  for row, expected_row in zip(
    actual['predictions'], expected['predictions'], strict=True
  ):
    assert set(row) == set(expected_row)
    for key, value in expected_row.items():
      if np.asarray(value).dtype.kind == 'f':
        np.testing.assert_allclose(row[key], value, rtol=1e-6, atol=1e-6)
      else:
        assert row[key] == value


@pytest.mark.parametrize('kind', GOLDENS)
def test_training(observed, kind):
  """The next losses, the variables and slots after them are equal."""
  actual, expected = observed(kind), GOLDENS[kind]

  np.testing.assert_allclose(actual['losses'], expected['losses'], rtol=1e-5)
  assert set(actual['after']) == set(expected['after'])
  for name, value in expected['after'].items():
    np.testing.assert_allclose(
      actual['after'][name], value, rtol=1e-5, atol=1e-5, err_msg=name
    )
