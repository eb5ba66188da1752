"""Exports: adds the graph of each mode to a SavedModel."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.errors import notes, origins
from tfcompat_estimator.records import estimator_specs, modes
from tfcompat_estimator.saved_models import receivers
from tfcompat_estimator.session_emulation.opening import restoring
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
logging = v1.logging

# The first graph brings the variables folder. Training has the most variables,
# those of the other modes among them.
_MODES = (
  modes.ModeKeys.TRAIN,
  modes.ModeKeys.EVAL,
  modes.ModeKeys.PREDICT,
)
_TRAIN_OP_COLLECTION = 'saved_model_train_op'


def chosen_modes(receiver_fns: Mapping[str, Any]) -> list[str]:
  """The modes to export, in the order of their graphs.

  Raises:
    ValueError: There is none.
  """
  chosen = [mode for mode in _MODES if receiver_fns.get(mode)]
  if not chosen:
    raise ValueError(
      f'No valid modes for exporting found. Got {receiver_fns.keys()}; known '
      f'are {_MODES}.'
    )
  return chosen


def receive(receiver_fn: Callable[[], Any]) -> Any:
  """Calls a receiver function in the default graph.

  Raises:
    AttributeError: It returns no receiver.
    TypeError: It is no function.
  """
  if not callable(receiver_fn):
    raise TypeError(
      'serving_input_receiver_fn must be a function that returns an input '
      f'receiver, not a {type(receiver_fn).__name__}. Give it the function, or '
      'lambda: receiver if all of it is made in the lambda.'
    )
  notes.add_input_fn(receiver_fn)
  receiver = receiver_fn()
  if not hasattr(receiver, 'features'):
    raise AttributeError(
      f'{receiver_fn} must return a ServingInputReceiver or another input '
      f'receiver; a {type(receiver).__name__} object has no attribute features.'
    )
  receivers.warn_of_unfed(receiver)
  return receiver


def specs_of(features: Any) -> dict[Any, tf.TypeSpec]:
  """What features are, by name; the only one has the name None."""
  named = features if isinstance(features, Mapping) else {None: features}
  return {
    name: tf.type_spec_from_value(value)
    for name, value in named.items()
    if tf.is_tensor(value)
  }


def warn_of_others(
  trained: Mapping[Any, tf.TypeSpec], received: Mapping[Any, tf.TypeSpec]
) -> None:
  """Warns of features that are served otherwise than the model was trained with.

  Args:
    trained: The `specs_of` of training.
    received: Those of the receiver.
  """
  others = [
    f'{"the features" if name is None else repr(name)} ({_told(received[name])}, '
    f'trained with {_told(spec)})'
    for name, spec in trained.items()
    if name in received and _differ(spec, received[name])
  ]
  if others:
    logging.warning(
      'serving_input_receiver_fn gives other features than the model was trained '
      f'with: {origins.joined(others)}. Give them the same dtype and shape, but for '
      'the batch.'
    )


def _differ(one: Any, other: Any) -> bool:
  if type(one) is not type(other) or one.dtype != other.dtype:
    return True
  ranks = {one.shape.rank, other.shape.rank} - {None}
  return len(ranks) > 1 or not one.shape[1:].is_compatible_with(other.shape[1:])


def _told(spec: Any) -> str:
  kind = type(spec).__name__.removesuffix('Spec')
  dense = kind == 'Tensor'
  return f'{"" if dense else kind + " of "}{spec.dtype.name} {spec.shape}'


def signatures(
  receiver: Any, spec: estimator_specs.EstimatorSpec, mode: str
) -> dict[str, Any]:
  """The signatures, by name, of a model over a receiver's features.

  Args:
    receiver: What `receive` returned.
    spec: What model_fn made of it.
    mode: One of `ModeKeys`.
  """
  outputs = _tf.export_utils.export_outputs_for_mode(
    mode=spec.mode,
    serving_export_outputs=spec.export_outputs,
    predictions=spec.predictions,
    loss=spec.loss,
    metrics=spec.eval_metric_ops,
  )
  return _tf.export_utils.build_all_signature_defs(
    receiver.receiver_tensors,
    outputs,
    getattr(receiver, 'receiver_tensors_alternatives', None),
    serving_only=mode == modes.ModeKeys.PREDICT,
  )


def add_meta_graph(
  builder: v1.saved_model.Builder,
  spec: estimator_specs.EstimatorSpec,
  signature_defs: dict[str, Any],
  tags: Sequence[str],
  checkpoint_path: str,
  *,
  save_variables: bool,
  strip_default_attrs: bool,
) -> None:
  """Adds the default graph to a SavedModel.

  Args:
    builder: Writes the SavedModel.
    spec: Of the model in the graph.
    signature_defs: Its signatures by name.
    tags: Of the MetaGraph.
    checkpoint_path: The checkpoint with the values of the variables.
    save_variables: Whether to write the variables folder, too.
    strip_default_attrs: Leave out attributes with default values, so that
      older servers read the graph.
  """
  saver = spec.scaffold.saver or v1.train.Saver(sharded=True)
  saver.build()  # if it waits for that
  local_init_op = spec.scaffold.local_init_op
  if local_init_op is None:
    local_init_op = v1.train.Scaffold.default_local_init_op()
  if spec.train_op is not None:
    v1.add_to_collection(_TRAIN_OP_COLLECTION, spec.train_op)
  with emulated_session.EmulatedSession(v1.get_default_graph()) as session:
    restoring.restore_into(session, saver, checkpoint_path)
    arguments = {
      'tags': tags,
      'signature_def_map': signature_defs,
      'assets_collection': v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
      'main_op': local_init_op,
      'saver': saver,
      'strip_default_attrs': strip_default_attrs,
    }
    if save_variables:
      builder.add_meta_graph_and_variables(session, **arguments)
    else:
      builder.add_meta_graph(**arguments)


def tags_of(mode: str) -> Sequence[str]:
  """The tags that the MetaGraph of a mode has."""
  return _tf.export_utils.EXPORT_TAG_MAP[mode]
