"""Prints what a user could take in place of an Estimator costs: a JSON object.

    others.py {keras,loop} {steps,calls,rounds} MODEL

`keras` is fit, evaluate and predict of `to_keras(estimator).network`; `loop` the same
network in functions of many steps, written by hand. Each has the loss, one optimizer for
all variables, and in evaluations of a classifier accuracy and both AUC, which are most of
what Estimator's take. The rows have the names that steps.py, calls.py and
rounds.py give them. Of a model that has no such network, nothing is printed.
"""

import argparse
import json
import tempfile
import time

import calls
import models
import rounds
import tensorflow as tf
import tf_keras

import tfcompat_estimator

keras = tf_keras
_WINDOW = 200  # steps
_WINDOWS = 8


def _tiny():
  return keras.Sequential(
    [keras.layers.InputLayer((8,), name='x'), keras.layers.Dense(1)]
  )


def _cnn():
  layers = keras.layers
  return keras.Sequential(
    [
      layers.InputLayer((14, 14, 1), name='x'),
      layers.Conv2D(8, 3, activation='relu'),
      layers.MaxPooling2D(),
      layers.Conv2D(16, 3, activation='relu'),
      layers.Flatten(),
      layers.Dense(10),
    ]
  )


# Of models with a model_fn, which to_keras does not take.
_NETWORKS = {'tiny, batch 16': _tiny, 'CNN, 32': _cnn}
_OPTIMIZERS = {
  'tiny, batch 16': 'SGD',
  'model_to_estimator, 32': 'SGD',
  'DNN with Adam, 128': 'Adam',
  'CNN, 32': 'Adam',
  'linear, 128': 'Ftrl',
}
_SQUARED = ('tiny, batch 16', 'model_to_estimator, 32')


def _network(name):
  """The network of a model; None if it has none that takes a dict of features."""
  if name in _NETWORKS:
    return _NETWORKS[name]()
  model = models.MODELS[name]
  with tempfile.TemporaryDirectory() as model_dir:
    estimator = models.estimator(model, model_dir)
    try:
      estimator.train(models.cached(model), steps=1)
      made = tfcompat_estimator.to_keras(estimator)
    except (RuntimeError, TypeError, ValueError):
      return None
  network = getattr(made, 'network', made)
  return None if isinstance(network.output, dict) else network


def _loss(name):
  if name in _SQUARED:
    return keras.losses.MeanSquaredError()
  if name == 'CNN, 32':
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
  return keras.losses.BinaryCrossentropy(from_logits=True)


def _metrics(name):
  """Those that take logits as they are, as a classifier's evaluation has them."""
  if name in _SQUARED or name == 'CNN, 32':
    return []
  return [
    keras.metrics.BinaryAccuracy(threshold=0.0),
    keras.metrics.AUC(from_logits=True),
    keras.metrics.AUC(curve='PR', from_logits=True),
    keras.metrics.Mean(),
  ]


class Keras:
  """By the methods of Keras."""

  def __init__(self, name, network):
    self._network = network
    self._loss, self._metrics = _loss(name), _metrics(name)
    optimizers = keras.optimizers
    self._optimizer = getattr(optimizers, _OPTIMIZERS.get(name, 'Adagrad'))()
    self._compiled = None

  def _compile(self, metrics):
    if self._compiled != bool(metrics):
      self._network.compile(self._optimizer, self._loss, metrics)
      self._compiled = bool(metrics)

  def train(self, dataset, steps):
    self._compile([])
    self._network.fit(dataset, steps_per_epoch=steps, verbose=0)

  def evaluate(self, dataset):
    self._compile(self._metrics[:-1])  # the loss is there
    self._network.evaluate(dataset, verbose=0)

  def predict(self, dataset):
    self._compile([])
    self._network.predict(dataset, verbose=0)

  def rounds(self, dataset, given):
    self._compile(self._metrics[:-1])
    self._network.fit(
      dataset,
      steps_per_epoch=rounds.STEPS,
      epochs=rounds.ROUNDS,
      validation_data=given(),
      verbose=0,
    )


class Loop:
  """By functions of many steps. Optimizers are those of one kernel a variable."""

  def __init__(self, name, network):
    self._network = network
    self._loss, self._metrics = _loss(name), _metrics(name)
    optimizers = keras.optimizers.legacy
    self._optimizer = getattr(optimizers, _OPTIMIZERS.get(name, 'Adagrad'))()

  def _forward(self, features, labels, training=False):
    logits = self._network(features, training=training)
    if labels.shape.rank == 1 and logits.shape[-1] == 1:
      labels = labels[:, tf.newaxis]
    return logits, labels, self._loss(labels, logits)

  @tf.function
  def _steps(self, iterator, count):
    for _ in tf.range(count):
      features, labels = next(iterator)
      with tf.GradientTape() as tape:
        *_, loss = self._forward(features, labels, training=True)
      variables = self._network.trainable_variables
      self._optimizer.minimize(loss, variables, tape=tape)

  @tf.function
  def _evaluate(self, iterator):
    for features, labels in iterator:
      logits, labels, loss = self._forward(features, labels)
      for metric in self._metrics:
        if type(metric) is keras.metrics.Mean:
          metric.update_state(loss)
        else:
          metric.update_state(labels, logits)
    return [metric.result() for metric in self._metrics]

  @tf.function
  def _predict(self, features):
    return self._network(features)

  def train(self, dataset, steps):
    self._steps(iter(dataset), tf.constant(steps))

  def evaluate(self, dataset):
    for metric in self._metrics:
      metric.reset_state()
    return [value.numpy() for value in self._evaluate(iter(dataset))]

  def predict(self, dataset):
    return [self._predict(features).numpy() for features, _ in dataset]

  def rounds(self, dataset, given):
    iterator = iter(dataset)
    for _ in range(rounds.ROUNDS):
      self._steps(iterator, tf.constant(rounds.STEPS))
      self.evaluate(given())


def _of_steps(way, model):
  """Microseconds a step, in the fastest of some windows."""
  dataset = models.cached(model)()
  seconds = calls.fastest(_WINDOWS, lambda: way.train(dataset, _WINDOW))
  return {'': 1e6 * seconds / _WINDOW}


def _of_calls(way, model):
  train = models.cached(model)
  rows = {'train(steps=200)': lambda: way.train(train(), 200)}
  for what, size in calls.SIZES.items():
    given = calls.input_of(model, what, size)
    call = way.evaluate if what.startswith('evaluate') else way.predict
    rows[what] = lambda call=call, given=given: call(given())
  return {what: calls.fastest(3, call) for what, call in rows.items()}


def _of_rounds(way, model):
  """Once, as users do: functions are traced in it."""
  given = models.once(model, rounds.BATCHES * model.batch, model.batch)
  start = time.perf_counter()
  way.rounds(models.cached(model)(), given)
  return {rounds.TITLE: time.perf_counter() - start}


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('way', choices=['keras', 'loop'])
  parser.add_argument('what', choices=['steps', 'calls', 'rounds'])
  parser.add_argument('name', choices=models.MODELS)
  args = parser.parse_args()
  tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
  network = _network(args.name)
  result = {}
  if network is not None:
    way = (Keras if args.way == 'keras' else Loop)(args.name, network)
    measure = {'steps': _of_steps, 'calls': _of_calls, 'rounds': _of_rounds}
    result = measure[args.what](way, models.MODELS[args.name])
  print(json.dumps({name or args.name: each for name, each in result.items()}))


if __name__ == '__main__':
  main()
