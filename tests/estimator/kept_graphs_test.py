"""Tests that calls with kept graphs are those with graphs built anew."""

import gc
import random
import threading
import weakref

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator as tfe
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
  """The modes of the calls that used a graph again, in a list."""
  found = []
  use = kept_graphs.Kept.use

  def watched(self, graph):
    found.append(getattr(self.built[0], 'mode', EVAL))
    use(self, graph)

  monkeypatch.setattr(kept_graphs.Kept, 'use', watched)
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
  """Its last batches have labels of no class."""
  good = batches()()
  return good.concatenate(good.map(lambda x, y: (x, y + 7)))


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

  def called(estimator):
    return call(hooks=[hook()], **kwargs)(estimator)

  return called


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


def keras_model(library='tf_keras', dropout=0.0):
  """Makes Estimators of a compiled Keras model."""
  library = {'tf_keras': tf_keras, 'keras': pytest.importorskip('keras')}[
    library
  ]
  layers = library.layers
  model = library.Sequential(
    [
      layers.Dense(3, activation='relu'),
      layers.BatchNormalization(),
      layers.Dropout(dropout),
      layers.Dense(1),
    ]
  )
  model.build((None, 2))
  model.compile('adam', 'mse', metrics=['mae'])

  def make_estimator(model_dir):
    config = run_config.RunConfig(model_dir=model_dir, **CONFIG)
    return namespaces.KERAS.estimator.model_to_estimator(model, config=config)

  return make_estimator


def numbers():
  """Batches of numbers alone."""
  return batches()().map(lambda x, y: (x['x'], tf.cast(y[:, None], tf.float32)))


@pytest.mark.eager
@pytest.mark.parametrize('library', ['tf_keras', 'keras'])
def test_keras_models_are_those_of_fresh_graphs(
  library, tmp_path, monkeypatch, hits
):
  """Seeds of initializers, which Keras draws anew each time, apart."""
  draws = []
  monkeypatch.setattr(random, 'randint', lambda *_: draws.append(1) or 7)
  calls = [train(numbers), evaluate(numbers), predict(numbers)]
  calls = [*calls, *calls, train(numbers)]
  make_estimator = keras_model(library)
  kept = outcome(make_estimator, calls, str(tmp_path / 'kept_'))
  count = len(draws)
  monkeypatch.setenv(SWITCH, '0')
  fresh = outcome(make_estimator, calls, str(tmp_path / 'fresh'))
  assert_equal(kept, fresh)
  # Drawn without effect on their state, these seeds are not repeated.
  assert hits == [EVAL, PREDICT, TRAIN]  # the first training is a warm start
  assert 0 < count < len(draws)


@pytest.mark.eager
def test_the_programs_random_numbers_go_on_as_ever(tmp_path, monkeypatch, hits):
  """A graph that is not built draws as many seeds."""
  states = []
  for switch in ('1', '0'):
    monkeypatch.setenv(SWITCH, switch)
    random.seed(5)
    estimator = keras_model()(str(tmp_path / switch))
    for call in [train(numbers), evaluate(numbers), evaluate(numbers)]:
      call(estimator)
      states.append(random.random())
  assert hits == [EVAL]
  assert states[:3] == states[3:]


@pytest.mark.eager
def test_seeds_that_steps_draw_from_are_drawn_anew(model_dir, hits):
  """Dropout of Keras 3 has a seed of Python's random numbers."""
  estimator = keras_model('keras', dropout=0.5)(model_dir)
  for call in [train(numbers), train(numbers), evaluate(numbers)] * 2:
    call(estimator)
  assert hits == [EVAL]


def test_without_a_checkpoint_drawn_initial_values_are_new(model_dir, hits):
  """Two evaluations of a network that Keras initializes are not the same."""
  column = fc.sequence_categorical_column_with_identity('id', 9)
  estimator = API['v2'].experimental.RNNClassifier(
    [fc.embedding_column(column, 2)],
    units=[3],
    config=run_config.RunConfig(model_dir=model_dir),
  )

  def sequences():
    return batches()().map(
      lambda x, y: (
        {'id': tf.sparse.from_dense(x['id'][:, None])},
        y[:, None],
      )
    )

  first, second = (estimator.evaluate(sequences)['loss'] for _ in range(2))
  assert first != second
  for call in [train(sequences), evaluate(sequences), evaluate(sequences)]:
    call(estimator)
  assert hits == [EVAL, EVAL]


def test_a_changed_optimizer_changes_the_graph(tmp_path, monkeypatch, hits):
  """Instances of Keras, and what functions of the program read."""
  rates = {'rate': 0.1}
  optimizers = {}

  def estimator_of(model_dir):
    rates['rate'] = 0.1
    own = tf_keras.optimizers.legacy.SGD(0.1)
    optimizers[model_dir] = own
    return make(
      'DNNLinearCombinedClassifier',
      model_dir,
      'v2',
      linear_feature_columns=WIDE,
      linear_optimizer=own,
      dnn_feature_columns=DEEP,
      dnn_hidden_units=[3],
      dnn_optimizer=lambda: tf_keras.optimizers.legacy.SGD(rates['rate']),
    )

  def slower(estimator):
    optimizers[estimator.model_dir].learning_rate = 0.01

  def other_closure(estimator):
    rates['rate'] = 0.02

  calls = [once, once, slower, once, once, other_closure, once, once]
  kept, fresh = both(estimator_of, calls, tmp_path, monkeypatch)
  assert_equal(kept, fresh)
  assert hits == [TRAIN] * 3


def test_a_warm_start_is_made_anew(tmp_path, monkeypatch, hits):
  """What it reads may have changed; later calls do not read it."""
  first = linear()(str(tmp_path / 'first'))
  first.train(batches(), steps=2)
  kept, fresh = both(
    linear(warm_start_from=first.model_dir),
    [evaluate(eight), evaluate(eight), once, once, once, evaluate(eight)],
    tmp_path,
    monkeypatch,
  )
  assert_equal(kept, fresh)
  assert hits == [TRAIN]


def test_flags_that_change_what_is_built_are_told(model_dir, hits):
  """A graph of resource variables serves no program without them."""
  estimator = linear('v1')(model_dir)
  estimator.train(batches(), steps=1)
  estimator.evaluate(batches())
  was = tf_keras.backend.epsilon()
  tf_keras.backend.set_epsilon(0.01)
  try:
    estimator.evaluate(batches())
  finally:
    tf_keras.backend.set_epsilon(was)
  assert not hits
  estimator.evaluate(batches())
  assert hits == [EVAL]


def test_only_the_input_is_built_again(model_dir, monkeypatch):
  """The operations that a later call makes are those of its input."""
  estimator = linear()(model_dir)
  made = []
  create = tf.Graph._create_op_internal  # noqa: SLF001

  def counted(self, *args, **kwargs):
    operation = create(self, *args, **kwargs)
    made[-1] += not getattr(self, 'outer_graph', None)
    return operation

  monkeypatch.setattr(tf.Graph, '_create_op_internal', counted)
  for call in ROUND * 2:
    made.append(0)
    call(estimator)
  assert all(
    later < 40 < first for first, later in zip(made[:3], made[3:], strict=True)
  ), made


def test_the_input_of_a_call_is_let_go(model_dir):
  """Arrays, generators and what their functions hold, of both calls."""
  estimator = linear()(model_dir)
  references = []

  class Rows:
    def __init__(self):
      self.rows = list(
        zip(*[arrays()[0][key] for key in ('x', 'word', 'id')], strict=True)
      )

    def __call__(self):
      for (x, word, number), label in zip(self.rows, arrays()[1], strict=True):
        yield {'x': x, 'word': word, 'id': number}, label

  def input_fn():
    rows = Rows()
    references.append(weakref.ref(rows))
    spec = {
      'x': tf.TensorSpec([2], tf.float32),
      'word': tf.TensorSpec([], tf.string),
      'id': tf.TensorSpec([], tf.int64),
    }
    return tf.data.Dataset.from_generator(
      rows, output_signature=(spec, tf.TensorSpec([], tf.int64))
    ).batch(8)

  for call in [train(input_fn), evaluate(input_fn), predict(input_fn)] * 2:
    call(estimator)
  gc.collect()
  assert len(kept_graphs.cache) == 3
  assert [reference() for reference in references] == [None] * 6


def test_a_kept_graph_has_none_of_the_data(model_dir):
  """Constants of the input are in the graph of the call only."""
  estimator = linear()(model_dir)
  estimator.train(batches(rows=4096), steps=1)
  (kept,) = kept_graphs.cache._kept.values()  # noqa: SLF001
  assert kept.graph.as_graph_def().ByteSize() < 300_000
  assert kept.graph.finalized


def test_threads_do_not_share_a_graph(model_dir, hits):
  """Of calls at once one has the kept graph; all give the same."""
  estimator = linear()(model_dir)
  estimator.train(batches(), steps=2)
  expected = estimator.evaluate(batches())
  results = []
  threads = [
    threading.Thread(
      target=lambda: results.append(estimator.evaluate(batches()))
    )
    for _ in range(3)
  ]
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()
  assert results == [expected] * 3
  assert hits


def test_few_graphs_are_kept(tmp_path):
  """And those of estimators that are no more are dropped."""
  estimators = [
    make('BaselineRegressor', str(tmp_path / str(number)), 'v2')
    for number in range(10)
  ]
  for estimator in estimators:
    estimator.train(batches(), steps=1)
  assert len(kept_graphs.cache) == 8
  del estimators[4:], estimator
  gc.collect()
  assert len(kept_graphs.cache) == 2


def test_a_model_fn_is_called_again_unless_it_says_so(model_dir, hits):
  """`keeps_graph` is for those that only build the model."""
  called = []

  def model_fn(features, labels, mode, params):
    called.append(mode)
    weight = v1.get_variable('w', [], initializer=v1.zeros_initializer())
    loss = tf.reduce_mean(tf.square(features['x'] - weight - params['by']))
    optimizer = v1.train.GradientDescentOptimizer(0.1)
    return API['v2'].EstimatorSpec(
      mode,
      predictions=features['x'] * weight,
      loss=loss,
      train_op=optimizer.minimize(loss, v1.train.get_global_step()),
    )

  for function, count in ((model_fn, 6), (tfe.keeps_graph(model_fn), 3)):
    called.clear()
    estimator = API['v2'].Estimator(function, model_dir, params={'by': 0.5})
    for call in ROUND * 2:
      call(estimator)
    assert len(called) == count
  assert hits == [TRAIN, EVAL, PREDICT]


def test_train_and_evaluate_uses_graphs_again(model_dir, hits):
  """Its own hooks and listeners add nothing."""
  estimator = linear()(model_dir)
  for steps in (4, 8):
    API['v2'].train_and_evaluate(
      estimator,
      API['v2'].TrainSpec(batches(), max_steps=steps),
      API['v2'].EvalSpec(batches(), throttle_secs=0),
    )
  assert hits == [TRAIN, EVAL]


def test_a_subclass_with_steps_of_its_own_builds_each_time(model_dir, hits):
  """Steps may do anything."""

  class Mine(API['v2'].LinearClassifier):
    def _assert_members_are_not_overridden(self):
      pass

    def _call_model_fn(self, *args, **kwargs):
      return super()._call_model_fn(*args, **kwargs)

  class Plain(API['v2'].LinearClassifier):
    def more(self):
      return 1

  for cls, expected in ((Mine, []), (Plain, [TRAIN])):
    estimator = cls(WIDE, model_dir)
    for _ in range(2):
      estimator.train(batches(), steps=1)
    assert hits == expected
