"""Checks when the speed of a training is told, and what it is."""

import pytest
import tensorflow as tf

from tests.tpu import tpu_estimator_test
from tfcompat_estimator.tpu import examples_per_second

v1 = tf.compat.v1


# iterations_per_loop, log_step_count_steps -> the steps of speeds
SPEEDS = {
  'each loop a step': ((1, 2), [3, 5, 7, 9]),
  'a loop of two steps': ((2, 4), [3, 5, 7, 9]),
  'rounded up': ((2, 5), [4, 7]),
  'never': ((2, None), None),
}


@pytest.mark.parametrize('case', SPEEDS)
def test_speed(case, model_dir):
  """Steps and examples a second are recorded by loops, at known steps."""
  (loop, log_steps), expected = SPEEDS[case]
  made = tpu_estimator_test.make(
    config=tpu_estimator_test.settings(
      model_dir, loop, log_step_count_steps=log_steps, save_summary_steps=2
    )
  )
  made.train(tpu_estimator_test.train_input, max_steps=9)
  found = tpu_estimator_test.tags(model_dir)

  assert found.pop('loss') == [1, 3, 5, 7, 9]
  names = () if expected is None else ('examples/sec', 'global_step/sec')
  assert found == dict.fromkeys(names, expected)


def test_speed_by_time(model_dir, caplog):
  """A loop that is a time logs at the end of that time."""
  caplog.set_level('INFO')
  made = tpu_estimator_test.make(
    config=tpu_estimator_test.settings(model_dir, '1h', save_summary_steps=0)
  )
  made.train(tpu_estimator_test.train_input, steps=2)

  assert 'examples/sec' not in tpu_estimator_test.tags(model_dir)


@pytest.mark.parametrize('batch_size', [None, 32])
def test_examples_are_counted_where_their_number_is_known(
  batch_size, caplog, tmp_path
):
  """Steps are in any case."""
  caplog.set_level('INFO')
  hook = examples_per_second.hook(batch_size, 1, (1, 'count'), None)
  with tf.Graph().as_default():
    step = v1.train.create_global_step()
    next_step = step.assign_add(1)
    with v1.train.SingularMonitoredSession([hook]) as session:
      for _ in range(3):
        session.run(next_step)

  assert 'global_step/sec' in caplog.text
  assert ('examples/sec' in caplog.text) == (batch_size is not None)
