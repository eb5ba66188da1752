"""Draws random programs: valid by construction, ordered where it matters.

Each program has a generator of its own, so that any of them can be drawn again.
(Hypothesis would shrink them, as `reducing.py` does, which knows what a statement is;
but it draws a few programs and changes of them, which find less.)
"""

import dataclasses
import random

from tests.fuzz import focus, program, rows, scopes, stateful

RUNS = 5
MOST_STATEMENTS = 12
MOST_IN_BLOCKS = 4
MOST_DEPTH = 2
# What a program may be without, besides the features of rows.
STRUCTURES = ('cond', 'case', 'while', 'function', 'devices', 'feeds')
ROWS = (*rows.ROWS, *stateful.ROWS)
FEATURES = (*dict.fromkeys(row.feature for row in ROWS), *STRUCTURES)
_KINDS = {'ref': 'use_resource=False', 'res': 'use_resource=True'}


class Drawer:
  """Draws one program."""

  def __init__(self, seed, mode):
    self.random = random.Random(seed)
    self.mode = mode
    self.count = 0
    self.banned = {f for f in FEATURES if not self.below(4)}
    self.banned |= mode.banned
    self.focus = self.pick(focus.FOCUSES)
    self.types = self.pick(self.focus.types)
    self.features = set()
    self.resources = []
    self.refs = set()
    self.rows = []
    self.draws_in_functions = False

  # --- small things ---

  def pick(self, options):
    return self.random.choice(options)

  def below(self, limit):
    return self.random.randrange(limit)

  def name(self, letter='x'):
    self.count += 1
    return f'{letter}{self.count}'

  def of_types(self, *kinds):
    """The types of the program among these; the first if there is none."""
    return tuple(k for k in kinds if k in self.types) or kinds[:1]

  def has(self, feature):
    return feature not in self.banned

  # --- what programs begin with ---

  def program(self):
    top = scopes.Scope()
    for _ in range(1 + self.below(self.focus.variables)):
      top.values.append(self.variable())
    for _ in range(self.below(self.focus.lasting + 1)):
      self.lasting()
    placeholders = []
    for _ in range(self.below(3)):
      kind = self.pick(self.of_types('f', 'b', 'fv', 'i'))
      value = scopes.Value(self.name('p'), kind)
      dtype, shape = rows.TYPES[kind]
      code = f'v1.placeholder({dtype}, {shape})'
      placeholders.append((value.name, code))
      top.values.append(value)
    ons = {resource.on for resource in self.resources}
    self.rows = [
      row
      for row in ROWS
      if row.feature not in self.banned
      and self.focus.weight(row.feature)
      and (not row.on or row.on in ons)
      and row.result in (*self.types, '')
    ]
    self.statements(top, MOST_STATEMENTS)
    return program.Program(
      self.pick((0, 1, 7)) if not self._is_random() else self.pick((1, 7)),
      tuple(self.resources),
      tuple(placeholders),
      tuple(top.statements),
      self.runs(top, placeholders),
      frozenset(self.features),
    )

  def _is_random(self):
    return bool(self.features & {'random numbers', 'other random', 'Defun'})

  def variable(self):
    kind = self.pick(self.mode.kinds)
    t = self.pick(self.types)
    name = self.name('w')
    value = rows.CONSTANTS[t].format(self.below(5))
    code = f"v1.get_variable('{name}', initializer={value}, {_KINDS[kind]})"
    self.resources.append(program.Resource(name, f'{kind} {t}', code))
    if kind == 'ref':
      self.refs.add(name)
    return scopes.Value(name, t, live=frozenset([name]))

  def lasting(self):
    """Adds something else that lasts."""
    kinds = [k for k, v in stateful.RESOURCES.items() if self.has(v[0])]
    if kinds:
      kind = self.pick(kinds)
      name = self.name('r')
      _, code, begin = stateful.RESOURCES[kind]
      code, begin = (text.replace('{n}', name) for text in (code, begin))
      self.resources.append(program.Resource(name, kind, code, begin))

  # --- statements ---

  def statements(self, scope, most):
    for _ in range(most):
      if not self.below(most):
        break
      self.statement(scope)

  def statement(self, scope):
    kinds = ['row'] * 6
    if scope.depth < MOST_DEPTH:
      kinds += self.focus.control_flow * [
        k for k in STRUCTURES[:4] if self.has(k)
      ]
    kind = self.pick(kinds)
    if kind == 'row':
      self.row(scope)
    else:
      self.features.add(kind)
      getattr(self, f'{kind}_')(scope)

  def value(self, scope, kind, taken, fresh=False):
    """Code for a value of a type; notes in `taken` what it is of."""
    options = [
      v
      for v in scope.visible()
      if v.type == kind
      and not (fresh and v.touches & self.refs)
      # A function cannot take a reference.
      and not (scope.in_function and v.live & self.refs)
    ]
    if not options or not self.below(8 if self.focus.rereads else 4):
      return rows.CONSTANTS[kind].format(self.below(10))
    taken.append(self.pick(options))
    return taken[-1].name

  def reread(self, scope, kind, taken):
    """Code for what a block has written, if it is to return that."""
    written = [
      v for v in scope.visible() if v.type == kind and v.live & scope.writes
    ]
    if not (self.focus.rereads and written and self.below(2)):
      return ''
    taken.append(self.pick(written))
    return taken[-1].name

  def row(self, scope):
    fitting = {}
    for row in self.rows:
      if (row.in_functions or not scope.in_function) and not (
        row.top_only and scope.depth
      ):
        fitting.setdefault(row.feature, []).append(row)
    features = [f for f in fitting for _ in range(self.focus.weight(f))]
    if not features:
      return
    row = self.pick(fitting[self.pick(features)])
    self.features.add(row.feature)
    taken = []
    values = [self.value(scope, kind, taken) for kind in row.accepts]
    name = self.name()
    reads = frozenset().union(*(v.touches for v in taken))
    writes = frozenset()
    resource = ''
    if row.on:
      names = [r.name for r in self.resources if r.on == row.on]
      resource = self.pick(names)
      if row.writes:
        writes |= {resource}
      else:
        reads |= {resource}
    if row.has_state:
      writes |= {name}
      self.draws_in_functions |= scope.in_function or row.feature == 'Defun'
    code = row.code.format(*values, r=resource, n=name)
    live = shows = frozenset()
    if row.returns == 'live':
      live = frozenset([resource])
    elif row.returns == 'same':
      shows = frozenset([resource]) if resource else scopes.touched(taken)
      shows &= self.refs
    kind = '' if row.returns == 'none' else row.result
    self.add(
      scope, [scopes.Value(name, kind, live, shows)], code, taken, reads, writes
    )

  def add(self, scope, values, code, taken, reads, writes, blocks=(), **more):
    """Adds a statement to a scope, after what has to come before."""
    names = tuple(v.name for v in values)
    types = tuple(v.type for v in values)
    needs = frozenset(v.name for v in taken) | more.get('needs', frozenset())
    device = ''
    if self.has('devices') and not self.below(12):
      self.features.add('devices')
      device = self.pick(('/cpu:0', '/device:CPU:0'))
    waits = scope.waits(reads, writes)
    scope.statements.append(
      program.Statement(
        names, types, code, waits, tuple(blocks), device, needs, reads, writes
      )
    )
    scope.note(names, needs | set(waits), reads, writes)
    scope.forget(writes & self.refs)
    scope.values += values

  # --- control flow ---

  def block(
    self, outer, kinds, prefix, parameters=(), in_function=False, fresh=False
  ):
    """Draws a block that returns values of some types."""
    scope = scopes.Scope(outer, in_function)
    name = self.name(prefix)
    scope.values += parameters
    self.statements(scope, MOST_IN_BLOCKS)
    results, taken = [], []
    for kind in kinds:
      own = []
      code = self.reread(scope, kind, own) or self.value(scope, kind, own)
      code = (
        rows.COPIES[kind].format(code)
        if fresh or self.below(2)
        else f'tf.identity({code})'
      )
      taken += own
      if prefix == 'body':
        value = scopes.Value(self.name(), kind)
        self.add(scope, [value], code, own, scopes.touched(own), frozenset())
        code = value.name
      results.append(code)
    touched = scopes.touched(taken)
    block = program.Block(
      name,
      tuple(p.name for p in parameters),
      tuple(scope.statements),
      tuple(results),
      scope.ends(repeats=prefix == 'body'),
    )
    scope.needs |= {v.name for v in taken}
    scope.reads |= touched
    return block, scope, touched & self.refs

  def nest(self, scope, kinds, code, taken, drawn, shows=True):
    """Adds a statement with blocks."""
    blocks, inner, touched = zip(*drawn, strict=True)
    reads = frozenset().union(*(s.reads for s in inner), scopes.touched(taken))
    writes = frozenset().union(*(s.writes for s in inner))
    needs = frozenset().union(*(s.needs for s in inner))
    shown = frozenset().union(*touched) if shows else frozenset()
    values = [scopes.Value(self.name(), kind, shows=shown) for kind in kinds]
    self.add(scope, values, code, taken, reads, writes, blocks, needs=needs)

  def kinds(self):
    return [
      self.pick(self.of_types('f', 'fv', 'i', 'b', 's', 'fm', 'iv'))
      for _ in range(1 + self.below(2))
    ]

  @property
  def functions(self):
    return self.mode.new_control_flow

  def pred(self, scope, taken):
    code = self.value(scope, 'b', taken)
    is_live = bool(taken and taken[-1].name == code and taken[-1].live)
    return f'tf.identity({code})' if is_live else code

  def cond_(self, scope):
    kinds, taken = self.kinds(), []
    pred = self.pred(scope, taken)
    drawn = [
      self.block(scope, kinds, prefix, in_function=self.functions)
      for prefix in ('then', 'else')
    ]
    names = [block.name for block, *_ in drawn]
    code = f'tf.cond({pred}, {names[0]}, {names[1]})'
    self.nest(scope, kinds, code, taken, drawn)

  def case_(self, scope):
    kinds, taken = self.kinds(), []
    preds = [self.pred(scope, taken) for _ in range(1 + self.below(2))]
    drawn = [
      self.block(scope, kinds, 'case', in_function=self.functions)
      for _ in range(len(preds) + 1)
    ]
    names = [block.name for block, *_ in drawn]
    pairs = ', '.join(
      f'({p}, {n})' for p, n in zip(preds, names[1:], strict=True)
    )
    code = f'tf.case([{pairs}], default={names[0]})'
    self.nest(scope, kinds, code, taken, drawn)

  def while_(self, scope):
    kinds, taken = self.kinds(), []
    limit = str(self.below(4))
    if self.below(2):
      limit = f'tf.math.floormod({self.value(scope, "i", taken)}, 4)'
    starts = [self.value(scope, kind, taken, fresh=True) for kind in kinds]
    parameters = [scopes.Value(self.name('n'), 'i')]
    parameters += [scopes.Value(self.name('c'), kind) for kind in kinds]
    block, inner, _ = self.block(
      scope, kinds, 'body', parameters, self.functions, fresh=True
    )
    results = (f'{parameters[0].name} + 1', *block.results)
    block = dataclasses.replace(block, results=results)
    parallel = self.pick((10, 1, 2))
    code = (
      f'tf.while_loop(lambda n, *_: n < {limit}, {block.name}, '
      f'[tf.constant(0), {", ".join(starts)}], '
      f'parallel_iterations={parallel})[1:]'
    )
    if len(kinds) == 1:
      code = code.replace(')[1:]', ')[1]')
    drawn = [(block, inner, frozenset())]
    self.nest(scope, kinds, code, taken, drawn, shows=False)

  def function_(self, scope):
    kinds, taken = self.kinds(), []
    given = self.kinds()
    values = [self.value(scope, kind, taken, fresh=True) for kind in given]
    parameters = [scopes.Value(self.name('a'), kind) for kind in given]
    drawn = [self.block(scope, kinds, 'f', parameters, True, fresh=True)]
    code = (
      f'tf.function({drawn[0][0].name}, autograph=False)({", ".join(values)})'
    )
    self.nest(scope, kinds, code, taken, drawn, shows=False)

  # --- runs ---

  def runs(self, top, placeholders):
    needed = tuple(
      (v.name, rows.fed(v.type, self.below(6)))
      for v in top.values
      if v.name in dict(placeholders)
    )
    # A Session that does not inline a function (docs/differences.md) repeats what
    # it drew for each set of fetches.
    count = 1 if self.draws_in_functions else 1 + self.below(3)
    sets = [self.run(top, needed) for _ in range(count)]
    order = [self.below(len(sets)) for _ in range(RUNS)]
    return tuple(sets[i] for i in order)

  def run(self, top, needed):
    names = [n for s in top.statements for n in s.names]
    values = {v.name: v for v in top.values}
    fetched = []
    # Newest first; what was forgotten may be run all the same.
    for name in reversed(names):
      if name in values and (not fetched or self.below(3)):
        fetched.append(name)
    fetched += [
      v.name for v in top.values if v.name.startswith('w') and not self.below(3)
    ]
    # A variable of TF 1's first kind that is fetched is copied at the end.
    at_end = self.refs if self.below(2) else ()
    order = {n: i for i, s in enumerate(top.statements) for n in s.names}
    executed = scopes.closure(top.statements, fetched)
    fetched = [
      name
      for name in fetched
      if name in at_end
      or not any(
        order[s.names[0]] > order.get(name, -1)
        and s.writes & values[name].touches
        for s in executed
      )
    ]
    feeds = dict(needed)
    if self.has('feeds') and not self.below(3):
      feedable = [
        v for v in top.values if v.type and v.name in order and not v.live
      ]
      if feedable:
        self.features.add('feeds')
        value = self.pick(feedable)
        feeds[value.name] = rows.fed(value.type, self.below(6))
    return program.Run(tuple(fetched), tuple(feeds.items()))


def draw(mode, seed, number):
  """The program of a mode with this number among those of a seed."""
  return Drawer(f'{seed} {number}', mode).program()
