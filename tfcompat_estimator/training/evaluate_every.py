"""Evaluates every so many steps or epochs, whatever checkpoints are saved."""

import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.hooks import input_position
from tfcompat_estimator.records import arguments
from tfcompat_estimator.session_emulation.loops import hook_protocol
from tfcompat_estimator.training import at_saves

v1 = tf.compat.v1
gfile = tf.io.gfile

# Below model_dir: where a checkpoint lies while it is evaluated.
_FOLDER = 'evaluate_every'


class EvaluateEvery(hook_protocol.EngineHook):
  """Has `train_and_evaluate` evaluate every so many steps or epochs.

      train_spec = tf.estimator.TrainSpec(
          input_fn, max_steps=10000,
          hooks=[tfcompat_estimator.experimental.EvaluateEvery(steps=100)])

  It takes the place of evaluating at checkpoints; `throttle_secs` has no effect.
  All `EvalSpec`s are evaluated, their exporters called.

  With `steps` a checkpoint is written aside for each evaluation and removed after
  it; those in `model_dir` come as the `RunConfig` says. With `epochs` the input is
  begun anew whenever it has ended, until `max_steps` or until a hook stops
  training: `input_fn` returns one epoch, without `repeat()`. Each epoch is a
  `train` of its own, so hooks begin and end with it, and a checkpoint is saved.

  Without `train_and_evaluate`, or to evaluate without any checkpoint, use
  `InMemoryEvaluatorHook`. An evaluator in a process of its own evaluates
  checkpoints as they come, whatever this hook says.

  Attributes:
    steps: The number of steps, or None.
    epochs: The number of epochs, or None.
  """

  def __init__(self, steps=None, epochs=None):
    """Makes the hook.

    Args:
      steps: Evaluate when the global step is a multiple of it, a positive int.
      epochs: Evaluate each time that the input has ended so often, a positive
        int. One of the two must be given.

    Raises:
      ValueError: If not just one of them is given, or it is not positive.
      TypeError: If it is no integer.
    """
    given = {'steps': steps, 'epochs': epochs}
    chosen = {name: n for name, n in given.items() if n is not None}
    if len(chosen) != 1:
      raise ValueError(
        f'Give one of `steps` and `epochs`. Given: steps {steps}, epochs '
        f'{epochs}.'
      )
    for name, number in chosen.items():
      arguments.positive_integer(name, number)
    self.steps = steps
    self.epochs = epochs
    self._evaluations: Sequence[at_saves.EvaluateAtSaves] | None = None
    self._folder = ''

  def train(
    self,
    train: Callable[..., None],
    estimator: Any,
    evaluations: Sequence[at_saves.EvaluateAtSaves],
  ) -> None:
    """Trains, and evaluates when it is time; `train_and_evaluate` calls this.

    Args:
      train: Trains once, with listeners and further hooks.
      estimator: What is trained.
      evaluations: What to do with a checkpoint, for each `EvalSpec`.
    """
    self._folder = os.path.join(estimator.model_dir, _FOLDER)
    self._remove()  # what a process left that was killed
    for each in evaluations:
      each.is_at_end_only = True
    self._evaluations = evaluations
    try:
      if self.epochs is None:
        train(tuple(evaluations))
      else:
        _train_epochs(train, self.epochs, evaluations)
    finally:
      self._evaluations = None
      self._remove()

  begin_only_reads = True

  def begin(self) -> None:
    """Adds what saves the model to the graph.

    Raises:
      RuntimeError: If training was not started by `train_and_evaluate`.
    """
    if self._evaluations is None:
      raise RuntimeError(
        'EvaluateEvery is a hook for the TrainSpec of train_and_evaluate, in the '
        'process that evaluates. For Estimator.train use '
        'tf.estimator.experimental.InMemoryEvaluatorHook.'
      )
    self._global_step = _tf.get_or_create_global_step_read()
    self._saver: Any = None

  def after_create_session(self, session: Any, coord: Any) -> None:
    """Takes over what the model's own saver saves.

    Args:
      session: The session of training, just initialized or restored.
      coord: The session's coordinator of threads; not used.
    """
    if self.steps is None:
      return
    (saver,) = v1.get_collection(v1.GraphKeys.SAVERS)[:1] or [None]
    if saver is None:
      raise RuntimeError(
        'EvaluateEvery(steps=...) found no saver in the graph: the model_fn '
        'returned a Scaffold with a saver of its own. Add that to the collection '
        'tf.compat.v1.GraphKeys.SAVERS.'
      )
    # A list of checkpoints of its own; the operations are the same.
    with session.graph.as_default():
      self._saver = v1.train.Saver(
        saver_def=saver.as_saver_def(), max_to_keep=1
      )
    self._set_due(int(session.run(self._global_step)))

  def runs_before_control(self, global_step: int) -> float:
    """How many runs the hook need not see, as the fused loop asks."""
    if self.steps is None:
      return hook_protocol.NEVER
    return max(0, self._due - 1 - global_step)

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs | None:
    if self.steps is None:
      return None
    return v1.train.SessionRunArgs(self._global_step)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    """Evaluates when it is time; stops training if a listener says so."""
    if self.steps is None or run_values.results + 1 < self._due:
      return
    session = run_context.session
    step = int(session.run(self._global_step))
    if step < self._due:
      return
    self._set_due(step)
    gfile.makedirs(self._folder)
    with session.graph.as_default():
      path = self._saver.save(
        session,
        os.path.join(self._folder, 'model.ckpt'),
        global_step=step,
        write_meta_graph=False,
        write_state=False,
      )
    goes_on = [each.evaluate(path, step) for each in self._evaluations or ()]
    self._remove()
    if not all(goes_on):
      run_context.request_stop()

  def _set_due(self, step: int) -> None:
    assert self.steps
    self._due = (step // self.steps + 1) * self.steps

  def _remove(self) -> None:
    if gfile.exists(self._folder):
      gfile.rmtree(self._folder)


def find(hooks: Iterable[Any]) -> EvaluateEvery | None:
  """The hook of this kind among those of a `TrainSpec`, if there is one.

  Raises:
    ValueError: If there are several, or one whose epochs another hook prevents.
  """
  found = [hook for hook in hooks if isinstance(hook, EvaluateEvery)]
  if len(found) > 1:
    raise ValueError(
      f'`hooks` of TrainSpec has {len(found)} EvaluateEvery. Give one.'
    )
  if not found:
    return None
  keeps_position = any(
    isinstance(hook, input_position.CheckpointInputPipelineHook)
    for hook in hooks
  )
  if keeps_position and found[0].epochs is not None:
    raise ValueError(
      'EvaluateEvery(epochs=...) begins the input anew after each epoch, which '
      'a hook that keeps the position in the input prevents. Use '
      'EvaluateEvery(steps=...), or leave that hook out.'
    )
  return found[0]


class _InputEnd(hook_protocol.EngineHook):
  """Tells whether the input ended, and at which step.

  Attributes:
    is_begun: Whether there was anything to train.
    has_come: Whether training ended because the input did.
    start: The global step at the start.
    step: The global step at the end.
  """

  begin_only_reads = True

  def __init__(self) -> None:
    self.is_begun = self.has_come = False
    self.start = self.step = 0

  def begin(self) -> None:
    self._global_step = _tf.get_or_create_global_step_read()

  def after_create_session(self, session: Any, coord: Any) -> None:
    self.is_begun = True
    self.start = int(session.run(self._global_step))

  def runs_before_control(self, global_step: int) -> float:
    return hook_protocol.NEVER

  def before_run(self, run_context: Any) -> None:
    self.has_come = True  # unless the run comes to its end

  def after_run(self, run_context: Any, run_values: Any) -> None:
    self.has_come = False

  def end(self, session: Any) -> None:
    self.step = int(session.run(self._global_step))


def _train_epochs(
  train: Callable[..., None],
  epochs: int,
  evaluations: Sequence[at_saves.EvaluateAtSaves],
) -> None:
  """Trains epoch by epoch; evaluates after so many, and at the end."""
  for each in evaluations:
    each.may_go_on = True
  for epoch in itertools.count(1):
    end = _InputEnd()
    train(tuple(evaluations) if epoch % epochs == 0 else (), (end,))
    if not end.has_come or end.step == end.start:
      break
  if end.is_begun:
    for each in evaluations:
      each.evaluate_last(end.step, is_final=True)
