"""Says what took the place of old names and modules that are not offered.

The paths are those of `paths.py`.
"""


def _because(reason: str, names: str) -> dict[str, str]:
  return dict.fromkeys(names.split(), reason)


_SPEC_CHECKS = 'EstimatorSpec checks its arguments'
_CONFIG_READS = 'use the properties of RunConfig, which reads TF_CONFIG'
_KERAS = 'use model_to_estimator'
_FOR_TPU = 'it was for TPU hosts'
_FOR_TESTS = 'it was for tests of the package'
_NO_TREES = 'use another library of decision forests, such as ydf'
_USE_ESTIMATOR = 'use the methods of Estimator'

# Old module: {name: what took its place}.
REPLACED: dict[str, dict[str, str]] = {
  'canned.baseline': {
    **_because(
      'use _baseline_model_fn_v2 or _baseline_logit_fn_builder',
      '_baseline_model_fn_builder_v2 _get_batch_size_and_size_checks',
    ),
    **_because(
      'give the head its weight_column',
      '_get_weight_column_key _get_weight_column_key_v2',
    ),
  },
  'canned.dnn_linear_combined': {
    '_init_dnn_linear_combined_estimator': 'use a DNNLinearCombinedEstimator',
  },
  'canned.kmeans': {'_ModelFn': 'use KMeansClustering'},
  'canned.linear': {
    **_because(
      'use LinearSDCA as the optimizer of a linear Estimator',
      '_SDCAModel _SDCAUpdateWeightsHook _sdca_model_fn',
    ),
  },
  'canned.optimizers': {
    '_optimizer_has_default_learning_rate': 'use get_optimizer_instance',
  },
  'canned.parsing_utils': {
    '_add_label_and_weight_to_parsing_spec': (
      'use classifier_parse_example_spec or regressor_parse_example_spec'
    ),
  },
  'canned.rnn': _because(
    'use an RNNEstimator',
    '_CELL_TYPES _CELL_TYPE_TO_LAYER_MAPPING _get_rnn_estimator_spec'
    ' _make_rnn_cell_fn _make_rnn_layer _single_rnn_cell'
    ' _verify_rnn_cell_input',
  ),
  'canned.saved_model_estimator': _because(
    'use SavedModelEstimator',
    '_check_same_dtype_and_shape _clear_saved_model_collections'
    ' _extract_eval_metrics _generate_input_map _get_saved_model_ckpt'
    ' _validate_and_extract_outputs',
  ),
  'early_stopping': {
    '_MultiWorkerEarlyStoppingHook': 'use make_early_stopping_hook',
    '_stop_if_no_metric_improvement_hook': (
      'use stop_if_no_increase_hook or stop_if_no_decrease_hook'
    ),
    '_stop_if_threshold_crossed_hook': (
      'use stop_if_higher_hook or stop_if_lower_hook'
    ),
    '_summaries': 'use read_eval_metrics',
  },
  'estimator': {
    **_because(
      _USE_ESTIMATOR,
      '_assert_members_are_not_overridden _combine_distributed_scaffold'
      ' _get_loss_reduce_op_for_reporting'
      ' create_per_replica_ready_for_local_init_op',
    ),
  },
  'export.export': _because(
    'use build_raw_serving_input_receiver_fn or ServingInputReceiver',
    '_SINGLE_TENSOR_DEFAULT_NAMES _check_tensor _check_tensor_key'
    ' _placeholder_from_tensor _placeholders_from_receiver_tensors_dict'
    ' wrap_and_check_input_tensors',
  ),
  'export.export_lib': {
    'wrap_and_check_input_tensors': 'use ServingInputReceiver',
  },
  'head.base_head': _because(
    'heads check labels themselves',
    '_LABEL_NONE_ERR_MSG _LABEL_SHAPE_ERR_MSG _MISMATCHED_LABEL_DIM_ERR_MSG'
    ' _SPARSE_LABEL_ERR_MSG _VALIDATION_ERROR_MSG',
  ),
  'head.head_utils': _because(
    _FOR_TESTS,
    '_assert_no_hooks _assert_simple_summaries _initialize_variables',
  ),
  'inputs.numpy_io': _because(
    'use numpy_input_fn',
    '_TARGET_KEY _get_unique_target_key _validate_and_convert_features'
    ' string_types',
  ),
  'inputs.pandas_io': {'_get_unique_target_key': 'use pandas_input_fn'},
  'inputs.queues.feeding_functions': _because(
    'use _enqueue_data',
    '_ArrayFeedFn _GeneratorFeedFn _OrderedDictNumpyFeedFn _PandasFeedFn'
    ' _fill_array _get_integer_indices_for_next_batch _pad_if_needed',
  ),
  'keras_lib': _because(
    _KERAS,
    '_any_weight_initialized _assert_valid_model _cast_tensor_to_floatx'
    ' _clone_and_build_model _convert_estimator_io_to_keras'
    ' _convert_keras_metrics_to_estimator _create_keras_model_fn'
    ' _extract_sample_weight_tensors _get_file_from_google_storage'
    ' _save_first_checkpoint standardize_sample_weights',
  ),
  'model_fn': {
    **_because(
      _SPEC_CHECKS,
      '_default_graph_error_message_template _update_variable_collection',
    ),
  },
  'run_config': {
    **_because(
      _CONFIG_READS,
      '_get_eval_session_master _get_global_id_in_cluster _get_model_dir'
      ' _get_session_master _validate_service _validate_task_type_and_task_id',
    ),
    **_because(
      'use RunConfig.replace',
      '_DEFAULT_REPLACEABLE_LIST _USE_DEFAULT _validate_properties'
      ' _validate_save_ckpt_with_replaced_keys',
    ),
  },
  'tools.checkpoint_converter': _because(
    'use python -m tfcompat_estimator convert-checkpoint, or '
    'tfcompat_estimator.checkpoint.converter.convert',
    'HP_IN_CKPT HP_IN_GRAPH OPT_NAME_V1_TO_V2 OPT_V2_INSTANCE'
    ' OPT_VAR_NAME_V1_TO_V2 _add_new_variable _add_opt_variable'
    ' _convert_hyper_params_in_graph _convert_variables_in_ckpt'
    ' convert_checkpoint main',
  ),
  'tpu._tpu_estimator_embedding': _because(
    _FOR_TPU,
    'AdagradParameters AdamParameters EmbeddingConfig'
    ' StochasticGradientDescentParameters _EMBEDDING_COLUMN_CLASSES'
    ' _LEN_TABLE_NAME_PREFIX _SUPPORTED_FEATURE_COLUMNS _SUPPORTED_OPTIMIZERS'
    ' _TABLE_NAME_PREFIX _TPU_DEVICE_SPECIFIC_EMBEDDING_COLUMNS'
    ' _TPU_EMBEDDING_COLUMN_CLASSES _get_embedding_var_name_from_table_name'
    ' _get_embedding_variable_name _get_slot_variable_names'
    ' _get_sparse_feature_from_feature _get_table_name_from_embedding_var_name'
    ' _get_weights_from_features _maybe_dense_to_sparse _split_tensor'
    ' get_configs_from_feature_columns get_full_variable_names'
    ' get_tpu_embedding_columns split_inputs',
  ),
  'tpu.tpu_estimator': _because(
    _FOR_TPU,
    'BatchConfig CatchInvalidHostcallFunctions InstallSignalHandlerHook'
    ' PeriodicLogger TPUInfeedOutfeedSessionHook'
    ' TPUInfeedOutfeedSessionHookForPrediction TensorPacker _CapturedObject'
    ' _CapturingContext _INFERENCE_ON_TPU_MODE _INITIAL_LOSS'
    ' _ITERATIONS_PER_LOOP_VAR _InputPipeline _Inputs'
    ' _InputsWithStoppingSignals _InternalTPUContext'
    ' _KEY_WHEN_PREDICTIONS_IS_A_TENSOR _ModelFnWrapper _NotSaver'
    ' _ONE_GIGABYTE _OpQueueContext _OpSignalOnceQueueContext'
    ' _OutfeedHostCall _OutfeedHostCallHook _PaddingSignals _SIGNAL'
    ' _SetEvalIterationsHook _StopSignals _StoppingPredictHook'
    ' _TENSOR_PACKER_CONCATENATED_SMALL_FEATURES_KEY'
    ' _TENSOR_PACKER_MINIMUM_NUM_SMALL_FEATURES_TO_GROUP'
    ' _TENSOR_PACKER_SMALL_FEATURE_DIM_SIZE _TPUEstimatorReplicaContext'
    ' _TPUStopAtStepHook _TPU_ENQUEUE_OPS _TPU_ESTIMATOR _TPU_TRAIN_OP'
    ' _WRAP_INPUT_FN_INTO_WHILE_LOOP _ZERO_LOSS'
    ' _build_computation_for_inference _build_tpu_computation_for_inference'
    ' _check_add_preemption_hook _clone_export_output_with_tensors'
    ' _create_global_step _create_or_get_iterations_per_loop'
    ' _eval_on_tpu_system _export_output_to_tensors _extract_key_names'
    ' _get_scaffold _increase_eval_step_op _is_iterable'
    ' _predict_on_tpu_system _sync_variables_ops _tpu_estimator_gauge'
    ' _train_on_tpu_system _validate_tpu_training_graph'
    ' _verify_cross_hosts_transfer_size _wrap_computation_in_while_loop'
    ' _wrap_computation_in_while_loop_with_stopping_signals call_computation'
    ' generate_broadcast_enqueue_ops_fn'
    ' generate_per_core_enqueue_ops_fn_for_host'
    ' generate_per_host_enqueue_ops_fn_for_host'
    ' generate_per_host_v2_enqueue_ops_fn_for_host inference_on_tpu'
    ' model_fn_inference_on_tpu',
  ),
  'tpu.util': {
    '_ITERATIONS_PER_LOOP_VALUE_REGEX': 'use parse_iterations_per_loop',
  },
  'training': {'_NewCheckpointListenerForEvaluate': 'use train_and_evaluate'},
  'util': {
    'MAX_DIRECTORY_CREATION_ATTEMPTS': 'use Estimator.export_saved_model',
  },
}

# Old modules that have no successor, and why.
GONE = {
  'canned.boosted_trees': _NO_TREES,
  'canned.boosted_trees_utils': _NO_TREES,
  'canned.dnn_testing_utils': _FOR_TESTS,
  'canned.linear_optimizer': 'use experimental.LinearSDCA',
  'canned.linear_testing_utils': _FOR_TESTS,
  'canned.timeseries': 'it was experimental and had no public names',
  'canned.v1': _FOR_TESTS,
  'estimator_export': 'it was for the making of the package',
  'export.function': 'use Estimator.model_fn',
  'hooks.fake_summary_writer': _FOR_TESTS,
  'inputs.queues.feeding_queue_runner': (
    'use inputs.queues.feeding_functions, or inputs.numpy_input_fn'
  ),
  'tools.analytics': 'it did nothing',
  'tpu.error_handling': _FOR_TPU,
  'tpu.iteration_count_estimator': _FOR_TPU,
  'tpu.tpu_context': _FOR_TPU,
}
