"""Tests that calls with kept graphs are those with graphs built anew."""

import gc
import threading
import weakref

import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator as tfe
from tests.estimator.keeping import (
  API,
  DEEP,
  EVAL,
  PREDICT,
  ROUND,
  TRAIN,
  WIDE,
  arrays,
  assert_equal,
  batches,
  both,
  eight,
  evaluate,
  linear,
  make,
  once,
  predict,
  train,
)
from tfcompat_estimator.estimator import kept_graphs

v1 = tf.compat.v1
fc = tf.feature_column


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


QUICK = [
  ('dnn', 'v2'),
  ('dnn with dropout', 'v1'),
  ('dnn with dropout', 'v2'),
  ('linear', 'v1'),
  ('wide and deep', 'v1'),
  ('wide and deep', 'v2'),
  ('baseline', 'v2'),
]


@pytest.mark.parametrize(
  ('name', 'family'),
  [
    pytest.param(
      name, family, marks=[] if (name, family) in QUICK else pytest.mark.slow
    )
    for name in MODELS
    for family in ('v1', 'v2')
  ],
)
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
      dnn_optimizer=tfe.keeps_graph(
        lambda: tf_keras.optimizers.legacy.SGD(rates['rate'])
      ),
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


def test_nothing_adds_up_in_a_kept_graph(model_dir, hits):
  """Neither operations nor what is in collections."""
  estimator = linear()(model_dir)
  sizes = []
  for _ in range(4):
    estimator.train(batches(), steps=1, hooks=[v1.train.StepCounterHook()])
    (kept,) = kept_graphs.cache._kept.values()  # noqa: SLF001
    graph = kept.graph
    sizes.append(
      [len(graph.get_operations())]
      + [len(graph.get_collection(key)) for key in graph.collections]
    )
  assert hits == [TRAIN] * 3
  assert sizes == sizes[:1] * 4


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


def test_what_takes_much_memory_is_not_kept(model_dir):
  """Such as a model with a long vocabulary in its graph."""
  long = [f'a rather long word {number:0100}' for number in range(150_000)]
  word = fc.categorical_column_with_vocabulary_list('word', ['a', *long])
  estimator = linear(feature_columns=[word])(model_dir)
  estimator.train(batches(), steps=1)
  assert len(kept_graphs.cache) == 1
  estimator.evaluate(batches())
  assert len(kept_graphs.cache) == 1


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

  for count in (6, 3):
    function = tfe.keeps_graph(model_fn) if count == 3 else model_fn
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
