"""Tests which executor a function is called through, and that all is the same."""

import numpy as np
import pytest
import tensorflow as tf

from tests import loss_hook, tiny
from tfcompat_estimator import _tf
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs
from tfcompat_estimator.session_emulation.run import emulated_session, executors

v1 = tf.compat.v1
MANY = 100  # calls, after which the executor is chosen


def model_fn(features, labels, mode):
  """A model with variables, random numbers, a table and a metric."""
  table = tf.lookup.StaticHashTable(
    tf.lookup.KeyValueTensorInitializer([0, 1], [0.5, 2.0]), 1.0
  )
  w = v1.get_variable('w', [3, 1], initializer=v1.ones_initializer())
  noise = tf.random.normal([1], seed=4)
  logits = tf.matmul(features, w) + noise + table.lookup(tf.constant(1))
  loss = v1.losses.mean_squared_error(labels, logits)
  optimizer = v1.train.AdamOptimizer(0.01)
  return estimator_specs.EstimatorSpec(
    mode,
    loss=loss,
    train_op=optimizer.minimize(loss, v1.train.get_global_step()),
  )


def input_fn():
  """Shuffled, mapped in parallel by Python."""
  x = np.random.RandomState(0).normal(size=[64, 3]).astype(np.float32)
  dataset = tf.data.Dataset.from_tensor_slices((x, x[:, :1]))
  return (
    dataset.repeat()
    .shuffle(32, seed=1)
    .map(
      lambda x, y: (
        tf.ensure_shape(tf.numpy_function(np.negative, [x], tf.float32), [3]),
        y,
      ),
      num_parallel_calls=2,
    )
    .batch(8)
    .prefetch(1)
  )


def _losses(model_dir):
  hook = loss_hook.Losses()
  config = tiny.run_config.RunConfig(tf_random_seed=1)
  estimator = base_estimator.EstimatorV2(model_fn, model_dir, config)
  estimator.train(input_fn, hooks=[hook], steps=MANY)
  return hook.values


def test_the_executor_changes_no_loss(monkeypatch, tmp_path):
  """A hundred losses with the executor of one thread and without."""
  monkeypatch.setattr(executors, 'SLOW_CALL_SECONDS', 0.0)
  usual = _losses(str(tmp_path / 'usual'))
  monkeypatch.setattr(executors, 'SLOW_CALL_SECONDS', float('inf'))
  monkeypatch.setattr(executors, 'TRIAL_CALLS', 5)

  assert _losses(str(tmp_path / 'one')) == usual
  assert len(set(usual)) == MANY


def _cond(x):
  return v1.cond(x > 0, lambda: x, lambda: -x)


def _while(x):
  return tf.while_loop(lambda y: y < 5, lambda y: y + 1, [x])


def _python(x):
  return v1.py_func(lambda value: value, [x], tf.float32)


def _queue(x):
  queue = v1.FIFOQueue(3, tf.float32)
  with tf.control_dependencies([queue.enqueue(x)]):
    return queue.dequeue()


def _reference(x):
  variable = v1.Variable(0.0, use_resource=False)
  # With this no resource takes the variable's place.
  chosen = tf.raw_ops.RefSelect(index=0, inputs=[variable.op.outputs[0]])
  return tf.identity(chosen) + x


SIMPLE = {'plain': tf.negative}
OTHERS = {
  'cond': _cond,
  'while': _while,
  'Python': _python,
  'queue': _queue,
  'reference': _reference,
}


@pytest.mark.parametrize('control_flow_v2', [False, True])
@pytest.mark.parametrize('case', [*SIMPLE, *OTHERS])
def test_only_what_it_can_run_is_tried_in_one_thread(case, control_flow_v2):
  """Control flow of both kinds, Python, queues and references stay as usual."""
  before = v1.control_flow_v2_enabled()
  switch = {True: v1.enable_control_flow_v2, False: v1.disable_control_flow_v2}
  switch[control_flow_v2]()
  try:
    with tf.Graph().as_default():
      y = {**SIMPLE, **OTHERS}[case](tf.add(tf.random.uniform([]), 1.0))
      with emulated_session.EmulatedSession() as session:
        session.run(v1.global_variables_initializer())
        for _ in range(MANY):
          assert np.abs(session.run(y)) >= 1
        with _tf.eager_mode():
          simple = executors.is_simple(session.function(tf.nest.flatten(y), []))
  finally:
    switch[before]()

  assert simple == (case in SIMPLE)


class Calls:
  """A function that takes as long as it is told, by a clock of its own."""

  def __init__(self, usual, in_one_thread):
    self.compiled = function_of_one_op()
    self.now = 0.0
    self.executors: list[bytes] = []
    self._seconds = {b'': usual, b'SINGLE_THREADED_EXECUTOR': in_one_thread}

  def __call__(self):
    options = _tf.eager_context().function_call_options
    executor = (options.executor_type or '').encode()
    self.executors.append(executor)
    self.now += self._seconds[executor]
    return []


def function_of_one_op():
  """A function that the executor of one thread can run."""
  return tf.function(lambda: tf.constant(1)).get_concrete_function()


@pytest.mark.parametrize(
  ('usual', 'in_one_thread', 'chosen'),
  [
    (0.0002, 0.0001, b'SINGLE_THREADED_EXECUTOR'),
    (0.0001, 0.0002, b''),
    (0.0020, 0.0001, b''),  # too slow to be tried
  ],
)
def test_the_faster_executor_is_chosen(usual, in_one_thread, chosen):
  """By the fastest call through each of the two."""
  function = Calls(usual, in_one_thread)
  call = executors.FasterCalls(function, clock=lambda: function.now)
  for _ in range(MANY):
    call()

  assert set(function.executors[-10:]) == {chosen}
