"""Each side goes on from what the other wrote: checkpoints and SavedModels."""

import os
import shutil

import numpy as np
import pytest

pytestmark = pytest.mark.parity

KINDS = ('custom', 'dnn_classifier')
STEPS = 6


class Life:
  """One model trained and exported by a writer, for both sides to read."""

  def __init__(self, kind, writer, folder):
    self.kind = kind
    self._folder = folder
    self.model_dir = os.path.join(folder, 'model')
    writer.call(
      'life_cycle', 'train', kind=kind, model_dir=self.model_dir, steps=STEPS
    )
    self.export_dir = writer.call(
      'life_cycle',
      'export',
      kind=kind,
      model_dir=self.model_dir,
      export_base=os.path.join(folder, 'export'),
    )

  def copy(self, name):
    """A copy of the model directory that a test may train further."""
    return shutil.copytree(self.model_dir, os.path.join(self._folder, name))


@pytest.fixture(
  scope='module',
  params=[(kind, writer) for kind in KINDS for writer in ('ours', 'reference')],
  ids='-by-'.join,
)
def life(request, ours, reference, tmp_path_factory):
  kind, writer = request.param
  writer = {'ours': ours, 'reference': reference}[writer]
  return Life(kind, writer, str(tmp_path_factory.mktemp('life')))


def assert_nest_close(actual, expected, tolerance):
  assert set(actual) == set(expected)
  for key, value in expected.items():
    if isinstance(value, dict):
      assert_nest_close(actual[key], value, tolerance)
    elif np.asarray(value).dtype.kind == 'f':
      np.testing.assert_allclose(
        actual[key], value, rtol=tolerance, atol=tolerance, err_msg=key
      )
    else:
      np.testing.assert_array_equal(actual[key], value, err_msg=key)


def test_training_goes_on_alike(life, ours, reference):
  """Both sides resume, and give the same losses and variables."""
  results = [
    side.call(
      'life_cycle',
      'train',
      kind=life.kind,
      model_dir=life.copy(side.name),
      steps=STEPS,
    )
    for side in (ours, reference)
  ]

  assert results[1]['variables']['global_step'] == 2 * STEPS
  assert results[1]['steps'] == list(range(STEPS + 1, 2 * STEPS + 1))
  assert_nest_close(*results, tolerance=1e-5)


@pytest.mark.parametrize('function', ['evaluate', 'predict', 'variables'])
def test_reading_gives_the_same(life, ours, reference, function):
  """Metrics, predictions and variables of one checkpoint agree."""
  results = [
    side.call('life_cycle', function, kind=life.kind, model_dir=life.model_dir)
    for side in (ours, reference)
  ]

  assert_nest_close(*results, tolerance=1e-6)


def test_exports_are_served_alike(life, ours, reference):
  """One SavedModel gives the same numbers under both TensorFlows."""
  results = [
    side.call('life_cycle', 'serve', export_dir=life.export_dir)
    for side in (ours, reference)
  ]

  assert results[0]
  assert_nest_close(*results, tolerance=1e-6)


@pytest.mark.parametrize('kind', KINDS)
def test_events_carry_the_same_tags_and_steps(kind, ours, reference, tmp_path):
  """A fresh training and an evaluation write the same summaries."""
  tags = []
  for side in (ours, reference):
    model_dir = str(tmp_path / side.name)
    arguments = {'kind': kind, 'model_dir': model_dir}
    side.call('life_cycle', 'train', steps=STEPS, **arguments)
    side.call('life_cycle', 'evaluate', **arguments)
    tags.append(side.call('life_cycle', 'event_tags', model_dir=model_dir))

  assert tags[0] == tags[1]


@pytest.mark.parametrize('kind', KINDS)
def test_exports_have_the_same_signatures(kind, ours, reference, tmp_path):
  """Signature keys, output names, dtypes and shapes agree."""
  signatures = []
  for side in (ours, reference):
    life = Life(kind, side, str(tmp_path / side.name))
    served = reference.call('life_cycle', 'serve', export_dir=life.export_dir)
    signatures.append(
      {
        key: {name: (v.dtype.str, v.shape) for name, v in outputs.items()}
        for key, outputs in served.items()
      }
    )

  assert signatures[0] == signatures[1]
