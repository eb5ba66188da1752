"""Trains, evaluates, predicts with and exports a model: the Estimator."""

import contextlib
import copy

import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_source
from tfcompat_estimator.distribution.servers import placement
from tfcompat_estimator.errors import folding
from tfcompat_estimator.estimator import (
  call_steps,
  construction,
  kept_graphs,
)
from tfcompat_estimator.loop import (
  build,
  metrics_dict,
  model_fn_call,
  predict_loop,
  train_loop,
)
from tfcompat_estimator.records import argument_docs, arguments, modes

logging = tf.compat.v1.logging


@folding.folded_methods(
  *('train', 'evaluate', 'predict', 'export_saved_model'),
  *('experimental_export_all_saved_models', 'export_savedmodel'),
)
class Estimator(call_steps.Steps):
  """Trains and evaluates a model that a `model_fn` builds.

  All state lives in `model_dir`: checkpoints, event files. Each call builds a
  new graph with `input_fn` and `model_fn`, restores the latest checkpoint into
  it and runs it. Two estimators with one directory are one model.

  Subclasses may not override members, unless they say that they mean it:
  docs/subclassing.md. Mostly `model_fn` and hooks do.
  """

  def __init__(
    self,
    model_fn,
    model_dir=None,
    config=None,
    params=None,
    warm_start_from=None,
  ):
    """Makes the estimator; nothing runs or is written yet.

    Args:
      model_fn: Builds the model. Takes any of these, by name: `features` (must
        be there) and `labels`, what `input_fn` gave; `mode`, one of `ModeKeys`;
        `params`, a copy of `params`; `config`, the `RunConfig`. Returns an
        `EstimatorSpec`.
      model_dir: The directory of checkpoints and events. Default: that of
        `config`, or a new temporary one.
      config: A `RunConfig`; default: `RunConfig()`. It is copied.
      params: Hyperparameters for `model_fn` and `input_fn`, mostly a dict; deep
        copied. Default: an empty dict.
      warm_start_from: Where initial values come from as long as `model_dir` has
        no checkpoint: the path of a checkpoint, of a directory with checkpoints
        or of a SavedModel (all trainable variables are taken), or a
        `WarmStartSettings`.

    Raises:
      ValueError: `model_fn` is missing or has wrong arguments; `config` is no
        `RunConfig` or has another model_dir; `warm_start_from` is of the wrong
        type; a subclass overrides a member.
      TypeError: `model_fn` is not callable.
    """
    # Of the class, as programs that switch this off expect it.
    type(self)._assert_members_are_not_overridden(self)
    self._config = construction.complete_config(config, model_dir)
    self._model_dir = self._config.model_dir
    self._session_config = self._config.session_config
    self._device_fn = placement.device_fn(self._config)
    self._train_distribution = self._config.train_distribute
    self._eval_distribution = self._config.eval_distribute
    logging.info('Using config: %s', str(vars(self._config)))
    if model_fn is None:
      raise ValueError('model_fn must be provided to Estimator.')
    model_fn_call.verify_arguments(model_fn, params)
    self._model_fn = model_fn
    self._params = copy.deepcopy(params or {})
    self._warm_start_settings = construction.warm_start(warm_start_from)
    self._trained_with = {}

  def train(
    self,
    input_fn,
    hooks=None,
    steps=None,
    max_steps=None,
    saving_listeners=None,
  ):
    """Trains the model, from its latest checkpoint on.

    It ends after `steps` steps, at global step `max_steps`, when the input ends
    (`tf.errors.OutOfRangeError` or `StopIteration`), or when a hook requests
    it; then the last checkpoint is saved.

    Args:
      input_fn: A function of any of `mode`, `params`, `config`, by name, that
        builds the input in the default graph and returns a `tf.data.Dataset` of
        (features, labels), or that pair as tensors.
      hooks: An iterable of `SessionRunHook`s.
      steps: The number of steps to train, an int; None: no such limit.
      max_steps: The global step to train to, an int; None: no such limit. If
        the latest checkpoint has got there, nothing is done.
      saving_listeners: An iterable of `CheckpointSaverListener`s, called around
        each save of a checkpoint.

    Returns:
      `self`.

    Raises:
      ValueError: If both `steps` and `max_steps` are given, or one of them is 0
        or less; or a variable has another shape in the checkpoint; or there are
        checkpoints but none is sound.
      TypeError: If a hook or a listener is of the wrong type.
      NanLossDuringTrainingError: If the loss became NaN.
      SystemExit: SIGTERM came, and the program has no handler of its own for it;
        a checkpoint was saved.
    """
    train_loop.check_limits(steps, max_steps)
    with train_loop.owned_directory(self._config, self._model_dir):
      if train_loop.has_reached(max_steps, self._model_dir):
        logging.info('Skipping training since max_steps has already saved.')
        return self
      hooks = build.check_hooks(hooks, input_fn)
      hooks += self._convert_train_steps_to_hooks(steps, max_steps)
      saving_listeners = arguments.checked_listeners(saving_listeners)
      loss = self._train_model(input_fn, hooks, saving_listeners)
      logging.info('Loss for final step: %s.', loss)
    return self

  def evaluate(
    self, input_fn, steps=None, hooks=None, checkpoint_path=None, name=None
  ):
    """Computes the model's metrics on a data set.

    Args:
      input_fn: As for `train`.
      steps: The number of batches, an int; None: all until the input ends.
      hooks: An iterable of `SessionRunHook`s.
      checkpoint_path: The checkpoint to evaluate; default: the latest one, or
        the initial values while there is none.
      name: Keeps data sets apart: events go to `eval_<name>`, default `eval`.

    Returns:
      A dict of numpy scalars and arrays: the metrics of `eval_metric_ops` and
      `loss` (the mean over batches), sorted by name, and `global_step`, int64.

    Raises:
      ValueError: `steps` is 0 or less, or the checkpoint does not exist.
      TypeError: If a hook is of the wrong type.
    """
    metrics = self._actual_eval(
      input_fn,
      strategy=self._eval_distribution,
      steps=steps,
      hooks=hooks,
      checkpoint_path=checkpoint_path,
      name=name,
    )
    is_plain = type(metrics) is dict  # a subclass may return what it likes
    return metrics_dict.MetricsDict(metrics) if is_plain else metrics

  def predict(
    self,
    input_fn,
    predict_keys=None,
    hooks=None,
    checkpoint_path=None,
    yield_single_examples=True,
  ):
    """Yields predictions; nothing runs before the first is asked for.

    Args:
      input_fn: As for `train`; labels are ignored.
      predict_keys: A str or strings: which keys to keep of predictions that are
        a dict; default: all of them.
      hooks: An iterable of `SessionRunHook`s.
      checkpoint_path: The checkpoint to use; default: the latest one, or the
        initial values while there is none.
      yield_single_examples: If False, whole batches are yielded.

    Returns:
      An iterator over numpy arrays without the batch dimension (dicts of them),
      or over batches.

    Raises:
      ValueError: While iterating: no key is known, predictions are no dict but
        keys are given, batches differ in length, or the checkpoint does not
        exist.
      TypeError: While iterating: a hook is of the wrong type.
    """
    mode = modes.ModeKeys.PREDICT
    hooks = build.check_hooks(hooks, input_fn)
    source = checkpoint_source.Source(self._model_dir, checkpoint_path)
    if source.path is None:
      logging.warning(
        f'Could not find trained model in model_dir: {self._model_dir}, '
        'running initialization to predict.'
      )

    def build_graph():
      self._create_and_assert_global_step(tf.compat.v1.get_default_graph())
      features, input_hooks = self._get_features_from_input_fn(input_fn, mode)
      spec = self._call_model_fn(features, None, mode, self.config)
      self._maybe_warm_start(source.path)
      return spec, input_hooks

    call = kept_graphs.Call(self, mode, hooks, source.path is not None)
    with contextlib.ExitStack() as stack:
      stack.enter_context(call)
      with (
        call_steps.new_graph(self, mode),
        call.built(build_graph) as (spec, input_hooks),
      ):
        predictions = self._extract_keys(spec.predictions, predict_keys)
        batches = predict_loop.run(
          self._session_config,
          source,
          spec.scaffold,
          [*input_hooks, *hooks, *spec.prediction_hooks],
          predictions,
        )
      stack.enter_context(contextlib.closing(batches))
      for batch in batches:
        if not yield_single_examples:
          yield batch
        elif isinstance(predictions, dict):
          length = self._extract_batch_length(batch)
          yield from predict_loop.examples(batch, length)
        else:
          yield from batch

  def export_saved_model(
    self,
    export_dir_base,
    serving_input_receiver_fn,
    assets_extra=None,
    as_text=False,
    checkpoint_path=None,
    experimental_mode=modes.ModeKeys.PREDICT,
  ):
    """Exports the model for inference, as a SavedModel.

    Args:
      export_dir_base: The directory of all versions; each export is a new one
        in it, named by the seconds since the epoch.
      serving_input_receiver_fn: A function of no arguments that returns a
        `ServingInputReceiver` or `TensorServingInputReceiver`.
      assets_extra: Dict from path under `assets.extra` to the file to copy.
      as_text: Write `saved_model.pbtxt` rather than `saved_model.pb`.
      checkpoint_path: The checkpoint to export; default: the latest one.
      experimental_mode: Which of `ModeKeys` to export.

    Returns:
      The path of the version's directory, as bytes.

    Raises:
      ValueError: If there is no receiver function or no checkpoint.
    """
    if not serving_input_receiver_fn:
      raise ValueError(
        'An input_receiver_fn must be defined. Give serving_input_receiver_fn '
        '(build_parsing_serving_input_receiver_fn makes one).'
      )
    return self._export_all_saved_models(
      export_dir_base,
      {experimental_mode: serving_input_receiver_fn},
      assets_extra=assets_extra,
      as_text=as_text,
      checkpoint_path=checkpoint_path,
      strip_default_attrs=True,
    )

  @argument_docs.shared(argument_docs.of(export_saved_model))
  def experimental_export_all_saved_models(
    self,
    export_dir_base,
    input_receiver_fn_map,
    assets_extra=None,
    as_text=False,
    checkpoint_path=None,
  ):
    """Exports several modes as the MetaGraphs of one SavedModel.

    Args:
      input_receiver_fn_map: Dict from one of `ModeKeys` to a receiver function;
        for TRAIN and EVAL one with labels.

    Returns:
      The path of the version's directory, as bytes.

    Raises:
      ValueError: If there is no checkpoint, or no known mode in the map.
    """
    return self._export_all_saved_models(
      export_dir_base,
      input_receiver_fn_map,
      assets_extra=assets_extra,
      as_text=as_text,
      checkpoint_path=checkpoint_path,
      strip_default_attrs=True,
    )

  @argument_docs.shared(argument_docs.of(export_saved_model))
  def export_savedmodel(
    self,
    export_dir_base,
    serving_input_receiver_fn,
    assets_extra=None,
    as_text=False,
    checkpoint_path=None,
    strip_default_attrs=False,
  ):
    """Exports for inference; the older name of `export_saved_model`.

    Args:
      strip_default_attrs: Leave attributes with default values out of the
        graph, as `export_saved_model` always does.

    Returns:
      The path of the version's directory, as bytes.

    Raises:
      ValueError: If there is no receiver function or no checkpoint.
    """
    if not serving_input_receiver_fn:
      raise ValueError('An input_receiver_fn must be defined.')
    return self._export_all_saved_models(
      export_dir_base,
      {modes.ModeKeys.PREDICT: serving_input_receiver_fn},
      assets_extra=assets_extra,
      as_text=as_text,
      checkpoint_path=checkpoint_path,
      strip_default_attrs=strip_default_attrs,
    )

  def latest_checkpoint(self):
    """The path of the latest checkpoint in `model_dir`; None without one."""
    return checkpoint_source.latest(self.model_dir)

  def _assert_members_are_not_overridden(self):
    """Raises ValueError if the subclass overrides a member.

    Programs that know what they do replace this method by one that does nothing.
    """
    construction.refuse_overrides(type(self), Estimator)


class EstimatorV2(Estimator):
  """Trains, evaluates, predicts with and exports the model of a `model_fn`.

  All of it is that of `tf.compat.v1.estimator.Estimator`, save that
  `export_savedmodel` is gone: `export_saved_model` took its place.
  """

  @property
  def export_savedmodel(self):
    """Not in the v2 API: an AttributeError. Use `export_saved_model`."""
    raise AttributeError(
      '`Estimator.export_savedmodel` has been deprecated. Please use '
      '`export_saved_model` instead.'
    )

  def _assert_members_are_not_overridden(self):
    construction.refuse_overrides(type(self), EstimatorV2)


def warm_start_settings_of(estimator):
  """What an Estimator starts from, for those who make one out of another."""
  return estimator._warm_start_settings


def with_config(estimator, config):
  """The same Estimator, as one of a cluster's tasks has it."""
  changed = copy.copy(estimator)
  changed._config = config
  changed._device_fn = placement.device_fn(config)
  changed._train_distribution = config.train_distribute
  changed._eval_distribution = config.eval_distribute
  return changed
