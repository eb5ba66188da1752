"""Lists what lasts besides variables, and operations with state of their own."""

from tests.fuzz import rows

Row = rows.Row

# What lasts: (feature, code, code that is run once before all runs).
RESOURCES = {
  'queue f': (
    'queues',
    'v1.FIFOQueue(9, tf.float32, [[]])',
    '{n}.enqueue_many([[3., 5.]])',
  ),
  'queue mixed': (
    'queues',
    'v1.RandomShuffleQueue(9, 1, tf.float32, [[]], seed=3)',
    '{n}.enqueue_many([[3., 5., 7., 9.]])',
  ),
  'queue sorted': (
    'queues',
    'v1.PriorityQueue(9, tf.float32, [[]])',
    '{n}.enqueue_many([tf.constant([3, 1], tf.int64), [3., 5.]])',
  ),
  'reader s': (
    'readers',
    '(v1.IdentityReader(), v1.FIFOQueue(9, tf.string, [[]]))',
    "{n}[1].enqueue_many([['a', 'b']])",
  ),
  'sums f': (
    'accumulators',
    'v1.ConditionalAccumulator(tf.float32, [])',
    '',
  ),
  'table dense': (
    'tables',
    (
      'tf.lookup.experimental.DenseHashTable(tf.int64, tf.float32, -1., '
      'empty_key=-2, deleted_key=-3)'
    ),
    '',
  ),
  'table l': (
    'tables',
    'tf.lookup.experimental.MutableHashTable(tf.int64, tf.float32, -1.)',
    '',
  ),
  'table s': (
    'tables',
    (
      'tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer('
      "['1', '2', 'c1'], [4., 6., 7.]), -2.)"
    ),
    '',
  ),
  'iterator l': (
    'datasets',
    'v1.data.make_one_shot_iterator(tf.data.Dataset.range(9).repeat())',
    '',
  ),
  'iterator fv': (
    'datasets',
    (
      'v1.data.make_initializable_iterator(tf.data.Dataset.range(5).repeat().map('
      'lambda x: tf.cast([x, x + 1, x * x], tf.float32)).shuffle(3, seed=5))'
    ),
    '{n}.initializer',
  ),
  'iterator end': (
    'datasets',
    'v1.data.make_initializable_iterator(tf.data.Dataset.range(4))',
    '{n}.initializer',
  ),
  'python f': ('py_func', '[]', ''),  # judge.py empties it
  'parts fv': (
    'partitioned',
    (
      "v1.get_variable('{n}', [3], initializer=v1.constant_initializer(2.), "
      'partitioner=v1.fixed_size_partitioner(2))'
    ),
    '',
  ),
}


def _lasting():
  def on(kind, feature):
    def row(code, accepts, result, **more):
      return Row(code, accepts, result, feature, kind, **more)

    return row

  row = on('queue f', 'queues')
  # Two elements are always in there: which of the two comes first is the same.
  exchange = 'tf.tuple([{r}.dequeue()], control_inputs=[{r}.enqueue({0})])[0]'
  yield row(exchange, ('f',), 'f', writes=True)
  yield row('{r}.size()', (), 'i')
  # Which one comes next depends on what is in there: the new one comes after.
  row = on('queue mixed', 'queues')
  exchange = (
    '(lambda v: tf.tuple([v], control_inputs=[{r}.enqueue({0} + 0. * v)])[0])('
    '{r}.dequeue())'
  )
  yield row(exchange, ('f',), 'f', writes=True)
  yield row('{r}.size()', (), 'i')
  row = on('queue sorted', 'queues')
  exchange = (
    '(lambda v: tf.tuple([v], control_inputs=[{r}.enqueue('
    '(tf.abs({0}), {1} + 0. * v))])[0])({r}.dequeue()[1])'
  )
  yield row(exchange, ('l', 'f'), 'f', writes=True)
  yield row('{r}.size()', (), 'i')
  row = on('reader s', 'readers')
  for number in (0, 1):
    code = (
      f'tf.reshape(tf.tuple([{{r}}[0].read({{r}}[1])[{number}]], '
      'control_inputs=[{r}[1].enqueue({0})])[0], [])'
    )
    yield row(code, ('s',), 's', writes=True)
  yield row('{r}[0].num_records_produced()', (), 'l')
  yield row('{r}[0].reset()', (), '', writes=True)
  row = on('sums f', 'accumulators')
  yield row('{r}.apply_grad({0}, 99)', ('f',), '', writes=True)
  # (There may be others by now: it takes the mean of all.)
  applied = (
    'tf.tuple([tf.constant(1)], control_inputs=[{r}.apply_grad({0}, 99)])'
  )
  taken = f'{{r}}.take_grad({applied}[0])'
  yield row(taken, ('f',), 'f', writes=True)
  yield row('{r}.num_accumulated()', (), 'i')
  row = on('table dense', 'tables')
  yield row('{r}.lookup(tf.abs({0}))', ('l',), 'f')
  yield row('{r}.size()', (), 'l')
  yield row('{r}.insert(tf.abs({0}), {1})', ('l', 'f'), '', writes=True)
  yield row('{r}.erase(tf.stack([tf.abs({0})]))', ('l',), '', writes=True)
  row = on('table l', 'tables')
  yield row('{r}.lookup({0})', ('l',), 'f')
  yield row('{r}.size()', (), 'l')
  yield row('{r}.insert({0}, {1})', ('l', 'f'), '', writes=True)
  yield row('{r}.remove(tf.stack([{0}]))', ('l',), '', writes=True)
  yield row('tf.reduce_sum({r}.export()[1])', (), 'f')
  yield on('table s', 'tables')('{r}.lookup({0})', ('s',), 'f')
  for t, kind in (('l', 'l'), ('fv', 'fv'), ('l', 'end')):
    row = on(f'iterator {kind}', 'datasets')
    yield row('{r}.get_next()', (), t, writes=True)
    if kind != 'end':
      dtype, shape = rows.TYPES[t]
      code = (
        'v1.data.Iterator.from_string_handle({r}.string_handle(), '
        f'{dtype}, {shape}).get_next()'
      )
      yield Row(code, (), t, 'handles', f'iterator {kind}', writes=True)
  row = on('python f', 'py_func')
  counting = 'lambda x, s={r}: (s.append(1), x + x.dtype.type(len(s)))[1]'
  for call in ('v1.py_func', 'tf.numpy_function'):
    code = f'tf.reshape({call}({counting}, [{{0}}], tf.float32), [])'
    yield row(code, ('f',), 'f', writes=True)
  row = on('parts fv', 'partitioned')
  # (As a tensor it is joined once, before what the code waits for.)
  yield row('tf.concat([tf.identity(p) for p in {r}], 0)', (), 'fv')
  lookup = 'tf.nn.embedding_lookup({r}, tf.math.floormod({0}, 3))'
  yield row(lookup, ('i',), 'f')
  for op in ('assign', 'assign_add', 'assign_sub'):
    small = 'tf.math.floormod({0}, 7.)'
    code = f'tf.group(*[p.{op}(x) for p, x in zip({{r}}, tf.split({small}, [2, 1]))])'
    yield row(code, ('fv',), '', writes=True, in_functions=False)


_OPTIMIZERS = (
  'GradientDescentOptimizer(1.)',
  'MomentumOptimizer(0.5, 0.5)',
  'AdamOptimizer(0.5)',
  'AdagradOptimizer(0.5)',
  'FtrlOptimizer(0.5)',
  'RMSPropOptimizer(0.25)',
)


def _training():
  for kind in ('ref', 'res'):
    more = {'writes': True, 'has_state': True, 'top_only': True}
    for optimizer in _OPTIMIZERS:
      for t, loss in (
        ('fv', 'tf.reduce_sum({r} * {0})'),
        ('fv', 'tf.gather({r}, [1, 1]) * {0}[0]'),
        ('f', '{r} * {r} * {0}'),
      ):
        code = f'v1.train.{optimizer}.minimize({loss}, var_list=[{{r}}])'
        yield Row(code, (t,), '', 'optimizers', f'{kind} {t}', **more)
    more['writes'] = False
    for t in ('f', 'fv'):
      code = 'tf.train.ExponentialMovingAverage(0.5).apply([{r}])'
      yield Row(code, (), '', 'averages', f'{kind} {t}', **more)


def _loops():
  """Loops and arrays that TensorFlow builds itself, and gradients of them."""
  adding = 'lambda a, y: tf.math.floormod(a + y, 31.)'
  for code in (
    'tf.map_fn(lambda y: y + {1}, {0}, parallel_iterations=2)',
    f'tf.scan({adding}, {{0}}, tf.identity({{1}}))',
    'tf.fill([3], tf.foldl(' + adding + ', {0}, tf.identity({1})))',
    'tf.TensorArray(tf.float32, 3).unstack({0}).write(1, {1}).stack()',
    (
      'tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a.write(i, '
      '{0}[i] + {1})), (0, tf.TensorArray(tf.float32, 3)), '
      'parallel_iterations=2)[1].stack()'
    ),
    'tf.map_fn(lambda y: tf.cond(y > 3., lambda: y * 2., lambda: y + {1}), {0})',
  ):
    yield Row(code, ('fv', 'f'), 'fv', 'arrays')
  for code in (
    'y * y * {1}',
    'tf.cond(y > 2., lambda: y * 3., lambda: y * {1})',
    'tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * {1}), (0, y))[1]',
    'tf.reduce_sum(tf.map_fn(lambda z: z * y, tf.fill([3], {1})))',
  ):
    gradient = f'(lambda y: tf.gradients({code}, [y])[0])(tf.identity({{0}}))'
    code = f'tf.math.floormod({gradient}, 101.)'
    yield Row(code, ('f', 'f'), 'f', 'gradients')
  yield Row(
    "tf.reshape(function.Defun(tf.float32, func_name='{n}f')(lambda y: y * 2. + 1.)({0}), [])",
    ('f',),
    'f',
    'Defun',
  )
  yield Row(
    "tf.reshape(function.Defun(tf.float32, func_name='{n}f')(lambda y: y + tf.reduce_sum("
    'tf.random.uniform([3], seed=4)))({0}), [])',
    ('f',),
    'f',
    'Defun',
    has_state=True,
  )


def _others():
  yield Row(
    'tf.random.uniform([3], seed=4)', (), 'fv', 'op seeds', has_state=True
  )
  yield Row('tf.random.normal([], seed=9)', (), 'f', 'op seeds', has_state=True)
  yield Row(
    'tf.cast(tf.random.uniform([3]) < 2., tf.int32)',
    (),
    'iv',
    'no seeds',
    has_state=True,
  )
  yield Row("v1.summary.scalar('{n}', {0})", ('f',), 's', 'summaries')
  yield Row('v1.assert_less({0}, 80.)', ('f',), '', 'asserts')
  yield Row('tf.debugging.check_numerics({0}, "bad")', ('fv',), 'fv', 'asserts')


ROWS = (*_lasting(), *_training(), *_loops(), *_others())
