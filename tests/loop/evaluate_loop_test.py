"""Tests evaluation to the contract: rules R44, R60 to R63, probes 409 to 422."""

import glob
import os

import numpy as np
import pytest
import tensorflow as tf

from tests import refusals, tiny
from tfcompat_estimator.estimator import base_estimator

v1 = tf.compat.v1


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  """Tiny's estimator after two steps."""
  return tiny.estimator(tmp_path_factory.mktemp('model')).train(
    tiny.batches(), steps=2
  )


REFUSED = {
  'steps 0': ({'steps': 0}, ValueError, 'Must specify steps > 0, given: 0'),
  'steps -1': ({'steps': -1}, ValueError, 'Must specify steps > 0'),
  'no such checkpoint': (
    {'checkpoint_path': '/nope/model.ckpt-1'},
    ValueError,
    '/nope/model.ckpt-1',
  ),
  'a hook of a wrong type': (
    {'hooks': ['a']},
    TypeError,
    'Hooks must be a SessionRunHook, given: a',
  ),
  'no input_fn': ({'input_fn': None}, TypeError, 'unsupported callable'),
}


@refusals.each(REFUSED)
def test_bad_arguments(arguments, error, message, trained):
  """The exception is of the reference's type and names what is wrong."""
  with pytest.raises(error, match=message):
    trained.evaluate(**{'input_fn': tiny.batches(1), **arguments})


def test_metrics_are_sorted_numpy_scalars_and_global_step_is_last(trained):
  """R61."""
  metrics = trained.evaluate(tiny.batches(), steps=3)

  assert list(metrics) == ['loss', 'm', 'global_step']
  assert metrics == {
    'loss': pytest.approx(tiny.loss_at(2)),
    'm': pytest.approx(0.36),
    'global_step': 2,
  }
  assert [type(value) for value in metrics.values()] == [
    np.float32,
    np.float32,
    np.int64,
  ]


def test_input_may_end_early_or_be_empty(trained):
  """R61: what there was counts; of nothing all is 0."""
  assert trained.evaluate(tiny.batches(2), steps=9)['m'] == pytest.approx(0.36)
  assert trained.evaluate(tiny.batches(0)) == {
    'loss': 0,
    'm': 0,
    'global_step': 2,
  }


def test_an_empty_input_is_told_of(trained, caplog):
  """Metrics of no batch are zeros, which nobody should take for results."""
  trained.evaluate(tiny.batches(1))
  assert 'no batch' not in caplog.text

  trained.evaluate(tiny.batches(0), steps=2)

  assert 'Evaluation had no batch' in caplog.text


def test_a_fraction_of_a_batch_is_a_whole_one(trained, caplog):
  """As in the reference; a warning says what is done."""
  hook = tiny.Recorder([], 'h')
  trained.evaluate(tiny.batches(), steps=1.5, hooks=[hook])

  assert hook.runs == 2
  assert '`steps` (1.5) is no whole number; 2 are done' in caplog.text


def test_an_untrained_model_is_evaluated_at_its_start(model_dir):
  """R60: no checkpoint is no error."""
  metrics = tiny.estimator(model_dir).evaluate(tiny.batches(1))

  assert metrics == {'loss': 1, 'm': 0, 'global_step': 0}


def test_an_earlier_checkpoint_can_be_chosen(trained):
  """checkpoint_path wins over the latest."""
  path = os.path.join(trained.model_dir, 'model.ckpt-0')

  assert (
    trained.evaluate(tiny.batches(1), checkpoint_path=path)['global_step'] == 0
  )


@pytest.mark.parametrize('name', ['loss', 'global_step'])
def test_reserved_names_of_metrics(name, model_dir):
  """R62."""

  def model_fn(features, labels, mode):
    spec = tiny.model_fn(features, labels, mode)
    return spec._replace(eval_metric_ops={name: v1.metrics.mean(features)})

  with pytest.raises(ValueError, match=f'Metric with name.*{name}.*not allow'):
    base_estimator.EstimatorV2(model_fn, model_dir).evaluate(tiny.batches(1))


@pytest.mark.parametrize(
  ('count', 'logged'),
  [(3, [1, 2, 3]), (20, list(range(2, 21, 2))), (40, list(range(4, 41, 4)))],
)
def test_progress_lines(count, logged, trained, caplog):
  """R63: each step below 20, then every tenth part."""
  with caplog.at_level('INFO', 'tensorflow'):
    trained.evaluate(tiny.batches(), steps=count)
  lines = [record.getMessage() for record in caplog.records]

  assert [line for line in lines if line.startswith('Evaluation [')] == [
    f'Evaluation [{n}/{count}]' for n in logged
  ]


def test_what_hooks_see_of_a_run(trained):
  """A list: what takes the batch in, and the count of batches."""
  seen = []

  class Looks(v1.train.SessionRunHook):
    def before_run(self, run_context):
      seen.append(run_context.original_args.fetches)

  trained.evaluate(tiny.batches(), steps=1, hooks=[Looks()])

  ((update, count),) = seen
  assert isinstance(update, tf.Operation)
  assert count.dtype == tf.int64


def test_events_and_their_directories(trained):
  """R44: numbers, the checkpoint's path, and the graph; names keep apart."""
  trained.evaluate(tiny.batches(1), name='other')
  (path,) = glob.glob(os.path.join(trained.eval_dir('other'), 'events*'))
  events = list(v1.train.summary_iterator(path))
  values = {v.tag: v for e in events for v in e.summary.value}

  assert trained.eval_dir('other').endswith('eval_other')
  assert trained.eval_dir().endswith('eval')
  assert set(values) == {'loss', 'm', 'checkpoint_path'}
  assert values['m'].simple_value == pytest.approx(0.36)
  assert values['checkpoint_path'].tensor.string_val == [
    trained.latest_checkpoint().encode()
  ]
  assert sum(bool(event.graph_def) for event in events) == 1


def test_metrics_of_other_kinds(model_dir, caplog):
  """Vectors become tensors; a bool or a text stays out of the events."""

  def model_fn(features, labels, mode):
    del labels
    weight = v1.get_variable('w', initializer=1.0)
    one = tf.constant(1)
    return tf_spec(
      mode,
      tf.reduce_mean(features) * weight,
      {
        'vector': (tf.constant([1.0, 2.0]), tf.no_op()),
        'integer': (tf.constant(3), one),
        'bool': (tf.constant(True), one),
        'text': (tf.constant('abc'), one),
      },
    )

  estimator = base_estimator.EstimatorV2(model_fn, model_dir)
  with caplog.at_level('WARNING', 'tensorflow'):
    metrics = estimator.evaluate(tiny.batches(1))
  (path,) = glob.glob(os.path.join(estimator.eval_dir(), 'events*'))
  tags = {
    v.tag: v.WhichOneof('value')
    for e in v1.train.summary_iterator(path)
    for v in e.summary.value
  }

  assert metrics['vector'].tolist() == [1, 2]
  assert metrics['text'] == b'abc'
  assert tags == {
    'vector': 'tensor',
    'integer': 'simple_value',
    'loss': 'simple_value',
  }
  assert 'Skipping summary for bool' in caplog.text
  assert 'Skipping summary for text' in caplog.text


def tf_spec(mode, loss, metrics):
  """An EstimatorSpec for evaluation."""
  from tfcompat_estimator.records import estimator_specs

  return estimator_specs.EstimatorSpec(
    mode, loss=loss, train_op=tf.no_op(), eval_metric_ops=metrics
  )


SCAFFOLDS = {
  'an op of the user': lambda: {'local_init_op': tf.no_op()},
  'the default, made early': lambda: {
    'local_init_op': v1.train.Scaffold.default_local_init_op()
  },
  'the tables': lambda: {'local_init_op': v1.tables_initializer()},
  'another scaffold': lambda: {
    'copy_from_scaffold': v1.train.Scaffold(local_init_op=tf.no_op())
  },
  'always ready': lambda: {
    'local_init_op': tf.no_op(),
    'ready_op': tf.constant([], tf.string),
  },
}


@pytest.mark.parametrize('case', SCAFFOLDS)
def test_a_local_init_op_of_the_user_is_not_the_only_one(case, model_dir):
  """What an evaluation adds is initialized, too: AdaNet relies on it."""

  def model_fn(features, labels, mode):
    local = v1.get_local_variable('mine', initializer=2.0)
    return tiny.model_fn(features, labels, mode)._replace(
      scaffold=v1.train.Scaffold(**SCAFFOLDS[case]()),
      eval_metric_ops={'m': v1.metrics.mean(local)},
    )

  estimator = base_estimator.EstimatorV2(model_fn, str(model_dir))

  assert estimator.evaluate(tiny.batches(2))['m'] == pytest.approx(2.0)
