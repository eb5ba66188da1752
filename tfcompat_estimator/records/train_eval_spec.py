"""Holds what train_and_evaluate is given: specs, and what exporters are."""

import abc
import collections
import os
from typing import Any

from tfcompat_estimator.records import arguments

_TrainFields = collections.namedtuple(
  'TrainSpec', ['input_fn', 'max_steps', 'hooks', 'saving_listeners']
)

_EvalFields = collections.namedtuple(
  'EvalSpec',
  'input_fn steps name hooks exporters start_delay_secs throttle_secs',
)


class TrainSpec(_TrainFields):
  """The training half of `train_and_evaluate`."""

  def __new__(cls, input_fn, max_steps=None, hooks=None, saving_listeners=None):
    """Checks the arguments and makes the spec.

    Args:
      input_fn: The function that provides training input, as
        `Estimator.train` takes it.
      max_steps: The global step at which training ends; a positive int. None
        trains until `input_fn` ends or a hook requests a stop.
      hooks: `SessionRunHook`s for training, an iterable.
      saving_listeners: `tf.estimator.CheckpointSaverListener`s, an iterable.

    Raises:
      ValueError: If `max_steps` is not positive.
      TypeError: If an argument has a wrong type.
    """
    check_callable(input_fn)
    arguments.steps('max_steps', max_steps)
    return super().__new__(
      cls,
      input_fn=input_fn,
      max_steps=max_steps,
      hooks=checked_hooks(hooks),
      saving_listeners=tuple(arguments.checked_listeners(saving_listeners)),
    )


class EvalSpec(_EvalFields):
  """The evaluation half of `train_and_evaluate`, with the exports."""

  def __new__(
    cls,
    input_fn,
    steps=100,
    name=None,
    hooks=None,
    exporters=None,
    start_delay_secs=120,
    throttle_secs=600,
  ):
    """Checks the arguments and makes the spec.

    Args:
      input_fn: The function that provides evaluation input, as
        `Estimator.evaluate` takes it.
      steps: How many batches to evaluate, a positive int; None for all of
        them.
      name: Distinguishes several evaluations: events go to `eval_<name>`
        instead of `eval`.
      hooks: `SessionRunHook`s for evaluation, an iterable.
      exporters: An `Exporter` or an iterable of them, with different names;
        called in this order after each evaluation.
      start_delay_secs: How many seconds a stand-alone evaluator waits before
        it looks for the first checkpoint.
      throttle_secs: How many seconds at least from one evaluation to the next;
        checkpoints that come sooner are not evaluated.

    Raises:
      ValueError: If a number is out of range, or a name of an exporter is
        empty or used twice.
      TypeError: If an argument has a wrong type.
    """
    check_callable(input_fn)
    arguments.steps('steps', steps)
    if name is not None and not isinstance(name, str):
      raise TypeError(f'`name` must be string, given: {name}')
    _check_not_negative('start_delay_secs', start_delay_secs)
    _check_not_negative('throttle_secs', throttle_secs)
    return super().__new__(
      cls,
      input_fn=input_fn,
      steps=steps,
      name=name,
      hooks=checked_hooks(hooks),
      exporters=checked_exporters(exporters),
      start_delay_secs=start_delay_secs,
      throttle_secs=throttle_secs,
    )


def eval_specs(value: Any) -> tuple[EvalSpec, ...]:
  """Makes a tuple of one `EvalSpec`, or of several in a list or tuple.

  Raises:
    TypeError: If it is neither.
    ValueError: If there are none, or if two would write to one directory: they
      have the same name, or exporters of the same name.
  """
  if isinstance(value, EvalSpec):
    return (value,)
  if not isinstance(value, (list, tuple)) or not all(
    isinstance(spec, EvalSpec) for spec in value
  ):
    raise TypeError(
      f'`eval_spec` must have type `tf.estimator.EvalSpec`. Got: {type(value)}. '
      'A list of such is fine, too.'
    )
  if not value:
    raise ValueError('`eval_spec` has no EvalSpec in it. Give one or more.')
  names = [spec.name or None for spec in value]
  if len(set(names)) != len(names):
    raise ValueError(
      f'The EvalSpecs in `eval_spec` must have different names. Given: {names}.'
    )
  _check_names([e.name for spec in value for e in spec.exporters])
  return tuple(value)


def check_callable(input_fn: Any) -> None:
  """Raises TypeError unless `input_fn` can be called."""
  if not callable(input_fn):
    raise TypeError(
      f'`input_fn` must be callable, given: {input_fn}. Give a function that '
      'returns it: lambda: ... .'
    )


def _check_not_negative(name: str, value: Any) -> None:
  if value < 0:
    raise ValueError(f'Must specify {name} >= 0, given: {value}')


def checked_hooks(hooks: Any) -> tuple[Any, ...]:
  """The hooks as a tuple. Raises TypeError if one is none."""
  return arguments.checked_hooks(
    hooks, 'All hooks must be `SessionRunHook` instances'
  )


def checked_exporters(exporters: Any) -> tuple[Any, ...]:
  """Makes a tuple of one exporter, or of several with different names."""
  if exporters is None:
    return ()
  if isinstance(exporters, Exporter):
    exporters = [exporters]
  wrong_type = (
    '`exporters` must be an Exporter, an iterable of Exporter, or `None`, '
    f'found {exporters}.'
  )
  try:
    exporters = tuple(exporters)
  except TypeError:
    raise TypeError(wrong_type) from None
  if not all(isinstance(e, Exporter) for e in exporters):
    raise TypeError(wrong_type)
  _check_names([e.name for e in exporters])
  return exporters


def _check_names(names: list[Any]) -> None:
  """Raises unless the names of exporters can be directories of their own."""
  listed = f'All exporter names: {names}'
  if not all(names):
    raise ValueError(
      f'An Exporter cannot have a name that is `None` or empty. {listed}'
    )
  for name in names:
    if not isinstance(name, str):
      raise ValueError(
        f'An Exporter must have a string name. Given: {type(name)}. {listed}'
      )
    if os.path.isabs(name) or os.path.normpath(name).split(os.sep)[0] == '..':
      raise ValueError(
        f'The name of an Exporter ({name!r}) must be a folder below '
        '`model_dir/export`. To export elsewhere call `export_saved_model`.'
      )
  if len(set(names)) != len(names):
    raise ValueError(
      '`exporters` must have unique names. Such a name cannot be `None`. '
      f'{listed}'
    )


class Exporter:
  """What `train_and_evaluate` calls after each evaluation, to write an export.

  `LatestExporter`, `FinalExporter` and `BestExporter` derive from it; a class
  of yours may too, and should have both members.
  """

  # No abc.ABC: as in the reference, classes with any metaclass may derive from
  # this one, and what they lack is found by EvalSpec.

  @property
  @abc.abstractmethod
  def name(self):
    """The exporter's directory below `model_dir/export`: a non-empty string.

    It must differ from the names of the other exporters of an `EvalSpec`.
    """

  @abc.abstractmethod
  def export(
    self,
    estimator,
    export_path,
    checkpoint_path,
    eval_result,
    is_the_final_export,
  ):
    """Writes an export of `checkpoint_path`, if it wants to.

    Args:
      estimator: The `Estimator` to export.
      export_path: The directory for this exporter's exports.
      checkpoint_path: The checkpoint that was evaluated.
      eval_result: What `Estimator.evaluate` returned for it: a dict.
      is_the_final_export: Whether training has ended.

    Returns:
      The path of the export, or None if there is none.
    """
