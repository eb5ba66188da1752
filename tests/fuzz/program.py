"""Says what a random program is, and prints it as a program of TF 1."""

import dataclasses
import textwrap
from typing import Any, NamedTuple


@dataclasses.dataclass(frozen=True)
class Resource:
  """Something that lasts: a variable, a queue, a table."""

  name: str
  on: str  # kind, space, type
  code: str
  begin: str = ''  # code of what is run once, before all runs


@dataclasses.dataclass(frozen=True)
class Block:
  """The body of a branch, a loop, a function."""

  name: str
  parameters: tuple[str, ...]
  statements: tuple['Statement', ...]
  results: tuple[str, ...]  # code
  waits: tuple[str, ...]  # for what the results wait


@dataclasses.dataclass(frozen=True)
class Statement:
  """One operation, or control flow with its blocks.

  Attributes:
    names: Of its results; of what is run, if it has none.
    types: Of its results, keys of rows.TYPES; empty for what is run only.
    code: The expression.
    waits: The names of what runs before.
    blocks: Functions that the expression mentions.
    device: Where it is to run; empty for anywhere.
    needs: The names whose values it takes, also in blocks.
    reads, writes: The resources that it touches, also in blocks.
  """

  names: tuple[str, ...]
  types: tuple[str, ...]
  code: str
  waits: tuple[str, ...] = ()
  blocks: tuple[Block, ...] = ()
  device: str = ''
  needs: frozenset[str] = frozenset()
  reads: frozenset[str] = frozenset()
  writes: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Run:
  """What one call of session.run is given."""

  fetches: tuple[str, ...]
  feeds: tuple[tuple[str, Any], ...]


@dataclasses.dataclass(frozen=True)
class Program:
  """A whole program."""

  seed: int
  resources: tuple[Resource, ...]
  placeholders: tuple[tuple[str, str], ...]  # names, code
  statements: tuple[Statement, ...]
  runs: tuple[Run, ...]
  features: frozenset[str]

  def source(self):
    """The program as code of TF 1, with its calls of session.run as `RUNS`."""
    lines = ['import tensorflow as tf', 'v1 = tf.compat.v1']
    if any('Defun' in line for s in self.statements for line in code_of(s)):
      lines.append('from tensorflow.python.framework import function')
    if self.seed:
      lines.append(f'v1.set_random_seed({self.seed})')
    lines += [f'{thing.name} = {thing.code}' for thing in self.resources]
    lines += [f'{name} = {code}' for name, code in self.placeholders]
    fed = frozenset(name for run in self.runs for name, _ in run.feeds)
    for statement in self.statements:
      lines += code_of(statement, fed)
    begins = [thing.begin for thing in self.resources if thing.begin]
    if begins:
      lines.append(f'INIT = [{", ".join(begins)}]')
    lists = [thing.name for thing in self.resources if thing.code == '[]']
    if lists:
      lines.append(f'LISTS = [{", ".join(lists)}]  # emptied before a session')
    lines.append('RUNS = [')
    for run in self.runs:
      lines.append(f'  ({list(run.fetches)}, {dict(run.feeds)}),')
    lines.append(']')
    return '\n'.join(lines) + '\n'

  def __str__(self):
    return '\n' + self.source()

  __repr__ = __str__


class Found(NamedTuple):
  """A program that showed a fault of the engine.

  Attributes:
    why: What was wrong with the engine.
    mode: A key of `modes.MODES`, one after `disable_v2_behavior`.
    source: Its code, as random programs are printed.
  """

  why: str
  mode: str
  source: str


def code_of(statement, fed=frozenset()):
  """The lines of a statement, with what it waits for.

  TensorFlow leaves out the control edges to what takes one of the tensors as data.
  So what is in a branch or a loop that takes it, or comes after what is fed in some
  run, would not wait; it waits for a `tf.group` of them.

  Args:
    statement: A statement.
    fed: The names of what is fed.
  """
  printed = []
  for block in statement.blocks:
    printed.append(f'def {block.name}({", ".join(block.parameters)}):')
    inner = [line for s in block.statements for line in code_of(s)]
    results = ', '.join(block.results)
    if len(block.results) > 1:
      results = f'[{results}]'
    inner += _waiting(', '.join(block.waits), '', [f'return {results}'])
    printed += _indented(inner)
  names = ', '.join(statement.names)
  printed.append(f'{names} = {statement.code}')
  waits = ', '.join(statement.waits)
  taken = statement.needs & set(statement.waits)
  if taken & fed or (taken and statement.blocks):
    waits = f'tf.group({waits})'
  return _waiting(waits, statement.device, printed)


def _waiting(waits, device, lines):
  if waits:
    lines = [f'with tf.control_dependencies([{waits}]):', *_indented(lines)]
  if device:
    lines = [f"with tf.device('{device}'):", *_indented(lines)]
  return lines


def _indented(lines):
  return textwrap.indent('\n'.join(lines), '  ').split('\n')
