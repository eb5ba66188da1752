"""Damages checkpoints while train_and_evaluate evaluates them."""

import importlib
import pathlib

import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.records import train_eval_spec
from tfcompat_estimator.training import checkpoint_evaluation

v1 = tf.compat.v1
# In the package, the public function of this name stands before the module.
training = importlib.import_module(
  'tfcompat_estimator.training.train_and_evaluate'
)


class Steps(train_eval_spec.Exporter):
  """Writes down which checkpoints were evaluated; at the end in capitals."""

  name = 'steps'

  def __init__(self):
    self.calls = []

  def export(self, checkpoint_path, eval_result, is_the_final_export, **_):
    step = int(eval_result['global_step'])
    assert checkpoint_path.endswith(f'model.ckpt-{step}')
    self.calls.append(f'{"E" if is_the_final_export else "e"}{step}')
    return step if is_the_final_export else None


def spoil(model_dir, step):
  """Changes a byte of a checkpoint's values, which only reading them shows."""
  path = pathlib.Path(model_dir, f'model.ckpt-{step}.data-00000-of-00001')
  content = bytearray(path.read_bytes())
  content[-1] ^= 1
  path.write_bytes(bytes(content))


def run(model_dir, damaged, max_steps=5, input_fn=None):
  """Trains and evaluates; these steps' checkpoints break once they are saved."""

  class Spoil(v1.train.CheckpointSaverListener):
    def after_save(self, session, global_step_value):
      if global_step_value in damaged:
        spoil(model_dir, global_step_value)

  steps = Steps()
  eval_spec = train_eval_spec.EvalSpec(
    input_fn or tiny.batches(), steps=1, exporters=steps, throttle_secs=0
  )
  train_spec = train_eval_spec.TrainSpec(
    tiny.batches(), max_steps, saving_listeners=[Spoil()]
  )
  estimator = tiny.estimator(model_dir, save_checkpoints_steps=2)
  metrics, results = training.train_and_evaluate(
    estimator, train_spec, eval_spec
  )
  return ' '.join(steps.calls), metrics, results


@pytest.mark.parametrize(
  'damaged, calls',
  [
    ([2], 'e0 e4 E5'),  # 0 was not evaluated before
    ([4], 'e2 E5'),
    ([5], 'e2 e4 E4'),  # the exporters are told that this was the last one
    ([4, 5], 'e2 E2'),
    ([0], 'e2 e4 E5'),
  ],
)
def test_training_goes_on(tmp_path, caplog, damaged, calls):
  """The newest sound checkpoint is evaluated in place of a damaged one."""
  done, metrics, results = run(tmp_path, damaged)

  assert done == calls
  last = int(calls[-1])
  assert metrics['global_step'] == last
  assert metrics['loss'] == pytest.approx(tiny.loss_at(last))
  assert results == [last]
  said = [m for m in caplog.messages if 'The newest sound one is' in m]
  assert bool(said) == (damaged != [0])


def test_nothing_sound_is_an_error(tmp_path):
  """If all are damaged, that is said."""
  with pytest.raises(ValueError, match='no sound one'):
    run(tmp_path, [0, 2])


def test_damaged_input_is_an_error(tmp_path):
  """Broken records raise the same type of error, but not for the model."""
  records = tmp_path / 'records'
  with tf.io.TFRecordWriter(str(records)) as writer:
    writer.write(b'hello')
  content = bytearray(records.read_bytes())
  content[-5] ^= 1
  records.write_bytes(bytes(content))

  def input_fn():
    dataset = tf.data.TFRecordDataset(str(records))
    return dataset.map(lambda _: (tf.ones([1]), tf.ones([1])))

  with pytest.raises(tf.errors.DataLossError, match='corrupted record'):
    run(tmp_path / 'model', [], input_fn=input_fn)


def test_evaluator_waits_for_a_sound_one(tmp_path):
  """It evaluates a damaged checkpoint once training has written it anew."""
  estimator = tiny.estimator(tmp_path, save_checkpoints_steps=2)
  estimator.train(tiny.batches(), max_steps=4)
  steps = Steps()
  evaluator = checkpoint_evaluation.CheckpointEvaluator(
    estimator,
    train_eval_spec.EvalSpec(tiny.batches(), steps=1, exporters=steps),
    max_steps=4,
  )
  watcher = checkpoint_evaluation.CheckpointWatcher(estimator, [evaluator])
  status = checkpoint_evaluation.EvalStatus

  spoil(tmp_path, 4)
  assert watcher.evaluate_new()[0].checkpoint_path.endswith('model.ckpt-2')
  assert watcher.evaluate_new()[0].status is status.NO_NEW_CHECKPOINT
  assert not evaluator.reached_max_steps()
  estimator.train(tiny.batches(), max_steps=4)
  assert watcher.evaluate_new()[0].checkpoint_path.endswith('model.ckpt-4')
  assert watcher.evaluate_new()[0].status is status.NO_NEW_CHECKPOINT
  assert steps.calls == ['e2', 'E4']
