"""Random trainings with hooks, and what they show to a user.

A descriptor is a dict; `hooks` holds [kind, n, m] rows of `random_hooks.HOOKS`.
"""

import glob
import os

import tensorflow as tf
from hypothesis import strategies as st

from tests.session_emulation.loops import random_hooks
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs, run_config

v1 = tf.compat.v1


def model_fn(features, labels, mode):
  """A layer with noise of a seed; the loss is NaN where a feature is."""
  x = tf.reshape(features, [-1, 1])
  w = v1.get_variable('w', [1, 2], initializer=v1.ones_initializer())
  if mode == 'train':
    x += tf.random.normal(tf.shape(x), stddev=0.1, seed=4)
  y = tf.matmul(x, w)
  loss = tf.reduce_mean(tf.square(y - 0.3), name='own_loss')
  v1.summary.scalar('first', w[0, 0])
  step = v1.train.get_global_step()
  train_op = v1.train.MomentumOptimizer(0.02, 0.5).minimize(loss, step)
  return estimator_specs.EstimatorSpec(
    mode,
    predictions={'y': y},
    loss=loss,
    train_op=train_op,
    eval_metric_ops={'mean': v1.metrics.mean(y)},
  )


def input_fn(case):
  def make():
    values = [0.1 * (i % 7) for i in range(case['batches'])]
    if case['nan_at'] is not None:
      values[case['nan_at'] % len(values)] = float('nan')
    return tf.data.Dataset.from_tensor_slices(
      (tf.constant(values), tf.constant(values))
    ).batch(1)

  return make


SMALL = st.integers(1, 9)


def _rows(kinds):
  row = st.tuples(st.sampled_from(sorted(kinds)), SMALL, SMALL)
  return st.lists(row, max_size=4)


def cases():
  """Strategy of descriptors; in most of them loops can be built."""
  kinds = st.sampled_from(
    [
      random_hooks.AT_TIMES,
      random_hooks.AT_TIMES,
      random_hooks.AT_TIMES,
      tuple(random_hooks.HOOKS),
    ]
  )
  return st.fixed_dictionaries(
    {
      'hooks': kinds.flatmap(_rows),
      'eval_hooks': kinds.flatmap(
        lambda ks: _rows(set(ks) - random_hooks.OF_TRAINING)
      ),
      'steps': st.integers(1, 40),
      'max_steps': st.booleans(),
      'batches': st.integers(1, 50),
      'nan_at': st.sampled_from([None] * 9 + [3, 20]),
      'save_steps': st.sampled_from([None, *range(1, 12)]),
      'summary_steps': st.integers(0, 9),
      'log_steps': st.sampled_from([None, 1, 2, 5]),
      'stop_at': st.sampled_from([None, None, None, 4, 9]),
      'calls': st.sampled_from(['t', 'te', 'tt', 'tep', 'tet']),
    }
  )


def _made(rows, seen):
  return [random_hooks.HOOKS[kind](seen, n, m) for kind, n, m in rows]


def run(case, folder):
  """What the case's calls show: values, hook calls, files, errors."""
  calls = []
  seen = random_hooks.Seen(calls, os.path.join(folder, 'own'))
  config = run_config.RunConfig(
    tf_random_seed=1,
    save_checkpoints_steps=case['save_steps'],
    save_checkpoints_secs=None if case['save_steps'] else random_hooks.NEVER,
    save_summary_steps=case['summary_steps'],
    log_step_count_steps=case['log_steps'],
  )
  estimator = base_estimator.EstimatorV2(model_fn, folder, config)
  lines = [
    _result_or_error(_CALLS[call], case, estimator, seen)
    for call in case['calls']
  ]
  return {
    'calls': calls,
    'results': lines,
    'files': _files(folder),
    'events': _events(folder),
    'state': _variables(estimator),
  }


def _result_or_error(call, case, estimator, seen):
  try:
    return call(case, estimator, seen)
  except Exception as error:  # noqa: BLE001  Compared, as all else.
    first = str(error).split('\n', maxsplit=1)[0]
    return type(error).__name__, first.replace(estimator.model_dir, '')


def _train(case, estimator, seen):
  limit = 'max_steps' if case['max_steps'] else 'steps'
  estimator.train(
    input_fn(case),
    _made(case['hooks'], seen),
    saving_listeners=[random_hooks.Listener(seen, case['stop_at'])],
    **{limit: case['steps']},
  )


def _evaluate(case, estimator, seen):
  return dict(
    estimator.evaluate(
      input_fn({**case, 'nan_at': None}),
      steps=case['steps'],
      hooks=_made(case['eval_hooks'], seen),
    )
  )


def _predict(case, estimator, seen):
  rows = [r for r in case['eval_hooks'] if 'logging' not in r[0]]
  rows = [r for r in rows if r[0] not in ('fetcher', 'seconds')]  # no loss
  found = estimator.predict(input_fn(case), hooks=_made(rows, seen))
  return [p['y'].tolist() for _, p in zip(range(9), found, strict=False)]


_CALLS = {'t': _train, 'e': _evaluate, 'p': _predict}


def _variables(estimator):
  latest = estimator.latest_checkpoint()
  return latest and {
    name: tf.train.load_variable(latest, name).tolist()
    for name, _ in tf.train.list_variables(latest)
  }


def _files(folder):
  """All checkpoints, by their paths in the folder."""
  paths = glob.glob(os.path.join(folder, '**', '*.index'), recursive=True)
  return sorted(os.path.relpath(path, folder) for path in paths)


def _events(folder):
  """Step, tag and value of each scalar, but of speeds."""
  found = []
  v1.summary.FileWriterCache.clear()  # Writers flush now and then only.
  pattern = os.path.join(folder, '**', 'events*')
  for path in sorted(glob.glob(pattern, recursive=True)):
    where = os.path.relpath(os.path.dirname(path), folder)
    for event in v1.train.summary_iterator(path):
      for value in event.summary.value:
        speed = value.tag == 'global_step/sec'
        number = None if speed else value.simple_value
        found.append((where, event.step, value.tag, number))
  return found
