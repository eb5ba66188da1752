"""Trains with every kind of optimizer that programs pass."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.canned import neutral
from tfcompat_estimator.canned import baseline, dnn, dnn_linear_combined, linear
from tfcompat_estimator.optimizers import from_argument
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
legacy = tf_keras.optimizers.legacy
schedules = tf_keras.optimizers.schedules

X = tf.feature_column.numeric_column('x', shape=3)
INPUT_FN = neutral.input_fn(['x'], 'yb')


class Inverse(schedules.LearningRateSchedule):
  """A schedule that no configuration knows: 0.5 / (step + 1)."""

  def __call__(self, step):
    return 0.5 / (tf.cast(step, tf.float32) + 1.0)


def used_adagrad():
  optimizer = legacy.Adagrad(0.1)
  optimizer.apply_gradients([(tf.constant([1.0]), tf.Variable([1.0]))])
  return optimizer


def v1_decay():
  step = v1.train.get_global_step()
  return v1.train.GradientDescentOptimizer(
    v1.train.exponential_decay(0.1, step, 1, 0.5)
  )


def make(cls, folder, optimizer):
  config = run_config.RunConfig(
    model_dir=str(folder), tf_random_seed=1, save_summary_steps=None
  )
  return cls([4], [X], optimizer=optimizer, config=config)


# Made when a test needs them: eager variables are made with some.
V2 = {
  'name': lambda: 'Adam',
  'legacy instance': lambda: legacy.Adam(0.01),
  'legacy instance, used before': used_adagrad,
  'legacy instance, schedule': lambda: legacy.SGD(Inverse()),
  'legacy instance, function': lambda: legacy.SGD(lambda: 0.1),
  'legacy class': lambda: legacy.Ftrl,
  'legacy function': lambda: lambda: legacy.RMSprop(Inverse()),
  'new instance': lambda: tf_keras.optimizers.Adam(0.01),
  'new class': lambda: tf_keras.optimizers.SGD,
  'new function': lambda: lambda: tf_keras.optimizers.Adagrad(0.1),
  'Keras 3 instance': lambda: keras.optimizers.Adam(0.01),
  'Keras 3 class': lambda: keras.optimizers.SGD,
  'Keras 3 function': lambda: (
    lambda: keras.optimizers.SGD(
      keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    )
  ),
}
V1 = {
  'name': lambda: 'Adam',
  'instance': lambda: v1.train.AdamOptimizer(0.1),
  'class': lambda: lambda: v1.train.AdagradOptimizer(0.1),
  'function': lambda: v1_decay,
}


@pytest.mark.parametrize('kind', V2)
def test_v2_trains_again_and_elsewhere(kind, tmp_path):
  """One optimizer serves several trainings, as one longer training would."""
  optimizer = V2[kind]()
  split = make(dnn.DNNClassifierV2, tmp_path / 'split', optimizer)
  whole = make(dnn.DNNClassifierV2, tmp_path / 'whole', optimizer)
  first_batch = neutral.input_fn(['x'], 'yb', stop=16)

  split.train(first_batch, steps=2).train(first_batch, steps=1)
  whole.train(first_batch, steps=3)

  assert split.get_variable_value('global_step') == 3
  assert split.get_variable_names() == whole.get_variable_names()
  for name in whole.get_variable_names():
    np.testing.assert_allclose(
      split.get_variable_value(name), whole.get_variable_value(name), 1e-5
    )


@pytest.mark.parametrize('kind', V1)
def test_v1_trains_again(kind, tmp_path):
  """One optimizer serves several trainings."""
  estimator = make(dnn.DNNClassifier, tmp_path, V1[kind]())

  estimator.train(INPUT_FN, steps=2).train(INPUT_FN, steps=1)

  assert estimator.get_variable_value('global_step') == 3


def test_schedules_follow_the_global_step(tmp_path):
  """Steps of decaying size: after a resumption they go on decaying."""
  estimator = baseline.BaselineRegressorV2(
    str(tmp_path), optimizer=lambda: legacy.SGD(Inverse())
  )
  one = neutral.input_fn(['x'], 'yr', batch_size=1, stop=1)
  label = neutral.data()['label/yr'][0, 0]

  biases = [
    estimator.train(one, steps=1).get_variable_value('baseline/bias')[0]
    for _ in range(3)
  ]

  expected = [0.0]
  for step in range(3):
    gradient = 2 * (expected[-1] - label)
    expected.append(expected[-1] - 0.5 / (step + 1) * gradient)
  np.testing.assert_allclose(biases, expected[1:], rtol=1e-5, atol=1e-6)


def learning_rates(estimator):
  """The learning rates that the graph of a training step holds, by name."""
  with tf.Graph().as_default() as graph:
    v1.train.create_global_step()
    features = {'x': tf.zeros([2, 3])}
    labels = tf.zeros([2, 1], tf.int64)
    estimator.model_fn(features, labels, 'train', estimator.config)
    return {
      op.name: round(float(tf.get_static_value(op.outputs[0])), 6)
      for op in graph.get_operations()
      if op.type == 'Const'
      and 'learning_rate_power' not in op.name
      and op.name.split('/Initializer')[0].endswith('learning_rate')
    }


RATES = [
  (dnn.DNNClassifierV2, [0.001], 'Adagrad'),
  (dnn.DNNClassifierV2, [0.01], 'SGD'),
  (dnn.DNNClassifier, [0.05], 'Adagrad'),
  (linear.LinearClassifierV2, [0.2], 'SGD'),
  (linear.LinearClassifier, [0.2], 'Adagrad'),
  (baseline.BaselineClassifierV2, [0.3], 'SGD'),
  (baseline.BaselineClassifier, [0.3], 'Adagrad'),
  (dnn_linear_combined.DNNLinearCombinedClassifierV2, [0.001, 0.005], 'SGD'),
  (dnn_linear_combined.DNNLinearCombinedClassifier, [0.001, 0.005], 'Adagrad'),
]


@pytest.mark.parametrize(('cls', 'rates', 'name'), RATES)
def test_learning_rates_of_names(cls, rates, name, tmp_path):
  """Each estimator has its own default rate for optimizers given by name."""
  arguments = {
    'DNN': {'hidden_units': [2], 'feature_columns': [X], 'optimizer': name},
    'Linear': {'feature_columns': [X], 'optimizer': name},
    'Baseline': {'optimizer': name},
    'DNNLinearCombined': {
      'linear_feature_columns': [X],
      'dnn_feature_columns': [X],
      'dnn_hidden_units': [2],
      'linear_optimizer': name,
      'dnn_optimizer': name,
    },
  }[cls.__name__.split('Classifier')[0]]

  estimator = cls(model_dir=str(tmp_path), **arguments)

  assert sorted(learning_rates(estimator).values()) == rates


def test_two_optimizers_of_a_combined_model(tmp_path):
  """Each trains its own network; both may be of new styles."""
  estimator = dnn_linear_combined.DNNLinearCombinedClassifierV2(
    str(tmp_path),
    linear_feature_columns=[X],
    linear_optimizer=keras.optimizers.SGD(0.1),
    dnn_feature_columns=[X],
    dnn_hidden_units=[2],
    dnn_optimizer=tf_keras.optimizers.Adam(0.0),
  )

  estimator.train(INPUT_FN, steps=1)
  before = {
    name: estimator.get_variable_value(name)
    for name in ('dnn/logits/kernel', 'linear/linear_model/x/weights')
  }
  estimator.train(INPUT_FN, steps=2)

  assert estimator.get_variable_value('global_step') == 3
  np.testing.assert_array_equal(
    estimator.get_variable_value('dnn/logits/kernel'),
    before['dnn/logits/kernel'],
  )
  assert np.all(
    estimator.get_variable_value('linear/linear_model/x/weights')
    != before['linear/linear_model/x/weights']
  )


@pytest.mark.parametrize(
  'resolve', [from_argument.resolve_v1, from_argument.resolve_v2]
)
@pytest.mark.parametrize('wrong', ['Bogus', 'adam', 5, None, lambda: 5])
def test_anything_else_is_refused(resolve, wrong):
  """The error names the argument and what it was."""
  with pytest.raises(ValueError, match='optimizer') as raised:
    resolve(wrong)

  assert str(wrong() if callable(wrong) else wrong) in str(raised.value)


class Counting(legacy.Optimizer):
  """Updates nothing but its iterations, and counts its calls."""

  def __init__(self):
    super().__init__('Counting')
    self.calls = 0
    self.names = []

  def get_updates(self, loss, params):
    self.calls += 1
    self.names += [variable.name for variable in params]
    assert loss.shape.rank == 0
    return [self.iterations.assign_add(1).op]

  def get_config(self):
    return super().get_config()


SHOWN = {
  'Adam': lambda: legacy.Adam(0.1),
  'SGD, read before': lambda: _read(legacy.SGD(0.1)),
  'with get_updates': Counting,
}


def _read(optimizer):
  """After its learning rate and count were looked at, which makes variables."""
  assert optimizer.learning_rate.numpy()
  assert optimizer.iterations.numpy() == 0
  return optimizer


@pytest.mark.parametrize('kind', SHOWN)
def test_the_users_optimizer_shows_the_iterations(kind, tmp_path):
  """They are the global step, by whose name it can be read, time and again."""
  optimizer = SHOWN[kind]()
  for folder in ('a', 'b'):
    estimator = make(dnn.DNNClassifierV2, tmp_path / folder, optimizer)
    for steps in (2, 4):
      estimator.train(INPUT_FN, max_steps=steps)
      name = optimizer.iterations.name
      assert name == 'global_step:0'
      assert estimator.get_variable_value(name) == steps


def test_the_users_optimizer_shows_its_slots(tmp_path):
  """And a learning rate that is assigned to it holds for the next model."""
  optimizer = legacy.Adam(0.1)
  estimator = make(dnn.DNNClassifierV2, tmp_path, optimizer)
  estimator.train(INPUT_FN, steps=1)
  assert optimizer.get_slot_names() == ['m', 'v']
  assert len(optimizer.weights) == 9

  optimizer.learning_rate = 0.25
  estimator = make(dnn.DNNClassifierV2, tmp_path / 'next', optimizer)
  estimator.train(INPUT_FN, steps=1)
  assert estimator.get_variable_value('training/Adam/learning_rate') == 0.25


def test_an_own_get_updates_is_called(tmp_path):
  """Once a training; what it notes is seen on the user's object."""
  optimizer = Counting()
  estimator = make(dnn.DNNClassifierV2, tmp_path, optimizer)
  estimator.train(INPUT_FN, steps=1)
  assert optimizer.calls == 1
  assert 'dnn/logits/kernel:0' in optimizer.names
  estimator.train(INPUT_FN, steps=1)
  assert optimizer.calls == 2


class Bare(legacy.Optimizer):
  """Overrides all that it needs, and never initializes its base."""

  def __init__(self):
    self.names = []

  def get_updates(self, loss, params):
    self.names = [variable.name for variable in params]
    return [self.iterations.assign_add(1)]


class OwnCount(Bare):
  """Keeps its count itself, as the reference asks of such a class."""

  @property
  def iterations(self):
    return self.count

  @iterations.setter
  def iterations(self, variable):
    self.count = variable


@pytest.mark.parametrize('cls', [Bare, OwnCount])
def test_an_optimizer_without_the_init_of_its_base(cls, tmp_path):
  """The object itself is asked for its updates, in each training."""
  optimizer = cls()
  estimator = make(dnn.DNNClassifierV2, tmp_path, optimizer)
  for steps in (2, 3):
    optimizer.names = []
    estimator.train(INPUT_FN, max_steps=steps)

    assert 'dnn/logits/kernel:0' in optimizer.names
    assert estimator.get_variable_value('global_step') == steps
