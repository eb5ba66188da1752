"""Lists the old module paths, and where each name in them lives now.

The paths are relative to `tensorflow_estimator.python.estimator`, which TF 1.x
called `tensorflow.python.estimator`. Names with an underscore are those that
programs import although they were private.
"""

from tfcompat_estimator.api import v1, v2

# What the real package's last release was: programs compare it.
VERSION = '2.15.0'

_P = 'tfcompat_estimator.'
_ADAPTERS = _P + 'old_paths.adapters:'
_MODEL_FNS = _P + 'old_paths.model_fns:'
_CONSTANTS = _P + 'old_paths.constants:'
_PARTS = _P + 'old_paths.parts:'


def _in(module: str, names: str) -> dict[str, str]:
  """Names that a module of ours, or 'module:of.it', has as they are."""
  dot = '.' if ':' in module else ':'
  return {name: f'{_P}{module}{dot}{name}' for name in names.split()}


def _constants(prefix: str, names: str) -> dict[str, str]:
  """Constants of an old module, which are in a class of that name."""
  return {name: f'{_CONSTANTS}{prefix}.{name}' for name in names.split()}


def _parts(names: str) -> dict[str, str]:
  """Functions that `old_parts.py` has without the underscore."""
  return {name: _PARTS + name.removeprefix('_') for name in names.split()}


def _both(name: str) -> dict[str, str]:
  """A name whose v2 form ends in V2 in old modules."""
  return {name: v1.ESTIMATOR[name], f'{name}V2': v2.ESTIMATOR[name]}


def _of(places: dict[str, str], names: str) -> dict[str, str]:
  return {name: places[name] for name in names.split()}


_EXPORT_OUTPUTS = {
  **_in(
    'spec.export_outputs',
    'ExportOutput PredictOutput ClassificationOutput RegressionOutput EvalOutput'
    ' TrainOutput',
  ),
  '_SupervisedOutput': _P + '_tf:export_output._SupervisedOutput',
}
_RECEIVERS = _in(
  'saved_models.receivers',
  'ServingInputReceiver TensorServingInputReceiver UnsupervisedInputReceiver'
  ' SupervisedInputReceiver build_parsing_serving_input_receiver_fn'
  ' build_raw_serving_input_receiver_fn build_raw_supervised_input_receiver_fn',
)
_EXPORT_UTILS = _in(
  '_tf:export_utils',
  'build_all_signature_defs get_temp_export_dir get_timestamped_export_dir'
  ' get_export_outputs export_outputs_for_mode EXPORT_TAG_MAP SIGNATURE_KEY_MAP'
  ' SINGLE_FEATURE_DEFAULT_NAME SINGLE_LABEL_DEFAULT_NAME'
  ' SINGLE_RECEIVER_DEFAULT_NAME',
)
_HOOKS = (
  'CheckpointSaverHook CheckpointSaverListener FeedFnHook FinalOpsHook'
  ' GlobalStepWaiterHook LoggingTensorHook NanLossDuringTrainingError'
  ' NanTensorHook ProfilerHook SecondOrStepTimer StepCounterHook'
  ' StopAtStepHook SummarySaverHook'
)
_SESSION_RUN = (
  'SessionRunArgs SessionRunContext SessionRunHook SessionRunValues'
)
_NETWORK = _P + 'canned.networks.network:'
_V1_DNN_RATE = _P + 'canned.family:V1.dnn_learning_rate'
_V1_HEADS = _P + 'heads.v1_heads:'
_PARSE = 'classifier_parse_example_spec regressor_parse_example_spec'
_INPUTS = v1.INPUTS
_EXPERIMENTAL = {**v1.EXPERIMENTAL, **v2.EXPERIMENTAL}
_REGRESSION = 'LogisticRegressionHead PoissonRegressionHead RegressionHead'
_EXPORTERS = 'BestExporter Exporter FinalExporter LatestExporter'
_EARLY_STOPPING = (
  'make_early_stopping_hook stop_if_higher_hook stop_if_lower_hook'
  ' stop_if_no_decrease_hook stop_if_no_increase_hook'
)
_READ_METRICS = _in('hooks.eval_metrics', 'read_eval_metrics')
# Functions of base_head; canned.head had them with an underscore.
_SERVING_KEYS = _constants(
  'Keys',
  '_CLASSIFY_SERVING_KEY _DEFAULT_SERVING_KEY _PREDICT_SERVING_KEY'
  ' _REGRESS_SERVING_KEY',
)
_CHECKS = {
  'all_class_ids': _P + 'heads.classes:all_ids',
  'all_classes': _P + 'heads.classes:all_names',
  'call_loss_fn': _P + 'heads.losses:call_loss_fn',
  'check_dense_labels_match_logits_and_reshape': (
    _P + 'heads.labels:match_logits'
  ),
  'check_logits_final_dim': _P + 'heads.logits:check_last_axis',
  'classification_output': _P + 'heads.classes:classification_output',
  'create_eval_metrics_tuple': (
    _P + 'spec.tpu_estimator_spec:create_eval_metrics_tuple'
  ),
  'get_weights_and_check_match_logits': _P + 'heads.weights:read',
  'validate_loss_fn_args': _P + 'heads.losses:check_loss_fn',
  'validate_n_classes': _P + 'heads.labels:check_n_classes',
}

# Old module: {name: where it lives}.
MODULES: dict[str, dict[str, str]] = {
  'canned.baseline': {
    **_both('BaselineClassifier'),
    **_both('BaselineEstimator'),
    **_both('BaselineRegressor'),
    '_LEARNING_RATE': _P + 'canned.baseline:LEARNING_RATE',
    **_parts('_baseline_logit_fn_builder'),
    '_baseline_model_fn': _MODEL_FNS + 'baseline_model_fn',
    '_baseline_model_fn_v2': _MODEL_FNS + 'baseline_model_fn_v2',
  },
  'canned.dnn': {
    **_both('DNNClassifier'),
    **_both('DNNEstimator'),
    **_both('DNNRegressor'),
    '_LEARNING_RATE': _V1_DNN_RATE,
    **_parts('dnn_logit_fn_builder_v2'),
    'dnn_logit_fn_builder': v1.EXPERIMENTAL['dnn_logit_fn_builder'],
    '_add_hidden_layer_summary': _NETWORK + 'write_layer_summary',
    '_validate_features': _NETWORK + 'check_features',
    '_dnn_model_fn': _MODEL_FNS + 'dnn_model_fn',
    'dnn_model_fn_v2': _MODEL_FNS + 'dnn_model_fn_v2',
  },
  'canned.dnn_linear_combined': {
    **_both('DNNLinearCombinedClassifier'),
    **_both('DNNLinearCombinedEstimator'),
    **_both('DNNLinearCombinedRegressor'),
    '_DNN_LEARNING_RATE': _P + 'canned.dnn_linear_combined:DNN_LEARNING_RATE',
    '_LINEAR_LEARNING_RATE': (
      _P + 'canned.dnn_linear_combined:LINEAR_LEARNING_RATE'
    ),
    **_parts(
      '_check_no_sync_replicas_optimizer _linear_learning_rate'
      ' _validate_feature_columns'
    ),
    '_add_layer_summary': _NETWORK + 'write_layer_summary',
    '_dnn_linear_combined_model_fn': _MODEL_FNS + 'combined_model_fn',
    '_dnn_linear_combined_model_fn_v2': _MODEL_FNS + 'combined_model_fn_v2',
  },
  'canned.head': {
    **_in('heads.v1_protocol', 'LossSpec'),
    **{
      f'_{name}': _V1_HEADS + name
      for name in (
        'BinaryLogisticHeadWithSigmoidCrossEntropyLoss',
        'MultiClassHeadWithSoftmaxCrossEntropyLoss',
        'RegressionHeadWithMeanSquaredErrorLoss',
      )
    },
    '_binary_logistic_or_multi_class_head': _P
    + 'canned.family:V1.classifier_head',
    '_Head': _P + 'heads.v1_protocol:V1Head',
    **_SERVING_KEYS,
    '_append_update_ops': _P + 'heads.train_op:append_update_ops',
    '_assert_range': _P + 'heads.labels:check_range',
    '_summary_key': _ADAPTERS + 'summary_key',
    **{f'_{name}': place for name, place in _CHECKS.items()},
    **{
      f'_{name}': _V1_HEADS + name
      for name in (
        'binary_logistic_head_with_sigmoid_cross_entropy_loss',
        'multi_class_head_with_softmax_cross_entropy_loss',
        'regression_head',
      )
    },
  },
  'canned.kmeans': {'KMeansClustering': v1.EXPERIMENTAL['KMeans']},
  'canned.linear': {
    **_both('LinearClassifier'),
    **_both('LinearEstimator'),
    **_both('LinearRegressor'),
    **_of(_EXPERIMENTAL, 'LinearSDCA linear_logit_fn_builder'),
    '_LEARNING_RATE': _P + 'canned.linear:LEARNING_RATE',
    **_parts(
      '_compute_fraction_of_zero _get_default_optimizer'
      ' _get_default_optimizer_v2 linear_logit_fn_builder_v2'
    ),
    '_linear_model_fn': _MODEL_FNS + 'linear_model_fn',
    '_linear_model_fn_v2': _MODEL_FNS + 'linear_model_fn_v2',
  },
  'canned.metric_keys': _in('spec.keys', 'MetricKeys'),
  'canned.optimizers': {
    '_LEARNING_RATE': _V1_DNN_RATE,
    '_OPTIMIZER_CLS_NAMES': _P + 'canned.optimizers:V1_CLASSES',
    '_OPTIMIZER_CLS_NAMES_V2': _P + 'canned.optimizers:V2_CLASSES',
    'get_optimizer_instance': _P + 'canned.optimizers:resolve_v1',
    'get_optimizer_instance_v2': _P + 'canned.optimizers:resolve_v2',
  },
  'canned.parsing_utils': {
    **_of(v1.ESTIMATOR, _PARSE),
    **{f'{name}_v2': v2.ESTIMATOR[name] for name in _PARSE.split()},
  },
  'canned.prediction_keys': _in('spec.keys', 'PredictionKeys'),
  'canned.rnn': {
    **_of(v2.EXPERIMENTAL, 'RNNClassifier RNNEstimator'),
    **_constants(
      'RNN',
      '_GRU_KEY _LSTM_KEY _SIMPLE_RNN_KEY',
    ),
    '_DEFAULT_CLIP_NORM': _P + 'canned.rnn:CLIP_NORM',
    '_DEFAULT_LEARNING_RATE': _P + 'canned.rnn:LEARNING_RATE',
    'USE_DEFAULT': _P + 'canned.rnn:USE_DEFAULT',
  },
  'early_stopping': {
    **_of(v2.EXPERIMENTAL, _EARLY_STOPPING),
    **_constants('EarlyStopping', '_EVENT_FILE_GLOB_PATTERN'),
    **_in('hooks.early_stopping', '_CheckForStoppingHook _StopOnPredicateHook'),
    '_get_or_create_stop_var': (
      _P + 'hooks.early_stopping:get_or_create_stop_variable'
    ),
    **_READ_METRICS,
  },
  'estimator': {
    'Estimator': v1.ESTIMATOR['Estimator'],
    'EstimatorV2': v2.ESTIMATOR['Estimator'],
    **_of(v2.SHARED, 'VocabInfo WarmStartSettings'),
    '_VALID_MODEL_FN_ARGS': _P + 'loop.model_fn:ALLOWED_ARGUMENTS',
    **_parts('_check_checkpoint_available _write_dict_to_summary'),
    '_dict_to_str': _P + 'loop.reporting:dict_to_str',
    '_check_hooks_type': _P + 'loop.build:check_hooks',
    '_check_listeners_type': _P + 'loop.build:check_listeners',
    '_get_default_warm_start_settings': _P
    + 'estimator.construction:warm_start',
    '_load_global_step_from_checkpoint_dir': _ADAPTERS + 'load_global_step',
    '_verify_model_fn_args': _P + 'loop.model_fn:verify_arguments',
    'maybe_overwrite_model_dir_and_session_config': (
      _P + 'estimator.construction:complete_config'
    ),
  },
  'estimator_lib': {
    **v1.ESTIMATOR,
    **_of(v1.EXPERIMENTAL, 'dnn_logit_fn_builder linear_logit_fn_builder'),
    **_of(v2.EXPERIMENTAL, 'RNNClassifier RNNEstimator call_logit_fn'),
    **_of(v2.EXPERIMENTAL, 'InMemoryEvaluatorHook LinearSDCA'),
    **_of(v2.EXPERIMENTAL, _EARLY_STOPPING),
    'KMeansClustering': v1.EXPERIMENTAL['KMeans'],
    'TPUEstimator': v1.TPU['TPUEstimator'],
    'make_stop_at_checkpoint_step_hook': (
      v2.EXPERIMENTAL['make_stop_at_checkpoint_step_hook']
    ),
    'model_to_estimator': v1.KERAS['model_to_estimator'],
    **_READ_METRICS,
  },
  'export.export': {
    **_RECEIVERS,
    **_of(
      _EXPORT_UTILS,
      'build_all_signature_defs get_temp_export_dir get_timestamped_export_dir'
      ' SINGLE_FEATURE_DEFAULT_NAME SINGLE_LABEL_DEFAULT_NAME'
      ' SINGLE_RECEIVER_DEFAULT_NAME',
    ),
    **_parts('build_supervised_input_receiver_fn_from_input_fn'),
  },
  'export.export_lib': {
    **_RECEIVERS,
    **_EXPORT_OUTPUTS,
    **_EXPORT_UTILS,
    **_parts('build_supervised_input_receiver_fn_from_input_fn'),
  },
  'export.export_output': _EXPORT_OUTPUTS,
  'exporter': {
    **_of(v2.SHARED, _EXPORTERS),
    '_loss_smaller': _P + 'training.exporters:loss_smaller',
    '_verify_compare_fn_args': _P + 'training.exporters:check_compare_fn',
  },
  'extenders': _of(v2.SHARED, 'add_metrics'),
  'gc': {
    name: f'{_P}old_paths.gc:{name.removeprefix("_")}'
    for name in (
      'Path',
      '_get_paths',
      '_largest_export_versions',
      '_mod_export_version',
      '_negation',
      '_one_of_every_n_export_versions',
      '_union',
    )
  },
  'head.base_head': {
    'Head': v2.SHARED['Head'],
    **_CHECKS,
    **{name.removeprefix('_'): place for name, place in _SERVING_KEYS.items()},
    'check_label_range': _P + 'heads.labels:check_range',
    'check_prediction_keys': _P + 'heads.single:check_prediction_keys',
    'create_estimator_spec_summary': _ADAPTERS + 'create_summary',
    'create_estimator_spec_train_op': _ADAPTERS + 'create_train_op',
    'update_metric_with_broadcast_weights': _P + 'heads.metrics:update_mean',
    'validate_trainable_variables': _P + 'heads.train_op:checked_variables',
    'validate_update_ops': _P + 'heads.train_op:checked_update_ops',
    'validate_v2_optimizer': _P + 'heads.train_op:checked_optimizer',
    'validate_loss_reduction': _P + 'heads.losses:check_reduction',
  },
  'head.binary_class_head': _of(v2.SHARED, 'BinaryClassHead'),
  'head.head_utils': {
    **_constants('Keys', '_DEFAULT_SERVING_KEY'),
    'binary_or_multi_class_head': _P + 'canned.family:V2.classifier_head',
  },
  'head.multi_class_head': _of(v2.SHARED, 'MultiClassHead'),
  'head.multi_head': _of(v2.SHARED, 'MultiHead'),
  'head.multi_label_head': _of(v2.SHARED, 'MultiLabelHead'),
  'head.regression_head': _of(v2.SHARED, _REGRESSION),
  'head.sequential_head': {
    **_in('heads.sequential', 'SequentialHeadWrapper'),
    '_SequentialHead': _P + 'heads.sequential:SequentialHead',
  },
  'hooks.basic_session_run_hooks': _of(v2.STOCK, _HOOKS),
  'hooks.hooks': _of(
    v2.EXPERIMENTAL, 'InMemoryEvaluatorHook make_stop_at_checkpoint_step_hook'
  ),
  'hooks.session_run_hook': _of(v2.STOCK, _SESSION_RUN),
  'inputs.inputs': _INPUTS,
  'inputs.numpy_io': _of(_INPUTS, 'numpy_input_fn'),
  'inputs.pandas_io': {
    **_of(_INPUTS, 'pandas_input_fn'),
    **_constants('Pandas', 'HAS_PANDAS'),
  },
  'inputs.queues.feeding_functions': {
    **_constants('Pandas', 'HAS_PANDAS'),
    '_enqueue_data': _P + 'old_paths.queues:enqueue_data',
  },
  'keras_lib': {
    **_constants('Keys', '_DEFAULT_SERVING_KEY'),
    **_in('keras_interop.model_io', 'FormattedKeyError'),
    '_convert_tensor': _P + 'keras_interop.model_io:tensor',
    'model_to_estimator': _P + 'old_paths.keras_lib:model_to_estimator',
  },
  'mode_keys': _of(v2.SHARED, 'ModeKeys'),
  'model_fn': {
    **_of(v2.SHARED, 'EstimatorSpec ModeKeys'),
    'AVERAGE_LOSS_METRIC_KEY': _P + 'spec.keys:MetricKeys.LOSS_MEAN',
    'LOSS_METRIC_KEY': _P + 'spec.keys:MetricKeys.LOSS',
    '_VALID_MODEL_FN_ARGS': _P + 'loop.model_fn:ALLOWED_ARGUMENTS',
    '_TPUEstimatorSpec': _P + 'spec.tpu_estimator_spec:TPUEstimatorSpec',
    '_check_is_tensor': _P + 'spec.estimator_spec:check_tensor',
    'call_logit_fn': v2.EXPERIMENTAL['call_logit_fn'],
    'verify_model_fn_args': _P + 'loop.model_fn:verify_arguments',
  },
  'run_config': {
    **_in('spec.run_config', 'RunConfig TaskType'),
    'get_default_session_config': (
      _P + 'spec.run_config:default_session_config'
    ),
    'path_to_str': 'tensorflow:compat.path_to_str',
    **_constants(
      'RunConfig',
      '_CLUSTER_KEY _EVAL_SESSION_MASTER_KEY _GRPC_SCHEME _LOCAL_MASTER'
      ' _MODEL_DIR_KEY _SAVE_CKPT_ERR _SERVICE_KEY _SESSION_MASTER_KEY'
      ' _TASK_ENV_KEY _TASK_ID_KEY _TASK_TYPE_KEY _TF_CONFIG_ENV'
      ' _VALID_DEVICE_FN_ARGS',
    ),
    **_parts('_count_ps _count_worker'),
  },
  'tools.checkpoint_converter': {},
  'tpu._tpu_estimator_embedding': v1.TPU_EXPERIMENTAL,
  'tpu.tpu_config': {
    **_of(v1.TPU, 'InputPipelineConfig RunConfig TPUConfig'),
    **_constants('RunConfig', '_SERVICE_KEY _TF_CONFIG_ENV'),
    '_TPU_WORKER_JOB_NAME': _P + 'tpu.config:JOB_NAME_KEY',
    '_get_tpu_job_name_from_tf_config': (
      _P + 'tpu.config:job_name_of_environment'
    ),
  },
  'tpu.tpu_estimator': {
    **_of(v1.TPU, 'TPUEstimator TPUEstimatorSpec'),
    **v1.TPU_EXPERIMENTAL,
    **_constants(
      'TPU',
      '_CROSS_REPLICA_SUM_OP _CTX_KEY _RESERVED_PARAMS_KEYS',
    ),
    '_BATCH_SIZE_KEY': _P + 'tpu.estimator:BATCH_SIZE_KEY',
    '_USE_TPU_KEY': _P + 'tpu.estimator:USE_TPU_KEY',
    **_in('tpu.estimator', 'ExportSavedModelApiVersion'),
    **_in('tpu.examples_per_second', 'ExamplesPerSecondHook'),
    **_parts('export_estimator_savedmodel'),
    '_add_item_to_params': _P + 'tpu.estimator:put',
  },
  'tpu.util': _parts(
    'check_positive_integer parse_iterations_per_loop IterationsPerLoopCounter'
    ' MultiHostDatasetInitializerHook'
  ),
  'training': {
    **_of(v2.SHARED, 'EvalSpec TrainSpec train_and_evaluate'),
    **_constants('RunConfig', '_TF_CONFIG_ENV'),
    **_constants('Training', '_DELAY_SECS_PER_WORKER _MAX_DELAY_SECS'),
    '_validate_exporters': _P + 'spec.train_eval_spec:checked_exporters',
    '_validate_hooks': _P + 'spec.train_eval_spec:checked_hooks',
    '_validate_input_fn': _P + 'spec.train_eval_spec:check_callable',
    '_validate_saving_listeners': _P + 'loop.build:check_listeners',
  },
  'util': {
    **_parts(
      'DistributedIteratorInitializerHook MultiHostDatasetInitializerHook'
      ' parse_iterator_result'
    ),
    '_DatasetInitializerHook': _P + 'inputs.call:DatasetInitializerHook',
    'fn_args': _P + 'spec.arguments:names',
    'parse_input_fn_result': _P + 'inputs.call:normalize',
  },
}
