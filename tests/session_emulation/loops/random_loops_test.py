"""Compares what a training draws in loops with a real Session."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs, run_config
from tfcompat_estimator.session_emulation.loops import loop

v1 = tf.compat.v1
STEPS = 60
KEPT = 'drawn'


def _draws():
  """Numbers of several ops, in branches and in a loop of TF 1 or 2."""
  step = v1.train.get_or_create_global_step()
  on = tf.equal(step % 3, 0)
  shuffled = tf.random.shuffle(tf.range(9))[0]
  masked = tf.random.categorical([[0.0, 1.0, 2.0, 3.0]], 1)[0, 0]
  branch = tf.cond(
    on, lambda: tf.random.gamma([], 2.0), lambda: tf.constant(-1.0)
  )
  _, looped = tf.while_loop(
    lambda i, _: i < 3,
    lambda i, total: (i + 1, total + tf.random.uniform([], seed=5)),
    [0, 0.0],
    parallel_iterations=1,
  )
  dropped = v1.nn.dropout(tf.ones([4]), rate=0.5)
  return tf.stack(
    [
      tf.cast(shuffled, tf.float32),
      tf.cast(masked, tf.float32),
      branch,
      looped,
      tf.reduce_sum(dropped * [1.0, 2.0, 4.0, 8.0]),
    ]
  )


def model_fn(features, labels, mode):
  """Keeps what it draws in each step."""
  del features, labels
  kept = v1.get_variable(KEPT, [STEPS, 5], initializer=tf.zeros_initializer())
  step = v1.train.get_or_create_global_step()
  drawn = _draws()
  v1.summary.scalar('first', drawn[0])
  note = v1.scatter_update(kept, step, drawn)
  with tf.control_dependencies([note]):
    train_op = v1.assign_add(step, 1)
  return estimator_specs.EstimatorSpec(
    mode, loss=tf.reduce_sum(drawn), train_op=train_op
  )


def _in_a_session():
  with tf.Graph().as_default() as graph:
    v1.set_random_seed(4)
    spec = model_fn(*_input_fn(), 'train')
    summary = v1.summary.merge_all()
    (kept,) = (v for v in v1.global_variables() if v.op.name == KEPT)
    with v1.Session(graph=graph) as session:
      session.run(v1.global_variables_initializer())
      for number in range(STEPS):
        more = [summary] if number % 25 == 0 else []
        session.run([spec.train_op, spec.loss, *more])
      return session.run(kept.read_value())


def _input_fn():
  v1.train.get_or_create_global_step()
  return tf.constant([1.0]), tf.constant([1.0])


@pytest.mark.parametrize('fused', ['1', '0'])
@pytest.mark.parametrize('version', [1, 2])
def test_a_training_draws_what_a_session_draws(
  version, fused, monkeypatch, tmp_path, fused_from_the_second_run_on
):
  """In loops and step by step, with summaries now and then; nothing twice."""
  del fused_from_the_second_run_on
  monkeypatch.setenv('TFCOMPAT_FUSED_STEPS', fused)
  loops = []
  call = loop.Loop.__call__
  monkeypatch.setattr(
    loop.Loop, '__call__', lambda *args: loops.append(1) or call(*args)
  )
  was = v1.control_flow_v2_enabled()
  switch = {1: v1.disable_control_flow_v2, 2: v1.enable_control_flow_v2}
  switch[version]()
  try:
    estimator = base_estimator.EstimatorV2(
      model_fn,
      str(tmp_path),
      run_config.RunConfig(tf_random_seed=4, save_summary_steps=25),
    )
    estimator.train(_input_fn, steps=STEPS)
    theirs = _in_a_session()
  finally:
    switch[2 if was else 1]()

  assert bool(loops) == (fused == '1')
  ours = estimator.get_variable_value(KEPT)
  np.testing.assert_array_equal(ours, theirs)
  assert len({tuple(row) for row in ours}) == STEPS
