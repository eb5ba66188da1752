"""Tests that calls share what was compiled, and that nobody can tell."""

import concurrent.futures
import gc
import math

import numpy as np
import pytest
import tensorflow as tf

from tests import loss_hook, tiny
from tests.session_emulation.compiled import noting
from tests.session_emulation.opening import memory_test
from tfcompat_estimator.canned import dnn, dnn_linear_combined
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs, run_config
from tfcompat_estimator.session_emulation.compiled import shared
from tfcompat_estimator.session_emulation.loops import warm_up
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
SWITCH = 'TFCOMPAT_SHARED_PROGRAMS'
fc = tf.feature_column


@pytest.fixture(autouse=True)
def _nothing_shared_before():
  shared.cache.clear()
  # What the runs of other tests took would make loops due.
  warm_up.of_process.clear()
  yield
  shared.cache.clear()


@pytest.fixture
def never_fused(monkeypatch):
  """Whether a loop pays depends on the time that a run takes."""
  monkeypatch.setattr(warm_up, 'SECONDS_PER_OPERATION', math.inf)


@pytest.fixture
def compiled(monkeypatch):
  """The functions that are compiled."""
  return noting.compiled(monkeypatch)


def function_of(size):
  """A compiled function of so many operations."""

  @tf.function
  def add():
    x = tf.constant(0)
    for _ in range(size):
      x += 1
    return x

  return add.get_concrete_function()


def test_the_cache_keeps_what_was_used_last():
  """By count, and by the operations of all."""
  cache = shared.Cache(most_functions=3, most_operations=10**6)
  for key in (b'a', b'b', b'c', b'a', b'd'):
    cache.get(key, lambda: function_of(1))

  assert [key in cache for key in (b'a', b'b', b'c', b'd')] == [
    True,
    False,
    True,
    True,
  ]
  small = shared.Cache(most_functions=100, most_operations=50)
  for key in (b'a', b'b', b'c'):
    small.get(key, lambda: function_of(8))
  assert b'a' not in small
  assert b'c' in small


def test_what_has_no_key_is_made_each_time():
  """It is no other session's."""
  cache = shared.Cache()

  assert cache.get(None, lambda: function_of(1)) is not cache.get(
    None, lambda: function_of(1)
  )
  assert None not in cache


def _by_columns(x):
  return {'n': x[:, 0], 's': tf.strings.as_string(tf.cast(x[:, 1], tf.int64))}


def _columns():
  word = fc.categorical_column_with_hash_bucket('s', 10)
  return [fc.numeric_column('n')], [word], [fc.embedding_column(word, 3)]


def _config(**changes):
  return run_config.RunConfig(
    tf_random_seed=5, save_summary_steps=7, log_step_count_steps=9, **changes
  )


def _dnn(model_dir, **arguments):
  numbers, _, embedded = _columns()
  return dnn.DNNClassifierV2(
    [8], numbers + embedded, model_dir, config=_config(), **arguments
  )


def _wide_and_deep(model_dir):
  numbers, words, embedded = _columns()
  return dnn_linear_combined.DNNLinearCombinedClassifierV2(
    model_dir,
    linear_feature_columns=words,
    dnn_feature_columns=numbers + embedded,
    dnn_hidden_units=[4],
    config=_config(),
  )


def _own_fn(features, labels, mode):
  """Everything that lasts: variables, a table, seeded and stateful noise."""
  table = tf.lookup.StaticHashTable(
    tf.lookup.KeyValueTensorInitializer([0, 1], [0.5, 2.0]), 1.0
  )
  w = v1.get_variable('w', [1], initializer=v1.random_normal_initializer())
  noise = tf.random.normal([], seed=3) + table.lookup(tf.constant(1))
  logits = features['n'] * w + noise
  if labels is None:
    return estimator_specs.EstimatorSpec(mode, predictions={'y': logits})
  loss = v1.losses.mean_squared_error(labels[:, 0], logits)
  train_op = v1.train.AdamOptimizer(0.1).minimize(
    loss, v1.train.get_global_step()
  )
  return estimator_specs.EstimatorSpec(
    mode,
    predictions={'y': logits},
    loss=loss,
    train_op=train_op,
    eval_metric_ops={'mean': v1.metrics.mean(logits)},
  )


def _own(model_dir):
  return base_estimator.EstimatorV2(_own_fn, model_dir, _config())


MODELS = {
  'DNN with dropout': lambda model_dir: _dnn(model_dir, dropout=0.3),
  'wide and deep': _wide_and_deep,
  'own': _own,
}


def _input_fn(shift=0.0, rows=48):
  def input_fn():
    x = np.random.RandomState(0).uniform(0, 9, [rows, 2]) + shift
    x = x.astype(np.float32)
    data = tf.data.Dataset.from_tensor_slices((x, (x[:, :1] > 4 + shift)))
    return (
      data.shuffle(rows, seed=2)
      .map(lambda x, y: (x + tf.random.uniform([], seed=1), y))
      .batch(4)
      .map(lambda x, y: (_by_columns(x), tf.cast(y, tf.float32)))
      .repeat(2)
    )

  return input_fn


def _life(make, model_dir):
  """What two rounds of training, evaluating and predicting give."""
  estimator = make(model_dir)
  got = []
  for number in range(2):
    hook = loss_hook.Losses()
    estimator.train(_input_fn(), steps=13)
    estimator.train(_input_fn(number), hooks=[hook], steps=4)
    got += [
      hook.values,
      estimator.evaluate(_input_fn(number), steps=5),
      [
        {k: v for k, v in row.items() if v.dtype != object}
        for row in estimator.predict(_input_fn())
      ],
    ]
  variables = {
    name: estimator.get_variable_value(name)
    for name in estimator.get_variable_names()
  }
  return [*got, variables]


@pytest.mark.usefixtures('fused_from_the_second_run_on')
@pytest.mark.parametrize('model', MODELS)
def test_sharing_changes_nothing(model, monkeypatch, compiled, tmp_path):
  """To the bit: losses, random streams, metrics, predictions, variables."""
  on = _life(MODELS[model], str(tmp_path / 'on'))
  with_sharing = len(compiled)
  compiled.clear()
  monkeypatch.setenv(SWITCH, '0')
  off = _life(MODELS[model], str(tmp_path / 'off'))

  np.testing.assert_equal(on, off)
  assert with_sharing < 0.7 * len(compiled)


@pytest.mark.usefixtures('never_fused')
def test_the_second_call_compiles_nothing(compiled, tmp_path):
  """Of the same model and input, also for another estimator."""
  counts = []
  for name in ('a', 'b'):
    estimator = tiny.estimator(tmp_path / name)
    for _ in range(2):
      estimator.train(tiny.batches(), steps=3)
      estimator.evaluate(tiny.batches(3))
      list(estimator.predict(tiny.batches(2)))
      counts.append(len(compiled))

  # The first call of all initializes, later ones restore.
  assert counts[1] - counts[0] <= 2
  assert counts[3] == counts[2] == counts[1]


def test_a_loop_that_is_compiled_runs_at_once(monkeypatch, tmp_path):
  """Without waiting until it would pay to build one."""
  through_hooks = []
  run = emulated_session.EmulatedSession.run

  def counting(self, fetches, *arguments, **keywords):
    through_hooks.append(1)
    return run(self, fetches, *arguments, **keywords)

  monkeypatch.setattr(emulated_session.EmulatedSession, 'run', counting)
  estimator = tiny.estimator(tmp_path / 'model')
  estimator.train(tiny.batches(), steps=2000)
  through_hooks.clear()
  estimator.train(tiny.batches(), steps=200)

  assert len(through_hooks) < 30


def test_unseeded_numbers_do_not_repeat(compiled):
  """A function that is called again goes on with its stream."""
  drawn = []
  for _ in range(3):
    with tf.Graph().as_default():
      x = tf.random.uniform([4])
      with emulated_session.EmulatedSession() as session:
        drawn += [tuple(session.run(x)) for _ in range(2)]

  assert len(set(drawn)) == 6
  assert len(compiled) == 1


def test_seeded_numbers_start_with_each_session(compiled):
  """As in sessions of TensorFlow 1."""
  drawn = []
  for _ in range(3):
    with tf.Graph().as_default():
      x = tf.random.uniform([4], seed=3)
      with emulated_session.EmulatedSession() as session:
        drawn.append([tuple(session.run(x)) for _ in range(2)])

  assert drawn[0] == drawn[1] == drawn[2]
  assert drawn[0][0] != drawn[0][1]
  assert len(compiled) == 1


def test_python_code_is_that_of_the_call(tmp_path):
  """A function that calls Python calls what this graph was built with."""
  seen = []
  for name in ('first', 'second'):
    with tf.Graph().as_default():
      x = tf.numpy_function(lambda name=name: name, [], tf.string)
      with emulated_session.EmulatedSession() as session:
        seen.append(session.run(x))

  assert seen == [b'first', b'second']


@pytest.mark.parametrize('name', ['one', 'other'])
def test_errors_name_the_operations_of_the_graph(name):
  """Not those of the graph that a function was compiled for."""
  for used in ('one', 'other', name):
    with tf.Graph().as_default():
      x = v1.placeholder(tf.float32, [])
      y = tf.debugging.check_numerics(x, 'bad', name=used)
      with emulated_session.EmulatedSession() as session:
        assert session.run(y, {x: 1.0}) == 1
        with pytest.raises(tf.errors.InvalidArgumentError, match=used):
          session.run(y, {x: np.nan})


@pytest.mark.parametrize('shape', [[2], [3]])
def test_variables_of_other_shapes_are_other_functions(shape):
  """What functions know of the handles that they take is a part of the key."""
  for used in ([2], [3], shape):
    with tf.Graph().as_default():
      v = v1.get_variable('v', used, initializer=v1.ones_initializer())
      with emulated_session.EmulatedSession() as session:
        session.run(v.initializer)
        assert session.run(v.assign_add(tf.ones(used))).shape == tuple(used)


@pytest.mark.eager
def test_devices_and_options_of_calls_are_told_apart():
  """A function keeps the device where it was made."""
  key = shared.key_of('x')
  with tf.device('CPU:0'):
    assert shared.key_of('x') != key
  assert shared.key_of('x') == key


def test_many_estimators_in_threads(tmp_path):
  """Each gets what it gets alone, from functions that they share."""

  def life(name):
    estimator = _own(str(tmp_path / name))
    with np.errstate(all='ignore'):
      for _ in range(2):
        estimator.train(_input_fn(), steps=11)
    metrics = estimator.evaluate(_input_fn())
    return float(estimator.get_variable_value('w')[0]), metrics

  alone = life('alone')
  with concurrent.futures.ThreadPoolExecutor(4) as pool:
    together = list(pool.map(life, map(str, range(4))))

  for got in together:
    np.testing.assert_equal(got, alone)


def test_a_search_over_many_models_keeps_a_bounded_number(tmp_path):
  """Each with a constant of its own, so that nothing can be shared."""
  for number in range(shared.cache.most_functions // 2):
    with tf.Graph().as_default():
      x = tf.constant(number) + tf.random.uniform([], maxval=1, dtype=tf.int32)
      with emulated_session.EmulatedSession() as session:
        assert session.run([x, x + 1]) == [number, number + 1]
        assert session.run(x) == number
        assert session.run(x + 2) == number + 2

  assert len(shared.cache) == shared.cache.most_functions


@pytest.mark.slow
def test_memory_over_many_models(tmp_path):
  """Hundreds of models that differ do not add up."""

  def train(number):
    with tf.Graph().as_default():
      v = v1.get_variable('v', [8], initializer=v1.ones_initializer())
      step = v.assign_add(tf.fill([8], float(number)))
      with emulated_session.EmulatedSession() as session:
        session.run(v.initializer)
        session.run(step)

  for number in range(200):
    train(number)
  gc.collect()
  before = memory_test.resident_mebibytes()
  for number in range(200, 800):
    train(number)
  gc.collect()
  assert memory_test.resident_mebibytes() - before < 60
