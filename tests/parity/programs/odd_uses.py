"""Uses Estimator in ways that no tutorial shows, but programs do."""

import collections
import copy
import functools
import os
import pickle
import tempfile
import threading
import types

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
estimators = tf.estimator
CASES = {}


def case(function):
  """Enters a case: what it returns, or the type of what it raises, is compared."""
  CASES[function.__name__] = function
  return function


def folder():
  return tempfile.mkdtemp()


def rows(count=None):
  """An input_fn's batches of two rows; None: without end."""
  features = {'x': [[1.0, 2.0], [0.5, -1.0]]}
  return tf.data.Dataset.from_tensors((features, [[3.0], [-1.0]])).repeat(count)


def two():
  return rows(2)


def linear(features, labels, mode, **more):
  """A linear model, with hooks and the like of the case's own."""
  w = tf1.get_variable('w', [2, 1], initializer=tf1.ones_initializer())
  y = tf.matmul(features['x'], w)
  if mode == 'infer':
    return estimators.EstimatorSpec(mode, predictions={'y': y})
  loss = tf1.losses.mean_squared_error(labels, y)
  train_op = tf1.train.GradientDescentOptimizer(0.1).minimize(
    loss, tf1.train.get_global_step()
  )
  return estimators.EstimatorSpec(
    mode,
    loss=loss,
    train_op=train_op,
    eval_metric_ops={'mean': tf1.metrics.mean(y)},
    **more,
  )


def plain(features, labels, mode):
  return linear(features, labels, mode)


def trained(model_fn=plain, **more):
  """What training, evaluating and predicting give."""
  estimator = estimators.Estimator(model_fn, folder(), **more)
  estimator.train(rows, steps=3)
  metrics = estimator.evaluate(two)
  return [metrics, [p['y'].tolist() for p in estimator.predict(two)]]


def outcome(function, *arguments, **more):
  """'ok', or the type of the error."""
  try:
    function(*arguments, **more)
  except BaseException as error:  # noqa: BLE001 - its type is compared
    return type(error).__name__
  return 'ok'


@case
def kinds_of_model_fns():
  class Model:
    def __call__(self, features, labels, mode, params):
      return linear(features, labels, mode)

    def method(self, features, labels, mode, config):
      return linear(features, labels, mode)

    @staticmethod
    def static(features, labels, mode):
      return linear(features, labels, mode)

    @classmethod
    def of_class(cls, features, labels, mode):
      return linear(features, labels, mode)

  def with_more(features, labels, mode, more):
    return linear(features, labels, mode)

  @functools.wraps(plain)
  def wrapped(*arguments, **more):
    return plain(*arguments, **more)

  return [
    trained(Model(), params={'a': 1}),
    trained(Model().method),
    trained(Model.static),
    trained(Model.of_class),
    trained(functools.partial(with_more, more=1)),
    outcome(trained, wrapped),
    outcome(trained, lambda features, **more: None),
    *(
      outcome(trained, lambda features, labels, mode, r=result: r)
      for result in (None, 3, {})
    ),
  ]


@case
def specs_that_are_not_right():
  changes = {
    'no loss': lambda s: {'loss': None},
    'no train_op': lambda s: {'train_op': None},
    'a vector of losses': lambda s: {'loss': tf.stack([s.loss, s.loss])},
    'one loss': lambda s: {'loss': tf.reshape(s.loss, [1])},
    'a number': lambda s: {'loss': 1.0},
    'a text': lambda s: {'train_op': 'x'},
    'another mode': lambda s: {'mode': 'eval'},
    'no hooks': lambda s: {'training_hooks': [1]},
    'no list of hooks': lambda s: {'training_hooks': 3},
    'no scaffold': lambda s: {'scaffold': 3},
    'no predictions': lambda s: {'predictions': 3},
    'no metrics': lambda s: {'eval_metric_ops': {'a': 1}},
    'no exports': lambda s: {'export_outputs': {'a': 1}},
    'a loss of text': lambda s: {'loss': tf.constant('a')},
    'an integer loss': lambda s: {'loss': tf.cast(s.loss, tf.int32)},
    'nothing to do': lambda s: {'train_op': tf.no_op()},
    'a group': lambda s: {'train_op': tf.group(s.train_op)},
    'a list': lambda s: {'train_op': [s.train_op]},
    'doubles': lambda s: {'loss': tf.cast(s.loss, tf.float64)},
    'a generator of hooks': lambda s: {'training_hooks': (h for h in ())},
  }
  results = {}
  for name, change in changes.items():

    def model_fn(features, labels, mode, change=change):
      spec = linear(features, labels, mode)
      basis = {'mode': mode, 'loss': spec.loss, 'train_op': spec.train_op}
      return estimators.EstimatorSpec(**{**basis, **change(spec)})

    estimator = estimators.Estimator(model_fn, folder())
    results[name] = outcome(estimator.train, two, steps=1)
  return results


@case
def kinds_of_params():
  class Own(dict):
    pass

  seen = []

  def model_fn(features, labels, mode, params):
    seen.append(type(params).__name__)
    return linear(features, labels, mode)

  given = (Own(a=1), types.SimpleNamespace(a=1), collections.OrderedDict(), [1])
  for params in (*given, None):
    estimator = estimators.Estimator(model_fn, folder(), params=params)
    estimator.train(rows, steps=1)
    seen.append([type(estimator.params).__name__, estimator.params is params])
  return seen


@case
def kinds_of_inputs():
  constant = tf.constant
  inputs = {
    'tensors': lambda: ({'x': constant([[1.0, 2.0]])}, constant([[1.0]])),
    'iterator': lambda: tf1.data.make_one_shot_iterator(rows()).get_next(),
    'no labels': lambda: {'x': constant([[1.0, 2.0]])},
    'None': lambda: None,
    'number': lambda: 3,
    'mode': lambda mode: rows(),
    'params and config': lambda params, config: rows(),
    'unknown argument': lambda other: rows(),
    'a tuple of a dataset': lambda: (rows(),),
    'arrays': lambda: (
      {'x': np.ones((1, 2), np.float32)},
      np.ones((1, 1), np.float32),
    ),
    'three things': lambda: (1, 2, 3),
  }
  return {
    name: outcome(
      estimators.Estimator(plain, folder()).train, input_fn, steps=2
    )
    for name, input_fn in inputs.items()
  }


@case
def generators_that_raise():
  results = []
  for error in (ValueError, StopIteration, KeyError):

    def generate(error=error):
      yield [1.0, 2.0]
      raise error

    def input_fn(generate=generate):
      data = tf.data.Dataset.from_generator(generate, tf.float32, [2])
      return data.map(lambda x: ({'x': x[None]}, [[1.0]]))

    estimator = estimators.Estimator(plain, folder())
    results.append(outcome(estimator.train, input_fn, steps=3))
  return results


@case
def own_configs():
  class Config(estimators.RunConfig):
    def __init__(self, extra=None, **more):
      super().__init__(**more)
      self.own_extra = extra

  config = Config(extra=5, model_dir=folder(), save_summary_steps=7)
  estimator = estimators.Estimator(plain, config=config)
  replaced = estimator.config.replace(tf_random_seed=3)
  other = pickle.loads(pickle.dumps(estimators.RunConfig('/tmp/model')))
  return [
    [type(c).__name__, c.own_extra, c.save_summary_steps]
    for c in (estimator.config, replaced)
  ] + [other.model_dir, copy.deepcopy(config).own_extra]


@case
def copies():
  estimator = estimators.Estimator(plain, folder())
  for other in (copy.copy(estimator), copy.deepcopy(estimator)):
    other.train(rows, steps=1)
  spec = copy.deepcopy(estimators.TrainSpec(rows, 3))
  return [int(estimator.get_variable_value('global_step')), spec.max_steps]


@case
def several_threads():
  results = {}

  def run(number):
    estimator = estimators.Estimator(plain, folder())
    estimator.train(rows, steps=5 + number)
    results[number] = estimator.evaluate(two)

  threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()
  return {str(number): results[number] for number in sorted(results)}


@case
def many_kinds_of_operations():
  seen = []

  def model_fn(features, labels, mode):
    x = features['x']
    tf1.add_to_collection('mine', x)
    count = tf1.get_local_variable('count', initializer=0.0)
    table = tf.lookup.StaticHashTable(
      tf.lookup.KeyValueTensorInitializer(['a', 'b'], [1, 2]), -1
    )

    @tf.function
    def doubled(values):
      if tf.reduce_sum(values) > 0:
        return values * 2
      return values

    fetches = [
      table.lookup(tf.constant(['b', 'c'])),
      tf1.py_func(lambda a: a * 2, [x], tf.float32),
      tf.numpy_function(lambda a: a + 1, [x], tf.float32),
      doubled(x),
      tf.while_loop(
        lambda i, _: i < 3, lambda i, a: (i + 1, a * 2.0), [0, 1.0]
      ),
      tf.cond(tf.reduce_sum(x) > 0, lambda: x, lambda: -x),
      count,
    ]

    class Looks(tf1.train.SessionRunHook):
      def after_run(self, run_context, run_values):
        seen.append(run_context.session.run(fetches))

    checks = [
      tf1.assert_equal(tf.shape(x)[1], 2),
      tf1.assign_add(count, 1.0),
      tf.print('x', output_stream='file:///dev/null'),
    ]
    with tf.control_dependencies([c for c in checks if c is not None]):
      x = tf.identity(x)
    hooks = {'training_hooks': [Looks()], 'evaluation_hooks': [Looks()]}
    return linear({'x': x}, labels, mode, **hooks)

  estimator = estimators.Estimator(model_fn, folder())
  estimator.train(rows, steps=2)
  estimator.evaluate(two)
  return seen


@case
def summaries():
  def model_fn(features, labels, mode):
    tf1.summary.scalar('first', 1.0)
    tf1.summary.histogram('histogram', features['x'])
    tf.summary.scalar('second', 2.0, step=tf1.train.get_global_step())
    return linear(features, labels, mode)

  path = folder()
  estimator = estimators.Estimator(
    model_fn, path, estimators.RunConfig(save_summary_steps=1)
  )
  estimator.train(rows, steps=2)
  estimator.evaluate(two)
  found = set()
  for place in (path, os.path.join(path, 'eval')):
    for name in os.listdir(place):
      if 'tfevents' in name:
        events = tf1.train.summary_iterator(os.path.join(place, name))
        values = [v for event in events for v in event.summary.value]
        found |= {f'{os.path.basename(place)[:4]} {v.tag}' for v in values}
  return sorted(tag.split(' ', 1)[1] for tag in found)


def run(off):
  """What all cases come to."""
  return results_of(CASES, off)


def results_of(cases, off):
  """What these cases come to."""
  if off:
    tf1.disable_v2_behavior()
  tf1.logging.set_verbosity(tf1.logging.FATAL)
  return {name: _result(function) for name, function in cases.items()}


def _result(function):
  try:
    return _plain(function())
  except Exception as error:  # noqa: BLE001 - its type is compared
    return type(error).__name__


def _plain(value):
  if isinstance(value, dict):
    return {str(key): _plain(part) for key, part in value.items()}
  if isinstance(value, (list, tuple)):
    return [_plain(part) for part in value]
  return value.tolist() if hasattr(value, 'tolist') else value
