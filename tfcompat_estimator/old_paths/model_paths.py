"""Lists the old modules of canned Estimators and heads; see `paths.py`."""

from tfcompat_estimator.api import v1, v2
from tfcompat_estimator.old_paths import places

_EXPERIMENTAL = {**v1.EXPERIMENTAL, **v2.EXPERIMENTAL}
_NETWORK = places.P + 'canned.networks.network:'
_V1_DNN_RATE = places.P + 'canned.family:V1.dnn_learning_rate'
_V1_HEADS = places.P + 'heads.v1_heads:'
_PARSE = 'classifier_parse_example_spec regressor_parse_example_spec'
_REGRESSION = 'LogisticRegressionHead PoissonRegressionHead RegressionHead'
# Functions of base_head; canned.head had them with an underscore.
_SERVING_KEYS = places.constants(
  'Keys',
  '_CLASSIFY_SERVING_KEY _DEFAULT_SERVING_KEY _PREDICT_SERVING_KEY'
  ' _REGRESS_SERVING_KEY',
)
_CHECKS = {
  **places.renamed(
    'heads.classes',
    'all_class_ids=all_ids all_classes=all_names'
    ' classification_output=classification_output',
  ),
  **places.renamed(
    'heads.labels',
    'check_dense_labels_match_logits_and_reshape=match_logits'
    ' validate_n_classes=check_n_classes',
  ),
  **places.renamed(
    'heads.losses',
    'call_loss_fn=call_loss_fn validate_loss_fn_args=check_loss_fn',
  ),
  'check_logits_final_dim': places.P + 'heads.logits:check_last_axis',
  'create_eval_metrics_tuple': (
    places.P + 'spec.tpu_estimator_spec:create_eval_metrics_tuple'
  ),
  'get_weights_and_check_match_logits': places.P + 'heads.weights:read',
}


# Old module: {name: where it lives}.
MODULES: dict[str, dict[str, str]] = {
  'canned.baseline': {
    **places.both('BaselineClassifier'),
    **places.both('BaselineEstimator'),
    **places.both('BaselineRegressor'),
    '_LEARNING_RATE': places.P + 'canned.baseline:LEARNING_RATE',
    **places.parts('_baseline_logit_fn_builder'),
    '_baseline_model_fn': places.MODEL_FNS + 'baseline_model_fn',
    '_baseline_model_fn_v2': places.MODEL_FNS + 'baseline_model_fn_v2',
  },
  'canned.dnn': {
    **places.both('DNNClassifier'),
    **places.both('DNNEstimator'),
    **places.both('DNNRegressor'),
    '_LEARNING_RATE': _V1_DNN_RATE,
    **places.as_is('old_paths.keras_models', '_DNNModel _DNNModelV2'),
    **places.parts(
      'dnn_logit_fn_builder_v2 _dnn_model_fn_builder_v2 _get_dnn_estimator_spec'
      ' _get_previous_name_scope _name_from_scope_name'
    ),
    'dnn_logit_fn_builder': v1.EXPERIMENTAL['dnn_logit_fn_builder'],
    '_add_hidden_layer_summary': _NETWORK + 'write_layer_summary',
    '_validate_features': _NETWORK + 'check_features',
    '_dnn_model_fn': places.MODEL_FNS + 'dnn_model_fn',
    'dnn_model_fn_v2': places.MODEL_FNS + 'dnn_model_fn_v2',
  },
  'canned.dnn_linear_combined': {
    **places.both('DNNLinearCombinedClassifier'),
    **places.both('DNNLinearCombinedEstimator'),
    **places.both('DNNLinearCombinedRegressor'),
    **places.renamed(
      'canned.dnn_linear_combined',
      '_DNN_LEARNING_RATE=DNN_LEARNING_RATE'
      ' _LINEAR_LEARNING_RATE=LINEAR_LEARNING_RATE',
    ),
    **places.parts(
      '_check_no_sync_replicas_optimizer _linear_learning_rate'
      ' _validate_feature_columns'
    ),
    '_add_layer_summary': _NETWORK + 'write_layer_summary',
    '_dnn_linear_combined_model_fn': places.MODEL_FNS + 'combined_model_fn',
    '_dnn_linear_combined_model_fn_v2': places.MODEL_FNS
    + 'combined_model_fn_v2',
  },
  'canned.head': {
    **{
      f'_{name}': f'{places.P}old_paths.head_metrics:{name}'
      for name in (
        'accuracy_at_threshold',
        'accuracy_baseline',
        'auc',
        'indicator_labels_mean',
        'precision_at_threshold',
        'predictions_mean',
        'recall_at_threshold',
      )
    },
    **places.as_is('heads.v1_protocol', 'LossSpec'),
    '_binary_logistic_or_multi_class_head': places.P
    + 'canned.family:V1.classifier_head',
    '_Head': places.P + 'heads.v1_protocol:V1Head',
    **_SERVING_KEYS,
    '_append_update_ops': places.P + 'heads.train_op:append_update_ops',
    '_assert_range': places.P + 'heads.labels:check_range',
    '_summary_key': places.ADAPTERS + 'summary_key',
    **{f'_{name}': place for name, place in _CHECKS.items()},
    **{
      f'_{name}': _V1_HEADS + name
      for name in (
        'BinaryLogisticHeadWithSigmoidCrossEntropyLoss',
        'MultiClassHeadWithSoftmaxCrossEntropyLoss',
        'RegressionHeadWithMeanSquaredErrorLoss',
        'binary_logistic_head_with_sigmoid_cross_entropy_loss',
        'multi_class_head_with_softmax_cross_entropy_loss',
        'regression_head',
      )
    },
  },
  'canned.kmeans': {
    'KMeansClustering': v1.EXPERIMENTAL['KMeans'],
    **places.as_is(
      'canned.kmeans', '_InitializeClustersHook _LossRelativeChangeHook'
    ),
    '_parse_features_if_necessary': places.P + 'canned.kmeans:points',
  },
  'canned.linear': {
    **places.both('LinearClassifier'),
    **places.both('LinearEstimator'),
    **places.both('LinearRegressor'),
    **places.of(_EXPERIMENTAL, 'LinearSDCA linear_logit_fn_builder'),
    **places.as_is('old_paths.keras_models', 'LinearModel _LinearModelLayer'),
    '_LEARNING_RATE': places.P + 'canned.linear:LEARNING_RATE',
    **places.parts(
      '_compute_fraction_of_zero _get_default_optimizer'
      ' _get_default_optimizer_v2 linear_logit_fn_builder_v2'
      ' _linear_model_fn_builder_v2 _get_expanded_variable_list'
    ),
    '_validate_linear_sdca_optimizer_for_linear_classifier': (
      places.P + 'old_paths.steps:check_sdca_classifier'
    ),
    '_validate_linear_sdca_optimizer_for_linear_regressor': (
      places.P + 'old_paths.steps:check_sdca_regressor'
    ),
    '_linear_model_fn': places.MODEL_FNS + 'linear_model_fn',
    '_linear_model_fn_v2': places.MODEL_FNS + 'linear_model_fn_v2',
  },
  'canned.metric_keys': places.as_is('spec.keys', 'MetricKeys'),
  'canned.optimizers': {
    '_LEARNING_RATE': _V1_DNN_RATE,
    **places.renamed(
      'canned.optimizers',
      '_OPTIMIZER_CLS_NAMES=V1_CLASSES _OPTIMIZER_CLS_NAMES_V2=V2_CLASSES'
      ' get_optimizer_instance=resolve_v1 get_optimizer_instance_v2=resolve_v2',
    ),
  },
  'canned.parsing_utils': {
    **places.of(v1.ESTIMATOR, _PARSE),
    **{f'{name}_v2': v2.ESTIMATOR[name] for name in _PARSE.split()},
  },
  'canned.prediction_keys': places.as_is('spec.keys', 'PredictionKeys'),
  'canned.rnn': {
    **places.of(v2.EXPERIMENTAL, 'RNNClassifier RNNEstimator'),
    **places.as_is('old_paths.keras_models', 'RNNModel'),
    **places.constants(
      'RNN',
      '_GRU_KEY _LSTM_KEY _SIMPLE_RNN_KEY',
    ),
    **places.renamed(
      'canned.rnn',
      '_DEFAULT_CLIP_NORM=CLIP_NORM _DEFAULT_LEARNING_RATE=LEARNING_RATE'
      ' USE_DEFAULT=USE_DEFAULT',
    ),
  },
  'canned.saved_model_estimator': places.as_is(
    'canned.saved_model_estimator', 'SavedModelEstimator'
  ),
  'head.base_head': {
    'Head': v2.SHARED['Head'],
    **_CHECKS,
    **{name.removeprefix('_'): place for name, place in _SERVING_KEYS.items()},
    'check_label_range': places.P + 'heads.labels:check_range',
    'check_prediction_keys': places.P + 'heads.single:check_prediction_keys',
    'create_estimator_spec_summary': places.ADAPTERS + 'create_summary',
    'create_estimator_spec_train_op': places.ADAPTERS + 'create_train_op',
    'update_metric_with_broadcast_weights': places.P
    + 'heads.metrics:update_mean',
    **places.renamed(
      'heads.train_op',
      'validate_trainable_variables=checked_variables'
      ' validate_update_ops=checked_update_ops'
      ' validate_v2_optimizer=checked_optimizer',
    ),
    'validate_loss_reduction': places.P + 'heads.losses:check_reduction',
  },
  'head.binary_class_head': places.of(v2.SHARED, 'BinaryClassHead'),
  'head.head_utils': {
    **places.constants('Keys', '_DEFAULT_SERVING_KEY'),
    'binary_or_multi_class_head': places.P + 'canned.family:V2.classifier_head',
  },
  'head.multi_class_head': places.of(v2.SHARED, 'MultiClassHead'),
  'head.multi_head': {
    **places.of(v2.SHARED, 'MultiHead'),
    **places.parts('_default_export_output _no_op_train_fn'),
  },
  'head.multi_label_head': places.of(v2.SHARED, 'MultiLabelHead'),
  'head.regression_head': places.of(v2.SHARED, _REGRESSION),
  'head.sequential_head': {
    **places.as_is('heads.sequential', 'SequentialHeadWrapper'),
    '_flatten_tensor': places.P + 'heads.sequential:flatten_tensor',
    '_SequentialHead': places.P + 'heads.sequential:SequentialHead',
  },
}
