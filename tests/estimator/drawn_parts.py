"""Offers Estimators, inputs and hooks, of which sequences of calls are drawn."""

import os
import random

import numpy as np
import tensorflow as tf
import tf_keras

import tfcompat_estimator as tfe
from tests.estimator import keeping
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column
legacy = tf_keras.optimizers.legacy
API = keeping.API


class World:
  """What a sequence works on: a folder, an Estimator, and what it closes over."""

  def __init__(self, folder):
    self.folder = folder
    self.model_dir = os.path.join(folder, 'model')
    self.words = os.path.join(folder, 'words')
    self.values = {'shift': 1.0, 'rate': 0.1}
    self.params = {'by': 0.5, 'sizes': [3]}
    self.optimizer = legacy.Adagrad(0.1)
    self.open = []
    os.makedirs(folder, exist_ok=True)
    self.write_words('abc')

  def write_words(self, words):
    """Writes a new vocabulary."""
    with open(self.words, 'w') as file:
      file.write('\n'.join(words) + '\n')

  def config(self, **changes):
    """What Estimators run with."""
    return run_config.RunConfig(
      model_dir=self.model_dir, **{**keeping.CONFIG, **changes}
    )


# Estimators. Each takes a World and a family.


def _linear(world, family, **settings):
  return API[family].LinearClassifier(
    keeping.WIDE, config=world.config(), **settings
  )


def _wide_and_deep(world, family):
  return API[family].DNNLinearCombinedClassifier(
    linear_feature_columns=keeping.WIDE,
    linear_optimizer='SGD' if family == 'v1' else world.optimizer,
    dnn_feature_columns=keeping.DEEP,
    dnn_hidden_units=[3],
    dnn_dropout=0.3,
    config=world.config(),
  )


def _closures(world, family):
  """Functions of the program, all of which say that they keep the graph."""
  values, shift = world.values, world.values['shift']

  def normalized(x):
    return x * values['shift'] + shift

  def activation(x):
    return tf.nn.relu(x) * values['shift']

  def optimizer():
    library = legacy if family == 'v2' else v1.train
    cls = library.SGD if family == 'v2' else library.GradientDescentOptimizer
    return cls(values['rate'])

  said = random.random() < 0.7
  say = tfe.keeps_graph if said else lambda function: function
  return API[family].DNNClassifier(
    feature_columns=[fc.numeric_column('x', 2, normalizer_fn=say(normalized))],
    hidden_units=world.params['sizes'],
    optimizer=say(optimizer),
    activation_fn=say(activation),
    config=world.config(),
  )


def _words(world, family):
  word = fc.categorical_column_with_vocabulary_file('word', world.words)
  return API[family].DNNClassifier(
    feature_columns=[fc.embedding_column(word, 2), fc.indicator_column(word)],
    hidden_units=[3],
    batch_norm=True,
    config=world.config(save_checkpoints_steps=2),
  )


def _head(world, family):
  values = world.values

  def loss(labels, logits):
    return tf.square(labels - logits) * values['shift']

  return API['v2'].DNNEstimator(
    head=API['v2'].RegressionHead(
      weight_column='weight', loss_fn=tfe.keeps_graph(loss)
    ),
    feature_columns=keeping.DEEP,
    hidden_units=[3],
    config=world.config(),
  )


def _weighted(world, family):
  values = world.values
  column = fc.numeric_column(
    'weight', normalizer_fn=tfe.keeps_graph(lambda x: x * values['shift'])
  )
  return _linear(world, family, weight_column=column)


def _baseline(world, family):
  return API[family].BaselineClassifier(config=world.config())


def own(world, family):
  def model_fn(features, labels, mode, params):
    weight = v1.get_variable('w', [2, 1], initializer=v1.ones_initializer())
    hidden = tf.matmul(features['x'], weight) * params['by']
    if mode == 'train':
      hidden = tf.nn.dropout(hidden, rate=0.3)
    if mode == 'infer':
      return API[family].EstimatorSpec(mode, predictions={'y': hidden})
    loss = tf.reduce_mean(tf.square(hidden[:, 0] - tf.cast(labels, tf.float32)))
    v1.summary.histogram('hidden', hidden)
    return API[family].EstimatorSpec(
      mode,
      loss=loss,
      predictions={'y': hidden},
      eval_metric_ops={'mean': v1.metrics.mean(hidden)},
      train_op=v1.train.AdamOptimizer(0.1).minimize(
        loss, v1.train.get_global_step()
      ),
    )

  estimator = API[family].Estimator(
    tfe.keeps_graph(model_fn), config=world.config(), params=world.params
  )
  estimator._params = world.params  # noqa: SLF001 - one that programs change
  return estimator


def _warm(world, family):
  folder = os.path.join(world.folder, 'warm')
  if not os.path.exists(folder):
    config = world.config().replace(model_dir=folder)
    first = API[family].LinearClassifier(keeping.WIDE, config=config)
    first.train(keeping.batches(), steps=2)
  return _linear(world, family, warm_start_from=folder)


ESTIMATORS = [
  *(_linear, _wide_and_deep, _closures, _words, _head, _weighted),
  *(_baseline, own, _warm),
]

# Inputs. Each is a function (random) that returns an input_fn.


def batches(draw):
  rows, size = draw.choice([24, 24, 20, 7]), draw.choice([8, 8, 5, 24])
  seed, ends = draw.randint(0, 3), draw.random() < 0.2
  shuffled, repeats = draw.random() < 0.3, draw.choice([1, 1, 1, 2])

  def input_fn():
    features, labels = keeping.arrays(rows, seed)
    features['weight'] = np.linspace(0.5, 2.0, rows).astype(np.float32)
    dataset = tf.data.Dataset.from_tensor_slices((features, labels))
    if shuffled:
      dataset = dataset.shuffle(rows, seed=seed or None)
      if not seed:
        dataset = dataset.take(0)  # what nobody can repeat
    return dataset.batch(size, drop_remainder=ends).repeat(repeats)

  return input_fn


def _mapped(draw):
  make, factor = batches(draw), draw.choice([1.0, 2.0])

  def input_fn():
    return make().map(
      lambda x, y: ({**x, 'x': x['x'] * tf.random.uniform([]) * factor}, y)
    )

  return input_fn


def _tensors(draw):
  make = batches(draw)
  return lambda: v1.data.make_one_shot_iterator(make()).get_next()


def _generated(draw):
  rows, fails_at = draw.choice([9, 12]), draw.choice([None, None, None, 6])

  def input_fn():
    features, labels = keeping.arrays(rows)
    features['weight'] = np.ones(rows, np.float32)

    def examples():
      for place in range(rows):
        if place == fails_at:
          raise OSError('the disk')
        yield {k: c[place] for k, c in features.items()}, labels[place]

    spec = {
      'x': tf.TensorSpec([2], tf.float32),
      'word': tf.TensorSpec([], tf.string),
      'id': tf.TensorSpec([], tf.int64),
      'weight': tf.TensorSpec([], tf.float32),
    }
    return tf.data.Dataset.from_generator(
      examples, output_signature=(spec, tf.TensorSpec([], tf.int64))
    ).batch(5)

  return input_fn


def _raising(draw):
  def input_fn():
    tf.constant(1.0)
    raise RuntimeError('there is no data')

  return input_fn


def _other_types(draw):
  make = batches(draw)

  def input_fn():
    return make().map(
      lambda x, y: ({**x, 'id': tf.cast(x['id'], tf.int32)}, y[:, None])
    )

  return input_fn


ODD_INPUTS = [_mapped, _tensors, _generated, _raising, _other_types]


class Draw(random.Random):
  """Draws from few inputs, so that calls come again."""

  inputs = ()

  def input_fn(self):
    """One of two that are as most are; rarely any."""
    if not self.inputs:
      self.inputs = [
        batches(self),
        batches(self),
        self.choice(ODD_INPUTS)(self),
      ]
    if self.random() < 0.1:
      return self.choice([batches, *ODD_INPUTS])(self)
    return self.choice(self.inputs[:2] * 3 + self.inputs[2:])


# Hooks. Each is a function (random) that returns a list of them.


class _Watching(v1.train.SessionRunHook):
  """Notes what each run gave; may raise, or add to the graph."""

  def __init__(self, error=None, at=2):
    self.seen = []
    self.error = error
    self.at = at

  def before_run(self, run_context):
    graph = run_context.session.graph
    fetch = graph.get_collection(v1.GraphKeys.GLOBAL_STEP)[0]
    return v1.train.SessionRunArgs([fetch])

  def after_run(self, run_context, run_values):
    self.seen.append(run_values.results[0].tolist())
    if self.error and len(self.seen) == self.at:
      raise self.error('a hook')
    if self.at == 1:
      run_context.request_stop()


class _Adding(_Watching):
  """Has a variable and operations of its own."""

  def begin(self):
    self.count = v1.get_variable(
      'runs', [], tf.int32, v1.zeros_initializer(), trainable=False
    )
    self.more = v1.assign_add(self.count, 1)

  def before_run(self, run_context):
    return v1.train.SessionRunArgs([self.more])


class _Own(_Watching):
  """Has a begin of its own, which only reads."""

  def begin(self):
    self.names = [op.name for op in v1.get_default_graph().get_operations()]
    self.seen.append(self.names)


def hooks(draw):
  kind = draw.choice(['none'] * 2 * len(HOOKS) + list(HOOKS))
  return HOOKS[kind]() if kind != 'none' else []


HOOKS = {
  'watching': lambda: [_Watching()],
  'adding': lambda: [_Adding()],
  'own begin': lambda: [_Own()],
  'stopping': lambda: [_Watching(at=1)],
  'failing': lambda: [_Watching(ValueError)],
  'interrupted': lambda: [_Watching(KeyboardInterrupt)],
  'retried': lambda: [
    _Watching(lambda text: tf.errors.AbortedError(None, None, text), 1)
  ],
  'logging': lambda: [v1.train.LoggingTensorHook(['global_step'], 1)],
  'counting': lambda: [v1.train.StepCounterHook(1)],
}


def seen(hooks):
  return [list(hook.seen) for hook in hooks if hasattr(hook, 'seen')]
