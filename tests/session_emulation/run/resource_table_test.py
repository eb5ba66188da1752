"""Tests what graph code keeps between runs: variables, tables, queues, input."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.mark.parametrize('use_resource', [True, False])
def test_variables_keep_their_values(session, use_resource):
  """Resource and reference variables live as long as the session."""
  variable = v1.get_variable(
    'v', initializer=[1.0, 2.0], use_resource=use_resource
  )
  add = v1.assign_add(variable, [1.0, 1.0])
  session.run(v1.global_variables_initializer())
  session.run(add)

  assert session.run(variable).tolist() == [2, 3]


def test_partitioned_variables_are_one_tensor(session):
  """Parts are trained apart and read together."""
  with v1.variable_scope('s', partitioner=v1.fixed_size_partitioner(2)):
    variable = v1.get_variable('v', [4, 2], initializer=v1.ones_initializer())
  session.run(v1.global_variables_initializer())

  assert len(list(variable)) == 2
  assert session.run(tf.convert_to_tensor(variable)).shape == (4, 2)


def test_sessions_of_one_graph_do_not_share_state():
  """Each session has variables of its own."""
  with tf.Graph().as_default() as graph:
    variable = v1.get_variable('v', initializer=0)
    add = v1.assign_add(variable, 1)
    first = emulated_session.EmulatedSession(graph)
    second = emulated_session.EmulatedSession(graph)
    for session in (first, second):
      session.run(variable.initializer)
    first.run(add)

    assert (first.run(variable), second.run(variable)) == (1, 0)
    first.close()
    assert second.run(variable) == 0
    second.close()


def test_uninitialized_variables_are_reported(session):
  """report_uninitialized_variables names them."""
  v1.get_variable('a', initializer=1)
  v1.get_variable('b', initializer=1, use_resource=False)
  report = v1.report_uninitialized_variables()

  assert session.run(report).tolist() == [b'a', b'b']
  session.run(v1.global_variables_initializer())
  assert session.run(report).size == 0


def test_tables(session, tmp_path):
  """Static tables from lists and files, and mutable tables, hold their rows."""
  path = tmp_path / 'vocabulary.txt'
  path.write_text('x\ny\n')
  from_list = tf.lookup.StaticHashTable(
    tf.lookup.KeyValueTensorInitializer(['a', 'b'], [1, 2]), -1
  )
  from_file = tf.lookup.StaticVocabularyTable(
    tf.lookup.TextFileInitializer(
      str(path),
      tf.string,
      tf.lookup.TextFileIndex.WHOLE_LINE,
      tf.int64,
      tf.lookup.TextFileIndex.LINE_NUMBER,
    ),
    num_oov_buckets=1,
  )
  mutable = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, 0)
  dense = tf.lookup.experimental.DenseHashTable(
    tf.int64, tf.int64, default_value=-1, empty_key=-2, deleted_key=-3
  )
  session.run(v1.tables_initializer())
  session.run(
    [
      mutable.insert(['k'], tf.constant([5], tf.int64)),
      dense.insert(tf.constant([8], tf.int64), tf.constant([9], tf.int64)),
    ]
  )

  assert session.run(from_list.lookup(tf.constant(['b', 'z']))).tolist() == [
    2,
    -1,
  ]
  assert session.run(from_file.lookup(tf.constant(['y', '?']))).tolist() == [
    1,
    2,
  ]
  assert session.run(mutable.lookup(tf.constant(['k']))).tolist() == [5]
  assert session.run(dense.lookup(tf.constant([8], tf.int64))).tolist() == [9]


def _with_queue_runners(session, fetch, count):
  """Runs `fetch` while the graph's queue runners fill its queues."""
  coordinator = v1.train.Coordinator()
  threads = v1.train.start_queue_runners(session, coordinator)
  try:
    return [session.run(fetch) for _ in range(count)]
  finally:
    coordinator.request_stop()
    coordinator.join(threads, stop_grace_period_secs=20)


def test_queue_input_pipelines(session):
  """slice_input_producer, batch and shuffle_batch run in their threads."""
  numbers, names = v1.train.slice_input_producer(
    [tf.range(6), tf.constant(list('abcdef'))], shuffle=False
  )
  batch = v1.train.batch([numbers, names], batch_size=2)
  shuffled = v1.train.shuffle_batch([numbers], 2, 10, 4, seed=1)
  session.run(
    [v1.global_variables_initializer(), v1.local_variables_initializer()]
  )

  got = _with_queue_runners(session, [batch, shuffled], 3)

  assert len(got) == 3
  assert all(len(numbers) == 2 for (numbers, _), _ in got)
  assert all(
    names.tolist() == [b'abcdef'[n : n + 1] for n in numbers]
    for (numbers, names), _ in got
  )


def test_string_input_producer_and_readers(session, tmp_path):
  """A TFRecordReader reads the files that a queue of names gives."""
  path = str(tmp_path / 'records')
  with tf.io.TFRecordWriter(path) as writer:
    for text in (b'one', b'two', b'three'):
      writer.write(text)
  names = v1.train.string_input_producer([path], num_epochs=1)
  _, record = v1.TFRecordReader().read(names)
  session.run(
    [v1.global_variables_initializer(), v1.local_variables_initializer()]
  )

  assert _with_queue_runners(session, record, 3) == [b'one', b'two', b'three']


ITERATORS = {
  'one-shot': lambda data: (v1.data.make_one_shot_iterator(data), None),
  'initializable': lambda data: (
    (v1.data.make_initializable_iterator(data),) * 2
  ),
}


@pytest.mark.parametrize('kind', ITERATORS)
def test_iterators_go_on_between_programs(session, kind):
  """Two fetch sets draw from one input, and it ends as in v1."""
  data = tf.data.Dataset.range(4)
  iterator, to_initialize = ITERATORS[kind](data)
  element = iterator.get_next()
  if to_initialize is not None:
    session.run(to_initialize.initializer)

  assert session.run(element) == 0
  assert session.run([element, element + 10]) == [1, 11]
  assert session.run({'x': element}) == {'x': 2}
  assert session.run(element) == 3
  with pytest.raises(tf.errors.OutOfRangeError):
    session.run(element)


def test_reinitializable_and_feedable_iterators(session):
  """An iterator takes another dataset; a handle chooses among iterators."""
  first, second = tf.data.Dataset.range(3), tf.data.Dataset.range(10, 13)
  types = v1.data.get_output_types(first)
  shapes = v1.data.get_output_shapes(first)
  iterator = v1.data.Iterator.from_structure(types, shapes)
  element = iterator.get_next()
  for data, start in ((first, 0), (second, 10)):
    session.run(iterator.make_initializer(data))
    assert session.run(element) == start

  handle = v1.placeholder(tf.string, [])
  chosen = v1.data.Iterator.from_string_handle(handle, types, shapes).get_next()
  one_shot = v1.data.make_one_shot_iterator(second)
  name = session.run(one_shot.string_handle())
  assert session.run(chosen, {handle: name}) == 10
  assert session.run(chosen, {handle: name}) == 11


def test_datasets_with_python_and_placeholders(session):
  """py_function, generators and placeholders work inside a dataset."""
  size = v1.placeholder(tf.int64, [])

  def count():
    yield from range(5)

  data = tf.data.Dataset.from_generator(
    count, output_signature=tf.TensorSpec([], tf.int32)
  )
  data = data.map(lambda x: tf.py_function(lambda v: v * 2, [x], tf.int32))
  iterator = v1.data.make_initializable_iterator(data.batch(size))
  element = iterator.get_next()
  session.run(iterator.initializer, {size: 3})

  assert session.run(element).tolist() == [0, 2, 4]


def test_tables_and_variables_inside_a_dataset(session):
  """A map function looks up a table of the graph."""
  table = tf.lookup.StaticHashTable(
    tf.lookup.KeyValueTensorInitializer(['a'], [7]), 0
  )
  data = tf.data.Dataset.from_tensors(tf.constant('a')).map(table.lookup)
  iterator = v1.data.make_initializable_iterator(data)
  session.run(v1.tables_initializer())
  session.run(iterator.initializer)

  assert session.run(iterator.get_next()) == 7


@pytest.mark.parametrize('v2', [True, False], ids=['v2', 'v1'])
def test_control_flow(session, v2):
  """Conditionals, loops, tensor arrays and their gradients, old and new."""
  was = v1.control_flow_v2_enabled()
  (v1.enable_control_flow_v2 if v2 else v1.disable_control_flow_v2)()
  try:
    x = v1.placeholder(tf.float32, [])
    sign = v1.cond(x > 0, lambda: 2 * x, lambda: -x)
    _, power = v1.while_loop(
      lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [0, 1.0]
    )
    squares = tf.TensorArray(tf.float32, 3)
    _, squares = v1.while_loop(
      lambda i, a: i < 3,
      lambda i, a: (i + 1, a.write(i, x * tf.cast(i, tf.float32))),
      [0, squares],
    )
    gradient = v1.gradients(power, x)[0]
  finally:
    (v1.enable_control_flow_v2 if was else v1.disable_control_flow_v2)()

  got = session.run([sign, power, squares.stack(), gradient], {x: 2.0})

  assert [got[0], got[1], got[3]] == [4.0, 8.0, 12.0]
  assert got[2].tolist() == [0.0, 2.0, 4.0]


def test_py_functions_print_and_assert(session, capfd):
  """Python code, Print and Assert run inside a step."""
  x = v1.placeholder(tf.float32, [])
  doubled = v1.py_func(lambda v: np.float32(v * 2), [x], tf.float32)
  printed = v1.Print(doubled, [doubled], message='value ')
  check = v1.Assert(x > 0, ['x is not positive', x])

  assert session.run(printed, {x: 1.5}) == 3.0
  assert 'value [3]' in capfd.readouterr().err
  with pytest.raises(tf.errors.InvalidArgumentError, match='not positive'):
    session.run(check, {x: -1.0})


def test_errors_name_the_failing_node(session):
  """An error in a run tells where in the graph it arose."""
  bad = tf.debugging.check_numerics(
    tf.math.log(tf.constant([-1.0])), 'logarithm', name='here'
  )

  with pytest.raises(tf.errors.InvalidArgumentError, match='here'):
    session.run(bad)


def test_summaries_of_both_kinds(session):
  """v1 scalar, histogram and image summaries are serialized protos."""
  v1.summary.scalar('s', tf.constant(2.0))
  v1.summary.histogram('h', tf.constant([1.0, 2.0]))
  v1.summary.image('i', tf.zeros([1, 4, 4, 3]))
  v1.summary.text('t', tf.constant('text'))

  summary = v1.Summary.FromString(session.run(v1.summary.merge_all()))

  assert [v.tag for v in summary.value] == ['s', 'h', 'i/image/0', 't']


def test_op_seeds_make_values_repeatable():
  """The same seeds give the same draws in every session."""

  def draw():
    with tf.Graph().as_default() as graph:
      v1.set_random_seed(7)
      x = v1.random_uniform([3], seed=1)
      y = v1.random_normal([2])
      with emulated_session.EmulatedSession(graph) as session:
        return [v.tolist() for _ in range(2) for v in session.run([x, y])]

  first = draw()

  assert first == draw()
  assert first[0] != first[2]


def test_devices_without_the_hardware(session):
  """A wish for a GPU that is not there falls back, as with soft placement."""
  with tf.device('/gpu:0'):
    x = tf.constant(3) + 1

  assert session.run(x) == 4


def test_saver_round_trip(session, tmp_path):
  """A v1 Saver saves from one session and restores into another."""
  variable = v1.get_variable('v', initializer=[1.0, 2.0])
  saver = v1.train.Saver(sharded=True)
  session.run(variable.initializer)
  path = saver.save(session, str(tmp_path / 'model.ckpt'), global_step=3)

  with emulated_session.EmulatedSession(session.graph) as other:
    saver.restore(other, path)
    assert other.run(variable).tolist() == [1.0, 2.0]
  assert tf.train.load_variable(path, 'v').tolist() == [1.0, 2.0]


def dense_table(buckets=8):
  graph = tf.Graph()
  with graph.as_default():
    table = tf.lookup.experimental.DenseHashTable(
      key_dtype=tf.int64,
      value_dtype=tf.float32,
      default_value=-1.0,
      empty_key=tf.constant(0, tf.int64),
      deleted_key=tf.constant(1, tf.int64),
      initial_num_buckets=buckets,
    )
    keys = tf.constant([5], tf.int64)
    insert = table.insert(keys, tf.constant([2.5]))
    found = table.lookup(keys)
  return graph, insert, found


def resident_bytes():
  with open('/proc/self/statm') as file:
    return int(file.read().split()[1]) * 4096


def test_runs_share_the_table_and_sessions_do_not():
  """What one run inserts the next one finds; another session does not."""
  graph, insert, found = dense_table()
  with emulated_session.EmulatedSession(graph) as first:
    first.run(insert)
    assert first.run(found) == [2.5]
    with emulated_session.EmulatedSession(graph) as second:
      assert second.run(found) == [-1.0]


def test_the_table_is_freed_with_its_session():
  """A dozen sessions with a table of 12 MiB do not add up."""
  graph, insert, _ = dense_table(buckets=1 << 20)

  def open_and_close():
    with emulated_session.EmulatedSession(graph) as session:
      session.run(insert)

  for _ in range(12):  # until the allocator has what it keeps for itself
    open_and_close()
  before = resident_bytes()
  for _ in range(12):
    open_and_close()
  assert resident_bytes() - before < 48 << 20
