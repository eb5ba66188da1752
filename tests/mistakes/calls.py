"""Mistakes in the calls of an Estimator, and of commands."""

import subprocess
import sys

import keras as keras3
import numpy as np
import tensorflow as tf
import tf_keras

import tfcompat_estimator as estimators
from tests.mistakes import given
from tests.mistakes.mistake import Mistake

errors = tf.errors
fc = tf.feature_column
v1 = tf.compat.v1

INVALID = errors.InvalidArgumentError
DATA = given.data()
with tf.init_scope():
  EAGER = tf.constant(1.0)
with tf.Graph().as_default():
  ELSEWHERE = tf.constant(1.0)


def train(input_fn=DATA, make=given.dnn, **arguments):
  arguments = {'steps': 1, **arguments}
  return lambda api, to: make(api, to).train(input_fn, **arguments)


def evaluate(input_fn=DATA, **arguments):
  arguments = {'steps': 1, **arguments}
  return lambda api, to: given.trained(api, to).evaluate(input_fn, **arguments)


def predict(input_fn=DATA, **arguments):
  return lambda api, to: next(
    given.trained(api, to).predict(input_fn, **arguments)
  )


def spec(function):
  """A custom model whose model_fn is a function of the mode."""
  return train(make=lambda api, to: given.custom(api, to, function))


def both(train_arguments, eval_arguments):
  """A train_and_evaluate with these arguments of its specs."""

  def run(api, to):
    api.train_and_evaluate(
      given.dnn(api, to),
      api.TrainSpec(**{'input_fn': DATA, 'max_steps': 1, **train_arguments}),
      api.EvalSpec(**{'input_fn': DATA, 'steps': 1, **eval_arguments}),
    )

  return run


def then(first, second):
  """Trains one model, and then another one in the same folder."""

  def run(api, to):
    first(api, to).train(DATA, steps=1)
    second(api, to).train(DATA, steps=1)

  return run


def command(*arguments):
  """A command of the package; its last words are raised."""

  def run(api, to):
    del api
    done = subprocess.run(
      [sys.executable, '-m', 'tfcompat_estimator', *arguments],
      capture_output=True, text=True, check=False, cwd=to,
    )  # fmt: skip
    if done.returncode:
      lines = done.stderr.strip().splitlines()
      raise SystemExit(lines[-1])

  return run


ROWS = {
  'steps is 0': Mistake(train(steps=0), ValueError, ('steps', '0')),
  'steps and max_steps': Mistake(
    train(max_steps=2), ValueError, ('steps', 'max_steps')
  ),
  'steps of evaluate is 0': Mistake(
    evaluate(steps=0), ValueError, ('steps', '0')
  ),
  'hooks is one hook': Mistake(
    train(hooks=v1.train.StopAtStepHook(1)),
    TypeError,
    ('hooks', 'StopAtStepHook', r'\['),
  ),
  'hooks of evaluate is one hook': Mistake(
    evaluate(hooks=v1.train.StopAtStepHook(1)),
    TypeError,
    ('hooks', 'StopAtStepHook', r'\['),
  ),
  'hooks has a class': Mistake(
    train(hooks=[v1.train.SessionRunHook]),
    TypeError,
    ('[Hh]ooks', 'SessionRunHook'),
  ),
  'saving_listeners is one listener': Mistake(
    train(saving_listeners=v1.train.CheckpointSaverListener()),
    TypeError,
    ('saving_listeners', 'Listener', r'\['),
  ),
  'input_fn is a Dataset': Mistake(
    lambda api, to: given.dnn(api, to).train(given.dataset(), steps=1),
    TypeError,
    ('input_fn', 'Dataset', 'lambda'),
  ),
  'input_fn is a Dataset, evaluate': Mistake(
    lambda api, to: given.trained(api, to).evaluate(given.dataset(), 1),
    TypeError,
    ('input_fn', 'Dataset', 'lambda'),
  ),
  'input_fn is a Dataset, predict': Mistake(
    lambda api, to: next(given.trained(api, to).predict(given.dataset())),
    TypeError,
    ('input_fn', 'Dataset', 'lambda'),
  ),
  'input_fn is a pair of arrays': Mistake(
    train((given.FEATURES, given.LABELS)), TypeError, ('input_fn', 'tuple')
  ),
  'input_fn is None': Mistake(train(None), TypeError, ('input_fn', 'None')),
  'input_fn returns None': Mistake(
    train(lambda: None), ValueError, ('input_fn|features', 'None|dict')
  ),
  'input_fn returns three things': Mistake(
    train(lambda: (1, 2, 3)), ValueError, ('input_fn', '3')
  ),
  'input_fn takes another argument': Mistake(
    train(lambda path: None), TypeError, ('path',)
  ),
  'input_fn fails': Mistake(
    train(lambda: given.FEATURES['y']), KeyError, ('y',)
  ),
  'model_fn returns None': Mistake(
    spec(lambda features, labels, mode: None),
    ValueError,
    ('model_fn', 'EstimatorSpec', 'None'),
  ),
  'model_fn returns no loss': Mistake(
    spec(
      lambda features, labels, mode: estimators.EstimatorSpec(
        mode, train_op=tf.no_op()
      )
    ),
    ValueError,
    ('loss',),
  ),
  'model_fn returns no train_op': Mistake(
    spec(
      lambda features, labels, mode: estimators.EstimatorSpec(
        mode, loss=tf.constant(1.0)
      )
    ),
    ValueError,
    ('train_op',),
  ),
  'model_fn takes no labels': Mistake(
    spec(lambda features, mode: None), ValueError, ('model_fn', 'labels')
  ),
  'model_fn multiplies shapes that do not fit': Mistake(
    spec(
      lambda features, labels, mode: tf.matmul(features['x'], tf.ones([4, 1]))
    ),
    ValueError,
    ('3', '4'),
  ),
  'model_fn looks at a value': Mistake(
    spec(lambda features, labels, mode: features['x'].numpy()),
    AttributeError,
    ('no value yet', 'tf.print'),
  ),
  'model_fn gives a tensor to NumPy': Mistake(
    spec(lambda features, labels, mode: np.asarray(features['x'])),
    NotImplementedError,
    ('no value yet', 'tf.py_function'),
  ),
  'model_fn decides by a tensor': Mistake(
    spec(lambda features, labels, mode: 1 if features['x'][0, 0] > 0 else 2),
    TypeError,
    ('no value yet', 'tf.cond'),
  ),
  'model_fn iterates over a tensor': Mistake(
    spec(lambda features, labels, mode: list(features['x'])),
    TypeError,
    ('no value yet', 'tf.unstack'),
  ),
  'model_fn uses a name of TF 1': Mistake(
    spec(lambda features, labels, mode: tf.layers.dense(features['x'], 1)),
    AttributeError,
    ('--tf1', 'tf.compat.v1', "'layers'"),
  ),
  'model_fn uses layers that Keras 3 lacks': Mistake(
    spec(lambda features, labels, mode: keras3.no_such_name),
    AttributeError,
    ('TF_USE_LEGACY_KERAS=1', 'no_such_name'),
  ),
  'model_fn minimizes by Keras 3': Mistake(
    spec(
      lambda features, labels, mode: keras3.optimizers.Adam().minimize(labels)
    ),
    AttributeError,
    ('TF_USE_LEGACY_KERAS=1', 'minimize'),
  ),
  'model_fn uses an eager tensor': Mistake(
    spec(lambda features, labels, mode: features['x'] * EAGER),
    RuntimeError,
    ('made before', 'NumPy'),
  ),
  'model_fn uses a tensor of another graph': Mistake(
    spec(lambda features, labels, mode: features['x'] * ELSEWHERE),
    ValueError,
    ('another graph', 'model_fn'),
  ),
  'model_fn looks for another feature': Mistake(
    spec(lambda features, labels, mode: features['none']),
    KeyError,
    ('features', "'none'", "'x'"),
  ),
  'input_fn does not batch': Mistake(
    train(
      lambda: given.dataset().unbatch(),
      lambda api, to: given.dnn(api, to, (fc.numeric_column('w'),)),
    ),
    ValueError,
    ("Feature 'w'", 'batch'),
  ),
  'a layer got other units': Mistake(
    then(given.dnn, lambda api, to: given.dnn(api, to, hidden_units=[5])),
    ValueError,
    ('hiddenlayer_0', '4', '5'),
    lines=8,
  ),
  'a layer was added': Mistake(
    then(given.dnn, lambda api, to: given.dnn(api, to, hidden_units=[4, 4])),
    errors.NotFoundError,
    ('hiddenlayer_1', 'model_dir', 'warm_start_from'),
    lines=7,
  ),
  'another optimizer': Mistake(
    then(given.dnn, lambda api, to: given.dnn(api, to, optimizer='Adam')),
    errors.NotFoundError,
    ('Adagrad', 'Adam', 'model_dir', 'warm_start_from'),
    lines=6,
  ),
  'checkpoint_path of evaluate is not there': Mistake(
    evaluate(checkpoint_path='/no/model.ckpt-1'),
    ValueError,
    ('checkpoint_path|model.ckpt-1',),
  ),
  'checkpoint_path of predict is not there': Mistake(
    predict(checkpoint_path='/no/model.ckpt-1'),
    ValueError,
    ('checkpoint_path|model.ckpt-1',),
  ),
  'predict_keys are unknown': Mistake(
    predict(predict_keys='score'), ValueError, ('score', 'probabilities')
  ),
  'an estimator of another library': Mistake(
    lambda api, to: api.train_and_evaluate(
      tf_keras.Sequential(), api.TrainSpec(DATA, 1), api.EvalSpec(DATA)
    ),
    TypeError,
    ('estimator', 'Sequential'),
  ),
  'train_spec and eval_spec in turn': Mistake(
    lambda api, to: api.train_and_evaluate(
      given.dnn(api, to), api.EvalSpec(DATA), api.TrainSpec(DATA, 1)
    ),
    TypeError,
    ('train_spec', 'TrainSpec'),
  ),
  'TrainSpec of a Dataset': Mistake(
    lambda api, to: api.train_and_evaluate(
      given.dnn(api, to),
      api.TrainSpec(given.dataset(), 1),
      api.EvalSpec(DATA),
    ),
    TypeError,
    ('input_fn', 'Dataset'),
  ),
  'max_steps is 0': Mistake(
    both({'max_steps': 0}, {}), ValueError, ('max_steps', '0')
  ),
  'EvalSpec of 0 steps': Mistake(
    both({}, {'steps': 0}), ValueError, ('steps', '0')
  ),
  'EvalSpec with a function for an exporter': Mistake(
    both({}, {'exporters': lambda: None}),
    TypeError,
    ('exporters?', 'Exporter|function'),
  ),
  'EvalSpec of a name that is a number': Mistake(
    both({}, {'name': 5}), TypeError, ('name', '5')
  ),
  'labels beyond the classes, while both': Mistake(
    both({'input_fn': given.data(given.last(given.LABELS, 2))}, {}),
    INVALID,
    ('[Ll]abel', '2', 'n_classes', '13'),
  ),
  'labels beyond the classes, while evaluating in turn': Mistake(
    both({}, {'input_fn': given.data(given.last(given.LABELS, 2))}),
    INVALID,
    ('[Ll]abel', '2', 'n_classes', '13'),
  ),
  'a checkpoint to convert is not there': Mistake(
    command('convert-checkpoint', 'no/model.ckpt-1', 'out', '--to', 'v2'),
    SystemExit,
    ('no/model.ckpt-1',),
    families=('v2',),
  ),
  'a history of nothing': Mistake(
    command('history', 'no/model'),
    SystemExit,
    ('no/model',),
    families=('v2',),
  ),
  'a program to check is not there': Mistake(
    command('check', 'no.py'), SystemExit, ('no.py',), families=('v2',)
  ),
  'a program to run is not there': Mistake(
    command('no.py'), SystemExit, ('no.py',), families=('v2',)
  ),
}
