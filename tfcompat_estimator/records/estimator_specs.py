"""Checks and holds what a model function returns."""

import collections
import re
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf, keras_graph
from tfcompat_estimator.errors import notes
from tfcompat_estimator.records import arguments, modes

v1 = tf.compat.v1

_DEFAULT_SIGNATURE = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY

_Fields = collections.namedtuple(
  'EstimatorSpec',
  (
    'mode predictions loss train_op eval_metric_ops export_outputs '
    'training_chief_hooks training_hooks scaffold evaluation_hooks '
    'prediction_hooks'
  ),
)


class EstimatorSpec(_Fields):
  """The operations and objects that a `model_fn` hands to an `Estimator`.

  Made once in each call of `model_fn`, in the graph that is being built; every
  tensor and operation in it must belong to that graph.
  """

  def __new__(
    cls,
    mode,
    predictions=None,
    loss=None,
    train_op=None,
    eval_metric_ops=None,
    export_outputs=None,
    training_chief_hooks=None,
    training_hooks=None,
    scaffold=None,
    evaluation_hooks=None,
    prediction_hooks=None,
  ):
    """Checks the arguments and makes the spec.

    What a mode needs must be there; what it does not need may be there too.

    * `ModeKeys.TRAIN` needs `loss` and `train_op`.
    * `ModeKeys.EVAL` needs `loss`.
    * `ModeKeys.PREDICT` needs `predictions`.

    Args:
      mode: A `ModeKeys` value: what the graph is for.
      predictions: A `Tensor`, or a dict of names to `Tensor`s.
      loss: The loss, a scalar `Tensor` (shape `[]`, or `[1]`, which is
        reshaped), of any numeric dtype.
      train_op: The operation of one training step. It must advance the global
        step, as an optimizer does that gets `tf.compat.v1.train.
        get_global_step()`.
      eval_metric_ops: A dict of metric names to what is reported under them:
        a Keras metric (tf_keras or Keras 3) on which `update_state` was
        called, or a pair `(metric_value, update_op)`, where `metric_value` is
        a tensor, or a nest of tensors, and `update_op` an operation or tensor.
      export_outputs: For a SavedModel, a dict of signature names to
        `ExportOutput`s. One of several must be named
        `tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY`; a single one gets
        that name in addition. By default a `PredictOutput` of `predictions`.
        Looked at in `ModeKeys.PREDICT` only.
      training_chief_hooks: `SessionRunHook`s for training on the chief worker.
      training_hooks: `SessionRunHook`s for training on every worker.
      scaffold: A `tf.compat.v1.train.Scaffold` for initialization, the saver
        and summaries. A new one by default.
      evaluation_hooks: `SessionRunHook`s for evaluation.
      prediction_hooks: `SessionRunHook`s for prediction.

    Returns:
      The spec. Collections of hooks have become tuples, a missing
      `predictions` or `eval_metric_ops` is `{}`.

    Raises:
      ValueError: If what the mode needs is missing, or if `loss` is no scalar,
        or if something belongs to another graph than the default one.
      TypeError: If an argument has a wrong type.
    """
    predictions = checked_predictions(predictions, mode)
    loss = checked_loss(loss, mode)
    train_op = checked_train_op(train_op, mode)
    eval_metric_ops = checked_metrics(eval_metric_ops)
    if not tf.executing_eagerly():
      _check_graph(predictions, loss, train_op, eval_metric_ops)
    return super().__new__(
      cls,
      mode=mode,
      predictions=predictions,
      loss=loss,
      train_op=train_op,
      eval_metric_ops=eval_metric_ops,
      export_outputs=checked_export_outputs(export_outputs, predictions, mode),
      training_chief_hooks=checked_hooks(training_chief_hooks),
      training_hooks=checked_hooks(training_hooks),
      scaffold=checked_scaffold(scaffold),
      evaluation_hooks=checked_hooks(evaluation_hooks),
      prediction_hooks=checked_hooks(prediction_hooks),
    )

  def _replace(self, **kwds: Any) -> 'EstimatorSpec':
    """Returns a copy with the given fields replaced, except for `mode`.

    Raises:
      ValueError: If `mode` would change.
    """
    if kwds.get('mode', self.mode) != self.mode:
      raise ValueError(
        'mode of EstimatorSpec cannot be changed. Make a new EstimatorSpec '
        f'for mode {kwds["mode"]!r}.'
      )
    # Not super()._replace: it would make the copy without the checks.
    return EstimatorSpec(**{**self._asdict(), **kwds})


def _check_not_needed(name: str, mode: Any, *needing: str) -> None:
  """Raises ValueError if the mode is one that needs what is missing."""
  if mode in needing:
    raise ValueError(
      f'Missing {name}. An EstimatorSpec for mode {mode!r} needs `{name}`.'
    )


def checked_predictions(predictions: Any, mode: Any) -> Any:
  """The predictions, `{}` where there are none and the mode needs none."""
  if predictions is None:
    _check_not_needed('predictions', mode, modes.ModeKeys.PREDICT)
    return {}
  if isinstance(predictions, dict):
    for key, value in predictions.items():
      check_tensor(value, f'predictions[{key}]')
  else:
    check_tensor(predictions, 'predictions')
  return predictions


def checked_loss(loss: Any, mode: Any) -> Any:
  """The loss, a scalar; None where the mode needs none."""
  if loss is None:
    _check_not_needed('loss', mode, modes.ModeKeys.TRAIN, modes.ModeKeys.EVAL)
    return None
  check_tensor(loss, 'loss')
  if loss.shape.num_elements() not in (None, 1):
    raise ValueError(
      f'Loss must be scalar, given: {loss}. Reduce it, for instance with '
      'tf.reduce_mean.'
    )
  if loss.shape.rank == 0:
    return loss
  scalar = tf.reshape(loss, [])
  if not tf.executing_eagerly():
    notes.explain(scalar.op.name, _explain_loss)
  return scalar


def _explain_loss(text: str) -> str | None:
  """What it means if the loss cannot be made a scalar."""
  if not re.search(r'requested shape has 1\b', text):
    return None
  return (
    '`loss` of the EstimatorSpec has a value for each example, and must be a scalar. '
    'Reduce it, for instance with tf.reduce_mean'
  )


def checked_train_op(train_op: Any, mode: Any) -> Any:
  """The train op; None where the mode needs none."""
  if train_op is None:
    _check_not_needed('train_op', mode, modes.ModeKeys.TRAIN)
    return None
  if isinstance(train_op, tf.Variable) and not tf.executing_eagerly():
    return train_op.op
  check_tensor_or_operation(train_op, 'train_op')
  return train_op


def checked_metrics(eval_metric_ops: Any) -> dict[Any, tuple[Any, Any]]:
  """Checks the metrics and replaces those of Keras by pairs."""
  if eval_metric_ops is None:
    return {}
  if not isinstance(eval_metric_ops, dict):
    raise TypeError(f'eval_metric_ops must be a dict, given: {eval_metric_ops}')
  checked = {}
  adopted = []
  for key, value in eval_metric_ops.items():
    if keras_graph.is_keras_metric(value):
      adopted.append(value)
      value = keras_graph.value_and_update(value)
    elif not isinstance(value, tuple) or len(value) != 2:
      raise TypeError(
        'Values of eval_metric_ops must be (metric_value, update_op) tuples, '
        f'given: {value} for key: {key}. tf.compat.v1.metrics.mean makes one of a '
        'tensor.'
      )
    checked[key] = value
  if adopted and not tf.executing_eagerly():
    keras_graph.adopt_variables(adopted)
  return checked


def checked_export_outputs(
  export_outputs: Any, predictions: Any, mode: Any
) -> Any:
  """Checks the outputs for serving and sees that there is a default one."""
  if mode != modes.ModeKeys.PREDICT:
    return export_outputs
  if export_outputs is None:
    output = PredictOutput(predictions)
    return {_DEFAULT_SIGNATURE: output}
  if not isinstance(export_outputs, dict):
    raise TypeError(
      f'`export_outputs` must be dict, received: {export_outputs}.'
    )
  for output in export_outputs.values():
    if not isinstance(output, ExportOutput):
      raise TypeError(
        'Values in `export_outputs` must be ExportOutput objects, received: '
        f'{export_outputs}.'
      )
  if _DEFAULT_SIGNATURE in export_outputs or not export_outputs:
    return export_outputs
  if len(export_outputs) > 1:
    raise ValueError(
      'Multiple `export_outputs` were provided, but none of them are '
      f'specified as the default. Name one of {list(export_outputs)} '
      '`tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY`.'
    )
  (output,) = export_outputs.values()
  return {**export_outputs, _DEFAULT_SIGNATURE: output}


def checked_hooks(hooks: Any) -> tuple[Any, ...]:
  """The hooks as a tuple. Raises TypeError if one is none."""
  return arguments.checked_hooks(
    hooks, 'All hooks must be SessionRunHook instances'
  )


def checked_scaffold(scaffold: Any) -> Any:
  """The scaffold, or a new one. Raises TypeError if it is none."""
  scaffold = scaffold or v1.train.Scaffold()
  if not isinstance(scaffold, v1.train.Scaffold):
    raise TypeError(f'scaffold must be tf.train.Scaffold. Given: {scaffold}')
  return scaffold


def check_tensor_or_operation(x: Any, name: str) -> None:
  """Raises TypeError if `x` is neither an operation nor a tensor."""
  if not (isinstance(x, tf.Operation) or tf.is_tensor(x)):
    raise TypeError(f'{name} must be Operation or Tensor, given: {x}')


def check_tensor(value: Any, name: str) -> None:
  """Raises if `value` is neither a dense tensor nor a variable."""
  if not isinstance(value, (tf.Tensor, tf.Variable)):
    raise TypeError(f'{name} must be Tensor, given: {value}')


def _check_graph(
  predictions: Any, loss: Any, train_op: Any, eval_metric_ops: dict[Any, Any]
) -> None:
  """Raises if anything is from another graph than the default one."""
  # Not flattened: keys of several types, which cannot be sorted, are fine.
  is_dict = isinstance(predictions, dict)
  values = predictions.values() if is_dict else [predictions]
  named = [('prediction values', value) for value in values]
  named += [('loss', loss), ('train_op', train_op)]
  graph = v1.get_default_graph()
  for name, value in named:
    if value is not None and value.graph is not graph:
      _refuse_graph(name, value.name)
  for key, pair in eval_metric_ops.items():
    for value in tf.nest.flatten(pair):
      if not hasattr(value, 'graph'):
        raise AttributeError(
          f'eval_metric_ops[{key!r}] has {value!r}, which is no tensor or operation. '
          'Give a pair (metric_value, update_op), as tf.compat.v1.metrics.mean makes '
          'it, or a Keras metric.'
        )
      if value.graph is not graph:
        _refuse_graph('eval_metric_ops', f'{key}: {value.name}')


def _refuse_graph(name: str, what: str) -> None:
  raise ValueError(
    f'{name} with "{what}" must be from the default graph. Either it was made '
    'outside of the graph that is being built, or it comes from an earlier '
    'call of model_fn. Make every tensor and operation inside model_fn.'
  )


ExportOutput = _tf.export_output.ExportOutput
PredictOutput = _tf.export_output.PredictOutput
ClassificationOutput = _tf.export_output.ClassificationOutput
RegressionOutput = _tf.export_output.RegressionOutput
EvalOutput = _tf.export_output.EvalOutput
TrainOutput = _tf.export_output.TrainOutput
