"""Mistakes in model functions, in what they return, and in params."""

import tensorflow as tf
import tf_keras

import tfcompat_estimator as estimators
from tests.mistakes import given
from tests.mistakes.mistake import Mistake

errors = tf.errors
v1 = tf.compat.v1
Output = estimators.export.PredictOutput
INVALID = errors.InvalidArgumentError


def model(make, call='train', receiver=None, config=None, **options):
  """An Estimator whose model_fn ends in `make(mode, logits, labels)`."""

  def model_fn(features, labels, mode, params):
    weights = v1.get_variable('weights', [3, 2])
    logits = tf.matmul(tf.reshape(features['x'], [-1, 3]), weights)
    if mode == 'train' and call not in ('train', 'params'):
      return _sound(logits, labels)
    return make(mode, logits, params if call == 'params' else labels)

  def run(api, to):
    estimator = given.custom(
      api,
      to,
      model_fn,
      params={'rate': 0.1},
      config=config or given.config(api),
    )
    if call in ('train', 'params'):
      estimator.train(given.data(), steps=1)
    elif call == 'evaluate':
      estimator.evaluate(given.data(), steps=1)
    elif call == 'predict':
      next(estimator.predict(given.data(), **options))
    else:
      estimator.train(given.data(), steps=1)
      estimator.export_saved_model(str(to / 'e'), receiver or given.receiver())

  return run


def _losses(logits, labels):
  return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


def _sound(logits, labels, reduce=tf.reduce_mean, **fields):
  loss = reduce(_losses(logits, labels))
  optimizer = v1.train.GradientDescentOptimizer(0.1)
  fields = {
    'train_op': optimizer.minimize(loss, v1.train.get_global_step())
  } | (fields)
  return estimators.EstimatorSpec('train', loss=loss, **fields)


def _shown(logits, labels):
  v1.summary.scalar('logits', logits)
  return _sound(logits, labels)


def _fitted(logits, labels):
  network = tf_keras.Sequential([tf_keras.layers.Dense(1)])
  network.compile('sgd', 'mse')
  network.fit(logits, labels)


def metrics(**made):
  """A model with these metrics, made of logits."""
  return model(
    lambda mode, logits, labels: estimators.EstimatorSpec(
      mode,
      loss=tf.reduce_mean(logits),
      eval_metric_ops={key: make(logits) for key, make in made.items()},
    ),
    'evaluate',
  )


def predictions(make, **options):
  """A model with these predictions, made of logits."""
  return model(
    lambda mode, logits, labels: estimators.EstimatorSpec(
      mode, predictions=make(logits)
    ),
    'predict',
    **options,
  )


def outputs(make):
  """An export of these outputs, made of logits."""
  return model(
    lambda mode, logits, labels: estimators.EstimatorSpec(
      mode, predictions=logits, export_outputs=make(logits)
    ),
    'export',
  )


def _numbered(api, to):
  def model_fn(features, labels, mode):
    pair = v1.metrics.mean(features['x'])
    loss = tf.reduce_mean(features['x'])
    return estimators.EstimatorSpec(mode, loss=loss, eval_metric_ops={5: pair})

  given.custom(api, to, model_fn).evaluate(given.data(), steps=1)


def built(function, call='train'):
  """A model_fn as it is, in a training or a prediction."""

  def run(api, to):
    estimator = given.custom(api, to, function)
    if call == 'train':
      estimator.train(given.data(), steps=1)
    else:
      next(estimator.predict(given.data()))

  return run


def _in_a_session(features, labels, mode):
  with v1.Session() as session:
    session.run(features['x'])


with tf.Graph().as_default():
  ELSEWHERE = tf.no_op()
with tf.init_scope():
  VARIABLE = tf.Variable(1.0)
LAYER = tf_keras.layers.Dense(2)
LAYER.build([None, 3])
minimize = tf_keras.optimizers.legacy.SGD().minimize

_ROWS = {
  'a spec without a mode': Mistake(
    model(lambda mode, x, y: estimators.EstimatorSpec(loss=x)),
    TypeError,
    ('mode',),
  ),
  'a spec with a misspelt field': Mistake(
    model(lambda mode, x, y: _sound(x, y, trainop=1)), TypeError, ('trainop',)
  ),
  'loss is a number': Mistake(
    model(
      lambda mode, x, y: estimators.EstimatorSpec(mode, loss=0.5, train_op=x)
    ),
    TypeError,
    ('loss', '0.5'),
  ),
  'no loss to evaluate': Mistake(
    model(
      lambda mode, x, y: estimators.EstimatorSpec(mode, predictions=x),
      'evaluate',
    ),
    ValueError,
    ('loss', 'eval'),
  ),
  'labels are used to predict': Mistake(
    built(
      lambda features, labels, mode: tf.cast(labels, tf.float32), 'predict'
    ),
    ValueError,
    ('labels', "'infer'", 'before'),
  ),
  'labels are reshaped to predict': Mistake(
    built(
      lambda features, labels, mode: tf.reshape(labels, [-1, 1]), 'predict'
    ),
    ValueError,
    ('labels', "'infer'", 'before'),
  ),
  'no variables': Mistake(
    built(lambda features, labels, mode: _sound(features['x'][:, :2], labels)),
    ValueError,
    ('trainable', 'get_variable'),
  ),
  'model_fn is a tf.function': Mistake(
    built(tf.function(given.model_fn)), ValueError, ('trainable', 'tf.function')
  ),
  'Keras minimizes a tensor': Mistake(
    model(lambda mode, x, y: minimize(tf.reduce_mean(x), [])),
    ValueError,
    ('tf.compat.v1.train', 'get_updates', 'iterations'),
  ),
  'train_op is an optimizer': Mistake(
    model(lambda mode, x, y: _sound(x, y, train_op=minimize)),
    TypeError,
    ('train_op', 'Operation'),
  ),
  'train_op is in a tuple': Mistake(
    model(lambda mode, x, y: _sound(x, y, train_op=(tf.no_op(),))),
    TypeError,
    ('train_op', 'Operation'),
  ),
  'train_op is of another graph': Mistake(
    model(lambda mode, x, y: _sound(x, y, train_op=ELSEWHERE)),
    ValueError,
    ('train_op', 'graph', 'inside model_fn'),
  ),
  'a Session in model_fn': Mistake(
    built(_in_a_session),
    errors.FailedPreconditionError,
    ('Session', 'tf.print'),
  ),
  'a global step of its own': Mistake(
    built(lambda features, labels, mode: v1.train.create_global_step()),
    ValueError,
    ('global step', 'get_or_create_global_step'),
  ),
  'a variable made before': Mistake(
    model(lambda mode, x, y: _sound(x * VARIABLE, y)),
    RuntimeError,
    ('made before',),
  ),
  'a layer made before': Mistake(
    built(lambda features, labels, mode: LAYER(features['x'])),
    RuntimeError,
    ('made before',),
  ),
  'loss for each example, of unknown rank': Mistake(
    model(
      lambda mode, x, y: _sound(
        x, y, lambda losses: v1.placeholder_with_default(losses, None)
      )
    ),
    INVALID,
    ('`loss`', 'scalar', 'tf.reduce_mean'),
  ),
  'a summary of a vector': Mistake(
    model(lambda mode, x, y: _shown(x, y), config=estimators.RunConfig()),
    INVALID,
    ("summary 'logits'", r'\[16,2\]', 'reduce_mean'),
  ),
  'a number is made of a tensor': Mistake(
    model(lambda mode, x, y: float(tf.reduce_sum(x))),
    TypeError,
    ('have no value yet', r'tf\.print'),
  ),
  'a tensor is counted to': Mistake(
    model(lambda mode, x, y: list(range(tf.shape(x)[0]))),
    TypeError,
    ('have no value yet', r'tf\.print'),
  ),
  'a tensor is put into a text': Mistake(
    model(lambda mode, x, y: f'{x:.3f}'), TypeError, ('have no value yet',)
  ),
  'a Keras model is fitted in model_fn': Mistake(
    model(lambda mode, x, y: _fitted(x, y)),
    ValueError,
    ('train_op', 'model_to_estimator'),
  ),
  'loss for each example': Mistake(
    model(lambda mode, x, y: _sound(x, y, reduce=tf.identity)),
    INVALID,
    ('`loss`', 'scalar', 'tf.reduce_mean'),
  ),
  'loss is text': Mistake(
    model(
      lambda mode, x, y: estimators.EstimatorSpec(
        mode, loss='entropy', train_op=tf.no_op()
      )
    ),
    TypeError,
    ('loss', 'Tensor', 'entropy'),
  ),
  'train_op is a number': Mistake(
    model(lambda mode, x, y: _sound(x, y, train_op=0.5)),
    TypeError,
    ('train_op', '0.5'),
  ),
  'training_hooks is one hook': Mistake(
    model(
      lambda mode, x, y: _sound(x, y, training_hooks=v1.train.StopAtStepHook(1))
    ),
    TypeError,
    ('hooks', 'StopAtStepHook', r'\['),
  ),
  'scaffold is a dict': Mistake(
    model(lambda mode, x, y: _sound(x, y, scaffold={'a': 1})),
    TypeError,
    ('scaffold', "{'a': 1}"),
  ),
  'a spec of another mode': Mistake(
    model(
      lambda mode, x, y: estimators.EstimatorSpec(
        'eval', loss=tf.reduce_mean(x)
      )
    ),
    TypeError,
    ("'train'", "'eval'", 'train_op'),
  ),
  'model_fn returns a pair': Mistake(
    model(lambda mode, x, y: (x, y)), ValueError, ('EstimatorSpec', 'tuple')
  ),
  'nothing to train': Mistake(
    model(lambda mode, x, y: _sound(tf.stop_gradient(x), y)),
    ValueError,
    ('No gradients', 'weights'),
  ),
  'a placeholder that nobody feeds': Mistake(
    model(
      lambda mode, x, y: _sound(x * v1.placeholder(tf.float32, [], 'p'), y)
    ),
    INVALID,
    ("'p'", 'laceholder', 'custom.py'),
  ),
  'a variable of the same name': Mistake(
    model(lambda mode, x, y: v1.get_variable('weights', [3, 2])),
    ValueError,
    ('weights', 'already exists', 'reuse'),
  ),
  'a params attribute': Mistake(
    model(lambda mode, x, params: params.rate, 'params'),
    AttributeError,
    ('params', r"\['x'\]", 'rate'),
  ),
  'a params key that is not there': Mistake(
    model(lambda mode, x, params: params['rte'], 'params'),
    KeyError,
    ('`params`', "'rte'", "'rate'"),
  ),
  'a metric is a tensor': Mistake(
    metrics(error=tf.reduce_mean),
    TypeError,
    ('error', 'metric_value, update_op', 'metrics.mean'),
  ),
  'a metric of numbers': Mistake(
    metrics(error=lambda x: (0.5, 0.5)),
    AttributeError,
    ("'error'", '0.5', 'metrics.mean'),
  ),
  'a metric by a number': Mistake(
    _numbered, TypeError, ('eval_metric_ops', '5', 'string')
  ),
  'a metric called loss': Mistake(
    metrics(loss=v1.metrics.mean), ValueError, ('"loss"', 'Rename')
  ),
  'a metric of other lengths': Mistake(
    metrics(error=lambda x: v1.metrics.accuracy(x, x[:4])),
    (INVALID, ValueError),
    ('4', '16', 'custom.py'),
  ),
  'predictions are a list': Mistake(
    predictions(lambda x: [x]), TypeError, ('predictions', 'Tensor')
  ),
  'a prediction is a number': Mistake(
    predictions(lambda x: {'a': x, 'b': 3.0}), TypeError, ('b', '3.0')
  ),
  'a prediction is a scalar': Mistake(
    predictions(lambda x: {'a': x, 'b': tf.reduce_mean(x)}),
    IndexError,
    (r"predictions\['b'\]", 'scalar', 'yield_single_examples'),
  ),
  'predictions of other lengths': Mistake(
    predictions(lambda x: {'a': x, 'b': x[:4]}),
    ValueError,
    ("'a': 16", "'b': 4", 'yield_single_examples'),
  ),
  'export_outputs are tensors': Mistake(
    outputs(lambda x: {'a': x}), TypeError, ('export_outputs', 'ExportOutput')
  ),
  'export_outputs is an output': Mistake(
    outputs(lambda x: Output({'a': x})), TypeError, ('export_outputs', 'dict')
  ),
  'export_outputs without a default': Mistake(
    outputs(lambda x: {'a': Output({'a': x}), 'b': Output({'b': x})}),
    ValueError,
    ('export_outputs', "'a', 'b'", 'DEFAULT_SERVING_SIGNATURE_DEF_KEY'),
  ),
  'classes of an output are numbers': Mistake(
    outputs(lambda x: {'a': estimators.export.ClassificationOutput(classes=x)}),
    ValueError,
    ('classes', 'string'),
  ),
  'a receiver lacks what model_fn reads': Mistake(
    model(
      lambda mode, x, y: None, 'export', given.receiver(y=[None, 3], z=[None])
    ),
    KeyError,
    ("'x'", "'y' and 'z'", r'receive \(.*given.py'),
  ),
}
# They fail in what both families share: half of them for each is enough.
ROWS = {
  name: row._replace(families=(('v1', 'v2')[index % 2],))
  for index, (name, row) in enumerate(_ROWS.items())
}
