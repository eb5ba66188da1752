"""Judges dotted names: those of Estimator, and others that programs need."""

import re

from tfcompat_estimator.api import namespace, namespaces, v2
from tfcompat_estimator.migration.check import (
  contrib,
  tensorflow_names,
  verdicts,
)
from tfcompat_estimator.migration.entry import legacy_keras
from tfcompat_estimator.migration.old_paths import modules
from tfcompat_estimator.migration.tf1 import lost_names
from tfcompat_estimator.migration.tf1 import names as tf1_names

Judged = tuple[str, verdicts.Verdict]

_NAMESPACES = {'v1': namespaces.V1, 'v2': namespaces.V2}
_SHOWN = {'v1': 'tf.compat.v1', 'v2': 'tf'}
# `tensorflow`, `tensorflow.compat.v1`, `tensorflow.compat.v1.compat.v2`, ...
_TENSORFLOW = re.compile(
  r'tensorflow(?:\._api\.v2)?((?:\.compat\.(v[12]))*)(?:\.|$)'
)
_OLD = ('tensorflow_estimator', 'tensorflow.python.estimator')
_WITH_V1 = 'import tensorflow.compat.v1 as tf'
_WITH_KERAS_2 = (
  'set TF_USE_LEGACY_KERAS=1, as python -m tfcompat_estimator does'
)
_KERAS_DOCS = 'docs/migrating.md#3-which-keras'
# What was `tf.keras.*` under a shorter name.
_KERAS_ALIASES = ('initializers', 'losses', 'metrics', 'optimizers')
_NO_NAME = verdicts.no('tensorflow-estimator 2.15 has no such name')
_NO_MODULE = verdicts.no('tensorflow-estimator 2.15 has no such module')
# Names of `tf` outside of tf.estimator that install() brings back.
_SERVED_ELSEWHERE = frozenset(
  f'{module}.{name}' for module, names in v2.ELSEWHERE.items() for name in names
)
# Names below `tensorflow` that went from modules that are there, and are back
# with --tf1.
_BACK_WITH_TF1 = tf1_names.MOVED_NAMES.keys() | {
  f'{module}.{name}'
  for module, rows in tf1_names.MENDED.items()
  for name in rows
}
_DEBUGGERS = frozenset(
  f'python.debug.{name}'
  for name in (
    'DumpingDebugHook',
    'GrpcDebugHook',
    'LocalCLIDebugHook',
    'TensorBoardDebugHook',
  )
)
_TPU_MODULES = ('python.tpu.tpu_estimator', 'python.tpu.tpu_config')


def judge(path: str) -> Judged | None:
  """The verdict on what a program imports or reads.

  Args:
    path: Dotted, from the top module: `tensorflow.estimator.ModeKeys.TRAIN`.

  Returns:
    The part of the name that was judged, as programs write it, and the verdict;
    None of a name that has nothing to do with Estimator and is there.
  """
  for old in _OLD:
    if f'{path}.'.startswith(f'{old}.'):
      return _judge_old(path)
  match = _TENSORFLOW.match(path)
  if match:
    return _judge_tensorflow(match[2] or 'v2', path[match.end() :])
  package, _, name = path.partition('.')
  if name in lost_names.PLACES.get(package, {}):
    return path, verdicts.change(_instead_of(package, name), contrib.DOCS)
  if package == 'keras':
    known = _known(name, tensorflow_names.ONLY_IN_KERAS_2)
    if known and known not in tensorflow_names.ALSO_IN_KERAS_3:
      return f'keras.{known}', verdicts.change(
        'import tf_keras as keras', _KERAS_DOCS
      )
  return None


def _instead_of(module: str, name: str) -> str:
  """What a program says for a name that Python or NumPy lost."""
  now = lost_names.PLACES[module][name]
  if now.startswith(f'{lost_names.__name__}:'):
    return f'{contrib.TF1}, which puts {module}.{name} back'
  now = now.removeprefix('builtins:').replace(':', '.')
  return f'{now} in place of {module}.{name}, or {contrib.TF1}'


def may_have(path: str) -> bool:
  """Whether the module may have this name; others imported all names, too."""
  judged = judge(path)
  return judged is None or judged[1] not in (_NO_NAME, _NO_MODULE)


def works(path: str) -> bool:
  """Whether it works as it is, for all that is known."""
  judged = judge(path)
  return judged is None or judged[1].status == verdicts.WORKS


def family(path: str) -> str:
  """'v1' or 'v2': which API a path of TensorFlow belongs to."""
  match = _TENSORFLOW.match(path)
  if match:
    return match[2] or 'v2'
  return 'v1'  # what the old modules have by the plain name


def estimator_name(path: str) -> str:
  """`RunConfig` of `tensorflow.estimator.RunConfig`; '' of other paths."""
  if '.estimator.' in path or path.startswith(_OLD):
    return path.rpartition('.')[2]
  return ''


def _judge_old(path: str) -> Judged | None:
  """A name of the modules that tensorflow_estimator had."""
  instead = modules.instead_of(path)
  if instead is not None:
    return path, verdicts.no(instead)
  found = modules.nearest(path)
  if found is None:
    return path, _NO_MODULE
  shown, module = found
  rest = path[len(shown) + 1 :]
  if not rest:
    return path, verdicts.works()
  if not isinstance(module, namespace.Namespace):
    return path, _NO_MODULE
  return _judge_member(module, rest.partition('.')[0], shown)


def _judge_member(module: namespace.Namespace, name: str, shown: str) -> Judged:
  """A name of a module that is served; `shown` is how programs call it."""
  full = f'{shown}.{name}'
  if name.startswith('__') or name == '*':
    return shown, verdicts.works()
  try:
    if namespace.offers(module, name):
      return full, verdicts.works()
  except AttributeError as error:
    return full, verdicts.no(_reason(str(error)))
  return full, _NO_NAME


def _reason(message: str) -> str:
  """What an error of an import tells to do."""
  return message.rpartition(': ')[2].rstrip('.')


def _judge_tensorflow(version: str, name: str) -> Judged | None:
  """A name below `tf` ('v2') or `tf.compat.v1` ('v1')."""
  shown = _SHOWN[version]
  top = name.partition('.')[0]
  if top == 'estimator':
    return _judge_public(version, name.removeprefix('estimator').lstrip('.'))
  if top == 'contrib':
    below = name.removeprefix('contrib').lstrip('.')
    return f'tf.{name}'.rstrip('.'), contrib.judge(below)
  if top == 'keras' or (version == 'v2' and top in _KERAS_ALIASES):
    found = _judge_keras(version, name)
    if found or top == 'keras':
      return found
  if top == 'python':
    return _judge_private(name)
  known = _known(name, _SERVED_ELSEWHERE)
  if known:
    return f'{shown}.{known}', verdicts.works()
  served = _known(name, legacy_keras.PLACES)
  if version == 'v1' and served:
    return f'{shown}.{served}', verdicts.works()
  known = _known(name, tensorflow_names.ONLY_IN_V1)
  if version == 'v2' and known:
    return f'{shown}.{known}', verdicts.change(_WITH_V1)
  return None


def _judge_public(version: str, name: str) -> Judged | None:
  """A name below `tf.estimator` or `tf.compat.v1.estimator`."""
  shown = f'{_SHOWN[version]}.estimator'
  if not name or name == '*':
    return None
  parts = name.split('.')
  module, depth = _innermost(version, parts)
  if depth == len(parts):
    return None  # the use of a name below it tells more
  part = parts[depth]
  judged = _judge_member(module, part, '.'.join([shown, *parts[:depth]]))
  if judged[1].status == verdicts.WORKS:
    return judged
  other = 'v1' if version == 'v2' else 'v2'
  elsewhere = '' if part in v2.DROPPED else _judge_public_of(other, parts)
  if elsewhere:
    return judged[0], verdicts.change(elsewhere)
  return judged


def _judge_public_of(version: str, parts: list[str]) -> str:
  """The full name, if the other API has it."""
  module, depth = _innermost(version, parts)
  if depth < len(parts) and namespace.offers(module, parts[depth]):
    return '.'.join([_SHOWN[version], 'estimator', *parts[: depth + 1]])
  return ''


def _innermost(
  version: str, parts: list[str]
) -> tuple[namespace.Namespace, int]:
  """The last namespace on the way along a name, and how many parts lead there."""
  module = _NAMESPACES[version]
  for depth, part in enumerate(parts):
    inner = vars(module).get(part)
    if not isinstance(inner, namespace.Namespace):
      return module, depth
    module = inner
  return module, len(parts)


def _judge_keras(version: str, name: str) -> Judged | None:
  """A name of `tf.keras`, or of `tf.losses` and the like."""
  below = name.removeprefix('keras').lstrip('.')
  if below.partition('.')[0] == 'estimator':
    shown = f'{_SHOWN[version]}.keras.estimator'
    member = below.removeprefix('estimator').lstrip('.').partition('.')[0]
    if not member:
      return None
    keras = namespaces.KERAS
    module = keras.estimator if version == 'v2' else keras.estimator_v1
    return _judge_member(module, member, shown)
  known = _known(below, tensorflow_names.ONLY_IN_KERAS_2)
  if version == 'v1' or not known:
    return None
  prefix = 'tf.keras' if name.startswith('keras') else 'tf'
  return f'{prefix}.{known}', verdicts.change(_WITH_KERAS_2, _KERAS_DOCS)


def _judge_private(name: str) -> Judged | None:
  """A name below `tensorflow.python`."""
  known = _known(name, _DEBUGGERS)
  if known:
    return f'tensorflow.{known}', verdicts.no(
      'it steps through a Session, and none runs here: use tf.print, or a hook '
      'like tf.estimator.LoggingTensorHook'
    )
  known = _known(name, _BACK_WITH_TF1)
  if known:
    return f'tensorflow.{known}', verdicts.change(contrib.TF1, contrib.DOCS)
  known = _known(name, tensorflow_names.NAMES_GONE)
  if known:
    return f'tensorflow.{known}', verdicts.no(
      'TensorFlow has the module, and this private name no more: copy what you need'
    )
  known = _known(name, tensorflow_names.MODULES_GONE)
  if not known:
    return None
  if known in _TPU_MODULES:
    last = known.rpartition('.')[2]
    return f'tensorflow.{known}', verdicts.change(
      f'from tensorflow_estimator.python.estimator.tpu import {last}'
    )
  full = f'tensorflow.{known}'
  if tf1_names.moved(full) != full:
    return full, verdicts.change(contrib.TF1, contrib.DOCS)
  return full, verdicts.no('TensorFlow dropped this private module')


def _known(name: str, names: object) -> str:
  """The longest part of a name, from its start, that is among `names`."""
  parts = name.split('.')
  for end in range(len(parts), 0, -1):
    known = '.'.join(parts[:end])
    if known in names:  # type: ignore[operator]
      return known
  return ''
