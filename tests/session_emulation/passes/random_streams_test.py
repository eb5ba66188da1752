"""Compares random numbers with those of a real Session."""

import contextlib

import pytest
import tensorflow as tf
from tensorflow.python.framework import function as defuns

from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def _sampled(sampler, **kwargs):
  classes = tf.constant([[1], [4]], tf.int64)
  outputs = sampler(classes, 1, 3, True, 9, seed=3, **kwargs)
  return tf.concat(
    [tf.reshape(tf.cast(x, tf.float64), [-1]) for x in outputs], 0
  )


def _distorted_box():
  begin, size, box = tf.image.sample_distorted_bounding_box(
    [20, 30, 3], [[[0.1, 0.2, 0.9, 0.8]]], seed=3, min_object_covered=0.3
  )
  parts = [tf.reshape(tf.cast(x, tf.float64), [-1]) for x in (begin, size, box)]
  return tf.concat(parts, 0)


OPS = {
  'uniform': lambda: v1.random_uniform([3], seed=3),
  'many': lambda: v1.random_uniform([40, 50], seed=3),
  'normal': lambda: v1.random_normal([3], seed=3),
  'truncated normal': lambda: v1.truncated_normal([3], seed=3),
  'integers': lambda: v1.random_uniform(
    [3], maxval=100, dtype=tf.int32, seed=3
  ),
  'half': lambda: v1.random_uniform([3], dtype=tf.float16, seed=3),
  'dropout': lambda: v1.nn.dropout(tf.ones([9]), rate=0.5, seed=3),
  'shuffle': lambda: tf.random.shuffle(tf.range(9), seed=3),
  'shuffle of strings': lambda: tf.random.shuffle(list('abcdefg'), seed=3),
  'categorical': lambda: tf.random.categorical(
    tf.math.log([[1.0, 2.0, 3.0]] * 5), 4, seed=3
  ),
  'gamma': lambda: tf.random.gamma([4], [0.5, 2.0], seed=3),
  'poisson': lambda: tf.random.poisson([4], [0.5, 20.0], seed=3),
  'parameterized': lambda: tf.raw_ops.ParameterizedTruncatedNormal(
    shape=[5], means=0.0, stdevs=1.0, minvals=-1.0, maxvals=2.0, seed=3
  ),
  'bounding box': _distorted_box,
  'log uniform': lambda: _sampled(tf.random.log_uniform_candidate_sampler),
  'learned unigram': lambda: _sampled(
    tf.random.learned_unigram_candidate_sampler
  ),
  'fixed unigram': lambda: _sampled(
    tf.random.fixed_unigram_candidate_sampler, unigrams=[1.0, 2.0, 3.0] * 3
  ),
}


def _cond(draw):
  return v1.cond(_is_on(), draw, lambda: _nothing(draw))


def _is_on():
  """A placeholder of the graph that is run, for functions to capture."""
  graph = v1.get_default_graph()
  while hasattr(graph, 'outer_graph'):
    graph = graph.outer_graph
  return graph.get_tensor_by_name('is_on:0')


def _nothing(draw):
  """Zeros in the shape of what is drawn."""
  with tf.Graph().as_default():
    v1.placeholder_with_default(True, [], name='is_on')
    drawn = draw()
  return tf.zeros(drawn.shape, drawn.dtype)


def _case(draw):
  index = tf.cast(_is_on(), tf.int32)
  return tf.switch_case(index, [lambda: _nothing(draw), draw])


def _while(draw):
  """The last of three draws."""
  return v1.while_loop(
    lambda i, _: i < 3,
    lambda i, _: (i + 1, draw()),
    [0, _nothing(draw)],
    parallel_iterations=1,
  )[1]


def _map(draw):
  dtype = _nothing(draw).dtype
  return tf.map_fn(
    lambda _: draw(),
    tf.range(3),
    fn_output_signature=dtype,
    parallel_iterations=1,
  )


def _function(draw):
  return tf.identity(tf.function(draw, autograph=False)())


def _cond_in_function(draw):
  is_on = _is_on()
  return _function(lambda: tf.cond(is_on, draw, lambda: _nothing(draw)))


def _with_effect(draw):
  """A function that a Session does not inline."""

  @tf.function(autograph=False)
  def draw_and_print():
    tf.print('', end='', output_stream='file:///dev/null')
    return draw()

  return tf.identity(draw_and_print())


def _two_calls(draw):
  function = tf.function(draw, autograph=False)
  return tf.stack([function(), function()])


def _defun(draw):

  @defuns.Defun()
  def function():
    return draw()

  return tf.ensure_shape(function(), _nothing(draw).shape)


def _dataset(draw):
  dataset = tf.data.Dataset.range(99).map(lambda _: draw())
  return v1.data.make_one_shot_iterator(dataset).get_next()


def _reduced(draw):
  return tf.data.Dataset.range(3).reduce(_nothing(draw), lambda *_: draw())


PLACES = {
  'plain': lambda draw: draw(),
  'cond': _cond,
  'case': _case,
  'while': _while,
  'map_fn': _map,
  'cond in cond': lambda draw: _cond(lambda: _cond(draw)),
  'while in cond': lambda draw: _cond(lambda: _while(draw)),
  'cond in while': lambda draw: _while(lambda: _cond(draw)),
  'while in while': lambda draw: _while(lambda: _while(draw)),
  'all': lambda draw: _while(
    lambda: _cond(lambda: _while(lambda: _cond(draw)))
  ),
  'function': _function,
  'function in cond': lambda draw: _cond(lambda: _function(draw)),
  'function in while': lambda draw: _while(lambda: _function(draw)),
  'cond in function': _cond_in_function,
  'function with an effect': _with_effect,
  'two calls of a function': _two_calls,
  'Defun': _defun,
  'Defun in cond': lambda draw: _cond(lambda: _defun(draw)),
  'dataset': _dataset,
  'reduced dataset': _reduced,
}

# Each run: the numbers of the fetches, and whether branches draw.
RUNS = [([0], True), ([0], True), ([0, 1], True), ([1], False), ([1], True),
        ([2, 1], True), ([0], True)]  # fmt: skip


@contextlib.contextmanager
def control_flow(version):
  """Conditionals and loops of TF 1 or of TF 2."""
  was = v1.control_flow_v2_enabled()
  switch = {1: v1.disable_control_flow_v2, 2: v1.enable_control_flow_v2}
  switch[version]()
  try:
    yield
  finally:
    switch[2 if was else 1]()


def draws(make_session, draw, place):
  """What some runs with different fetches draw, and two sessions of a graph."""
  with tf.Graph().as_default() as graph:
    v1.set_random_seed(7)
    is_on = v1.placeholder_with_default(True, [], name='is_on')
    x = PLACES[place](draw)
    fetches = [tf.identity(x), tf.identity(x), x]
    drawn = []
    for _ in range(2):
      with make_session(graph=graph) as session:
        drawn += [
          session.run([fetches[n] for n in numbers], {is_on: on})[0].tolist()
          for numbers, on in RUNS
        ]
    return drawn


CASES = [
  *((op, 'plain', 2) for op in OPS),
  *((op, 'while in cond', version) for op in OPS for version in (1, 2)),
  *(
    (op, place, version)
    for op in ('integers', 'shuffle')
    for place in PLACES
    for version in (1, 2)
  ),
]


@pytest.mark.parametrize(('op', 'place', 'version'), sorted({*CASES}))
def test_draws_are_those_of_a_session(op, place, version):
  """To the bit, wherever the op is, whatever else is fetched in the same run."""
  with control_flow(version):
    ours = draws(emulated_session.EmulatedSession, OPS[op], place)
    theirs = draws(v1.Session, OPS[op], place)

  assert ours == theirs
  if place != 'reduced dataset':  # which begins anew in each run of a Session
    assert len({str(values) for values in theirs}) > 2
