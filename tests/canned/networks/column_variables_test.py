"""Checks columns of libraries, which make their variables by themselves."""

import collections
import re

import pytest
import tensorflow as tf

import tfcompat_estimator as estimators
from tfcompat_estimator import _tf
from tfcompat_estimator.canned import dnn, dnn_linear_combined, linear
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
EXAMPLES = {'word': tf.io.FixedLenFeature([], tf.int64)}


class TableColumn(
  _tf.DenseColumn, collections.namedtuple('TableColumn', ['key'])
):
  """Looks integers up in a table of its own, as columns of tensorflow_hub."""

  @property
  def _is_v2_column(self):
    return True

  @property
  def name(self):
    return f'{self.key}_table'

  @property
  def parse_example_spec(self):
    return EXAMPLES

  @property
  def parents(self):
    return [self.key]

  @property
  def variable_shape(self):
    return tf.TensorShape([2])

  def transform_feature(self, transformation_cache, state_manager):
    return transformation_cache.get(self.key, state_manager)

  def create_state(self, state_manager):
    """Asks, as those columns do, whether anything may be trained."""
    trainable = state_manager._trainable  # noqa: SLF001
    with v1.variable_scope(None, default_name='module'):
      table = v1.get_variable(
        'table', [10, 2], trainable=trainable, use_resource=True
      )
    state_manager.add_resource(self, 'table', table)

  def get_dense_tensor(self, transformation_cache, state_manager):
    table = state_manager.get_resource(self, 'table')
    return tf.gather(table, transformation_cache.get(self, state_manager))

  def get_config(self):
    return {'key': self.key}

  @classmethod
  def from_config(cls, config, **objects):
    del objects
    return cls(**config)


def input_fn():
  words = {'word': tf.constant([1, 2], tf.int64)}
  return tf.data.Dataset.from_tensors((words, tf.constant([0, 1]))).repeat(3)


@pytest.mark.parametrize(
  ('kind', 'table'),
  [
    (
      dnn.DNNClassifier,
      'dnn/input_from_feature_columns/input_layer/word_table/module/table',
    ),
    (dnn.DNNClassifierV2, 'module/table'),
    (dnn_linear_combined.DNNLinearCombinedClassifierV2, 'module/table'),
  ],
  ids=lambda value: getattr(value, '__name__', ''),
)
def test_names(kind, table, model_dir):
  """Their variables are trained, with the names that TensorFlow 2.15 gave them."""
  columns = [TableColumn('word')]
  config = run_config.RunConfig(tf_random_seed=1)
  estimator = (
    kind([3], columns, model_dir, config=config)
    if kind is not dnn_linear_combined.DNNLinearCombinedClassifierV2
    else kind(
      model_dir,
      dnn_feature_columns=columns,
      dnn_hidden_units=[3],
      config=config,
    )
  )

  estimator.train(input_fn)

  slots = {f'{table}/t_0/Adagrad', f'training/Adagrad/{table}/accumulator'}
  assert slots & set(estimator.get_variable_names())
  assert estimator.get_variable_value(table).shape == (10, 2)
  assert estimator.evaluate(input_fn)['global_step'] == 3


@pytest.mark.parametrize('size, is_told', [(2, False), (3, True)])
@pytest.mark.parametrize('make', ['dnn', 'linear'])
def test_an_export_of_another_width_is_told(
  make, size, is_told, tmp_path, caplog
):
  """It would fail at the first request only."""
  column = tf.feature_column.numeric_column('x', shape=[2])
  estimator = (
    dnn.DNNRegressorV2([2], [column], str(tmp_path))
    if make == 'dnn'
    else linear.LinearRegressorV2([column], str(tmp_path))
  )
  estimator.train(lambda: ({'x': tf.ones([4, 2])}, tf.ones([4])), steps=1)
  assert not told_widths(caplog)

  estimator.export_saved_model(
    str(tmp_path / 'exports'),
    lambda: estimators.export.ServingInputReceiver(
      {'x': v1.placeholder(tf.float32, [None, size])},
      v1.placeholder(tf.float32, [None, size]),
    ),
  )

  assert told_widths(caplog) == (["numeric_column(key='x'"] if is_told else [])


def told_widths(caplog):
  """The columns whose features were told to have another width."""
  found = [
    re.search(r"The feature of (numeric_column\(key='x').* 3 numbers", text)
    for text in caplog.messages
  ]
  return [match.group(1) for match in found if match]
