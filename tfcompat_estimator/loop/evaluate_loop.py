"""Evaluates: updates the metrics over the input, then reads them once."""

import os
import time
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf, keras_graph
from tfcompat_estimator.errors import batches
from tfcompat_estimator.hooks import progress
from tfcompat_estimator.inputs import input_call
from tfcompat_estimator.loop import default_hooks
from tfcompat_estimator.records import estimator_specs, keys, modes
from tfcompat_estimator.session_emulation.loops import fused_steps
from tfcompat_estimator.session_emulation.opening import session_creator

v1 = tf.compat.v1
logging = tf.compat.v1.logging

# What `_step` adds to a graph.
_STEP = 'evaluate_batch'
_COUNTED = 'evaluated_batches'


def eval_dir(model_dir: str, name: str | None = None) -> str:
  """The directory of the events of evaluations called `name`."""
  return os.path.join(model_dir, f'eval_{name}' if name else 'eval')


def metric_tensors(
  spec: estimator_specs.EstimatorSpec,
) -> tuple[tf.Operation, dict[str, tf.Tensor]]:
  """The operation that updates the metrics, and the tensors of their values.

  The mean of the loss over batches is added as `loss`.

  Raises:
    ValueError: The model has a metric of that name.
    TypeError: A name of a metric is no string.
  """
  if spec.loss is None:
    raise ValueError(
      f"Missing loss. model_fn returned, for mode '{modes.ModeKeys.EVAL}', an "
      f'EstimatorSpec of mode {spec.mode!r} without `loss`.'
    )
  pairs = {
    name: keras_graph.value_and_update(metric)
    if keras_graph.is_keras_metric(metric)
    else metric
    for name, metric in spec.eval_metric_ops.items()
  }
  refuse_metric(pairs, keys.MetricKeys.LOSS, 'Metric with name "loss"')
  for name in pairs:
    if not isinstance(name, str):
      raise TypeError(
        f'Keys of eval_metric_ops must be names of metrics, strings, given: {name!r}.'
      )
  pairs[keys.MetricKeys.LOSS] = v1.metrics.mean(spec.loss)
  update_op = tf.group(*[pairs[name][1] for name in sorted(pairs)])
  return update_op, {name: pairs[name][0] for name in sorted(pairs)}


def refuse_metric(metrics: Any, name: str, subject: str) -> None:
  """Raises ValueError if `metrics` has one of a name that the loop itself uses."""
  if name in metrics:
    raise ValueError(
      f'{subject} is not allowed, because Estimator already defines a default '
      'metric with the same name. Rename it.'
    )


def run(
  creator: session_creator.EmulatedSessionCreator,
  update_op: Any,
  values: dict[str, tf.Tensor],
  hooks: Sequence[v1.train.SessionRunHook],
) -> dict[str, Any]:
  """Evaluates the model in the default graph; it may do so several times.

  Args:
    creator: Opens the session.
    update_op: Takes a batch into the metrics: an operation, a tensor or a nest of
      them.
    values: What to read at the end, by name.
    hooks: All hooks, the one that counts the batches among them.

  Returns:
    The metrics as numpy values.
  """
  total = None
  eval_step = _tf.get_or_create_eval_step()
  step, counted = _step(update_op, eval_step)
  for hook in hooks:
    if isinstance(hook, _tf.StopAfterNEvalsHook):
      total = hook._num_evals  # noqa: SLF001
      # Stock protocol: whoever evaluates hands over the count it keeps.
      hook._set_evals_completed_tensor(counted)  # noqa: SLF001
  if total is None:
    input_call.warn_of_endless(hooks, 'evaluate does not end. Give `steps`')
  final = v1.train.FinalOpsHook([values, eval_step])
  logging.info('Starting evaluation at ' + time.strftime('%Y-%m-%dT%H:%M:%S'))
  start = time.time()
  with progress.shown(
    'evaluate',
    eval_step,
    'batch',
    steps=total,
    mean_loss=_mean_loss(values),
  ) as progress_hooks:
    hooks = [*hooks, *progress_hooks]
    steps = fused_steps.FusedSteps(creator, hooks, step)
    with (
      creator.opened(
        default_hooks.in_session(creator, hooks, steps.next_run, [final])
      ) as session,
      batches.Counted(lambda: steps.runs),
    ):
      while not session.should_stop():
        if steps.run():
          break
        session.run([step, counted])  # a list, as hooks know it
        steps.count_run()
  logging.info(f'Inference Time : {time.time() - start:0.5f}s')
  logging.info('Finished evaluation at ' + time.strftime('%Y-%m-%d-%H:%M:%S'))
  metrics, count = final.final_ops_values
  if not count:
    logging.warning(
      'Evaluation had no batch, so the metrics say nothing: they are what they '
      'begin with. Perhaps input is empty or misspecified.'
    )
  return metrics


def _mean_loss(values: Any) -> tf.Tensor | None:
  """The scalar metric of that name, if there is one."""
  loss = values.get(keys.MetricKeys.LOSS)
  return loss if tf.is_tensor(loss) and loss.shape.rank == 0 else None


def _step(
  update_op: Any, eval_step: tf.Variable
) -> tuple[tf.Operation, tf.Tensor]:
  """What a run consists of, and the count of batches that it returns.

  The first session that is opened over a graph finalizes it; by then they are
  there, for further evaluations in the same graph.
  """
  graph = v1.get_default_graph()
  if graph.finalized:
    counted = graph.get_tensor_by_name(_COUNTED + ':0')
    return graph.get_operation_by_name(_STEP), counted
  counted = tf.identity(
    v1.assign_add(eval_step, 1, use_locking=True), name=_COUNTED
  )
  return tf.group(*tf.nest.flatten(update_op), counted, name=_STEP), counted
