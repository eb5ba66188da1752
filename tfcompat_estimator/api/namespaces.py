"""Holds the modules of public names, built from the lists of v1.py and v2.py."""

import types
from collections.abc import Mapping

from tfcompat_estimator.api import namespace, v1, v2

Namespace = namespace.Namespace

# What this package adds. `tf.estimator` has the names that it had, so that a program
# that reads more of it is noticed.
OWN = {
  **namespace.as_is('hooks.input_position', 'ResumeInput'),
  **namespace.as_is('training.best_checkpoints', 'BestCheckpointExporter'),
  **namespace.as_is('training.evaluate_every', 'EvaluateEvery'),
}

_EXPORT_DOC = 'Inputs and outputs of exported models.'
_EXPERIMENTAL_DOC = 'Parts of tf.estimator that were marked experimental.'


def _make(
  name: str,
  doc: str,
  places: Mapping[str, str] | None = None,
  missing: Mapping[str, str] | None = None,
  **children: Namespace,
) -> Namespace:
  """A namespace below the package."""
  return Namespace(
    f'tfcompat_estimator.{name}', doc, places or {}, missing, children
  )


def _version(
  name: str, doc: str, lists: types.ModuleType, **children: Namespace
) -> Namespace:
  """The names of a version of tf.estimator, which `lists` has."""
  return _make(
    name,
    doc,
    lists.ESTIMATOR,
    v2.DROPPED,
    experimental=_make(
      f'{name}.experimental', _EXPERIMENTAL_DOC, lists.EXPERIMENTAL, v2.DROPPED
    ),
    export=_make(f'{name}.export', _EXPORT_DOC, lists.EXPORT),
    **children,
  )


V2 = _version('v2', 'The names of tf.estimator.', v2)

V1 = _version(
  'v1',
  'The names of tf.compat.v1.estimator.',
  v1,
  inputs=_make('v1.inputs', 'Input functions of data in memory.', v1.INPUTS),
  tpu=_make(
    'v1.tpu',
    'Estimators in the form that was made for TPUs.',
    v1.TPU,
    experimental=_make(
      'v1.tpu.experimental', _EXPERIMENTAL_DOC, v1.TPU_EXPERIMENTAL
    ),
  ),
)

EXPERIMENTAL = _make(
  'experimental',
  'The names of tf.estimator.experimental, and those that it never had.',
  {**v2.EXPERIMENTAL, **OWN},
)

KERAS = _make(
  'keras',
  'What tf.keras and tf.compat.v1.keras offered for estimators.',
  estimator=_make('keras.estimator', 'tf.keras.estimator.', v2.KERAS),
  estimator_v1=_make(
    'keras.estimator_v1', 'tf.compat.v1.keras.estimator.', v1.KERAS
  ),
)


# By version and module of TensorFlow: names that are no part of tf.estimator.
ELSEWHERE = {'v1': v1.ELSEWHERE, 'v2': v2.ELSEWHERE}


def walk(root: Namespace) -> list[Namespace]:
  """A namespace and all below it."""
  below = [v for v in vars(root).values() if isinstance(v, Namespace)]
  return [root, *(leaf for child in below for leaf in walk(child))]
