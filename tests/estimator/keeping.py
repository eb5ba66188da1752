"""Offers Estimators, inputs and calls, and compares kept graphs with fresh ones."""

import numpy as np
import tensorflow as tf

from tests.estimator import artefacts
from tfcompat_estimator.api import namespaces
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column
SWITCH = 'TFCOMPAT_KEEP_GRAPHS'
EVAL, TRAIN, PREDICT = 'eval', 'train', 'infer'
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


def plain(value):
  """A result that compares by ==."""
  if isinstance(value, dict):
    return {key: plain(part) for key, part in value.items()}
  if isinstance(value, list | tuple):
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
      results.append(type(error))  # its text may name either of two asserts
      continue
    results.append(None if result is estimator else plain(result))
  return results, artefacts.read(model_dir)


def both(make_estimator, calls, tmp_path, monkeypatch):
  """The outcomes with graphs that are kept, and without."""
  kept = outcome(make_estimator, calls, str(tmp_path / 'kept_'))
  monkeypatch.setenv(SWITCH, '0')
  fresh = outcome(make_estimator, calls, str(tmp_path / 'fresh'))
  monkeypatch.setenv(SWITCH, '1')
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
    # NaN is not equal to itself.
    assert kept == fresh or repr(kept) == repr(fresh), (
      f'{where}: {kept!r:.500} is not {fresh!r:.500}'
    )


def train(input_fn, steps=3, **kwargs):
  return lambda estimator: estimator.train(input_fn, steps=steps, **kwargs)


def evaluate(input_fn, **kwargs):
  return lambda estimator: estimator.evaluate(input_fn, **kwargs)


def predict(input_fn, **kwargs):
  return lambda estimator: list(estimator.predict(input_fn, **kwargs))


ROUND = [train(batches(shuffled=True)), evaluate(batches()), predict(batches())]
eight = batches()
once = train(eight)


def linear(family='v2', **settings):
  """Makes small Estimators, of the path of their directory."""
  settings = {'feature_columns': WIDE, **settings}
  return lambda model_dir: make(
    'LinearClassifier', model_dir, family, **settings
  )
