"""Trains with `Scaffold(saver=tf.train.Checkpoint(...))` in the tasks of clusters."""

import tensorflow as tf

import tfcompat_estimator as tfe
from tests.checkpoint import object_models


def in_step(folder, net, max_steps):
  """A worker of those in step; each gets the rows that one device gets."""
  tfe.install()
  _train(folder, net, max_steps, tf.distribute.MultiWorkerMirroredStrategy())


def beside_servers(folder, net, max_steps):
  """A task of a cluster with parameter servers."""
  _train(folder, net, max_steps, None)


def alone(folder, net, max_steps):
  """On one device."""
  object_models.train(folder, max_steps, {'net': net})
  print('finished', flush=True)


def _train(folder, net, max_steps, strategy):
  estimator = object_models.make(
    folder,
    {'net': net},
    train_distribute=strategy,
    experimental_max_worker_delay_secs=0,
  )
  tfe.train_and_evaluate(
    estimator,
    tfe.TrainSpec(object_models.input_fn, max_steps),
    tfe.EvalSpec(
      object_models.eval_input_fn, start_delay_secs=0, throttle_secs=0
    ),
  )
  print('finished', flush=True)
