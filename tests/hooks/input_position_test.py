"""Trains, stops and trains again: the input goes on where it was."""

import itertools
import os
import random
import shutil

import pytest
import tensorflow as tf

from tests import tiny
from tests.checkpoint import nursery as nursery_lib
from tests.hooks import positions
from tfcompat_estimator.hooks import input_position
from tfcompat_estimator.session_emulation.loops import hook_protocol

v1 = tf.compat.v1
H = input_position.CheckpointInputPipelineHook


def read(estimator, input_fn, steps, hook=H, **arguments):
  """Trains with the hook; returns the elements that were read."""
  seen = []
  hooks = [positions.Reader(seen), hook(estimator, **arguments)]
  estimator.train(input_fn, hooks, steps=steps)
  return seen


@pytest.mark.parametrize('is_first', [False, True])
def test_goes_on(is_first, model_dir):
  """It reads 0 to 4, then 5 to 9, wherever it stands among the hooks."""
  seen = []
  for _ in range(2):
    estimator = positions.estimator(model_dir)
    hooks = [positions.Reader(seen), H(estimator)]
    estimator.train(
      positions.numbers, hooks[::-1] if is_first else hooks, steps=5
    )

  assert seen == [*range(10)]
  assert os.path.exists(f'{model_dir}/input.ckpt-5.index')
  assert tf.train.latest_checkpoint(model_dir).endswith('model.ckpt-10')


def test_fused_steps(model_dir, fused_from_the_second_run_on):
  """Where nobody looks at each step, the position is the same."""
  estimator = positions.estimator(model_dir)
  for _ in range(2):
    estimator.train(positions.numbers, [H(estimator)], steps=300)

  assert read(estimator, positions.numbers, 2) == [600, 601]


PIPELINES = {
  'shuffle': lambda: positions.numbers().take(12).shuffle(12),
  'shuffle with a seed': lambda: positions.numbers().take(12).shuffle(5, 3),
  'map and prefetch': lambda: (
    positions.numbers().take(12).map(lambda x: x, 2).prefetch(4)
  ),
  'interleave': lambda: tf.data.Dataset.range(3).interleave(
    lambda i: tf.data.Dataset.range(4 * i, 4 * i + 4), cycle_length=2
  ),
  'epochs': lambda: positions.numbers().take(4).shuffle(4).repeat(3),
}


@pytest.mark.parametrize('name', PIPELINES)
def test_pipelines(name, model_dir):
  """In three calls each element is read once; then the input has ended."""
  estimator = positions.estimator(model_dir)

  seen = [read(estimator, PIPELINES[name], 4) for _ in range(4)]

  assert [len(part) for part in seen] == [4, 4, 4, 0]
  once = [*range(12)] if name != 'epochs' else sorted([*range(4)] * 3)
  assert sorted(itertools.chain(*seen)) == once


def test_several_iterators(model_dir):
  """All iterators of the graph go on."""

  def input_fn():
    one_shot = v1.data.make_one_shot_iterator(positions.numbers())
    other = v1.data.make_initializable_iterator(positions.numbers())
    v1.add_to_collection(v1.GraphKeys.TABLE_INITIALIZERS, other.initializer)
    return one_shot.get_next() + 100 * other.get_next()

  estimator = positions.estimator(model_dir)

  assert read(estimator, input_fn, 2) == [0, 101]
  assert read(estimator, input_fn, 2) == [202, 303]


def test_saver_of_the_users(model_dir):
  """The position is saved with the model, whoever saves that, and when."""
  estimator = positions.estimator(model_dir)
  saver = v1.train.CheckpointSaverHook(model_dir, save_steps=2)

  seen = []
  estimator.train(
    positions.numbers, [H(estimator), saver, positions.Reader(seen)], steps=5
  )

  positions_there = {
    int(name.split('-')[1].split('.')[0])
    for name in os.listdir(model_dir)
    if name.startswith('input.ckpt') and name.endswith('.index')
  }
  assert positions_there == {0, 2, 4, 5}


def test_a_training_loop_of_the_users(model_dir):
  """Without a saver that knows it, the hook saves by the RunConfig's timer."""
  estimator = positions.estimator(model_dir, save_checkpoints_steps=2)
  seen = []
  for _ in range(2):
    with tf.Graph().as_default():
      v1.train.create_global_step()
      element = input_position.v1.data.make_one_shot_iterator(
        positions.numbers()
      ).get_next()
      count = v1.assign_add(v1.train.get_global_step(), 1)
      with v1.train.MonitoredTrainingSession(
        checkpoint_dir=model_dir,
        hooks=[v1.train.StopAtStepHook(num_steps=3), H(estimator)],
        save_checkpoint_steps=1,
      ) as session:
        while not session.should_stop():
          seen.append(int(session.run([element, count])[0]))

  assert seen == [*range(6)]


def test_damaged_checkpoint(model_dir):
  """Where the model goes back to an older checkpoint, the input does, too."""
  estimator = positions.estimator(model_dir, save_checkpoints_steps=2)
  read(estimator, positions.numbers, 6)
  with open(f'{model_dir}/model.ckpt-6.index', 'wb'):
    pass

  assert read(estimator, positions.numbers, 2) == [4, 5]


def test_lost_state_file(model_dir):
  """Without `checkpoint` the model's checkpoints are not taken for positions."""
  estimator = positions.estimator(model_dir)
  read(estimator, positions.numbers, 3)
  os.remove(f'{model_dir}/checkpoint')
  shutil.copy(
    f'{model_dir}/input.ckpt-3.index', f'{model_dir}/input.ckpt-9.index'
  )

  assert estimator.latest_checkpoint().endswith('model.ckpt-3')
  assert read(estimator, positions.numbers, 2) == [3, 4]


def test_training_without_the_hook_in_between(model_dir, caplog):
  """The newest position is taken; evaluations do not touch it."""
  estimator = positions.estimator(model_dir)
  read(estimator, positions.numbers, 3)
  estimator.train(positions.numbers, steps=4)
  estimator.evaluate(positions.numbers, steps=1)

  assert read(estimator, positions.numbers, 2) == [3, 4]
  assert any('at step 7' in record.message for record in caplog.records)


def test_moved_directory(model_dir, tmp_path):
  """The files may be moved together."""
  read(positions.estimator(model_dir), positions.numbers, 3)
  shutil.move(model_dir, tmp_path / 'moved')

  moved = positions.estimator(tmp_path / 'moved')

  assert read(moved, positions.numbers, 2) == [3, 4]


def test_another_input(model_dir):
  """A position of another pipeline is an error that names the file."""
  estimator = positions.estimator(model_dir)
  read(estimator, positions.numbers, 3)

  with pytest.raises(tf.errors.NotFoundError, match=r'input\.ckpt-3'):
    read(estimator, lambda: positions.numbers().skip(2).map(lambda x: x), 2)


def test_bad_arguments(model_dir):
  """What cannot work is refused at once."""
  estimator = positions.estimator(model_dir)
  with pytest.raises(ValueError, match='external_state_policy.*x'):
    H(estimator, 'x')
  without = tiny.estimator(
    model_dir, save_checkpoints_steps=None, save_checkpoints_secs=None
  )
  with pytest.raises(ValueError, match='every_secs or every_steps'):
    H(without)
  with pytest.raises(ValueError, match='no dataset iterator'):
    read(estimator, lambda: tf.constant(1, tf.int64), 1)


def test_python_functions(model_dir):
  """Their state is not saved: an error, unless one says to ignore it."""

  def input_fn():
    def same(x):
      return tf.reshape(tf.numpy_function(lambda x: x, [x], tf.int64), [])

    return positions.numbers().map(same)

  estimator = positions.estimator(model_dir)
  with pytest.raises(tf.errors.FailedPreconditionError, match='stateful'):
    read(estimator, input_fn, 3)
  policy = {'external_state_policy': 'ignore'}
  assert read(estimator, input_fn, 3, **policy) == [0, 1, 2]
  assert read(estimator, input_fn, 3, **policy) == [3, 4, 5]


# --- the switch that does not fail --------------------------------------------


def generated():
  return tf.data.Dataset.from_generator(
    lambda: iter(range(9)), output_signature=tf.TensorSpec([], tf.int64)
  )


@pytest.mark.parametrize(
  'input_fn, first',
  [
    (generated, 0),
    (lambda: tf.constant(0, tf.int64), 0),
  ],
  ids=['generator', 'tensors'],
)
def test_resume_input_warns_of_what_cannot_be_saved(
  input_fn, first, model_dir, caplog
):
  """Training goes on, and a warning says why the input begins anew."""
  estimator = positions.estimator(model_dir)
  for _ in range(2):
    seen = read(estimator, input_fn, 3, input_position.ResumeInput)
    assert seen[0] == first
  warnings = [
    record.message
    for record in caplog.records
    if 'cannot be saved' in record.message
  ]
  assert len(warnings) == 2  # one for each training


def test_resume_input_in_train_and_evaluate(model_dir):
  """One switch for all of it, over evaluations and restarts."""
  from tfcompat_estimator.records import train_eval_spec
  from tfcompat_estimator.training import train_and_evaluate

  seen = []
  for max_steps in (5, 12):
    estimator = positions.estimator(model_dir, save_checkpoints_steps=2)
    hooks = [positions.Reader(seen), input_position.ResumeInput(estimator)]
    train_and_evaluate.train_and_evaluate(
      estimator,
      train_eval_spec.TrainSpec(positions.numbers, max_steps, hooks),
      train_eval_spec.EvalSpec(positions.numbers, steps=2, throttle_secs=0),
    )

  assert seen == [*range(12)]


def test_resume_input_with_evaluations_aside(model_dir):
  """Evaluating every so many steps neither moves nor saves the position."""
  from tfcompat_estimator.records import train_eval_spec
  from tfcompat_estimator.training import evaluate_every, train_and_evaluate

  seen = []
  for max_steps in (5, 12):
    estimator = positions.estimator(model_dir, save_checkpoints_steps=4)
    hooks = [
      evaluate_every.EvaluateEvery(steps=3),
      positions.Reader(seen),
      input_position.ResumeInput(estimator),
    ]
    train_and_evaluate.train_and_evaluate(
      estimator,
      train_eval_spec.TrainSpec(positions.numbers, max_steps, hooks),
      train_eval_spec.EvalSpec(positions.numbers, steps=2),
    )

  assert seen == [*range(12)]
  kept = {name.partition('.ckpt-')[2] for name in os.listdir(model_dir)}
  assert {name.partition('.')[0] for name in kept if name} == {
    '0', '4', '5', '9', '12'
  }  # fmt: skip


def test_resume_input_with_another_batch_size(model_dir):
  """No example is left out or read twice; batches read ahead keep their size."""
  estimator = positions.estimator(model_dir)

  def ends(size):
    def both(batch):
      return batch[0] * 10**6 + batch[-1]

    return lambda: positions.numbers().batch(size).map(both)

  both = read(estimator, ends(2), 2, input_position.ResumeInput)
  both += read(estimator, ends(3), 40, input_position.ResumeInput)

  firsts, lasts = zip(*(divmod(each, 10**6) for each in both), strict=True)
  assert firsts == (0, *(last + 1 for last in lasts[:-1]))
  sizes = [last - first + 1 for first, last in zip(firsts, lasts, strict=True)]
  assert sizes == sorted(sizes)
  assert (sizes[0], sizes[-1]) == (2, 3)


def test_resume_input_refuses(model_dir):
  """What is no Estimator, and one whose checkpoints are turned off."""
  with pytest.raises(TypeError, match=r'`estimator` \(None\)'):
    input_position.ResumeInput(None)
  off = {'save_checkpoints_steps': None, 'save_checkpoints_secs': None}
  with pytest.raises(ValueError, match='turns checkpoints off'):
    input_position.ResumeInput(tiny.estimator(model_dir, **off))


# --- killed -------------------------------------------------------------------


@pytest.mark.parametrize('kills', [3, pytest.param(50, marks=pytest.mark.slow)])
def test_kills(kills, tmp_path):
  """After each SIGKILL the step of the model is the number that is read."""
  seed = random.randrange(10**6)
  print('seed', seed)
  moments = random.Random(seed)
  model_dir = str(tmp_path / 'model')
  with nursery_lib.Nursery() as nursery:
    for _ in range(kills):
      nursery.run(
        'read_on', model_dir, kill_after=moments.choice([0.5, 1, 2, 3])
      )
    assert nursery.run('read_on', model_dir, 20) == 0


def test_resume_input_without_a_dataset_looks_at_no_run(model_dir):
  """All steps may be fused, as without the hook."""
  hook = input_position.ResumeInput(positions.estimator(model_dir))
  with tf.Graph().as_default():
    hook.begin()

  assert hook.runs_before_control(0) == hook_protocol.NEVER
  assert hook.before_run(None) is None
