"""Makes a program smaller that shows a fault, as long as it shows it."""

import dataclasses
import re
import time

from tests.fuzz import program as program_lib
from tests.fuzz import rows


def reduce(program, shows, seconds=60):
  """The smallest program found that still shows what `program` shows.

  Args:
    program: A `program.Program`.
    shows: Whether a program shows it.
    seconds: When to stop.
  """
  deadline = time.monotonic() + seconds
  before = None
  while program != before and time.monotonic() < deadline:
    before = program
    for candidates in (_fewer_runs, _fewer_statements, _simpler):
      program = _greedy(program, candidates, shows, deadline)
  return program


def _greedy(program, candidates, shows, deadline):
  """Takes candidates as long as one is found that shows it."""
  found = True
  while found:
    found = False
    for candidate in candidates(program):
      if time.monotonic() > deadline:
        return program
      if candidate != program and shows(candidate):
        program, found = candidate, True
        break
  return program


def _fewer_runs(program):
  runs = program.runs
  for end in range(1, len(runs)):
    yield dataclasses.replace(program, runs=runs[:end])
  for i in range(len(runs)):
    yield dataclasses.replace(program, runs=runs[:i] + runs[i + 1 :])


def _fewer_statements(program):
  names = list(_names(program.statements))
  size = len(names)
  while size:
    for begin in range(0, len(names), size):
      yield without(program, set(names[begin : begin + size]))
    size //= 2


def _simpler(program):
  """Without fetches, feeds, devices, what nobody uses; with one run's sets."""
  for name in dict.fromkeys(n for run in program.runs for n in run.fetches):
    yield _with_runs(program, lambda n, name=name: n != name, lambda _: True)
  for name in dict.fromkeys(n for run in program.runs for n, _ in run.feeds):
    yield _with_runs(program, lambda _: True, lambda n, name=name: n != name)
  text = '\n'.join(
    line for s in program.statements for line in program_lib.code_of(s)
  ) + str([run.fetches for run in program.runs])
  words = set(re.findall(r'\w+', text))
  kept = tuple(r for r in program.resources if r.name in words)
  placeholders = tuple(p for p in program.placeholders if p[0] in words)
  dropped = {p[0] for p in program.placeholders} - words
  yield dataclasses.replace(
    _with_runs(program, lambda _: True, lambda n: n not in dropped),
    resources=kept,
    placeholders=placeholders,
  )
  yield dataclasses.replace(
    program, statements=_each(program.statements, _without_device)
  )
  yield dataclasses.replace(program, seed=0)
  yield dataclasses.replace(
    program, statements=_each(program.statements, _in_turn)
  )


def _in_turn(statement):
  code = re.sub(
    r'parallel_iterations=\d+', 'parallel_iterations=1', statement.code
  )
  return dataclasses.replace(statement, code=code)


def _without_device(statement):
  return dataclasses.replace(statement, device='')


def _with_runs(program, keeps_fetch, keeps_feed):
  runs = tuple(
    program_lib.Run(
      tuple(filter(keeps_fetch, run.fetches)),
      tuple(feed for feed in run.feeds if keeps_feed(feed[0])),
    )
    for run in program.runs
  )
  return dataclasses.replace(program, runs=runs)


def _names(statements):
  for statement in statements:
    yield statement.names[0]
    for block in statement.blocks:
      yield from _names(block.statements)


def _each(statements, change):
  """Changes all statements, the innermost first."""
  return tuple(
    change(
      dataclasses.replace(
        statement,
        blocks=tuple(
          dataclasses.replace(block, statements=_each(block.statements, change))
          for block in statement.blocks
        ),
      )
    )
    for statement in statements
  )


def without(program, removed):
  """The program without some statements: constants stand for their values."""
  constants, waits = {}, {}
  gone = []
  for statement in _all(program.statements):
    if statement.names[0] in removed:
      waits[statement.names[0]] = statement.waits
      gone += statement.names
      for name, kind in zip(statement.names, statement.types, strict=True):
        if kind:
          constants[name] = rows.CONSTANTS[kind].format(1)
  changing = _Removal(set(removed), constants, waits)
  program = dataclasses.replace(
    program, statements=changing.statements(program.statements)
  )
  return _with_runs(program, lambda n: n not in gone, lambda n: n not in gone)


def _all(statements):
  for statement in statements:
    yield statement
    for block in statement.blocks:
      yield from _all(block.statements)


class _Removal:
  """Takes statements out of a tree of them."""

  def __init__(self, removed, constants, waits):
    self.removed = removed
    self.constants = constants
    self.waits = waits

  def code(self, text):
    return re.sub(
      r'\b[a-z]+\d+\b', lambda m: self.constants.get(m[0], m[0]), text
    )

  def after(self, names):
    """What comes before those that are gone comes before who waited."""
    result = {}
    for name in names:
      if name in self.removed:
        result.update(dict.fromkeys(self.after(self.waits[name])))
      else:
        result[name] = None
    return tuple(result)

  def statements(self, statements):
    return tuple(
      dataclasses.replace(
        statement,
        code=self.code(statement.code),
        waits=self.after(statement.waits),
        blocks=tuple(map(self.block, statement.blocks)),
      )
      for statement in statements
      if statement.names[0] not in self.removed
    )

  def block(self, block):
    return dataclasses.replace(
      block,
      statements=self.statements(block.statements),
      results=tuple(map(self.code, block.results)),
      waits=self.after(block.waits),
    )
