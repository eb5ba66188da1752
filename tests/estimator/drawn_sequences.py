"""Draws sequences of calls on Estimators, with changes between them.

Each is run with graphs that are kept and with graphs that are built anew; all that
it returns, raises and leaves on disk has to be equal. `run(NUMBER)` of this file is
the same sequence everywhere.
"""

import contextlib
import itertools
import os
import random
import shutil
import threading

import numpy as np
import tensorflow as tf
import tf_keras

import tfcompat_estimator as tfe
from tests.estimator import artefacts, keeping
from tfcompat_estimator.api import namespaces
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column
legacy = tf_keras.optimizers.legacy
_MOST = 60  # predictions
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


def _own(world, family):
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
  *(_baseline, _own, _warm),
]

# Inputs. Each is a function (random) that returns an input_fn.


def _batches(draw):
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
  make, factor = _batches(draw), draw.choice([1.0, 2.0])

  def input_fn():
    return make().map(
      lambda x, y: ({**x, 'x': x['x'] * tf.random.uniform([]) * factor}, y)
    )

  return input_fn


def _tensors(draw):
  make = _batches(draw)
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
  make = _batches(draw)

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
        _batches(self),
        _batches(self),
        self.choice(ODD_INPUTS)(self),
      ]
    if self.random() < 0.1:
      return self.choice([_batches, *ODD_INPUTS])(self)
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


def _hooks(draw):
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


def _seen(hooks):
  return [list(hook.seen) for hook in hooks if hasattr(hook, 'seen')]


# Actions. Each draws what it does and returns a function of a World.


def _train(draw):
  input_fn, steps = draw.input_fn(), draw.choice([1, 2, 3, None])
  state, last = draw.random() < 0.2, draw.choice([2, 4, 6])
  seed = draw.random()

  def act(world):
    hooks = _hooks(random.Random(seed))
    limit = {'max_steps': last} if state else {'steps': steps}
    try:
      world.estimator.train(input_fn, hooks=hooks, **limit)
    finally:
      world.seen.append(_seen(hooks))

  return act


def _evaluate(draw):
  input_fn, steps = draw.input_fn(), draw.choice([None, None, 1, 2])
  name, older = draw.choice([None, None, 'other']), draw.random() < 0.15
  seed = draw.random()

  def act(world):
    hooks = _hooks(random.Random(seed))
    path = None
    if older:
      state = tf.train.get_checkpoint_state(world.model_dir)
      path = state and state.all_model_checkpoint_paths[0]
    try:
      return world.estimator.evaluate(
        input_fn, steps, hooks, checkpoint_path=path, name=name
      )
    finally:
      world.seen.append(_seen(hooks))

  return act


def _predict(draw):
  input_fn, taken = draw.input_fn(), draw.choice([None, None, 3])
  end, single = draw.choice(['close', 'leave']), draw.random() < 0.7
  seed = draw.random()

  def act(world):
    hooks = _hooks(random.Random(seed))
    generator = world.estimator.predict(
      input_fn, hooks=hooks, yield_single_examples=single
    )
    if taken is None:
      # Baselines do not read their features, whose static size they know.
      return list(itertools.islice(generator, _MOST)), _seen(hooks)
    found = [part for part, _ in zip(generator, range(taken), strict=False)]
    if end == 'close':
      generator.close()
    else:
      world.open.append(generator)
    return found, _seen(hooks)

  return act


def _go_on(draw):
  return lambda world: (
    list(itertools.islice(world.open.pop(0), _MOST)) if world.open else None
  )


def _threads(draw):
  calls = [draw.choice([_predict, _evaluate]) for _ in range(3)]
  input_fn = _batches(draw)

  def act(world):
    results = [None] * len(calls)

    def call(place):
      if calls[place] is _predict:
        results[place] = list(
          itertools.islice(world.estimator.predict(input_fn), _MOST)
        )
      else:
        results[place] = world.estimator.evaluate(
          input_fn, name=f'thread{place}'
        )

    threads = [
      threading.Thread(target=call, args=[place]) for place in range(len(calls))
    ]
    for thread in threads:
      thread.start()
    for thread in threads:
      thread.join()
    return results

  return act


def _export(draw):
  def act(world):
    receiver = (
      namespaces.V2.export.build_raw_serving_input_receiver_fn(
        {'x': v1.placeholder(tf.float32, [None, 2])}
      )
      if world.kind is _own
      else API['v2'].export.build_parsing_serving_input_receiver_fn(
        fc.make_parse_example_spec([*keeping.WIDE, *keeping.DEEP])
      )
    )
    path = world.estimator.export_saved_model(
      os.path.join(world.folder, 'export'), receiver
    )
    shutil.rmtree(path)  # its name is the time

  return act


def _train_and_evaluate(draw):
  train, evaluate = _batches(draw), _batches(draw)

  def act(world):
    return API['v2'].train_and_evaluate(
      world.estimator,
      API['v2'].TrainSpec(train, max_steps=8),
      API['v2'].EvalSpec(evaluate, steps=2, throttle_secs=0),
    )

  return act


def _change(draw):
  kind, number = draw.choice(list(CHANGES)), draw.randint(1, 3)
  return lambda world: CHANGES[kind](world, number)


def _remove_last(world, number):
  path = tf.train.latest_checkpoint(world.model_dir)
  for name in os.listdir(world.model_dir) if path else ():
    if name.startswith(os.path.basename(path)):
      os.remove(os.path.join(world.model_dir, name))


def _damage_last(world, number):
  path = tf.train.latest_checkpoint(world.model_dir)
  if path:
    with open(f'{path}.index', 'r+b') as file:
      file.truncate(10 * number)


def _train_elsewhere(world, number):
  other = world.make()
  other.train(keeping_batches(), steps=number)


def keeping_batches():
  """Batches that all models take."""
  return _batches(random.Random(3))


def _by_hand(world, number):
  """Writes another value into the last checkpoint."""
  path = tf.train.latest_checkpoint(world.model_dir)
  if not path:
    return
  reader = tf.train.load_checkpoint(path)
  with tf.Graph().as_default(), v1.Session() as session:
    for name in reader.get_variable_to_dtype_map():
      value = reader.get_tensor(name)
      if value.dtype == np.float32:
        value *= 1 + number / 10
      v1.get_variable(name, initializer=value)
    session.run(v1.global_variables_initializer())
    v1.train.Saver().save(session, path, write_state=False)


def _replace_config(world, number):
  world.estimator._config = world.estimator.config.replace(  # noqa: SLF001
    tf_random_seed=number, save_summary_steps=number, keep_checkpoint_max=number
  )


def _set(name):
  return lambda world, number: world.values.update({name: number / 2})


def _new_optimizer_rate(world, number):
  world.optimizer.learning_rate = number / 20


def _same_again(world, number):
  world.estimator = world.make()


CHANGES = {
  'shift': _set('shift'),
  'rate': _set('rate'),
  'optimizer': _new_optimizer_rate,
  'params': lambda world, number: world.params.update(by=float(number)),
  'words': lambda world, number: world.write_words(
    ['bca', 'cab', 'acb'][number - 1]
  ),
  'fewer words': lambda world, number: world.write_words('a'),
  'folder': lambda world, number: shutil.rmtree(
    world.model_dir, ignore_errors=True
  ),
  'last checkpoint removed': _remove_last,
  'last checkpoint damaged': _damage_last,
  'trained elsewhere': _train_elsewhere,
  'values by hand': _by_hand,
  'config': _replace_config,
  'same again': _same_again,
  'clear_session': lambda world, number: tf_keras.backend.clear_session(),
  'reset': lambda world, number: v1.reset_default_graph(),
  'seeds': lambda world, number: tf_keras.utils.set_random_seed(number),
  'value': lambda world, number: {
    name: world.estimator.get_variable_value(name).tolist()
    for name in world.estimator.get_variable_names()
  },
}

ACTIONS = [
  *([_train] * 3 + [_evaluate] * 4 + [_predict] * 4 + [_change] * 5),
  *(_go_on, _threads, _export, _train_and_evaluate),
]


def _listing(folder):
  """The names of what is there; those of events have the time in them."""
  names = sorted(os.listdir(folder)) if os.path.exists(folder) else []
  return [name for name in names if not name.startswith('events')]


def outcome(number, folder, length=9):
  """Everything that the sequence of that number returns, raises and leaves."""
  draw = Draw(number)
  make, family = draw.choice(ESTIMATORS), draw.choice(['v1', 'v2'])
  actions = [draw.choice(ACTIONS) for _ in range(length - 3)]
  actions = [_train, _evaluate, _predict, *actions]
  tf_keras.utils.set_random_seed(number)
  tf_keras.src.backend._SEED_GENERATOR.generator = None  # noqa: SLF001
  world = World(folder)
  world.kind = make
  world.make = lambda: make(world, family)
  world.estimator = world.make()
  world.seen = []
  results = []
  for place, action in enumerate(actions):
    act = action(draw)
    name = f'{place} {action.__name__}'
    world.seen.append(name)
    try:
      result = keeping.plain(act(world))
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001
      result = type(error).__name__
    results.append((name, result))
    results.append((f'{name} leaves', _listing(world.model_dir)))
  for generator in world.open:
    with contextlib.suppress(Exception):
      generator.close()
  return {
    'kind': make.__name__,
    'results': results,
    'hooks': world.seen,
    'numbers': [random.random(), float(np.random.rand())],
    'files': artefacts.read(folder),
  }
