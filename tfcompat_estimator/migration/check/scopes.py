"""Resolves names of a program to what was imported under them."""

import ast
import builtins
from collections.abc import Iterable, Iterator

from tfcompat_estimator.migration.check import catalog, contrib

# What programs call TensorFlow; they import it from helpers of theirs, too.
_USUAL = {
  'tf': 'tensorflow',
  'tf1': 'tensorflow.compat.v1',
  'tf_compat': 'tensorflow.compat',
}
# What a name means that is this in some case: programs of TensorFlow 1 ask for
# the version, and rebind `tf`.
_V1 = 'tensorflow.compat.v1'
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef)


class Scope:
  """The names that a module, function or class binds.

  A name that is bound more than once means the first of what was imported under
  it that works; but `tensorflow.compat.v1` if that is imported under it, or
  assigned to it, anywhere.

  Attributes:
    parent: The scope around it; None of a module.
    is_class: Whether it is the body of a class.
    paths: By name, what was imported under it.
    stars: The modules of which all names were imported.
    values: By name, the first expression that was assigned to it.
    others: Names of anything else.
    elsewhere: Names declared global or nonlocal.
    classes: The classes that are defined here, by name.
    functions: The functions, likewise.
  """

  def __init__(self, node: ast.AST, parent: 'Scope | None' = None):
    """Collects what `node` binds; expressions are resolved when asked for."""
    self.parent = parent
    self.is_class = isinstance(node, ast.ClassDef)
    self.paths: dict[str, str] = {}
    self.stars: list[str] = []
    self.values: dict[str, ast.expr] = {}
    self.others: set[str] = set()
    self.elsewhere: set[str] = set()
    self.resolving: set[str] = set()  # what `name` is busy with
    self.classes: dict[str, ast.ClassDef] = {}
    self.functions: dict[str, ast.AST] = {}
    if isinstance(node, _FUNCTIONS):
      self._bind_arguments(node.args)
    for inner in own_nodes(node):
      self._bind(inner)

  def _bind_arguments(self, arguments: ast.arguments) -> None:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    rest = [arg for arg in (arguments.vararg, arguments.kwarg) if arg]
    self.others.update(arg.arg for arg in (*named, *rest))

  def _bind(self, node: ast.AST) -> None:
    if isinstance(node, ast.Import):
      for alias in node.names:
        top = alias.name.partition('.')[0]
        path = alias.name if alias.asname else top
        self._bind_path(alias.asname or top, path)
    elif isinstance(node, ast.ImportFrom):
      for alias in node.names:
        name = alias.asname or alias.name
        if not node.level and node.module in ('__future__', None):
          continue
        path = f'{node.module}.{alias.name}'
        if name == '*':
          if not node.level and is_known(path):
            self.stars.append(str(node.module))
          continue
        if node.level or not is_known(path):
          path = _USUAL.get(alias.name, '')
        if path:
          self._bind_path(name, path)
        else:
          self.others.add(name)
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
      self._bind_value(node.targets[0], node.value)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value:
      self._bind_value(node.target, node.value)
    elif isinstance(node, ast.Global | ast.Nonlocal):
      self.elsewhere.update(node.names)
    elif isinstance(node, ast.ClassDef):
      self.classes[node.name] = node
      self.others.add(node.name)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
      self.functions[node.name] = node
      self.others.add(node.name)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
      self.others.add(node.id)

  def _bind_path(self, name: str, path: str) -> None:
    old = self.paths.get(name)
    if old is None or path == _V1 or catalog.works(path) > catalog.works(old):
      self.paths[name] = path

  def _bind_value(self, target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Name):
      self.values.setdefault(target.id, value)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
      for one, its_value in zip(target.elts, value.elts, strict=False):
        self._bind_value(one, its_value)

  def name(self, name: str) -> str:
    """The dotted path of what a name was imported from; '' of other things."""
    scope = self._scope_of(name)
    if scope is None:
      return _USUAL.get(name) or self._of_stars(name)
    path = scope.paths.get(name, '')
    if name in scope.values and name not in scope.resolving:
      scope.resolving.add(name)  # e = e.x would go round for ever
      try:
        value = scope.resolve(scope.values[name])
      finally:
        scope.resolving.discard(name)
      return value if value == _V1 else path or value
    return path

  def _of_stars(self, name: str) -> str:
    """The path of a name that nothing binds but `from module import *`."""
    if hasattr(builtins, name):
      return ''
    scope: Scope | None = self
    while scope is not None:
      for module in scope.stars:
        if catalog.may_have(f'{module}.{name}'):
          return f'{module}.{name}'
      scope = scope.parent
    return ''

  def find_class(self, name: str) -> 'tuple[ast.ClassDef, Scope] | None':
    """A class of the program, and the scope that it is defined in."""
    scope = self._scope_of(name)
    if scope is None or name not in scope.classes:
      return None
    return scope.classes[name], scope

  def _scope_of(self, name: str) -> 'Scope | None':
    """The innermost scope that binds a name; class bodies hide from others."""
    scope: Scope | None = self
    while scope is not None:
      if scope is self or not scope.is_class:
        known = (scope.paths, scope.values, scope.others)
        if name not in scope.elsewhere and any(name in each for each in known):
          return scope
      scope = scope.parent
    return None

  def made_by(self, node: ast.expr) -> str:
    """The dotted path of the class of a new object, or of a class itself."""
    scope = self._scope_of(node.id) if isinstance(node, ast.Name) else None
    if scope is not None and isinstance(node, ast.Name):
      value = scope.values.get(node.id)
      if isinstance(value, ast.Call):
        return scope.resolve(value.func)
    return self.resolve(node.func if isinstance(node, ast.Call) else node)

  def resolve(self, node: ast.AST | None) -> str:
    """The dotted path of an expression; '' if it is none."""
    if isinstance(node, ast.Name):
      return self.name(node.id)
    if isinstance(node, ast.Attribute):
      owner = self.resolve(node.value)
      return f'{owner}.{node.attr}' if owner else ''
    if isinstance(node, ast.Call):
      return self._resolve_call(node)
    if isinstance(node, ast.IfExp):
      return _best(self.resolve(each) for each in (node.body, node.orelse))
    if isinstance(node, ast.BoolOp):
      return _best(self.resolve(each) for each in node.values)
    return ''

  def _resolve_call(self, node: ast.Call) -> str:
    """`getattr(tf, 'estimator')`, `importlib.import_module('tensorflow')`.

    And `tpu()` of a function that returns `tf.contrib.tpu`, say.
    """
    given = [*node.args, *(word.value for word in node.keywords)]
    constants = [
      arg.value
      for arg in given
      if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    ]
    if not constants:
      return self._returned(node.func)
    name = node.func.id if isinstance(node.func, ast.Name) else ''
    if name == 'getattr':
      owner = self.resolve(node.args[0]) if node.args else ''
      return f'{owner}.{constants[0]}' if owner else ''
    if name == '__import__':  # which returns the top module
      return constants[0].partition('.')[0]
    if self.resolve(node.func) == 'importlib.import_module':
      package = ''.join(constants[1:2]) if constants[0][:1] == '.' else ''
      return package + constants[0]
    if getattr(node.func, 'attr', name) == 'LazyLoader':
      return constants[-1]
    return ''

  def _returned(self, function: ast.expr) -> str:
    """What a function of the program returns; '' of what is no module."""
    if isinstance(function, ast.Attribute):
      owner = function.value
      # Programs that ran on both TensorFlows had a module `contrib` of helpers.
      if (
        isinstance(owner, ast.Name)
        and owner.id == 'contrib'
        and contrib.is_known(function.attr)
        and not self.resolve(owner)
      ):
        return f'tensorflow.contrib.{function.attr}'
    if not isinstance(function, ast.Name):
      return ''
    scope = self._scope_of(function.id)
    if scope is None or function.id in scope.resolving:
      return ''
    definition = scope.functions.get(function.id)
    if definition is None:
      return ''
    scope.resolving.add(function.id)
    try:
      inside = Scope(definition, scope)
      return _best(
        inside.resolve(each.value)
        for each in own_nodes(definition)
        if isinstance(each, ast.Return)
      )
    finally:
      scope.resolving.discard(function.id)


def _best(paths: Iterable[str]) -> str:
  """The first path of several that an expression may stand for; v1 if any."""
  found = [path for path in paths if path]
  of_v1 = [path for path in found if f'{path}.'.startswith(f'{_V1}.')]
  return next(iter(of_v1 or found), '')


def is_known(path: str) -> bool:
  """Whether a path is that of a library that programs import."""
  return path.partition('.')[0] in {
    'tensorflow',
    'tensorflow_estimator',
    'tf_keras',
    'keras',
    'importlib',
  }


def opens_scope(node: ast.AST) -> bool:
  """Whether names that `node` binds are its own."""
  return isinstance(node, _SCOPES)


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
  """The nodes in a scope, as they stand, without those of scopes within it."""
  waiting = [*_body(node)][::-1]
  while waiting:
    inner = waiting.pop()
    yield inner
    inside = _outside if opens_scope(inner) else ast.iter_child_nodes
    waiting.extend([*inside(inner)][::-1])


def _body(node: ast.AST) -> Iterator[ast.AST]:
  """What a scope holds itself: not its decorators, defaults and bases."""
  if isinstance(node, ast.Lambda):
    yield node.body
  elif isinstance(node, _COMPREHENSIONS):
    yield from ast.iter_child_nodes(node)
  else:
    yield from getattr(node, 'body', ())


def _outside(node: ast.AST) -> Iterator[ast.AST]:
  """The expressions of a scope that belong to the one around it."""
  yield from getattr(node, 'decorator_list', ())
  yield from getattr(node, 'bases', ())
  yield from getattr(node, 'keywords', ())
  arguments = getattr(node, 'args', None)
  if isinstance(arguments, ast.arguments):
    yield from arguments.defaults
    yield from (value for value in arguments.kw_defaults if value)
    for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
      if arg.annotation:
        yield arg.annotation
  if getattr(node, 'returns', None) is not None:
    yield node.returns  # type: ignore[attr-defined]
