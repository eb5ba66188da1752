"""Proves that batches computed ahead change nothing but the time."""

import gc
import itertools

import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs
from tfcompat_estimator.session_emulation.loops import prefetch

v1 = tf.compat.v1
SWITCH = 'TFCOMPAT_FUSED_STEPS'
ROWS = np.arange(95, dtype=np.float32)


@pytest.fixture(autouse=True)
def _always(fused_from_the_second_run_on):
  """Whether a loop pays is another matter."""


@pytest.fixture
def loops(monkeypatch):
  """How many batches were computed ahead, loop by loop."""
  made = []
  run = prefetch.Prefetch.run

  def counting(self, last):
    results = run(self, last)
    if results:
      made.append(len(results))
    return results

  monkeypatch.setattr(prefetch.Prefetch, 'run', counting)
  # However slow the machine is.
  monkeypatch.setattr(prefetch, '_MOST_SECONDS', 1e9)
  return made


def _slices():
  return tf.data.Dataset.from_tensor_slices(ROWS).batch(2)


def _shuffled():
  return (
    _slices()
    .shuffle(10, seed=7)
    .map(lambda x: x + tf.random.uniform([], seed=3))
  )


def _interleaved():
  numbers = tf.data.Dataset.range(5)
  return numbers.interleave(lambda n: _slices().take(7), cycle_length=2)


def _damaged():
  """The 21st batch cannot be computed."""
  return _slices().map(lambda x: tf.debugging.check_numerics(1 / (40 - x), ''))


def _generated():
  def rows():
    for row in ROWS:
      PULLED.append(row)
      yield row

  return _without_prefetch(
    tf.data.Dataset.from_generator(
      rows, output_signature=tf.TensorSpec([], tf.float32)
    ).batch(2)
  )


def _by_python():
  def note(x):
    PULLED.append(x)
    return x

  return _without_prefetch(
    _slices().map(lambda x: tf.numpy_function(note, [x], tf.float32))
  )


def _without_prefetch(dataset):
  options = tf.data.Options()
  options.experimental_optimization.inject_prefetch = False
  return dataset.with_options(options)


PULLED: list[object] = []


ROWS_OF = {_slices: 95, _shuffled: 95, _interleaved: 5 * 7 * 2}


def _double(x):
  return {'y': 2 * x, 'text': tf.strings.as_string(x)}


def _keyed(x):
  return {('a', 'b'): x, 'c': -x}


def _looked_up(x):
  table = tf.lookup.StaticHashTable(
    tf.lookup.KeyValueTensorInitializer(
      tf.range(50, dtype=tf.int64), tf.range(50, dtype=tf.int64) * 3
    ),
    -1,
  )
  return table.lookup(tf.cast(x, tf.int64))


def _noisy(x):
  return x + tf.random.normal([], seed=5)


def _looped(x):
  return tf.while_loop(
    lambda i, y: i < 3, lambda i, y: (i + 1, 2 * y), [tf.constant(0), x]
  )[1]


def _counting(x):
  count = v1.get_variable('count', [], initializer=v1.zeros_initializer())
  return x + v1.assign_add(count, 1.0)


def _printed(x):
  with tf.control_dependencies([tf.print(tf.shape(x))]):
    return tf.identity(x)


def _through_python(x):
  return tf.py_function(lambda x: PULLED.append(x) or x, [x], tf.float32)


def _predict(model_dir, dataset, predict, **arguments):
  def model_fn(features, labels, mode):
    del labels
    v1.get_variable('w', initializer=2.0)
    return estimator_specs.EstimatorSpec(mode, predictions=predict(features))

  estimator = base_estimator.EstimatorV2(
    model_fn, model_dir, tiny.run_config.RunConfig(tf_random_seed=1)
  )
  return estimator.predict(dataset, **arguments)


def _drained(generator):
  """What it yields, and the name of the type of the error."""
  got: list[object] = []
  try:
    got.extend(generator)  # keeps what came before an error
  except tf.errors.OpError as error:
    return got, type(error).__name__
  return got, None


@pytest.mark.parametrize(
  'dataset', [_slices, _shuffled, _interleaved, _damaged]
)
@pytest.mark.parametrize(
  'predict', [_double, _keyed, _looked_up, _noisy, _looped]
)
def test_predictions_are_the_same(
  dataset, predict, loops, monkeypatch, tmp_path
):
  """To the bit, and an error comes after the batches before it."""
  got, error = _drained(_predict(str(tmp_path / 'a'), dataset, predict))
  assert sum(loops) > 15
  monkeypatch.setenv(SWITCH, '0')
  want, want_error = _drained(_predict(str(tmp_path / 'b'), dataset, predict))

  # 95 rows, two by two; the batch with the 40th cannot be computed.
  rows, last = (40, 'InvalidArgumentError')
  if dataset is not _damaged:
    rows, last = (ROWS_OF[dataset], None)
  assert (len(want), want_error) == (rows, last)
  assert error == want_error
  np.testing.assert_equal(got, want)


@pytest.mark.parametrize('predict', [_counting, _printed, _through_python])
def test_what_somebody_would_notice_is_not_run_ahead(predict, loops, model_dir):
  """A variable that changes, something printed, a call of Python."""
  PULLED.clear()
  batches = _predict(model_dir, _slices, predict, yield_single_examples=False)

  got = list(itertools.islice(batches, 10))

  assert not loops
  assert len(got) == 10
  assert len(PULLED) == (10 if predict is _through_python else 0)


@pytest.mark.parametrize('dataset', [_generated, _by_python])
def test_input_of_python_is_asked_only_for_what_is_wanted(
  dataset, loops, model_dir
):
  """A generator of live requests would wait for answers to the first ones."""
  PULLED.clear()
  batches = _predict(model_dir, dataset, _double, yield_single_examples=False)

  next(itertools.islice(batches, 9, None))

  assert not loops
  assert len(PULLED) == (20 if dataset is _generated else 10)


def test_a_hook_sees_each_run(loops, model_dir):
  """Hooks that look at runs are called for each, when it is asked for."""
  calls = []
  hook = tiny.Recorder(calls, 'A')
  batches = _predict(
    model_dir, _slices, _double, hooks=[hook], yield_single_examples=False
  )

  next(itertools.islice(batches, 9, None))

  assert not loops
  assert sum(call.startswith('A.after_run') for call in calls) == 10


def test_stock_hooks_see_each_run(loops, model_dir):
  """Also those that know only with a session when they look."""
  logged = []
  hooks = [
    v1.train.StopAtStepHook(num_steps=1),  # predicting does no step
    v1.train.LoggingTensorHook(
      ['global_step:0'], every_n_secs=1e-9, formatter=logged.append
    ),
  ]
  batches = _predict(
    model_dir, _slices, _double, hooks=hooks, yield_single_examples=False
  )

  assert len(list(batches)) == len(logged)
  assert not loops


def test_no_more_is_computed_than_was_taken(loops, model_dir):
  """Who stops early has waited for twice the batches at most."""
  batches = _predict(model_dir, _slices, _double, yield_single_examples=False)

  for taken, _ in enumerate(itertools.islice(batches, 30), 1):
    assert max(loops, default=0) <= taken
  batches.close()


def test_queues_are_used_again(loops, model_dir, monkeypatch):
  """Later predictions make none, also after ones that nobody took."""
  made = []
  queue = tf.queue.FIFOQueue

  def counting(*args, **kwargs):
    made.append(queue(*args, **kwargs))
    return made[-1]

  monkeypatch.setattr(tf.queue, 'FIFOQueue', counting)
  expected, _ = _drained(_predict(model_dir, _slices, _double))
  counts = []
  for _ in range(3):
    some = _predict(model_dir, _slices, _double)
    for _ in range(30):
      next(some)
    some.close()
    del some
    gc.collect()
    again, _ = _drained(_predict(model_dir, _slices, _double))
    gc.collect()
    counts.append(len(made))
    np.testing.assert_array_equal(again, expected)

  assert loops
  assert counts[0] == counts[-1] <= 2
