"""Losses, optimizers, metrics and specs of random model functions."""

import random_custom
import tensorflow as tf

keras = random_custom.keras
tf1 = tf.compat.v1
UNITS = {
  'binary': 1,
  'classes': 3,
  'number': 1,
  'numbers': 2,
  'count': 1,
  'bits': 3,
}

# --- optimizers -----------------------------------------------------------------

SCHEDULES = {
  'constant': lambda step: 0.05,
  'exponential': lambda step: tf1.train.exponential_decay(
    0.1, step, 2, 0.8, staircase=True
  ),
  'cosine': lambda step: tf1.train.cosine_decay(0.1, step, 10),
  'piecewise': lambda step: tf1.train.piecewise_constant(
    step, [1, 2], [0.1, 0.05, 0.01]
  ),
  'polynomial': lambda step: tf1.train.polynomial_decay(
    0.1, step, 4, cycle=True
  ),
  'inverse': lambda step: tf1.train.inverse_time_decay(0.1, step, 1, 0.5),
  'natural': lambda step: tf1.train.natural_exp_decay(0.1, step, 1, 0.5),
  'linear_cosine': lambda step: tf1.train.linear_cosine_decay(0.1, step, 9),
  'restarts': lambda step: tf1.train.cosine_decay_restarts(0.1, step, 2),
}
OPTIMIZERS = {
  'sgd': tf1.train.GradientDescentOptimizer,
  'momentum': lambda rate: tf1.train.MomentumOptimizer(rate, 0.9),
  'nesterov': lambda rate: tf1.train.MomentumOptimizer(
    rate, 0.9, use_nesterov=True
  ),
  'adam': tf1.train.AdamOptimizer,
  'adagrad': tf1.train.AdagradOptimizer,
  'rmsprop': lambda rate: tf1.train.RMSPropOptimizer(rate, momentum=0.5),
  'centered': lambda rate: tf1.train.RMSPropOptimizer(rate, centered=True),
  'ftrl': lambda rate: tf1.train.FtrlOptimizer(
    rate, l1_regularization_strength=0.01, l2_regularization_strength=0.01
  ),
  'adadelta': tf1.train.AdadeltaOptimizer,
  'proximal_sgd': lambda rate: tf1.train.ProximalGradientDescentOptimizer(
    rate, l1_regularization_strength=0.001
  ),
  'proximal_adagrad': lambda rate: tf1.train.ProximalAdagradOptimizer(
    rate, l2_regularization_strength=0.001
  ),
  'adagrad_da': lambda rate: tf1.train.AdagradDAOptimizer(
    rate, tf1.train.get_global_step(), l1_regularization_strength=0.001
  ),
}
KERAS_OPTIMIZERS = {
  'keras_sgd': lambda: keras.optimizers.legacy.SGD(0.1, momentum=0.9),
  'keras_adam': lambda: keras.optimizers.legacy.Adam(0.05, amsgrad=True),
  'keras_adagrad': lambda: keras.optimizers.legacy.Adagrad(0.1),
  'keras_rmsprop': lambda: keras.optimizers.legacy.RMSprop(
    keras.optimizers.schedules.ExponentialDecay(0.05, 2, 0.9)
  ),
  'keras_ftrl': lambda: keras.optimizers.legacy.Ftrl(0.1),
  'keras_nadam': lambda: keras.optimizers.legacy.Nadam(0.05),
}


def _clipped(pairs, how):
  """Gradients that are clipped, or grow by a factor for each variable."""
  if how == 'norm':
    gradients, norm = tf.clip_by_global_norm([g for g, _ in pairs], 0.5)
    tf1.summary.scalar('norm', norm)
    return list(zip(gradients, [v for _, v in pairs]))  # noqa: B905
  if how == 'value':
    return [
      (tf.clip_by_value(tf.convert_to_tensor(g), -0.1, 0.1), v)
      for g, v in pairs
    ]
  return pairs


def _keras_train_op(case, loss, step):
  optimizer = KERAS_OPTIMIZERS[case['optimizer']]()
  optimizer.iterations = step
  updates = optimizer.get_updates(loss, tf1.trainable_variables())
  return tf.group(updates, *tf1.get_collection(tf1.GraphKeys.UPDATE_OPS))


def train_op_of(case, loss):
  """An operation of a step, as the case has it."""
  step = tf1.train.get_or_create_global_step()
  if case['optimizer'] in KERAS_OPTIMIZERS:
    return _keras_train_op(case, loss, step)
  rate = SCHEDULES[case['schedule']](step)
  if case['schedule'] != 'constant' and callable(rate):
    rate = rate()  # some are functions in eager mode
  optimizer = OPTIMIZERS[case['optimizer']](rate)
  with tf1.control_dependencies(tf1.get_collection(tf1.GraphKeys.UPDATE_OPS)):
    if case.get('clip'):
      pairs = [p for p in optimizer.compute_gradients(loss) if p[0] is not None]
      train_op = optimizer.apply_gradients(_clipped(pairs, case['clip']), step)
    else:
      train_op = optimizer.minimize(loss, step)
  if case.get('average'):
    averages = tf1.train.ExponentialMovingAverage(0.9, step)
    with tf1.control_dependencies([train_op]):
      train_op = averages.apply(tf1.trainable_variables())
  return train_op


# --- losses and metrics ---------------------------------------------------------


def predictions_of(case, logits):
  if case['task'] == 'binary':
    scores = tf.sigmoid(logits)
    return {'scores': scores, 'class': tf.cast(scores > 0.5, tf.int64)}
  if case['task'] == 'classes':
    return {'scores': tf.nn.softmax(logits), 'class': tf.argmax(logits, 1)}
  if case['task'] == 'bits':
    return {'scores': tf.sigmoid(logits)}
  return {'value': tf.exp(logits) if case['task'] == 'count' else logits}


def loss_of(case, features, labels, logits):
  """By tf.losses, with weights maybe; regularization is added."""
  units = logits.shape[-1]
  losses = tf1.losses
  weights = features['w'] if case.get('weighted') else 1.0
  reduction = case['reduction']
  if case['task'] == 'classes':
    loss = losses.sparse_softmax_cross_entropy(
      tf.reshape(labels, [-1, 1]),
      logits[:, None],
      weights,
      reduction=reduction,
    )
  else:
    labels = tf.reshape(tf.cast(labels, tf.float32), [-1, units])
    if case['task'] in ('binary', 'bits'):
      made = losses.sigmoid_cross_entropy
    elif case['task'] == 'count':
      made = _poisson
    else:
      made = {
        'squared': losses.mean_squared_error,
        'absolute': losses.absolute_difference,
        'huber': losses.huber_loss,
      }[case['regression']]
    loss = made(labels, logits, weights, reduction=reduction)
  if case.get('l2'):
    loss += tf1.losses.get_regularization_loss()
  return loss


def _poisson(labels, logits, weights, reduction):
  each = tf.nn.log_poisson_loss(labels, logits)
  return tf1.losses.compute_weighted_loss(each, weights, reduction=reduction)


def _keras_mean(value):
  metric = keras.metrics.Mean()
  metric.update_state(value)
  return metric


def metrics_of(case, features, labels, made):
  """Metrics of both kinds, of what the model predicts."""
  metrics = tf1.metrics
  scores = made.get('scores', made.get('value'))
  flat = tf.reshape(labels, [-1])
  found = {
    'mean': lambda: metrics.mean(scores),
    'keras_mean': lambda: _keras_mean(scores),
    'weighted': lambda: metrics.mean(scores[:, 0], features['w'][:, 0]),
    'below': lambda: metrics.percentage_below(scores, 0.4),
    'tensor': lambda: metrics.mean_tensor(tf.reduce_mean(scores, 0)),
  }
  if 'class' in made:
    flat_class = tf.reshape(made['class'], [-1])
    found.update(
      accuracy=lambda: metrics.accuracy(flat, flat_class),
      recall=lambda: metrics.recall(flat, flat_class),
      iou=lambda: metrics.mean_iou(flat, flat_class, 3),
      per_class=lambda: metrics.mean_per_class_accuracy(flat, flat_class, 3),
      top=lambda: metrics.average_precision_at_k(
        tf.reshape(flat, [-1, 1]), tf.tile(scores, [1, 3])[:, :3], 2
      ),
    )
  if case['task'] == 'binary':
    flat_scores = tf.reshape(scores, [-1])
    found.update(
      auc=lambda: metrics.auc(flat, flat_scores, num_thresholds=20),
      at=lambda: metrics.sensitivity_at_specificity(flat, flat_scores, 0.5),
      thresholds=lambda: metrics.precision_at_thresholds(
        flat, flat_scores, [0.3, 0.6]
      ),
    )
  if 'value' in made:
    wide = tf.reshape(tf.cast(labels, tf.float32), tf.shape(scores))
    found.update(
      rmse=lambda: metrics.root_mean_squared_error(wide, scores),
      mae=lambda: metrics.mean_absolute_error(wide, scores),
      pearson=lambda: metrics.mean_relative_error(wide, scores, wide + 10.0),
    )
  return {k: found[k]() for k in case['metrics'] if k in found}


# --- the rest of a spec -----------------------------------------------------------


def scaffold_of(case):
  """What a scaffold may be given, but for what the case leaves as it is."""
  kind = case.get('scaffold')
  if kind == 'saver':
    return tf1.train.Scaffold(saver=tf1.train.Saver(max_to_keep=1))
  if kind == 'init_fn':
    first = tf1.trainable_variables()[-1]
    value = tf1.placeholder(tf.float32, first.shape)
    assign = tf1.assign(first, value)
    ones = [0.5] * int(first.shape[0])

    def init_fn(scaffold, session):
      session.run(assign, {value: ones})

    return tf1.train.Scaffold(init_fn=init_fn)
  if kind == 'averages' and case.get('average'):
    averages = tf1.train.ExponentialMovingAverage(0.9)
    saver = tf1.train.Saver(averages.variables_to_restore())
    return tf1.train.Scaffold(saver=saver)
  if kind == 'local':
    seen = tf1.get_variable(
      'seen',
      [],
      initializer=tf1.zeros_initializer(),
      collections=[tf1.GraphKeys.LOCAL_VARIABLES],
    )
    tf1.summary.scalar('seen', tf1.assign_add(seen, 1.0))
    local = tf.group(
      tf1.local_variables_initializer(), tf1.tables_initializer()
    )
    return tf1.train.Scaffold(local_init_op=local)
  if kind == 'checkpoint':
    values = {v.op.name: v for v in tf1.global_variables()}
    names = {k.replace('/', '.'): v for k, v in values.items()}
    return tf1.train.Scaffold(
      saver=tf.train.Checkpoint(
        step=tf1.train.get_global_step(), values=_trackable(names)
      )
    )
  return None


def _trackable(values):
  return tf.train.Checkpoint(**values)


def hooks_of(case, mode, loss, folder):
  """Stock hooks of a mode's field."""
  made = []
  if 'logging' in case['hooks']:
    made.append(tf1.train.LoggingTensorHook({'loss': loss}, every_n_iter=2))
  if 'summary' in case['hooks']:
    made.append(
      tf1.train.SummarySaverHook(
        save_steps=2,
        output_dir=f'{folder}/own_{mode}',
        summary_op=tf1.summary.scalar(f'own_{mode}', loss, collections=[]),
      )
    )
  if 'nan' in case['hooks']:
    made.append(tf1.train.NanTensorHook(loss))
  if 'stop' in case['hooks'] and mode == 'train':
    made.append(tf1.train.StopAtStepHook(num_steps=2))
  return made


def exports_of(case, made):
  """Named outputs of the kinds that exports know."""
  outputs = tf.estimator.export
  scores = made.get('scores', made.get('value'))
  values = {
    'predict': lambda: outputs.PredictOutput(made),
    'regress': lambda: outputs.RegressionOutput(scores[:, 0]),
    'classify': lambda: outputs.ClassificationOutput(scores=scores),
    'tensor': lambda: outputs.PredictOutput(scores),
  }
  default = (
    tf1.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
  )
  keys = [default, *case['exports']]
  return dict(zip(keys, [values[k]() for k in case['exports']]))  # noqa: B905


def spec_of(case, folder, features, labels, mode):
  """The EstimatorSpec of a case."""
  parts = random_custom.Parts(case, mode, features)
  logits = random_custom.logits_of(parts, UNITS[case['task']])
  made = predictions_of(case, logits)
  if case.get('bare') and mode == 'infer':
    made = logits
  if mode == 'infer':
    exports = None if case.get('bare') else exports_of(case, made)
    return tf.estimator.EstimatorSpec(
      mode, predictions=made, export_outputs=exports or None
    )
  loss = loss_of(case, features, labels, logits)
  if mode == 'eval':
    return tf.estimator.EstimatorSpec(
      mode,
      loss=loss,
      predictions=made,
      eval_metric_ops=metrics_of(case, features, labels, made),
      evaluation_hooks=hooks_of(case, mode, loss, folder),
      scaffold=scaffold_of(case)
      if case.get('scaffold') == 'averages'
      else None,
    )
  train_op = train_op_of(case, loss)
  return tf.estimator.EstimatorSpec(
    mode,
    loss=loss,
    train_op=train_op,
    training_hooks=hooks_of(case, mode, loss, folder),
    scaffold=scaffold_of(case) if case.get('scaffold') != 'averages' else None,
  )


def head_of(case, weight_column=None):
  """A public head of the case's task."""
  heads = tf.estimator
  some = {'weight_column': weight_column}
  if case['kind'] == 'canned' and case['reduction']:
    some['loss_reduction'] = case['reduction']
  words = {'label_vocabulary': case.get('label_words')}
  thresholds = [0.3] if case.get('thresholds', True) else None
  return {
    'binary': lambda: heads.BinaryClassHead(
      thresholds=thresholds, **some, **words
    ),
    'classes': lambda: heads.MultiClassHead(3, **some, **words),
    'number': lambda: heads.RegressionHead(**some),
    'numbers': lambda: heads.RegressionHead(2, **some),
    'count': lambda: heads.PoissonRegressionHead(**some),
    'bits': lambda: heads.MultiLabelHead(
      3, thresholds=thresholds if case['kind'] == 'canned' else None, **some
    ),
  }[case['task']]()


def head_spec(case, features, labels, mode):
  """A spec that a public head makes."""
  head = head_of(case, 'w' if case.get('weighted') else None)
  parts = random_custom.Parts(case, mode, features)
  logits = random_custom.logits_of(parts, head.logits_dimension)
  losses = tf1.losses.get_regularization_losses() if case.get('l2') else None
  return head.create_estimator_spec(
    features,
    mode,
    logits,
    labels,
    train_op_fn=lambda loss: train_op_of(case, loss),
    regularization_losses=losses or None,
  )
