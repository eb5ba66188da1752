"""States the steps of training, evaluating, predicting and exporting.

They are methods, called by each other as below, so that a subclass can take
one's place. docs/subclassing.md tells how. Names, arguments and results are those
of tensorflow-estimator 2.15.

    train                                    -> self
      _convert_train_steps_to_hooks          -> [hook]
      _train_model                           -> loss
        _train_model_default, or _train_model_distributed
                                             -> loss
          _create_and_assert_global_step     -> variable
            _create_global_step              -> variable
          _get_features_and_labels_from_input_fn
                                             -> (features, labels, [hook])
            _call_input_fn                   -> Dataset, or (features, labels)
          _call_model_fn                     -> EstimatorSpec
          _train_with_estimator_spec         -> loss
    evaluate                                 -> metrics
      _actual_eval                           -> metrics
        _convert_eval_steps_to_hooks         -> [hook]
        _evaluate_build_graph                -> (scaffold, update_op,
                                                 tensors, [hook])
          _create_and_assert_global_step ... -> variable
          _call_model_fn_eval                -> (scaffold, [hook], [input hook],
                                                 update_op, tensors)
            _get_features_and_labels_from_input_fn ...
            _call_model_fn                   -> EstimatorSpec
          _maybe_warm_start                  -> None
        eval_dir                             -> path
        _evaluate_run                        -> metrics
    predict                                  -> predictions
      _create_and_assert_global_step ...     -> variable
      _get_features_from_input_fn            -> (features, [hook])
        _call_input_fn                       -> Dataset, or (features, labels)
        _validate_features_in_predict_input  -> None
      _call_model_fn                         -> EstimatorSpec
      _maybe_warm_start                      -> None
      _extract_keys                          -> predictions
      _extract_batch_length, of each batch   -> int
    export_saved_model, and its siblings     -> path
      _export_all_saved_models               -> path
        latest_checkpoint                    -> path, or None
        _add_meta_graph_for_mode, of each    -> None
          _create_and_assert_global_step ... -> variable
          _call_model_fn                     -> EstimatorSpec
"""

import contextlib
import copy
import functools
from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import checkpoint_source, warm_start
from tfcompat_estimator.distribution import (
  replica_inputs,
  replicas,
  strategies,
)
from tfcompat_estimator.errors import folding, notes
from tfcompat_estimator.estimator import kept_graphs
from tfcompat_estimator.inputs import input_call
from tfcompat_estimator.loop import (
  build,
  evaluate_loop,
  model_fn_call,
  predict_loop,
  reporting,
  train_loop,
)
from tfcompat_estimator.records import modes
from tfcompat_estimator.saved_models import exports, version_folder
from tfcompat_estimator.session_emulation.opening import session_creator

v1 = tf.compat.v1
logging = tf.compat.v1.logging

_GLOBAL_STEP = v1.GraphKeys.GLOBAL_STEP


def _exported(
  estimator: Any, checkpoint_path: str | None
) -> checkpoint_source.Source:
  """The checkpoint to export.

  Raises:
    ValueError: There is none.
  """
  model_dir = estimator._model_dir
  source = checkpoint_source.Source(model_dir, checkpoint_path)
  if checkpoint_path:
    return source
  path = estimator.latest_checkpoint()
  if path is None and estimator._warm_start_settings:
    path = warm_start.checkpoint_of(estimator._warm_start_settings)
  if path is None:
    raise ValueError(
      f"Couldn't find trained model at {model_dir}. Train first, or give "
      '`checkpoint_path`.'
    )
  return (
    source if path == source.path else checkpoint_source.Source(model_dir, path)
  )


@contextlib.contextmanager
def new_graph(
  estimator: 'Steps', mode: str, strategy: Any = None
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


class Steps:
  """What an Estimator does, in steps that subclasses may replace.

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
    _trained_with: What the features of the last training were.
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
  _trained_with: Mapping[Any, tf.TypeSpec]

  # What every graph is built with.

  def __init_subclass__(cls, **kwargs: Any) -> None:
    """Has constructors of this package's own classes raise as its methods do."""
    super().__init_subclass__(**kwargs)
    if '__init__' in vars(cls) and folding.is_ours(cls.__module__):
      folding.folded_methods('__init__')(cls)

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

  def get_variable_names(self):
    """The names of all variables in the latest checkpoint, a list of str.

    Raises:
      ValueError: If there is no checkpoint.
    """
    return checkpoint_source.variable_names(self.model_dir)

  def get_variable_value(self, name):
    """The value of a variable in the latest checkpoint.

    Args:
      name: The variable's name there.

    Returns:
      A numpy array.

    Raises:
      ValueError: If there is no checkpoint.
      tf.errors.NotFoundError: If it has no variable of that name.
    """
    return checkpoint_source.variable_value(self.model_dir, name)

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
    notes.add_input_fn(input_fn)
    result = input_call.call_input_fn(
      input_fn,
      mode,
      self.params,
      self.config,
      input_context,
    )
    kept_graphs.note_input(result)
    return result

  def _get_iterator_from_input_fn(self, input_fn, mode, distribution=None):
    """The iterator over the dataset that `input_fn` returns, and its hooks.

    With a strategy, its `get_next` returns a list of (features, labels), one
    for each replica of this process.
    """
    if distribution:
      context = replica_inputs.context_of(distribution)
      iterator = replica_inputs.ReplicaIterator(
        self._call_input_fn(input_fn, mode, context),
        distribution,
        keeps_leftovers=mode == modes.ModeKeys.EVAL,
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
    notes.add_inputs(features, labels)
    if mode == modes.ModeKeys.TRAIN:
      self._trained_with = exports.specs_of(features)
    kept_graphs.look_up(features, labels)
    return model_fn_call.call(
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

  # Training.

  def _convert_train_steps_to_hooks(self, steps, max_steps):
    """The hook that stops after `steps` or at `max_steps`, in a list."""
    if steps is None and max_steps is None:
      return []
    return [v1.train.StopAtStepHook(steps, max_steps)]

  def _train_model(self, input_fn, hooks, saving_listeners):
    """Trains; returns the loss of the last step, None without any."""
    if self._train_distribution:
      return self._train_model_distributed(input_fn, hooks, saving_listeners)
    return self._train_model_default(input_fn, hooks, saving_listeners)

  def _train_model_default(self, input_fn, hooks, saving_listeners):
    """Builds the graph of training, and runs it."""
    mode = modes.ModeKeys.TRAIN

    def build_graph() -> tuple[Any, list[Any]]:
      graph = v1.get_default_graph()
      self._create_and_assert_global_step(graph)
      _tf.get_or_create_global_step_read(graph)
      features, labels, input_hooks = (
        self._get_features_and_labels_from_input_fn(input_fn, mode)
      )
      spec = self._call_model_fn(features, labels, mode, self.config)
      return spec, list(input_hooks)

    # A build reads no more of a checkpoint than that it is there.
    goes_on = kept_graphs.enabled() and bool(
      checkpoint_source.latest(self._model_dir)
    )
    with (
      kept_graphs.Call(
        self, mode, [*hooks, *(saving_listeners or ())], goes_on
      ) as call,
      new_graph(self, mode),
      call.built(build_graph) as (spec, input_hooks),
    ):
      return self._train_with_estimator_spec(
        spec,
        input_hooks,
        hooks,
        v1.train.get_global_step(),
        saving_listeners,
      )

  def _train_model_distributed(self, input_fn, hooks, saving_listeners):
    """Builds the graph of all replicas of this process, and runs it."""
    strategies.check_role(self._config)
    mode = modes.ModeKeys.TRAIN
    strategy = self._train_distribution
    with new_graph(self, mode, strategy) as graph:
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

  def _train_with_estimator_spec(
    self,
    estimator_spec,
    worker_hooks,
    hooks,
    global_step_tensor,
    saving_listeners,
  ):
    """Runs the steps of a built model; returns the loss of the last one.

    Args:
      estimator_spec: What model_fn returned.
      worker_hooks: Those of the input.
      hooks: The user's, and the one that counts steps.
      global_step_tensor: The global step.
      saving_listeners: The user's, a list, or None.
    """
    source = checkpoint_source.Source(self._model_dir)
    build.apply_warm_start(self._warm_start_settings, source.path)
    return train_loop.run(
      self._config,
      estimator_spec,
      source,
      [*worker_hooks, *hooks],
      global_step_tensor,
      saving_listeners or (),
    )

  # Evaluating.

  def _convert_eval_steps_to_hooks(self, steps):
    """The hook that stops after `steps` batches, in a list."""
    build.check_steps('steps', steps)
    return [] if steps is None else [_tf.StopAfterNEvalsHook(num_evals=steps)]

  def _actual_eval(
    self,
    input_fn,
    strategy=None,
    steps=None,
    hooks=None,
    checkpoint_path=None,
    name=None,
  ):
    """Evaluates; the arguments are those of `evaluate`."""
    if strategies.is_multi_worker(strategy):
      raise ValueError(
        'eval_distribute of a RunConfig cannot be a strategy of several workers: '
        'one process evaluates. Use tf.distribute.MirroredStrategy, or leave it '
        'out.'
      )
    hooks = build.check_hooks(hooks, input_fn)
    hooks += self._convert_eval_steps_to_hooks(steps)
    path = checkpoint_source.path_of(self._model_dir, checkpoint_path)
    if path is None:
      logging.warning(
        f'Could not find trained model in model_dir: {self._model_dir}, '
        'running initialization to evaluate.'
      )
    mode = modes.ModeKeys.EVAL
    with (
      kept_graphs.Call(self, mode, hooks, bool(path)) as call,
      new_graph(self, mode, strategy),
      call.built(lambda: self._evaluate_build_graph(input_fn, hooks, path)) as (
        scaffold,
        update_op,
        eval_dict,
        all_hooks,
      ),
    ):
      return self._evaluate_run(
        checkpoint_path=path,
        scaffold=scaffold,
        update_op=update_op,
        eval_dict=eval_dict,
        all_hooks=all_hooks,
        output_dir=self.eval_dir(name),
      )

  def eval_dir(self, name=None):
    """Returns the directory that evaluations write their events to.

    Args:
      name: The `name` given to `evaluate`. Default: None, which is the one of
        evaluations without a name.

    Returns:
      A string, `<model_dir>/eval` or `<model_dir>/eval_<name>`.
    """
    return evaluate_loop.eval_dir(self._model_dir, name)

  def _evaluate_build_graph(self, input_fn, hooks=None, checkpoint_path=None):
    """Builds an evaluation in the default graph.

    Returns:
      The scaffold, what takes a batch into the metrics, a dict of the tensors
      to read at the end, and all hooks.

    Raises:
      ValueError: A metric has the name of another one.
    """
    graph = v1.get_default_graph()
    v1.set_random_seed(self._config.tf_random_seed)
    self._create_and_assert_global_step(graph)
    call = (
      self._call_model_fn_eval_distributed
      if tf.distribute.has_strategy()
      else self._call_model_fn_eval
    )
    scaffold, evaluation_hooks, input_hooks, update_op, eval_dict = call(
      input_fn, self.config
    )
    evaluate_loop.refuse_metric(
      eval_dict, _GLOBAL_STEP, 'Metric with name `global_step`'
    )
    eval_dict[_GLOBAL_STEP] = v1.train.get_global_step(graph)
    self._maybe_warm_start(checkpoint_path)
    all_hooks = [*input_hooks, *(hooks or ()), *evaluation_hooks]
    scaffold = build.evaluation_scaffold(scaffold)
    return scaffold, update_op, eval_dict, all_hooks

  def _call_model_fn_eval(self, input_fn, config):
    """Builds the input and the model of an evaluation.

    Returns:
      The scaffold, the model's hooks, the input's hooks, what takes a batch
      into the metrics, and a dict of the tensors of the metrics' values.
    """
    mode = modes.ModeKeys.EVAL
    features, labels, input_hooks = self._get_features_and_labels_from_input_fn(
      input_fn, mode
    )
    spec = self._call_model_fn(features, labels, mode, config)
    update_op, eval_dict = evaluate_loop.metric_tensors(spec)
    hooks = spec.evaluation_hooks
    return spec.scaffold, hooks, input_hooks, update_op, eval_dict

  def _call_model_fn_eval_distributed(self, input_fn, config):
    """As `_call_model_fn_eval`, with a replica of the model on each device."""
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
    if isinstance(iterator, replica_inputs.ReplicaIterator):
      iterator.evaluates(updates)
    hooks = spec.evaluation_hooks
    return spec.scaffold, hooks, input_hooks, tf.group(*updates), eval_dict

  def _evaluate_run(
    self,
    checkpoint_path,
    scaffold,
    update_op,
    eval_dict,
    all_hooks,
    output_dir,
  ):
    """Runs a built evaluation and writes its event.

    Args:
      checkpoint_path: What to restore; None initializes.
      scaffold: Of the model.
      update_op: Takes a batch into the metrics.
      eval_dict: The tensors to read at the end, by name.
      all_hooks: All hooks.
      output_dir: Where the event goes.

    Returns:
      The metrics, a dict of numpy values.
    """
    source = checkpoint_source.of(checkpoint_path)
    creator = session_creator.EmulatedSessionCreator(scaffold, source=source)
    metrics = evaluate_loop.run(creator, update_op, eval_dict, all_hooks)
    reporting.write_metrics(
      output_dir,
      metrics,
      metrics[_GLOBAL_STEP],
      source.path if source else None,
    )
    return metrics

  # Predicting.

  def _extract_keys(self, predictions, predict_keys):
    """Those of the predictions that are wanted."""
    return predict_loop.select(predictions, predict_keys)

  def _extract_batch_length(self, preds_evaluated):
    """How many examples a batch of a dict of predictions has."""
    return predict_loop.batch_length(preds_evaluated)

  # Exporting.

  def _export_all_saved_models(
    self,
    export_dir_base,
    input_receiver_fn_map,
    assets_extra=None,
    as_text=False,
    checkpoint_path=None,
    strip_default_attrs=True,
  ):
    """Exports several modes; returns the path of the export, as bytes."""
    source = _exported(self, checkpoint_path)
    chosen = exports.chosen_modes(input_receiver_fn_map)

    def add_graphs(path: str, builder: v1.saved_model.Builder) -> None:
      for mode in chosen:
        self._add_meta_graph_for_mode(
          builder,
          input_receiver_fn_map,
          path,
          mode == chosen[0],
          mode=mode,
          strip_default_attrs=strip_default_attrs,
        )

    return source.attempt(
      lambda path: version_folder.write(
        export_dir_base,
        functools.partial(add_graphs, path),
        assets_extra,
        as_text,
      )
    )

  def _add_meta_graph_for_mode(
    self,
    builder,
    input_receiver_fn_map,
    checkpoint_path,
    save_variables=True,
    mode=modes.ModeKeys.PREDICT,
    export_tags=None,
    check_variables=True,
    strip_default_attrs=True,
  ):
    """Builds the graph of one mode, and adds it to a SavedModel.

    Args:
      builder: A `tf.compat.v1.saved_model.Builder`.
      input_receiver_fn_map: The receiver functions by mode.
      checkpoint_path: The checkpoint with the values of variables.
      save_variables: Whether to write the variables, too: once an export.
      mode: One of `ModeKeys`.
      export_tags: Tags of the MetaGraph; default: those of the mode.
      check_variables: Not used: the checkpoint must have all variables.
      strip_default_attrs: Leave out attributes with default values.
    """
    with new_graph(self, mode) as graph:
      self._create_and_assert_global_step(graph)
      receiver = exports.receive(input_receiver_fn_map[mode])
      # Canned ones tell of their columns, those of Keras refuse.
      if model_fn_call.origin_of(self._model_fn) is None:
        specs = exports.specs_of(receiver.features)
        exports.warn_of_others(self._trained_with, specs)
      spec = self._call_model_fn(
        features=receiver.features,
        labels=getattr(receiver, 'labels', None),
        mode=mode,
        config=self.config,
      )
      exports.add_meta_graph(
        builder,
        spec,
        exports.signatures(receiver, spec, mode),
        export_tags or exports.tags_of(mode),
        checkpoint_path,
        save_variables=save_variables,
        strip_default_attrs=strip_default_attrs,
      )
