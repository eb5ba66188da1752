"""Says of each name of `tf.contrib` what it is today, or why it is not served.

The one source of what `--tf1` imports, `check` tells and the documentation
lists. It names TensorFlow only in strings: nothing is imported.
"""

import functools
from typing import NamedTuple

from tfcompat_estimator.migration.tf1 import contrib_refused

UNKNOWN = 'nothing in TensorFlow 2 took its place: copy what you need of it'


class Row(NamedTuple):
  """What is known of one name below `tf.contrib`.

  Attributes:
    place: Where it is: 'module:name', or 'module'; empty if it is not.
    reason: Why it is not served, and what to do; empty if it is.
    is_module: Whether names below it have rows of their own.
  """

  place: str = ''
  reason: str = ''
  is_module: bool = False


def _rows(module: str, words: str) -> dict[str, str]:
  """{name: place} of 'name' or 'name=now' in one module."""
  separator = '' if module.endswith(('.', ':')) else ':'
  pairs = (word.partition('=') for word in words.split())
  return {name: f'{module}{separator}{now or name}' for name, _, now in pairs}


_V1 = 'tensorflow:compat.v1.'
_OURS = 'tfcompat_estimator.migration.tf1.'
_ESTIMATOR = _V1 + 'estimator.'
_SLIM_LAYERS = _rows(
  'tf_slim',
  'OPTIMIZER_CLS_NAMES OPTIMIZER_SUMMARIES GDN RevBlock apply_regularization'
  ' avg_pool2d avg_pool3d batch_norm bias_add conv1d conv2d conv2d_in_plane'
  ' conv2d_transpose conv3d conv3d_transpose convolution convolution1d'
  ' convolution2d convolution2d_in_plane convolution2d_transpose'
  ' convolution3d convolution3d_transpose dense_to_sparse dropout elu flatten'
  ' fully_connected gdn group_norm images_to_sequence instance_norm'
  ' l1_l2_regularizer l1_regularizer l2_regularizer layer_norm'
  ' legacy_fully_connected legacy_linear legacy_relu linear max_pool2d'
  ' max_pool3d maxout one_hot_encoding optimize_loss recompute_grad relu'
  ' relu6 repeat rev_block scale_gradient separable_conv2d'
  ' separable_convolution2d sequence_to_images softmax spatial_softmax stack'
  ' sum_regularizer summarize_activation summarize_activations'
  ' summarize_collection summarize_tensor summarize_tensors unit_norm'
  ' variance_scaling_initializer xavier_initializer'
  ' xavier_initializer_conv2d',
)
_COLUMNS = _rows(
  _OURS + 'feature_columns',
  'bucketized_column create_feature_spec_for_parsing crossed_column'
  ' embedding_column input_from_feature_columns one_hot_column'
  ' parse_feature_columns_from_examples real_valued_column'
  ' shared_embedding_columns sparse_column_with_hash_bucket'
  ' sparse_column_with_integerized_feature sparse_column_with_keys'
  ' sparse_column_with_vocabulary_file weighted_sparse_column',
)
_ENCODERS = _rows(
  _OURS + 'embeddings', 'bow_encoder embed_sequence embedding_lookup_unique'
)
_VARIABLES = _rows(
  'tf_slim',
  'VariableDeviceChooser add_arg_scope add_model_variable arg_scope'
  ' arg_scoped_arguments assert_global_step assert_or_get_global_step'
  ' assign_from_checkpoint assign_from_checkpoint_fn assign_from_values'
  ' assign_from_values_fn create_global_step current_arg_scope'
  ' filter_variables get_local_variables get_model_variables'
  ' get_trainable_variables get_unique_variable get_variable_full_name'
  ' get_variables get_variables_by_name get_variables_by_suffix'
  ' get_variables_to_restore global_variable has_arg_scope local_variable'
  ' model_variable variable',
)
_CELLS = _rows(
  _V1 + 'nn.rnn_cell.',
  'BasicLSTMCell BasicRNNCell DeviceWrapper DropoutWrapper GRUCell LSTMCell'
  ' LSTMStateTuple MultiRNNCell RNNCell ResidualWrapper LayerRNNCell=RNNCell',
)
_TRAIN = _rows(
  'tf_slim.training.training',
  'add_gradients_summaries clip_gradient_norms clip_gradient_norms_fn'
  ' create_train_op multiply_gradients train',
)
_EVALUATION = _rows(
  'tf_slim.training.evaluation',
  'StopAfterNEvalsHook SummaryAtEndHook evaluate_once evaluate_repeatedly'
  ' get_or_create_eval_step wait_for_new_checkpoint',
)
_LOSSES = _rows(
  'tf_slim.losses',
  'absolute_difference add_loss compute_weighted_loss cosine_distance'
  ' get_losses get_regularization_losses get_total_loss hinge_loss log_loss'
  ' mean_pairwise_squared_error mean_squared_error sigmoid_cross_entropy'
  ' softmax_cross_entropy sparse_softmax_cross_entropy',
)
_HPARAMS = _rows(_OURS + 'hparams', 'HParams parse_values')

# Module below tf.contrib -> {name: place}.
SERVED: dict[str, dict[str, str]] = {
  '': {'keras': _V1 + 'keras'},
  'autograph': _rows(
    _V1 + 'autograph.',
    'do_not_convert=experimental.do_not_convert to_code to_graph',
  ),
  'batching': _rows(
    'tensorflow:', 'batch_function=nondifferentiable_batch_function'
  ),
  'checkpoint': _rows(
    _V1 + 'train.', 'CheckpointManager Checkpointable=Checkpoint'
  ),
  'cluster_resolver': _rows(
    _V1 + 'distribute.cluster_resolver.',
    'ClusterResolver GCEClusterResolver=GCEClusterResolver'
    ' KubernetesClusterResolver SimpleClusterResolver SlurmClusterResolver'
    ' TFConfigClusterResolver TPUClusterResolver'
    ' UnionClusterResolver=UnionResolver',
  ),
  'compiler': {},
  'compiler.jit': {
    'experimental_jit_scope': _V1 + 'xla.experimental.jit_scope'
  },
  'compiler.xla': {'compile': _V1 + 'xla.experimental.compile'},
  'crf': _rows(
    _OURS + 'crf',
    'crf_binary_score crf_decode crf_log_likelihood crf_log_norm'
    ' crf_multitag_sequence_score crf_sequence_score crf_unary_score'
    ' viterbi_decode',
  ),
  'data': {
    **_rows(
      _V1 + 'data.experimental.',
      'AUTOTUNE CheckpointInputPipelineHook=CheckpointInputPipelineHook Counter'
      ' CsvDataset Optional RandomDataset Reducer SqlDataset TFRecordWriter'
      ' bucket_by_sequence_length choose_from_datasets copy_to_device'
      ' dense_to_sparse_batch enumerate_dataset'
      ' get_next_as_optional get_single_element group_by_reducer'
      ' group_by_window ignore_errors make_batched_features_dataset'
      ' make_csv_dataset make_saveable_from_iterator map_and_batch'
      ' parallel_interleave parse_example_dataset prefetch_to_device'
      ' rejection_resample sample_from_datasets scan shuffle_and_repeat'
      ' unbatch unique',
    ),
    'CheckpointInputPipelineHook': (
      'tensorflow:data.experimental.CheckpointInputPipelineHook'
    ),
    **_rows(
      _OURS + 'datasets',
      'assert_element_shape batch_and_drop_remainder'
      ' padded_batch_and_drop_remainder read_batch_features reduce_dataset'
      ' sliding_window_batch sloppy_interleave',
    ),
  },
  'deprecated': _rows(
    _OURS + 'summaries',
    'audio_summary histogram_summary image_summary merge_all_summaries'
    ' merge_summary scalar_summary',
  ),
  'distribute': {
    **_rows(
      _V1 + 'distribute.',
      'CrossDeviceOps DistributionStrategy=Strategy OneDeviceStrategy'
      ' ReplicaContext get_loss_reduction get_replica_context get_strategy'
      ' get_distribution_strategy=get_strategy has_strategy'
      ' has_distribution_strategy=has_strategy in_cross_replica_context'
      ' MultiWorkerAllReduce=ReductionToOneDevice',
    ),
    'ParameterServerStrategy': (_OURS + 'strategies:ParameterServerStrategy'),
    **_rows(
      _OURS + 'strategies',
      'AllReduceCrossDeviceOps CollectiveAllReduceStrategy DistributeConfig'
      ' MirroredStrategy',
    ),
    'TPUStrategy': _V1 + 'distribute.experimental.TPUStrategy',
    'initialize_tpu_system': _V1 + 'tpu.experimental.initialize_tpu_system',
  },
  'distributions': _rows(
    _V1 + 'distributions.',
    'Bernoulli Beta Categorical Dirichlet DirichletMultinomial Distribution'
    ' Exponential FULLY_REPARAMETERIZED Gamma Laplace Multinomial'
    ' NOT_REPARAMETERIZED Normal RegisterKL ReparameterizationType StudentT'
    ' Uniform kl_divergence',
  ),
  'eager': {
    **_rows(
      _V1,
      'Checkpoint=train.Checkpoint GradientTape TensorSpec'
      ' custom_gradient defun=function enable_eager_execution executing_eagerly'
      ' function in_eager_mode=executing_eagerly make_template'
      ' py_func=py_function',
    ),
    **_rows(
      _OURS + 'eager',
      'Iterator Saver Variable get_optimizer_variables list_devices num_gpus'
      ' run',
    ),
    **_rows(
      'tensorflow.python.eager.backprop',
      'gradients_function implicit_gradients=implicit_grad'
      ' implicit_value_and_gradients=implicit_val_and_grad'
      ' value_and_gradients_function=val_and_grad_function',
    ),
  },
  'eager.metrics': _rows(_V1 + 'keras.metrics.', 'Accuracy Mean Metric'),
  'estimator': {
    **_rows(
      _ESTIMATOR,
      'BaselineEstimator DNNEstimator DNNLinearCombinedEstimator'
      ' LinearEstimator add_metrics'
      ' InMemoryEvaluatorHook=experimental.InMemoryEvaluatorHook'
      ' SavedModelEstimator='
      'experimental.SavedModelEstimator'
      ' call_logit_fn=experimental.call_logit_fn'
      ' dnn_logit_fn_builder=experimental.dnn_logit_fn_builder'
      ' linear_logit_fn_builder=experimental.linear_logit_fn_builder'
      ' make_early_stopping_hook=experimental.make_early_stopping_hook'
      ' make_stop_at_checkpoint_step_hook='
      'experimental.make_stop_at_checkpoint_step_hook'
      ' stop_if_higher_hook=experimental.stop_if_higher_hook'
      ' stop_if_lower_hook=experimental.stop_if_lower_hook'
      ' stop_if_no_decrease_hook=experimental.stop_if_no_decrease_hook'
      ' stop_if_no_increase_hook=experimental.stop_if_no_increase_hook'
      ' build_raw_supervised_input_receiver_fn='
      'experimental.build_raw_supervised_input_receiver_fn',
    ),
    'SavedModelEstimator': (
      'tfcompat_estimator.canned.saved_model_estimator:SavedModelEstimator'
    ),
    **_rows(
      _OURS + 'contrib_heads',
      'binary_classification_head logistic_regression_head multi_class_head'
      ' multi_head multi_label_head poisson_regression_head regression_head',
    ),
    **_rows(_OURS + 'rnn_estimators', 'RNNClassifier RNNEstimator'),
    **_rows(
      _OURS + 'towers',
      'TowerOptimizer clip_gradients_by_norm replicate_model_fn',
    ),
    **_rows(
      _OURS + 'estimators',
      'build_supervised_input_receiver_fn_from_input_fn'
      ' export_all_saved_models export_saved_model_for_mode forward_features',
    ),
  },
  'factorization': {
    **_rows(_ESTIMATOR + 'experimental.', 'KMeansClustering=KMeans'),
    **_rows(
      _OURS + 'constants',
      'COSINE_DISTANCE KMEANS_PLUS_PLUS_INIT RANDOM_INIT'
      ' SQUARED_EUCLIDEAN_DISTANCE',
    ),
  },
  'feature_column': {
    **_rows(
      _V1 + 'feature_column.',
      'sequence_categorical_column_with_hash_bucket'
      ' sequence_categorical_column_with_identity'
      ' sequence_categorical_column_with_vocabulary_file'
      ' sequence_categorical_column_with_vocabulary_list'
      ' sequence_numeric_column',
    ),
    'sequence_input_layer': _OURS + 'feature_columns:sequence_input_layer',
  },
  'framework': {
    **_VARIABLES,
    **_rows(
      _V1,
      'TensorSpec argsort'
      ' assert_same_float_dtype=debugging.assert_same_float_dtype'
      ' assert_scalar=debugging.assert_scalar'
      ' get_global_step=train.get_global_step'
      ' get_or_create_global_step=train.get_or_create_global_step'
      ' init_from_checkpoint=train.init_from_checkpoint is_tensor'
      ' list_variables=train.list_variables load_checkpoint='
      'train.load_checkpoint load_variable=train.load_variable sort',
    ),
    **_rows(
      'tensorflow.python.util.deprecation',
      'deprecated deprecated_arg_values deprecated_args',
    ),
    **_rows(
      'tensorflow.python.framework.smart_cond',
      'smart_case smart_cond smart_constant_value',
    ),
    **_rows(
      'tf_slim.ops.framework_ops', 'get_graph_from_inputs get_name_scope'
    ),
    'nest': 'tensorflow.python.util.nest',
    **_rows(
      _OURS + 'tensors',
      'assert_scalar_int convert_to_tensor_or_sparse_tensor get_placeholders'
      ' reduce_sum_n remove_squeezable_dimensions with_same_shape with_shape',
    ),
  },
  'hooks': _rows(_V1 + 'train.', 'ProfilerHook'),
  'image': _rows(
    _OURS + 'images',
    'angles_to_projective_transforms compose_transforms dense_image_warp'
    ' flat_transforms_to_matrices matrices_to_flat_transforms rotate transform'
    ' translate translations_to_projective_transforms',
  ),
  'layers': {
    **_SLIM_LAYERS,
    **_COLUMNS,
    **_ENCODERS,
    'safe_embedding_lookup_sparse': _V1 + 'nn.safe_embedding_lookup_sparse',
    'feature_column_ops': _OURS + 'feature_columns',
    'embedding_ops': _OURS + 'embeddings',
    'encoders': _OURS + 'embeddings',
    'initializers': 'tf_slim.layers.initializers',
    'optimizers': 'tf_slim.layers.optimizers',
    'regularizers': 'tf_slim.layers.regularizers',
    'utils': 'tf_slim.layers.utils',
    'summaries': 'tf_slim.layers.summaries',
  },
  'layers.feature_column': _COLUMNS,
  'learn': {
    **_rows(_OURS + 'learn', 'Experiment ExportStrategy make_export_strategy'),
    **_rows(_OURS + 'learn_config', 'ModeKeys RunConfig TaskType'),
  },
  'learn.datasets': {
    'base': _OURS + 'csv_files',
    'load_iris': _OURS + 'csv_files:load_iris',
    'mnist': _OURS + 'mnist',
  },
  'learn.learn_runner': _rows(_OURS + 'learn', 'run'),
  'learn.preprocessing': _rows(_OURS + 'vocabulary', 'VocabularyProcessor'),
  'learn.utils': {},
  'learn.utils.saved_model_export_utils': _rows(
    _OURS + 'learn', 'make_export_strategy'
  ),
  'lookup': {
    **_rows(
      _V1 + 'lookup.',
      'KeyValueTensorInitializer TextFileInitializer TextFileIndex',
    ),
    **_rows(
      'tensorflow.python.ops.lookup_ops',
      'FastHashSpec HasherSpec IdTableWithHashBuckets'
      ' InitializableLookupTableBase LookupInterface StrongHashSpec'
      ' TableInitializerBase TextFileIdTableInitializer'
      ' TextFileStringTableInitializer index_table_from_file'
      ' index_to_string_table_from_file MutableHashTable',
    ),
    **_rows(
      _OURS + 'lookups',
      'HashTable MutableDenseHashTable index_table_from_tensor'
      ' index_to_string index_to_string_table_from_tensor string_to_index'
      ' string_to_index_table_from_file string_to_index_table_from_tensor',
    ),
  },
  'losses': _LOSSES,
  'losses.metric_learning': _rows(
    'tf_slim.losses.metric_learning',
    'cluster_loss contrastive_loss lifted_struct_loss npairs_loss'
    ' npairs_loss_multilabel triplet_semihard_loss',
  ),
  'metrics': {
    **_rows(
      'tf_slim.metrics',
      'accuracy aggregate_metric_map aggregate_metrics auc_using_histogram'
      ' auc_with_confidence_intervals cohen_kappa count f1_score'
      ' precision_at_recall precision_recall_at_equal_thresholds'
      ' recall_at_precision sparse_recall_at_top_k streaming_accuracy'
      ' streaming_auc streaming_concat streaming_covariance'
      ' streaming_curve_points streaming_dynamic_auc'
      ' streaming_false_negative_rate'
      ' streaming_false_negative_rate_at_thresholds streaming_false_negatives'
      ' streaming_false_negatives_at_thresholds streaming_false_positive_rate'
      ' streaming_false_positive_rate_at_thresholds streaming_false_positives'
      ' streaming_false_positives_at_thresholds streaming_mean'
      ' streaming_mean_absolute_error streaming_mean_cosine_distance'
      ' streaming_mean_iou streaming_mean_relative_error'
      ' streaming_mean_squared_error streaming_mean_tensor'
      ' streaming_pearson_correlation streaming_percentage_less'
      ' streaming_precision streaming_precision_at_thresholds streaming_recall'
      ' streaming_recall_at_k streaming_recall_at_thresholds'
      ' streaming_root_mean_squared_error streaming_sensitivity_at_specificity'
      ' streaming_sparse_average_precision_at_k'
      ' streaming_sparse_average_precision_at_top_k'
      ' streaming_sparse_precision_at_k streaming_sparse_precision_at_top_k'
      ' streaming_sparse_recall_at_k streaming_specificity_at_sensitivity'
      ' streaming_true_negatives streaming_true_negatives_at_thresholds'
      ' streaming_true_positives streaming_true_positives_at_thresholds',
    ),
    **_rows(
      _V1 + 'sets.',
      'set_difference=difference set_intersection=intersection set_size=size'
      ' set_union=union',
    ),
    'confusion_matrix': _V1 + 'confusion_matrix',
  },
  'nn': {
    **_rows(_V1 + 'nn.', 'conv1d_transpose'),
    **_rows(
      _OURS + 'functions',
      'alpha_dropout deprecated_flipped_sigmoid_cross_entropy_with_logits'
      ' deprecated_flipped_softmax_cross_entropy_with_logits'
      ' deprecated_flipped_sparse_softmax_cross_entropy_with_logits'
      ' nth_element scaled_softplus',
    ),
  },
  'opt': {
    **_rows(
      _OURS + 'optimizers',
      'AdaMaxOptimizer LARSOptimizer LazyAdamOptimizer MovingAverageOptimizer'
      ' MultitaskOptimizerWrapper NadamOptimizer VariableClippingOptimizer'
      ' clip_gradients_by_global_norm',
    ),
    **_rows(
      _OURS + 'weight_decay',
      'AdamWOptimizer DecoupledWeightDecayExtension MomentumWOptimizer'
      ' extend_with_decoupled_weight_decay',
    ),
  },
  'predictor': _rows(
    'tfcompat_estimator.predictor', 'from_estimator from_saved_model'
  ),
  'proto': _rows(_V1 + 'io.', 'decode_proto encode_proto'),
  'rnn': {
    **_CELLS,
    **_rows(
      _V1 + 'nn.',
      'static_bidirectional_rnn static_rnn static_state_saving_rnn',
    ),
    **_rows(
      _OURS + 'rnn_cells',
      'EmbeddingWrapper InputProjectionWrapper LayerNormBasicLSTMCell'
      ' OutputProjectionWrapper',
    ),
    **_rows(
      _OURS + 'block_cells',
      'GRUBlockCell GRUBlockCellV2 LSTMBlockCell LSTMBlockFusedCell',
    ),
    **_rows(
      _OURS + 'rnn_loops',
      'FusedRNNCellAdaptor TimeReversedFusedRNN stack_bidirectional_dynamic_rnn'
      ' stack_bidirectional_rnn transpose_batch_time',
    ),
  },
  'seq2seq': {
    'sequence_loss': _OURS + 'seq2seq.loss:sequence_loss',
    **_rows(_OURS + 'seq2seq.decoder', 'Decoder dynamic_decode'),
    **_rows(_OURS + 'seq2seq.basic_decoder', 'BasicDecoder BasicDecoderOutput'),
    **_rows(
      _OURS + 'seq2seq.helpers',
      'CustomHelper GreedyEmbeddingHelper Helper InferenceHelper'
      ' SampleEmbeddingHelper TrainingHelper',
    ),
    **_rows(
      _OURS + 'seq2seq.scheduled_helpers',
      'ScheduledEmbeddingTrainingHelper ScheduledOutputTrainingHelper',
    ),
    **_rows(
      _OURS + 'seq2seq.attention',
      'AttentionMechanism BahdanauAttention LuongAttention',
    ),
    **_rows(
      _OURS + 'seq2seq.attention_wrapper',
      'AttentionWrapper AttentionWrapperState hardmax',
    ),
    **_rows(_OURS + 'seq2seq.beams', 'gather_tree tile_batch'),
    **_rows(
      _OURS + 'seq2seq.beam_search',
      'BeamSearchDecoder BeamSearchDecoderOutput BeamSearchDecoderState'
      ' FinalBeamSearchDecoderOutput',
    ),
  },
  'signal': _rows(
    _V1 + 'signal.',
    'frame hamming_window hann_window inverse_stft inverse_stft_window_fn'
    ' linear_to_mel_weight_matrix mfccs_from_log_mel_spectrograms'
    ' overlap_and_add stft',
  ),
  'slim': {
    **_SLIM_LAYERS,
    **_VARIABLES,
    **_ENCODERS,
    **_rows(_V1 + 'train.', 'get_global_step get_or_create_global_step'),
    **_rows(
      'tf_slim.',
      'data_decoder data_provider dataset dataset_data_provider evaluation'
      ' learning losses metrics model_analyzer nets parallel_reader'
      ' prefetch_queue queues summaries tfexample_decoder layers ops training',
    ),
    'tfexample_decoder': 'tf_slim.data.tfexample_decoder',
    **{
      name: f'tf_slim.data.{name}'
      for name in [
        'data_decoder',
        'data_provider',
        'dataset',
        'dataset_data_provider',
        'parallel_reader',
        'prefetch_queue',
      ]
    },
    'pool': 'tf_slim:pool',
    'arg_scope_func_key': 'tf_slim:arg_scope_func_key',
  },
  'slim.nets': _rows(
    'tf_slim.nets.',
    'alexnet inception inception_v1 inception_v2 inception_v3 overfeat'
    ' resnet_utils resnet_v1 resnet_v2 vgg',
  ),
  'sparsemax': _rows(_OURS + 'functions', 'sparsemax sparsemax_loss'),
  'staging': _rows('tensorflow.python.ops.data_flow_ops', 'StagingArea'),
  'stateless': _rows(
    _V1 + 'random.',
    'stateless_multinomial stateless_random_normal=stateless_normal'
    ' stateless_random_uniform=stateless_uniform'
    ' stateless_truncated_normal',
  ),
  'summary': {
    **_rows(
      'tensorflow.python.ops.summary_ops_v2',
      'SummaryWriter always_record_summaries audio create_summary_file_writer'
      ' create_file_writer eval_dir flush generic graph histogram image'
      ' import_event initialize never_record_summaries'
      ' record_summaries_every_n_global_steps scalar should_record_summaries'
      ' summary_writer_initializer_op',
    ),
    'all_summary_ops': _V1 + 'summary.all_v2_summary_ops',
  },
  'tensorboard': {},
  'tensorboard.plugins': {'projector': 'tensorboard.plugins.projector'},
  'tpu': {
    **_rows(
      _ESTIMATOR + 'tpu.',
      'InputPipelineConfig RunConfig TPUConfig TPUEstimator TPUEstimatorSpec',
    ),
    **_rows(
      _V1 + 'tpu.',
      'CrossShardOptimizer batch_parallel bfloat16_scope core cross_replica_sum'
      ' initialize_system outside_compilation replicate rewrite shard'
      ' shutdown_system DeviceAssignment=experimental.DeviceAssignment'
      ' Topology=experimental.Topology',
    ),
    **_rows('tensorflow.python.tpu.training_loop', 'repeat while_loop'),
    'AsyncCheckpointSaverHook': _V1 + 'train.CheckpointSaverHook',
    'export_estimator_savedmodel': (
      _OURS + 'estimators:export_estimator_savedmodel'
    ),
  },
  'training': {
    **_HPARAMS,
    **_TRAIN,
    **_EVALUATION,
    'checkpoints_iterator': _V1 + 'train.checkpoints_iterator',
    **_rows(_OURS + 'buckets', 'bucket bucket_by_sequence_length'),
    **_rows(
      _OURS + 'device_placement',
      'GreedyLoadBalancingStrategy RandomStrategy byte_size_load_fn',
    ),
  },
  'util': {
    'constant_value': 'tensorflow:get_static_value',
    **_rows(_V1, 'make_ndarray make_tensor_proto'),
  },
}

# Modules of the two above that programs import by their private paths.
OLD_MODULES = frozenset(
  [
    'adamax',
    'alexnet',
    'arg_scope',
    'async_checkpoint',
    'attention_wrapper',
    'base',
    'basic_decoder',
    'basic_session_run_hooks',
    'batching',
    'beam_search_decoder',
    'beam_search_ops',
    'bfloat16',
    'checkpoint_ops',
    'checkpoint_utils',
    'classification',
    'collective_all_reduce_strategy',
    'constants',
    'core_rnn_cell',
    'crf',
    'csv',
    'data',
    'dataset',
    'dataset_ops',
    'datasets',
    'decoder',
    'dense_image_warp',
    'device_assignment',
    'device_setter',
    'distort_image_ops',
    'early_stopping',
    'embedding_ops',
    'encoders',
    'estimator',
    'estimators',
    'evaluation',
    'experiment',
    'export',
    'export_strategy',
    'extenders',
    'feature_column',
    'feature_column_ops',
    'framework',
    'fused_rnn_cell',
    'grouping',
    'gru_ops',
    'head',
    'helper',
    'hparam',
    'image',
    'image_ops',
    'initializers',
    'interleave_ops',
    'iterator_ops',
    'kmeans',
    'lars_optimizer',
    'layers',
    'lazy_adam_optimizer',
    'learn',
    'learn_io',
    'learn_runner',
    'logit_fns',
    'lookup',
    'lookup_ops',
    'loss',
    'loss_ops',
    'losses',
    'lstm_ops',
    'metric_learning',
    'metric_loss_ops',
    'metric_ops',
    'metrics',
    'mirrored_strategy',
    'mnist',
    'model_fn',
    'moving_average_optimizer',
    'multi_head',
    'multitask_optimizer_wrapper',
    'nadam_optimizer',
    'nets',
    'nn',
    'normalization',
    'one_device_strategy',
    'opt',
    'ops',
    'optimizers',
    'parameter_server_strategy',
    'predictor',
    'preprocessing',
    'python',
    'readers',
    'regularizers',
    'replicate_model_fn',
    'rnn',
    'rnn_cell',
    'run_config',
    'saved_model_estimator',
    'saved_model_export_utils',
    'scan_ops',
    'seq2seq',
    'sequence_feature_column',
    'session_run_hook',
    'shuffle_ops',
    'slim',
    'summaries',
    'text',
    'tpu',
    'tpu_cluster_resolver',
    'tpu_config',
    'tpu_context',
    'tpu_estimator',
    'tpu_function',
    'tpu_optimizer',
    'training',
    'unique',
    'utils',
    'variables',
    'variable_clipping_optimizer',
    'weight_decay_optimizers',
  ]
)

# Private modules of TensorFlow that tf_slim reads lost names of.
READ_BY_SLIM = (
  'python.framework.ops',
  'python.layers.normalization',
  'python.ops.array_ops',
  'python.ops.control_flow_ops',
  'python.ops.nn',
  'python.ops.random_ops',
  'python.ops.standard_ops',
  'python.ops.variable_scope',
  'python.ops.variables',
  'python.util.nest',
)


# Names of private modules that programs import, by the public one.
PRIVATE: dict[str, dict[str, str]] = {
  'rnn': _rows(_OURS + 'rnn_cells', '_Linear=Linear _linear=linear_of'),
  'seq2seq': {
    '_BaseAttentionMechanism': (
      _OURS + 'seq2seq.attention:BaseAttentionMechanism'
    ),
    '_compute_attention': _OURS + 'seq2seq.attention_wrapper:compute_attention',
    '_transpose_batch_time': _OURS + 'seq2seq.decoder:transpose_batch_time',
  },
  'tpu': _rows(
    'tensorflow.python.tpu.tpu_function', 'TpuContext get_tpu_context'
  ),
}


def find(path: str) -> Row | None:
  """What is known of a name below `tf.contrib`; None if nothing is.

  Args:
    path: 'layers.conv2d', 'layers', ...
  """
  module, _, name = path.rpartition('.')
  place = SERVED.get(module, {}).get(name) or PRIVATE.get(module, {}).get(name)
  if place and path not in SERVED:
    return Row(place=place)
  if path in SERVED:
    return Row(is_module=True)
  reason = _refusal(path)
  return Row(reason=reason) if reason else None


def _refusal(path: str) -> str:
  if public_of(path) is not None:  # a private module of what is served
    return ''
  parts = path.split('.')
  for end in range(len(parts), 0, -1):
    known = '.'.join(parts[:end])
    if known in contrib_refused.REASONS:
      return contrib_refused.REASONS[known]
  return ''


def public_of(path: str) -> str | None:
  """The served module that a private path, `layers.python.layers`, belongs to."""
  module, marker, _ = f'{path}.'.partition('.python.')
  return module if marker and module in SERVED else None


@functools.cache
def below(path: str) -> tuple[str, ...]:
  """The names that a module has, those of modules included."""
  prefix = f'{path}.' if path else ''
  modules = {
    name.removeprefix(prefix).partition('.')[0]
    for name in SERVED
    if name.startswith(prefix) and name != path
  }
  return tuple(sorted({*SERVED.get(path, {}), *modules}))
