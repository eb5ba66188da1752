"""Has what every graph of an Estimator is built with."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tfcompat_estimator.distribution import replica_inputs, strategies
from tfcompat_estimator.inputs import call as input_call
from tfcompat_estimator.loop import build
from tfcompat_estimator.loop import model_fn as model_fn_lib
from tfcompat_estimator.spec import modes

v1 = tf.compat.v1


@contextlib.contextmanager
def new_graph(
  estimator: 'Model', mode: str, strategy: Any = None
) -> Iterator[tf.Graph]:
  """A fresh default graph, seeded and placed as the estimator says.

  Only training is placed: what it leaves in a checkpoint is evaluated, and
  predicts, wherever that is asked for.

  Args:
    estimator: The estimator.
    mode: What the graph is for.
    strategy: Of tf.distribute, whose scope is entered, and which places the
      operations in place of the estimator's device_fn; None for none.
  """
  is_placed = mode == modes.ModeKeys.TRAIN and not strategy
  with (
    build.new_graph(
      estimator._session_config,
      estimator._device_fn if is_placed else None,
      estimator._config.tf_random_seed,
    ) as graph,
    strategies.entered(strategy, mode),
  ):
    yield graph


class Model:
  """The model of an Estimator, its input, and how they come into a graph.

  Attributes:
    _config: The `RunConfig`.
    _model_dir: Its model_dir.
    _session_config: Its session_config.
    _device_fn: Places the operations of training, or None.
    _train_distribution: The strategy to train with, or None.
    _eval_distribution: The strategy to evaluate with, or None.
    _model_fn: Builds the model.
    _params: Its hyperparameters.
    _warm_start_settings: Where initial values come from, or None.
  """

  _config: Any
  _model_dir: str
  _session_config: Any
  _device_fn: Any
  _train_distribution: Any
  _eval_distribution: Any
  _model_fn: Any
  _params: Any
  _warm_start_settings: Any

  @property
  def model_dir(self):
    """The directory of checkpoints and events, a str."""
    return self._model_dir

  @property
  def config(self):
    """The `RunConfig`, a copy of what was given, with its model_dir set."""
    return copy.deepcopy(self._config)

  @property
  def params(self):
    """A deep copy of the hyperparameters."""
    return copy.deepcopy(self._params)

  @property
  def model_fn(self):
    """A function (features, labels, mode, config) that calls the model_fn."""

    def public_model_fn(features, labels, mode, config):
      """Calls the model_fn with those of the arguments that it takes."""
      return self._call_model_fn(features, labels, mode, config)

    return public_model_fn

  def _create_global_step(self, graph):
    """Creates the global step, an int64 scalar, in `graph`."""
    with graph.as_default():
      return v1.train.get_or_create_global_step(graph)

  def _create_and_assert_global_step(self, graph):
    """Creates the global step and checks that TensorFlow will find it."""
    step = self._create_global_step(graph)
    if step is not v1.train.get_global_step(graph):
      raise AssertionError(
        f'_create_global_step must return the global step of the graph, not '
        f'{step!r}. Make it with tf.compat.v1.train.create_global_step.'
      )
    return step

  def _call_input_fn(self, input_fn, mode, input_context=None):
    """Calls `input_fn` with those of its arguments that it takes."""
    return input_call.call_input_fn(
      input_fn,
      mode,
      self.params,
      self.config,
      input_context,
    )

  def _get_iterator_from_input_fn(self, input_fn, mode, distribution=None):
    """The iterator over the dataset that `input_fn` returns, and its hooks.

    With a strategy, its `get_next` returns a list of (features, labels), one
    for each replica of this process.
    """
    if distribution:
      context = replica_inputs.context_of(distribution)
      iterator = replica_inputs.ReplicaIterator(
        self._call_input_fn(input_fn, mode, context), distribution
      )
      return iterator, iterator.hooks
    return input_call.initializable_iterator(
      self._call_input_fn(input_fn, mode)
    )

  def _get_features_and_labels_from_input_fn(self, input_fn, mode):
    """Features, labels, and the hooks that the input needs."""
    return tuple(input_call.normalize(self._call_input_fn(input_fn, mode)))

  def _get_features_from_input_fn(self, input_fn, mode):
    """Features, and the hooks that the input needs; labels are dropped."""
    inputs = input_call.normalize(self._call_input_fn(input_fn, mode))
    self._validate_features_in_predict_input(inputs.features)
    return inputs.features, inputs.hooks

  def _validate_features_in_predict_input(self, result):
    """Warns of features that do not end."""
    input_call.warn_if_endless(result)

  def _call_model_fn(self, features, labels, mode, config):
    """Calls `_model_fn` with those of its arguments that it takes."""
    return model_fn_lib.call(
      self._model_fn,
      features,
      labels,
      mode,
      self.params,
      config,
    )

  def _maybe_warm_start(self, checkpoint_path):
    """Sets initial values, if there is no checkpoint to restore."""
    build.apply_warm_start(self._warm_start_settings, checkpoint_path)
