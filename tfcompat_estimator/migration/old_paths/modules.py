"""Makes the modules of the old paths, from `old_names.txt`."""

import importlib
import types

from tfcompat_estimator.api import namespace, namespaces
from tfcompat_estimator.migration.old_paths import old_names

_REAL = 'tensorflow_estimator'
_PACKAGE = f'{_REAL}.python.estimator'
# The same modules were found here before TF 1.14.
_FIRST = 'tensorflow.python.estimator'
# Where the real package keeps what tf.estimator is; programs import these too.
_PUBLIC = {
  f'{_REAL}.estimator': namespaces.V1,
  f'{_REAL}._api.v1.estimator': namespaces.V1,
  f'{_REAL}._api.v2.estimator': namespaces.V2,
  f'{_PACKAGE}.api._v1.estimator': namespaces.V1,
  f'{_PACKAGE}.api._v2.estimator': namespaces.V2,
}
# Modules of TensorFlow that went with Estimator, or were moved, and where they are.
_LEFT = {
  'tensorflow.python.distribute.estimator_training': (
    f'{namespace.P}migration.old_paths.old_distribution'
  ),
  'tensorflow.python.training.gen_training_ops': (
    'tensorflow.python.ops.gen_training_ops'
  ),
  'tensorflow.python.training.training_ops': (
    'tensorflow.python.ops.gen_training_ops'
  ),
}

_modules: dict[str, types.ModuleType] = {}


def find(fullname: str) -> types.ModuleType | None:
  """The module of an old path, or None if it is none.

  Raises:
    ImportError: The path was one, but nothing of that kind is offered. So it is
      too for names that are missing in a module: `from module import name`
      asks for `module.name` when the module has no such name.
  """
  if fullname in _LEFT:
    return importlib.import_module(_LEFT[fullname])
  name = _real_name(fullname)
  if name is None:
    return None
  if not _modules:
    _modules.update(_make_all())
  if name not in _modules:
    _refuse(fullname, name)
  return _modules[name]


def nearest(fullname: str) -> tuple[str, types.ModuleType] | None:
  """The old module that a name is of, told without importing anything.

  Returns:
    The part of the name that is the module's, and the module; None of a name
    that is below no old path.
  """
  if not _modules:
    _modules.update(_make_all())
  parts = fullname.split('.')
  for end in range(len(parts), 0, -1):
    module = _modules.get(_real_name('.'.join(parts[:end])) or '')
    if module is not None:
      return '.'.join(parts[:end]), module
  return None


def instead_of(fullname: str) -> str | None:
  """What to use in place of an old module that has no successor.

  None of a name that is in no such module.
  """
  name = _real_name(fullname)
  for gone, instead in old_names.GONE.items():
    if f'{name}.'.startswith(f'{_PACKAGE}.{gone}.'):
      return instead
  return None


def _real_name(fullname: str) -> str | None:
  """The name by the newer of the two paths; None if it is of neither."""
  if fullname.split('.', maxsplit=1)[0] == _REAL:
    return fullname
  if fullname == _FIRST or fullname.startswith(f'{_FIRST}.'):
    return _PACKAGE + fullname.removeprefix(_FIRST)
  return None


def explain(module: namespace.Namespace, name: str) -> str:
  """Why `from module import name` fails."""
  try:
    getattr(module, name)
  except AttributeError as error:
    return f'cannot import name {name!r} from {module.__name__!r}: {error}'
  return ''


def _refuse(fullname: str, name: str) -> None:
  """Raises the ImportError for an old path, with what took its place."""
  owner, _, last = name.rpartition('.')
  module = _modules.get(owner)
  if isinstance(module, namespace.Namespace):
    relative = name.removeprefix(f'{_PACKAGE}.')
    if relative not in old_names.GONE:
      reason = explain(module, last) or (
        f'{last} is a name in {owner}, and no module: from {owner} import {last}'
      )
      raise ImportError(reason, name=fullname)
  instead = instead_of(name)
  if instead is not None:
    # No ModuleNotFoundError: `from package import module` would swallow it.
    raise ImportError(
      f'tfcompat_estimator does not offer {fullname}: {instead}.',
      name=fullname,
    )
  raise ModuleNotFoundError(f'No module named {fullname!r}', name=fullname)


def _make_all() -> dict[str, types.ModuleType]:
  """All modules of the old paths, those of packages included."""
  leaves = {f'{_PACKAGE}.{path}': path for path in old_names.MODULES}
  names = {*leaves, *_PUBLIC}
  for parts in [name.split('.') for name in names]:
    names.update('.'.join(parts[:i]) for i in range(1, len(parts)))
  made: dict[str, types.ModuleType] = {}
  for name in sorted(names, key=lambda n: -n.count('.')):  # children first
    made[name] = _PUBLIC.get(name) or _make(name, leaves.get(name), made)
  for name, public in _PUBLIC.items():
    for module in namespaces.walk(public):
      made[name + module.__name__.removeprefix(public.__name__)] = module
  for path, attributes in old_names.SIBLINGS.items():
    for name, other in attributes.items():
      vars(made[f'{_PACKAGE}.{path}'])[name] = made[f'{_PACKAGE}.{other}']
  made[_REAL].__version__ = old_names.VERSION  # type: ignore[attr-defined]
  return made


def _make(
  name: str, path: str | None, made: dict[str, types.ModuleType]
) -> namespace.Namespace:
  """One module; `path` is its key in the lists, or None for a package."""
  children = {
    child.rpartition('.')[2]: module
    for child, module in made.items()
    if child.rpartition('.')[0] == name
  }
  if name == _REAL:
    children['estimator'] = namespaces.V1
  return namespace.Namespace(
    name,
    f'Leads programs that import {name} to tfcompat_estimator.',
    old_names.MODULES.get(path or '', {}),
    missing=old_names.REPLACED.get(path or ''),
    children=children,
  )
