"""Mistakes in what is added to an Estimator: hooks, metrics, exporters."""

import tensorflow as tf
import tf_keras

import tfcompat_estimator as estimators
from tests.mistakes import given
from tests.mistakes.mistake import Mistake

v1 = tf.compat.v1


def hooked(**methods):
  """A training with a hook that has these methods."""
  hook = type('Hook', (v1.train.SessionRunHook,), methods)
  return trained_with(hook)


def trained_with(make):
  return lambda api, to: given.linear(api, to).train(
    given.data(), hooks=[make()], steps=1
  )


def measured(metric_fn):
  return lambda api, to: estimators.add_metrics(
    given.linear(api, to), metric_fn
  ).evaluate(given.data(), steps=1)


def exported(*exporters):
  """A train_and_evaluate with these exporters, each made when it is called."""
  return lambda api, to: api.train_and_evaluate(
    given.linear(api, to),
    api.TrainSpec(given.data(), 1),
    api.EvalSpec(given.data(), 1, exporters=[make() for make in exporters]),
  )


def final(name):
  return lambda: estimators.FinalExporter(name, given.receiver())


Args = v1.train.SessionRunArgs
_ROWS = {
  'a hook adds to the graph as it runs': Mistake(
    hooked(after_create_session=lambda self, session, coord: tf.constant(1)),
    RuntimeError,
    ('begin', 'model_fn'),
  ),
  'a hook takes too few arguments': Mistake(
    hooked(after_run=lambda self, run_context: None),
    TypeError,
    ('3 were given',),
  ),
  'a hook fetches what is not there': Mistake(
    hooked(before_run=lambda self, context: Args('nope:0')),
    (KeyError, TypeError, ValueError),
    ('nope',),
  ),
  'a hook feeds what is not there': Mistake(
    hooked(before_run=lambda self, context: Args('loss:0', {'nope:0': 1})),
    TypeError,
    ('feed_dict', 'nope'),
  ),
  'a hook logs what is not there': Mistake(
    trained_with(
      lambda: v1.train.LoggingTensorHook(['nope:0'], every_n_iter=1)
    ),
    KeyError,
    ('nope',),
  ),
  'a callback of Keras': Mistake(
    trained_with(tf_keras.callbacks.EarlyStopping),
    TypeError,
    ('[Hh]ooks', 'EarlyStopping', 'SessionRunHook'),
  ),
  'metric_fn returns None': Mistake(
    measured(lambda labels: None), TypeError, ('metric_fn', 'dict', 'None')
  ),
  'metric_fn takes other arguments': Mistake(
    measured(lambda preds: {}),
    ValueError,
    ('metric_fn', 'preds', 'predictions'),
  ),
  'metric_fn reads what is not predicted': Mistake(
    measured(lambda predictions: predictions['clases']),
    KeyError,
    ('clases', "'classes'"),
  ),
  'two exporters of one name': Mistake(
    exported(final('e'), final('e')), ValueError, ('exporters', 'unique', "'e'")
  ),
  'an exporter without a name': Mistake(
    exported(final('')), ValueError, ('[Ee]xporter', 'name')
  ),
  'an exporter without a receiver': Mistake(
    exported(lambda: estimators.FinalExporter('e', None)),
    ValueError,
    ('serving_input_receiver_fn',),
  ),
  'exports_to_keep is text': Mistake(
    exported(
      lambda: estimators.LatestExporter(
        'e', given.receiver(), exports_to_keep='3'
      )
    ),
    TypeError,
    ('exports_to_keep', "'3'"),
  ),
  'compare_fn takes other arguments': Mistake(
    exported(
      lambda: estimators.BestExporter(
        'e', given.receiver(), compare_fn=lambda best, now: True
      )
    ),
    ValueError,
    ('compare_fn', 'best_eval_result'),
  ),
}
# They fail in what both families share: half of them for each is enough.
ROWS = {
  name: row._replace(families=(('v1', 'v2')[index % 2],))
  for index, (name, row) in enumerate(_ROWS.items())
}
