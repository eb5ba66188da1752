"""Calls an input_fn inside the graph and normalizes what it returns."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.errors import notes
from tfcompat_estimator.inputs import conversion
from tfcompat_estimator.records import arguments

v1 = tf.compat.v1
logging = tf.compat.v1.logging


class DatasetInitializerHook(v1.train.SessionRunHook):
  """Initializes a dataset's iterator in each session that is opened."""

  def __init__(self, iterator: v1.data.Iterator):
    self._iterator = iterator

  def begin(self) -> None:
    self._initializer = self._iterator.initializer

  def after_create_session(self, session: Any, coord: Any) -> None:
    del coord
    session.run(self._initializer)

  def is_endless(self) -> bool:
    """Whether the dataset repeats for ever, as far as its operations show."""
    dataset = self._iterator.initializer.inputs[0].op
    find = dataset.graph.get_operation_by_name
    return _repeats(dataset.node_def, lambda name: find(name).node_def)


# Datasets that end with the one that they read, and not before.
_GOING_ON = frozenset(
  (
    'BatchDataset',
    'BatchDatasetV2',
    'FilterDataset',
    'MapAndBatchDataset',
    'MapDataset',
    'ModelDataset',
    'OptionsDataset',
    'PaddedBatchDatasetV2',
    'ParallelBatchDataset',
    'ParallelMapDatasetV2',
    'PrefetchDataset',
    'ShuffleDataset',
    'ShuffleDatasetV3',
    'UnbatchDataset',
  )
)


def _repeats(dataset: v1.NodeDef, find: Callable[[str], v1.NodeDef]) -> bool:
  while dataset.op in _GOING_ON:
    dataset = find(dataset.input[0].partition(':')[0])
  if dataset.op != 'RepeatDataset':
    return False
  count = find(dataset.input[1].partition(':')[0])
  if count.op != 'Const':
    return False
  return bool(tf.make_ndarray(count.attr['value'].tensor) < 0)


def _is_endless(iterator: tf.Operation) -> bool:
  """Whether the dataset of a one-shot iterator repeats for ever."""
  name = iterator.get_attr('dataset_factory').name
  function = iterator.graph._get_function(name)  # noqa: SLF001 - else the whole graph
  if function is None:  # of an input that was let go
    return False
  nodes = {node.name: node for node in function.definition.node_def}
  (returned,) = function.definition.ret.values()
  return _repeats(nodes[returned.partition(':')[0]], nodes.__getitem__)


def warn_of_endless(hooks: Sequence[Any], call: str) -> None:
  """Warns of a call that nothing ends but perhaps a hook.

  Args:
    hooks: Those of the input, perhaps among others.
    call: What it is, and what would limit it.
  """
  graph = v1.get_default_graph()
  if (
    notes.of(graph).is_endless
    or any(
      isinstance(h, DatasetInitializerHook) and h.is_endless() for h in hooks
    )
    or any(
      each.type == 'OneShotIterator' and _is_endless(each)
      for each in graph.get_operations()
    )
  ):
    logging.warning(
      f'The dataset of input_fn repeats for ever: unless a hook ends it, {call}, or an '
      'input that ends (num_epochs=1, no repeat()).'
    )


class Inputs(NamedTuple):
  """What an input_fn gave, as tensors of the graph."""

  features: Any
  labels: Any
  hooks: list[v1.train.SessionRunHook]


def call_input_fn(
  input_fn: Callable[..., Any],
  mode: str,
  params: Any,
  config: Any,
  input_context: tf.distribute.InputContext | None = None,
) -> Any:
  """Calls `input_fn` in the default graph, on the CPU.

  Args:
    input_fn: Takes any of `mode`, `params`, `config` and `input_context`, by
      name.
    mode: One of `ModeKeys`.
    params: Hyperparameters.
    config: The `RunConfig`.
    input_context: Says which part of the input to read, where it is read in
      several places.

  Returns:
    What `input_fn` returns; `normalize` takes that.

  Raises:
    TypeError: `input_fn` is not callable.
  """
  available = {'mode': mode, 'params': params, 'config': config}
  if input_context is not None:
    available['input_context'] = input_context
  kwargs = arguments.pick(input_fn, available, '`input_fn`')
  conversion.install()
  with tf.device('/cpu:0'):
    return input_fn(**kwargs)


def initializable_iterator(
  dataset: tf.data.Dataset,
) -> tuple[v1.data.Iterator, list[v1.train.SessionRunHook]]:
  """An iterator over a dataset, and the hook that initializes it."""
  with tf.device('/cpu:0'):
    iterator = v1.data.make_initializable_iterator(dataset)
  return iterator, [DatasetInitializerHook(iterator)]


def normalize(result: Any) -> Inputs:
  """What an input_fn returned as features, labels and hooks.

  Raises:
    ValueError: It is a tuple or list of other than two elements.
  """
  hooks: list[v1.train.SessionRunHook] = []
  if isinstance(result, tf.data.Dataset):
    iterator, hooks = initializable_iterator(result)
    with tf.device('/cpu:0'):
      result = iterator.get_next()
  if isinstance(result, list | tuple) and not hasattr(result, '_fields'):
    if len(result) != 2:
      raise ValueError(
        'input_fn should return (features, labels) as a len 2 tuple. It '
        f'returned {len(result)} elements: {result!r}.'
      )
    return Inputs(result[0], result[1], hooks)
  return Inputs(result, None, hooks)


def warn_if_endless(features: Any) -> None:
  """Warns of predictions whose input will not end."""
  for part in tf.nest.flatten(features, expand_composites=True):
    if tf.is_tensor(part) and part.op.type == 'IteratorGetNext':
      return
  if not v1.get_collection(v1.GraphKeys.QUEUE_RUNNERS):
    logging.warning(
      'Input graph does not use tf.data.Dataset or contain a QueueRunner. That '
      'means predict yields forever. This is probably a mistake.'
    )
