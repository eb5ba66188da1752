"""Subclasses Estimator in the ways that frameworks built on it do."""

import inspect
import os

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
_ASSERTION = '_assert_members_are_not_overridden'
ROWS = 12
BATCH = 3


def allow_overrides(how):
  """Switches the assertion off, in one of the ways seen in programs."""
  nothing = {
    'lambda': lambda self: None,
    'static': staticmethod(lambda _: None),
  }[how]
  setattr(tf.estimator.Estimator, _ASSERTION, nothing)


def data():
  x = np.linspace(-1, 1, ROWS).astype(np.float32)[:, None]
  return x, 3 * x + 0.5


def dataset(shard=0, shards=1):
  x, y = data()
  whole = tf.data.Dataset.from_tensor_slices(({'x': x}, y))
  return whole.shard(shards, shard).batch(BATCH)


def input_fn():
  return dataset().repeat()


def finite_input_fn():
  return dataset()


def receiver():
  x = tf1.placeholder(tf.float32, [None, 1], 'x')
  return tf.estimator.export.ServingInputReceiver({'x': x}, {'x': x})


def linear(features, params):
  with tf1.variable_scope('linear'):
    w = tf1.get_variable('w', [1, 1], initializer=tf1.zeros_initializer())
    b = tf1.get_variable('b', [1], initializer=tf1.zeros_initializer())
  scale = (params or {}).get('scale', 1.0)
  return scale * (tf.matmul(features['x'], w) + b)


def model_fn(features, labels, mode, params):
  y = linear(features, params)
  predictions = {'y': y}
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(
      mode,
      predictions=predictions,
      export_outputs={
        'serving_default': tf.estimator.export.PredictOutput(predictions)
      },
    )
  loss = tf.reduce_mean(tf.square(y - labels))
  step = tf1.train.get_global_step()
  optimizer = tf1.train.MomentumOptimizer(0.1, 0.5)
  return tf.estimator.EstimatorSpec(
    mode,
    predictions=predictions,
    loss=loss,
    train_op=optimizer.minimize(loss, step),
    eval_metric_ops={'mae': tf1.metrics.mean_absolute_error(labels, y)},
  )


def config(model_dir, **more):
  return tf.estimator.RunConfig(
    model_dir,
    tf_random_seed=1,
    save_checkpoints_steps=2,
    save_summary_steps=None,
    log_step_count_steps=None,
    **more,
  )


def plain(metrics):
  return {key: float(value) for key, value in metrics.items()}


def lives_on(estimator, model_dir):
  """What evaluate, predict and export make of the model's checkpoint."""
  path = estimator.export_saved_model(
    os.path.join(model_dir, 'export'), receiver
  )
  served = tf.saved_model.load(path.decode()).signatures['serving_default']
  variables = os.path.join(path.decode(), 'variables', 'variables')
  return {
    'metrics': plain(estimator.evaluate(finite_input_fn)),
    'predictions': [
      float(p['y'][0]) for p in estimator.predict(finite_input_fn)
    ],
    'exported': tf.train.load_variable(variables, 'linear/w').tolist(),
    'outputs': sorted(served.structured_outputs),
    'variables': sorted(estimator.get_variable_names()),
    'latest': os.path.basename(estimator.latest_checkpoint()),
  }


# A framework for recommendation: a training loop of its own.


class StepLog(tf1.train.SessionRunHook):
  """Notes the global step and the loss of each run."""

  def __init__(self, log, loss):
    self._log = log
    self._loss = loss

  def begin(self):
    self._step = tf1.train.get_global_step()

  def before_run(self, run_context):
    return tf1.train.SessionRunArgs([self._step, self._loss])

  def after_run(self, run_context, run_values):
    step, loss = run_values.results
    self._log.append([int(step), float(loss)])


class SaveLog(tf1.train.CheckpointSaverListener):
  """Notes the steps of checkpoints."""

  def __init__(self):
    self.steps = []

  def after_save(self, session, global_step_value):
    self.steps.append(int(global_step_value))


class OwnLoop(tf.estimator.Estimator):
  """Trains in a MonitoredTrainingSession of TensorFlow's own."""

  def __init__(self, *args, **kwargs):
    super().__init__(*args, **kwargs)
    self.log = []

  def _train_with_estimator_spec(
    self,
    estimator_spec,
    worker_hooks,
    hooks,
    global_step_tensor,
    saving_listeners,
  ):
    hooks = [
      *worker_hooks,
      *hooks,
      tf1.train.NanTensorHook(estimator_spec.loss),
      StepLog(self.log, estimator_spec.loss),
      *estimator_spec.training_hooks,
    ]
    if not (
      estimator_spec.scaffold.saver or tf1.get_collection(tf1.GraphKeys.SAVERS)
    ):
      tf1.add_to_collection(
        tf1.GraphKeys.SAVERS,
        tf1.train.Saver(
          sharded=True,
          max_to_keep=self._config.keep_checkpoint_max,
          defer_build=True,
          save_relative_paths=True,
        ),
      )
    saver = tf1.train.CheckpointSaverHook(
      self._model_dir,
      save_steps=self._config.save_checkpoints_steps,
      scaffold=estimator_spec.scaffold,
      listeners=saving_listeners,
    )
    loss = None
    with tf1.train.MonitoredTrainingSession(
      master=self._config.master,
      is_chief=self._config.is_chief,
      checkpoint_dir=self.model_dir,
      scaffold=estimator_spec.scaffold,
      hooks=hooks,
      chief_only_hooks=[saver, *estimator_spec.training_chief_hooks],
      save_checkpoint_secs=0,
      save_summaries_steps=0,
      config=self._session_config,
      log_step_count_steps=self._config.log_step_count_steps,
    ) as session:
      while not session.should_stop():
        _, loss = session.run([estimator_spec.train_op, estimator_spec.loss])
    return loss


def own_loop(model_dir, how):
  allow_overrides(how)
  estimator = OwnLoop(model_fn, config=config(model_dir), params={'scale': 0.5})
  saves = SaveLog()
  estimator.train(input_fn, steps=3, saving_listeners=[saves])
  estimator.train(input_fn, max_steps=5)
  estimator.train(input_fn, max_steps=5)
  return {
    'log': estimator.log,
    'saves': saves.steps,
    **lives_on(estimator, model_dir),
  }


class OwnGraph(OwnLoop):
  """Builds the graph of training itself, too, from the smaller steps."""

  def _train_model(self, input_fn, hooks, saving_listeners):
    return self._train_model_default(input_fn, hooks, saving_listeners)

  def _train_model_default(self, input_fn, hooks, saving_listeners):
    mode = tf.estimator.ModeKeys.TRAIN
    with tf.Graph().as_default() as graph, graph.device(self._device_fn):
      tf1.set_random_seed(self._config.tf_random_seed)
      step = self._create_and_assert_global_step(graph)
      features, labels, input_hooks = (
        self._get_features_and_labels_from_input_fn(input_fn, mode)
      )
      spec = self._call_model_fn(features, labels, mode, self.config)
      assert step is tf1.train.get_global_step(graph)
      return self._train_with_estimator_spec(
        spec, list(input_hooks), hooks, step, saving_listeners
      )


def own_graph(model_dir, how):
  allow_overrides(how)
  estimator = OwnGraph(model_fn, config=config(model_dir))
  estimator.train(input_fn, steps=4)
  return {'log': estimator.log, **lives_on(estimator, model_dir)}


# A framework that grows a model: iterations around the steps of Estimator.


class Growing(tf.estimator.Estimator):
  """Trains in iterations, each with a model_fn of its own."""

  def __init__(self, iterations, steps_each, **kwargs):
    self._iterations = iterations
    self._steps_each = steps_each
    self.seen = []
    super().__init__(self._grown_model_fn, **kwargs)

  def _assert_members_are_not_overridden(self):
    pass

  def train(self, input_fn, hooks=None, steps=None, max_steps=None, **kwargs):
    for iteration in range(self._iterations):
      self._params['iteration'] = iteration
      self._params['scale'] = 1.0 + iteration
      super().train(
        input_fn, hooks, max_steps=(iteration + 1) * self._steps_each, **kwargs
      )
      self.seen.append(plain(self._actual_eval(finite_input_fn, name='each')))
    return self

  def _grown_model_fn(self, features, labels, mode, params):
    spec = model_fn(features, labels, mode, params)
    return spec._replace(
      training_hooks=(*spec.training_hooks, tf1.train.SessionRunHook())
    )

  def _call_model_fn(self, features, labels, mode, config):
    if isinstance(features, dict):
      features = {'x': 2.0 * features['x']}
    return super()._call_model_fn(features, labels, mode, config)

  def _create_global_step(self, graph):
    with graph.as_default():
      return tf1.train.create_global_step(graph)

  def _extract_batch_length(self, preds_evaluated):
    return super()._extract_batch_length(preds_evaluated) - 1


def growing(model_dir):
  estimator = Growing(3, 2, config=config(model_dir), params={'iteration': 0})
  estimator.train(input_fn)
  return {'seen': estimator.seen, **lives_on(estimator, model_dir)}


# A framework for many workers: input, hooks and evaluation of its own.


class Workers(tf.estimator.Estimator):
  """Reads a part of the input and evaluates in a loop of its own."""

  def __init__(self, *args, **kwargs):
    # On the class of the object, as some do.
    setattr(self.__class__, _ASSERTION, lambda self: None)
    super().__init__(*args, **kwargs)
    self.calls = []

  def _convert_train_steps_to_hooks(self, steps, max_steps):
    self.calls.append(['steps', steps, max_steps])
    return super()._convert_train_steps_to_hooks(steps and steps * 2, max_steps)

  def _convert_eval_steps_to_hooks(self, steps):
    self.calls.append(['eval_steps', steps])
    return super()._convert_eval_steps_to_hooks(steps or 2)

  def _call_input_fn(self, input_fn, mode, input_context=None):
    self.calls.append(['input', mode, sorted(input_fn.__code__.co_varnames)])
    context = tf.distribute.InputContext(2, 1, 2)
    return super()._call_input_fn(input_fn, mode, context)

  def _get_features_and_labels_from_input_fn(self, input_fn, mode):
    features, labels, hooks = super()._get_features_and_labels_from_input_fn(
      input_fn, mode
    )
    return features, labels * 2.0, hooks

  def _get_features_from_input_fn(self, input_fn, mode):
    result = self._call_input_fn(input_fn, mode)
    iterator = tf1.data.make_initializable_iterator(result)
    tf1.add_to_collection(
      tf1.GraphKeys.TABLE_INITIALIZERS, iterator.initializer
    )
    return iterator.get_next()[0], []

  def _maybe_warm_start(self, checkpoint_path):
    self.calls.append(['warm', checkpoint_path is not None])

  def _evaluate_run(
    self,
    checkpoint_path,
    scaffold,
    update_op,
    eval_dict,
    all_hooks,
    output_dir,
  ):
    values = None
    hooks = [h for h in all_hooks if hasattr(h, 'after_create_session')]
    hooks = [h for h in hooks if not hasattr(h, '_evals_completed')]
    hooks = [h for h in hooks if not hasattr(h, '_num_evals')]
    creator = tf1.train.ChiefSessionCreator(
      scaffold=scaffold,
      checkpoint_filename_with_path=checkpoint_path,
      config=self._session_config,
    )
    with tf1.train.MonitoredSession(creator, hooks=hooks) as session:
      for _ in range(2):
        session.run(update_op)
      values = session.run(eval_dict)
    self.calls.append(['ran', os.path.basename(output_dir), sorted(values)])
    return values

  def _extract_keys(self, predictions, predict_keys):
    return {'z': -predictions['y']}

  def latest_checkpoint(self):
    self.calls.append(['latest'])
    return super().latest_checkpoint()


def sharded_input_fn(mode, input_context=None):
  part = dataset(
    input_context.input_pipeline_id, input_context.num_input_pipelines
  )
  return part.repeat() if mode == tf.estimator.ModeKeys.TRAIN else part


def workers(model_dir):
  estimator = Workers(model_fn, config=config(model_dir))
  estimator.train(sharded_input_fn, steps=2)
  metrics = plain(estimator.evaluate(sharded_input_fn, name='mine'))
  predictions = [float(p['z'][0]) for p in estimator.predict(sharded_input_fn)]
  estimator.export_saved_model(os.path.join(model_dir, 'export'), receiver)
  return {
    'metrics': metrics,
    'predictions': predictions,
    'calls': estimator.calls,
    'w': float(estimator.get_variable_value('linear/w')[0, 0]),
  }


# A program for TPUs, without one.


class OnCores(tf1.estimator.tpu.TPUEstimator):
  """Steps in where TPUEstimator itself does."""

  def _assert_members_are_not_overridden(self):
    pass

  def _call_input_fn(self, input_fn, mode, input_context=None):
    features = super()._call_input_fn(input_fn, mode, input_context)
    self.calls.append(['input', mode, input_fn.__name__])
    return features

  def _call_model_fn(self, features, labels, mode, config):
    spec = super()._call_model_fn(features, labels, mode, config)
    self.calls.append(['model', mode, sorted(spec.predictions)])
    return spec

  def _train_with_estimator_spec(self, *args, **kwargs):
    loss = super()._train_with_estimator_spec(*args, **kwargs)
    self.calls.append(['loss', float(loss)])
    return loss

  def _convert_eval_steps_to_hooks(self, steps):
    return super()._convert_eval_steps_to_hooks(steps + 1)

  def _evaluate_run(self, **kwargs):
    metrics = super()._evaluate_run(**kwargs)
    return {**metrics, 'keys': len(metrics)}


def batch_input_fn(params):
  x, y = data()
  rows = tf.data.Dataset.from_tensor_slices(({'x': x}, y))
  return rows.batch(params['batch_size'], drop_remainder=True)


def tpu_model_fn(features, labels, mode, params):
  spec = model_fn(features, labels, mode, {})
  size = tf.cast(params.get('batch_size', 1), tf.float32)
  return spec._replace(
    predictions={**spec.predictions, 'size': spec.predictions['y'] * 0 + size}
  )


def on_cores(model_dir):
  estimator = OnCores(
    tpu_model_fn,
    config=tf1.estimator.tpu.RunConfig(
      model_dir=model_dir, tf_random_seed=1, log_step_count_steps=None
    ),
    use_tpu=False,
    train_batch_size=4,
    eval_batch_size=2,
    predict_batch_size=3,
  )
  estimator.calls = []
  estimator.train(batch_input_fn, steps=2)
  return {
    'metrics': plain(estimator.evaluate(batch_input_fn, steps=1)),
    'predictions': [
      [float(p['y'][0]), float(p['size'][0])]
      for p in estimator.predict(batch_input_fn)
    ],
    'calls': estimator.calls,
  }


# Who calls whom.


def brief(value):
  """A value as far as both sides must agree on it."""
  if isinstance(value, str) and os.sep in value:
    return os.path.basename(value)
  if value is None or isinstance(value, (str, bool, int, float)):
    return value
  if isinstance(value, dict):
    return {str(key): brief(part) for key, part in sorted(value.items())}
  if isinstance(value, (list, tuple)):
    return [brief(part) for part in value]
  if callable(value) and hasattr(value, '__code__'):
    return value.__name__
  if tf.is_tensor(value):
    return 'tensor'
  return type(value).__name__.lstrip('_')


def watch(base, log):
  """Has each method of a class write down its calls; returns an undo."""
  depth = [0]
  originals = {}

  def watched(name, method):
    def call(self, *args, **kwargs):
      log.append(
        [depth[0], name, [brief(a) for a in args], brief(kwargs), None]
      )
      entry = log[-1]
      depth[0] += 1
      try:
        result = method(self, *args, **kwargs)
      finally:
        depth[0] -= 1
      entry[-1] = brief(result)
      return result

    return call

  for name in dir(base):
    method = inspect.getattr_static(base, name)
    if inspect.isfunction(method) and not name.startswith('__'):
      originals[name] = name in vars(base) and method
      setattr(base, name, watched(name, method))

  def undo():
    for name, method in originals.items():
      if method:
        setattr(base, name, method)
      else:
        delattr(base, name)

  return undo


def canned(family, model_dir):
  columns = [tf.feature_column.numeric_column('x')]
  if family == 'v1':
    return tf1.estimator.LinearRegressor(columns, config=config(model_dir))
  return tf.estimator.DNNRegressor([2], columns, config=config(model_dir))


def estimators(kind, model_dir):
  if kind == 'v1':
    return tf1.estimator.Estimator(model_fn, config=config(model_dir))
  if kind == 'v2':
    return tf.estimator.Estimator(model_fn, config=config(model_dir))
  return canned(kind.split()[1], model_dir)


def calls(kind, model_dir):
  """All calls of methods in the life of a model."""
  log = []
  undo = watch(tf1.estimator.Estimator, log)
  try:
    estimator = estimators(kind, model_dir)
    estimator.train(
      input_fn,
      steps=2,
      hooks=[tf1.train.SessionRunHook()],
      saving_listeners=[SaveLog()],
    )
    estimator.evaluate(input_fn, steps=2, name='n')
    keys = ['y'] if kind.startswith('v') else None
    list(estimator.predict(finite_input_fn, predict_keys=keys))
    estimator.export_saved_model(os.path.join(model_dir, 'e'), receiver)
    warm = tf.estimator.Estimator(
      model_fn,
      config=config(model_dir + '_warm'),
      warm_start_from=model_dir if kind.startswith('v') else None,
    )
    warm.evaluate(input_fn, steps=1)
    warm.train(input_fn, steps=1)
    memory = tf.estimator.experimental.InMemoryEvaluatorHook(
      warm, finite_input_fn, steps=1, every_n_iter=5
    )
    warm.train(input_fn, steps=1, hooks=[memory])
  finally:
    undo()
  return log


def refused():
  """By class and member, whether an override is refused."""

  def is_refused(base, member, **arguments):
    override = {member: lambda self, *args, **kwargs: None}
    try:
      type('Override', (base,), override)(**arguments)
    except ValueError:
      return True
    return False

  def own_model_fn(features):
    """Is never called."""

  columns = [tf.feature_column.numeric_column('x')]
  cases = {
    'v1': (tf1.estimator.Estimator, {'model_fn': own_model_fn}),
    'v2': (tf.estimator.Estimator, {'model_fn': own_model_fn}),
    'canned': (
      tf.estimator.LinearRegressor,
      {'feature_columns': columns},
    ),
    'canned v1': (
      tf1.estimator.LinearRegressor,
      {'feature_columns': columns},
    ),
  }
  members = [
    name
    for name in dir(tf.estimator.Estimator)
    if not name.startswith(('__', '_estimator_api'))
  ]
  return {
    case: {name: is_refused(base, name, **kwargs) for name in members}
    for case, (base, kwargs) in cases.items()
  }
