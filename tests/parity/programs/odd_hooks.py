"""Uses hooks, savers and listeners in ways that no tutorial shows."""

import collections
import os
import sys
from unittest import mock

import tensorflow as tf

sys.path.append(os.path.dirname(__file__))

import odd_uses

tf1 = tf.compat.v1
estimators = tf.estimator
folder, rows, two = odd_uses.folder, odd_uses.rows, odd_uses.two
linear, plain = odd_uses.linear, odd_uses.plain
CASES = {}


def case(function):
  """Enters a case: what it returns, or the type of what it raises, is compared."""
  CASES[function.__name__] = function
  return function


class Writes(tf1.train.SessionRunHook):
  """Writes down when it is called."""

  def __init__(self, calls, name):
    self.calls = calls
    self.name = name

  def begin(self):
    self.calls.append(f'{self.name} begin')

  def after_create_session(self, session, coord):
    self.calls.append(f'{self.name} created')

  def before_run(self, run_context):
    self.calls.append(f'{self.name} before')

  def after_run(self, run_context, run_values):
    self.calls.append(f'{self.name} after')

  def end(self, session):
    self.calls.append(f'{self.name} end')


@case
def mocks_of_hooks():
  hook = mock.MagicMock(spec=tf1.train.SessionRunHook)
  hook.before_run.return_value = None
  asks = mock.Mock(spec=tf1.train.SessionRunHook)
  asks.before_run.side_effect = lambda _: tf1.train.SessionRunArgs(
    tf1.get_collection('losses')[0]
  )
  estimator = estimators.Estimator(plain, folder())
  estimator.train(rows, steps=2, hooks=[hook, asks])
  return [[call[0] for call in h.method_calls] for h in (hook, asks)]


@case
def orders_of_hooks():
  calls = []
  names = ('training', 'training_chief', 'evaluation')

  def model_fn(features, labels, mode):
    hooks = {f'{name}_hooks': [Writes(calls, name)] for name in names}
    return linear(features, labels, mode, **hooks)

  estimator = estimators.Estimator(model_fn, folder())
  estimator.train(rows, steps=1, hooks=[Writes(calls, 'own')])
  estimator.evaluate(two, hooks=[Writes(calls, 'own')])
  return calls


@case
def sessions_in_hooks():
  seen = []

  class Looks(tf1.train.SessionRunHook):
    def begin(self):
      seen.append(tf1.get_default_graph().finalized)

    def after_create_session(self, session, coord):
      seen.append([session.graph is tf1.get_default_graph()])
      seen.append([session.graph.finalized, coord.should_stop()])

    def before_run(self, run_context):
      loss = tf1.get_collection('losses')[0]
      pair = collections.namedtuple('Pair', 'first second')
      return tf1.train.SessionRunArgs(pair(loss, {'nested': [loss]}))

    def after_run(self, run_context, run_values):
      first, second = run_values.results
      w = run_context.session.run(tf1.trainable_variables()[0])
      seen.append([float(first), float(second['nested'][0]), w.tolist()])
      seen.append(type(run_values.results).__name__)

    def end(self, session):
      seen.append(session.run(tf1.trainable_variables()[0]).tolist())

  estimators.Estimator(plain, folder()).train(rows, steps=2, hooks=[Looks()])
  return seen


@case
def feeds_by_hooks():
  def model_fn(features, labels, mode):
    factor = tf1.placeholder_with_default(1.0, [], 'factor')
    spec = linear(features, labels, mode)
    return spec._replace(loss=spec.loss * factor)

  class Feeds(tf1.train.SessionRunHook):
    def before_run(self, run_context):
      return tf1.train.SessionRunArgs([], feed_dict={'factor:0': 3.0})

  estimator = estimators.Estimator(model_fn, folder())
  feeds = tf1.train.FeedFnHook(lambda: {'factor:0': 5.0})
  estimator.train(rows, steps=2, hooks=[feeds])
  twice = odd_uses.outcome(
    estimator.train, rows, steps=1, hooks=[feeds, Feeds()]
  )
  return [
    twice,
    *(estimator.evaluate(two, hooks=[h]) for h in (feeds, Feeds())),
  ]


@case
def errors_in_hooks():
  results = []
  errors = (
    KeyboardInterrupt,
    ValueError,
    StopIteration,
    SystemExit(3),
    tf.errors.OutOfRangeError(None, None, 'over'),
    tf.errors.AbortedError(None, None, 'again'),
  )
  for error in errors:

    class Raises(tf1.train.SessionRunHook):
      runs = ended = 0

      def after_run(self, run_context, run_values, error=error):
        self.runs += 1
        if self.runs == 2:
          raise error

      def end(self, session):
        self.ended += 1

    hook, path = Raises(), folder()
    estimator = estimators.Estimator(plain, path)
    kind = odd_uses.outcome(estimator.train, rows, steps=4, hooks=[hook])
    latest = os.path.basename(tf.train.latest_checkpoint(path) or '')
    results.append([kind, hook.runs, hook.ended, latest])
  return results


@case
def savers_and_listeners():
  calls = []

  class Listens(tf1.train.CheckpointSaverListener):
    def before_save(self, session, step):
      calls.append(['before', int(step)])

    def after_save(self, session, step):
      calls.append(['after', int(step)])
      return step >= 2

  def model_fn(features, labels, mode):
    spec = linear(features, labels, mode)
    scaffold = tf1.train.Scaffold(
      init_fn=lambda scaffold, session: calls.append('init'),
      saver=tf1.train.Saver(max_to_keep=1),
      local_init_op=tf.group(
        tf1.local_variables_initializer(), tf1.tables_initializer()
      ),
    )
    return spec._replace(scaffold=scaffold)

  path = folder()
  estimator = estimators.Estimator(
    model_fn, path, estimators.RunConfig(save_checkpoints_steps=1)
  )
  estimator.train(rows, steps=5, saving_listeners=[Listens()])
  estimator.evaluate(two)
  files = [name for name in os.listdir(path) if name.endswith('.index')]
  return [calls, sorted(files)]


def run(off):
  """What all cases come to."""
  return odd_uses.results_of(CASES, off)
