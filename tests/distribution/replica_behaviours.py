"""What an Estimator does on two logical CPUs; each function is one thing to see.

The model has one weight, which moves from 0 towards the mean of the features by
plain gradient descent on (x - w)^2 with a rate of 0.1.
"""

import os

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
BEGUN = {}  # how many hooks of each kind


def setup():
  (cpu,) = tf.config.list_physical_devices('CPU')
  tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
  )


def strategy_of(name):
  """A strategy; `v1 ...` is that of tf.compat.v1."""
  v1, _, kind = name.rpartition(' ')
  distribute = tf1.distribute if v1 else tf.distribute
  two = ['/cpu:0', '/cpu:1']
  if kind == 'OneDevice':
    return distribute.OneDeviceStrategy('/cpu:1')
  if kind == 'CentralStorage':
    return distribute.experimental.CentralStorageStrategy(two, '/cpu:0')
  if kind == 'Default':
    return distribute.MirroredStrategy()
  return distribute.MirroredStrategy(two)


def batches(values, batch=1):
  def input_fn():
    x = np.asarray(values, np.float32)
    return tf.data.Dataset.from_tensor_slices((x, x)).batch(batch)

  return input_fn


def model_fn(features, labels, mode):
  del labels
  weight = tf1.get_variable('w', [], initializer=tf1.zeros_initializer())
  seen = tf1.get_variable(
    'seen',
    [],
    initializer=tf1.zeros_initializer(),
    trainable=False,
    synchronization=tf.VariableSynchronization.ON_READ,
    aggregation=tf.VariableAggregation.SUM,
  )
  loss = tf.reduce_mean(tf.square(features - weight))
  if mode == 'train':
    with tf.control_dependencies([seen.assign_add(tf.reduce_sum(features))]):
      train_op = tf1.train.GradientDescentOptimizer(0.1).minimize(
        loss, tf1.train.get_global_step()
      )
  else:
    train_op = None
  return tf.estimator.EstimatorSpec(
    mode,
    predictions={'p': features * weight},
    loss=loss,
    train_op=train_op,
    eval_metric_ops={'mean': tf1.metrics.mean(features)},
    training_hooks=[Counted('training_hooks')],
    training_chief_hooks=[Counted('training_chief_hooks')],
    evaluation_hooks=[Counted('evaluation_hooks')],
  )


class Counted(tf1.train.SessionRunHook):
  """Counts the hooks of each kind that are used."""

  def __init__(self, kind):
    self.kind = kind

  def begin(self):
    BEGUN[self.kind] = BEGUN.get(self.kind, 0) + 1


def estimator(model_dir, strategy='Mirrored', model=model_fn, **config):
  chosen = strategy_of(strategy)
  config = tf.estimator.RunConfig(
    model_dir=model_dir,
    train_distribute=chosen,
    eval_distribute=chosen,
    **{'save_summary_steps': 0, 'log_step_count_steps': None, **config},
  )
  return tf.estimator.Estimator(model, config=config)


def values_of(made):
  return {name: made.get_variable_value(name) for name in ('w', 'seen')}


def trained_by_each(folder):
  """The variables and metrics that two steps of each strategy end with."""
  results = {}
  for name in (
    'Mirrored',
    'Default',
    'v1 Mirrored',
    'OneDevice',
    'v1 OneDevice',
    'CentralStorage',
    'v1 CentralStorage',
  ):
    made = estimator(os.path.join(folder, name), name)
    made.train(batches([1, 3, 5, 7]), steps=2)
    metrics = made.evaluate(batches([1, 3, 5, 7]))
    results[name] = {**values_of(made), 'mean': metrics['mean']}
  return results


def hooks_of_the_first_replica(folder):
  """How often the hooks of specs begin in one call of train and evaluate."""
  BEGUN.clear()
  made = estimator(folder)
  made.train(batches([1, 2]))
  made.evaluate(batches([1, 2]))
  return dict(BEGUN)


def odd_batch(folder):
  """Steps of a training over five batches; evaluations of odd numbers of them."""
  made = estimator(folder)
  made.train(batches([1, 2, 3, 4, 5]))

  def mean(values, steps=None, hooks=(), change=lambda dataset: dataset):
    input_fn = batches(values)
    metrics = made.evaluate(
      lambda: change(input_fn()), steps=steps, hooks=list(hooks)
    )
    return metrics['mean']

  five = [1, 2, 3, 4, 5]
  many = list(range(4001))
  return made.get_variable_value('global_step'), {
    'all': mean(five),
    'fewer than replicas': mean([7]),
    'all steps': mean(five, steps=3),
    'more steps': mean(five, steps=9),
    'fewer steps': mean(five, steps=2),
    'watched': mean(five, hooks=[Counted('evaluation')]),
    'endless': mean(five, steps=5, change=lambda dataset: dataset.repeat()),
    'fused': mean(many),
    'of unknown number': mean(
      five, change=lambda dataset: dataset.filter(lambda x, _: x[0] > 0)
    ),
  }


def keras_optimizers(folder):
  """The weight after steps by new-style optimizers, on replicas and on one device."""
  import keras
  import tf_keras

  def model_with(optimizer):
    def model(features, labels, mode):
      weight = tf1.get_variable(
        'w', [], initializer=tf1.zeros_initializer(), use_resource=True
      )
      return tf.estimator.RegressionHead().create_estimator_spec(
        {},
        mode,
        (features * weight)[:, tf.newaxis],
        labels[:, tf.newaxis],
        optimizer=optimizer(0.1),
        trainable_variables=[weight],
      )

    return model

  results = {}
  for name, optimizer in (
    ('tf_keras', tf_keras.optimizers.SGD),
    ('keras 3', keras.optimizers.SGD),
  ):
    replicated, alone = (
      estimator(
        os.path.join(folder, name, strategy), strategy, model_with(optimizer)
      )
      for strategy in ('Mirrored', 'OneDevice')
    )
    replicated.train(batches([1, 3, 5, 7]))
    alone.train(batches([1, 3, 5, 7], batch=2))
    results[name] = [
      float(each.get_variable_value('w')) for each in (replicated, alone)
    ]
  return results


def contexts(folder):
  """What input functions that ask for it get as `input_context`."""
  seen = []

  def input_fn(input_context):
    seen.append(
      [
        input_context.num_input_pipelines,
        input_context.input_pipeline_id,
        input_context.num_replicas_in_sync,
      ]
    )
    return batches([1, 2])()

  made = estimator(folder)
  made.train(input_fn)
  made.evaluate(input_fn)
  return seen


def callable_input(folder):
  """Trains on what a function of the input function's returns."""
  made = estimator(folder)
  made.train(lambda: lambda: (tf.constant([2.0]), tf.constant([2.0])), steps=3)
  return values_of(made)


def life(folder):
  """Train and evaluate in turn, export, predict, resume on one device."""
  made = estimator(os.path.join(folder, 'model'), save_checkpoints_steps=2)

  def receiver():
    x = tf1.placeholder(tf.float32, [None], 'x')
    return tf.estimator.export.TensorServingInputReceiver(x, x)

  metrics, exported = tf.estimator.train_and_evaluate(
    made,
    tf.estimator.TrainSpec(batches([2] * 100), max_steps=5),
    tf.estimator.EvalSpec(
      batches([2] * 4),
      throttle_secs=0,
      exporters=tf.estimator.FinalExporter('last', receiver),
    ),
  )
  # Without eager execution a SavedModel cannot be loaded and called.
  from tfcompat_estimator import predictor

  serve = predictor.from_saved_model(exported[0].decode())
  served = serve({'input': [1.0]})['p']
  predicted = [p['p'] for p in made.predict(batches([1]))]
  config = made.config.replace(train_distribute=None, eval_distribute=None)
  alone = tf.estimator.Estimator(model_fn, config=config)
  alone.train(batches([2] * 100), steps=2)
  made.train(batches([2] * 100), steps=2)
  return {
    'metrics': metrics,
    'served': served,
    'predicted': predicted,
    'step': made.get_variable_value('global_step'),
    **values_of(made),
  }


def warm_start(folder):
  """The weight after one step from another model's weight."""
  first = estimator(os.path.join(folder, 'a'))
  first.train(batches([1, 3]))
  warm = tf.estimator.Estimator(
    model_fn,
    os.path.join(folder, 'b'),
    config=estimator(os.path.join(folder, 'b')).config,
    warm_start_from=os.path.join(folder, 'a'),
  )
  warm.train(batches([1, 3]))
  return values_of(first)['w'], values_of(warm)['w']


def early_stopping(folder):
  """The global step at which a hook that always wants to stop does so."""
  made = estimator(folder)
  hook = tf.estimator.experimental.make_early_stopping_hook(
    made, lambda: True, run_every_secs=None, run_every_steps=3
  )
  made.train(batches([1] * 100), hooks=[hook])
  return made.get_variable_value('global_step')


def in_memory(folder):
  """The metrics of evaluations with the values that training has."""
  made = estimator(folder)
  hook = tf.estimator.experimental.InMemoryEvaluatorHook(
    made, batches([1, 3]), every_n_iter=2
  )
  made.train(batches([1] * 8), hooks=[hook])
  tags = {}
  for name in sorted(os.listdir(os.path.join(folder, 'eval'))):
    path = os.path.join(folder, 'eval', name)
    for event in tf1.train.summary_iterator(path):
      for value in event.summary.value:
        tags.setdefault(value.tag, []).append(
          [event.step, float(value.simple_value)]
        )
  return tags


def runs_of_long_training(folder):
  """How many runs went through the session in 3000 steps."""
  from tfcompat_estimator.session_emulation.run import emulated_session

  runs = []
  original = emulated_session.EmulatedSession.run

  def run(self, *args, **kwargs):
    runs.append(1)
    return original(self, *args, **kwargs)

  emulated_session.EmulatedSession.run = run
  try:
    made = estimator(folder)
    made.train(batches([1] * 6000))
  finally:
    emulated_session.EmulatedSession.run = original
  return made.get_variable_value('global_step'), len(runs)


def refusals(folder):
  """The errors of what replicas cannot train."""
  chosen = strategy_of('Mirrored')
  config = tf.estimator.RunConfig(
    model_dir=folder, train_distribute=chosen, eval_distribute=chosen
  )
  columns = [tf.feature_column.numeric_column('x')]
  features = {'x': np.ones([8, 1], np.float32), 'id': np.arange(8).astype(str)}

  def input_fn():
    return tf.data.Dataset.from_tensors((features, np.ones([8, 1]))).repeat(2)

  sdca = tf.estimator.experimental.LinearSDCA('id')
  adam = __import__('tf_keras').optimizers.legacy.Adam
  central = config.replace(train_distribute=strategy_of('CentralStorage'))
  cases = {
    'kmeans': lambda: tf1.estimator.experimental.KMeans(
      2, feature_columns=columns, config=config
    ).train(lambda: input_fn().map(lambda x, y: x)),
    'sdca': lambda: tf.estimator.LinearClassifier(
      columns, optimizer=sdca, config=config
    ).train(input_fn),
    'central': lambda: tf.estimator.LinearClassifier(
      columns, optimizer=adam, config=central
    ).train(input_fn),
    'tensors': lambda: estimator(folder).train(lambda: tf.constant([1.0])),
    'no strategy': lambda: tf.estimator.Estimator(
      model_fn, config=config.replace(train_distribute='two')
    ).train(input_fn),
  }
  return {name: _error(call) for name, call in cases.items()}


def _error(call):
  try:
    call()
  except Exception as error:  # noqa: BLE001  The test looks at it.
    return f'{type(error).__name__}: {error}'
  return 'nothing raised'


def broken_model(folder):
  """The error of a model function, as the caller sees it."""

  def fails(features, labels, mode):
    raise LookupError('of the model')

  return _error(lambda: estimator(folder, model=fails).train(batches([1, 2])))


def observe(names, folder, without):
  """What each of the functions above returns.

  `without` ends the name of what turns parts of TensorFlow 2 off, or is None.
  """
  if without:
    getattr(tf1, f'disable_{without}')()
  setup()
  return {name: globals()[name](os.path.join(folder, name)) for name in names}
