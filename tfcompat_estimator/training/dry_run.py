"""Sends a batch through all that a training would do, beside its model_dir."""

import contextlib
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_source
from tfcompat_estimator.errors import folding
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import train_eval_spec
from tfcompat_estimator.training import dry_run_report, train_and_evaluate

v1 = tf.compat.v1
logging = tf.compat.v1.logging


@folding.folded
def dry_run(estimator, train_spec, eval_spec=None, batches=2):
  """Tries a training in a temporary directory, and says what it would do.

      print(tfcompat_estimator.dry_run(estimator, train_spec, eval_spec))

  A few batches are trained on, evaluated, predicted and exported, from initial
  values. The model_dir of the estimator is read, not written: its latest checkpoint
  is compared with the variables of the model. Hooks and listeners of the specs do
  not run, since they may write where they like; exporters do.

  Args:
    estimator: The `tf.estimator.Estimator`.
    train_spec: The `TrainSpec` that it would be trained with.
    eval_spec: The `EvalSpec`, or a list of several; None: nothing is evaluated or
      exported.
    batches: How many batches to train on, and to evaluate; an int above 0. The time
      of a step is that of the last one.

  Returns:
    A report. It prints as text; `problems` is a list of str, empty if all went
    well; the other attributes have what the text tells.

  Raises:
    TypeError: An argument is of a wrong type.
    ValueError: `batches` is below 1, or TF_CONFIG names a cluster.
  """
  train_and_evaluate.Executor(estimator, train_spec, eval_spec)  # checks them
  if not isinstance(batches, int) or batches < 1:
    raise ValueError(f'`batches` ({batches!r}) must be an int above 0.')
  if estimator.config.cluster_spec:
    raise ValueError(
      'A dry run is of one process, but TF_CONFIG names a cluster. Unset it.'
    )
  specs = () if eval_spec is None else train_eval_spec.eval_specs(eval_spec)
  with tempfile.TemporaryDirectory() as folder:
    trial = _Trial(estimator, train_spec, specs, batches, folder)
    with _quietly():
      trial.run()
    trial.close()
    return trial.report


class _Trial:
  """One dry run."""

  def __init__(
    self,
    estimator: Any,
    train_spec: train_eval_spec.TrainSpec,
    eval_specs: tuple[train_eval_spec.EvalSpec, ...],
    batches: int,
    folder: str,
  ):
    self._original = estimator
    self._train_spec = train_spec
    self._eval_specs = eval_specs
    self._batches = batches
    self._folder = folder
    self._inputs = _Inputs()
    self._estimator = _elsewhere(estimator, folder, self._inputs)
    self.report = dry_run_report.Report(estimator.model_dir)

  def run(self) -> None:
    trained = self._try('train', self._train)
    self.report.features = self._inputs.told
    self.report.seconds_per_step = self._inputs.seconds
    self.report.problems += self._inputs.problems()
    if not trained:
      return
    self._try('compare with model_dir', self._compare)
    for spec in self._eval_specs:
      name = f'evaluate {spec.name!r}' if spec.name else 'evaluate'
      self._try(name, lambda spec=spec: self._evaluate(spec))  # type: ignore[misc]
    self._try('predict', self._predict)
    for spec in self._eval_specs:
      for exporter in spec.exporters:
        self._try(
          f'export {exporter.name!r}',
          lambda exporter=exporter: self._export(exporter),  # type: ignore[misc]
        )

  def close(self) -> None:
    """Ends the threads that write events, before their folder is removed."""
    names = [spec.name for spec in self._eval_specs]
    with tf.Graph().as_default():  # where no writer is there yet, one is made
      for folder in (self._folder, *map(self._estimator.eval_dir, names)):
        v1.summary.FileWriterCache.get(folder).close()

  def _try(self, stage: str, run: Callable[[], None]) -> bool:
    """Does one thing; what it raises becomes a problem."""
    try:
      run()
    except Exception as error:  # noqa: BLE001  # whatever the program raises
      what = f'{type(error).__name__}: {error}'
      self.report.problems.append(f'{stage}: {what}')
      return False
    self.report.stages.append(stage)
    return True

  def _train(self) -> None:
    hooks = [self._inputs]
    self._estimator.train(
      self._train_spec.input_fn, hooks=hooks, steps=self._batches
    )
    latest = checkpoint_source.latest(self._folder)
    if latest is None or not self._inputs.steps:
      raise ValueError('The input of training is empty: no step was made.')
    self.report.variables = dict(tf.train.list_variables(latest))
    self.report.checkpoint_bytes = _size(f'{latest}.')
    self.report.note_writing(self._original.config)

  def _compare(self) -> None:
    """Compares the variables with those of the checkpoint to go on from."""
    latest = checkpoint_source.latest(self._original.model_dir)
    if latest is None:
      return
    self.report.resumes_from = latest
    stored = dict(tf.train.list_variables(latest))
    self.report.problems += dry_run_report.differences(
      self.report.variables, stored
    )

  def _evaluate(self, spec: train_eval_spec.EvalSpec) -> None:
    metrics = self._estimator.evaluate(
      spec.input_fn, steps=self._batches, name=spec.name
    )
    self.report.metrics[spec.name or ''] = metrics
    self.report.would_write.append(
      f'{self._original.eval_dir(spec.name)}: events of metrics'
    )

  def _predict(self) -> None:
    spec = self._eval_specs[0] if self._eval_specs else self._train_spec
    predictions = self._estimator.predict(
      spec.input_fn, yield_single_examples=False
    )
    with contextlib.closing(predictions):
      batch: Any = next(predictions, {})
    if not isinstance(batch, dict):
      batch = {'predictions': batch}
    self.report.predictions = {
      name: (_dtype(value), value.shape) for name, value in batch.items()
    }

  def _export(self, exporter: Any) -> None:
    base = os.path.join(self._folder, 'export', exporter.name)
    metrics: Any = next(iter(self.report.metrics.values()), {})
    path = exporter.export(
      self._estimator,
      base,
      checkpoint_source.latest(self._folder),
      metrics,
      is_the_final_export=True,
    )
    if path is None:
      return
    size = dry_run_report.readable(
      _size(os.path.join(tf.compat.as_str(path), ''))
    )
    self.report.would_write.append(
      f'{self._original.model_dir}/export/{exporter.name}: exports of {size}'
    )


class _Inputs(v1.train.SessionRunHook):
  """Looks at the features and labels of the first batch, and at the clock.

  Attributes:
    told: By what an input is, its dtype and shape.
    steps: How many steps were made.
    seconds: How long the last one took.
  """

  def __init__(self) -> None:
    self._tensors: dict[str, Any] = {}
    self._not_finite: list[str] = []
    self.told: dict[str, tuple[str, tuple[int, ...]]] = {}
    self.steps = 0
    self.seconds = 0.0

  def note(self, features: Any, labels: Any) -> None:
    """Notes the tensors of a graph that is being built; the first ones count."""
    if self._tensors:
      return
    for what, value in (('feature', features), ('label', labels)):
      parts = value if isinstance(value, dict) else {'': value}
      self._tensors.update(
        (f'{what} {key}'.strip(), tf.nest.flatten(part)[0])
        for key, part in parts.items()
        if part is not None and tf.nest.flatten(part)
      )

  def before_run(self, run_context: Any) -> Any:
    self._start = time.perf_counter()
    return v1.train.SessionRunArgs({} if self.steps else self._tensors)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    self.seconds = time.perf_counter() - self._start
    self.steps += 1
    for what, value in (run_values.results or {}).items():
      self._look_at(what, value)

  def _look_at(self, what: str, value: Any) -> None:
    is_sparse = hasattr(value, 'dense_shape')
    shape = tuple(value.dense_shape) if is_sparse else np.shape(value)
    values = np.asarray(getattr(value, 'values', value))
    kind = 'sparse ' if is_sparse else ''
    self.told[what] = (kind + _dtype(values), tuple(map(int, shape)))
    if values.dtype.kind == 'f' and not np.isfinite(values).all():
      self._not_finite.append(what)

  def problems(self) -> list[str]:
    """What is wrong with the values of the first batch."""
    return [
      f'train: the {what} has NaN or infinity in the first batch.'
      for what in self._not_finite
    ]


def _dtype(values: np.ndarray) -> str:
  return 'string' if values.dtype == object else values.dtype.name


def _elsewhere(estimator: Any, folder: str, inputs: _Inputs) -> Any:
  """The same estimator, in another directory, which shows its inputs."""
  config = estimator.config.replace(
    model_dir=folder, save_checkpoints_steps=None, save_checkpoints_secs=3600
  )
  changed = base_estimator.with_config(estimator, config)
  changed._model_dir = folder  # noqa: SLF001
  call = estimator._call_model_fn  # noqa: SLF001

  def call_model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
    inputs.note(features, labels)
    return call(features, labels, mode, config)

  changed._call_model_fn = call_model_fn  # noqa: SLF001
  return changed


def _size(prefix: str) -> int:
  """How many bytes the files have whose paths begin so."""
  folder = os.path.dirname(prefix)
  return sum(
    os.path.getsize(path)
    for path in itertools.chain.from_iterable(
      (os.path.join(parent, name) for name in names)
      for parent, _, names in os.walk(folder)
    )
    if path.startswith(prefix)
  )


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
  """Keeps what a training logs to warnings."""
  logger = tf.get_logger()
  before = logger.level  # Its own: the level it inherits may change later.
  logger.setLevel(max(logger.getEffectiveLevel(), logging.WARN))
  try:
    yield
  finally:
    logger.setLevel(before)
