"""Tests that calls with kept graphs are those with graphs built anew."""

import numpy as np
import pytest
import tensorflow as tf

from tests.estimator import artefacts
from tfcompat_estimator.api import namespaces
from tfcompat_estimator.estimator import kept_graphs
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column
SWITCH = 'TFCOMPAT_KEEP_GRAPHS'
ROWS = 24


def arrays(rows=ROWS, seed=0):
  """Features and labels."""
  random = np.random.RandomState(seed)
  features = {
    'x': random.rand(rows, 2).astype(np.float32),
    'word': random.choice(['a', 'b', 'c'], rows),
    'id': random.randint(0, 9, rows),
  }
  return features, random.randint(0, 2, rows)


def batches(rows=ROWS, seed=0, size=8, shuffled=False, **kwargs):
  """An input_fn of a dataset."""

  def input_fn():
    dataset = tf.data.Dataset.from_tensor_slices(arrays(rows, seed))
    if shuffled:
      dataset = dataset.shuffle(rows)
    return dataset.batch(size, **kwargs)

  return input_fn


def named():
  """Batches whose labels are words."""
  return batches()().map(
    lambda x, y: (x, tf.gather(tf.constant(['no', 'yes']), y))
  )


def generated():
  """Batches of a Python generator, through a py_function."""
  features, labels = arrays()

  def rows():
    for place in range(ROWS):
      yield (
        {key: column[place] for key, column in features.items()},
        labels[place],
      )

  spec = {
    'x': tf.TensorSpec([2], tf.float32),
    'word': tf.TensorSpec([], tf.string),
    'id': tf.TensorSpec([], tf.int64),
  }
  dataset = tf.data.Dataset.from_generator(
    rows, output_signature=(spec, tf.TensorSpec([], tf.int64))
  )
  return dataset.batch(8)


def looked_up():
  """Batches of a dataset with a table of its own."""
  table = tf.lookup.StaticHashTable(
    tf.lookup.KeyValueTensorInitializer(
      tf.constant(['a', 'b', 'c']), tf.constant(['c', 'a', 'b'])
    ),
    'a',
  )
  return batches()().map(
    lambda x, y: ({**x, 'word': table.lookup(x['word'])}, y)
  )


def tensors():
  """No dataset, but tensors of an iterator."""
  return v1.data.make_one_shot_iterator(batches()()).get_next()


def columns():
  """Numbers, words and ids."""
  word = fc.categorical_column_with_vocabulary_list('word', ['a', 'b', 'c'])
  ids = fc.categorical_column_with_hash_bucket('id', 5, tf.int64)
  wide = [word, ids, fc.crossed_column(['word', 'id'], 11)]
  deep = [fc.numeric_column('x', 2), fc.embedding_column(word, 2)]
  return wide, deep


WIDE, DEEP = columns()
CONFIG = {
  'tf_random_seed': 3,
  'save_summary_steps': 2,
  'log_step_count_steps': 2,
  'keep_checkpoint_max': 2,
}


def make(name, model_dir, family, **settings):
  """An Estimator of either family, by the name of its class."""
  config = run_config.RunConfig(model_dir=model_dir, **CONFIG)
  return getattr(API[family], name)(config=config, **settings)


API = {'v1': namespaces.V1, 'v2': namespaces.V2}

MODELS = {
  'dnn': ('DNNClassifier', {'feature_columns': DEEP, 'hidden_units': [4]}),
  'dnn with dropout': (
    'DNNClassifier',
    {'feature_columns': DEEP, 'hidden_units': [4, 4], 'dropout': 0.4},
  ),
  'dnn with batch norm': (
    'DNNClassifier',
    {'feature_columns': DEEP, 'hidden_units': [4], 'batch_norm': True},
  ),
  'dnn regressor': (
    'DNNRegressor',
    {'feature_columns': DEEP, 'hidden_units': [4]},
  ),
  'linear': ('LinearClassifier', {'feature_columns': WIDE}),
  'linear regressor': ('LinearRegressor', {'feature_columns': WIDE}),
  'wide and deep': (
    'DNNLinearCombinedClassifier',
    {
      'linear_feature_columns': WIDE,
      'dnn_feature_columns': DEEP,
      'dnn_hidden_units': [4],
    },
  ),
  'wide and deep regressor': (
    'DNNLinearCombinedRegressor',
    {
      'linear_feature_columns': WIDE,
      'dnn_feature_columns': DEEP,
      'dnn_hidden_units': [4],
    },
  ),
  'baseline': ('BaselineClassifier', {}),
  'baseline regressor': ('BaselineRegressor', {}),
}


@pytest.fixture(autouse=True)
def nothing_kept():
  """Each test begins without graphs."""
  kept_graphs.cache.clear()
  yield
  kept_graphs.cache.clear()


@pytest.fixture
def hits(monkeypatch):
  """The modes of the calls that found their graph, in a list."""
  found = []
  take = kept_graphs.cache.take

  def watched(key):
    kept = take(key)
    if kept is not None:
      found.append(key[1])
    return kept

  monkeypatch.setattr(kept_graphs.cache, 'take', watched)
  return found


def plain(value):
  """A result that compares by ==."""
  if isinstance(value, dict):
    return {key: plain(part) for key, part in value.items()}
  if isinstance(value, list):
    return [plain(part) for part in value]
  return value.tolist() if hasattr(value, 'tolist') else value


def outcome(make_estimator, calls, model_dir):
  """What calls return, raise and leave."""
  estimator = make_estimator(model_dir)
  results = []
  for call in calls:
    try:
      result = call(estimator)
    except Exception as error:  # noqa: BLE001 - errors are compared
      results.append((type(error), str(error).replace(model_dir, '')))
      continue
    results.append(None if result is estimator else plain(result))
  return results, artefacts.read(model_dir)


def both(make_estimator, calls, tmp_path, monkeypatch):
  """The outcomes with graphs that are kept, and without."""
  kept = outcome(make_estimator, calls, str(tmp_path / 'kept_'))
  monkeypatch.setenv(SWITCH, '0')
  fresh = outcome(make_estimator, calls, str(tmp_path / 'fresh'))
  monkeypatch.delenv(SWITCH)
  return kept, fresh


def assert_equal(kept, fresh, where=''):
  """Compares part by part, so that a failure says which one differs."""
  assert type(kept) is type(fresh), where
  if isinstance(fresh, dict):
    assert list(kept) == list(fresh), where
    for name, content in fresh.items():
      assert_equal(kept[name], content, f'{where}/{name}')
  elif isinstance(fresh, list | tuple):
    for place, (one, other) in enumerate(zip(kept, fresh, strict=False)):
      assert_equal(one, other, f'{where}[{place}]')
    assert len(kept) == len(fresh), where
  else:
    assert kept == fresh, where


def train(input_fn, steps=3, **kwargs):
  return lambda estimator: estimator.train(input_fn, steps=steps, **kwargs)


def evaluate(input_fn, **kwargs):
  return lambda estimator: estimator.evaluate(input_fn, **kwargs)


def predict(input_fn, **kwargs):
  return lambda estimator: list(estimator.predict(input_fn, **kwargs))


ROUND = [train(batches(shuffled=True)), evaluate(batches()), predict(batches())]


@pytest.mark.parametrize('family', ['v1', 'v2'])
@pytest.mark.parametrize('name', MODELS)
def test_two_rounds_are_those_of_fresh_graphs(
  name, family, tmp_path, monkeypatch, hits
):
  """Of train, evaluate and predict; the second one builds no model."""
  cls, settings = MODELS[name]
  kept, fresh = both(
    lambda model_dir: make(cls, model_dir, family, **settings),
    ROUND * 2,
    tmp_path,
    monkeypatch,
  )
  assert_equal(kept, fresh)
  assert hits == ['train', 'eval', 'infer']


class Adding(v1.train.SessionRunHook):
  """Adds an operation in each call."""

  def begin(self):
    self._more = tf.constant(1.0) * 2.0

  def end(self, session):
    session.run(self._more)


class Quiet(v1.train.SessionRunHook):
  """Adds nothing."""

  def __init__(self):
    self.runs = 0

  def after_run(self, run_context, run_values):
    self.runs += 1


class Says(v1.train.SessionRunHook):
  """Has a `begin`, and says what it does."""

  begin_only_reads = True

  def begin(self):
    self._step = v1.train.get_global_step()


class Silent(Says):
  """Says nothing of its own `begin`."""

  def begin(self):
    tf.constant(1.0)


def linear(family='v2', **settings):
  """Makes small Estimators, of the path of their directory."""
  settings = {'feature_columns': WIDE, **settings}
  return lambda model_dir: make(
    'LinearClassifier', model_dir, family, **settings
  )


def failing():
  """Its second batch is wrong."""
  return batches()().map(
    lambda x, y: ({**x, 'id': tf.gather(x['id'], [7, 0])}, y)
  )


def first_of(input_fn, count, **kwargs):
  """Takes some predictions and closes the generator."""

  def call(estimator):
    predictions = estimator.predict(input_fn, **kwargs)
    taken = [next(predictions) for _ in range(count)]
    predictions.close()
    return taken

  return call


def interleaved(estimator):
  """Two generators of predictions at once."""
  one, other = estimator.predict(batches()), estimator.predict(batches(seed=1))
  return [part for pair in zip(one, other, strict=True) for part in pair]


def at_first_checkpoint(call):
  """An evaluation, or predictions, of the older checkpoint."""
  return lambda estimator: call(
    estimator,
    checkpoint_path=tf.train.get_checkpoint_state(
      estimator.model_dir
    ).all_model_checkpoint_paths[0],
  )


def cached(estimator):
  """An evaluation whose input_fn adds to the graph what is no operation."""

  def input_fn():
    v1.add_to_collection('mine', object())
    return batches()()

  return estimator.evaluate(input_fn)


def seeded(estimator):
  """A training whose input_fn sets a seed of its own."""

  def input_fn():
    v1.set_random_seed(11)
    return batches(shuffled=True)()

  return estimator.train(input_fn, steps=2)


def with_hook(hook, call, **kwargs):
  """A call with a new hook of this class."""
  return lambda estimator: call(hooks=[hook()], **kwargs)(estimator)


EVAL, TRAIN, PREDICT = 'eval', 'train', 'infer'
once = train(batches())
eight, whole = batches(), batches(drop_remainder=True)
# name: (the Estimator, its calls, the modes of those that find their graph)
SEQUENCES = {
  'other data of the same shapes': (
    linear(),
    [
      once,
      *(evaluate(batches(rows, seed)) for rows, seed in [(24, 0), (40, 1)]),
    ],
    [EVAL],
  ),
  'another batch size that no shape tells': (
    linear('v1'),
    [once, evaluate(batches(size=8)), evaluate(batches(size=5))],
    [EVAL],
  ),
  'other static shapes, in turn': (
    linear(),
    [once, *map(evaluate, (eight, whole, eight, whole))],
    [EVAL, EVAL],
  ),
  'parts of the input': (
    linear(),
    [
      train(batches(shuffled=True), steps=2),
      evaluate(eight, steps=1),
      train(batches(shuffled=True), steps=2),
      evaluate(eight, steps=2),
      lambda estimator: estimator.train(batches(shuffled=True), max_steps=6),
    ],
    [TRAIN, EVAL, TRAIN],
  ),
  'checkpoints and names': (
    linear('v1'),
    [
      once,
      once,
      evaluate(eight),
      at_first_checkpoint(
        lambda estimator, **kwargs: estimator.evaluate(
          eight, name='first', **kwargs
        )
      ),
      predict(eight),
      at_first_checkpoint(
        lambda estimator, **kwargs: list(estimator.predict(eight, **kwargs))
      ),
    ],
    [TRAIN, EVAL, PREDICT],
  ),
  'initial values, then trained ones': (
    linear(),
    [evaluate(eight), predict(eight), once, evaluate(eight), predict(eight)],
    [EVAL, PREDICT],
  ),
  'keys of predictions': (
    linear(),
    [
      once,
      predict(eight),
      predict(eight, predict_keys=['probabilities']),
      predict(eight, yield_single_examples=False),
      first_of(eight, 2),
      first_of(eight, 2, predict_keys='logits'),
    ],
    [PREDICT] * 4,
  ),
  'two generators at once': (
    linear(),
    [once, predict(eight), interleaved, interleaved],
    [PREDICT] * 2,
  ),
  'hooks that add to the graph': (
    linear(),
    [
      once,
      with_hook(Adding, lambda **k: train(eight, **k)),
      once,
      with_hook(Adding, lambda **k: evaluate(eight, **k)),
      with_hook(Silent, lambda **k: evaluate(eight, **k)),
      evaluate(eight),
      with_hook(Adding, lambda **k: evaluate(eight, **k)),
    ],
    [TRAIN],
  ),
  'hooks that only read': (
    linear('v1'),
    [
      once,
      with_hook(Quiet, lambda **k: train(eight, **k)),
      with_hook(Says, lambda **k: train(eight, **k)),
      train(
        eight, hooks=[v1.train.LoggingTensorHook(['loss'], every_n_iter=1)]
      ),
    ],
    [TRAIN] * 3,
  ),
  'labels that are words': (
    linear(label_vocabulary=['no', 'yes']),
    [train(named), evaluate(named), predict(named)] * 2,
    [TRAIN, EVAL, PREDICT],
  ),
  'a Python generator': (
    linear(),
    [train(generated), evaluate(generated), predict(generated)] * 2,
    [TRAIN, EVAL, PREDICT],
  ),
  'datasets with tables': (
    linear('v1'),
    [train(looked_up), evaluate(looked_up), predict(looked_up)] * 2,
    [TRAIN, EVAL, PREDICT],
  ),
  'tensors of an iterator': (
    linear(),
    [train(tensors), evaluate(tensors), predict(tensors)] * 2,
    [TRAIN, EVAL, PREDICT],
  ),
  'an error, and after it': (
    linear(),
    [
      train(failing),
      train(failing),
      once,
      evaluate(failing),
      evaluate(eight),
      evaluate(failing),
      evaluate(eight),
    ],
    [EVAL],
  ),
  'things in collections': (linear(), [once, cached, cached], []),
  'seeds of the input': (
    linear('v1'),
    [once, seeded, seeded, once],
    [TRAIN] * 2,
  ),
}


@pytest.mark.parametrize('name', SEQUENCES)
def test_a_sequence_of_calls_is_that_of_fresh_graphs(
  name, tmp_path, monkeypatch, hits
):
  """Results, errors and all files; and it is known which ones are fast."""
  make_estimator, calls, expected = SEQUENCES[name]
  kept, fresh = both(make_estimator, calls, tmp_path, monkeypatch)
  assert_equal(kept, fresh)
  assert hits == expected
