"""Makes up a tf.Example that a graph can parse, from the graph alone."""

import math


def example(serve, meta_graph):
  """Bytes of an Example with a value for each feature that is parsed.

  Args:
    serve: the module examples/serve.py, which reads and writes messages.
    meta_graph: bytes of the MetaGraphDef.
  """
  nodes = _nodes(serve, meta_graph)
  features = {}
  for op, inputs, attributes in nodes.values():
    if op == 'ParseExampleV2':
      # serialized, names, sparse keys, dense keys, ragged keys, defaults
      sparse, dense = (
        _strings(serve, nodes, inputs[number]) for number in (2, 3)
      )
      sizes = [
        math.prod(_dims(serve, shape)) for shape in _shapes(serve, attributes)
      ]
      kinds = _types(serve, attributes['sparse_types'])
      dense_kinds = _types(serve, attributes['Tdense'])
      for key, kind in zip(sparse, kinds, strict=True):
        features[key] = [_value(kind)]
      for key, kind, size in zip(dense, dense_kinds, sizes, strict=True):
        features[key] = [_value(kind)] * size
  return serve.encode_example(features)


def _value(kind):
  return {1: 1.0, 7: 'a', 9: 1}[kind]


def _nodes(serve, meta_graph):
  """By name: (op, inputs, attributes) of each node."""
  graph = dict(serve.parse_fields(meta_graph))[2]
  nodes = {}
  for number, node in serve.parse_fields(graph):
    if number == 1:
      fields = list(serve.parse_fields(node))
      single = dict(fields)
      inputs = [value.decode() for number, value in fields if number == 3]
      nodes[single[1].decode()] = (
        single[2].decode(),
        [name.split(':')[0] for name in inputs],
        serve.parse_map(node, 5),
      )
  return nodes


def _strings(serve, nodes, name):
  """The values of a constant of strings."""
  tensor = dict(serve.parse_fields(nodes[name][2]['value']))[8]
  return [v.decode() for n, v in serve.parse_fields(tensor) if n == 8]


def _listed(serve, attribute):
  return dict(serve.parse_fields(attribute)).get(1, b'')


def _types(serve, attribute):
  for number, value in serve.parse_fields(_listed(serve, attribute)):
    if number == 6:
      return list(value) if isinstance(value, bytes) else [value]
  return []


def _shapes(serve, attributes):
  listed = _listed(serve, attributes['dense_shapes'])
  return [v for number, v in serve.parse_fields(listed) if number == 7]


def _dims(serve, shape):
  return [
    dict(serve.parse_fields(dim)).get(1, 0)
    for number, dim in serve.parse_fields(shape)
    if number == 2
  ]
