"""Says what to use instead of names of `tf.contrib`, which TensorFlow 2 lacks."""

from tfcompat_estimator.check import verdicts

_DOCS = 'docs/moving-to-keras.md'
_ADDONS = 'it has no successor in TensorFlow: copy what you need of it'

# Below tf.contrib: what has the same name and arguments elsewhere.
SAME = {
  'cluster_resolver.TPUClusterResolver': (
    'tf.distribute.cluster_resolver.TPUClusterResolver'
  ),
  'data.AUTOTUNE': 'tf.data.AUTOTUNE',
  'data.CheckpointInputPipelineHook': (
    'tf.data.experimental.CheckpointInputPipelineHook'
  ),
  'data.group_by_window': 'tf.data.experimental.group_by_window',
  'data.make_csv_dataset': 'tf.data.experimental.make_csv_dataset',
  'data.map_and_batch': 'tf.data.experimental.map_and_batch',
  'data.parallel_interleave': 'tf.data.experimental.parallel_interleave',
  'data.prefetch_to_device': 'tf.data.experimental.prefetch_to_device',
  'data.sample_from_datasets': 'tf.data.experimental.sample_from_datasets',
  'data.shuffle_and_repeat': 'tf.data.experimental.shuffle_and_repeat',
  'distribute.MirroredStrategy': 'tf.distribute.MirroredStrategy',
  'distribute.OneDeviceStrategy': 'tf.distribute.OneDeviceStrategy',
  'distribute.ParameterServerStrategy': (
    'tf.compat.v1.distribute.experimental.ParameterServerStrategy'
  ),
  'estimator.BaselineEstimator': 'tf.estimator.BaselineEstimator',
  'estimator.DNNEstimator': 'tf.estimator.DNNEstimator',
  'estimator.DNNLinearCombinedEstimator': (
    'tf.estimator.DNNLinearCombinedEstimator'
  ),
  'estimator.InMemoryEvaluatorHook': (
    'tf.estimator.experimental.InMemoryEvaluatorHook'
  ),
  'estimator.LinearEstimator': 'tf.estimator.LinearEstimator',
  'estimator.RNNClassifier': 'tf.estimator.experimental.RNNClassifier',
  'estimator.RNNEstimator': 'tf.estimator.experimental.RNNEstimator',
  'estimator.add_metrics': 'tf.estimator.add_metrics',
  'estimator.binary_classification_head': 'tf.estimator.BinaryClassHead',
  'estimator.logistic_regression_head': 'tf.estimator.LogisticRegressionHead',
  'estimator.make_early_stopping_hook': (
    'tf.estimator.experimental.make_early_stopping_hook'
  ),
  'estimator.multi_class_head': 'tf.estimator.MultiClassHead',
  'estimator.multi_head': 'tf.estimator.MultiHead',
  'estimator.multi_label_head': 'tf.estimator.MultiLabelHead',
  'estimator.poisson_regression_head': 'tf.estimator.PoissonRegressionHead',
  'estimator.regression_head': 'tf.estimator.RegressionHead',
  'estimator.stop_if_higher_hook': (
    'tf.estimator.experimental.stop_if_higher_hook'
  ),
  'estimator.stop_if_lower_hook': (
    'tf.estimator.experimental.stop_if_lower_hook'
  ),
  'estimator.stop_if_no_decrease_hook': (
    'tf.estimator.experimental.stop_if_no_decrease_hook'
  ),
  'estimator.stop_if_no_increase_hook': (
    'tf.estimator.experimental.stop_if_no_increase_hook'
  ),
  'factorization.KMeansClustering': (
    'tf.compat.v1.estimator.experimental.KMeans'
  ),
  'feature_column.sequence_numeric_column': (
    'tf.feature_column.sequence_numeric_column'
  ),
  'feature_column.sequence_categorical_column_with_hash_bucket': (
    'tf.feature_column.sequence_categorical_column_with_hash_bucket'
  ),
  'feature_column.sequence_categorical_column_with_identity': (
    'tf.feature_column.sequence_categorical_column_with_identity'
  ),
  'feature_column.sequence_categorical_column_with_vocabulary_file': (
    'tf.feature_column.sequence_categorical_column_with_vocabulary_file'
  ),
  'feature_column.sequence_categorical_column_with_vocabulary_list': (
    'tf.feature_column.sequence_categorical_column_with_vocabulary_list'
  ),
  'framework.get_or_create_global_step': (
    'tf.compat.v1.train.get_or_create_global_step'
  ),
  'framework.nest': 'tf.nest',
  'learn.ModeKeys': 'tf.estimator.ModeKeys',
  'learn.RunConfig': 'tf.estimator.RunConfig',
  'predictor': 'tfcompat_estimator.predictor',
  'tpu.CrossShardOptimizer': 'tf.compat.v1.tpu.CrossShardOptimizer',
  'tpu.InputPipelineConfig': 'tf.compat.v1.estimator.tpu.InputPipelineConfig',
  'tpu.RunConfig': 'tf.compat.v1.estimator.tpu.RunConfig',
  'tpu.TPUConfig': 'tf.compat.v1.estimator.tpu.TPUConfig',
  'tpu.TPUEstimator': 'tf.compat.v1.estimator.tpu.TPUEstimator',
  'tpu.TPUEstimatorSpec': 'tf.compat.v1.estimator.tpu.TPUEstimatorSpec',
}

# Below tf.contrib: what to write instead, where arguments are others.
_OTHER = {
  'crf': _ADDONS,
  'cudnn_rnn': 'use tf.keras.layers.LSTM or GRU, which use cuDNN',
  'data': 'use tf.data and tf.data.experimental',
  'distribute': 'use tf.distribute',
  'distribute.CollectiveAllReduceStrategy': (
    'use tf.distribute.MultiWorkerMirroredStrategy'
  ),
  'eager': 'use tf.data, tf.GradientTape, tf.Variable',
  'estimator': 'use tf.estimator and tf.estimator.experimental',
  'estimator.clip_gradients_by_norm': (
    'use an optimizer of tf_keras with global_clipnorm'
  ),
  'feature_column': 'use tf.feature_column',
  'framework': 'use tf.compat.v1.train, tf.compat.v1.get_variable and the like',
  'image': 'use tf.image',
  'layers': 'use tf.compat.v1.layers, or tf.keras.layers',
  'learn': 'use tf.estimator; its Experiment is train_and_evaluate',
  'layers.xavier_initializer': 'use tf.compat.v1.glorot_uniform_initializer',
  'lookup': 'use tf.lookup',
  'metrics': 'use tf.compat.v1.metrics, or tf.keras.metrics',
  'opt': 'use tf.keras.optimizers (AdamW, Nadam) or tf.compat.v1.train',
  'rnn': 'use tf.compat.v1.nn.rnn_cell, or tf.keras.layers',
  'saved_model': 'use tf.keras.models.load_model, and model.save',
  'seq2seq': _ADDONS,
  'slim': 'pip install tf-slim; import tf_slim as slim',
  'summary': 'use tf.compat.v1.summary, or tf.summary',
  'timeseries': 'use an Estimator with a model_fn of yours',
  'tpu': 'use tf.compat.v1.estimator.tpu and tf.tpu',
  'training': 'use a dict, or argparse.Namespace, for HParams',
}


def is_known(name: str) -> bool:
  """Whether `tf.contrib` had a module of this name, as far as programs tell."""
  return name in _OTHER


def judge(name: str) -> verdicts.Verdict:
  """The verdict on a name below `tf.contrib`, '' for all of it."""
  parts = name.split('.')
  for end in range(len(parts), 0, -1):
    known = '.'.join(parts[:end])
    if SAME.get(known):
      return verdicts.change(SAME[known])
    if known in _OTHER:
      return verdicts.no(_OTHER[known], _DOCS)
  return verdicts.no('tf.contrib ended with TensorFlow 1: copy what you need')
