"""Evaluates: updates the metrics over the input, then reads them once."""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import source as source_lib
from tfcompat_estimator.graph import keras_metrics
from tfcompat_estimator.hooks import progress
from tfcompat_estimator.loop import build, reporting
from tfcompat_estimator.loop import model as model_lib
from tfcompat_estimator.session_emulation.ahead import fused
from tfcompat_estimator.session_emulation.opening import creator as creator_lib
from tfcompat_estimator.spec import estimator_spec as spec_lib
from tfcompat_estimator.spec import keys, modes

v1 = tf.compat.v1
logging = tf.compat.v1.logging


def evaluate(
  model: model_lib.Model,
  input_fn: Callable[..., Any],
  steps: int | None,
  hooks: Iterable[v1.train.SessionRunHook] | None,
  checkpoint_path: str | None,
  name: str | None,
) -> dict[str, Any]:
  """Computes the model's metrics over `steps` batches, or all there are.

  Args:
    model: what to evaluate.
    input_fn: makes the features and labels.
    steps: how many batches; None: until the input ends.
    hooks: the user's hooks.
    checkpoint_path: the checkpoint; default: the latest one, and initial values
      while there is none.
    name: names the directory of the events: `eval` or `eval_<name>`.

  Returns:
    The metrics as numpy values, sorted by name, then `global_step`.

  Raises:
    ValueError: `steps` is not positive, the checkpoint does not exist, or a
      metric has one of the names `loss` and `global_step`.
    TypeError: a hook is of the wrong type.
  """
  build.check_steps('steps', steps)
  user_hooks = build.check_hooks(hooks)
  if steps is not None:
    user_hooks.append(_tf.StopAfterNEvalsHook(num_evals=steps))
  source = source_lib.Source(model.model_dir, checkpoint_path)
  if source.path is None:
    logging.info(
      f'Could not find trained model in model_dir: {model.model_dir}, running '
      'initialization to evaluate.'
    )
  with build.new_graph(model):
    built = build.call_fns(
      model, input_fn, modes.ModeKeys.EVAL, checkpoint_path=source.path
    )
    creator = creator_lib.EmulatedSessionCreator(
      built.spec.scaffold, source=source
    )
    metrics = Evaluation(built, user_hooks).run(creator)
    reporting.write_metrics(
      eval_dir(model.model_dir, name),
      metrics,
      metrics[v1.GraphKeys.GLOBAL_STEP],
      source.path,
    )
  return metrics


def eval_dir(model_dir: str, name: str | None = None) -> str:
  """The directory of the events of evaluations called `name`."""
  return os.path.join(model_dir, f'eval_{name}' if name else 'eval')


def metric_tensors(
  spec: spec_lib.EstimatorSpec, global_step: tf.Variable
) -> tuple[dict[str, tf.Tensor], tf.Operation]:
  """The tensors of the metrics' values, and the operation that updates them.

  The mean of the loss over batches is added as `loss`.

  Raises:
    ValueError: the model has a metric of that name, or one `global_step`.
  """
  if spec.loss is None:
    raise ValueError(
      f"Missing loss. model_fn returned, for mode '{modes.ModeKeys.EVAL}', an "
      f'EstimatorSpec of mode {spec.mode!r} without `loss`.'
    )
  pairs = {
    name: keras_metrics.value_and_update(metric)
    if keras_metrics.is_keras_metric(metric)
    else metric
    for name, metric in spec.eval_metric_ops.items()
  }
  _refuse(pairs, keys.MetricKeys.LOSS, 'Metric with name "loss"')
  _refuse(pairs, v1.GraphKeys.GLOBAL_STEP, 'Metric with name `global_step`')
  pairs[keys.MetricKeys.LOSS] = v1.metrics.mean(spec.loss)
  values = {name: pairs[name][0] for name in sorted(pairs)}
  update_op = tf.group(*[pairs[name][1] for name in sorted(pairs)])
  values[v1.GraphKeys.GLOBAL_STEP] = global_step
  return values, update_op


def _refuse(pairs: dict[str, Any], name: str, subject: str) -> None:
  if name in pairs:
    raise ValueError(
      f'{subject} is not allowed, because Estimator already defines a default '
      'metric with the same name. Rename it.'
    )


class Evaluation:
  """The complete graph of an evaluation, which may be run several times.

  Args:
    built: what stands in the default graph.
    user_hooks: the user's hooks, and the one that counts the batches.
  """

  def __init__(
    self, built: build.Built, user_hooks: list[v1.train.SessionRunHook]
  ):
    values, update_op = metric_tensors(built.spec, built.global_step)
    self._hooks = [
      *built.inputs.hooks,
      *user_hooks,
      *built.spec.evaluation_hooks,
    ]
    eval_step = _tf.get_or_create_eval_step()
    self._total: int | None = None
    counted = v1.assign_add(eval_step, 1, use_locking=True)
    for hook in self._hooks:
      if isinstance(hook, _tf.StopAfterNEvalsHook):
        self._total = hook._num_evals  # noqa: SLF001
        # Stock protocol: whoever evaluates hands over the count it keeps.
        hook._set_evals_completed_tensor(counted)  # noqa: SLF001
    self._step = tf.group(update_op, counted)
    self._values = values
    self._eval_step = eval_step

  def run(self, creator: creator_lib.EmulatedSessionCreator) -> dict[str, Any]:
    """Evaluates once, in the session that `creator` opens.

    Must be called while the graph is the default one.

    Returns:
      The metrics as numpy values.
    """
    final = v1.train.FinalOpsHook(self._values)
    logging.info('Starting evaluation at ' + _now())
    start = time.time()
    with progress.shown(
      'evaluate', self._eval_step, 'batch', steps=self._total
    ) as progress_hooks:
      hooks = [*self._hooks, *progress_hooks]
      steps = fused.FusedSteps(creator, hooks, self._step)
      with creator.opened([*hooks, final]) as session:
        while not session.should_stop():
          if steps.run():
            break
          session.run(self._step)
          steps.count_run()
    logging.info(f'Inference Time : {time.time() - start:0.5f}s')
    logging.info('Finished evaluation at ' + time.strftime('%Y-%m-%d-%H:%M:%S'))
    return final.final_ops_values


def _now() -> str:
  return time.strftime('%Y-%m-%dT%H:%M:%S')
