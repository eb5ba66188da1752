"""Input that waits in memory is not measured by tf.data, and all else is."""

import contextlib

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import no_autotune
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
AUTOTUNE = tf.data.AUTOTUNE


def numbers():
  return tf.data.Dataset.range(20)


def written(path):
  path.write_text('a\nb\nc\n')
  return str(path)


def unordered():
  options = tf.data.Options()
  options.deterministic = False
  return options


def cached(dataset=None):
  return (dataset or numbers()).batch(4).cache()


# Functions of a folder.
AT_HAND = {
  'cached': lambda tmp: cached(),
  'again and again': lambda tmp: cached().repeat(3).skip(1).take(7),
  'shuffled before': lambda tmp: cached(numbers().shuffle(8, seed=1)),
  'tensors': lambda tmp: tf.data.Dataset.from_tensors({'a': [1]}).repeat(4),
  'slices': lambda tmp: tf.data.Dataset.from_tensor_slices([1, 2]).cache(),
  'lines': lambda tmp: cached(tf.data.TextLineDataset(written(tmp / 'lines'))),
  'lines of files': lambda tmp: cached(
    tf.data.TextLineDataset([written(tmp / 'a'), written(tmp / 'b')])
  ),
  'prefetched before': lambda tmp: cached(numbers().prefetch(2)),
  'padded': lambda tmp: numbers().batch(3).padded_batch(2).cache(),
  'zipped': lambda tmp: cached(
    tf.data.Dataset.zip((numbers(), numbers().concatenate(numbers())))
  ),
}
OTHERS = {
  'not cached': lambda tmp: numbers().batch(4),
  'cached in a file': lambda tmp: numbers().cache(str(tmp / 'cache')),
  'shuffled': lambda tmp: cached().shuffle(3, seed=1),
  'batched': lambda tmp: numbers().cache().batch(4),
  'prefetched': lambda tmp: cached().prefetch(2),
  'a function': lambda tmp: cached().map(lambda x: x + 1),
  'a function before': lambda tmp: cached(numbers().map(lambda x: x + 1)),
  'a function beside it': lambda tmp: cached(
    tf.data.Dataset.zip((numbers(), numbers().map(lambda x: x + 1)))
  ),
  'a function in a flat map': lambda tmp: cached(
    numbers().flat_map(lambda x: tf.data.Dataset.range(x).map(lambda y: y + 1))
  ),
  'parallel calls': lambda tmp: cached(
    numbers().map(lambda x: x + 1, num_parallel_calls=AUTOTUNE)
  ),
  'a free buffer': lambda tmp: cached(numbers().prefetch(AUTOTUNE)),
  'interleaved': lambda tmp: cached(
    numbers().interleave(tf.data.Dataset.range, num_parallel_calls=2)
  ),
  'parallel batches': lambda tmp: cached(
    numbers().batch(4, num_parallel_calls=2)
  ),
  'options': lambda tmp: cached().with_options(unordered()),
  'options before': lambda tmp: cached(numbers().with_options(unordered())),
  'a generator': lambda tmp: cached(
    tf.data.Dataset.from_generator(lambda: iter(range(3)), tf.int64, [])
  ),
}
ALL = {**AT_HAND, **OTHERS}


def elements(dataset):
  """All elements, by a session, and whether tf.data is told not to tune."""
  with tf.Graph().as_default():
    iterator = v1.data.make_initializable_iterator(dataset())
    following = iterator.get_next()
    got = []
    with (
      emulated_session.EmulatedSession() as session,
      contextlib.suppress(tf.errors.OutOfRangeError),
    ):
      session.run(iterator.initializer)
      while True:
        got.append(session.run(following))
    is_untuned = no_autotune.options() in _options(iterator.initializer)
    return got, is_untuned


def _options(initializer):
  """The options of datasets in the function that a session makes of it."""
  with emulated_session.EmulatedSession() as session:
    function = session.function([], [initializer])
    operations = function.compiled.graph.get_operations()
  return [
    op.get_attr('serialized_options')
    for op in operations
    if op.type == 'OptionsDataset'
  ]


@pytest.mark.parametrize('name', ALL)
def test_the_elements_are_the_same(name, monkeypatch, tmp_path):
  """In the same order, without tuning where it is of no use."""
  first, second = tmp_path / 'first', tmp_path / 'second'
  first.mkdir()
  second.mkdir()

  got, is_untuned = elements(lambda: ALL[name](first))
  monkeypatch.setenv('TFCOMPAT_WITHOUT_PASSES', 'no_autotune')
  want, is_untuned_without = elements(lambda: ALL[name](second))

  assert is_untuned == (name in AT_HAND)
  assert not is_untuned_without
  assert len(got) == len(want) > 0
  np.testing.assert_equal(got, want)


def test_a_saved_position_is_by_the_names_of_datasets():
  """So nothing changes where one is saved: checkpoints of old go on."""
  with tf.Graph().as_default():
    iterator = v1.data.make_initializable_iterator(cached())
    tf.data.experimental.make_saveable_from_iterator(iterator)

    assert no_autotune.options() not in _options(iterator.initializer)
