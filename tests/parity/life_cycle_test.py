"""Each side goes on from what the other wrote: checkpoints and SavedModels."""

import os
import shutil
import subprocess

import numpy as np
import pytest

from tests.parity.programs import life_cycle
from tfcompat_estimator import predictor

pytestmark = pytest.mark.parity

KINDS = ('custom', 'dnn_classifier')
STEPS = 6


class Life:
  """One model trained, evaluated and exported by a writer, for all to read."""

  def __init__(self, kind, writer, folder):
    self.kind = kind
    self._folder = folder
    self.model_dir = os.path.join(folder, 'model')
    written = writer.call(
      'life_cycle',
      'write',
      kind=kind,
      model_dir=self.model_dir,
      export_base=os.path.join(folder, 'export'),
      steps=STEPS,
    )
    self.export_dir = written['export_dir']
    self.event_tags = written['event_tags']
    self._observed = {}

  def observed_by(self, side):
    """What a side reads out of it, each in its own copy of the directory."""
    if side not in self._observed:
      self._observed[side] = side.call(
        'life_cycle',
        'observe',
        kind=self.kind,
        model_dir=self.copy(f'{side.name}_observes'),
        export_dir=self.export_dir,
      )
    return self._observed[side]

  def copy(self, name):
    """A copy of the model directory that a test may write to."""
    return shutil.copytree(self.model_dir, os.path.join(self._folder, name))


@pytest.fixture(scope='module')
def live(ours, reference, tmp_path_factory):
  """A function from a kind of model and a writer to their life, led once."""
  writers = {'ours': ours, 'reference': reference}
  lives = {}

  def get(kind, writer):
    if (kind, writer) not in lives:
      folder = tmp_path_factory.mktemp(f'{kind}_{writer}')
      lives[kind, writer] = Life(kind, writers[writer], str(folder))
    return lives[kind, writer]

  return get


@pytest.fixture(
  params=[(kind, writer) for kind in KINDS for writer in ('ours', 'reference')],
  ids='-by-'.join,
)
def life(request, live):
  return live(*request.param)


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
      model_dir=life.copy(f'{side.name}_resumes'),
      steps=STEPS,
    )
    for side in (ours, reference)
  ]

  assert results[1]['steps'] == list(range(STEPS + 1, 2 * STEPS + 1))
  assert_nest_close(*results, tolerance=1e-5)


@pytest.mark.parametrize(
  'what', ['metrics', 'predictions', 'variables', 'served']
)
def test_reading_gives_the_same(life, what, ours, reference):
  """One checkpoint and one SavedModel say the same on both sides."""
  results = [life.observed_by(side)[what] for side in (ours, reference)]

  assert results[0]
  assert_nest_close(*results, tolerance=1e-6)


def test_both_loaders_serve_the_same(life, ours, reference):
  """A session of tf.compat.v1 and the functions of TensorFlow 2 agree."""
  for side in (ours, reference):
    served = life.observed_by(side)['served']
    assert_nest_close(served['v1'], served['v2'], tolerance=1e-6)


def test_predictor_serves_the_exports_of_both(life, ours):
  """predictor.from_saved_model loads what either side exported."""
  served = life.observed_by(ours)['served']['v2']
  key = 'predict' if 'predict' in served else 'serving_default'
  features, _ = life_cycle.data()
  examples = life_cycle.serialized(features)
  predict = predictor.from_saved_model(life.export_dir, signature_def_key=key)
  (name,) = predict.feed_tensors
  assert_nest_close(predict({name: examples}), served[key], tolerance=1e-6)


def test_saved_model_cli_of_the_reference(life, reference):
  """TensorFlow 2.15's command line shows every signature of an export."""
  command = [reference.python, '-m', 'tensorflow.python.tools.saved_model_cli']
  shown = subprocess.run(
    [*command, 'show', '--all', '--dir', life.export_dir],
    capture_output=True,
    text=True,
    check=True,
  ).stdout
  for key in life.observed_by(reference)['served']['v2']:
    assert f"signature_def['{key}']" in shown


@pytest.mark.parametrize('kind', KINDS)
def test_events_carry_the_same_tags_and_steps(kind, live):
  """A training and an evaluation write the same summaries."""
  tags = [live(kind, writer).event_tags for writer in ('ours', 'reference')]

  assert tags[0] == tags[1]


@pytest.mark.parametrize('kind', KINDS)
def test_exports_have_the_same_signatures(kind, live, reference):
  """Signature keys, output names, dtypes and shapes agree."""
  signatures = [
    {
      key: {name: (v.dtype.str, v.shape) for name, v in outputs.items()}
      for key, outputs in live(kind, writer)
      .observed_by(reference)['served']['v2']
      .items()
    }
    for writer in ('ours', 'reference')
  ]

  assert signatures[0] == signatures[1]
