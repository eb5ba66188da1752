"""Lists `tf.estimator`: each name and where it lives."""

from tfcompat_estimator.api import namespace

_HOOKS = 'tensorflow:compat.v1.train.'

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
  **namespace.as_is('_tf', 'VocabInfo'),
  **namespace.as_is('estimator.extend', 'add_metrics'),
  **namespace.as_is('heads.binary_class', 'BinaryClassHead'),
  **namespace.as_is('heads.base_head', 'Head'),
  **namespace.as_is('heads.multi_class', 'MultiClassHead'),
  **namespace.as_is('heads.multi_head', 'MultiHead'),
  **namespace.as_is('heads.multi_label', 'MultiLabelHead'),
  **namespace.as_is(
    'heads.regression',
    'LogisticRegressionHead PoissonRegressionHead RegressionHead',
  ),
  **namespace.as_is('records.estimator_specs', 'EstimatorSpec'),
  **namespace.as_is('records.train_eval_spec', 'Exporter'),
  **namespace.as_is('records.modes', 'ModeKeys'),
  **namespace.as_is('records.run_config', 'RunConfig'),
  **namespace.as_is('records.train_eval_spec', 'EvalSpec TrainSpec'),
  **namespace.as_is('records.warm_start_settings', 'WarmStartSettings'),
  **namespace.as_is(
    'training.exporters', 'BestExporter FinalExporter LatestExporter'
  ),
  **namespace.as_is('training.train_and_evaluate', 'train_and_evaluate'),
}

# Names elsewhere in `tf` that went together with tf.estimator, by their module.
ELSEWHERE = {
  'data.experimental': namespace.as_is(
    'hooks.input_position', 'CheckpointInputPipelineHook'
  ),
}

# Names whose objects differ in tf.estimator and tf.compat.v1.estimator, by module.
IN_TWO_FORMS = {
  'canned.baseline': 'BaselineClassifier BaselineEstimator BaselineRegressor',
  'canned.dnn': 'DNNClassifier DNNEstimator DNNRegressor',
  'canned.dnn_linear_combined': (
    'DNNLinearCombinedClassifier DNNLinearCombinedEstimator'
    ' DNNLinearCombinedRegressor'
  ),
  'canned.linear': 'LinearClassifier LinearEstimator LinearRegressor',
  'estimator.base_estimator': 'Estimator',
}
PARSE_SPECS = 'classifier_parse_example_spec regressor_parse_example_spec'

# The names in each namespace, by its path below tf.estimator.
ESTIMATOR = {
  **SHARED,
  **namespace.with_suffix('_v2', 'canned.parsing', PARSE_SPECS),
}
for _module, _names in IN_TWO_FORMS.items():
  ESTIMATOR.update(namespace.with_suffix('V2', _module, _names))

SHARED_EXPERIMENTAL = {
  **namespace.as_is('canned.linear', 'LinearSDCA'),
  **namespace.as_is('canned.logit_fns', 'call_logit_fn'),
  **namespace.as_is(
    'hooks.early_stopping',
    'make_early_stopping_hook stop_if_higher_hook stop_if_lower_hook'
    ' stop_if_no_decrease_hook stop_if_no_increase_hook',
  ),
  **namespace.as_is(
    'hooks.stop_at_checkpoint_step', 'make_stop_at_checkpoint_step_hook'
  ),
  **namespace.as_is(
    'saved_models.receivers', 'build_raw_supervised_input_receiver_fn'
  ),
  **namespace.as_is('training.in_memory_evaluator', 'InMemoryEvaluatorHook'),
}

EXPERIMENTAL = {
  **SHARED_EXPERIMENTAL,
  **namespace.as_is('canned.rnn', 'RNNClassifier RNNEstimator'),
}

EXPORT = {
  **namespace.as_is(
    'saved_models.receivers',
    'ServingInputReceiver TensorServingInputReceiver'
    ' build_parsing_serving_input_receiver_fn'
    ' build_raw_serving_input_receiver_fn',
  ),
  **namespace.as_is(
    'records.estimator_specs',
    'ClassificationOutput EvalOutput ExportOutput PredictOutput'
    ' RegressionOutput',
  ),
}

# tf.keras.estimator
KERAS = namespace.with_suffix(
  '_v2', 'keras_interop.convert', 'model_to_estimator'
)

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
