"""Lists `tf.compat.v1.estimator`: each name and where it lives."""

from tfcompat_estimator.api import places, v2

# The names in each namespace, by its path below tf.compat.v1.estimator.
ESTIMATOR = {
  **v2.SHARED,
  **places.as_is('canned.parsing', v2.PARSE_SPECS),
}
for _module, _names in v2.IN_TWO_FORMS.items():
  ESTIMATOR.update(places.as_is(_module, _names))

EXPERIMENTAL = {
  **v2.SHARED_EXPERIMENTAL,
  **places.renamed('canned.kmeans', 'KMeans=KMeansClustering'),
  **places.as_is(
    'canned.logit_fns', 'dnn_logit_fn_builder linear_logit_fn_builder'
  ),
}

EXPORT = v2.EXPORT

INPUTS = {
  **places.as_is('inputs.numpy_input', 'numpy_input_fn'),
  **places.as_is('inputs.pandas_input', 'pandas_input_fn'),
}

TPU = {
  **places.as_is('tpu.config', 'InputPipelineConfig RunConfig TPUConfig'),
  **places.as_is('tpu.estimator', 'TPUEstimator'),
  **places.as_is('tpu.spec', 'TPUEstimatorSpec'),
}

TPU_EXPERIMENTAL = places.as_is('tpu.embedding', 'EmbeddingConfigSpec')

# tf.compat.v1.keras.estimator
KERAS = places.as_is('keras_interop.convert', 'model_to_estimator')

# Names elsewhere in tf.compat.v1 that went together with tf.estimator.
ELSEWHERE = {
  **v2.ELSEWHERE,
  'tpu.experimental': places.as_is(
    'tpu.optimization_parameters',
    'AdagradParameters AdamParameters FtrlParameters'
    ' StochasticGradientDescentParameters',
  ),
}
