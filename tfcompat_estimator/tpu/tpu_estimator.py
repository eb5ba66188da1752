"""Runs TPUEstimator programs on CPUs and GPUs."""

import copy
import enum
from typing import Any

import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.inputs import input_call
from tfcompat_estimator.loop import model_fn_call
from tfcompat_estimator.records import (
  argument_docs,
  arguments,
  estimator_specs,
  modes,
)
from tfcompat_estimator.tpu import examples_per_second, tpu_config, tpu_spec

v1 = tf.compat.v1
logging = tf.compat.v1.logging

BATCH_SIZE_KEY = 'batch_size'
USE_TPU_KEY = 'use_tpu'
_RESERVED = [BATCH_SIZE_KEY, 'context']


class ExportSavedModelApiVersion(enum.Enum):
  """How a SavedModel for TPUs is made; without effect on one for CPUs."""

  V1 = 1
  V2 = 2


class TPUEstimator(base_estimator.Estimator):
  """An `Estimator` for programs that were written for TPUs.

  `model_fn` and `input_fn` take `params`, in which they find the batch size of
  the call under `'batch_size'` and, in `model_fn`, `'use_tpu'`. `model_fn`
  returns a `TPUEstimatorSpec` or an `EstimatorSpec`.

  With `use_tpu=False` everything runs on the CPU or GPU. With `use_tpu=True` it
  can be constructed and exported, so that programs that pass a flag through
  keep working, but it does not train: no TPU is supported, and `train`, `evaluate`
  and `predict` raise a RuntimeError. They raise a ValueError where `input_fn` does
  not take `params`, and else what those of `Estimator` do.
  """

  @argument_docs.shared(argument_docs.of(base_estimator.Estimator.__init__))
  def __init__(
    self,
    model_fn=None,
    model_dir=None,
    config=None,
    params=None,
    use_tpu=True,
    train_batch_size=None,
    eval_batch_size=None,
    predict_batch_size=None,
    batch_axis=None,
    eval_on_tpu=True,
    export_to_tpu=True,
    export_to_cpu=True,
    warm_start_from=None,
    embedding_config_spec=None,
    export_saved_model_api_version=ExportSavedModelApiVersion.V1,
  ):
    """Makes the estimator; nothing runs or is written yet.

    Args:
      model_fn: As for `Estimator`; it must take `params`.
      config: A `tf.compat.v1.estimator.tpu.RunConfig`.
      params: As for `Estimator`; `'batch_size'` and `'context'` are reserved.
      use_tpu: Whether to train, evaluate and predict on TPUs. Set it to False.
      train_batch_size: The number of examples in a step of training.
      eval_batch_size: Likewise for evaluation; None: `params` has none.
      predict_batch_size: Likewise for prediction. The last batch may be
        smaller; all predictions come out.
      batch_axis: For TPUs: the dimension in which inputs are cut.
      eval_on_tpu: False evaluates on the CPU or GPU, whatever `use_tpu` is.
      export_to_tpu: For TPUs: export a second graph.
      export_to_cpu: The graph for CPUs and GPUs is always exported.
      embedding_config_spec: An `EmbeddingConfigSpec`, for TPUs.
      export_saved_model_api_version: 1 or 2, or an enum of them; for TPUs.

    Raises:
      ValueError: `config` is of the wrong type, `params` has a reserved key, a
        batch size is not positive, or see `Estimator`.
      TypeError: `model_fn` is not callable, or a batch size no int.
    """
    if not isinstance(config, tpu_config.RunConfig):
      raise ValueError(
        '`config` must be provided with type `tpu_config.RunConfig`, given: '
        f'{config!r}. Pass tf.compat.v1.estimator.tpu.RunConfig().'
      )
    if params is not None and any(key in params for key in _RESERVED):
      raise ValueError(
        f'{_RESERVED} are reserved keys but existed in params {params}. Rename '
        'them.'
      )
    sizes = {
      'train_batch_size': train_batch_size,
      'eval_batch_size': eval_batch_size,
      'predict_batch_size': predict_batch_size,
    }
    if use_tpu:
      _check_batch_sizes(sizes)
    partition = getattr(embedding_config_spec, 'partition_strategy', None)
    if partition == 'mod' and not (use_tpu and eval_on_tpu):
      raise ValueError(
        'Mod sharding of embedding tables not supported on CPU. Set '
        "partition_strategy='div'."
      )
    model_fn_call.verify_arguments(model_fn, params)
    self._user_model_fn = model_fn
    self._use_tpu = use_tpu
    self._eval_on_tpu = eval_on_tpu
    self._batch_sizes = dict(zip(_MODES, sizes.values(), strict=True))
    self._reads_input = False
    # Speed is logged by a hook of our own, the loss not at all.
    self._log_step_count_steps = config.log_step_count_steps
    super().__init__(
      self._call_user_model_fn,
      model_dir=model_dir,
      config=config.replace(log_step_count_steps=None),
      params=params or {},
      warm_start_from=warm_start_from,
    )
    if eval_on_tpu and not use_tpu:
      logging.warning('eval_on_tpu ignored because use_tpu is False.')
    if export_saved_model_api_version not in (
      1,
      2,
      *ExportSavedModelApiVersion,
    ):
      raise ValueError(
        'export_saved_model_api_version should be 1 or 2; got '
        f'{export_saved_model_api_version}.'
      )

  def _refuse_tpu(self, mode: str) -> None:
    if not self._use_tpu:
      return
    if mode == modes.ModeKeys.EVAL and not self._eval_on_tpu:
      return
    raise RuntimeError(
      'Cannot find any TPU cores in the system. TPUs are not supported here: '
      f'`use_tpu` ({self._use_tpu!r}) must be False to run mode {mode!r}. Pass '
      'use_tpu=False to TPUEstimator; model_fn and input_fn stay as they are.'
    )

  def _call_input_fn(self, input_fn, mode, input_context=None):
    """Calls `input_fn` with its batch size in `params`."""
    self._refuse_tpu(mode)
    if 'params' not in arguments.names(input_fn):
      raise ValueError(
        f'input_fn ({input_fn}) does not include params argument, required by '
        'TPUEstimator to pass batch size as params["batch_size"]'
      )
    config = self.config
    per_core = tpu_config.InputPipelineConfig.SLICED
    if config.tpu_config.eval_training_input_configuration == per_core:
      raise ValueError(
        'Invalid TPUConfig `eval_training_input_configuration` value. SLICED '
        'mode only works on use_tpu = True.'
      )
    self._reads_input = True
    params = self._params_of_call(self.params, mode)
    return input_call.call_input_fn(
      input_fn, mode, params, config, input_context
    )

  def _call_user_model_fn(
    self, features: Any, labels: Any, mode: str, config: Any, params: Any
  ) -> estimator_specs.EstimatorSpec:
    """What the Estimator has as its model_fn."""
    # Exports make their features without an input_fn: of any batch size.
    exports, self._reads_input = not self._reads_input, False
    model_fn = self._user_model_fn
    taken = arguments.names(model_fn)
    if 'labels' not in taken and labels is not None:
      raise ValueError(
        'model_fn does not take labels, but input_fn returns labels. Add a '
        '`labels` argument to model_fn or return features alone.'
      )
    if 'params' not in taken:
      raise ValueError(
        f'model_fn ({model_fn}) does not include params argument, required by '
        "TPUEstimator to pass batch size as params['batch_size']"
      )
    if not exports:
      params = self._params_of_call(params, mode)
    put(params, USE_TPU_KEY, False)
    logging.info(f'Running {mode} on CPU/GPU')
    available = {
      'labels': labels,
      'mode': mode,
      'params': params,
      'config': config,
    }
    spec = model_fn(features=features, **arguments.pick(model_fn, available))
    remove_cross_replica_sums(v1.get_default_graph())
    if isinstance(spec, tpu_spec.TPUEstimatorSpec):
      spec = spec.as_estimator_spec()
    if mode == modes.ModeKeys.TRAIN and not exports:
      spec = self._with_speed(spec, config)
    return spec

  def _params_of_call(self, params: Any, mode: str) -> Any:
    params = copy.deepcopy(params)
    size = self._batch_sizes[mode]
    if size is not None:
      put(params, BATCH_SIZE_KEY, size)
    return params

  def _with_speed(self, spec: Any, config: Any) -> Any:
    hook = examples_per_second.hook(
      self._batch_sizes[modes.ModeKeys.TRAIN],
      self._log_step_count_steps,
      tpu_config.parse_iterations_per_loop(
        config.tpu_config.iterations_per_loop
      ),
      self.model_dir if config.save_summary_steps else None,
    )
    if hook is None or not isinstance(spec, estimator_specs.EstimatorSpec):
      return spec
    return spec._replace(training_hooks=(*spec.training_hooks, hook))


_MODES = (modes.ModeKeys.TRAIN, modes.ModeKeys.EVAL, modes.ModeKeys.PREDICT)


def _check_batch_sizes(sizes: dict[str, Any]) -> None:
  for name, size in sizes.items():
    if size is not None:
      tpu_config.check_positive_integer(name, size)
    elif name == 'train_batch_size':
      raise ValueError('`train_batch_size` cannot be `None`')


def put(params: Any, key: str, value: Any) -> None:
  """Sets a hyperparameter of a dict, or of an HParams object."""
  if not hasattr(params, 'set_hparam'):
    params[key] = value
  elif key in params:
    params.set_hparam(key, value)
  else:
    params.add_hparam(key, value)


# What sums over all replicas has, with one replica, no effect. It has no kernel
# for CPUs and GPUs either.
_SUM = 'CrossReplicaSum'


def remove_cross_replica_sums(graph: tf.Graph) -> None:
  """Lets what reads a `CrossReplicaSum` read its input instead.

  CrossShardOptimizer wraps gradients in it, whatever the device.
  """
  for op in graph.get_operations():
    if op.type != _SUM:
      continue
    for consumer in list(op.outputs[0].consumers()):
      for index, tensor in enumerate(consumer.inputs):
        if tensor is op.outputs[0]:
          # There is no public way to rewire an operation.
          consumer._update_input(index, op.inputs[0])  # noqa: SLF001
