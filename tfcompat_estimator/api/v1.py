"""Lists `tf.compat.v1.estimator`: each name and where it lives."""

from tfcompat_estimator.api import v2

_PACKAGE = 'tfcompat_estimator.'
_COMBINED = _PACKAGE + 'canned.dnn_linear_combined:'

# The names in each namespace, by its path below tf.compat.v1.estimator.
ESTIMATOR = {
  **v2.SHARED,
  'BaselineClassifier': _PACKAGE + 'canned.baseline:BaselineClassifier',
  'BaselineEstimator': _PACKAGE + 'canned.baseline:BaselineEstimator',
  'BaselineRegressor': _PACKAGE + 'canned.baseline:BaselineRegressor',
  'DNNClassifier': _PACKAGE + 'canned.dnn:DNNClassifier',
  'DNNEstimator': _PACKAGE + 'canned.dnn:DNNEstimator',
  'DNNLinearCombinedClassifier': _COMBINED + 'DNNLinearCombinedClassifier',
  'DNNLinearCombinedEstimator': _COMBINED + 'DNNLinearCombinedEstimator',
  'DNNLinearCombinedRegressor': _COMBINED + 'DNNLinearCombinedRegressor',
  'DNNRegressor': _PACKAGE + 'canned.dnn:DNNRegressor',
  'Estimator': _PACKAGE + 'estimator.estimator:Estimator',
  'LinearClassifier': _PACKAGE + 'canned.linear:LinearClassifier',
  'LinearEstimator': _PACKAGE + 'canned.linear:LinearEstimator',
  'LinearRegressor': _PACKAGE + 'canned.linear:LinearRegressor',
  'classifier_parse_example_spec': (
    _PACKAGE + 'canned.parsing:classifier_parse_example_spec'
  ),
  'regressor_parse_example_spec': (
    _PACKAGE + 'canned.parsing:regressor_parse_example_spec'
  ),
}

EXPERIMENTAL = {
  **v2.SHARED_EXPERIMENTAL,
  'KMeans': _PACKAGE + 'canned.kmeans:KMeansClustering',
  'dnn_logit_fn_builder': _PACKAGE + 'canned.logit_fns:dnn_logit_fn_builder',
  'linear_logit_fn_builder': (
    _PACKAGE + 'canned.logit_fns:linear_logit_fn_builder'
  ),
}

EXPORT = v2.EXPORT

INPUTS = {
  'numpy_input_fn': _PACKAGE + 'inputs.numpy_input:numpy_input_fn',
  'pandas_input_fn': _PACKAGE + 'inputs.pandas_input:pandas_input_fn',
}

TPU = {
  'InputPipelineConfig': _PACKAGE + 'tpu.config:InputPipelineConfig',
  'RunConfig': _PACKAGE + 'tpu.config:RunConfig',
  'TPUConfig': _PACKAGE + 'tpu.config:TPUConfig',
  'TPUEstimator': _PACKAGE + 'tpu.estimator:TPUEstimator',
  'TPUEstimatorSpec': _PACKAGE + 'tpu.spec:TPUEstimatorSpec',
}

TPU_EXPERIMENTAL = {
  'EmbeddingConfigSpec': _PACKAGE + 'tpu.embedding:EmbeddingConfigSpec',
}

# tf.compat.v1.keras.estimator
KERAS = {
  'model_to_estimator': _PACKAGE + 'keras_interop.convert:model_to_estimator',
}

# Names elsewhere in tf.compat.v1 that went together with tf.estimator.
ELSEWHERE = {
  **v2.ELSEWHERE,
  'tpu.experimental': {
    name: f'{_PACKAGE}tpu.optimization_parameters:{name}'
    for name in (
      'AdagradParameters',
      'AdamParameters',
      'FtrlParameters',
      'StochasticGradientDescentParameters',
    )
  },
}
