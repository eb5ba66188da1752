"""Tests that sequences of calls are those of graphs built anew."""

import pytest
import tensorflow as tf

from tests.estimator.keeping import (
  EVAL,
  PREDICT,
  TRAIN,
  arrays,
  assert_equal,
  batches,
  both,
  eight,
  evaluate,
  generated,
  linear,
  looked_up,
  named,
  once,
  predict,
  tensors,
  train,
)

v1 = tf.compat.v1
fc = tf.feature_column


class Adding(v1.train.SessionRunHook):
  """Adds an operation in each call."""

  def begin(self):
    self._more = tf.constant(1.0) * 2.0

  def end(self, session):
    session.run(self._more)


class Quiet(v1.train.SessionRunHook):
  """Adds nothing."""

  def __init__(self):
    self.runs = 0

  def after_run(self, run_context, run_values):
    self.runs += 1


class Says(v1.train.SessionRunHook):
  """Has a `begin`, and says what it does."""

  begin_only_reads = True

  def begin(self):
    self._step = v1.train.get_global_step()


class Silent(Says):
  """Says nothing of its own `begin`."""

  def begin(self):
    tf.constant(1.0)


class Initializing(v1.train.SessionRunHook):
  """Feeds an iterator that its own input_fn has made, as programs of TF 1 do."""

  def __init__(self, in_graph):
    self._in_graph = in_graph

  def input_fn(self):
    features, labels = arrays()
    self._values = features['id']
    self._place = v1.placeholder(tf.int64, [None])
    dataset = tf.data.Dataset.from_tensor_slices(
      ({**features, 'id': self._place}, labels)
    )
    self._iterator = v1.data.make_initializable_iterator(dataset.batch(8))
    return self._iterator.get_next()

  def after_create_session(self, session, coord):
    feeds = {self._place: self._values}
    if self._in_graph:
      self._iterator.initializer.run(feeds, session)
    else:
      session.run(self._iterator.initializer, feeds)


class Asking(v1.train.SessionRunHook):
  """Fetches what its input_fn has made beside the dataset."""

  def input_fn(self):
    self._place = v1.placeholder(tf.float32, [])
    self._doubled = self._place * 2.0
    self._variable = v1.get_variable(
      'of_input', initializer=2.0, trainable=False
    )
    return eight()

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(
      [self._doubled, self._variable, self._variable.op], {self._place: 4.0}
    )

  def after_run(self, run_context, run_values):
    assert run_values.results[:2] == [8.0, 2.0]


def with_input(hook_of):
  """A round of calls, each with a new hook and the input that it makes."""

  def with_new(call, **kwargs):
    def called(estimator):
      hook = hook_of()
      return call(hook.input_fn, hooks=[hook], **kwargs)(estimator)

    return called

  return [with_new(train), with_new(evaluate), with_new(predict)]


def counting():
  """Its begin adds a read of the global step, except in training."""
  return v1.train.StepCounterHook(1)


def failing():
  """Its last batches have labels of no class."""
  good = batches()()
  return good.take(1).concatenate(good.map(lambda x, y: (x, y + 7)))


def first_of(input_fn, count, **kwargs):
  """Takes some predictions and closes the generator."""

  def call(estimator):
    predictions = estimator.predict(input_fn, **kwargs)
    taken = [next(predictions) for _ in range(count)]
    predictions.close()
    return taken

  return call


def interleaved(estimator):
  """Two generators of predictions at once."""
  one, other = estimator.predict(batches()), estimator.predict(batches(seed=1))
  return [part for pair in zip(one, other, strict=True) for part in pair]


def at_first_checkpoint(call):
  """An evaluation, or predictions, of the older checkpoint."""
  return lambda estimator: call(
    estimator,
    checkpoint_path=tf.train.get_checkpoint_state(
      estimator.model_dir
    ).all_model_checkpoint_paths[0],
  )


def cached(estimator):
  """An evaluation whose input_fn adds to the graph what is no operation."""

  def input_fn():
    v1.add_to_collection('mine', object())
    return batches()()

  return estimator.evaluate(input_fn)


def seeded(estimator):
  """A training whose input_fn sets a seed of its own."""

  def input_fn():
    v1.set_random_seed(11)
    return batches(shuffled=True)()

  return estimator.train(input_fn, steps=2)


def with_hook(hook, call, **kwargs):
  """A call with a new hook of this class."""

  def called(estimator):
    return call(hooks=[hook()], **kwargs)(estimator)

  return called


whole = batches(drop_remainder=True)
# name: (the Estimator, its calls, the modes of those that find their graph)
SEQUENCES = {
  'other data of the same shapes': (
    linear(),
    [
      once,
      *(evaluate(batches(rows, seed)) for rows, seed in [(24, 0), (40, 1)]),
    ],
    [EVAL],
  ),
  'another batch size that no shape tells': (
    linear('v1'),
    [once, evaluate(batches(size=8)), evaluate(batches(size=5))],
    [EVAL],
  ),
  'other static shapes, in turn': (
    linear(),
    [once, *map(evaluate, (eight, whole, eight, whole))],
    [EVAL, EVAL],
  ),
  'parts of the input': (
    linear(),
    [
      train(batches(shuffled=True), steps=2),
      evaluate(eight, steps=1),
      train(batches(shuffled=True), steps=2),
      evaluate(eight, steps=2),
      lambda estimator: estimator.train(batches(shuffled=True), max_steps=6),
    ],
    [TRAIN, EVAL, TRAIN],
  ),
  'checkpoints and names': (
    linear('v1'),
    [
      once,
      once,
      evaluate(eight),
      at_first_checkpoint(
        lambda estimator, **kwargs: estimator.evaluate(
          eight, name='first', **kwargs
        )
      ),
      predict(eight),
      at_first_checkpoint(
        lambda estimator, **kwargs: list(estimator.predict(eight, **kwargs))
      ),
    ],
    [TRAIN, EVAL, PREDICT],
  ),
  'initial values, then trained ones': (
    linear(),
    [evaluate(eight), predict(eight), once, evaluate(eight), predict(eight)],
    [EVAL, PREDICT],
  ),
  'keys of predictions': (
    linear(),
    [
      once,
      predict(eight),
      predict(eight, predict_keys=['probabilities']),
      predict(eight, yield_single_examples=False),
      first_of(eight, 2),
      first_of(eight, 2, predict_keys='logits'),
    ],
    [PREDICT] * 4,
  ),
  'two generators at once': (
    linear(),
    [once, predict(eight), interleaved, interleaved],
    [PREDICT] * 2,
  ),
  'hooks that add to the graph': (
    linear(),
    [
      once,
      with_hook(Adding, lambda **k: train(eight, **k)),
      once,
      with_hook(Adding, lambda **k: evaluate(eight, **k)),
      with_hook(Silent, lambda **k: evaluate(eight, **k)),
      evaluate(eight),
      with_hook(Adding, lambda **k: evaluate(eight, **k)),
    ],
    [TRAIN],
  ),
  'hooks that only read': (
    linear('v1'),
    [
      once,
      with_hook(Quiet, lambda **k: train(eight, **k)),
      with_hook(Says, lambda **k: train(eight, **k)),
      train(
        eight, hooks=[v1.train.LoggingTensorHook(['loss'], every_n_iter=1)]
      ),
    ],
    [TRAIN] * 3,
  ),
  'hooks that read the step': (
    linear(),
    [
      *(once, evaluate(eight), predict(eight)),
      *(
        with_hook(counting, call)
        for call in [
          lambda **k: train(eight, **k),
          lambda **k: evaluate(eight, **k),
          lambda **k: predict(eight, **k),
        ]
      ),
      evaluate(eight),
    ],
    [TRAIN, EVAL],
  ),
  'labels that are words': (
    linear(label_vocabulary=['no', 'yes']),
    [train(named), evaluate(named), predict(named)] * 2,
    [TRAIN, EVAL, PREDICT],
  ),
  'a Python generator': (
    linear(),
    [train(generated), evaluate(generated), predict(generated)] * 2,
    [TRAIN, EVAL, PREDICT],
  ),
  'datasets with tables': (
    linear('v1'),
    [train(looked_up), evaluate(looked_up), predict(looked_up)] * 2,
    [TRAIN, EVAL, PREDICT],
  ),
  'tensors of an iterator': (
    linear(),
    [train(tensors), evaluate(tensors), predict(tensors)] * 2,
    [TRAIN, EVAL, PREDICT],
  ),
  'iterators that hooks initialize': (
    linear(),
    [
      *with_input(lambda: Initializing(False)) * 2,
      *with_input(lambda: Initializing(True)),
    ],
    [],
  ),
  'hooks that fetch what the input_fn made': (
    linear(),
    with_input(Asking) * 2,
    [TRAIN, EVAL, PREDICT],
  ),
  'an error, and after it': (
    linear(),
    [
      train(failing),
      train(failing),
      once,
      evaluate(failing),
      evaluate(eight),
      evaluate(failing),
      evaluate(eight),
    ],
    [EVAL],
  ),
  'things in collections': (linear(), [once, cached, cached], []),
  'seeds of the input': (
    linear('v1'),
    [once, seeded, seeded, once],
    [TRAIN] * 2,
  ),
}


@pytest.mark.parametrize('name', SEQUENCES)
def test_a_sequence_of_calls_is_that_of_fresh_graphs(
  name, tmp_path, monkeypatch, hits
):
  """Results, errors and all files; and it is known which ones are fast."""
  make_estimator, calls, expected = SEQUENCES[name]
  kept, fresh = both(make_estimator, calls, tmp_path, monkeypatch)
  assert_equal(kept, fresh)
  assert hits == expected
