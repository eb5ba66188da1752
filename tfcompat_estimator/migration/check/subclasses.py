"""Judges classes of a program that derive from Estimators."""

import ast
import functools
import pathlib
from collections.abc import Iterator

from tfcompat_estimator.migration.check import catalog, scopes, verdicts

_GUARD = '_assert_members_are_not_overridden'
_DOCS = 'docs/subclassing.md'
_SUFFIXES = ('Classifier', 'Regressor', 'Estimator', 'KMeans')
# Private members of heads that programs override and call, and that are there.
_OF_HEADS = frozenset(
  {
    '_create_tpu_estimator_spec',
    '_eval_metric_ops',
    '_processed_labels',
    '_summary_key',
    '_unweighted_loss_and_weights',
  }
)
_ROOM = pathlib.Path(__file__).parents[2] / 'estimator'


def is_unguarded(tree: ast.Module) -> bool:
  """Whether the program replaces what refuses overrides, as some did."""
  return any(
    isinstance(node, ast.Attribute)
    and node.attr == _GUARD
    and isinstance(node.ctx, ast.Store)
    for node in ast.walk(tree)
  )


def judge(
  node: ast.ClassDef, scope: scopes.Scope, *, unguarded: bool
) -> Iterator[verdicts.Finding]:
  """What a class overrides of Estimator or a head, if it derives from one."""
  defined = _defined(node)
  of_heads = _OF_HEADS & defined.keys()
  if of_heads and _derives(node, scope, ('Head',), set()):
    for name in of_heads:
      yield verdicts.Finding(
        f'{node.name}.{name}', defined[name], verdicts.works()
      )
  overridden = {
    name: line for name, line in defined.items() if name in _members()
  }
  if not overridden or not _derives(node, scope, _SUFFIXES, set()):
    return
  allowed = unguarded or _GUARD in defined
  for name, line in overridden.items():
    if name in _free() or allowed:
      verdict = verdicts.works()
    else:
      verdict = verdicts.change(
        f'{_GUARD} = lambda self: None, in the class', _DOCS
      )
    yield verdicts.Finding(f'{node.name}.{name}', line, verdict)


def _defined(node: ast.ClassDef) -> dict[str, int]:
  """The names that a class body binds, and the lines where."""
  names = {}
  for inner in node.body:
    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
      names[inner.name] = inner.lineno
    elif isinstance(inner, ast.Assign):
      for target in inner.targets:
        if isinstance(target, ast.Name):
          names[target.id] = inner.lineno
  return names


def _derives(
  node: ast.ClassDef,
  scope: scopes.Scope,
  suffixes: tuple[str, ...],
  seen: set[int],
) -> bool:
  """Whether a class derives from one of Estimator's with such a name."""
  seen.add(id(node))
  for base in node.bases:
    name = catalog.estimator_name(scope.resolve(base)).removesuffix('V2')
    if name.endswith(suffixes):
      return True
    found = scope.find_class(base.id) if isinstance(base, ast.Name) else None
    if found and id(found[0]) not in seen and _derives(*found, suffixes, seen):
      return True
  return False


def is_private_member(name: str) -> bool:
  """Whether Estimators or heads have a private member of this name."""
  return name in _OF_HEADS or (name.startswith('_') and name in _members())


@functools.cache
def _members() -> frozenset[str]:
  """The members of Estimator, read off the files that define it."""
  return frozenset(
    inner.name
    for path in _ROOM.glob('*.py')
    for node in ast.parse(path.read_bytes()).body
    if isinstance(node, ast.ClassDef)
    for inner in node.body
    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith('__')
  )


@functools.cache
def _free() -> frozenset[str]:
  """Those that a subclass may have without further ado."""
  tree = ast.parse((_ROOM / 'construction.py').read_bytes())
  for node in tree.body:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
      target = node.targets[0]
      if isinstance(target, ast.Name) and target.id == '_MAY_BE_OVERRIDDEN':
        return frozenset(ast.literal_eval(node.value.args[0]))
  return frozenset()
