"""Lists the old module paths, and where each name in them lives now.

The paths are relative to `tensorflow_estimator.python.estimator`, which TF 1.x
called `tensorflow.python.estimator`. Names with an underscore are those that
programs import although they were private.
"""

from tfcompat_estimator.api import v1, v2
from tfcompat_estimator.old_paths import model_paths, places

# What the real package's last release was: programs compare it.
VERSION = '2.15.0'

_EXPORT_OUTPUTS = {
  **places.as_is(
    'spec.export_outputs',
    'ExportOutput PredictOutput ClassificationOutput RegressionOutput EvalOutput'
    ' TrainOutput',
  ),
  '_SupervisedOutput': places.P + '_tf:export_output._SupervisedOutput',
}
_RECEIVERS = places.as_is(
  'saved_models.receivers',
  'ServingInputReceiver TensorServingInputReceiver UnsupervisedInputReceiver'
  ' SupervisedInputReceiver build_parsing_serving_input_receiver_fn'
  ' build_raw_serving_input_receiver_fn build_raw_supervised_input_receiver_fn',
)
_EXPORT_UTILS = places.as_is(
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
_INPUTS = v1.INPUTS
_EXPORTERS = 'BestExporter Exporter FinalExporter LatestExporter'
_EARLY_STOPPING = (
  'make_early_stopping_hook stop_if_higher_hook stop_if_lower_hook'
  ' stop_if_no_decrease_hook stop_if_no_increase_hook'
)
_READ_METRICS = places.as_is('hooks.eval_metrics', 'read_eval_metrics')

# Old module: {name: where it lives}.
MODULES: dict[str, dict[str, str]] = {
  **model_paths.MODULES,
  'early_stopping': {
    **places.of(v2.EXPERIMENTAL, _EARLY_STOPPING),
    **places.constants('EarlyStopping', '_EVENT_FILE_GLOB_PATTERN'),
    **places.as_is(
      'hooks.early_stopping', '_CheckForStoppingHook _StopOnPredicateHook'
    ),
    '_get_or_create_stop_var': (
      places.P + 'hooks.early_stopping:get_or_create_stop_variable'
    ),
    **_READ_METRICS,
  },
  'estimator': {
    'Estimator': v1.ESTIMATOR['Estimator'],
    'EstimatorV2': v2.ESTIMATOR['Estimator'],
    **places.of(v2.SHARED, 'VocabInfo WarmStartSettings'),
    '_VALID_MODEL_FN_ARGS': places.P + 'loop.model_fn:ALLOWED_ARGUMENTS',
    **places.parts('_check_checkpoint_available _write_dict_to_summary'),
    **places.renamed(
      'old_paths.steps',
      '_canned_estimator_api_gauge=GAUGE _estimator_api_gauge=GAUGE'
      ' _extract_metric_update_ops=extract_metric_update_ops'
      ' _get_replica_device_setter=get_replica_device_setter'
      ' _has_dataset_or_queue_runner=has_dataset_or_queue_runner'
      ' _verify_and_create_loss_metric=verify_and_create_loss_metric'
      ' _write_checkpoint_path_to_summary=write_checkpoint_path_to_summary',
    ),
    '_dict_to_str': places.P + 'loop.reporting:dict_to_str',
    '_check_hooks_type': places.P + 'loop.build:check_hooks',
    '_check_listeners_type': places.P + 'spec.hooks:checked_listeners',
    '_get_default_warm_start_settings': places.P
    + 'estimator.construction:warm_start',
    '_load_global_step_from_checkpoint_dir': places.ADAPTERS
    + 'load_global_step',
    '_verify_model_fn_args': places.P + 'loop.model_fn:verify_arguments',
    'maybe_overwrite_model_dir_and_session_config': (
      places.P + 'estimator.construction:complete_config'
    ),
  },
  'estimator_lib': {
    **v1.ESTIMATOR,
    **places.of(
      v1.EXPERIMENTAL, 'dnn_logit_fn_builder linear_logit_fn_builder'
    ),
    **places.of(v2.EXPERIMENTAL, 'RNNClassifier RNNEstimator call_logit_fn'),
    **places.of(v2.EXPERIMENTAL, 'InMemoryEvaluatorHook LinearSDCA'),
    **places.of(v2.EXPERIMENTAL, _EARLY_STOPPING),
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
    **places.of(
      _EXPORT_UTILS,
      'build_all_signature_defs get_temp_export_dir get_timestamped_export_dir'
      ' SINGLE_FEATURE_DEFAULT_NAME SINGLE_LABEL_DEFAULT_NAME'
      ' SINGLE_RECEIVER_DEFAULT_NAME',
    ),
    **places.parts('build_supervised_input_receiver_fn_from_input_fn'),
  },
  'export.export_lib': {
    **_RECEIVERS,
    **_EXPORT_OUTPUTS,
    **_EXPORT_UTILS,
    **places.parts('build_supervised_input_receiver_fn_from_input_fn'),
  },
  'export.export_output': _EXPORT_OUTPUTS,
  'exporter': {
    **places.of(v2.SHARED, _EXPORTERS),
    '_SavedModelExporter': places.P + 'training.exporters:SavedModelExporter',
    '_loss_smaller': places.P + 'training.exporters:loss_smaller',
    '_verify_compare_fn_args': places.P + 'training.exporters:check_compare_fn',
  },
  'extenders': {
    **places.of(v2.SHARED, 'add_metrics'),
    **places.as_is('old_paths.steps', '_VALID_METRIC_FN_ARGS'),
    '_call_metric_fn': places.P + 'old_paths.steps:call_metric_fn',
    '_verify_metric_fn_args': places.P + 'estimator.extend:check_metric_fn',
  },
  'gc': {
    name: f'{places.P}old_paths.gc:{name.removeprefix("_")}'
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
  'hooks.basic_session_run_hooks': places.of(v2.STOCK, _HOOKS),
  'hooks.hooks': {
    **places.of(
      v2.EXPERIMENTAL,
      'InMemoryEvaluatorHook make_stop_at_checkpoint_step_hook',
    ),
    **places.as_is(
      'hooks.stop_at_checkpoint_step', '_StopAtCheckpointStepHook'
    ),
  },
  'hooks.session_run_hook': places.of(v2.STOCK, _SESSION_RUN),
  'inputs.inputs': _INPUTS,
  'inputs.numpy_io': places.of(_INPUTS, 'numpy_input_fn'),
  'inputs.pandas_io': {
    **places.of(_INPUTS, 'pandas_input_fn'),
    **places.constants('Pandas', 'HAS_PANDAS'),
  },
  'inputs.queues.feeding_functions': {
    **places.constants('Pandas', 'HAS_PANDAS'),
    '_enqueue_data': places.P + 'old_paths.queues:enqueue_data',
  },
  'keras_lib': {
    **places.constants('Keys', '_DEFAULT_SERVING_KEY'),
    **places.as_is('keras_interop.model_io', 'FormattedKeyError'),
    '_convert_tensor': places.P + 'keras_interop.model_io:tensor',
    'model_to_estimator': places.P + 'old_paths.keras_lib:model_to_estimator',
  },
  'mode_keys': places.of(v2.SHARED, 'ModeKeys'),
  'model_fn': {
    **places.of(v2.SHARED, 'EstimatorSpec ModeKeys'),
    'AVERAGE_LOSS_METRIC_KEY': places.P + 'spec.keys:MetricKeys.LOSS_MEAN',
    'LOSS_METRIC_KEY': places.P + 'spec.keys:MetricKeys.LOSS',
    '_VALID_MODEL_FN_ARGS': places.P + 'loop.model_fn:ALLOWED_ARGUMENTS',
    '_TPUEstimatorSpec': places.P + 'spec.tpu_estimator_spec:TPUEstimatorSpec',
    **places.renamed(
      'spec.estimator_spec',
      '_check_is_tensor_or_operation=check_tensor_or_operation'
      ' _validate_estimator_spec_export_outputs=checked_export_outputs'
      ' _validate_estimator_spec_hooks=checked_hooks'
      ' _validate_estimator_spec_loss=checked_loss'
      ' _validate_estimator_spec_predictions=checked_predictions'
      ' _validate_estimator_spec_train_op=checked_train_op'
      ' _validate_eval_metric_ops=checked_metrics'
      ' _validate_scaffold=checked_scaffold',
    ),
    '_check_is_tensor': places.P + 'spec.estimator_spec:check_tensor',
    'call_logit_fn': v2.EXPERIMENTAL['call_logit_fn'],
    'verify_model_fn_args': places.P + 'loop.model_fn:verify_arguments',
  },
  'run_config': {
    **places.as_is('spec.run_config', 'RunConfig TaskType'),
    'get_default_session_config': (
      places.P + 'spec.run_config:default_session_config'
    ),
    'path_to_str': 'tensorflow:compat.path_to_str',
    **places.constants(
      'RunConfig',
      '_CLUSTER_KEY _EVAL_SESSION_MASTER_KEY _GRPC_SCHEME _LOCAL_MASTER'
      ' _MODEL_DIR_KEY _SAVE_CKPT_ERR _SERVICE_KEY _SESSION_MASTER_KEY'
      ' _TASK_ENV_KEY _TASK_ID_KEY _TASK_TYPE_KEY _TF_CONFIG_ENV'
      ' _VALID_DEVICE_FN_ARGS',
    ),
    **places.parts('_count_ps _count_worker'),
  },
  'tools.checkpoint_converter': {},
  'tpu._tpu_estimator_embedding': v1.TPU_EXPERIMENTAL,
  'tpu.tpu_config': {
    **places.of(v1.TPU, 'InputPipelineConfig RunConfig TPUConfig'),
    **places.constants('RunConfig', '_SERVICE_KEY _TF_CONFIG_ENV'),
    '_TPU_WORKER_JOB_NAME': places.P + 'tpu.config:JOB_NAME_KEY',
    '_get_tpu_job_name_from_tf_config': (
      places.P + 'tpu.config:job_name_of_environment'
    ),
  },
  'tpu.tpu_estimator': {
    **places.of(v1.TPU, 'TPUEstimator TPUEstimatorSpec'),
    **v1.TPU_EXPERIMENTAL,
    **places.constants(
      'TPU',
      '_CROSS_REPLICA_SUM_OP _CTX_KEY _RESERVED_PARAMS_KEYS',
    ),
    '_BATCH_SIZE_KEY': places.P + 'tpu.estimator:BATCH_SIZE_KEY',
    '_USE_TPU_KEY': places.P + 'tpu.estimator:USE_TPU_KEY',
    **places.as_is('tpu.estimator', 'ExportSavedModelApiVersion'),
    **places.as_is('tpu.examples_per_second', 'ExamplesPerSecondHook'),
    **places.parts('export_estimator_savedmodel'),
    '_add_item_to_params': places.P + 'tpu.estimator:put',
  },
  'tpu.util': places.parts(
    'check_positive_integer parse_iterations_per_loop IterationsPerLoopCounter'
    ' MultiHostDatasetInitializerHook'
  ),
  'training': {
    **places.of(v2.SHARED, 'EvalSpec TrainSpec train_and_evaluate'),
    **places.constants('RunConfig', '_TF_CONFIG_ENV'),
    '_StopAtSecsHook': places.P + 'old_paths.steps:StopAtSecsHook',
    '_ContinuousEvalListener': (
      places.P + 'training.checkpoint_evaluation:EvalListener'
    ),
    '_EvalResult': places.P + 'training.checkpoint_evaluation:EvalResult',
    '_EvalStatus': places.P + 'training.checkpoint_evaluation:EvalStatus',
    '_TrainingExecutor': places.P + 'old_paths.executor:TrainingExecutor',
    '_assert_eval_spec': places.P + 'old_paths.executor:check_eval_spec',
    '_is_google_env': places.P + 'old_paths.executor:is_google_env',
    **places.constants(
      'Training',
      '_DELAY_SECS_PER_WORKER _ENVIRONMENT_GOOGLE_VALUE _ENVIRONMENT_KEY'
      ' _MAX_DELAY_SECS _TRAINER_JOBS',
    ),
    **places.renamed(
      'spec.train_eval_spec',
      '_validate_exporters=checked_exporters _validate_hooks=checked_hooks'
      ' _validate_input_fn=check_callable',
    ),
    '_validate_saving_listeners': places.P + 'spec.hooks:checked_listeners',
  },
  'util': {
    **places.parts(
      'DistributedIteratorInitializerHook MultiHostDatasetInitializerHook'
      ' parse_iterator_result'
    ),
    '_DatasetInitializerHook': places.P + 'inputs.call:DatasetInitializerHook',
    'fn_args': places.P + 'spec.arguments:names',
    'parse_input_fn_result': places.P + 'inputs.call:normalize',
  },
}
