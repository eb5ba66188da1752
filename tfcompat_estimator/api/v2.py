"""Lists `tf.estimator`: each name and where it lives."""

_HOOKS = 'tensorflow:compat.v1.train.'
_PACKAGE = 'tfcompat_estimator.'

# Stock classes are TensorFlow's own, so that isinstance holds with the user's.
STOCK = {
  name: _HOOKS + name
  for name in (
    'CheckpointSaverHook',
    'CheckpointSaverListener',
    'FeedFnHook',
    'FinalOpsHook',
    'GlobalStepWaiterHook',
    'LoggingTensorHook',
    'NanLossDuringTrainingError',
    'NanTensorHook',
    'ProfilerHook',
    'SecondOrStepTimer',
    'SessionRunArgs',
    'SessionRunContext',
    'SessionRunHook',
    'SessionRunValues',
    'StepCounterHook',
    'StopAtStepHook',
    'SummarySaverHook',
  )
}

# The same objects in tf.estimator and tf.compat.v1.estimator.
SHARED = {
  **STOCK,
  'VocabInfo': _PACKAGE + '_tf:VocabInfo',
  'BestExporter': _PACKAGE + 'training.exporters:BestExporter',
  'BinaryClassHead': _PACKAGE + 'heads.binary_class:BinaryClassHead',
  'EstimatorSpec': _PACKAGE + 'spec.estimator_spec:EstimatorSpec',
  'EvalSpec': _PACKAGE + 'spec.train_eval_spec:EvalSpec',
  'Exporter': _PACKAGE + 'spec.exporter:Exporter',
  'FinalExporter': _PACKAGE + 'training.exporters:FinalExporter',
  'Head': _PACKAGE + 'heads.head:Head',
  'LatestExporter': _PACKAGE + 'training.exporters:LatestExporter',
  'LogisticRegressionHead': (
    _PACKAGE + 'heads.regression:LogisticRegressionHead'
  ),
  'ModeKeys': _PACKAGE + 'spec.modes:ModeKeys',
  'MultiClassHead': _PACKAGE + 'heads.multi_class:MultiClassHead',
  'MultiHead': _PACKAGE + 'heads.multi_head:MultiHead',
  'MultiLabelHead': _PACKAGE + 'heads.multi_label:MultiLabelHead',
  'PoissonRegressionHead': _PACKAGE + 'heads.regression:PoissonRegressionHead',
  'RegressionHead': _PACKAGE + 'heads.regression:RegressionHead',
  'RunConfig': _PACKAGE + 'spec.run_config:RunConfig',
  'TrainSpec': _PACKAGE + 'spec.train_eval_spec:TrainSpec',
  'WarmStartSettings': _PACKAGE + 'spec.warm_start_settings:WarmStartSettings',
  'add_metrics': _PACKAGE + 'estimator.extend:add_metrics',
  'train_and_evaluate': _PACKAGE
  + 'training.train_and_evaluate:train_and_evaluate',
}

# Names elsewhere in `tf` that went together with tf.estimator, by their module.
ELSEWHERE = {
  'data.experimental': {
    'CheckpointInputPipelineHook': (
      _PACKAGE + 'hooks.input_position:CheckpointInputPipelineHook'
    ),
  },
}

# The names in each namespace, by its path below tf.estimator.
ESTIMATOR = {
  **SHARED,
  'BaselineClassifier': _PACKAGE + 'canned.baseline:BaselineClassifierV2',
  'BaselineEstimator': _PACKAGE + 'canned.baseline:BaselineEstimatorV2',
  'BaselineRegressor': _PACKAGE + 'canned.baseline:BaselineRegressorV2',
  'DNNClassifier': _PACKAGE + 'canned.dnn:DNNClassifierV2',
  'DNNEstimator': _PACKAGE + 'canned.dnn:DNNEstimatorV2',
  'DNNLinearCombinedClassifier': (
    _PACKAGE + 'canned.dnn_linear_combined:DNNLinearCombinedClassifierV2'
  ),
  'DNNLinearCombinedEstimator': (
    _PACKAGE + 'canned.dnn_linear_combined:DNNLinearCombinedEstimatorV2'
  ),
  'DNNLinearCombinedRegressor': (
    _PACKAGE + 'canned.dnn_linear_combined:DNNLinearCombinedRegressorV2'
  ),
  'DNNRegressor': _PACKAGE + 'canned.dnn:DNNRegressorV2',
  'Estimator': _PACKAGE + 'estimator.estimator:EstimatorV2',
  'LinearClassifier': _PACKAGE + 'canned.linear:LinearClassifierV2',
  'LinearEstimator': _PACKAGE + 'canned.linear:LinearEstimatorV2',
  'LinearRegressor': _PACKAGE + 'canned.linear:LinearRegressorV2',
  'classifier_parse_example_spec': (
    _PACKAGE + 'canned.parsing:classifier_parse_example_spec_v2'
  ),
  'regressor_parse_example_spec': (
    _PACKAGE + 'canned.parsing:regressor_parse_example_spec_v2'
  ),
}

_EARLY_STOPPING = _PACKAGE + 'hooks.early_stopping:'

SHARED_EXPERIMENTAL = {
  'InMemoryEvaluatorHook': (
    _PACKAGE + 'training.in_memory_evaluator:InMemoryEvaluatorHook'
  ),
  'LinearSDCA': _PACKAGE + 'canned.linear:LinearSDCA',
  'build_raw_supervised_input_receiver_fn': (
    _PACKAGE + 'saved_models.receivers:build_raw_supervised_input_receiver_fn'
  ),
  'call_logit_fn': _PACKAGE + 'canned.logit_fns:call_logit_fn',
  'make_early_stopping_hook': _EARLY_STOPPING + 'make_early_stopping_hook',
  'make_stop_at_checkpoint_step_hook': (
    _PACKAGE + 'hooks.stop_at_checkpoint_step:make_stop_at_checkpoint_step_hook'
  ),
  'stop_if_higher_hook': _EARLY_STOPPING + 'stop_if_higher_hook',
  'stop_if_lower_hook': _EARLY_STOPPING + 'stop_if_lower_hook',
  'stop_if_no_decrease_hook': _EARLY_STOPPING + 'stop_if_no_decrease_hook',
  'stop_if_no_increase_hook': _EARLY_STOPPING + 'stop_if_no_increase_hook',
}

EXPERIMENTAL = {
  **SHARED_EXPERIMENTAL,
  'RNNClassifier': _PACKAGE + 'canned.rnn:RNNClassifier',
  'RNNEstimator': _PACKAGE + 'canned.rnn:RNNEstimator',
}

EXPORT = {
  'ClassificationOutput': _PACKAGE + 'spec.export_outputs:ClassificationOutput',
  'EvalOutput': _PACKAGE + 'spec.export_outputs:EvalOutput',
  'ExportOutput': _PACKAGE + 'spec.export_outputs:ExportOutput',
  'PredictOutput': _PACKAGE + 'spec.export_outputs:PredictOutput',
  'RegressionOutput': _PACKAGE + 'spec.export_outputs:RegressionOutput',
  'ServingInputReceiver': _PACKAGE
  + 'saved_models.receivers:ServingInputReceiver',
  'TensorServingInputReceiver': (
    _PACKAGE + 'saved_models.receivers:TensorServingInputReceiver'
  ),
  'build_parsing_serving_input_receiver_fn': (
    _PACKAGE + 'saved_models.receivers:build_parsing_serving_input_receiver_fn'
  ),
  'build_raw_serving_input_receiver_fn': (
    _PACKAGE + 'saved_models.receivers:build_raw_serving_input_receiver_fn'
  ),
}

# tf.keras.estimator
KERAS = {
  'model_to_estimator': _PACKAGE
  + 'keras_interop.convert:model_to_estimator_v2',
}

# Of both APIs: names that TensorFlow had dropped before 2.15, and what to use.
DROPPED = dict.fromkeys(
  (
    'BoostedTreesClassifier',
    'BoostedTreesEstimator',
    'BoostedTreesRegressor',
  ),
  'use another library of decision forests, such as ydf, as TensorFlow dropped '
  'boosted trees',
)
