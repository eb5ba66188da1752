"""What a model function of `tf.contrib.learn` returns."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.migration.tf1 import learn_config
from tfcompat_estimator.records import estimator_specs

v1 = tf.compat.v1
_SERVING_DEFAULT = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
_INPUTS = 'default_input_alternative'


class PredictionKey:
  """Names of predictions."""

  CLASSES = 'classes'
  PROBABILITIES = 'probabilities'
  LOGITS = 'logits'
  LOGISTIC = 'logistic'
  SCORES = 'scores'
  TOP_K = 'top_k'
  GENERIC = 'output'


class MetricKey:
  """Names of metrics; some take a class or a threshold."""

  LOSS = 'loss'
  AUC = 'auc'
  AUC_PR = 'auc_precision_recall'
  CLASS_AUC = 'auc/class%d'
  CLASS_AUC_PR = 'auc_precision_recall/class%d'
  PREDICTION_MEAN = 'labels/prediction_mean'
  CLASS_PREDICTION_MEAN = 'labels/prediction_mean/class%d'
  CLASS_LOGITS_MEAN = 'labels/logits_mean/class%d'
  CLASS_PROBABILITY_MEAN = 'labels/probability_mean/class%d'
  LABEL_MEAN = 'labels/actual_label_mean'
  CLASS_LABEL_MEAN = 'labels/actual_label_mean/class%d'
  ACCURACY = 'accuracy'
  ACCURACY_BASELINE = 'accuracy/baseline_label_mean'
  ACCURACY_MEAN = 'accuracy/threshold_%f_mean'
  PRECISION_MEAN = 'precision/positive_threshold_%f_mean'
  RECALL_MEAN = 'recall/positive_threshold_%f_mean'


class ProblemType:
  """What an export answers."""

  UNSPECIFIED = 0
  CLASSIFICATION = 1
  LINEAR_REGRESSION = 2
  LOGISTIC_REGRESSION = 3


class _Ops(NamedTuple):
  predictions: Any
  loss: Any
  train_op: Any
  eval_metric_ops: dict[str, Any]
  output_alternatives: Any
  training_chief_hooks: Any
  training_hooks: Any
  scaffold: Any
  mode: str


class ModelFnOps(_Ops):
  """The tensors and operations of a model in one mode."""

  def __new__(
    cls,
    mode: str,
    predictions: Any = None,
    loss: Any = None,
    train_op: Any = None,
    eval_metric_ops: Any = None,
    output_alternatives: Any = None,
    training_chief_hooks: Any = None,
    training_hooks: Any = None,
    scaffold: Any = None,
  ) -> 'ModelFnOps':
    """Makes it.

    Args:
      mode: Of `ModeKeys`.
      predictions: A tensor or a dict of them; needed but for training.
      loss: A scalar; needed but for predictions.
      train_op: Needed in training.
      eval_metric_ops: {name: a metric}.
      output_alternatives: {head: (of ProblemType, {name: tensor})}, for exports.
      training_chief_hooks: Hooks of training of the chief.
      training_hooks: Hooks of training.
      scaffold: A `tf.train.Scaffold`.

    Raises:
      ValueError: What the mode needs is missing, or the loss is no scalar.
    """
    learn_config.ModeKeys.validate(mode)
    modes = learn_config.ModeKeys
    if train_op is None and mode == modes.TRAIN:
      raise ValueError('Missing train_op.')
    if loss is None and mode in (modes.TRAIN, modes.EVAL):
      raise ValueError('Missing loss.')
    if loss is not None:
      loss = tf.convert_to_tensor(loss)
      if loss.shape.num_elements() not in (None, 1):
        raise ValueError(f'Loss must be scalar: {loss}.')
      loss = tf.reshape(loss, []) if loss.shape.rank != 0 else loss
    if predictions is None and mode in (modes.INFER, modes.EVAL):
      raise ValueError('Missing predictions.')
    if not isinstance(eval_metric_ops, dict | None):
      raise ValueError('eval_metric_ops must be a dict.')
    return super().__new__(
      cls,
      tf.nest.map_structure(_tensor, predictions),
      loss,
      train_op,
      {} if eval_metric_ops is None else eval_metric_ops,
      output_alternatives,
      list(training_chief_hooks or []),
      list(training_hooks or []),
      scaffold,
      mode,
    )

  def estimator_spec(
    self, default_serving_output_alternative_key: str | None = None
  ) -> Any:
    """The `tf.estimator.EstimatorSpec` that is the same."""
    alternatives = dict(self.output_alternatives or {})
    if len(alternatives) > 1 and _SERVING_DEFAULT not in alternatives:
      alternatives[_SERVING_DEFAULT] = alternatives[
        default_serving_output_alternative_key
      ]
    outputs = {
      name: _output(kind, tensors, is_one_string=True)
      for name, (kind, tensors) in alternatives.items()
    }
    return self._spec(outputs or None)

  def served(self, inputs: Mapping[str, Any], default: str | None) -> Any:
    """The spec of an export, whose signatures have the names of 1.15.

    Args:
      inputs: The placeholders of the export.
      default: Which of the alternatives is the default; None for the only one.
    """
    alternatives = self.output_alternatives
    if not alternatives:
      tensors = self.predictions
      if not isinstance(tensors, dict):
        tensors = {PredictionKey.GENERIC: tensors}
      alternatives = {
        'default_output_alternative': (ProblemType.UNSPECIFIED, tensors)
      }
    if default is None and len(alternatives) == 1:
      (default,) = alternatives
    if default not in alternatives:
      raise ValueError(
        f'`default_output_alternative_key` ({default!r}) must be one of '
        f'{sorted(map(str, alternatives))}.'
      )
    is_one_string = [each.dtype for each in inputs.values()] == [tf.string]
    outputs = {
      f'{_INPUTS}:{name}': _output(kind, tensors, is_one_string=is_one_string)
      for name, (kind, tensors) in alternatives.items()
    }
    outputs[_SERVING_DEFAULT] = outputs[f'{_INPUTS}:{default}']
    return self._spec(outputs)

  def _spec(self, outputs: Any) -> Any:
    return estimator_specs.EstimatorSpec(
      mode=self.mode,
      predictions=self.predictions,
      loss=self.loss,
      train_op=self.train_op,
      eval_metric_ops={
        name: _metric(value)
        for name, value in self.eval_metric_ops.items()
        if name != MetricKey.LOSS
      },
      export_outputs=outputs,
      training_chief_hooks=self.training_chief_hooks,
      training_hooks=self.training_hooks,
      scaffold=self.scaffold,
    )


def _tensor(value: Any) -> Any:
  if value is None or isinstance(value, tf.SparseTensor):
    return value
  return tf.convert_to_tensor(value)


def _metric(value: Any) -> Any:
  """A metric as `tf.estimator` takes it: a tensor alone is one that ends so."""
  if isinstance(value, tuple | list):
    return tuple(value)
  tensor = tf.convert_to_tensor(value)
  if tensor.dtype.is_floating:
    return v1.metrics.mean_tensor(tensor)
  return tensor, v1.no_op()


def _output(
  kind: int, tensors: Mapping[str, Any], *, is_one_string: bool
) -> Any:
  classes = tensors.get(PredictionKey.CLASSES)
  scores = tensors.get(PredictionKey.SCORES)
  if scores is None:
    scores = tensors.get(PredictionKey.PROBABILITIES)
  if not is_one_string or kind == ProblemType.UNSPECIFIED:
    return estimator_specs.PredictOutput(dict(tensors))
  if kind == ProblemType.LINEAR_REGRESSION:
    return estimator_specs.RegressionOutput(scores)
  if classes is not None and classes.dtype != tf.string:
    classes = None
  return estimator_specs.ClassificationOutput(scores, classes)


class InputFnOps(NamedTuple):
  """What a serving_input_fn returns: features, no labels, and placeholders."""

  features: Any
  labels: Any
  default_inputs: Any


def build_parsing_serving_input_fn(
  feature_spec: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
  """A serving_input_fn of serialized examples.

  Args:
    feature_spec: See `tf.io.parse_example`.
    default_batch_size: Of the placeholder; None for any.
  """

  def input_fn() -> InputFnOps:
    serialized = v1.placeholder(
      tf.string, [default_batch_size], 'input_example_tensor'
    )
    features = v1.io.parse_example(serialized, feature_spec)
    return InputFnOps(features, None, {'examples': serialized})

  return input_fn


def build_default_serving_input_fn(
  features: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
  """A serving_input_fn of placeholders that look like the features."""

  def input_fn() -> InputFnOps:
    made = {
      name: v1.placeholder(
        each.dtype, [default_batch_size, *each.shape[1:]], each.op.name
      )
      for name, each in features.items()
    }
    return InputFnOps(made, None, made)

  return input_fn
