"""Tests that calls with kept graphs are those with graphs built anew."""

import threading

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
from tfcompat_estimator.session_emulation.passes import pipeline

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


def test_programs_are_found_again(model_dir, monkeypatch):
  """But the one that makes the iterator, since it takes the data of the call."""
  estimator = linear()(model_dir)
  made = []
  run = pipeline.run

  def noted(nodes, context):
    made[-1].append(list(context.targets))
    run(nodes, context)

  monkeypatch.setattr(pipeline, 'run', noted)
  for call in [
    train(batches(), steps=30),
    evaluate(batches()),
    predict(batches()),
  ] * 3:
    made.append([])
    call(estimator)
  assert all(len(programs) > 2 for programs in made[:6])
  later = [[name for names in programs for name in names] for programs in made]
  assert later[6:] == [['MakeIterator']] * 3


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
