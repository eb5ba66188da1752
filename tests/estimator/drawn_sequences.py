"""Draws sequences of calls on Estimators, with changes between them.

Each is run with graphs that are kept and with graphs that are built anew; all that
it returns, raises and leaves on disk has to be equal. A number is the same sequence
everywhere:

    python -m tests.estimator.drawn_sequences FIRST COUNT
"""

import contextlib
import itertools
import os
import random
import shutil
import sys
import tempfile
import threading

import numpy as np
import tensorflow as tf
import tf_keras

from tests.estimator import artefacts, drawn_parts, keeping
from tfcompat_estimator.api import namespaces
from tfcompat_estimator.estimator import kept_graphs

v1 = tf.compat.v1
fc = tf.feature_column
API = keeping.API
_MOST = 60  # predictions

# Actions. Each draws what it does and returns a function of a World.


def _train(draw):
  input_fn, steps = draw.input_fn(), draw.choice([1, 2, 3, None])
  state, last = draw.random() < 0.2, draw.choice([2, 4, 6])
  seed = draw.random()

  def act(world):
    hooks = drawn_parts.hooks(random.Random(seed))
    limit = {'max_steps': last} if state else {'steps': steps}
    try:
      world.estimator.train(input_fn, hooks=hooks, **limit)
    finally:
      world.seen.append(drawn_parts.seen(hooks))

  return act


def _evaluate(draw):
  input_fn, steps = draw.input_fn(), draw.choice([None, None, 1, 2])
  name, older = draw.choice([None, None, 'other']), draw.random() < 0.15
  seed = draw.random()

  def act(world):
    hooks = drawn_parts.hooks(random.Random(seed))
    path = None
    if older:
      state = tf.train.get_checkpoint_state(world.model_dir)
      path = state and state.all_model_checkpoint_paths[0]
    try:
      return world.estimator.evaluate(
        input_fn, steps, hooks, checkpoint_path=path, name=name
      )
    finally:
      world.seen.append(drawn_parts.seen(hooks))

  return act


def _predict(draw):
  input_fn, taken = draw.input_fn(), draw.choice([None, None, 3])
  end, single = draw.choice(['close', 'leave']), draw.random() < 0.7
  seed = draw.random()

  def act(world):
    hooks = drawn_parts.hooks(random.Random(seed))
    generator = world.estimator.predict(
      input_fn, hooks=hooks, yield_single_examples=single
    )
    if taken is None:
      # Baselines do not read their features, whose static size they know.
      return list(itertools.islice(generator, _MOST)), drawn_parts.seen(hooks)
    found = [part for part, _ in zip(generator, range(taken), strict=False)]
    if end == 'close':
      generator.close()
    else:
      world.open.append(generator)
    return found, drawn_parts.seen(hooks)

  return act


def _go_on(draw):
  return lambda world: (
    list(itertools.islice(world.open.pop(0), _MOST)) if world.open else None
  )


def _threads(draw):
  calls = [draw.choice([_predict, _evaluate]) for _ in range(3)]
  input_fn = drawn_parts.batches(draw)

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
      if world.kind is drawn_parts.own
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
  train, evaluate = drawn_parts.batches(draw), drawn_parts.batches(draw)

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
  return drawn_parts.batches(random.Random(3))


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
  draw = drawn_parts.Draw(number)
  make, family = draw.choice(drawn_parts.ESTIMATORS), draw.choice(['v1', 'v2'])
  actions = [draw.choice(ACTIONS) for _ in range(length - 3)]
  actions = [_train, _evaluate, _predict, *actions]
  tf_keras.utils.set_random_seed(number)
  tf_keras.src.backend._SEED_GENERATOR.generator = None  # noqa: SLF001
  world = drawn_parts.World(folder)
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


def main():
  """Runs sequences, and says which of them differ."""
  first, count = map(int, sys.argv[1:])
  for number in range(first, first + count):
    outcomes = []
    for switch, suffix in (('1', 'kept_'), ('0', 'fresh')):
      os.environ[keeping.SWITCH] = switch
      with tempfile.TemporaryDirectory(suffix=suffix) as folder:
        outcomes.append(outcome(number, folder))
      kept_graphs.cache.clear()
    try:
      keeping.assert_equal(*outcomes)
      print(number, 'equal', flush=True)
    except AssertionError as error:
      print(number, 'DIFFERS', error, flush=True)


if __name__ == '__main__':
  main()
