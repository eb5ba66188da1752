"""Collects what a program uses, with a verdict on each."""

import ast
import dataclasses
from collections.abc import Iterator
from typing import Any

from tfcompat_estimator.migration.check import (
  catalog,
  scopes,
  subclasses,
  verdicts,
)

_DISTRIBUTED = 'docs/distributed.md'
# Strategies that no RunConfig may have, by API, and what to do instead: what
# `distribution.strategies.check` refuses.
_TPU = 'use tf.distribute.MirroredStrategy, or leave it out'
_STRATEGIES = {
  ('v1', 'TPUStrategy'): _TPU,
  ('v2', 'TPUStrategy'): _TPU,
  ('v2', 'ParameterServerStrategy'): (
    'use tf.compat.v1.distribute.experimental.ParameterServerStrategy, or leave '
    'it out and have "ps" in TF_CONFIG'
  ),
}
_NO_CLIENT = 'start the program in each process of the cluster, with TF_CONFIG'
_IMPORT_ERRORS = {
  'ImportError',
  'ModuleNotFoundError',
  'Exception',
  'BaseException',
}
_OLD_EXPORT = '.export_savedmodel'
# Of sessions that hooks are given. A program that makes a Session of TensorFlow's has
# them.
_PARTIAL = ('partial_run', 'partial_run_setup')
_NO_PARTIAL = verdicts.no(
  'run each part of the graph by session.run, and feed what an earlier one returned'
)
_STRATEGY_ARGUMENTS = (
  'train_distribute',
  'eval_distribute',
  'experimental_distribute',
  'remote_cluster',
)


def scan(tree: ast.Module) -> list[verdicts.Finding]:
  """What the program uses, in the order of lines, each name once a line."""
  unguarded = subclasses.is_unguarded(tree)
  found = {
    (finding.line, finding.name): finding
    for finding in _in_scope(
      tree,
      scopes.Scope(tree),
      _tried_imports(tree) | _guarded(tree) | _uncalled(tree),
      unguarded=unguarded,
    )
  }
  names = {name for _, name in found}
  if not any(name.startswith('tf.estimator.') for name in names) and any(
    name.startswith('tf.compat.v1.estimator.') for name in names
  ):  # whose Estimators have it
    found = {
      key: dataclasses.replace(finding, verdict=verdicts.works())
      if finding.name == _OLD_EXPORT
      else finding
      for key, finding in found.items()
    }
  if any(name.rpartition('.')[2].endswith('Session') for name in names):
    found = {k: f for k, f in found.items() if f.verdict is not _NO_PARTIAL}
  return [found[key] for key in sorted(found)]


def _tried_imports(tree: ast.Module) -> set[int]:
  """The ids of imports that may fail: the program then does something else."""
  return {
    id(node)
    for each in ast.walk(tree)
    if isinstance(each, ast.Try) and any(map(_catches, each.handlers))
    for node in each.body
    if isinstance(node, ast.Import | ast.ImportFrom)
  }


def _guarded(tree: ast.Module) -> set[int]:
  """The ids of what only some versions of TensorFlow come to, or nobody."""
  return {
    id(inner)
    for each in ast.walk(tree)
    if isinstance(each, ast.If | ast.IfExp)
    for branch in _excused(each)
    for node in (branch if isinstance(branch, list) else [branch])
    for inner in ast.walk(node)
  }


def _uncalled(tree: ast.Module) -> set[int]:
  """The ids of what is in functions that a program neither calls nor hands on.

  Of a file that only others import nobody knows what they call.
  """
  if not any(map(_starts, tree.body)):
    return set()
  functions = {
    node.name: node
    for node in tree.body
    if isinstance(node, ast.FunctionDef) and not node.decorator_list
  }
  within = {
    id(inner): name
    for name, function in functions.items()
    for inner in ast.walk(function)
  }
  called = {
    name
    for node in ast.walk(tree)
    for name in (
      getattr(node, 'id', ''),
      getattr(node, 'attr', ''),
      _text(node),
    )
    if within.get(id(node)) != name
  }
  return {key for key, name in within.items() if name not in called}


def _starts(node: ast.stmt) -> bool:
  """Whether a statement of a module says that it is a program: it runs something."""
  if isinstance(node, ast.If):
    return '__main__' in ast.unparse(node.test)
  return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def _text(node: ast.AST) -> str:
  value = getattr(node, 'value', None)
  return (
    value if isinstance(node, ast.Constant) and isinstance(value, str) else ''
  )


def _excused(node: ast.If | ast.IfExp) -> list[Any]:
  """The branches that may never run."""
  if isinstance(node.test, ast.Constant) and not node.test.value:
    return [node.body]
  return [node.body, node.orelse] if _asks_version(node.test) else []


def _asks_version(test: ast.expr) -> bool:
  """Whether it reads the version, or asks TensorFlow for a name."""
  return any(
    (
      isinstance(node, ast.Attribute)
      and node.attr in ('__version__', 'VERSION')
    )
    or (
      isinstance(node, ast.Call)
      and getattr(node.func, 'id', None) in ('hasattr', 'getattr')
      and ast.unparse(node.args[0]).split('.')[0] in ('tf', 'tensorflow')
    )
    for node in ast.walk(test)
  )


def _catches(handler: ast.ExceptHandler) -> bool:
  """Whether the program goes on after an import that failed."""
  if any(isinstance(node, ast.Raise) for node in ast.walk(handler)):
    return False
  kinds = getattr(handler.type, 'elts', [handler.type])
  names = {getattr(kind, 'id', None) for kind in kinds}
  return handler.type is None or not names.isdisjoint(_IMPORT_ERRORS)


def _in_scope(
  node: ast.AST, scope: scopes.Scope, tried: set[int], *, unguarded: bool
) -> Iterator[verdicts.Finding]:
  seen: set[int] = set()  # parts of names that were judged as a whole
  for inner in scopes.own_nodes(node):
    if id(inner) not in seen:
      for found in _judge(inner, scope):
        if found.verdict.status == verdicts.WORKS or id(inner) not in tried:
          yield found
    if isinstance(inner, ast.ClassDef):
      yield from subclasses.judge(inner, scope, unguarded=unguarded)
    if isinstance(inner, ast.Attribute):
      part: ast.AST = inner
      while isinstance(part, ast.Attribute):
        part = part.value
        seen.add(id(part))
    if scopes.opens_scope(inner):
      yield from _in_scope(
        inner, scopes.Scope(inner, scope), tried, unguarded=unguarded
      )


def _judge(node: ast.AST, scope: scopes.Scope) -> Iterator[verdicts.Finding]:
  line = getattr(node, 'lineno', 0)
  if isinstance(node, ast.Attribute | ast.Name):
    if isinstance(node.ctx, ast.Load):
      path = scope.resolve(node)
      yield from _named(path, line)
      name = getattr(node, 'attr', '')
      if not path and subclasses.is_private_member(name):
        yield verdicts.Finding(f'.{name}', line, verdicts.works())
  elif isinstance(node, ast.Import):
    for alias in node.names:
      yield from _named(alias.name, line)
  elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
    for alias in node.names:
      yield from _named(f'{node.module}.{alias.name}', line)
  elif isinstance(node, ast.Constant) and node.value == 'TF_CONFIG':
    yield verdicts.Finding('TF_CONFIG', line, verdicts.works())
  elif isinstance(node, ast.Call):
    yield from _call(node, scope)


def _named(path: str, line: int) -> Iterator[verdicts.Finding]:
  judged = catalog.judge(path) if path else None
  if judged:
    yield verdicts.Finding(judged[0], line, judged[1])


def _call(node: ast.Call, scope: scopes.Scope) -> Iterator[verdicts.Finding]:
  """What a call stands for, and what its arguments say."""
  yield from _named(scope.resolve(node), node.lineno)
  arguments = {word.arg: word for word in node.keywords if word.arg}
  path = scope.resolve(node.func)
  name = catalog.estimator_name(path)
  holder = name or path.rpartition('.')[2]
  if holder in ('RunConfig', 'DistributeConfig'):
    for key in _STRATEGY_ARGUMENTS:
      word = arguments.get(key)
      value = word.value if word else None
      if value is not None and not _is_constant(value, None):
        verdict = _strategy(value, scope)
        if key == 'remote_cluster':
          verdict = verdicts.no(_NO_CLIENT, _DISTRIBUTED)
        yield verdicts.Finding(f'{holder}({key}=...)', value.lineno, verdict)
  elif name == 'TPUEstimator':
    word = arguments.get('use_tpu')
    if word is None or _is_constant(word.value, True):
      yield verdicts.Finding(
        'TPUEstimator(use_tpu=True)',
        node.lineno,
        verdicts.change('use_tpu=False'),
      )
  elif not path and getattr(node.func, 'attr', '') == 'export_savedmodel':
    yield verdicts.Finding(
      _OLD_EXPORT,
      node.lineno,
      verdicts.change('export_saved_model, which both APIs have'),
    )
  elif not path and getattr(node.func, 'attr', '') in _PARTIAL:
    shown = f'.{node.func.attr}'  # type: ignore[attr-defined]
    yield verdicts.Finding(shown, node.lineno, _NO_PARTIAL)
  if '.keras.optimizers.' in path and 'lr' in arguments:
    yield verdicts.Finding(
      f'{path.rpartition(".")[2]}(lr=...)',
      node.lineno,
      verdicts.change('learning_rate in place of lr'),
    )


def _strategy(value: ast.expr, scope: scopes.Scope) -> verdicts.Verdict:
  """The verdict on a strategy that a RunConfig gets."""
  path = scope.made_by(value)
  advice = _STRATEGIES.get((catalog.family(path), path.rpartition('.')[2]))
  return verdicts.no(advice, _DISTRIBUTED) if advice else verdicts.works()


def _is_constant(node: ast.expr, value: object) -> bool:
  return isinstance(node, ast.Constant) and node.value is value
