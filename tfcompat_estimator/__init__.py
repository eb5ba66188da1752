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

`keeps_graph` says of a `model_fn` that later calls need not build its graph again;
`to_keras` and `to_module` make Keras models and modules of trained Estimators;
`dry_run` tries a training beside its model_dir.
"""

import importlib
import sys
from typing import Any

from tfcompat_estimator.migration.entry import own_imports

own_imports.begin()  # before any other of the package's modules is loaded

from tfcompat_estimator.api import namespaces  # noqa: E402

__version__ = '0.1.0'
# Names of this package's own, which tf.estimator never had, and their modules.
_OWN = {
  'dry_run': 'training.dry_run',
  'history': 'training.history',
  'keeps_graph': 'loop.model_fn_call',
  'install': 'migration.entry.install',
  'to_keras': 'migration.conversion.to_keras',
  'to_module': 'migration.conversion.to_module',
  'uninstall': 'migration.entry.install',
}
__all__ = [  # noqa: PLE0604  # api/v2.py has the list itself
  *namespaces.V2.__all__,
  *_OWN,
]


v1 = namespaces.V1
v2 = namespaces.V2
keras = namespaces.KERAS
# Those of tf.estimator.experimental, and this package's own.
experimental = namespaces.EXPERIMENTAL


def __getattr__(name: str) -> Any:
  if name.startswith('__'):
    raise AttributeError(f'module {__name__!r} has no {name!r}')
  if name in _OWN:
    return getattr(importlib.import_module(f'{__name__}.{_OWN[name]}'), name)
  return getattr(v2, name)


def load_ipython_extension(shell: Any) -> None:
  """`%load_ext tfcompat_estimator` in a notebook: its TensorFlow is that of 1."""
  del shell
  importlib.import_module(f'{__name__}.{_OWN["install"]}').install(tf1=True)


def unload_ipython_extension(shell: Any) -> None:
  """`%unload_ext tfcompat_estimator`."""
  del shell
  importlib.import_module(f'{__name__}.{_OWN["uninstall"]}').uninstall()


def __dir__() -> list[str]:
  return sorted({*globals(), *__all__})


for _namespace in (v1, v2, keras, experimental):
  for _module in namespaces.walk(_namespace):
    sys.modules[_module.__name__] = _module
