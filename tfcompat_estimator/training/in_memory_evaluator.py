"""Evaluates while training goes on, with the variables as they are just then."""

from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.estimator import call_steps
from tfcompat_estimator.loop import build, evaluate_loop
from tfcompat_estimator.records import modes
from tfcompat_estimator.session_emulation import components

v1 = tf.compat.v1


class InMemoryEvaluatorHook(v1.train.SessionRunHook):
  """Evaluates in the training process without a checkpoint.

  When training starts, every `every_n_iter` steps and when it ends, the values
  of the variables go from the training session to that of an evaluation, whose
  graph is built once. Events are written as `Estimator.evaluate` does.

      evaluator = tf.estimator.experimental.InMemoryEvaluatorHook(
          estimator, eval_input_fn, every_n_iter=1000)
      estimator.train(train_input_fn, hooks=[evaluator])

  It is for training on one machine.
  """

  def __init__(
    self,
    estimator,
    input_fn,
    steps=None,
    hooks=None,
    name=None,
    every_n_iter=100,
  ):
    """Makes the hook.

    Args:
      estimator: The `tf.estimator.Estimator` that is trained.
      input_fn: The evaluation's input function, as for `Estimator.evaluate`.
      steps: How many batches each evaluation takes, a positive int; None for
        all until the input ends.
      hooks: `SessionRunHook`s for the evaluations, an iterable.
      name: Distinguishes several evaluations: events go to `eval_<name>`
        instead of `eval`.
      every_n_iter: Steps from one evaluation to the next, a positive int.

    Raises:
      ValueError: If `every_n_iter` or `steps` is not positive, or if TF_CONFIG
        names other training tasks.
      TypeError: If a hook has a wrong type.
    """
    if every_n_iter is None or every_n_iter <= 0:
      raise ValueError(
        f'invalid every_n_iter={every_n_iter}. Give a positive number of steps.'
      )
    config = estimator.config
    if config.num_ps_replicas > 0 or config.num_worker_replicas > 1:
      raise ValueError(
        'InMemoryEvaluator supports only single machine (aka Local) setting. '
        f'TF_CONFIG names {config.num_worker_replicas} workers and '
        f'{config.num_ps_replicas} parameter servers: run an evaluator task.'
      )
    self._estimator = estimator
    self._input_fn = input_fn
    self._hooks = build.check_hooks(hooks)
    # This hook goes through the steps of an evaluation as `evaluate` does.
    self._hooks += estimator._convert_eval_steps_to_hooks(steps)  # noqa: SLF001
    self._name = name
    self._every_n_iter = every_n_iter
    self._evaluator: Any = None
    self._variables: dict[str, tf.Variable] = {}
    self._global_step: Any = None
    self._start_step = 0
    self._runs = 0  # that this hook saw
    self._due = 0  # the run after which to evaluate
    self._evaluated_step = -1

  begin_only_reads = True

  def begin(self) -> None:
    """Builds the evaluation's graph, beside the one that is being trained."""
    self._evaluator = _Evaluator(
      self._estimator, self._input_fn, self._hooks, self._name
    )
    self._global_step = _tf.get_or_create_global_step_read()

  def after_create_session(self, session: Any, coord: Any) -> None:
    """Evaluates what training starts from.

    Args:
      session: The session of training, just initialized or restored.
      coord: The session's coordinator of threads; not used.
    """
    names = self._evaluator.variable_names
    # Now, not in begin(): hooks behind this one may make variables too.
    variables = {v.op.name: v for v in session.graph.get_collection(_GLOBAL)}
    self._variables = {n: variables[n] for n in names & variables.keys()}
    # Of all replicas: to read what they share would need more operations.
    self._parts = {n: components.of(v) for n, v in self._variables.items()}
    self._runs = 0
    self._evaluate(session)
    self._start_step = self._evaluated_step

  def runs_before_control(self, global_step: int) -> int:
    """How many runs the hook need not see, as the fused loop asks."""
    done = max(self._runs, global_step - self._start_step)
    return max(0, self._due - 1 - done)

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs:
    return v1.train.SessionRunArgs(self._global_step)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    step = run_values.results + 1
    self._runs = max(self._runs + 1, step - self._start_step)
    if self._runs >= self._due:
      self._evaluate(run_context.session)

  def end(self, session: Any) -> None:
    """Evaluates what training ends with, if that has not been done yet.

    Args:
      session: The session of training, still open.
    """
    if session.run(self._global_step) != self._evaluated_step:
      self._evaluate(session)

  def _evaluate(self, session: Any) -> None:
    parts = session.run(self._parts)
    metrics = self._evaluator.evaluate(
      {n: components.value(v, parts[n]) for n, v in self._variables.items()}
    )
    self._evaluated_step = int(metrics[v1.GraphKeys.GLOBAL_STEP])
    self._due = self._runs + self._every_n_iter


_GLOBAL = v1.GraphKeys.GLOBAL_VARIABLES


class _Evaluator:
  """The graph of an evaluation, and what it takes to run it with new values."""

  def __init__(
    self,
    estimator: Any,
    input_fn: Any,
    hooks: list[v1.train.SessionRunHook],
    name: str | None,
  ):
    self._estimator = estimator
    self._eval_dir = evaluate_loop.eval_dir(estimator.model_dir, name)
    with call_steps.new_graph(estimator, modes.ModeKeys.EVAL) as graph:
      scaffold, self._update_op, self._eval_dict, self._hooks = (
        estimator._evaluate_build_graph(  # noqa: SLF001
          input_fn, hooks, checkpoint_path=None
        )
      )
      self._variables = _Variables()
      self._scaffold = v1.train.Scaffold(
        init_fn=self._variables.assign, copy_from_scaffold=scaffold
      )
    self._graph = graph

  @property
  def variable_names(self) -> set[str]:
    """The names of the variables that take values from training."""
    return self._variables.names

  def evaluate(self, values: dict[str, Any]) -> dict[str, Any]:
    """Evaluates with these values of variables, and writes the metrics."""
    self._variables.values = values
    with self._graph.as_default():
      return self._estimator._evaluate_run(  # noqa: SLF001
        checkpoint_path=None,
        scaffold=self._scaffold,
        update_op=self._update_op,
        eval_dict=self._eval_dict,
        all_hooks=self._hooks,
        output_dir=self._eval_dir,
      )


class _Variables:
  """Gives the variables of the default graph values of another session.

  Those that it does not know keep their initial values.
  """

  def __init__(self) -> None:
    self.values: dict[str, Any] = {}
    self._inputs = {}
    self._assigns = {}
    for variable in v1.global_variables():
      name = variable.op.name
      value = v1.placeholder(variable.dtype.base_dtype, variable.shape)
      self._inputs[name] = value
      self._assigns[name] = v1.assign(variable, value).op

  @property
  def names(self) -> set[str]:
    """The names of the variables."""
    return set(self._inputs)

  def assign(self, scaffold: v1.train.Scaffold, session: Any) -> None:
    """Assigns `values`; a Scaffold's init_fn."""
    del scaffold
    session.run(
      [self._assigns[name] for name in self.values],
      {self._inputs[name]: value for name, value in self.values.items()},
    )
