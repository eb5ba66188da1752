"""Trains and evaluates under a strategy of tf.distribute."""

from typing import Any

import tensorflow as tf

from tfcompat_estimator.distribution import (
  leftovers,
  replica_inputs,
  replicas,
  strategies,
)
from tfcompat_estimator.estimator import model
from tfcompat_estimator.loop import evaluate as evaluate_loop
from tfcompat_estimator.spec import modes


class Replicated(model.Model):
  """The steps of an Estimator that call the model for several replicas."""

  _train_with_estimator_spec: Any  # of the class that derives from this one

  def _train_model_distributed(self, input_fn, hooks, saving_listeners):
    """Builds the graph of all replicas of this process, and runs it."""
    strategies.check_role(self._config)
    mode = modes.ModeKeys.TRAIN
    strategy = self._train_distribution
    with model.new_graph(self, mode, strategy) as graph:
      iterator, input_hooks = self._get_iterator_from_input_fn(
        input_fn, mode, strategy
      )
      step = self._create_and_assert_global_step(graph)
      strategies.add_global_step_read(strategy, step)
      spec = replicas.training_spec(
        strategy,
        iterator.get_next(),
        lambda features, labels: self._call_model_fn(
          features, labels, mode, self.config
        ),
      )
      return self._train_with_estimator_spec(
        spec, list(input_hooks), hooks, step, saving_listeners
      )

  def _call_model_fn_eval_distributed(self, input_fn, config):
    """Does the same for all replicas of `_eval_distribution`."""
    mode = modes.ModeKeys.EVAL
    strategy = self._eval_distribution
    iterator, input_hooks = self._get_iterator_from_input_fn(
      input_fn, mode, strategy
    )
    spec, updates, eval_dict = replicas.evaluation(
      strategy,
      iterator.get_next(),
      lambda features, labels: self._call_model_fn(
        features, labels, mode, config
      ),
      evaluate_loop.metric_tensors,
    )
    hooks = list(spec.evaluation_hooks)
    if isinstance(iterator, replica_inputs.ReplicaIterator):
      hooks += leftovers.hooks(iterator.cardinality(), updates)
    return spec.scaffold, hooks, input_hooks, tf.group(*updates), eval_dict
