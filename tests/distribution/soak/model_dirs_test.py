"""Shows a soak things that must never be seen."""

import pathlib

import pytest
import tensorflow as tf

from tests.checkpoint import small_model
from tests.distribution.soak import model_dirs


@pytest.fixture
def watch(model_dir, monkeypatch):
  """Of a model_dir with the checkpoints of steps 0 to 2; it does not wait."""
  monkeypatch.setattr(model_dirs, '_SECONDS_TO_GO_AWAY', 0.0)
  small_model.train(model_dir, 2)
  watch = model_dirs.Watch(model_dir)
  watch.look()
  assert watch.step == 2
  return watch


def data_of(watch):
  (path,) = pathlib.Path(watch.model_dir).glob('model.ckpt-2.data-*')
  return path


def spoil(path):
  content = bytearray(path.read_bytes())
  content[len(content) // 2] ^= 1
  path.write_bytes(content)


def cut_state(watch):
  path = pathlib.Path(watch.model_dir, 'checkpoint')
  path.write_text(path.read_text()[:40])


def forget_step(watch):
  tf.compat.v1.train.update_checkpoint_state(
    watch.model_dir, f'{watch.model_dir}/model.ckpt-1'
  )


def half_an_export(watch):
  path = pathlib.Path(watch.model_dir, 'export/latest/1700000000')
  path.mkdir(parents=True)
  (path / 'saved_model.pb').write_bytes(b'')


@pytest.mark.parametrize(
  'harm',
  [
    lambda watch: data_of(watch).unlink(),
    lambda watch: spoil(data_of(watch)),
    cut_state,
    forget_step,
    half_an_export,
  ],
)
def test_found(watch, harm):
  """What is damaged, missing, or has gone back."""
  harm(watch)
  with pytest.raises(model_dirs.Torn):
    watch.look()


def test_other_values(watch):
  """Variables that an undisturbed training does not have."""
  expected = {
    step: model_dirs.values(f'{watch.model_dir}/model.ckpt-{step}')
    for step in range(3)
  }
  model_dirs.Watch(watch.model_dir, expected).look()
  expected[1]['m/b'] = expected[1]['m/b'] + 1e-7
  with pytest.raises(model_dirs.Torn, match='m/b'):
    model_dirs.Watch(watch.model_dir, expected).look()


def test_end(watch):
  """What a training was to leave, and what it was not to."""
  small_model.make(watch.model_dir).evaluate(small_model.eval_input_fn)
  loss = small_model.make(watch.model_dir).evaluate(small_model.eval_input_fn)
  with pytest.raises(model_dirs.Torn, match='exported nothing'):
    watch.check_end(2, loss['loss'], 0.01)
  with pytest.raises(model_dirs.Torn, match='ended at 2'):
    watch.check_end(3, loss['loss'], 0.01)
  with pytest.raises(model_dirs.Torn, match='undisturbed'):
    watch.check_end(2, 2 * loss['loss'], 0.01)
  pathlib.Path(watch.model_dir, 'model.ckpt-3_temp').mkdir()
  with pytest.raises(model_dirs.Torn, match='_temp'):
    watch.check_end(2, loss['loss'], 0.01)
