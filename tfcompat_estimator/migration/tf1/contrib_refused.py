"""Says why parts of `tf.contrib` are not served, and what to use instead."""

_TFP = 'pip install tensorflow-probability, which it became a part of'
_TFIO = 'pip install tensorflow-io, which it became a part of'
_FORESTS = (
  'TensorFlow dropped its kernels in 2.11: pip install '
  'tensorflow-decision-forests'
)
_KERAS = 'it was an early form of tf.keras: use that'
_CUDNN = (
  'its kernels keep weights in a form of cuDNN that TensorFlow 2 has no layers '
  'for: use tf.keras.layers.LSTM or GRU, which use cuDNN on a GPU'
)
_OPTIMIZATION = (
  'pip install tensorflow-model-optimization, which took its place'
)
_LEARN = (
  'tf.estimator took its place in TensorFlow 1.4: use the class of this name '
  'in tf.estimator, with train, evaluate and predict'
)
_RESAMPLE = 'use tf.data.experimental.rejection_resample'
_QUEUES = 'use tf.data'

# Below tf.contrib: of a module, or of a name.
REASONS = {
  'all_reduce': 'use a strategy of tf.distribute',
  'bayesflow': _TFP,
  'bigtable': _TFIO,
  'boosted_trees': _FORESTS,
  'cloud': _TFIO,
  'coder': 'pip install tensorflow-compression, which took its place',
  'constrained_optimization': (
    'pip install tensorflow-constrained-optimization, which it became'
  ),
  'copy_graph': 'import a GraphDef: tf.import_graph_def',
  'cudnn_rnn': _CUDNN,
  'decision_trees': _FORESTS,
  'distribute.Monitor': 'use tf.estimator, or tf.keras',
  'distribute.run_standard_tensorflow_server': 'use tf.distribute.Server',
  'distributions': _TFP,
  'eager.Network': _KERAS,
  'eager.Sequential': _KERAS,
  'eager.EagerVariableStore': 'use tf.keras.layers, or tf.Variable',
  'estimator.DNNClassifierWithLayerAnnotations': 'use tf.estimator.DNNClassifier',
  'estimator.DNNRegressorWithLayerAnnotations': 'use tf.estimator.DNNRegressor',
  'estimator.boosted_trees_classifier_train_in_memory': _FORESTS,
  'estimator.boosted_trees_regressor_train_in_memory': _FORESTS,
  'factorization': (
    'of it only KMeansClustering has a successor in TensorFlow 2: copy what '
    'you need of it'
  ),
  'ffmpeg': _TFIO,
  'framework.py_func': 'use tf.compat.v1.py_func, or tf.numpy_function',
  'gan': 'pip install tensorflow-gan, which it became',
  'gdr': 'TensorFlow 2 speaks gRPC only between tasks',
  'graph_editor': 'change the GraphDef, and import it: tf.import_graph_def',
  'grid_rnn': 'copy what you need of it',
  'hadoop': _TFIO,
  'ignite': _TFIO,
  'input_pipeline': _QUEUES,
  'integrate': _TFP,
  'kafka': _TFIO,
  'kernel_methods': 'use tf.keras.layers.experimental.RandomFourierFeatures',
  'kinesis': _TFIO,
  'labeled_tensor': 'name dimensions yourself, or use xarray',
  'layers.scattered_embedding_column': 'use embedding_column',
  'layers.sequence_input_from_feature_columns': (
    'use tf.contrib.feature_column.sequence_input_layer'
  ),
  'layers.multi_class_target': 'use tf.estimator.MultiClassHead',
  'layers.regression_target': 'use tf.estimator.RegressionHead',
  'learn': _LEARN,
  'learn.DNNClassifier': _LEARN,
  'legacy_seq2seq': 'use tf.contrib.seq2seq, which took its place in 1.0',
  'linear_optimizer': 'use tf.estimator.experimental.LinearSDCA',
  'memory_stats': 'use tf.config.experimental.get_memory_info',
  'mixed_precision': 'use tf.compat.v1.mixed_precision',
  'model_pruning': _OPTIMIZATION,
  'mpi_collectives': 'use horovod',
  'opt.ScipyOptimizerInterface': (
    'it drives a Session from SciPy: use scipy.optimize with tf.GradientTape, '
    'or tensorflow-probability'
  ),
  'opt.ExternalOptimizerInterface': 'use scipy.optimize with tf.GradientTape',
  'optimizer_v2': 'use the optimizers of tf.train, which it led to',
  'periodic_resample': 'use tf.nn.depth_to_space',
  'quantization': 'use tf.quantization',
  'quantize': _OPTIMIZATION,
  'receptive_field': 'pip install receptive-field, which it became',
  'recurrent': 'use tf.nn.dynamic_rnn',
  'reduce_slice_ops': 'use tf.math.segment_sum and the like',
  'remote_fused_graph': 'it was for Hexagon processors: use TensorFlow Lite',
  'resampler': 'copy what you need of it: its kernel is gone',
  'rpc': 'use tf.distribute.experimental.rpc',
  'saved_model': 'use tf.keras.models.load_model, and model.save',
  'seq2seq.BahdanauMonotonicAttention': 'use BahdanauAttention',
  'seq2seq.LuongMonotonicAttention': 'use LuongAttention',
  'session_bundle': 'use tf.saved_model',
  'solvers': 'use tf.linalg',
  'specs': 'use tf.keras.layers',
  'stat_summarizer': 'use tf.profiler',
  'tensor_forest': _FORESTS,
  'tensorrt': (
    'use tensorflow.python.compiler.tensorrt.trt_convert, where TensorFlow was '
    'built with TensorRT'
  ),
  'testing': 'use tf.test',
  'text': 'pip install tensorflow-text',
  'tfprof': 'use tf.compat.v1.profiler',
  'timeseries': 'use an Estimator with a model_fn of yours',
  'tpu.keras_to_tpu_model': 'use tf.distribute.TPUStrategy',
  'training.batch_sequences_with_states': _QUEUES,
  'training.rejection_sample': _RESAMPLE,
  'training.resample_at_rate': _RESAMPLE,
  'training.SequenceQueueingStateSaver': _QUEUES,
  'training.stratified_sample': _RESAMPLE,
  'training.weighted_resample': _RESAMPLE,
  'verbs': 'TensorFlow 2 speaks gRPC only between tasks',
}
