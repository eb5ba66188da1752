"""Lists the operations that random programs are made of: one row each.

A row is code with holes: `{0}`, `{1}` for values, `{r}` for what it touches (a
variable, a queue, a table), `{n}` for a name of its own. Values are whole numbers,
small enough to be exact in float32; no operation leaves its safe domain.
"""

import dataclasses

# A type is a dtype and a shape: f float32 [], fv float32 [3], fm float32 [3, 2],
# i int32 [], iv int32 [3], l int64 [], b bool [], s string [].
TYPES = {
  'f': ('tf.float32', '[]'),
  'fv': ('tf.float32', '[3]'),
  'fm': ('tf.float32', '[3, 2]'),
  'i': ('tf.int32', '[]'),
  'iv': ('tf.int32', '[3]'),
  'l': ('tf.int64', '[]'),
  'b': ('tf.bool', '[]'),
  's': ('tf.string', '[]'),
}
# Constants, as code with one hole for a digit from 0 to 9.
CONSTANTS = {
  'f': 'tf.constant({0}.)',
  'fv': 'tf.constant([{0}., 3., 5.])',
  'fm': 'tf.constant([[{0}., 3.], [4., 2.], [5., 7.]])',
  'i': 'tf.constant({0})',
  'iv': 'tf.constant([{0}, 2, 4])',
  'l': 'tf.constant({0}, tf.int64)',
  'b': 'tf.constant({0} > 2)',
  's': "tf.constant('{0}')",
}
# Of logical_not of logical_not TensorFlow's optimizer (2.21) drops both, and with them
# what a loop waits for: it does not end, in a Session as in ours.
_NOT = 'tf.math.logical_xor({0}, True)'
# A new value in a buffer of its own.
COPIES = {
  'f': '{0} + 2.',
  'fv': '{0} + 2.',
  'fm': '{0} + 2.',
  'i': '{0} + 2',
  'iv': '{0} + 2',
  'l': '{0} + 2',
  'b': _NOT,
  's': "tf.strings.join(['c', tf.strings.substr({0}, 0, 4)])",
}


def fed(kind, number):
  """What is fed for a value of a type."""
  return {
    'f': float(number),
    'b': number > 2,
    's': str(number),
    'fv': [float(number), 1.0, 2.0],
    'iv': [number, 1, 2],
    'fm': [[float(number), 1.0], [0.0, 2.0], [3.0, 4.0]],
  }.get(kind, number)


@dataclasses.dataclass(frozen=True)
class Row:
  """An operation.

  Attributes:
    code: See above.
    accepts: The types of the values that it takes.
    result: The type of what it returns; empty if it is to be run only.
    feature: What a program that has it is said to have; features are banned.
    on: What `{r}` is: the kind of a resource, a space, its type.
    writes: Whether it changes that.
    returns: `new`: a value. `same`: what it is given first, perhaps its buffer.
      `live`: whoever takes it reads `{r}`.
    has_state: Whether it remembers something by itself, a stream for instance.
    in_functions: Whether bodies of functions may have it.
    top_only: Whether it makes variables, which no block may.
  """

  code: str
  accepts: tuple[str, ...]
  result: str
  feature: str = 'numbers'
  on: str = ''
  writes: bool = False
  returns: str = 'new'
  has_state: bool = False
  in_functions: bool = True
  top_only: bool = False


def _pure():
  for t in ('f', 'fv', 'fm', 'i', 'iv'):
    dot = '.' if t[0] == 'f' else ''
    yield Row('{0} + {1}', (t, t), t)
    yield Row('{0} - {1}', (t, t), t)
    yield Row(f'tf.math.floormod({{0}} * {{1}}, 101{dot})', (t, t), t)
    yield Row('tf.maximum({0}, {1})', (t, t), t)
    yield Row('tf.where({0}, {1}, {2})', ('b', t, t), t)
    yield Row('tf.identity({0})', (t,), t, returns='same')
    yield Row('tf.stop_gradient({0})', (t,), t, returns='same')
    yield Row('tf.add_n([{0}, {1}, {0}])', (t, t), t)
  for t in ('f', 'i', 'l'):
    yield Row('{0} > {1}', (t, t), 'b')
    yield Row('tf.equal({0}, {1})', (t, t), 'b')
    yield Row('tf.as_string(tf.cast({0}, tf.int32))', (t,), 's', 'strings')
  for t, v in (('f', 'fv'), ('i', 'iv')):
    dot = '.' if t == 'f' else ''
    yield Row('tf.reduce_sum({0})', (v,), t)
    yield Row('tf.reduce_max({0})', (v,), t)
    yield Row('{0}[1]', (v,), t)
    yield Row('tf.gather({0}, tf.math.floormod({1}, 3))', (v, 'i'), t)
    yield Row('tf.stack([{0}, {1}, {2}])', (t, t, t), v)
    yield Row('tf.fill([3], {0})', (t,), v)
    yield Row('{0} * {1}[0]' if t == 'x' else '{0} + {1}', (v, t), v)
    yield Row('tf.reverse({0}, [0])', (v,), v)
    yield Row('tf.reshape({0}, [3])', (v,), v, returns='same')
    yield Row('tf.reduce_sum(tf.unique({0}).y)', (v,), t, 'dynamic shapes')
    yield Row(
      f'tf.reduce_sum(tf.boolean_mask({{0}}, {{0}} > 2{dot}))',
      (v,),
      t,
      'dynamic shapes',
    )
  yield Row('tf.reduce_sum({0}, 1)', ('fm',), 'fv')
  yield Row('tf.reduce_sum({0}, 0)[1]', ('fm',), 'f')
  yield Row('tf.stack([{0}, {1}], 1)', ('fv', 'fv'), 'fm')
  yield Row('tf.cast({0}, tf.float32)', ('i',), 'f')
  yield Row('tf.cast({0}, tf.float32)', ('b',), 'f')
  yield Row('tf.cast({0}, tf.float32)', ('iv',), 'fv')
  yield Row('tf.cast({0}, tf.int32)', ('f',), 'i')
  yield Row('tf.cast({0}, tf.int32)', ('l',), 'i')
  yield Row('tf.cast({0}, tf.int32)', ('fv',), 'iv')
  yield Row('tf.cast({0}, tf.int64)', ('i',), 'l')
  yield Row('{0} + {1}', ('l', 'l'), 'l')
  yield Row('tf.logical_and({0}, {1})', ('b', 'b'), 'b')
  yield Row(_NOT, ('b',), 'b')
  yield Row('tf.reduce_any({0} > 3)', ('iv',), 'b')
  join = "tf.strings.substr(tf.strings.join([{0}, '-', {1}]), 0, 9)"
  yield Row(join, ('s', 's'), 's', 'strings')
  yield Row('tf.strings.length({0})', ('s',), 'i', 'strings')
  yield Row('tf.equal({0}, {1})', ('s', 's'), 'b', 'strings')


# What changes a variable of each type, and the value that it takes.
_SMALL = {
  'f': 'tf.math.floormod({0}, 7.)',
  'fv': 'tf.math.floormod({0}, 7.)',
  'fm': 'tf.math.floormod({0}, 7.)',
  'i': 'tf.math.floormod({0}, 7)',
  'iv': 'tf.math.floormod({0}, 7)',
  'l': 'tf.math.floormod({0}, 7)',
}


def _variables(kind):
  """What is done with variables of a kind; functions take no references."""

  def row(code, accepts, t, space='', feature='variables', **more):
    on = f'{kind} {space or t}'
    return Row(
      code, accepts, t, feature, on, in_functions=kind == 'res', **more
    )

  live = {'writes': True, 'returns': 'live'}
  for t in ('f', 'fv', 'fm', 'i', 'iv', 'l', 's', 'b'):
    yield row('tf.identity({r})', (), t, returns='same')
    yield row('{r}.read_value()', (), t, returns='same')
    yield row('v1.assign({r}, {0})', (t,), t, **live)
    code = '{r}.assign({0}, read_value=False)'
    yield row(code, (t,), t, writes=True, returns='none')
  for t, small in _SMALL.items():
    for op in ('assign_add', 'assign_sub'):
      code = f'v1.{op}({{r}}, {small})'
      yield row(code, (t,), t, **live)
      yield row(f'tf.identity({code})', (t,), t, writes=True, returns='same')
  live['feature'] = 'sparse updates'
  for t, v in (('f', 'fv'), ('i', 'iv')):
    index = 'tf.math.floormod({1}, 3)'
    for op in ('scatter_add', 'scatter_update', 'scatter_sub', 'scatter_max'):
      code = f'v1.{op}({{r}}, [{index}], [{_SMALL[t]}])'
      yield row(code, (t, 'i'), v, **live)
    code = f'v1.scatter_nd_update({{r}}, [[{index}]], [{_SMALL[t]}])'
    yield row(code, (t, 'i'), v, **live)
    code = 'tf.gather({r}, tf.math.floormod({0}, 3))'
    yield row(code, ('i',), t, v, 'sparse reads')
  code = (
    'v1.scatter_update({r}, [2, tf.math.floormod({1}, 2)], '
    'tf.stack([{0}[0], {0}[2]]))'
  )
  yield row(code, ('fm', 'i'), 'fm', **live)


def _random():
  def row(code, result, feature='random', accepts=()):
    return Row(code, accepts, result, feature, has_state=True)

  yield row('tf.random.uniform([3])', 'fv', 'random numbers')
  yield row('tf.random.normal([])', 'f', 'random numbers')
  yield row('v1.random.truncated_normal([3, 2])', 'fm', 'random numbers')
  yield row('tf.random.uniform([], 0, 10, tf.int32)', 'i', 'random numbers')
  yield row('tf.random.uniform([3], 0, 9, tf.int32)', 'iv', 'random numbers')
  yield row('tf.random.uniform([], 0, 9, tf.int64)', 'l', 'random numbers')
  yield row('tf.random.shuffle({0})', 'iv', 'other random', ('iv',))
  yield row('tf.random.shuffle({0})', 'fv', 'other random', ('fv',))
  yield row(
    'tf.reshape(tf.random.categorical([[0., 1.]], 3, tf.int32), [3])',
    'iv',
    'other random',
  )
  yield row('tf.random.gamma([], 2.)', 'f', 'other random')
  yield row('tf.random.poisson([], 4.)', 'f', 'other random')


ROWS = (*_pure(), *_variables('ref'), *_variables('res'), *_random())
