"""Calls what programs import that override steps of Estimator, or heads."""

import tensorflow as tf

from tests.migration.old_paths import calling

v1 = tf.compat.v1


def names(tensors):
  return [each.dtype.name for each in tensors]


LABELS = [[1.0], [0.0], [1.0], [1.0]]
SCORES = [[0.9], [0.2], [0.4], [0.6]]
WEIGHTS = [[1.0], [2.0], [1.0], [0.5]]


def head_metric(name, *arguments, **more):
  """The value of a metric after one update, and how its tensors are called."""

  def call():
    function = getattr(calling.old('canned.head'), name)
    tensors = [tf.constant(each) for each in arguments]
    value, update = function(*tensors, **more)
    return [
      value.op.name.split('/')[0],
      value.shape.as_list(),
      update.shape.rank,
    ]

  return call


def baseline_metric():
  head = calling.old('canned.head')
  pair = head._accuracy_baseline(head._indicator_labels_mean(LABELS))
  return names(pair)


def update_ops():
  pairs = {
    'b': v1.metrics.mean([1.0]),
    'a': v1.metrics.mean([2.0]),
  }
  op, values = calling.old('estimator')._extract_metric_update_ops(pairs)
  return [isinstance(op, tf.Operation), list(values)]


def loss_metric():
  metrics = {}
  verify = calling.old('estimator')._verify_and_create_loss_metric
  verify(metrics, tf.constant(1.0))
  try:
    verify(metrics, tf.constant(1.0))
  except ValueError:
    return [*metrics, 'refused']
  return [*metrics]


def inputs_of_runners():
  has = calling.old('estimator')._has_dataset_or_queue_runner
  data = tf.data.Dataset.from_tensors([1.0])
  tensor = v1.data.make_one_shot_iterator(data).get_next()
  found = [has(data), has(tensor), has(tf.constant(1.0))]
  queue = tf.queue.FIFOQueue(2, tf.float32)
  v1.train.add_queue_runner(v1.train.QueueRunner(queue, [queue.enqueue(1.0)]))
  return [*map(bool, found), bool(has(tf.constant(1.0)))]


def device_setter():
  config = tf.estimator.RunConfig(model_dir='/nowhere')
  return calling.old('estimator')._get_replica_device_setter(config)


def gauge():
  return (
    calling.old('estimator')
    ._canned_estimator_api_gauge.get_cell('DNN')
    .set('x')
  )


def exporter():
  made = calling.old('exporter')._SavedModelExporter('best', lambda: None)
  return [made.name, isinstance(made, tf.estimator.Exporter)]


def spec_check(name, *arguments):
  def call():
    made = getattr(calling.old('model_fn'), name)(*arguments)
    return type(made).__name__

  return call


def deep_model():
  logits, variables, updates = calling.old(
    'canned.dnn'
  )._dnn_model_fn_builder_v2(
    2, [3], [calling.X], tf.nn.relu, None, True, {'x': tf.ones([4, 1])}, 'train'
  )
  return [
    logits.shape.as_list(),
    sorted(variable.shape.as_list() for variable in variables),
    len(updates),
  ]


def linear_model():
  logits, variables = calling.old('canned.linear')._linear_model_fn_builder_v2(
    2, [calling.X], features={'x': tf.ones([4, 1])}
  )
  return [logits.shape.as_list(), [v.shape.as_list() for v in variables]]


def expanded():
  whole = v1.get_variable('whole', [2])
  parts = v1.get_variable(
    'parts', [4], partitioner=v1.fixed_size_partitioner(2)
  )
  found = calling.old('canned.linear')._get_expanded_variable_list(
    [whole, parts]
  )
  return [each.shape.as_list() for each in found]


def scope_names():
  dnn = calling.old('canned.dnn')
  with v1.name_scope('a'), v1.name_scope('b'):
    return [
      dnn._get_previous_name_scope(),
      dnn._name_from_scope_name('a/b/'),
      dnn._name_from_scope_name('a'),
    ]


def dnn_spec():
  head = calling.old('canned.head')._regression_head()
  spec = calling.old('canned.dnn')._get_dnn_estimator_spec(
    False,
    head,
    {},
    tf.ones([2, 1]),
    'train',
    tf.identity(v1.get_variable('logits', [2, 1])),
    v1.train.GradientDescentOptimizer(0.1),
  )
  return [type(spec).__name__, sorted(spec.predictions)]


def multi_head():
  module = calling.old('head.multi_head')
  output = tf.estimator.export.PredictOutput({'y': tf.constant([1.0])})
  one = module._default_export_output({'any': output}, 'h') is output
  with_default = {'a': output, 'serving_default': output}
  found = [one, module._default_export_output(with_default, 'h') is output]
  try:
    module._default_export_output({'a': output, 'b': output}, 'h')
  except ValueError:
    found.append('refused')
  return [*found, module._no_op_train_fn(tf.constant(1.0)).type]


def metric_fn():
  extenders = calling.old('extenders')
  extenders._verify_metric_fn_args(lambda labels: {})
  found = extenders._call_metric_fn(
    lambda predictions, features: {'n': len(features) + predictions},
    {'a': 1},
    None,
    2,
    None,
  )
  extenders._verify_metric_fn_args(lambda other: found)
  return found


def flattened():
  flat = calling.old('head.sequential_head')._flatten_tensor(
    tf.constant([[1.0, 2.0], [3.0, 4.0]]),
    tf.constant([[True, False], [True, True]]),
    tf.constant(3),
  )
  return flat.shape.rank


CALLS = {
  'metric baseline': baseline_metric,
  'metric auc': head_metric('_auc', LABELS, SCORES, WEIGHTS),
  'metric label mean': head_metric('_indicator_labels_mean', LABELS),
  'metric prediction mean': head_metric('_predictions_mean', SCORES, WEIGHTS),
  'metric accuracy': head_metric(
    '_accuracy_at_threshold', LABELS, SCORES, WEIGHTS, threshold=0.5
  ),
  'metric precision': head_metric(
    '_precision_at_threshold', LABELS, SCORES, WEIGHTS, threshold=0.5
  ),
  'metric recall': head_metric(
    '_recall_at_threshold', LABELS, SCORES, WEIGHTS, threshold=0.5
  ),
  'metric update ops': update_ops,
  'loss metric': loss_metric,
  'input runners': inputs_of_runners,
  'device setter': device_setter,
  'gauge': gauge,
  'base exporter': exporter,
  'spec loss': spec_check('_validate_estimator_spec_loss', None, 'train'),
  'spec hooks': spec_check('_validate_estimator_spec_hooks', [3]),
  'no hooks': spec_check('_validate_estimator_spec_hooks', None),
  'spec scaffold': spec_check('_validate_scaffold', None),
  'spec metrics': spec_check('_validate_eval_metric_ops', {'a': 1}),
  'spec predictions': spec_check(
    '_validate_estimator_spec_predictions', None, 'infer'
  ),
  'spec train_op': spec_check('_validate_estimator_spec_train_op', 3, 'train'),
  'operation': spec_check('_check_is_tensor_or_operation', 3, 'x'),
  'deep model': deep_model,
  'linear model': linear_model,
  'expanded': expanded,
  'scope names': scope_names,
  'dnn spec': dnn_spec,
  'outputs of heads': multi_head,
  'metric_fn': metric_fn,
  'flattened': flattened,
}
