"""Tests evaluation in the training process against the reference's record."""

import json
import pathlib

import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.hooks import eval_metrics
from tfcompat_estimator.training import in_memory_evaluator

v1 = tf.compat.v1


def _hook(estimator, input_fn=None, **arguments):
  return in_memory_evaluator.InMemoryEvaluatorHook(
    estimator, input_fn or tiny.batches(), **{'steps': 1, **arguments}
  )


@pytest.mark.parametrize(
  ('steps', 'every', 'expected'),
  [(5, 2, [0, 2, 4, 5]), (4, 2, [0, 2, 4]), (25, 10, [0, 10, 20, 25])],
)
def test_when_it_evaluates(tmp_path, steps, every, expected):
  """At the start, at each interval and at the end, with the values then."""
  estimator = tiny.estimator(tmp_path)
  hook = _hook(estimator, every_n_iter=every)
  estimator.train(tiny.batches(), hooks=[hook], steps=steps)
  metrics = eval_metrics.read_eval_metrics(estimator.eval_dir())
  assert list(metrics) == expected
  for step, values in metrics.items():
    assert values == pytest.approx(
      {'loss': tiny.loss_at(step), 'm': 1 - 0.8**step}, rel=1e-4
    )
  assert estimator.latest_checkpoint().endswith(f'model.ckpt-{steps}')


def test_resumed_training(tmp_path):
  """Steps count from where training resumes."""
  estimator = tiny.estimator(tmp_path)
  estimator.train(tiny.batches(), steps=3)
  hook = _hook(estimator, every_n_iter=2, name='x')
  estimator.train(tiny.batches(), hooks=[hook], steps=3)
  metrics = eval_metrics.read_eval_metrics(estimator.eval_dir('x'))
  assert list(metrics) == [3, 5, 6]


@pytest.mark.eager
def test_order_of_calls(tmp_path):
  """Hooks of the evaluation are called anew in each, as recorded."""
  estimator = tiny.estimator(tmp_path)
  calls = []
  hook = _hook(estimator, hooks=[tiny.Recorder(calls, 'V')], every_n_iter=2)
  estimator.train(
    tiny.batches(), hooks=[tiny.Recorder(calls, 'T'), hook], steps=3
  )
  evaluation = [
    'V.begin',
    'V.after_create_session(gs={0})',
    'V.before_run',
    'V.after_run(fetched gs={0})',
    'V.end(gs={0})',
  ]
  expected = ['T.begin', 'T.after_create_session(gs=0)']
  expected += [call.format(0) for call in evaluation]
  for step in range(2):
    expected += ['T.before_run', f'T.after_run(fetched gs={step})']
  expected += [call.format(2) for call in evaluation]
  expected += ['T.before_run', 'T.after_run(fetched gs=2)', 'T.end(gs=3)']
  expected += [call.format(3) for call in evaluation]
  assert calls == expected


def test_input_starts_over(tmp_path):
  """Each evaluation reads its input from the start, to the end if asked to."""

  def input_fn():
    x = tf.constant([1.0, 2.0, 3.0, 4.0])
    return tf.data.Dataset.from_tensor_slices((x, x)).batch(1)

  estimator = tiny.estimator(tmp_path)
  hook = _hook(estimator, input_fn, steps=None, every_n_iter=2)
  estimator.train(tiny.batches(), hooks=[hook], steps=3)
  metrics = eval_metrics.read_eval_metrics(estimator.eval_dir())
  assert [values['loss'] for values in metrics.values()] == pytest.approx(
    [7.5, 5.8296, 5.298144], rel=1e-5
  )


def test_graph_is_built_once(tmp_path):
  """The model_fn is called once for all evaluations; its own variables stay."""
  modes = []

  def model_fn(features, labels, mode):
    modes.append(mode)
    spec = tiny.model_fn(features, labels, mode)
    if mode != 'eval':
      return spec
    only = v1.get_variable('only', [], initializer=v1.ones_initializer())
    return spec._replace(eval_metric_ops={'only': v1.metrics.mean(only)})

  estimator = base_estimator.EstimatorV2(model_fn, str(tmp_path))
  hook = _hook(estimator, every_n_iter=1)
  estimator.train(tiny.batches(), hooks=[hook], steps=3)
  assert modes == ['train', 'eval']
  metrics = eval_metrics.read_eval_metrics(estimator.eval_dir())
  assert [values['only'] for values in metrics.values()] == [1, 1, 1, 1]


@pytest.mark.usefixtures('fused_from_the_second_run_on')
def test_steps_in_between_run_fused(tmp_path):
  """Only the steps before an evaluation come to the hook."""
  estimator = tiny.estimator(tmp_path)
  seen = []

  class Hook(in_memory_evaluator.InMemoryEvaluatorHook):
    def before_run(self, run_context):
      seen.append(1)
      return super().before_run(run_context)

  hook = Hook(estimator, tiny.batches(), steps=1, every_n_iter=20)
  estimator.train(tiny.batches(), hooks=[hook], steps=60)
  metrics = eval_metrics.read_eval_metrics(estimator.eval_dir())
  assert list(metrics) == [0, 20, 40, 60]
  assert len(seen) < 12


def test_no_checkpoint_summary(tmp_path):
  """No checkpoint was evaluated, so none is named in the events."""
  estimator = tiny.estimator(tmp_path)
  estimator.train(tiny.batches(), hooks=[_hook(estimator)], steps=1)
  (path,) = pathlib.Path(estimator.eval_dir()).iterdir()
  tags = {
    value.tag
    for event in v1.train.summary_iterator(str(path))
    for value in event.summary.value
  }
  assert tags == {'loss', 'm'}


@pytest.mark.parametrize(
  ('arguments', 'error', 'message'),
  [
    ({'every_n_iter': 0}, ValueError, 'invalid every_n_iter=0'),
    ({'every_n_iter': None}, ValueError, 'invalid every_n_iter=None'),
    ({'steps': 0}, ValueError, 'Must specify steps > 0, given: 0'),
    ({'hooks': ['x']}, TypeError, 'Hooks must be a SessionRunHook, given: x'),
  ],
)
def test_refused(tmp_path, arguments, error, message):
  """A wrong argument raises the reference's type and is named."""
  with pytest.raises(error, match=message):
    _hook(tiny.estimator(tmp_path), **arguments)


@pytest.mark.parametrize('peer', ['worker', 'ps'])
def test_clusters_are_refused(tmp_path, monkeypatch, peer):
  """With other training tasks it could not see all variables."""
  tf_config = {
    'cluster': {'chief': ['a:1'], peer: ['b:1']},
    'task': {'type': 'chief', 'index': 0},
  }
  monkeypatch.setenv('TF_CONFIG', json.dumps(tf_config))
  with pytest.raises(ValueError, match='supports only single machine'):
    _hook(tiny.estimator(tmp_path))
