"""Puts tf.estimator back where programs read it, and takes it away again."""

import functools
import os
import re
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tfcompat_estimator.api import namespace, namespaces
from tfcompat_estimator.migration.entry import (
  import_hook,
  legacy_keras,
  own_imports,
)
from tfcompat_estimator.migration.old_paths import modules
from tfcompat_estimator.migration.tf1 import imports, lost_names
from tfcompat_estimator.migration.tf1 import modules as tf1_modules

# Modules that programs read `estimator` from: the last version says which.
_TENSORFLOW = re.compile(
  r'tensorflow(\._api\.v2)?((\.compat\.(?P<version>v[12]))*)'
)
# Those below them to which names are added.
_BELOW = re.compile(_TENSORFLOW.pattern + r'\.(?P<path>\w+\.\w+)')
# Keras 3 behind `tf.keras`, and the name under which statements import it.
# tf_keras has an `estimator` already, which asks tensorflow_estimator.
_KERAS_3 = re.compile(
  r'keras\._tf_keras\.keras|tensorflow(\.compat\.v2)*\.keras'
)
# Its one class waits for other processes before a program can say how long to.
_WORKERS = 'tensorflow.python.distribute.collective_all_reduce_strategy'
# TensorFlow 2.15 took away names that its last release, 1.1.0, reads.
_SLIM = 'tf_slim'
_V1_PART = re.compile(r'tensorflow(\.compat\.v[12])*\.compat\.v1\.(?P<path>.+)')

_NAMESPACES = {'v1': namespaces.V1, 'v2': namespaces.V2}


class Installation:
  """What install() changed in this process, and how to undo it."""

  def __init__(self) -> None:
    self._undo: list[tuple[Any, str, Any]] = []
    self._done: set[tuple[int, str]] = set()
    self._modules: list[str] = []
    # Made with the first tf.compat.v1, when the choice of a Keras is final.
    self._stand_ins: dict[str, legacy_keras.Lazy] = {}
    self._imports: imports.Imports | None = None
    self._end_lost_names: Callable[[], None] = lambda: None
    self._hook = import_hook.Hook(self._serve, _is_place, self._complete)

  def begin(self) -> None:
    """Changes the modules that are there, and those that are still to come."""
    _refuse_the_real_one()
    sys.meta_path.insert(0, self._hook)
    for name in [n for n in sys.modules if _is_place(n)]:
      self._complete(name)

  def begin_tf1(self, packages: Iterable[str]) -> None:
    """Has the program's imports of TensorFlow give TensorFlow 1's names."""
    if self._imports is not None:
      self._imports.add(packages)
      return
    if 'tensorflow' not in sys.modules:
      # Keras 3 has nothing of TensorFlow 1's.
      os.environ.setdefault(legacy_keras.VARIABLE, '1')
    self._imports = imports.Imports(packages)
    self._imports.begin()
    self._end_lost_names = lost_names.begin()

  def end(self) -> None:
    """Undoes all of it."""
    if self._imports is not None:
      self._imports.end()
      self._end_lost_names()
    if self._hook in sys.meta_path:
      sys.meta_path.remove(self._hook)
    for name in self._modules:
      sys.modules.pop(name, None)
    for owner, name, before in reversed(self._undo):
      _restore(owner, name, before)
      # The lazy loader behind `tf.keras` (TF 2.16 on) keeps what it looked up.
      loaded_lazily = vars(vars(owner).get('keras', object))
      if loaded_lazily.get('estimator') is namespaces.KERAS.estimator:
        del loaded_lazily['estimator']

  def _serve(self, fullname: str) -> types.ModuleType | None:
    """The module to give for an import of `fullname`, if any."""
    module = (
      modules.find(fullname)
      or _served(fullname)
      or self._served_by_keras(fullname)
    )
    if module is not None:
      self._modules.append(fullname)
      owner, _, name = fullname.rpartition('.')
      # The import will store the module in the one above it: note that first.
      self._note(sys.modules.get(owner), name)
    else:
      _explain_missing(fullname)
    return module

  def _served_by_keras(self, fullname: str) -> types.ModuleType | None:
    """The module for `tensorflow.compat.v1.layers` and the like."""
    match = _V1_PART.fullmatch(fullname)
    if not match:
      return None
    for path, stand_in in self._stand_ins.items():
      if match['path'] == path:
        return stand_in
      if match['path'].startswith(f'{path}.'):
        return stand_in.below(match['path'].removeprefix(f'{path}.'))
    return None

  def _complete(self, name: str) -> None:
    """Adds to one module of TensorFlow what programs read from it."""
    module = own_imports.module(name)
    if name == _SLIM:
      tf1_modules.mend_for_slim()
      return
    elsewhere = _elsewhere(name)
    if elsewhere:
      self._add_lazily(module, elsewhere)
      return
    if name == _WORKERS:
      kind = module.CollectiveAllReduceExtended
      name = '_initialize_multi_worker'
      self._set(kind, name, _without_waiting(getattr(kind, name)))
      return
    if _KERAS_3.fullmatch(name):
      if not legacy_keras.is_chosen():
        self._set(module, 'estimator', namespaces.KERAS.estimator)
      return
    match = _TENSORFLOW.fullmatch(name)
    assert match
    version = match['version'] or 'v2'
    if 'estimator' in dir(module) and (id(module), 'estimator') not in (
      self._done
    ):
      raise RuntimeError(
        f'TensorFlow has a {name}.estimator already: {module.estimator}. '
        'tfcompat_estimator is for TensorFlow 2.16 and later.'
      )
    self._set(module, 'estimator', _NAMESPACES[version])
    if version == 'v1':
      self._complete_v1(module)

  def _add_lazily(
    self, module: types.ModuleType, places: Mapping[str, str]
  ) -> None:
    """Adds names that are looked up when they are read.

    What they stand for needs TensorFlow, which is still being imported.
    """
    places = {k: v for k, v in places.items() if k not in dir(module)}
    listed = sorted({*dir(module), *places})

    def look_up(name: str) -> Any:
      if name not in places:
        raise AttributeError(
          f'module {module.__name__!r} has no attribute {name!r}'
        )
      return namespace.resolve(places[name])

    for name, value in (
      ('__getattr__', look_up),
      ('__dir__', lambda: listed),
    ):
      self._note(module, name)
      setattr(module, name, value)
    # Changed in place: TF 2.16's modules keep a pointer to the list.
    for name in places:
      self._note(module, name)
      _list(module, name)

  def _complete_v1(self, module: types.ModuleType) -> None:
    """Leads the TF 1 parts of Keras to tf_keras."""
    if not self._stand_ins:
      self._stand_ins = legacy_keras.stand_ins(namespaces.KERAS.estimator_v1)
    for path, stand_in in self._stand_ins.items():
      owner, _, name = path.rpartition('.')
      self._set(getattr(module, owner) if owner else module, name, stand_in)

  def _note(self, owner: Any, name: str) -> None:
    """Remembers an attribute as it is before this object first changes it."""
    if owner is None or (id(owner), name) in self._done:
      return
    self._done.add((id(owner), name))
    self._undo.append((owner, name, vars(owner).get(name, _ABSENT)))

  def _set(self, owner: Any, name: str, value: Any) -> None:
    self._note(owner, name)
    setattr(owner, name, value)
    _list(owner, name)


_ABSENT = object()


def _list(owner: Any, name: str) -> None:
  """Adds a name to what `from module import *` imports."""
  listed = vars(owner).get('__all__')
  if isinstance(listed, list) and name not in listed:
    listed.append(name)


def _restore(owner: Any, name: str, before: Any) -> None:
  """Makes an attribute what it was; `before` is _ABSENT if there was none."""
  if before is not _ABSENT:
    setattr(owner, name, before)
    return
  if name in vars(owner):
    delattr(owner, name)
  listed = vars(owner).get('__all__')
  if isinstance(listed, list) and name in listed:
    listed.remove(name)


def _without_waiting(begin: Callable[..., None]) -> Callable[..., None]:
  """How MultiWorkerMirroredStrategy begins, in a program of Estimator."""

  @functools.wraps(begin)
  def begin_alone(self: Any, resolver: Any, *args: Any) -> None:
    # What this needs is imported by then; install() itself imports nothing.
    from tfcompat_estimator.distribution.workers import joining

    joining.begin_alone(self, lambda: begin(self, resolver, *args), resolver)

  return begin_alone


def _is_place(name: str) -> bool:
  return bool(
    _TENSORFLOW.fullmatch(name)
    or _KERAS_3.fullmatch(name)
    or _elsewhere(name)
    or name in (_WORKERS, _SLIM)
  )


def _elsewhere(name: str) -> Mapping[str, str]:
  """The names to add to a module below TensorFlow's, and where they live."""
  match = _BELOW.fullmatch(name)
  if not match:
    return {}
  return namespaces.ELSEWHERE[match['version'] or 'v2'].get(match['path'], {})


def _served(fullname: str) -> types.ModuleType | None:
  """The module for `tensorflow.estimator`, `...compat.v1.estimator.tpu`..."""
  owner, marker, below = fullname.partition('.estimator')
  match = _TENSORFLOW.fullmatch(owner) if marker else None
  if match:
    root = _NAMESPACES[match['version'] or 'v2']
  elif marker and _KERAS_3.fullmatch(owner) and not legacy_keras.is_chosen():
    root = namespaces.KERAS.estimator
  else:
    return None
  return sys.modules.get(root.__name__ + below)


def _explain_missing(fullname: str) -> None:
  """Raises ImportError for `from tensorflow.estimator import missing`."""
  owner, _, name = fullname.rpartition('.')
  module = sys.modules.get(owner)
  if isinstance(module, namespace.Namespace):
    reason = modules.explain(module, name)
    if reason:
      raise ImportError(reason, name=fullname)


def _refuse_the_real_one() -> None:
  """Raises RuntimeError if tensorflow_estimator has been imported."""
  real = sys.modules.get('tensorflow_estimator')
  if real is not None:
    raise RuntimeError(
      'The real tensorflow_estimator is loaded, from '
      f'{getattr(real, "__file__", None)}: two of them in one process would '
      'not know each other. Call tfcompat_estimator.install() before anything '
      'imports it, or uninstall it: pip uninstall tensorflow-estimator.'
    )


_current: Installation | None = None


class Handle:
  """Ends an installation at the end of a `with` block, if it began it."""

  def __init__(self, began: bool):
    self._began = began

  def __enter__(self) -> 'Handle':
    return self

  def __exit__(self, *_: object) -> None:
    if self._began:
      uninstall()


def install(*, tf1: bool = False, tf1_packages: Iterable[str] = ()) -> Handle:
  """Makes `tf.estimator`, and what went with it, be there again.

  It sets `estimator` in `tensorflow`, `tensorflow.compat.v1` and `.v2` (all
  their module objects, those imported later included) and in `tf.keras`, and
  serves imports of modules below them. `tf.compat.v1.keras`, `.layers` and
  `.nn.rnn_cell`, which Keras 3 cannot offer, are served by tf_keras.

  With `tf1`, `import tensorflow` gives the program (what is in no site-packages)
  the names of TensorFlow 1.15, `tf.contrib` among them, and v2 behavior is off
  from then on. Libraries go on to see TensorFlow 2.

  Calling it again does nothing, but for a `tf1` that was not asked for before.
  TensorFlow need not be imported yet, and is not
  imported by this. Which Keras `tf.keras` is depends on the environment
  variable TF_USE_LEGACY_KERAS at the time when TensorFlow is imported, and is
  not changed here.

  Args:
    tf1: Whether the program is one of TensorFlow 1.
    tf1_packages: Top-level packages that are the program's too, although they
      are installed in site-packages.

  Returns:
    A context manager: `with install(): ...` uninstalls at the end of the block,
    if that call was the one that installed.

  Raises:
    RuntimeError: The real tensorflow_estimator, or a TensorFlow that has a
      `tf.estimator`, is loaded.
  """
  global _current  # noqa: PLW0603  # one tensorflow, one installation
  if _current is not None:
    if tf1:
      _current.begin_tf1(tf1_packages)
    return Handle(began=False)
  installation = Installation()
  try:
    installation.begin()
    if tf1:
      installation.begin_tf1(tf1_packages)
  except BaseException:
    installation.end()
    raise
  _current = installation
  return Handle(began=True)


def uninstall() -> None:
  """Undoes install(): TensorFlow is as it was. Does nothing if not installed.

  Objects that programs have got stay usable.
  """
  global _current  # one tensorflow, one installation
  if _current is not None:
    installation, _current = _current, None
    installation.end()
