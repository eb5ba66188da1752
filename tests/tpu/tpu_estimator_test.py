"""Runs TPUEstimators on the CPU: batch sizes, specs, speed, predictions."""

import glob

import numpy as np
import pytest
import tensorflow as tf

from tests import refusals
from tfcompat_estimator.records import run_config
from tfcompat_estimator.saved_models import receivers
from tfcompat_estimator.tpu import embedding, tpu_estimator, tpu_spec
from tfcompat_estimator.tpu import tpu_config as config

v1 = tf.compat.v1

X = np.arange(30, dtype=np.float32).reshape(10, 3) / 30
Y = X.sum(1, keepdims=True)


def model_fn(features, labels, mode, params):
  """A line; notes the params of each call."""
  SEEN.append((mode, {k: params[k] for k in sorted(params)}))
  with v1.variable_scope('m'):
    weights = v1.get_variable('w', [3, 1], initializer=v1.zeros_initializer())
  outputs = tf.matmul(features['x'], weights)
  if mode == 'infer':
    return tpu_spec.TPUEstimatorSpec(mode, predictions={'o': outputs})
  loss = tf.reduce_mean(tf.square(outputs - labels))
  optimizer = v1.tpu.CrossShardOptimizer(v1.train.GradientDescentOptimizer(0.1))
  train_op = optimizer.minimize(loss, v1.train.get_global_step())

  def metric_fn(labels, outputs):
    return {'mae': v1.metrics.mean_absolute_error(labels, outputs)}

  return tpu_spec.TPUEstimatorSpec(
    mode,
    loss=loss,
    train_op=train_op,
    eval_metrics=(metric_fn, [labels, outputs]),
  )


SEEN = []


def train_input(params):
  dataset = tf.data.Dataset.from_tensor_slices(({'x': X}, Y))
  return dataset.repeat().batch(params['batch_size'])


def whole_input(params):
  size = params.get('batch_size', 4)
  return tf.data.Dataset.from_tensor_slices(({'x': X}, Y)).batch(size)


def make(model_dir=None, **kwargs):
  arguments = {
    'model_fn': model_fn,
    'use_tpu': False,
    'train_batch_size': 4,
    'config': config.RunConfig(model_dir=model_dir),
    **kwargs,
  }
  SEEN.clear()
  return tpu_estimator.TPUEstimator(**arguments)


def tags(folder):
  steps = {}
  for path in glob.glob(folder + '/*tfevents*'):
    for event in v1.train.summary_iterator(path):
      for value in event.summary.value:
        steps.setdefault(value.tag, []).append(event.step)
  return steps


def settings(model_dir, iterations_per_loop=2, **kwargs):
  return config.RunConfig(
    model_dir=model_dir,
    tpu_config=config.TPUConfig(iterations_per_loop),
    **kwargs,
  )


def test_a_whole_life(model_dir, tmp_path):
  """Each call has its batch size; an export has none; params stay clean."""
  made = make(
    model_dir, eval_batch_size=2, predict_batch_size=3, params={'rate': 1}
  )
  made.train(train_input, steps=5)
  metrics = made.evaluate(train_input, steps=2)
  predictions = list(made.predict(whole_input))
  made.export_saved_model(
    str(tmp_path),
    receivers.build_raw_serving_input_receiver_fn({'x': tf.constant(X)}),
  )

  rest = {'rate': 1, 'use_tpu': False}
  assert [
    ('train', {'batch_size': 4, **rest}),
    ('eval', {'batch_size': 2, **rest}),
    ('infer', {'batch_size': 3, **rest}),
    ('infer', rest),
  ] == SEEN
  assert made.params == {'rate': 1}
  assert list(metrics) == ['loss', 'mae', 'global_step']
  assert metrics['global_step'] == 5
  # Three full batches and a last one of one example: all come out.
  weights = made.get_variable_value('m/w')
  np.testing.assert_allclose(
    [p['o'] for p in predictions], X @ weights, rtol=1e-5
  )


def test_cross_shard_optimizer_trains_as_what_it_wraps(model_dir):
  """Sums over one replica have no effect, and no kernel is needed."""
  made = make(model_dir)
  made.train(train_input, steps=1)
  gradient = 2 * (X[:4].T @ -Y[:4]) / 4

  np.testing.assert_allclose(
    made.get_variable_value('m/w'), -0.1 * gradient, rtol=1e-5
  )


def test_sizes_that_nobody_gave(model_dir):
  """Without a batch size, params has none."""
  made = make(model_dir)
  made.evaluate(whole_input)

  assert SEEN == [('eval', {'use_tpu': False})]


def host_call_model_fn(features, labels, mode, params):
  """Writes a summary of `tf.summary` at each step, from the host."""
  made = model_fn(features, labels, mode, params)

  def host_call(step, loss):
    writer = tf.summary.create_file_writer(params['logs'])
    with writer.as_default(), tf.summary.record_if(True):
      tf.summary.scalar('host_loss', loss[0], step=step[0])
      return v1.summary.all_v2_summary_ops()

  step = tf.reshape(v1.train.get_global_step(), [1])
  return made._replace(
    host_call=(host_call, [step, tf.reshape(made.loss, [1])])
  )


def test_host_call(model_dir, tmp_path):
  """What host_call returns runs at each step; its writers are flushed."""
  logs = str(tmp_path / 'logs')
  made = make(model_dir, model_fn=host_call_model_fn, params={'logs': logs})
  made.train(train_input, steps=3)

  assert len(tags(logs)['host_loss']) == 3


def test_an_estimator_spec_is_taken_too(model_dir):
  """model_fn may return a plain EstimatorSpec."""

  def plain(features, labels, mode, params):
    return model_fn(features, labels, mode, params).as_estimator_spec()

  made = make(model_dir, model_fn=plain)
  made.train(train_input, steps=1)

  assert made.latest_checkpoint().endswith('model.ckpt-1')


def test_config(model_dir, caplog):
  """The config is of TPUs' kind; the loss is not logged."""
  made = make(config=settings(model_dir, 7))

  assert isinstance(made.config, config.RunConfig)
  assert made.config.tpu_config.iterations_per_loop == 7
  assert made.config.log_step_count_steps is None
  assert 'eval_on_tpu ignored because use_tpu is False.' in caplog.text


def mod_sharded():
  column = v1.tpu.experimental.embedding_column(
    tf.feature_column.categorical_column_with_identity('a', 3), 2
  )
  return embedding.EmbeddingConfigSpec(
    [column],
    tf.tpu.experimental.embedding.Adagrad(0.1),
    partition_strategy='mod',
  )


def no_params(features, labels, mode):
  return model_fn(features, labels, mode, {})


_CONFIG = '`config` must be provided with type `tpu_config.RunConfig`'
ERRORS = {
  'no config': (lambda: {'config': None}, ValueError, _CONFIG),
  'config of Estimator': (
    lambda: {'config': run_config.RunConfig()},
    ValueError,
    _CONFIG,
  ),
  'no model_fn': (
    lambda: {'model_fn': None},
    TypeError,
    'unsupported callable',
  ),
  'reserved key': (
    lambda: {'params': {'batch_size': 3}},
    ValueError,
    'are reserved keys but existed in params',
  ),
  'context': (
    lambda: {'params': {'context': 3}},
    ValueError,
    'are reserved keys but existed in params',
  ),
  'version of exports': (
    lambda: {'export_saved_model_api_version': 3},
    ValueError,
    'should be 1 or 2; got 3',
  ),
  'mod sharding': (
    lambda: {'embedding_config_spec': mod_sharded()},
    ValueError,
    'Mod sharding of embedding tables not supported on CPU',
  ),
  'params for a model_fn without': (
    lambda: {'model_fn': no_params, 'params': {'a': 1}},
    ValueError,
    'does not include params argument',
  ),
  'batch size missing for a TPU': (
    lambda: {'use_tpu': True, 'train_batch_size': None},
    ValueError,
    '`train_batch_size` cannot be `None`',
  ),
  'batch size 0 for a TPU': (
    lambda: {'use_tpu': True, 'eval_batch_size': 0},
    ValueError,
    'eval_batch_size must be positive, got 0',
  ),
  'batch size no int for a TPU': (
    lambda: {'use_tpu': True, 'predict_batch_size': 'a'},
    TypeError,
    'predict_batch_size must be int',
  ),
}


@refusals.each(ERRORS)
def test_bad_arguments(arguments, error, message, model_dir):
  """What cannot work is refused at once, with the reference's phrases."""
  with pytest.raises(error, match=message):
    make(model_dir, **arguments())


def sliced(model_dir):
  tpu_config = config.TPUConfig(
    eval_training_input_configuration=config.InputPipelineConfig.SLICED
  )
  return config.RunConfig(model_dir=model_dir, tpu_config=tpu_config)


def test_sliced_input_is_for_tpus(model_dir):
  """Cutting batches for cores makes no sense without them."""
  with pytest.raises(ValueError, match='SLICED mode only works on use_tpu'):
    make(config=sliced(model_dir)).train(train_input, steps=1)


CALL_ERRORS = {
  'input_fn without params': (
    {},
    lambda: train_input({'batch_size': 2}),
    'does not include params argument, required by TPUEstimator',
  ),
  'model_fn without params': (
    {'model_fn': no_params},
    train_input,
    'does not include params argument, required by TPUEstimator',
  ),
  'model_fn without labels': (
    {'model_fn': lambda features, mode, params: None},
    train_input,
    'model_fn does not take labels, but input_fn returns labels',
  ),
  'no spec': (
    {'model_fn': lambda features, labels, mode, params: 1},
    train_input,
    'model_fn should return an EstimatorSpec',
  ),
}


@pytest.mark.parametrize('case', CALL_ERRORS)
def test_bad_functions(case, model_dir):
  """Functions that do not fit are found when they are called."""
  arguments, input_fn, message = CALL_ERRORS[case]
  with pytest.raises(ValueError, match=message):
    make(model_dir, **arguments).train(input_fn, steps=1)


TPU_CALLS = {
  'train': lambda made: made.train(train_input, steps=1),
  'eval': lambda made: made.evaluate(train_input, steps=1),
  'infer': lambda made: next(made.predict(whole_input)),
}


@pytest.mark.parametrize('mode', TPU_CALLS)
def test_use_tpu_names_the_way_out(mode, model_dir):
  """With use_tpu=True running fails, and says what to pass instead."""
  made = make(model_dir, use_tpu=True)
  message = 'Cannot find any TPU cores in the system(.|\n)*use_tpu=False'
  with pytest.raises(RuntimeError, match=message):
    TPU_CALLS[mode](made)


def test_what_works_with_use_tpu(model_dir, tmp_path):
  """Evaluation off the TPU and exports run with use_tpu=True."""
  make(model_dir).train(train_input, steps=1)
  made = make(model_dir, use_tpu=True, eval_on_tpu=False, eval_batch_size=2)
  metrics = made.evaluate(train_input, steps=1)
  path = made.export_saved_model(
    str(tmp_path),
    receivers.build_raw_serving_input_receiver_fn({'x': tf.constant(X)}),
  )

  assert metrics['global_step'] == 1
  assert tf.saved_model.load(path.decode()).signatures


class HParams:
  """Hyperparameters as contrib's HParams has them."""

  def __init__(self):
    self.values = {'rate': 1}

  def __contains__(self, key):
    return key in self.values

  def add_hparam(self, key, value):
    assert key not in self.values
    self.values[key] = value

  def set_hparam(self, key, value):
    assert key in self.values
    self.values[key] = value


def test_params_may_be_an_hparams_object(model_dir):
  """Batch sizes are added as the object wants it."""
  seen = []

  def hparams_model_fn(features, labels, mode, params):
    seen.append(params.values)
    return model_fn(features, labels, mode, {})

  made = make(model_dir, model_fn=hparams_model_fn, params=HParams())
  made.train(lambda params: train_input(params.values), steps=1)

  assert seen == [{'rate': 1, 'batch_size': 4, 'use_tpu': False}]
