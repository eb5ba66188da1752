"""Calls small functions of old modules as legacy programs do."""

import tempfile

import tensorflow as tf

from tests.migration.old_paths import calling

v1 = tf.compat.v1


def base(name, *arguments, **by_name):
  return getattr(calling.old('head.base_head'), name)(*arguments, **by_name)


def logits(size=1):
  return tf.zeros([2, size])


def summaries():
  base(
    'create_estimator_spec_summary',
    tf.constant(1.0),
    [tf.constant(0.5)],
    lambda key: f'{key}/h',
  )
  return sorted(t.op.name for t in v1.get_collection('summaries'))


def train_op():
  variable = v1.get_variable('v', [])
  made = base(
    'create_estimator_spec_train_op',
    'h',
    train_op_fn=v1.train.GradientDescentOptimizer(0.1).minimize,
    regularized_training_loss=variable * 2.0,
  )
  return calling.types([made])


def signatures():
  export = calling.old('export.export_lib')
  text = v1.placeholder(tf.string, [None], name='i')
  made = export.build_all_signature_defs(
    {'inputs': text},
    {'serving_default': export.PredictOutput({'o': tf.zeros([2, 1])})},
  )
  return {
    key: [one.method_name, sorted(one.inputs), sorted(one.outputs)]
    for key, one in sorted(made.items())
  }


OPTIMIZERS = ('Adagrad', 'Adam', 'Ftrl', 'RMSProp', 'SGD')


def optimizers_v1():
  adam = v1.train.AdamOptimizer(0.1)
  get = calling.old('canned.optimizers').get_optimizer_instance
  given = (*OPTIMIZERS, adam, lambda: adam)
  return calling.types(get(o, learning_rate=0.1) for o in given)


def optimizers_v2():
  get = calling.old('canned.optimizers').get_optimizer_instance_v2
  return calling.types(get(o, learning_rate=0.1) for o in OPTIMIZERS)


def metric_keys():
  keys = calling.old('canned.metric_keys').MetricKeys
  return [keys.AUC, keys.LOSS, keys.LOSS_MEAN, keys.ACCURACY]


def prediction_keys():
  keys = calling.old('canned.prediction_keys').PredictionKeys
  return [keys.CLASS_IDS, keys.LOGISTIC, keys.LOGITS, keys.PROBABILITIES]


def mode_keys():
  keys = calling.old('mode_keys').ModeKeys
  return [keys.TRAIN, keys.EVAL, keys.PREDICT]


def task_types():
  kind = calling.old('run_config').TaskType
  return [kind.CHIEF, kind.EVALUATOR, kind.MASTER, kind.PS, kind.WORKER]


def metrics_tuple():
  fn, tensors = calling.old('canned.head')._create_eval_metrics_tuple(
    lambda a, b, c: [a.name, b, c.name],
    {'c': tf.constant(1, name='c'), 'b': 2, 'a': tf.constant(1, name='a')},
  )
  return [fn(**tensors), sorted(tensors)]


def head_by_classes(n_classes):
  make = calling.old('head.head_utils').binary_or_multi_class_head
  made = make(
    n_classes=n_classes,
    weight_column=None,
    label_vocabulary=None,
    loss_reduction='sum',
  )
  return calling.types([made])


def garbage():
  gc = calling.old('gc')
  paths = [gc.Path(f'/{v}', v) for v in (4, 1, 3, 2)]
  keep = gc._union(gc._largest_export_versions(1), gc._mod_export_version(3))
  return [
    [path.export_version for path in chosen(paths)]
    for chosen in (
      keep,
      gc._negation(keep),
      gc._one_of_every_n_export_versions(2),
    )
  ]


def tpu_config():
  module = calling.old('tpu.tpu_config')
  made = module.RunConfig(tpu_config=module.TPUConfig(iterations_per_loop=3))
  return [made.tpu_config.iterations_per_loop, made.tpu_config.num_shards]


def tpu_spec():
  module = calling.old('tpu.tpu_estimator')
  spec = module.TPUEstimatorSpec('infer', predictions={'a': tf.zeros([1])})
  return [
    type(spec).__name__,
    type(spec.as_estimator_spec()).__name__,
    [version.name for version in module.ExportSavedModelApiVersion],
    issubclass(module.ExamplesPerSecondHook, v1.train.StepCounterHook),
    issubclass(module.TPUEstimator, v1.estimator.Estimator),
  ]


def exporters():
  module = calling.old('exporter')
  best = module.BestExporter(serving_input_receiver_fn=lambda: None)
  return [
    best.name,
    module._loss_smaller({'loss': 2}, {'loss': 1}),
    isinstance(best, module.Exporter),
  ]


def early_stopping():
  estimator = tf.estimator.Estimator(
    lambda features: None, config=calling.config()
  )
  hook = calling.old('early_stopping').stop_if_no_decrease_hook(
    estimator, 'loss', max_steps_without_decrease=10
  )
  module = calling.old('early_stopping')
  return [
    isinstance(hook, module._StopOnPredicateHook),
    module._get_or_create_stop_var().op.name,
    module._EVENT_FILE_GLOB_PATTERN,
  ]


def keras_model():
  with tempfile.TemporaryDirectory() as folder:
    layers = [tf.keras.layers.Input([1]), tf.keras.layers.Dense(1)]
    model = tf.keras.Sequential(layers)
    model.compile('sgd', 'mse')
    made = calling.old('keras_lib').model_to_estimator(model, model_dir=folder)
  return isinstance(made, v1.estimator.Estimator)


CALLS = {
  'all_class_ids': lambda: calling.of_tensor(
    base('all_class_ids', logits(3), 3)
  ),
  'all_classes': lambda: calling.of_tensor(base('all_classes', logits(3), 3)),
  'all_classes named': lambda: calling.of_tensor(
    base('all_classes', logits(3), 3, ['a', 'b', 'c'])
  ),
  'classification_output': lambda: calling.of_tensor(
    base('classification_output', logits(3), 3).classes
  ),
  'call_loss_fn': lambda: calling.of_tensor(
    base(
      'call_loss_fn',
      lambda labels, logits: labels - logits,
      calling.labels('eval'),
      logits(),
      calling.features(),
    )
  ),
  'call_loss_fn scalar': lambda: calling.of_tensor(
    base(
      'call_loss_fn',
      lambda labels, logits: tf.constant(1.0),
      calling.labels('eval'),
      logits(),
      calling.features(),
    )
  ),
  'labels match': lambda: calling.of_tensor(
    base(
      'check_dense_labels_match_logits_and_reshape',
      tf.constant([1.0, 0.0]),
      logits(),
      1,
    )
  ),
  'labels mismatch': lambda: calling.of_tensor(
    base(
      'check_dense_labels_match_logits_and_reshape',
      tf.constant([[1.0, 0.0]]),
      logits(),
      1,
    )
  ),
  'logits fit': lambda: calling.of_tensor(
    base('check_logits_final_dim', logits(), 1)
  ),
  'logits misfit': lambda: base('check_logits_final_dim', logits(), 2),
  'weights': lambda: calling.of_tensor(
    base(
      'get_weights_and_check_match_logits', calling.features(), 'w', logits()
    )
  ),
  'no weights': lambda: base(
    'get_weights_and_check_match_logits', calling.features(), None, logits()
  ),
  'label range': lambda: calling.of_tensor(
    base('check_label_range', tf.constant([0, 1]), 2)
  ),
  'loss_fn args': lambda: base('validate_loss_fn_args', lambda labels: 1),
  'one class': lambda: base('validate_n_classes', 1),
  'classes': lambda: base('validate_n_classes', 3),
  'reduction': lambda: base('validate_loss_reduction', 'x'),
  'prediction key': lambda: base('check_prediction_keys', ['z'], ['a']),
  'summaries': summaries,
  'train_op': train_op,
  'eval metrics tuple': metrics_tuple,
  'summary key': lambda: calling.old('canned.head')._summary_key('a', 'loss'),
  'metric keys': metric_keys,
  'prediction keys': prediction_keys,
  'mode keys': mode_keys,
  'head of 2': lambda: head_by_classes(2),
  'head of 3': lambda: head_by_classes(3),
  'sequential head': lambda: (
    calling.old('head.sequential_head')
    .SequentialHeadWrapper(tf.estimator.RegressionHead(name='r'), 'mask')
    .name
  ),
  'signatures': signatures,
  'temp dir': lambda: tf.compat.as_str(
    calling.old('export.export').get_temp_export_dir(b'/a/123')
  ),
  'optimizers v1': optimizers_v1,
  'optimizers v2': optimizers_v2,
  'no optimizer v1': lambda: calling.old(
    'canned.optimizers'
  ).get_optimizer_instance('x', learning_rate=0.1),
  'no optimizer v2': lambda: calling.old(
    'canned.optimizers'
  ).get_optimizer_instance_v2(3),
  'model_fn args': lambda: calling.old('model_fn').verify_model_fn_args(
    lambda features, labels, foo: 1, None
  ),
  'call_logit_fn': lambda: calling.of_tensor(
    calling.old('model_fn').call_logit_fn(
      lambda features, mode: features['x'],
      calling.features(),
      'train',
      {},
      None,
    )
  ),
  'metric names': lambda: [
    calling.old('model_fn').LOSS_METRIC_KEY,
    calling.old('model_fn').AVERAGE_LOSS_METRIC_KEY,
  ],
  'fn_args': lambda: list(calling.old('util').fn_args(lambda a, b=1: 0)),
  'session config': lambda: calling.types(
    [calling.old('run_config').get_default_session_config()]
  ),
  'path': lambda: calling.old('run_config').path_to_str('/a'),
  'task types': task_types,
  'exporters': exporters,
  'compare_fn': lambda: calling.old('exporter')._verify_compare_fn_args(
    lambda a: 1
  ),
  'early stopping': early_stopping,
  'keras_lib': keras_model,
  'classifier spec': lambda: sorted(
    calling.old('canned.parsing_utils').classifier_parse_example_spec(
      [calling.X], 'l'
    )
  ),
  'regressor spec v2': lambda: sorted(
    calling.old('canned.parsing_utils').regressor_parse_example_spec_v2(
      [calling.X], 'l'
    )
  ),
  'gc': garbage,
  'tpu_config': tpu_config,
  'tpu spec': tpu_spec,
}
