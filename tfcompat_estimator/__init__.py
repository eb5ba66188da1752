"""TensorFlow Estimator on TensorFlow 2.16 and later.

The names of `tf.estimator` are here, at the top (`import tfcompat_estimator as
estimator`), and in `tfcompat_estimator.v2`; those of `tf.compat.v1.estimator`
are in `tfcompat_estimator.v1`. `tfcompat_estimator.keras.estimator` has
`model_to_estimator` (that of `tf.compat.v1.keras` is in `estimator_v1` there).

Importing the package changes nothing in TensorFlow and does not even import it:
names are looked up when they are first read. `install()` puts them back where
programs expect them, and `uninstall()` takes them away again:

    with tfcompat_estimator.install():
      classifier = tf.estimator.DNNClassifier(...)
"""

import importlib
import sys
import types

from tfcompat_estimator.api import namespaces

__version__ = '0.1.0'
__all__ = [  # noqa: PLE0604  # api/v2.py has the list itself
  *namespaces.V2.__all__,
  'install',
  'uninstall',
]


class _Package(types.ModuleType):
  """This module's class: public names win over modules of the same name.

  The import system stores each submodule in its package, so that after `import
  tfcompat_estimator.export` the room would hide the public `export`. Properties
  go before what is stored. Imports of submodules do not need it to be stored.
  """

  v1 = property(lambda _: namespaces.V1)
  v2 = property(lambda _: namespaces.V2)
  keras = property(lambda _: namespaces.KERAS)
  install = property(lambda _: _installer().install)
  uninstall = property(lambda _: _installer().uninstall)

  def __getattr__(self, name):
    if name.startswith('__'):
      raise AttributeError(f'module {__name__!r} has no {name!r}')
    return getattr(namespaces.V2, name)

  def __setattr__(self, name, value):
    if not isinstance(getattr(type(self), name, None), property):
      super().__setattr__(name, value)

  def __dir__(self):
    return [*super().__dir__(), *__all__, 'keras', 'v1', 'v2']


def _public(name: str) -> property:
  return property(lambda _: getattr(namespaces.V2, name))


# Public names that are, or may become, names of rooms and files as well.
for _name in namespaces.V2.__all__:
  if _name.islower():
    setattr(_Package, _name, _public(_name))


def _installer() -> types.ModuleType:
  return importlib.import_module(f'{__name__}.install')


for _namespace in (namespaces.V1, namespaces.V2, namespaces.KERAS):
  for _module in namespaces.walk(_namespace):
    sys.modules[_module.__name__] = _module
sys.modules[__name__].__class__ = _Package
