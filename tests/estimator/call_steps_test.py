"""Tests that the steps of an Estimator may be replaced, one by one."""

import inspect
import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.estimator import base_estimator, call_steps
from tfcompat_estimator.records import modes, run_config
from tfcompat_estimator.saved_models import receivers
from tfcompat_estimator.training import in_memory_evaluator

v1 = tf.compat.v1
ROOT = pathlib.Path(__file__).parents[2]
DRIVERS = ('train', 'evaluate', 'predict', 'export_saved_model')


def receiver():
  """A serving receiver of the tiny model."""
  x = v1.placeholder(tf.float32, [None], 'x')
  return receivers.TensorServingInputReceiver(x, x)


class Free(base_estimator.EstimatorV2):
  """An Estimator whose subclasses may override all they like."""

  def _assert_members_are_not_overridden(self):
    pass


def make(cls, model_dir, **config):
  """A tiny model of this class."""
  quiet = {'save_summary_steps': 0, 'log_step_count_steps': None, **config}
  return cls(tiny.model_fn, model_dir, run_config.RunConfig(**quiet))


def table_of_module():
  """(depth, method, whether its calls are listed elsewhere) of each line."""
  for line in call_steps.__doc__.splitlines():
    found = re.match(r'    ( *)(\w+)(.*)', line)
    if found and not found.group(1).startswith(' ' * 10):
      blanks, name, rest = found.groups()
      yield len(blanks) // 2, name, '...' in rest.split('->')[0]


def table_of_page():
  """The same of the page about subclassing."""
  for line in (ROOT / 'docs/subclassing.md').read_text().splitlines():
    found = re.match(r'\| ((?:· )*)\**`(\w+)`', line)
    if found:
      dots, name = found.groups()
      yield dots.count('·'), name, 'as above' in line


def called(model_dir, monkeypatch):
  """(depth, method) of the calls in the life of a model."""
  log = []
  depth = [0]

  def watched(name, method):
    def call(self, *args, **kwargs):
      log.append((depth[0], name))
      depth[0] += 1
      try:
        return method(self, *args, **kwargs)
      finally:
        depth[0] -= 1

    return call

  for name in dir(base_estimator.Estimator):
    method = inspect.getattr_static(base_estimator.Estimator, name)
    if inspect.isfunction(method) and not name.startswith('__'):
      monkeypatch.setattr(base_estimator.Estimator, name, watched(name, method))
  estimator = make(Free, model_dir)
  estimator.train(tiny.batches(), steps=1)
  estimator.evaluate(tiny.batches(), steps=1)
  log.append((0, 'predict'))
  depth[0] = 1
  for _ in estimator.predict(tiny.batches(1)):
    pass
  depth[0] = 0
  log.remove((1, 'predict'))
  estimator.export_saved_model(model_dir + '/export', receiver)
  return log


@pytest.mark.parametrize('table', [table_of_module, table_of_page])
def test_the_table_says_who_calls_whom(table, model_dir, monkeypatch):
  """In the order of the calls; what is listed before is not listed again."""
  actual = called(model_dir, monkeypatch)
  expected = []
  position = 0
  for depth, name, abbreviated in table():
    assert actual[position] == (depth, name)
    position += 1
    expected.append(name)
    while (
      abbreviated and position < len(actual) and actual[position][0] > depth
    ):
      position += 1
  assert position == len(actual)
  assert set(DRIVERS) < set(expected)


def test_a_hook_added_to_training_sees_each_step(model_dir):
  """`_train_with_estimator_spec` may pass more hooks on."""
  calls = []

  class WithHook(Free):
    def _train_with_estimator_spec(
      self, spec, worker_hooks, hooks, step, listeners
    ):
      hooks = [*hooks, tiny.Recorder(calls, 'mine')]
      return super()._train_with_estimator_spec(
        spec, worker_hooks, hooks, step, listeners
      )

  make(WithHook, model_dir).train(tiny.batches(), steps=3)

  assert calls.count('mine.before_run') == 3


def test_an_input_protocol_of_its_own(model_dir):
  """`_call_input_fn` may take something else than a function."""

  class FromNumbers(Free):
    def _call_input_fn(self, input_fn, mode, input_context=None):
      rows = np.asarray(input_fn, np.float32)[:, None]
      return tf.data.Dataset.from_tensor_slices((rows, rows))

  estimator = make(FromNumbers, model_dir)
  estimator.train([1, 1, 1])

  metrics = estimator.evaluate([1, 1])
  assert metrics['global_step'] == 3
  np.testing.assert_allclose(metrics['loss'], tiny.loss_at(3), rtol=1e-5)
  assert len(list(estimator.predict([1] * 5))) == 5


def test_a_model_of_its_own(model_dir):
  """`_call_model_fn` is what training, the property and exports go through."""
  seen = []

  class Counting(Free):
    def _call_model_fn(self, features, labels, mode, config):
      seen.append(mode)
      return super()._call_model_fn(2 * features, labels, mode, config)

  estimator = make(Counting, model_dir)
  estimator.train(tiny.batches(), steps=200)
  estimator.export_saved_model(model_dir + '/e', receiver)
  with tf.Graph().as_default():
    v1.train.create_global_step()
    estimator.model_fn(tf.ones([1]), None, modes.ModeKeys.PREDICT, None)

  assert seen == ['train', 'infer', 'infer']
  np.testing.assert_allclose(
    estimator.get_variable_value('m/w'), 2.0, rtol=1e-4
  )


def test_batches_may_be_cut_short(model_dir):
  """`_extract_batch_length` says how many examples of a batch are yielded."""

  class OneEach(Free):
    def _extract_batch_length(self, preds_evaluated):
      assert super()._extract_batch_length(preds_evaluated) == 4
      return 1

  def input_fn():
    return tf.data.Dataset.from_tensors(tf.ones([4])).repeat(3)

  assert len(list(make(OneEach, model_dir).predict(input_fn))) == 3


def test_predictions_may_be_renamed(model_dir):
  """`_extract_keys` returns what is computed."""

  class Renamed(Free):
    def _extract_keys(self, predictions, predict_keys):
      chosen = super()._extract_keys(predictions, predict_keys)
      return {'twice': 2 * chosen['p']}

  [prediction] = make(Renamed, model_dir).predict(tiny.batches(1))
  assert prediction == {'twice': 0.0}


def test_the_global_step_may_start_elsewhere(model_dir):
  """`_create_global_step` makes the variable; another one is an error."""

  class Later(Free):
    def _create_global_step(self, graph):
      with graph.as_default():
        return v1.get_variable(
          v1.GraphKeys.GLOBAL_STEP,
          dtype=tf.int64,
          initializer=tf.constant(7, tf.int64),
          trainable=False,
          collections=[
            v1.GraphKeys.GLOBAL_VARIABLES,
            v1.GraphKeys.GLOBAL_STEP,
          ],
        )

  class Other(Free):
    def _create_global_step(self, graph):
      super()._create_global_step(graph)
      return v1.get_variable('other', [], tf.int64, v1.zeros_initializer())

  make(Later, model_dir).train(tiny.batches(), steps=2)
  assert make(Later, model_dir).evaluate(tiny.batches(1))['global_step'] == 9
  with pytest.raises(AssertionError, match='_create_global_step must return'):
    make(Other, model_dir + '2').train(tiny.batches(), steps=1)


def test_the_exported_checkpoint_is_chosen_by_latest_checkpoint(model_dir):
  """An override of it names the checkpoint; None is none."""

  class First(Free):
    choice = 'model.ckpt-1'

    def latest_checkpoint(self):
      return self.choice and f'{self.model_dir}/{self.choice}'

  estimator = make(First, model_dir, save_checkpoints_steps=1)
  estimator.train(tiny.batches(), steps=3)
  path = estimator.export_saved_model(model_dir + '/e', receiver).decode()

  assert tf.train.load_variable(path + '/variables/variables', 'm/w') == (
    tf.train.load_variable(model_dir + '/model.ckpt-1', 'm/w')
  )
  estimator.choice = None
  with pytest.raises(ValueError, match="Couldn't find trained model"):
    estimator.export_saved_model(model_dir + '/e', receiver)


def test_exports_may_have_more_graphs(model_dir):
  """`_add_meta_graph_for_mode` may be called again with other tags."""

  class Twice(Free):
    def _add_meta_graph_for_mode(self, builder, fns, path, *args, **kwargs):
      super()._add_meta_graph_for_mode(builder, fns, path, *args, **kwargs)
      super()._add_meta_graph_for_mode(
        builder,
        fns,
        path,
        save_variables=False,
        mode=modes.ModeKeys.PREDICT,
        export_tags=['serve', 'fast'],
      )

  estimator = make(Twice, model_dir)
  estimator.train(tiny.batches(), steps=1)
  path = estimator.export_saved_model(model_dir + '/e', receiver).decode()

  tags = v1.saved_model.contains_saved_model(path) and [
    sorted(graph.meta_info_def.tags) for graph in _saved_model(path).meta_graphs
  ]
  assert tags == [['serve'], ['fast', 'serve']]


def _saved_model(path):
  from tensorflow.core.protobuf import saved_model_pb2

  with open(path + '/saved_model.pb', 'rb') as file:
    return saved_model_pb2.SavedModel.FromString(file.read())


def test_an_override_of_what_is_restored_is_a_path_like_any_other(model_dir):
  """`_evaluate_run` gets the path of the checkpoint, a str, and may change it."""
  paths = []

  class Older(Free):
    def _evaluate_run(self, checkpoint_path, **kwargs):
      paths.append(checkpoint_path)
      older = checkpoint_path.replace('ckpt-3', 'ckpt-1')
      return super()._evaluate_run(checkpoint_path=older, **kwargs)

  estimator = make(Older, model_dir, save_checkpoints_steps=1)
  estimator.train(tiny.batches(), steps=3)

  assert estimator.evaluate(tiny.batches(1))['global_step'] == 1
  assert paths == [model_dir + '/model.ckpt-3']


def test_evaluations_in_training_go_through_the_same_steps(model_dir):
  """`InMemoryEvaluatorHook` uses `_evaluate_build_graph` and `_evaluate_run`."""
  seen = []

  class Seen(Free):
    def _evaluate_build_graph(self, *args, **kwargs):
      seen.append('build')
      return super()._evaluate_build_graph(*args, **kwargs)

    def _evaluate_run(self, *args, **kwargs):
      metrics = super()._evaluate_run(*args, **kwargs)
      seen.append(int(metrics['global_step']))
      return metrics

  estimator = make(Seen, model_dir)
  hook = in_memory_evaluator.InMemoryEvaluatorHook(
    estimator, tiny.batches(1), every_n_iter=2
  )
  estimator.train(tiny.batches(), steps=4, hooks=[hook])

  assert seen == ['build', 0, 2, 4]
