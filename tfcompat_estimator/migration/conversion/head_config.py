"""Writes heads as configs of Keras models, and reads them."""

import dataclasses
import importlib
import types
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.heads import (
  binary_class,
  metric_definitions,
  multi_class,
  multi_head,
  multi_label,
  regression,
  sequential,
  single,
  v1_protocol,
)

_TASKS = {
  cls.__name__: cls
  for cls in (
    binary_class.BinaryClassTask,
    multi_class.MultiClassTask,
    multi_label.MultiLabelTask,
    regression.RegressionTask,
  )
}
_KIND = 'kind'


def write(head: Any) -> dict[str, Any]:
  """The config of a head, of JSON's types.

  Raises:
    NotImplementedError: The head is of the user's own class, or holds a
      function that no module has under its name.
  """
  ours = is_ours(head)  # a class derived from one may override anything
  if ours and isinstance(head, single.SingleHead | v1_protocol.TaskHead):
    is_v1 = isinstance(head, v1_protocol.TaskHead)
    return {
      _KIND: 'v1' if is_v1 else 'single',
      'task': type(head.task).__name__,
      'settings': {k: _encode(v) for k, v in vars(head.task).items()},
      'loss_reduction': head._loss_reduction,  # noqa: SLF001
      'name': head.name,
    }
  if ours and isinstance(head, multi_head.MultiHead):
    return {
      _KIND: 'multi',
      'heads': [write(each) for each in head._heads],  # noqa: SLF001
      'head_weights': list(head._head_weights),  # noqa: SLF001
    }
  if ours and isinstance(head, sequential.SequentialHeadWrapper):
    return {
      _KIND: 'sequential',
      'static_head': write(head.static_head),
      'mask': head.input_sequence_mask_key,
      'columns': head._feature_columns,  # noqa: SLF001
    }
  raise NotImplementedError(
    f'The head ({type(head).__name__}) is of a class that Keras cannot write to '
    'a file. Save its `network`, or use model.export, which writes what can be '
    'called.'
  )


def is_ours(head: Any) -> bool:
  """Whether a head is of a class of this package, not of one derived from it."""
  return type(head).__module__.partition('.')[0] == __name__.partition('.')[0]


def read(config: dict[str, Any]) -> Any:
  """The head of a config."""
  kind = config[_KIND]
  if kind == 'multi':
    heads = [read(each) for each in config['heads']]
    return multi_head.MultiHead(heads, list(config['head_weights']))
  if kind == 'sequential':
    return sequential.SequentialHeadWrapper(
      read(config['static_head']), config['mask'], list(config['columns'])
    )
  cls = _TASKS[config['task']]
  task = cls.__new__(cls)
  vars(task).update({k: _decode(v) for k, v in config['settings'].items()})
  made = v1_protocol.TaskHead if kind == 'v1' else single.SingleHead
  return made(task, config['loss_reduction'], config['name'])


def _encode(value: Any) -> Any:
  if isinstance(value, tuple):
    return {_KIND: 'tuple', 'of': [_encode(item) for item in value]}
  if isinstance(value, list):
    return [_encode(item) for item in value]
  if isinstance(value, metric_definitions.MetricDef):
    return {_KIND: 'metric', 'of': dataclasses.asdict(value)}
  if isinstance(value, _tf.NumericColumn):
    columns = tf.__internal__.feature_column
    return {_KIND: 'column', 'of': columns.serialize_feature_column(value)}
  if callable(value):
    return {_KIND: 'function', 'of': _place(value)}
  return value


def _decode(value: Any) -> Any:
  if isinstance(value, list):
    return [_decode(item) for item in value]
  if not isinstance(value, dict):
    return value
  kind, of = value[_KIND], value['of']
  if kind == 'tuple':
    return tuple(_decode(item) for item in of)
  if kind == 'metric':
    return metric_definitions.MetricDef(**of)
  if kind == 'column':
    return tf.__internal__.feature_column.deserialize_feature_column(of)
  module, _, name = of.partition(':')
  return getattr(importlib.import_module(module), name)


def _place(function: Any) -> str:
  """Where a function can be imported from: 'module:name'."""
  module = getattr(function, '__module__', '')
  name = getattr(function, '__name__', '')
  for candidate in (module, *_homes(name)):
    try:
      found = getattr(importlib.import_module(candidate), name, None)
    except (ImportError, ValueError):
      continue
    if found is function:
      return f'{candidate}:{name}'
  raise NotImplementedError(
    f'{function!r}: Keras cannot write a function to a file that no module has '
    'under its name. Define it at the top of a module, or save the `network` of '
    'the model, or use model.export, which writes what can be called.'
  )


def _homes(name: str) -> list[str]:
  """Public modules of TensorFlow that have a function of that name."""
  return [
    module
    for module, found in (('tensorflow', tf), ('tensorflow.nn', tf.nn))
    if isinstance(getattr(found, name, None), types.FunctionType)
  ]
