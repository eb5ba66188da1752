"""Tests kept graphs of Keras models, and of seeds that Keras draws."""

import random

import pytest
import tensorflow as tf
import tf_keras

from tests.estimator.keeping import (
  API,
  CONFIG,
  EVAL,
  PREDICT,
  SWITCH,
  TRAIN,
  assert_equal,
  batches,
  evaluate,
  outcome,
  predict,
  train,
)
from tfcompat_estimator.api import namespaces
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column


@pytest.fixture(autouse=True)
def no_seeds_of_keras(monkeypatch):
  """Other tests of this process may have called `set_random_seed`."""
  seeds = tf_keras.src.backend._SEED_GENERATOR  # noqa: SLF001
  monkeypatch.setattr(seeds, 'generator', None, raising=False)


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
