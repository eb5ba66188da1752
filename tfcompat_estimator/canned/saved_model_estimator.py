"""Trains, evaluates and predicts with the graphs of a SavedModel."""

import os
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from google.protobuf import text_format
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import arguments, estimator_specs, modes
from tfcompat_estimator.saved_models import exports

v1 = tf.compat.v1
gfile = tf.io.gfile

# The signature of each mode's graph, as exports name it.
_SIGNATURES = {
  modes.ModeKeys.TRAIN: 'train',
  modes.ModeKeys.EVAL: 'eval',
  modes.ModeKeys.PREDICT: tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY,
}
_PREDICT = 'predict'
_CONSTANTS = v1.saved_model.constants
# What the loader of a SavedModel reads, and its builder writes anew.
_TRAIN_OP = 'saved_model_train_op'
_ASSETS = 'saved_model_assets'
_OF_THE_FILE = (_CONSTANTS.MAIN_OP_KEY, _TRAIN_OP, _ASSETS)
_METHODS = {
  tf.saved_model.CLASSIFY_METHOD_NAME: estimator_specs.ClassificationOutput,
  tf.saved_model.REGRESS_METHOD_NAME: estimator_specs.RegressionOutput,
}


class SavedModelEstimator(base_estimator.EstimatorV2):
  """Goes on from a SavedModel that `experimental_export_all_saved_models` wrote.

      estimator = SavedModelEstimator(saved_model_dir)
      estimator.train(input_fn)

  Its graphs are those of the SavedModel, one for each mode that was exported;
  `input_fn` gives tensors under the names of their inputs, labels under `label`
  unless they are a dict. Variables begin with the values of the SavedModel, and
  are then those of `model_dir`.
  """

  def __init__(self, saved_model_dir, model_dir=None):
    """Reads the SavedModel.

    Args:
      saved_model_dir: The directory with `saved_model.pb`.
      model_dir: The directory of checkpoints and events; what it holds is
        continued. Default: a new temporary one.

    Raises:
      OSError: There is no SavedModel in `saved_model_dir`.
    """
    self._saved_model_dir = arguments.as_path(saved_model_dir)
    self._graphs = _read(self._saved_model_dir)
    super().__init__(self._model_fn_from_saved_model, model_dir)

  def _assert_members_are_not_overridden(self) -> None:
    """Does not: the graph has a global step already, and may be a first one."""

  def latest_checkpoint(self):
    """Returns the newest checkpoint; before any training the SavedModel's.

    Returns:
      A string, the prefix of its files.
    """
    return super().latest_checkpoint() or self._variables_path

  @property
  def _variables_path(self) -> str:
    return os.path.join(self._saved_model_dir, 'variables', 'variables')

  def _create_and_assert_global_step(self, graph: tf.Graph) -> None:
    """Leaves it to the graph of the SavedModel."""
    del graph

  def _model_fn_from_saved_model(
    self, features: Any, labels: Any, mode: str
  ) -> estimator_specs.EstimatorSpec:
    """Brings the graph of a mode into the default graph."""
    meta_graph, signature = self._graph_of(mode)
    graph = v1.get_default_graph()
    inputs = _mapped(signature, features, labels)
    assets = _assets(meta_graph, self._saved_model_dir)
    saver = v1.train.import_meta_graph(
      meta_graph, input_map={**inputs, **assets}
    )
    graph.clear_collection(v1.GraphKeys.ASSET_FILEPATHS)
    for path in assets.values():
      v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, path)
    main_ops = v1.get_collection(_CONSTANTS.MAIN_OP_KEY)
    train_ops = v1.get_collection(_TRAIN_OP)
    for name in _OF_THE_FILE:
      graph.clear_collection(name)
    outputs = {
      key: graph.get_tensor_by_name(info.name)
      for key, info in signature.outputs.items()
    }
    for op in main_ops:  # They run where tables are initialized.
      v1.add_to_collection(v1.GraphKeys.TABLE_INITIALIZERS, op)
    scaffold = v1.train.Scaffold(
      init_fn=lambda _, session: saver.restore(session, self._variables_path)
    )
    if mode == modes.ModeKeys.PREDICT:
      return estimator_specs.EstimatorSpec(
        mode,
        predictions=outputs,
        export_outputs=_exports(graph, meta_graph),
        scaffold=scaffold,
      )
    return estimator_specs.EstimatorSpec(
      mode,
      loss=outputs.pop('loss'),
      train_op=train_ops[0] if train_ops else None,
      predictions={
        key: value
        for key, value in outputs.items()
        if key.startswith('predictions')
      },
      eval_metric_ops=_metrics(outputs),
      scaffold=scaffold,
    )

  def _graph_of(self, mode: str) -> tuple[Any, Any]:
    """The MetaGraphDef of a mode, and its signature."""
    meta_graph = self._graphs.get(frozenset(exports.tags_of(mode)))
    if meta_graph is None:
      raise RuntimeError(
        f'{mode} mode is not available in the SavedModel '
        f'{self._saved_model_dir}. It has graphs of the tags '
        f'{sorted(map(sorted, self._graphs))}. Export it with '
        'experimental_export_all_saved_models.'
      )
    key = _SIGNATURES[mode]
    if mode == modes.ModeKeys.PREDICT and key not in meta_graph.signature_def:
      # Of a classifier that was exported to be fed features.
      key = _PREDICT
    if key not in meta_graph.signature_def:
      raise ValueError(
        f'The graph of mode {mode} in {self._saved_model_dir} has no '
        f'signature {key!r}, but {sorted(meta_graph.signature_def)}.'
      )
    return meta_graph, meta_graph.signature_def[key]


def _read(directory: str) -> dict[frozenset[str], Any]:
  """The MetaGraphDefs of a SavedModel, by their tags."""
  path = os.path.join(directory, 'saved_model.pb')
  text = os.path.join(directory, 'saved_model.pbtxt')
  if gfile.exists(path):
    with gfile.GFile(path, 'rb') as file:
      parsed = saved_model_pb2.SavedModel.FromString(file.read())
  elif gfile.exists(text):
    with gfile.GFile(text) as file:
      parsed = text_format.Parse(file.read(), saved_model_pb2.SavedModel())
  else:
    raise OSError(
      f'There is no SavedModel at `saved_model_dir` ({directory}): neither '
      f'{path} nor {text} exists.'
    )
  return {
    frozenset(graph.meta_info_def.tags): graph for graph in parsed.meta_graphs
  }


def _mapped(signature: Any, features: Any, labels: Any) -> dict[str, Any]:
  """By the names of the graph's inputs, what they are to be.

  Raises:
    ValueError: An input is missing, or the features have no names.
  """
  given = _named(features, 'feature', signature)
  if labels is not None:
    given.update(_named(labels, 'label', signature))
  missing = sorted(set(signature.inputs) - set(given))
  if missing:
    raise ValueError(
      f'input_fn must give {sorted(signature.inputs)}, as the SavedModel was '
      f'exported; it lacks {missing}. Given: {sorted(given)}.'
    )
  mapped = {}
  for key, info in signature.inputs.items():
    if info.WhichOneof('encoding') != 'coo_sparse':
      mapped[info.name] = given[key]
      continue
    sparse, names = given[key], info.coo_sparse
    mapped[names.indices_tensor_name] = sparse.indices
    mapped[names.values_tensor_name] = sparse.values
    mapped[names.dense_shape_tensor_name] = sparse.dense_shape
  return mapped


def _named(values: Any, default: str, signature: Any) -> dict[str, Any]:
  """Features or labels as a dict."""
  if isinstance(values, Mapping):
    return dict(values)
  names = (default, 'input') if default == 'feature' else (default,)
  for name in names:
    if name in signature.inputs:
      return {name: values}
  raise ValueError(
    f'input_fn gives {default}s without a name; they must be a dict of '
    f'{sorted(signature.inputs)}. Given: {values}'
  )


def _assets(meta_graph: Any, directory: str) -> dict[str, tf.Tensor]:
  """By the names of tensors that hold paths of assets, where these are now."""
  assets = list(meta_graph.asset_file_def)
  for packed in meta_graph.collection_def[_ASSETS].any_list.value:
    asset = meta_graph_pb2.AssetFileDef()
    packed.Unpack(asset)
    assets.append(asset)
  return {
    asset.tensor_info.name: tf.constant(
      os.path.join(directory, _CONSTANTS.ASSETS_DIRECTORY, asset.filename)
    )
    for asset in assets
  }


def _metrics(outputs: Mapping[str, tf.Tensor]) -> dict[str, Any]:
  """The (value, update op) pairs among the outputs, `metrics/...` each."""
  names = [
    key.removesuffix('/value')
    for key in outputs
    if key.startswith('metrics/') and key.endswith('/value')
  ]
  return {
    name: (outputs[f'{name}/value'], outputs[f'{name}/update_op'])
    for name in names
  }


def _exports(graph: tf.Graph, meta_graph: Any) -> dict[str, Any]:
  """What each signature for serving gives, to export it again."""
  made = {}
  for key, signature in meta_graph.signature_def.items():
    if key.startswith('__saved_model'):
      continue
    outputs = {
      name: graph.get_tensor_by_name(info.name)
      for name, info in signature.outputs.items()
    }
    kind = _METHODS.get(signature.method_name)
    if kind is estimator_specs.RegressionOutput:
      made[key] = kind(value=outputs['outputs'])
    elif kind:
      made[key] = kind(
        scores=outputs.get('scores'), classes=outputs.get('classes')
      )
    else:
      made[key] = estimator_specs.PredictOutput(outputs)
  return made
