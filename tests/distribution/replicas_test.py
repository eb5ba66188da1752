"""Trains and evaluates on two logical CPUs, in a process that has them."""

import re

import numpy as np
import pytest

PROGRAM = '../../distribution/replica_behaviours'
SEEN = (
  'trained_by_each',
  'hooks_of_the_first_replica',
  'odd_batch',
  'keras_optimizers',
  'contexts',
  'callable_input',
  'life',
  'warm_start',
  'early_stopping',
  'in_memory',
  'runs_of_long_training',
  'refusals',
  'broken_model',
)


@pytest.fixture(scope='module', params=[None, 'v2_behavior'])
def seen(ours, tmp_path_factory, request):
  """What each function of the program returned, also in a program of TF 1."""
  folder = str(tmp_path_factory.mktemp('replicas'))
  return ours.call(
    PROGRAM, 'observe', names=SEEN, folder=folder, without=request.param
  )


def descended(*means):
  """The weight after steps of gradient descent towards these means."""
  weight = 0.0
  for mean in means:
    weight += 0.1 * 2 * (mean - weight)
  return weight


@pytest.mark.parametrize(
  'name',
  ['Mirrored', 'Default', 'v1 Mirrored', 'CentralStorage', 'v1 CentralStorage'],
)
def test_two_replicas_take_a_batch_each(seen, name):
  """A step goes towards the mean of two batches; ON_READ variables add up."""
  values = seen['trained_by_each'][name]
  np.testing.assert_allclose(values['w'], descended(2, 6), rtol=1e-6)
  assert values['seen'] == 1 + 3 + 5 + 7
  assert values['mean'] == 4


@pytest.mark.parametrize('name', ['OneDevice', 'v1 OneDevice'])
def test_one_replica_takes_every_batch(seen, name):
  """The strategy of one device trains as without a strategy."""
  values = seen['trained_by_each'][name]
  np.testing.assert_allclose(values['w'], descended(1, 3), rtol=1e-6)
  assert values['seen'] == 1 + 3
  assert values['mean'] == 4


def test_hooks_are_those_of_the_first_replica(seen):
  """Each hook of a spec is used once, not once a replica."""
  assert seen['hooks_of_the_first_replica'] == {
    'training_hooks': 1,
    'training_chief_hooks': 1,
    'evaluation_hooks': 1,
  }


def test_an_odd_last_batch_is_not_trained(seen):
  """Where the input ends before all replicas have a batch, there is no step."""
  assert seen['odd_batch'][0] == 2


def test_an_odd_last_batch_is_evaluated(seen):
  """All batches count, whether the dataset tells how many there are or not."""
  assert seen['odd_batch'][1] == {
    'all': 3,
    'fewer than replicas': 7,
    'all steps': 3,
    'more steps': 3,
    'fewer steps': 2.5,
    'watched': 3,
    'endless': 3,
    'fused': 2000,
    'of unknown number': 3,
  }


@pytest.mark.parametrize('name', ['tf_keras', 'keras 3'])
def test_new_style_optimizers(seen, name):
  """They train variables of get_variable as on one device with both batches."""
  replicated, alone = seen['keras_optimizers'][name]
  assert replicated == pytest.approx(alone, rel=1e-6)
  assert alone > 0


def test_input_context(seen):
  """An input function may ask which part of the input it is to read."""
  assert seen['contexts'] == [[1, 0, 2], [1, 0, 2]]


def test_an_input_function_may_return_a_function(seen):
  """It is called for the batch of each replica."""
  np.testing.assert_allclose(
    seen['callable_input']['w'], descended(2, 2, 2), rtol=1e-6
  )


def test_life_of_a_model(seen):
  """It is evaluated, exported, asked, and goes on alone and together."""
  life = seen['life']
  five = descended(*[2] * 5)
  np.testing.assert_allclose(life['served'], [five], rtol=1e-6)
  np.testing.assert_allclose(life['predicted'], [five], rtol=1e-6)
  np.testing.assert_allclose(
    life['metrics']['loss'], (2 - five) ** 2, rtol=1e-5
  )
  assert life['step'] == 9
  np.testing.assert_allclose(life['w'], descended(*[2] * 9), rtol=1e-6)
  assert life['seen'] == 5 * 4 + 2 * 2 + 2 * 4


def test_warm_start(seen):
  """Initial values on all devices come from another model."""
  first, second = seen['warm_start']
  np.testing.assert_allclose(first, descended(2), rtol=1e-6)
  np.testing.assert_allclose(second, descended(2, 2), rtol=1e-6)


def test_early_stopping(seen):
  """The flag of an early stopping hook is one variable for all replicas."""
  assert seen['early_stopping'] == 1


def test_in_memory_evaluation(seen):
  """It runs on one device, with the values of training."""
  tags = seen['in_memory']
  assert [step for step, _ in tags['loss']] == [0, 2, 4]
  expected = [
    np.mean([(x - descended(*[1] * n)) ** 2 for x in (1, 3)]) for n in (0, 2, 4)
  ]
  np.testing.assert_allclose(
    [value for _, value in tags['loss']], expected, rtol=1e-5
  )


def test_steps_are_fused(seen):
  """Far fewer runs than steps go through the session."""
  step, runs = seen['runs_of_long_training']
  assert step == 3000
  assert runs < 1500


@pytest.mark.parametrize(
  ('case', 'message'),
  [
    ('kmeans', 'NotImplementedError: KMeansClustering cannot be trained on'),
    ('sdca', 'NotImplementedError: A linear model with LinearSDCA cannot'),
    ('central', 'ValueError: Under .*CentralStorage.*tf.compat.v1.train'),
    ('tensors', 'ValueError: input_fn must return a tf.data.Dataset or a'),
    ('no strategy', "TypeError: train_distribute .*Given: 'two'"),
  ],
)
def test_refusals(seen, case, message):
  """What replicas cannot train is an error that says what can."""
  assert re.match(message, seen['refusals'][case])


def test_errors_of_a_model_function_stay_what_they_are(seen):
  """The reference wraps them in a RuntimeError about user code."""
  assert seen['broken_model'] == 'LookupError: of the model'
