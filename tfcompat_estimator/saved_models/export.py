"""Exports: builds the graph of each mode and writes them as one SavedModel."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import source as source_lib
from tfcompat_estimator.loop import build
from tfcompat_estimator.loop import model as model_lib
from tfcompat_estimator.saved_models import saved_model
from tfcompat_estimator.session_emulation.opening import creator as creator_lib
from tfcompat_estimator.session_emulation.run import session as session_lib
from tfcompat_estimator.spec import estimator_spec as spec_lib
from tfcompat_estimator.spec import modes

v1 = tf.compat.v1

# The first graph brings the variables folder. Training has the most variables,
# those of the other modes among them.
_MODES = (
  modes.ModeKeys.TRAIN,
  modes.ModeKeys.EVAL,
  modes.ModeKeys.PREDICT,
)
_TRAIN_OP_COLLECTION = 'saved_model_train_op'


def export(
  model: model_lib.Model,
  export_dir_base: str | bytes,
  receiver_fns: Mapping[str, Callable[[], Any]],
  assets_extra: Mapping[str, str] | None,
  as_text: bool,
  checkpoint_path: str | None,
  strip_default_attrs: bool,
) -> bytes:
  """Exports the modes of `receiver_fns` over one folder of variables.

  Args:
    model: what to export.
    export_dir_base: the directory of all versions.
    receiver_fns: by mode, a function that makes the placeholders and features
      (and labels, where the mode is not PREDICT).
    assets_extra: files to copy, by their path under `assets.extra`.
    as_text: write the graphs as text.
    checkpoint_path: the checkpoint; default: the latest one.
    strip_default_attrs: leave out attributes with default values, so that
      older servers read the graph.

  Returns:
    The path of the version directory.

  Raises:
    ValueError: there is no checkpoint, or no known mode.
  """
  source = source_lib.Source(model.model_dir, checkpoint_path)
  if source.path is None:
    raise ValueError(
      f"Couldn't find trained model at {model.model_dir}. Train first, or give "
      '`checkpoint_path`.'
    )
  chosen = [mode for mode in _MODES if receiver_fns.get(mode)]
  if not chosen:
    raise ValueError(
      f'No valid modes for exporting found. Got {receiver_fns.keys()}; known '
      f'are {_MODES}.'
    )

  def add_graphs(path: str, builder: v1.saved_model.Builder) -> None:
    for mode in chosen:
      with build.new_graph(model) as graph:
        _add_graph(
          builder,
          signatures(model, receiver_fns[mode], mode),
          graph,
          path,
          mode,
          with_variables=mode == chosen[0],
          strip_default_attrs=strip_default_attrs,
        )

  return source.attempt(
    lambda path: saved_model.write(
      export_dir_base,
      functools.partial(add_graphs, path),
      assets_extra,
      as_text,
    )
  )


def signatures(
  model: model_lib.Model, receiver_fn: Callable[[], Any], mode: str
) -> tuple[spec_lib.EstimatorSpec, dict[str, Any]]:
  """Builds the model over the receiver's features, in the default graph.

  Args:
    model: the model.
    receiver_fn: makes the placeholders, features and labels.
    mode: one of `ModeKeys`.

  Returns:
    The model's spec, and its signatures by name.
  """
  build.create_global_step()
  receiver = receiver_fn()
  if not hasattr(receiver, 'features'):
    raise AttributeError(
      f'{receiver_fn} must return a ServingInputReceiver or another input '
      f'receiver; a {type(receiver).__name__} object has no attribute features.'
    )
  spec = model.call(
    receiver.features, getattr(receiver, 'labels', None), mode, model.config
  )
  outputs = _tf.export_utils.export_outputs_for_mode(
    mode=spec.mode,
    serving_export_outputs=spec.export_outputs,
    predictions=spec.predictions,
    loss=spec.loss,
    metrics=spec.eval_metric_ops,
  )
  signature_defs = _tf.export_utils.build_all_signature_defs(
    receiver.receiver_tensors,
    outputs,
    getattr(receiver, 'receiver_tensors_alternatives', None),
    serving_only=mode == modes.ModeKeys.PREDICT,
  )
  return spec, signature_defs


def _add_graph(
  builder: v1.saved_model.Builder,
  built: tuple[spec_lib.EstimatorSpec, dict[str, Any]],
  graph: tf.Graph,
  checkpoint_path: str,
  mode: str,
  *,
  with_variables: bool,
  strip_default_attrs: bool,
) -> None:
  spec, signature_defs = built
  saver = spec.scaffold.saver or v1.train.Saver(sharded=True)
  local_init_op = spec.scaffold.local_init_op
  if local_init_op is None:
    local_init_op = v1.train.Scaffold.default_local_init_op()
  if spec.train_op is not None:
    v1.add_to_collection(_TRAIN_OP_COLLECTION, spec.train_op)
  with session_lib.EmulatedSession(graph) as session:
    creator_lib.restore_into(session, saver, checkpoint_path)
    arguments = {
      'tags': _tf.export_utils.EXPORT_TAG_MAP[mode],
      'signature_def_map': signature_defs,
      'assets_collection': v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
      'main_op': local_init_op,
      'saver': saver,
      'strip_default_attrs': strip_default_attrs,
    }
    if with_variables:
      builder.add_meta_graph_and_variables(session, **arguments)
    else:
      builder.add_meta_graph(**arguments)
