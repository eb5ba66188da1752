"""Starts training from other checkpoints, whole, in part or remapped."""

import os
import shutil

import numpy as np
import pytest
import tensorflow as tf

from tests.checkpoint import small_model
from tfcompat_estimator import _tf
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import (
  estimator_specs,
  run_config,
  warm_start_settings,
)
from tfcompat_estimator.saved_models import receivers

v1 = tf.compat.v1
Settings = warm_start_settings.WarmStartSettings
WEIGHTS = ['m/b', 'm/v', 'm/w']
EVERYTHING = ['global_step', *WEIGHTS, 'm/b/Adagrad', 'm/v/Adagrad']
EVERYTHING += ['m/w/Adagrad']


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  path = str(tmp_path_factory.mktemp('trained') / 'model')
  small_model.train(path, 3)
  return path


@pytest.fixture(scope='module')
def old_values(trained):
  return small_model.values(trained)


@pytest.fixture(scope='module')
def fresh(tmp_path_factory):
  """The variables before any training."""
  path = str(tmp_path_factory.mktemp('fresh') / 'model')
  small_model.train(path, 1)
  reader = tf.train.load_checkpoint(f'{path}/model.ckpt-0')
  return {name: reader.get_tensor(name) for name in EVERYTHING}


def receiver():
  x = v1.placeholder(tf.float32, [None, 2])
  return receivers.ServingInputReceiver({'x': x}, {'x': x})


def first_values(model_dir, warm_start_from, params=None):
  """The variables of the first checkpoint of a warm-started training."""
  small_model.make(
    model_dir, params, warm_start_from, keep_checkpoint_max=None
  ).train(small_model.input_fn, steps=1)
  first = min(small_model.steps_on_disk(model_dir))
  reader = tf.train.load_checkpoint(f'{model_dir}/model.ckpt-{first}')
  return {name: reader.get_tensor(name) for name in EVERYTHING}


def warm_started(values, fresh, old):
  """The names of variables that came from the old checkpoint."""
  taken = set()
  for name, value in values.items():
    if np.array_equal(value, old[name]):
      taken.add(name)
    else:
      np.testing.assert_array_equal(value, fresh[name], err_msg=name)
  return taken


@pytest.mark.parametrize(
  'which, expected',
  [
    ('.*', WEIGHTS),
    ('.*w', ['m/w']),
    ('w', []),
    (['.*'], EVERYTHING),
    (['.*Adagrad'], [n for n in EVERYTHING if 'Adagrad' in n]),
    (['m/w:', 'global_step'], ['m/w', 'global_step']),
    (['w'], []),
    (None, []),
  ],
)
def test_which_variables(
  model_dir, trained, fresh, old_values, which, expected
):
  """A regex picks trainable variables, a list of them any variables."""
  values = first_values(model_dir, Settings(trained, which))

  assert warm_started(values, fresh, old_values) == set(expected)


@pytest.mark.parametrize(
  'source', ['directory', 'checkpoint', 'path object', 'SavedModel', 'damaged']
)
def test_where_from(model_dir, tmp_path, trained, fresh, old_values, source):
  """Directories, checkpoints and SavedModels all serve as the source."""
  expected = old_values
  if source == 'directory':
    start = trained
  elif source == 'path object':
    start = tmp_path.joinpath(trained)
  elif source == 'checkpoint':
    start = f'{trained}/model.ckpt-3'
  elif source == 'SavedModel':
    start = small_model.make(trained).export_saved_model(
      str(tmp_path / 'export'), receiver
    )
  else:
    start = str(shutil.copytree(trained, tmp_path / 'damaged'))
    os.remove(f'{start}/model.ckpt-3.index')
    reader = tf.train.load_checkpoint(f'{start}/model.ckpt-2')
    expected = {name: reader.get_tensor(name) for name in EVERYTHING}
  values = first_values(model_dir, start)

  assert warm_started(values, fresh, expected) == set(WEIGHTS)


def test_other_names(model_dir, trained, old_values):
  """var_name_to_prev_var_name says where a variable was."""
  values = first_values(
    model_dir,
    Settings(
      trained,
      ['m/b:', 'm/b/Adagrad'],
      var_name_to_prev_var_name={'m/b/Adagrad': 'm/b'},
    ),
  )

  np.testing.assert_array_equal(values['m/b/Adagrad'], old_values['m/b'])


def test_a_checkpoint_of_its_own_counts_more(tmp_path, trained):
  """With a checkpoint in model_dir the settings are not looked at."""
  model_dir = shutil.copytree(trained, tmp_path / 'own')
  estimator = small_model.make(model_dir, warm_start_from='/not/there')
  estimator.train(small_model.input_fn, steps=1)

  assert estimator.get_variable_value('global_step') == 4


def test_evaluate_and_predict_start_warm(model_dir, trained):
  """An untrained estimator evaluates and predicts from the other checkpoint."""
  warm = small_model.make(model_dir, warm_start_from=trained)
  old = small_model.make(trained)
  metrics = warm.evaluate(small_model.eval_input_fn)

  assert metrics['loss'] == old.evaluate(small_model.eval_input_fn)['loss']
  assert metrics['global_step'] == 0
  np.testing.assert_array_equal(
    next(iter(warm.predict(small_model.eval_input_fn)))['y'],
    next(iter(old.predict(small_model.eval_input_fn)))['y'],
  )


@pytest.mark.parametrize(
  'change, error, message',
  [
    (
      {'params': {'units': 7}},
      ValueError,
      r"Shape of variable .* doesn't match with shape of tensor",
    ),
    (
      {'names': {'m/w': 'gone'}},
      ValueError,
      'gone is not found in .* checkpoint',
    ),
    (
      {'names': {'nope': 'm/w'}},
      ValueError,
      r"var_name_to_prev_var_name that were not used: \{'nope'\}",
    ),
    (
      {'vocab': {'nope': None}},
      ValueError,
      r"var_name_to_vocab_info that were not used: \{'nope'\}",
    ),
    ({'vocab': {'m/w': 3}}, ValueError, 'has 3 for m/w; it must be a .*VocabI'),
    ({'vocab': {'nope': 3}}, ValueError, "were not used: {'nope'}"),
    ({'start': '/not/there'}, tf.errors.OpError, '/not/there'),
    ({'start': 3}, TypeError, 'got 3'),
    ({'variables': [3]}, ValueError, 'vars_to_warm_start'),
  ],
)
def test_errors(model_dir, trained, tmp_path, change, error, message):
  """What cannot be warm-started is refused before training."""
  info = _tf.VocabInfo('new', 2, 0, 'old')
  vocab = {k: v or info for k, v in change.get('vocab', {}).items()}
  settings = Settings(
    change.get('start', trained),
    change.get('variables', '.*'),
    vocab,
    change.get('names'),
  )

  with pytest.raises(error, match=message):
    first_values(model_dir, settings, change.get('params'))
  assert not tf.train.latest_checkpoint(model_dir)


def test_an_empty_path_is_an_error(model_dir):
  """Nothing is taken for a path that was left empty by mistake."""
  with pytest.raises(ValueError, match='`ckpt_to_initialize_from` MUST be set'):
    small_model.make(model_dir, warm_start_from='')


# --- vocabularies -------------------------------------------------------------

OLD_WORDS = ['red', 'green', 'blue']
NEW_WORDS = ['blue', 'pink', 'red', 'grey']


def table_estimator(model_dir, words, oov, axis=0, parts=None, warm=None):
  """An estimator whose one variable has a row (or column) for each word."""

  def model_fn(features, labels, mode):
    size = words + oov
    shape = [size, 5] if axis == 0 else [5, size]
    partitioner = parts and v1.fixed_size_partitioner(parts)
    with v1.variable_scope('t', partitioner=partitioner, use_resource=True):
      table = v1.get_variable(
        'w', shape, initializer=v1.random_uniform_initializer(2, 3, seed=1)
      )
    step = v1.train.get_global_step().assign_add(1)
    return estimator_specs.EstimatorSpec(
      mode, loss=tf.reduce_sum(tf.convert_to_tensor(table)), train_op=step.op
    )

  return base_estimator.Estimator(
    model_fn,
    config=run_config.RunConfig(model_dir=str(model_dir)),
    warm_start_from=warm,
  )


def word_file(folder, name, words):
  path = folder / name
  path.write_text('\n'.join(words) + '\n')
  return str(path)


BACKUPS = {
  'none': (None, lambda v: v == 0),
  'zeros': (v1.zeros_initializer(), lambda v: v == 0),
  'constant': (v1.constant_initializer(7.5), lambda v: v == 7.5),
  'ones, v2': (tf.ones_initializer(), lambda v: v == 1),
  'glorot': (
    v1.glorot_uniform_initializer(),
    # The limit of the variable's shape, [6, 5] or [5, 4], not that of [n, 1].
    lambda v: (v != 0) & (np.abs(v) <= np.sqrt(6 / 9)),
  ),
  'normal': (v1.random_normal_initializer(9, 0.1), lambda v: np.abs(v - 9) < 1),
}


def table_once_trained(*arguments, **settings):
  """The table of an estimator (see `table_estimator`) after a step."""
  estimator = table_estimator(*arguments, **settings)
  estimator.train(lambda: tf.constant(0), steps=1)
  return estimator.get_variable_value('t/w')


def new_words(tmp_path, **settings):
  """Starts from `old` in that folder, by the places that words have moved to."""
  info = _tf.VocabInfo(
    new_vocab=word_file(tmp_path, 'new.txt', NEW_WORDS),
    new_vocab_size=4,
    old_vocab=word_file(tmp_path, 'old.txt', OLD_WORDS),
    **settings,
  )
  return Settings(str(tmp_path / 'old'), '.*', {'t/w': info})


@pytest.mark.parametrize('parts', [None, 2])
@pytest.mark.parametrize('backup', BACKUPS)
def test_vocabulary_of_rows(tmp_path, backup, parts):
  """Rows follow their words; new words get backup values, of any kind."""
  initializer, is_backup = BACKUPS[backup]
  old_rows = table_once_trained(tmp_path / 'old', 3, 1)
  warm = new_words(
    tmp_path,
    num_oov_buckets=2,
    old_vocab_size=3,
    backup_initializer=initializer,
  )
  rows = table_once_trained(tmp_path / 'new', 4, 2, parts=parts, warm=warm)

  np.testing.assert_array_equal(rows[0], old_rows[2])  # blue
  np.testing.assert_array_equal(rows[2], old_rows[0])  # red
  backups = rows[[1, 3, 4, 5]]  # pink, grey and two buckets for other words
  assert is_backup(backups).all()
  if backup in ('glorot', 'normal'):
    assert len(np.unique(backups)) == backups.size


@pytest.mark.parametrize('backup', ['none', 'constant', 'glorot'])
def test_vocabulary_of_columns(tmp_path, backup):
  """axis=1 moves columns, as for the classes of a logits layer."""
  initializer, is_backup = BACKUPS[backup]
  old_columns = table_once_trained(tmp_path / 'old', 3, 0, axis=1)
  warm = new_words(
    tmp_path, num_oov_buckets=0, backup_initializer=initializer, axis=1
  )
  columns = table_once_trained(tmp_path / 'new', 4, 0, axis=1, warm=warm)

  np.testing.assert_array_equal(columns[:, 0], old_columns[:, 2])
  np.testing.assert_array_equal(columns[:, 2], old_columns[:, 0])
  assert is_backup(columns[:, [1, 3]]).all()


@pytest.mark.parametrize('old_size, green', [(3, True), (-1, True), (1, False)])
def test_old_vocab_size_cuts_the_old_vocabulary(tmp_path, old_size, green):
  """Only the first old_vocab_size words of the old file count."""
  old = table_estimator(tmp_path / 'old', 3, 0)
  old.train(lambda: tf.constant(0), steps=1)
  info = _tf.VocabInfo(
    new_vocab=word_file(tmp_path, 'new.txt', ['green', 'red']),
    new_vocab_size=2,
    num_oov_buckets=0,
    old_vocab=word_file(tmp_path, 'old.txt', OLD_WORDS),
    old_vocab_size=old_size,
  )
  settings = Settings(str(tmp_path / 'old'), None, {'t/w': info})
  new = table_estimator(tmp_path / 'new', 2, 0, warm=settings)
  new.train(lambda: tf.constant(0), steps=1)
  rows = new.get_variable_value('t/w')

  expected = old.get_variable_value('t/w')[[1, 0]]
  np.testing.assert_array_equal(rows[1], expected[1])
  np.testing.assert_array_equal(rows[0], expected[0] if green else 0 * rows[0])
