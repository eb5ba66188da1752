"""Loads a model once, to call it many times.

The API of the retired `tf.contrib.predictor`, for services in Python:

    predict = predictor.from_saved_model('/exports/1700000000')
    predict({'inputs': [serialized_example]})['scores']
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_source
from tfcompat_estimator.errors import deprecations, folding
from tfcompat_estimator.records import arguments, modes
from tfcompat_estimator.saved_models import exports
from tfcompat_estimator.session_emulation.opening import session_creator
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
gfile = tf.io.gfile
_DEFAULT_KEY = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY


class Predictor:
  """A loaded model with one signature, to be called.

  Threads may call it at the same time. Made by `from_saved_model` and
  `from_estimator`.
  """

  def __init__(
    self,
    session: emulated_session.EmulatedSession,
    feed_tensors: dict[str, Any],
    fetch_tensors: dict[str, Any],
  ):
    self._session = session
    self._feed_tensors = feed_tensors
    self._fetch_tensors = fetch_tensors

  @property
  def feed_tensors(self):
    """The tensors that inputs go to, by name."""
    return self._feed_tensors

  @property
  def fetch_tensors(self):
    """The tensors that outputs come from, by name."""
    return self._fetch_tensors

  @property
  def graph(self):
    """The `tf.Graph` of the model."""
    return self._session.graph

  @property
  def session(self):
    """What runs the graph; it has the `run` of a `tf.compat.v1.Session`."""
    return self._session

  @folding.folded
  def __call__(self, input_dict):
    """Computes all outputs.

    Args:
      input_dict: Values by the names in `feed_tensors`, as numpy arrays or what
        can be made into them.

    Returns:
      A dict of numpy arrays by the names in `fetch_tensors`.

    Raises:
      TypeError: It is no dict.
      ValueError: A name is none of `feed_tensors`, or a shape does not fit.
    """
    if not isinstance(input_dict, Mapping):
      raise TypeError(
        f'`input_dict` must be a dict of {sorted(self._feed_tensors)}, not a '
        f'{type(input_dict).__name__}.'
      )
    unexpected = sorted(set(input_dict) - set(self._feed_tensors))
    if unexpected:
      raise ValueError(
        f'Got unexpected keys in input_dict: {unexpected}. '
        f'Known are {sorted(self._feed_tensors)}.'
      )
    feeds = {self._feed_tensors[key]: input_dict[key] for key in input_dict}
    return self._session.run(self._fetch_tensors, feeds)

  def close(self):
    """Frees the model's variables; it cannot be called any more."""
    self._session.close()

  def __enter__(self):
    return self

  def __exit__(self, *unused_exception: object) -> None:
    self.close()


@folding.folded
def from_saved_model(
  export_dir,
  signature_def_key=None,
  signature_def=None,
  input_names=None,
  output_names=None,
  tags=None,
  graph=None,
  config=None,
):
  """Loads a SavedModel.

  At most one of `signature_def_key`, `signature_def` and the pair of
  `input_names` and `output_names` may be given.

  Args:
    export_dir: The directory with `saved_model.pb`.
    signature_def_key: The signature to call; default: `serving_default`, or the
      only one.
    signature_def: A `SignatureDef` to call instead.
    input_names: A dict from the names of inputs to names of tensors.
    output_names: Likewise for the outputs.
    tags: The tags of the MetaGraph, an iterable or a str with commas; default:
      `serve`.
    graph: The `tf.Graph` to load into; default: a new one.
    config: Unused; it configured a session.

  Returns:
    A `Predictor`.

  Raises:
    ValueError: Too many ways to choose the signature, or no such signature.
    RuntimeError: No MetaGraph has these tags.
  """
  del config
  if bool(input_names) != bool(output_names):
    raise ValueError(
      'input_names and output_names must both be specified or both be '
      f'unspecified. Given: {input_names}, {output_names}.'
    )
  if sum(map(bool, (signature_def_key, signature_def, input_names))) > 1:
    raise ValueError(
      'You must specify at most one of signature_def_key, signature_def and '
      'input_names with output_names.'
    )
  deprecations.quiet()
  graph = graph or tf.Graph()
  with graph.as_default():
    _check_export(export_dir)
    session = emulated_session.EmulatedSession(graph)
    meta_graph = v1.saved_model.loader.load(
      session, _tags(tags), arguments.as_path(export_dir)
    )
    if not input_names:
      signature = signature_def or _signature(
        meta_graph.signature_def, signature_def_key
      )
      input_names = _names(signature.inputs)
      output_names = _names(signature.outputs)
    return Predictor(
      session, _tensors(graph, input_names), _tensors(graph, output_names)
    )


@folding.folded
def from_estimator(
  estimator,
  serving_input_receiver_fn,
  output_key=None,
  graph=None,
  config=None,
):
  """Builds an estimator's model once, with its latest checkpoint.

  Args:
    estimator: The `Estimator`.
    serving_input_receiver_fn: As for `Estimator.export_saved_model`.
    output_key: Which of the model's `export_outputs` to compute; default: the
      one that an export would serve by default, or the only one.
    graph: The `tf.Graph` to build in; default: a new one.
    config: Unused; it configured a session.

  Returns:
    A `Predictor`.

  Raises:
    ValueError: The estimator has no checkpoint, or there is no such output.
  """
  del config
  source = checkpoint_source.Source(estimator.model_dir)
  if source.path is None:
    raise ValueError(
      f"Couldn't find trained model at {estimator.model_dir}. Train first."
    )
  mode = modes.ModeKeys.PREDICT
  graph = graph or tf.Graph()
  with graph.as_default(), graph.device(estimator.config.device_fn):
    v1.train.get_or_create_global_step()
    receiver = exports.receive(serving_input_receiver_fn)
    spec = estimator.model_fn(receiver.features, None, mode, estimator.config)
    signatures = exports.signatures(receiver, spec, mode)
    signature = _signature(signatures, output_key)
    session = session_creator.EmulatedSessionCreator(
      spec.scaffold, source=source
    ).create_session()
    return Predictor(
      session,
      _tensors(graph, _names(signature.inputs)),
      _tensors(graph, _names(signature.outputs)),
    )


def _check_export(export_dir: Any) -> None:
  """Raises unless a directory has a SavedModel.

  Raises:
    OSError: It has none. If it is one of versions, the newest is named.
  """
  path = tf.compat.as_str_any(tf.compat.path_to_str(export_dir))
  if tf.saved_model.contains_saved_model(path):
    return
  names = gfile.listdir(path) if gfile.isdir(path) else []
  versions = sorted(
    (name for name in (n.rstrip('/') for n in names) if name.isdigit()), key=int
  )
  remedy = 'Give the directory that export_saved_model returned.'
  if versions:
    newest = os.path.join(path, versions[-1])
    remedy = f'It has versions; the newest is {newest}: give that.'
  raise OSError(
    f'`export_dir` ({path}) has no SavedModel file: SavedModel file does not exist '
    f'at: {path}/saved_model.pb. {remedy}'
  )


def _signature(signatures: Any, key: str | None) -> Any:
  """The signature of that name; without a name the default, or the only one."""
  if not key and _DEFAULT_KEY not in signatures and len(signatures) == 1:
    # A classifier's has no default one where features come as they are.
    return next(iter(signatures.values()))
  key = key or _DEFAULT_KEY
  if key not in signatures:
    raise ValueError(
      f'Got signature_def_key "{key}". Available signatures are '
      f'{sorted(signatures)}.'
    )
  return signatures[key]


def _names(infos: Any) -> dict[str, Any]:
  """By key, the name of a tensor, or the names that a sparse one consists of."""
  return {
    key: info.name
    if info.WhichOneof('encoding') != 'coo_sparse'
    else info.coo_sparse
    for key, info in infos.items()
  }


def _tensors(graph: tf.Graph, names: Any) -> dict[str, Any]:
  return {key: _tensor(graph, name) for key, name in names.items()}


def _tensor(graph: tf.Graph, name: Any) -> Any:
  if isinstance(name, str):
    return graph.get_tensor_by_name(name)
  return tf.SparseTensor(
    graph.get_tensor_by_name(name.indices_tensor_name),
    graph.get_tensor_by_name(name.values_tensor_name),
    graph.get_tensor_by_name(name.dense_shape_tensor_name),
  )


def _tags(tags: str | Iterable[str] | None) -> list[str]:
  if tags is None:
    return [tf.saved_model.SERVING]
  return tags.split(',') if isinstance(tags, str) else list(tags)
