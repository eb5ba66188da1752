"""Reads all that calls leave in a model's directory, to compare two of them."""

import functools
import glob
import os
import re

import numpy as np
import tensorflow as tf
from google.protobuf import text_format

v1 = tf.compat.v1
# What is numbered by process, so that no two graphs have the same.
_NUMBERED = re.compile(r'(_|(?<=[a-z])-)([-0-9a-f]{36}|\d+\b)')


def read(model_dir):
  """{path below the directory: what is in it, without times and numbers}."""
  found = {}
  for path in sorted(glob.glob(f'{model_dir}/**', recursive=True)):
    name = os.path.relpath(path, model_dir)
    if os.path.isdir(path) or name.endswith('.data-00000-of-00001'):
      continue
    folder, base = os.path.split(name)
    if base.startswith('events'):
      found.setdefault(f'{folder}/events', []).extend(_events(path, model_dir))
    else:
      found[name] = _content(path, model_dir)
  return found


def _content(path, model_dir):
  if path.endswith('.index'):
    try:
      reader = tf.train.load_checkpoint(path.removesuffix('.index'))
    except tf.errors.OpError:
      return 'damaged'
    return {
      name: np.asarray(reader.get_tensor(name)).tolist()
      for name in sorted(reader.get_variable_to_dtype_map())
    }
  if path.endswith('.meta'):
    with open(path, 'rb') as file:
      return _meta_graph(v1.MetaGraphDef.FromString(file.read()), model_dir)
  if path.endswith('graph.pbtxt'):
    with open(path) as file:
      return _graph(text_format.Parse(file.read(), v1.GraphDef()), model_dir)
  with open(path, errors='replace') as file:
    return [
      line.replace(model_dir, '')
      for line in file
      if 'timestamps' not in line and 'last_preserved' not in line
    ]


def _events(path, model_dir):
  events = []
  for event in v1.train.summary_iterator(path):
    kind = event.WhichOneof('what')
    value = getattr(event, kind)
    if kind == 'graph_def':
      value = _graph(v1.GraphDef.FromString(value), model_dir)
    elif kind == 'meta_graph_def':
      value = _meta_graph(v1.MetaGraphDef.FromString(value), model_dir)
    elif kind == 'summary':
      value = [_summary(each, model_dir) for each in value.value]
    else:
      value = str(value).replace(model_dir, '')
    events.append((event.step, kind, value))
  return events


def _summary(value, model_dir):
  if value.tag == 'global_step/sec':
    return value.tag
  return str(value).replace(model_dir, '')


def _meta_graph(meta_graph, model_dir):
  graph = _graph(meta_graph.graph_def, model_dir)
  meta_graph.ClearField('graph_def')
  return graph, text_format.MessageToString(meta_graph).replace(model_dir, '')


def _graph(graph_def, model_dir):
  """The nodes in their order, and functions without their numbers."""
  nodes = [_text(node, model_dir) for node in graph_def.node]
  functions = sorted(_text(f, model_dir) for f in graph_def.library.function)
  return nodes, functions, str(graph_def.versions)


def _text(message, model_dir):
  return _text_of(type(message), message.SerializeToString(), model_dir)


@functools.lru_cache(100_000)  # most nodes are in many files
def _text_of(kind, content, model_dir):
  text = text_format.MessageToString(kind.FromString(content))
  return _NUMBERED.sub('_N', text.replace(model_dir, ''))
