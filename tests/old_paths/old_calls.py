"""Calls old modules as legacy programs do, on this TensorFlow or on 2.15.

python -m tests.old_calls [NAME ...]   prints a line of JSON for each call;

with the reference's interpreter, from any folder, that is what
tests/goldens/old_calls.jsonl has.
"""

import importlib
import json
import sys
import tempfile

import tensorflow as tf

v1 = tf.compat.v1
X = tf.feature_column.numeric_column('x')
MODES = ('train', 'eval', 'infer')


def old(module):
  return importlib.import_module(
    f'tensorflow_estimator.python.estimator.{module}'
  )


def features():
  return {'x': tf.constant([[1.0], [2.0]]), 'w': tf.constant([[1.0], [2.0]])}


def labels(mode, dtype=tf.float32):
  return None if mode == 'infer' else tf.constant([[1], [0]], dtype)


def config():
  return tf.estimator.RunConfig(model_dir='/nowhere')


def of_spec(spec):
  """What a model function made, its variables included."""
  return {
    'type': type(spec).__name__,
    'predictions': sorted(spec.predictions),
    'metrics': sorted(spec.eval_metric_ops or {}),
    'exports': sorted(spec.export_outputs or {}),
    'trains': spec.train_op is not None,
    'variables': [v.op.name for v in v1.global_variables()],
    'trainable': [v.op.name for v in v1.trainable_variables()],
  }


def of_tensor(tensor):
  return [tensor.dtype.name, tensor.shape.as_list()]


def types(values):
  return [type(value).__name__ for value in values]


# --- heads --------------------------------------------------------------------

HEADS = {
  'binary': lambda: old(
    'canned.head'
  )._binary_logistic_head_with_sigmoid_cross_entropy_loss(weight_column='w'),
  'binary_or_multi': lambda: old(
    'canned.head'
  )._binary_logistic_or_multi_class_head(3, None, None, 'weighted_sum'),
  'multi': lambda: old(
    'canned.head'
  )._multi_class_head_with_softmax_cross_entropy_loss(3, name='h'),
  'regression': lambda: old('canned.head')._regression_head(label_dimension=1),
}


def head_spec(name, mode):
  head = HEADS[name]()
  logits = tf.fill([2, head.logits_dimension], 0.5)
  dtype = tf.float32 if head.logits_dimension == 1 else tf.int64
  spec = head.create_estimator_spec(
    features(),
    mode,
    logits,
    labels=labels(mode, dtype),
    train_op_fn=lambda loss: tf.no_op(),
  )
  return of_spec(spec)


# --- model functions ----------------------------------------------------------


def model_fns():
  """Old model functions, each with its own arguments by position."""
  combined = ([X], 'Ftrl', [X], 'Adagrad', [2])
  return {
    'v1 baseline': (old('canned.baseline')._baseline_model_fn, ('Ftrl',)),
    'v2 baseline': (old('canned.baseline')._baseline_model_fn_v2, ('Ftrl',)),
    'v1 dnn': (old('canned.dnn')._dnn_model_fn, ([2], [X])),
    'v2 dnn': (old('canned.dnn').dnn_model_fn_v2, ([2], [X])),
    'v1 linear': (
      old('canned.linear')._linear_model_fn,
      ([X], 'Ftrl', None, config()),
    ),
    'v2 linear': (
      old('canned.linear')._linear_model_fn_v2,
      ([X], 'Ftrl', config()),
    ),
    'v1 combined': (
      old('canned.dnn_linear_combined')._dnn_linear_combined_model_fn,
      combined,
    ),
    'v2 combined': (
      old('canned.dnn_linear_combined')._dnn_linear_combined_model_fn_v2,
      combined,
    ),
  }


def model_fn_spec(name, mode):
  model_fn, arguments = model_fns()[name]
  if name.startswith('v1'):
    head = old('canned.head')._regression_head()
  else:
    head = tf.estimator.RegressionHead()
  by_name = {} if 'linear' in name else {'config': config()}
  spec = model_fn(features(), labels(mode), mode, head, *arguments, **by_name)
  return of_spec(spec)


# --- functions ----------------------------------------------------------------


def base(name, *arguments, **by_name):
  return getattr(old('head.base_head'), name)(*arguments, **by_name)


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
  return types([made])


def signatures():
  export = old('export.export_lib')
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
  get = old('canned.optimizers').get_optimizer_instance
  given = (*OPTIMIZERS, adam, lambda: adam)
  return types(get(o, learning_rate=0.1) for o in given)


def optimizers_v2():
  get = old('canned.optimizers').get_optimizer_instance_v2
  return types(get(o, learning_rate=0.1) for o in OPTIMIZERS)


def metric_keys():
  keys = old('canned.metric_keys').MetricKeys
  return [keys.AUC, keys.LOSS, keys.LOSS_MEAN, keys.ACCURACY]


def prediction_keys():
  keys = old('canned.prediction_keys').PredictionKeys
  return [keys.CLASS_IDS, keys.LOGISTIC, keys.LOGITS, keys.PROBABILITIES]


def mode_keys():
  keys = old('mode_keys').ModeKeys
  return [keys.TRAIN, keys.EVAL, keys.PREDICT]


def task_types():
  kind = old('run_config').TaskType
  return [kind.CHIEF, kind.EVALUATOR, kind.MASTER, kind.PS, kind.WORKER]


def metrics_tuple():
  fn, tensors = old('canned.head')._create_eval_metrics_tuple(
    lambda a, b, c: [a.name, b, c.name],
    {'c': tf.constant(1, name='c'), 'b': 2, 'a': tf.constant(1, name='a')},
  )
  return [fn(**tensors), sorted(tensors)]


def head_by_classes(n_classes):
  make = old('head.head_utils').binary_or_multi_class_head
  made = make(
    n_classes=n_classes,
    weight_column=None,
    label_vocabulary=None,
    loss_reduction='sum',
  )
  return types([made])


def garbage():
  gc = old('gc')
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
  module = old('tpu.tpu_config')
  made = module.RunConfig(tpu_config=module.TPUConfig(iterations_per_loop=3))
  return [made.tpu_config.iterations_per_loop, made.tpu_config.num_shards]


def tpu_spec():
  module = old('tpu.tpu_estimator')
  spec = module.TPUEstimatorSpec('infer', predictions={'a': tf.zeros([1])})
  return [
    type(spec).__name__,
    type(spec.as_estimator_spec()).__name__,
    [version.name for version in module.ExportSavedModelApiVersion],
    issubclass(module.ExamplesPerSecondHook, v1.train.StepCounterHook),
    issubclass(module.TPUEstimator, v1.estimator.Estimator),
  ]


def exporters():
  module = old('exporter')
  best = module.BestExporter(serving_input_receiver_fn=lambda: None)
  return [
    best.name,
    module._loss_smaller({'loss': 2}, {'loss': 1}),
    isinstance(best, module.Exporter),
  ]


def early_stopping():
  estimator = tf.estimator.Estimator(lambda features: None, config=config())
  hook = old('early_stopping').stop_if_no_decrease_hook(
    estimator, 'loss', max_steps_without_decrease=10
  )
  module = old('early_stopping')
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
    made = old('keras_lib').model_to_estimator(model, model_dir=folder)
  return isinstance(made, v1.estimator.Estimator)


CALLS = {
  **{
    f'head {name} {mode}': lambda n=name, m=mode: head_spec(n, m)
    for name in HEADS
    for mode in MODES
  },
  **{
    f'model_fn {api} {kind} {mode}': (
      lambda n=f'{api} {kind}', m=mode: model_fn_spec(n, m)
    )
    for api in ('v1', 'v2')
    for kind in ('baseline', 'dnn', 'linear', 'combined')
    for mode in MODES
  },
  'all_class_ids': lambda: of_tensor(base('all_class_ids', logits(3), 3)),
  'all_classes': lambda: of_tensor(base('all_classes', logits(3), 3)),
  'all_classes named': lambda: of_tensor(
    base('all_classes', logits(3), 3, ['a', 'b', 'c'])
  ),
  'classification_output': lambda: of_tensor(
    base('classification_output', logits(3), 3).classes
  ),
  'call_loss_fn': lambda: of_tensor(
    base(
      'call_loss_fn',
      lambda labels, logits: labels - logits,
      labels('eval'),
      logits(),
      features(),
    )
  ),
  'call_loss_fn scalar': lambda: of_tensor(
    base(
      'call_loss_fn',
      lambda labels, logits: tf.constant(1.0),
      labels('eval'),
      logits(),
      features(),
    )
  ),
  'labels match': lambda: of_tensor(
    base(
      'check_dense_labels_match_logits_and_reshape',
      tf.constant([1.0, 0.0]),
      logits(),
      1,
    )
  ),
  'labels mismatch': lambda: of_tensor(
    base(
      'check_dense_labels_match_logits_and_reshape',
      tf.constant([[1.0, 0.0]]),
      logits(),
      1,
    )
  ),
  'logits fit': lambda: of_tensor(base('check_logits_final_dim', logits(), 1)),
  'logits misfit': lambda: base('check_logits_final_dim', logits(), 2),
  'weights': lambda: of_tensor(
    base('get_weights_and_check_match_logits', features(), 'w', logits())
  ),
  'no weights': lambda: base(
    'get_weights_and_check_match_logits', features(), None, logits()
  ),
  'label range': lambda: of_tensor(
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
  'summary key': lambda: old('canned.head')._summary_key('a', 'loss'),
  'metric keys': metric_keys,
  'prediction keys': prediction_keys,
  'mode keys': mode_keys,
  'head of 2': lambda: head_by_classes(2),
  'head of 3': lambda: head_by_classes(3),
  'sequential head': lambda: (
    old('head.sequential_head')
    .SequentialHeadWrapper(tf.estimator.RegressionHead(name='r'), 'mask')
    .name
  ),
  'signatures': signatures,
  'temp dir': lambda: tf.compat.as_str(
    old('export.export').get_temp_export_dir(b'/a/123')
  ),
  'optimizers v1': optimizers_v1,
  'optimizers v2': optimizers_v2,
  'no optimizer v1': lambda: old('canned.optimizers').get_optimizer_instance(
    'x', learning_rate=0.1
  ),
  'no optimizer v2': lambda: old('canned.optimizers').get_optimizer_instance_v2(
    3
  ),
  'model_fn args': lambda: old('model_fn').verify_model_fn_args(
    lambda features, labels, foo: 1, None
  ),
  'call_logit_fn': lambda: of_tensor(
    old('model_fn').call_logit_fn(
      lambda features, mode: features['x'], features(), 'train', {}, None
    )
  ),
  'metric names': lambda: [
    old('model_fn').LOSS_METRIC_KEY,
    old('model_fn').AVERAGE_LOSS_METRIC_KEY,
  ],
  'fn_args': lambda: list(old('util').fn_args(lambda a, b=1: 0)),
  'session config': lambda: types(
    [old('run_config').get_default_session_config()]
  ),
  'path': lambda: old('run_config').path_to_str('/a'),
  'task types': task_types,
  'exporters': exporters,
  'compare_fn': lambda: old('exporter')._verify_compare_fn_args(lambda a: 1),
  'early stopping': early_stopping,
  'keras_lib': keras_model,
  'classifier spec': lambda: sorted(
    old('canned.parsing_utils').classifier_parse_example_spec([X], 'l')
  ),
  'regressor spec v2': lambda: sorted(
    old('canned.parsing_utils').regressor_parse_example_spec_v2([X], 'l')
  ),
  'gc': garbage,
  'tpu_config': tpu_config,
  'tpu spec': tpu_spec,
}

# What is called outside of a graph.
EAGER = ('keras_lib',)


def call(name):
  """The result of a call, or the type of its error and how it begins."""
  if name in EAGER:
    return CALLS[name]()
  with tf.Graph().as_default():
    v1.train.create_global_step()
    try:
      return CALLS[name]()
    except (TypeError, ValueError) as error:
      return f'{type(error).__name__}: {str(error)[:30]}'


if __name__ == '__main__':
  for asked in sys.argv[1:] or CALLS:
    print(json.dumps([asked, call(asked)]))
