"""Calls small functions of old modules as the programs do that import them."""

import importlib

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tfcompat_estimator.session_emulation.run import session

v1 = tf.compat.v1
X = tf.feature_column.numeric_column('x')


@pytest.fixture(autouse=True)
def installed():
  with tfcompat_estimator.install(), tf.Graph().as_default():
    yield


def old(module):
  return importlib.import_module(
    f'tensorflow_estimator.python.estimator.{module}'
  )


def features():
  return {'x': tf.constant([[1.0], [2.0], [3.0], [4.0]])}


def variable_names():
  return [v.op.name for v in v1.global_variables()]


@pytest.mark.parametrize(
  'make, shape, names',
  [
    (
      lambda: old('canned.baseline')._baseline_logit_fn_builder(3)(features()),
      [4, 3],
      ['baseline/bias'],
    ),
    (
      lambda: old('canned.dnn').dnn_logit_fn_builder_v2(
        2, [3], [X], tf.nn.relu, None, False
      )(features=features(), mode='train'),
      [4, 2],
      [
        'dnn/hiddenlayer_0/kernel',
        'dnn/hiddenlayer_0/bias',
        'dnn/logits/kernel',
        'dnn/logits/bias',
      ],
    ),
    (
      lambda: old('canned.linear').linear_logit_fn_builder_v2(2, [X])(
        features=features()
      ),
      [4, 2],
      ['linear_model/x/weights', 'linear_model/bias_weights'],
    ),
  ],
  ids=['baseline', 'dnn', 'linear'],
)
def test_logit_functions(make, shape, names):
  """Logit functions of each kind, and the names of their variables."""
  logits = make()

  assert logits.shape.as_list() == shape
  assert variable_names() == names


def test_units_must_be_an_int():
  """As for the v1 builder."""
  with pytest.raises(ValueError, match='units must be an int'):
    old('canned.dnn').dnn_logit_fn_builder_v2(2.5, [3], [X], None, None, False)


def test_learning_rates_of_linear_models():
  """1 / sqrt(columns), up to a greatest value that differs."""
  linear, combined = old('canned.linear'), old('canned.dnn_linear_combined')

  of_one_hundred = linear._get_default_optimizer([X] * 100)
  assert of_one_hundred._learning_rate == pytest.approx(0.1)
  of_one = linear._get_default_optimizer_v2([X]).get_config()
  assert of_one['learning_rate'] == pytest.approx(linear._LEARNING_RATE)
  rates = [combined._linear_learning_rate(n) for n in (1, 100, 10**6)]
  assert rates == [0.005, 0.005, 0.001]


def test_fraction_of_zero():
  """Of the values of all variables together, partitioned ones included."""
  fraction = old('canned.linear')._compute_fraction_of_zero(
    [tf.constant([0.0, 1.0]), [tf.constant([[0.0, 1.0]]), tf.constant([0.0])]]
  )

  with session.EmulatedSession(fraction.graph) as sess:
    assert sess.run(fraction) == pytest.approx(3 / 5)
  assert fraction.dtype == tf.float32


@pytest.mark.parametrize('name', ['_add_hidden_layer_summary', None])
def test_layer_summaries(name):
  """A layer has two summaries, under its tag."""
  if name:
    old('canned.dnn')._add_hidden_layer_summary(tf.zeros([2]), 'layer')
  else:
    old('canned.dnn_linear_combined')._add_layer_summary(tf.zeros([2]), 'layer')

  names = {op.name for op in v1.get_collection(v1.GraphKeys.SUMMARIES)}
  assert {n.partition(':')[0] for n in names} == {
    'layer/fraction_of_zero_values',
    'layer/activation',
  }


def test_columns_of_both_parts():
  """The columns in one list; none at all is an error."""
  check = old('canned.dnn_linear_combined')._validate_feature_columns

  assert check([1], [2]) == [1, 2]
  assert check(None, [2]) == [2]
  with pytest.raises(ValueError, match='must be defined'):
    check(None, [])


def test_sync_replicas_optimizer_is_refused():
  """It cannot be one of two optimizers."""
  check = old('canned.dnn_linear_combined')._check_no_sync_replicas_optimizer
  adam = v1.train.AdamOptimizer()

  check(adam)
  with pytest.raises(ValueError, match='does not support multi optimizers'):
    check(v1.train.SyncReplicasOptimizer(adam, 2))


def test_update_ops_join_the_train_op():
  """Without any the op stays itself."""
  append = old('canned.head')._append_update_ops
  train_op, update = tf.no_op(), tf.no_op()

  assert append(train_op) is train_op
  v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)
  assert set(append(train_op).control_inputs) == {train_op, update}


def test_checks_of_a_model_dir(tmp_path):
  """No checkpoint is an error."""
  with pytest.raises(ValueError, match='Could not find trained model in'):
    old('estimator')._check_checkpoint_available(str(tmp_path))


def test_metrics_are_written(tmp_path):
  """As text by their names' order, and as an event."""
  estimator = old('estimator')
  metrics = {'b': np.float32(1.5), 'a': np.float32(2), 'global_step': 3}

  b = np.float32(0.1)  # Not 0.10000000149011612, as f'{b}' has it.

  assert estimator._dict_to_str({'b': b, 'a': 2, 'c': b'x'}) == (
    'a = 2, b = 0.1'
  )
  estimator._write_dict_to_summary(str(tmp_path), metrics, 7)
  found = old('early_stopping').read_eval_metrics(str(tmp_path))
  assert found == {7: {'a': 2.0, 'b': 1.5}}


def test_hooks_and_listeners_are_checked():
  """None is none, a wrong type is an error."""
  estimator = old('estimator')

  assert estimator._check_hooks_type(None) == []
  assert estimator._check_listeners_type(None) == []
  with pytest.raises(TypeError, match='Hooks must be a SessionRunHook'):
    estimator._check_hooks_type([1])
  with pytest.raises(TypeError, match='must be a list of Checkpoint'):
    estimator._check_listeners_type([1])


def test_arguments_of_an_estimator_are_completed(tmp_path):
  """The config has the model_dir; a path becomes warm start settings."""
  estimator = old('estimator')

  config = estimator.maybe_overwrite_model_dir_and_session_config(
    None, str(tmp_path)
  )
  settings = estimator._get_default_warm_start_settings(str(tmp_path))

  assert config.model_dir == str(tmp_path)
  assert settings.ckpt_to_initialize_from == str(tmp_path)
  assert settings.vars_to_warm_start == '.*'


def test_supervised_receiver_of_an_input_fn():
  """Placeholders of an open batch size, shaped like the input's."""

  def input_fn(size):
    data = ({'x': np.zeros([4, size], np.float32)}, np.zeros([4, 1], np.int64))
    return tf.data.Dataset.from_tensor_slices(data).batch(2)

  build = old('export.export').build_supervised_input_receiver_fn_from_input_fn
  receiver = build(input_fn, size=3)()

  assert receiver.features['x'].shape.as_list() == [None, 3]
  assert receiver.labels.dtype == tf.int64
  assert set(receiver.receiver_tensors) == {'x', 'label'}


def test_counts_of_a_cluster():
  """Workers count with their chief; without a cluster there is no count."""
  run_config = old('run_config')
  cluster = tf.train.ClusterSpec(
    {'chief': ['a:1'], 'worker': ['b:1', 'c:1'], 'ps': ['d:1']}
  )

  assert run_config._count_ps(cluster) == 1
  assert run_config._count_worker(cluster, 'chief') == 3
  for count in (
    lambda: run_config._count_ps(None),
    lambda: run_config._count_worker(None, 'chief'),
  ):
    with pytest.raises(RuntimeError, match='does not expect empty'):
      count()


def test_results_of_iterators():
  """A pair is features and labels, all else features."""
  util = old('util')

  assert util.parse_iterator_result((1, 2)) == (1, 2)
  assert util.parse_iterator_result({'a': 1}) == ({'a': 1}, None)
  features, labels, hooks = util.parse_input_fn_result((1, 2))
  assert (features, labels, hooks) == (1, 2, [])
  with pytest.raises(ValueError, match='len 2 tuple'):
    util.parse_iterator_result((1, 2, 3))


def count_steps(features, labels, mode):
  """A model function that only counts."""
  del labels
  step = v1.assign_add(v1.train.get_global_step(), 1)
  loss = tf.reduce_sum(features['x']) * 0.0
  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=step)


@pytest.mark.parametrize('kind', ['util', 'several', 'iterator'])
def test_hooks_that_initialize(tmp_path, kind):
  """Each of the hooks has the input ready when training starts."""
  hooks = []

  class Late(v1.train.SessionRunHook):
    """Makes the hook when the input is there."""

    def begin(self):
      for hook in hooks:
        hook.begin()

    def after_create_session(self, session, coord):
      for hook in hooks:
        hook.after_create_session(session, coord)

  def input_fn():
    data = tf.data.Dataset.from_tensors({'x': tf.ones([2])}).repeat(3)
    iterator = v1.data.make_initializable_iterator(data)
    if kind == 'util':
      hooks[:] = [old('util')._DatasetInitializerHook(iterator)]
    elif kind == 'several':
      make = old('util').MultiHostDatasetInitializerHook
      hooks[:] = [make([iterator.initializer])]
    else:
      iterator.initialize = lambda: iterator.initializer
      hooks[:] = [old('util').DistributedIteratorInitializerHook(iterator)]
    return iterator.get_next()

  estimator = tf.estimator.Estimator(count_steps, str(tmp_path))
  estimator.train(input_fn, hooks=[Late()])

  assert estimator.get_variable_value('global_step') == 3


def test_tpu_utilities():
  """Loops are counted or timed; an error names the argument."""
  util = old('tpu.util')

  assert util.parse_iterations_per_loop('2m') == (120, 'seconds')
  assert util.parse_iterations_per_loop(3).unit == 'count'
  util.check_positive_integer(1, 'n')
  with pytest.raises(ValueError, match='n must be positive, got 0'):
    util.check_positive_integer(0, 'n')
  with pytest.raises(ValueError, match='Invalid TPUConfig'):
    util.parse_iterations_per_loop('soon')


def test_tpu_constants_and_params():
  """Keys of params, and how an item is put into them."""
  tpu_estimator = old('tpu.tpu_estimator')
  params = {}

  tpu_estimator._add_item_to_params(params, tpu_estimator._BATCH_SIZE_KEY, 8)

  assert params == {'batch_size': 8}
  assert tpu_estimator._USE_TPU_KEY == 'use_tpu'
  assert old('tpu.tpu_config')._get_tpu_job_name_from_tf_config() is None


def test_specs_of_training_are_checked():
  """None is none; a wrong input_fn or exporter is an error."""
  training = old('training')

  assert training._validate_hooks(None) == ()
  assert training._validate_exporters(None) == ()
  training._validate_input_fn(count_steps)
  with pytest.raises(TypeError, match='must be callable'):
    training._validate_input_fn(3)
  with pytest.raises(TypeError, match='must be an Exporter'):
    training._validate_exporters(3)


def test_arguments_of_heads_are_checked():
  """As heads check them."""
  base_head = old('head.base_head')

  base_head.validate_update_ops([tf.no_op()])
  with pytest.raises(ValueError, match='trainable_variables cannot be None'):
    base_head.validate_trainable_variables()
  with pytest.raises(ValueError, match='list or a tuple'):
    base_head.validate_update_ops(3)
  with pytest.raises(ValueError, match='not a tf.keras.optimizers.Optimizer'):
    base_head.validate_v2_optimizer(3)
