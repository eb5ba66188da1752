"""Lists `tf.compat.v1.estimator`: each name and where it lives."""

from tfcompat_estimator.api import namespace, v2

# The names in each namespace, by its path below tf.compat.v1.estimator.
ESTIMATOR = {
  **v2.SHARED,
  **namespace.as_is('canned.parsing', v2.PARSE_SPECS),
}
for _module, _names in v2.IN_TWO_FORMS.items():
  ESTIMATOR.update(namespace.as_is(_module, _names))

EXPERIMENTAL = {
  **v2.SHARED_EXPERIMENTAL,
  **namespace.renamed('canned.kmeans', 'KMeans=KMeansClustering'),
  **namespace.as_is(
    'canned.logit_fns', 'dnn_logit_fn_builder linear_logit_fn_builder'
  ),
}

EXPORT = v2.EXPORT

INPUTS = {
  **namespace.as_is('inputs.numpy_input', 'numpy_input_fn'),
  **namespace.as_is('inputs.pandas_input', 'pandas_input_fn'),
}

TPU = {
  **namespace.as_is(
    'tpu.tpu_config', 'InputPipelineConfig RunConfig TPUConfig'
  ),
  **namespace.as_is('tpu.tpu_estimator', 'TPUEstimator'),
  **namespace.as_is('tpu.tpu_spec', 'TPUEstimatorSpec'),
}

TPU_EXPERIMENTAL = namespace.as_is('tpu.embedding', 'EmbeddingConfigSpec')

# tf.compat.v1.keras.estimator
KERAS = namespace.as_is('keras_interop.convert', 'model_to_estimator')

# Names elsewhere in tf.compat.v1 that went together with tf.estimator.
ELSEWHERE = {
  **v2.ELSEWHERE,
  'tpu.experimental': namespace.as_is(
    'tpu.optimization_parameters',
    'AdagradParameters AdamParameters FtrlParameters'
    ' StochasticGradientDescentParameters',
  ),
}
