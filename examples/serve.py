"""Classifies tf.Examples with an exported model, through TensorFlow's C API.

    python serve.py EXPORT_DIR EXAMPLES.json

This is what a model server does, and a proof that an export needs nothing of
the program that wrote it: no Python module of TensorFlow, tf_keras or
tfcompat_estimator is imported here. The shared library in the TensorFlow wheel
is found by its path and called through ctypes; tf.Examples are encoded, and the
export's signatures read, by the few lines of protocol buffer below. What the
library allocates is freed when the process ends.

EXAMPLES.json holds a list of objects with a `features` dict of lists. Prints
one JSON line for each example: `{"class": ..., "score": ...}`.
"""

import ctypes
import glob
import importlib.util
import json
import os
import struct
import sys

TF_FLOAT, TF_STRING = 1, 7  # TF_DataType
TSTRING_SIZE = 24  # sizeof(TF_TString)


# --- protocol buffers, as far as they are needed -----------------------------


def varint(value):
  """Bytes of an unsigned integer."""
  out = bytearray()
  while value > 0x7F:
    out.append(value & 0x7F | 0x80)
    value >>= 7
  return bytes(out + bytes([value]))


def field(number, payload):
  """Bytes of a length-delimited field."""
  return varint(number << 3 | 2) + varint(len(payload)) + payload


def encode_feature(values):
  """Bytes of a tf.train.Feature: strings, floats or integers."""
  if isinstance(values[0], str):
    return field(1, b''.join(field(1, v.encode()) for v in values))
  if isinstance(values[0], float):
    return field(2, field(1, struct.pack(f'<{len(values)}f', *values)))
  return field(3, field(1, b''.join(varint(v % 2**64) for v in values)))


def encode_example(features):
  """Bytes of a tf.train.Example of `{name: [value, ...]}`."""
  entries = (
    field(1, field(1, name.encode()) + field(2, encode_feature(values)))
    for name, values in sorted(features.items())
  )
  return field(1, b''.join(entries))


def parse_fields(data):
  """Yields (field number, value) of a message; sub-messages stay bytes."""
  pos = 0

  def read_varint():
    nonlocal pos
    value = shift = 0
    while True:
      byte = data[pos]
      pos += 1
      value |= (byte & 0x7F) << shift
      shift += 7
      if byte < 0x80:
        return value

  while pos < len(data):
    key = read_varint()
    if key & 7 == 0:
      yield key >> 3, read_varint()
    else:
      size = {1: 8, 5: 4}.get(key & 7) or read_varint()
      yield key >> 3, data[pos : pos + size]
      pos += size


def parse_map(message, number):
  """The map<string, message> in field `number`, values as bytes."""
  entries = (
    dict(parse_fields(v)) for n, v in parse_fields(message) if n == number
  )
  return {entry[1].decode(): entry.get(2, b'') for entry in entries}


def parse_signature(meta_graph_def, key):
  """({input: tensor name}, {output: tensor name}) of a SignatureDef."""
  signatures = parse_map(meta_graph_def, 5)
  if key not in signatures:
    raise SystemExit(f'No signature {key!r}, only {sorted(signatures)}.')
  return tuple(
    {
      k: dict(parse_fields(info))[1].decode()
      for k, info in parse_map(signatures[key], number).items()
    }
    for number in (1, 2)
  )


# --- TensorFlow's C API ------------------------------------------------------


class Buffer(ctypes.Structure):
  _fields_ = [
    ('data', ctypes.c_void_p),
    ('length', ctypes.c_size_t),
    ('deallocator', ctypes.c_void_p),
  ]


class Output(ctypes.Structure):
  _fields_ = [('operation', ctypes.c_void_p), ('index', ctypes.c_int)]


def load_library():
  """The C API of the installed TensorFlow wheel, which stays unimported."""
  spec = importlib.util.find_spec('tensorflow')
  if spec is None:
    raise SystemExit('TensorFlow is not installed for ' + sys.executable)
  folder = spec.submodule_search_locations[0]

  def load(stem):
    paths = glob.glob(os.path.join(folder, stem + '*.so*'))
    paths += glob.glob(os.path.join(folder, stem + '*.dylib'))
    if not paths:
      raise SystemExit(f'No {stem} in {folder}')
    return ctypes.CDLL(min(paths), mode=ctypes.RTLD_GLOBAL)

  os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
  libraries = load('libtensorflow_framework'), load('libtensorflow_cc')
  pointer, size, integer = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
  prototypes = {
    'TF_Version': (ctypes.c_char_p,),
    'TF_NewStatus': (pointer,),
    'TF_GetCode': (integer, pointer),
    'TF_Message': (ctypes.c_char_p, pointer),
    'TF_NewGraph': (pointer,),
    'TF_NewSessionOptions': (pointer,),
    'TF_NewBuffer': (ctypes.POINTER(Buffer),),
    'TF_LoadSessionFromSavedModel': (pointer,)
    + (pointer,) * 2
    + (ctypes.c_char_p, ctypes.POINTER(ctypes.c_char_p), integer)
    + (pointer, ctypes.POINTER(Buffer), pointer),
    'TF_GraphOperationByName': (pointer, pointer, ctypes.c_char_p),
    'TF_SessionRun': (None, pointer, pointer)
    + (ctypes.POINTER(Output), ctypes.POINTER(pointer), integer) * 2
    + (pointer, integer, pointer, pointer),
    'TF_AllocateTensor': (pointer, integer)
    + (ctypes.POINTER(ctypes.c_int64), integer, size),
    'TF_TensorData': (pointer, pointer),
    'TF_TensorType': (integer, pointer),
    'TF_TensorElementCount': (ctypes.c_int64, pointer),
    'TF_StringInit': (None, pointer),
    'TF_StringCopy': (None, pointer, ctypes.c_char_p, size),
    'TF_StringGetDataPointer': (pointer, pointer),
    'TF_StringGetSize': (size, pointer),
  }
  api = {}
  for name, (result, *arguments) in prototypes.items():
    api[name] = next(
      getattr(lib, name) for lib in libraries if hasattr(lib, name)
    )
    api[name].restype, api[name].argtypes = result, arguments
  return type('CApi', (), {k: staticmethod(v) for k, v in api.items()})


class SavedModel:
  """A SavedModel loaded with its `serve` tag, and its default signature."""

  def __init__(self, export_dir):
    self._tf = tf = load_library()
    self._status = tf.TF_NewStatus()
    self._graph = tf.TF_NewGraph()
    meta_graph = tf.TF_NewBuffer()
    self._session = tf.TF_LoadSessionFromSavedModel(
      tf.TF_NewSessionOptions(),
      None,
      os.fsencode(export_dir),
      (ctypes.c_char_p * 1)(b'serve'),
      1,
      self._graph,
      meta_graph,
      self._status,
    )
    self._check()
    buffer = meta_graph.contents
    self.inputs, self.outputs = parse_signature(
      ctypes.string_at(buffer.data, buffer.length), 'serving_default'
    )
    self.runtime = tf.TF_Version().decode()

  def classify(self, serialized_examples):
    """The best class of each example and its score, as a list of pairs."""
    names = [self.outputs['classes'], self.outputs['scores']]
    fed = self._string_tensor(serialized_examples)
    results = (ctypes.c_void_p * 2)()
    self._tf.TF_SessionRun(
      self._session,
      None,
      (Output * 1)(self._output(self.inputs['inputs'])),
      (ctypes.c_void_p * 1)(fed),
      1,
      (Output * 2)(*map(self._output, names)),
      results,
      2,
      None,
      0,
      None,
      self._status,
    )
    self._check()
    classes, scores = map(self._values, results)
    width = len(scores) // len(serialized_examples)
    picks = []
    for i in range(0, len(scores), width):
      best = max(range(i, i + width), key=scores.__getitem__)
      picks.append((classes[best].decode(), scores[best]))
    return picks

  def _check(self):
    if self._tf.TF_GetCode(self._status):
      raise SystemExit(self._tf.TF_Message(self._status).decode())

  def _output(self, tensor_name):
    name, index = tensor_name.rsplit(':', 1)
    operation = self._tf.TF_GraphOperationByName(self._graph, name.encode())
    return Output(operation, int(index))

  def _string_tensor(self, values):
    """A string tensor [len(values)]."""
    tensor = self._tf.TF_AllocateTensor(
      TF_STRING,
      (ctypes.c_int64 * 1)(len(values)),
      1,
      len(values) * TSTRING_SIZE,
    )
    start = self._tf.TF_TensorData(tensor)
    for i, value in enumerate(values):
      self._tf.TF_StringInit(start + i * TSTRING_SIZE)
      self._tf.TF_StringCopy(start + i * TSTRING_SIZE, value, len(value))
    return tensor

  def _values(self, tensor):
    """The elements of a string or float tensor as a flat list."""
    count = self._tf.TF_TensorElementCount(tensor)
    start = self._tf.TF_TensorData(tensor)
    if self._tf.TF_TensorType(tensor) == TF_FLOAT:
      return list((ctypes.c_float * count).from_address(start))
    return [
      ctypes.string_at(
        self._tf.TF_StringGetDataPointer(start + i * TSTRING_SIZE),
        self._tf.TF_StringGetSize(start + i * TSTRING_SIZE),
      )
      for i in range(count)
    ]


def main(export_dir, examples_path):
  with open(examples_path) as f:
    examples = [encode_example(row['features']) for row in json.load(f)]
  model = SavedModel(export_dir)
  for name, score in model.classify(examples):
    print(json.dumps({'class': name, 'score': score}))
  python_side = {'tensorflow', 'tf_keras', 'keras', 'tfcompat_estimator'}
  if python_side & set(sys.modules):
    raise SystemExit('The serving process imported Python code of TensorFlow.')
  print(
    f'served by the C library of TensorFlow {model.runtime}, no Python of it:',
    file=sys.stderr,
  )


if __name__ == '__main__':
  main(*sys.argv[1:])
