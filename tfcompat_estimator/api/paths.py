"""Lists the old module paths, and where each name in them lives now.

The paths are relative to `tensorflow_estimator.python.estimator`, which TF 1.x
called `tensorflow.python.estimator`. Names with an underscore are those that
programs import although they were private.
"""

from tfcompat_estimator.api import v1, v2

# What the real package's last release was: programs compare it.
VERSION = '2.15.0'

_P = 'tfcompat_estimator.'
_ADAPTERS = _P + 'api.adapters:'


def _in(module: str, names: str) -> dict[str, str]:
  """Names that a module of ours has under the same names."""
  return {name: f'{_P}{module}:{name}' for name in names.split()}


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
  'export.receivers',
  'ServingInputReceiver TensorServingInputReceiver UnsupervisedInputReceiver'
  ' SupervisedInputReceiver build_parsing_serving_input_receiver_fn'
  ' build_raw_serving_input_receiver_fn build_raw_supervised_input_receiver_fn',
)
_EXPORT_UTILS = {
  name: f'{_P}_tf:export_utils.{name}'
  for name in (
    'build_all_signature_defs',
    'get_temp_export_dir',
    'get_timestamped_export_dir',
    'get_export_outputs',
    'export_outputs_for_mode',
    'EXPORT_TAG_MAP',
    'SIGNATURE_KEY_MAP',
  )
}
_HOOKS = (
  'CheckpointSaverHook CheckpointSaverListener FeedFnHook FinalOpsHook'
  ' GlobalStepWaiterHook LoggingTensorHook NanLossDuringTrainingError'
  ' NanTensorHook ProfilerHook SecondOrStepTimer StepCounterHook'
  ' StopAtStepHook SummarySaverHook'
)
_SESSION_RUN = (
  'SessionRunArgs SessionRunContext SessionRunHook SessionRunValues'
)
_V1_HEADS = _P + 'heads.v1_heads:'
_PARSE = 'classifier_parse_example_spec regressor_parse_example_spec'
_INPUTS = v1.INPUTS
_EXPERIMENTAL = {**v1.EXPERIMENTAL, **v2.EXPERIMENTAL}
_REGRESSION = 'LogisticRegressionHead PoissonRegressionHead RegressionHead'
_HEADS = 'Head BinaryClassHead MultiClassHead MultiHead MultiLabelHead'
_EXPORTERS = 'BestExporter Exporter FinalExporter LatestExporter'
_EARLY_STOPPING = (
  'make_early_stopping_hook stop_if_higher_hook stop_if_lower_hook'
  ' stop_if_no_decrease_hook stop_if_no_increase_hook'
)
# Functions of base_head; canned.head had them with an underscore.
_CHECKS = {
  'all_class_ids': _P + 'heads.classes:all_ids',
  'all_classes': _ADAPTERS + 'all_classes',
  'call_loss_fn': _ADAPTERS + 'call_loss_fn',
  'check_dense_labels_match_logits_and_reshape': _ADAPTERS + 'match_logits',
  'check_logits_final_dim': _ADAPTERS + 'check_logits_final_dim',
  'classification_output': _ADAPTERS + 'classification_output',
  'create_eval_metrics_tuple': _ADAPTERS + 'create_eval_metrics_tuple',
  'get_weights_and_check_match_logits': _ADAPTERS + 'read_weights',
  'validate_loss_fn_args': _P + 'heads.losses:check_loss_fn',
  'validate_n_classes': _P + 'heads.labels:check_n_classes',
}

# Old module: {name: where it lives}.
MODULES: dict[str, dict[str, str]] = {
  'canned.baseline': {
    **_both('BaselineClassifier'),
    **_both('BaselineEstimator'),
    **_both('BaselineRegressor'),
  },
  'canned.dnn': {
    **_both('DNNClassifier'),
    **_both('DNNEstimator'),
    **_both('DNNRegressor'),
    'dnn_logit_fn_builder': v1.EXPERIMENTAL['dnn_logit_fn_builder'],
    '_dnn_model_fn': _ADAPTERS + 'dnn_model_fn',
    'dnn_model_fn_v2': _ADAPTERS + 'dnn_model_fn_v2',
  },
  'canned.dnn_linear_combined': {
    **_both('DNNLinearCombinedClassifier'),
    **_both('DNNLinearCombinedEstimator'),
    **_both('DNNLinearCombinedRegressor'),
    '_dnn_linear_combined_model_fn': _ADAPTERS + 'combined_model_fn',
    '_dnn_linear_combined_model_fn_v2': _ADAPTERS + 'combined_model_fn_v2',
  },
  'canned.head': {
    **_in('heads.v1_protocol', 'LossSpec'),
    '_Head': _P + 'heads.v1_protocol:V1Head',
    '_summary_key': _ADAPTERS + 'summary_key',
    **{f'_{name}': place for name, place in _CHECKS.items()},
    **{
      f'_{name}': _V1_HEADS + name
      for name in (
        'binary_logistic_head_with_sigmoid_cross_entropy_loss',
        'binary_logistic_or_multi_class_head',
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
    '_linear_model_fn': _ADAPTERS + 'linear_model_fn',
    '_linear_model_fn_v2': _ADAPTERS + 'linear_model_fn_v2',
  },
  'canned.metric_keys': _in('spec.keys', 'MetricKeys'),
  'canned.optimizers': {
    'get_optimizer_instance': _ADAPTERS + 'get_optimizer_instance',
    'get_optimizer_instance_v2': _ADAPTERS + 'get_optimizer_instance_v2',
  },
  'canned.parsing_utils': {
    **_of(v1.ESTIMATOR, _PARSE),
    **{f'{name}_v2': v2.ESTIMATOR[name] for name in _PARSE.split()},
  },
  'canned.prediction_keys': _in('spec.keys', 'PredictionKeys'),
  'canned.rnn': _of(v2.EXPERIMENTAL, 'RNNClassifier RNNEstimator'),
  'early_stopping': {
    **_of(v2.EXPERIMENTAL, _EARLY_STOPPING),
    'read_eval_metrics': _P + 'hooks.eval_metrics:read_eval_metrics',
  },
  'estimator': {
    'Estimator': v1.ESTIMATOR['Estimator'],
    'EstimatorV2': v2.ESTIMATOR['Estimator'],
    **_of(v2.SHARED, 'VocabInfo WarmStartSettings'),
    '_load_global_step_from_checkpoint_dir': _ADAPTERS + 'load_global_step',
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
    'export': _P + 'api.namespaces:V1.export',
    'inputs': _P + 'api.namespaces:V1.inputs',
  },
  'export.export': {
    **_RECEIVERS,
    **_of(
      _EXPORT_UTILS,
      'build_all_signature_defs get_temp_export_dir get_timestamped_export_dir',
    ),
  },
  'export.export_lib': {**_RECEIVERS, **_EXPORT_OUTPUTS, **_EXPORT_UTILS},
  'export.export_output': _EXPORT_OUTPUTS,
  'exporter': {
    **_of(v2.SHARED, _EXPORTERS),
    '_loss_smaller': _P + 'exporters:_loss_smaller',
  },
  'extenders': _of(v2.SHARED, 'add_metrics'),
  'gc': {
    name: f'{_P}api.old_gc:{name.removeprefix("_")}'
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
    'CLASSIFY_SERVING_KEY': _ADAPTERS + 'CLASSIFY_SERVING_KEY',
    'DEFAULT_SERVING_KEY': 'tensorflow:saved_model.'
    'DEFAULT_SERVING_SIGNATURE_DEF_KEY',
    'PREDICT_SERVING_KEY': _ADAPTERS + 'PREDICT_SERVING_KEY',
    'REGRESS_SERVING_KEY': _ADAPTERS + 'REGRESS_SERVING_KEY',
    'check_label_range': _P + 'heads.labels:check_range',
    'check_prediction_keys': _ADAPTERS + 'check_prediction_keys',
    'create_estimator_spec_summary': _ADAPTERS + 'create_summary',
    'create_estimator_spec_train_op': _ADAPTERS + 'create_train_op',
    'update_metric_with_broadcast_weights': _ADAPTERS + 'update_metric',
    'validate_loss_reduction': _P + 'heads.losses:check_reduction',
  },
  'head.binary_class_head': _of(v2.SHARED, 'BinaryClassHead'),
  'head.head_utils': {
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
  'inputs.pandas_io': _of(_INPUTS, 'pandas_input_fn'),
  'inputs.queues.feeding_functions': {},
  'keras_lib': {'model_to_estimator': _P + 'api.keras_lib:model_to_estimator'},
  'mode_keys': _of(v2.SHARED, 'ModeKeys'),
  'model_fn': {
    **_of(v2.SHARED, 'EstimatorSpec ModeKeys'),
    'AVERAGE_LOSS_METRIC_KEY': _P + 'spec.keys:MetricKeys.LOSS_MEAN',
    'LOSS_METRIC_KEY': _P + 'spec.keys:MetricKeys.LOSS',
    'call_logit_fn': v2.EXPERIMENTAL['call_logit_fn'],
    'verify_model_fn_args': _P + 'loop.model:verify_arguments',
  },
  'run_config': {
    **_in('spec.run_config', 'RunConfig TaskType'),
    'get_default_session_config': (
      _P + 'spec.run_config:default_session_config'
    ),
    'path_to_str': 'tensorflow:compat.path_to_str',
  },
  'tools.checkpoint_converter': {},
  'tpu._tpu_estimator_embedding': v1.TPU_EXPERIMENTAL,
  'tpu.tpu_config': _of(v1.TPU, 'InputPipelineConfig RunConfig TPUConfig'),
  'tpu.tpu_estimator': _of(v1.TPU, 'TPUEstimator TPUEstimatorSpec'),
  'training': _of(v2.SHARED, 'EvalSpec TrainSpec train_and_evaluate'),
  'util': {
    'fn_args': _P + 'spec.arguments:names',
    'parse_input_fn_result': _P + 'inputs.call:normalize',
  },
}

# Old module: {name: what took its place}.
REPLACED: dict[str, dict[str, str]] = {
  'canned.dnn': {
    '_DNNModel': 'use a DNNEstimator; its variables have the same names',
    '_DNNModelV2': 'use a DNNEstimator; its variables have the same names',
    'dnn_logit_fn_builder_v2': 'use canned.dnn.dnn_logit_fn_builder',
  },
  'canned.head': {
    '_BinaryLogisticHeadWithSigmoidCrossEntropyLoss': (
      'use _binary_logistic_head_with_sigmoid_cross_entropy_loss'
    ),
    '_MultiClassHeadWithSoftmaxCrossEntropyLoss': (
      'use _multi_class_head_with_softmax_cross_entropy_loss'
    ),
    '_RegressionHeadWithMeanSquaredErrorLoss': 'use _regression_head',
  },
  'canned.linear': {
    'LinearModel': 'use a LinearEstimator; its variables have the same names',
    'linear_logit_fn_builder_v2': 'use canned.linear.linear_logit_fn_builder',
  },
  'canned.optimizers': {
    '_OPTIMIZER_CLS_NAMES': 'use get_optimizer_instance',
    '_OPTIMIZER_CLS_NAMES_V2': 'use get_optimizer_instance_v2',
  },
  'canned.rnn': {'RNNModel': 'use an RNNEstimator'},
  'estimator': {
    '_verify_model_fn_args': 'use model_fn.verify_model_fn_args',
    'maybe_overwrite_model_dir_and_session_config': (
      'give the Estimator model_dir and config'
    ),
  },
  'exporter': {
    '_SavedModelExporter': 'derive from Exporter, or use FinalExporter',
    '_verify_compare_fn_args': 'BestExporter checks its compare_fn',
  },
  'hooks.hooks': {
    '_StopAtCheckpointStepHook': 'use make_stop_at_checkpoint_step_hook',
  },
  'inputs.queues.feeding_functions': {
    '_enqueue_data': 'use inputs.numpy_input_fn or inputs.pandas_input_fn',
  },
  'model_fn': {
    '_TPUEstimatorSpec': 'use tpu.tpu_estimator.TPUEstimatorSpec',
  },
  'tools.checkpoint_converter': {
    'convert_checkpoint': (
      'use python -m tfcompat_estimator convert-checkpoint, or '
      'tfcompat_estimator.checkpoint.converter.convert'
    ),
  },
  'training': {
    '_TrainingExecutor': 'use train_and_evaluate',
    '_StopAtSecsHook': 'use train_and_evaluate',
  },
}

# Old modules that have no successor, and why.
GONE = {
  'canned.linear_optimizer': 'use experimental.LinearSDCA',
  'canned.saved_model_estimator': (
    'use tf.saved_model.load, or Estimator(warm_start_from=...)'
  ),
  'canned.timeseries': 'it was experimental and had no public names',
  'estimator_export': 'it was for the making of the package',
  'export.function': 'use Estimator.model_fn',
  'hooks.fake_summary_writer': 'it was for tests of the package',
  'inputs.queues.feeding_queue_runner': (
    'use inputs.numpy_input_fn or inputs.pandas_input_fn'
  ),
  'tools.analytics': 'it did nothing',
  'tpu.error_handling': 'it was for TPU hosts',
  'tpu.iteration_count_estimator': 'it was for TPU hosts',
  'tpu.tpu_context': 'it was for TPU hosts',
  'tpu.util': 'it was for TPU hosts',
}
