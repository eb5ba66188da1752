"""Runs every signature of a SavedModel through TensorFlow's C library.

    python -m tests.serving.c_loader EXPORT_DIR [INPUTS.npz OUTPUTS.npz]

No Python module of TensorFlow is imported: the model is loaded by
`TF_LoadSessionFromSavedModel`, as TensorFlow Serving does it. Arrays in
INPUTS.npz are named SIGNATURE|INPUT; the outputs likewise. Without them, each
signature is given a batch of two made-up examples, or of zeros.
`make serve-check MODEL=...` does that.
"""

import ctypes
import importlib.util
import os
import pathlib
import sys

import numpy as np

from tests.serving import made_up_examples

_SERVE = pathlib.Path(__file__).parents[2] / 'examples' / 'serve.py'
_spec = importlib.util.spec_from_file_location('serve_example', _SERVE)
serve = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(serve)

STRING = 7
NUMPY = {
  1: np.float32,
  2: np.float64,
  3: np.int32,
  4: np.uint8,
  5: np.int16,
  6: np.int8,
  9: np.int64,
  10: np.bool_,
  17: np.uint16,
  19: np.float16,
  22: np.uint32,
  23: np.uint64,
}


class Info:
  """A TensorInfo: name, dtype and shape, None for what is not known."""

  def __init__(self, message):
    fields = dict(serve.parse_fields(message))
    if 4 in fields:
      raise SystemExit('Signatures with sparse tensors are not run here.')
    self.name = fields[1].decode()
    self.dtype = fields[2]
    self.shape = []
    for number, dim in serve.parse_fields(fields.get(3, b'')):
      if number == 2:
        size = dict(serve.parse_fields(dim)).get(1, 0)
        self.shape.append(None if size >= 1 << 63 else size)

  def made_up(self, example):
    """A batch of two: of the example if that is what the input takes."""
    shape = [2 if size is None else size for size in self.shape]
    if self.dtype != STRING:
      return np.zeros(shape, NUMPY[self.dtype])
    return np.full(shape, example, object)


class Model(serve.SavedModel):
  """A SavedModel loaded with its `serve` tag, and all its signatures."""

  def __init__(self, export_dir):
    parse = serve.parse_signature
    serve.parse_signature = lambda graph, key: (graph, key)
    try:
      super().__init__(export_dir)
    finally:
      serve.parse_signature = parse
    meta_graph = self.inputs
    self.example = made_up_examples.example(serve, meta_graph)
    self.signatures = {}
    for key, message in serve.parse_map(meta_graph, 5).items():
      if key.startswith('__'):
        continue
      method = dict(serve.parse_fields(message)).get(3, b'').decode()
      inputs, outputs = (
        {k: Info(v) for k, v in serve.parse_map(message, number).items()}
        for number in (1, 2)
      )
      self.signatures[key] = (method, inputs, outputs)
    self._more = ctypes.CDLL(None)  # the libraries are loaded globally
    self._more.TF_Dim.restype = ctypes.c_int64

  def run(self, key, arrays):
    """The outputs of a signature by name, as arrays."""
    _, inputs, outputs = self.signatures[key]
    assert set(arrays) == set(inputs)
    names = list(outputs)
    results = (ctypes.c_void_p * len(names))()
    fed = [self._tensor(arrays[k], info.dtype) for k, info in inputs.items()]
    self._tf.TF_SessionRun(
      self._session,
      None,
      self._ports(inputs.values()),
      (ctypes.c_void_p * len(fed))(*fed),
      len(fed),
      self._ports(outputs[name] for name in names),
      results,
      len(names),
      None,
      0,
      None,
      self._status,
    )
    self._check()
    return {
      name: self._array(result, outputs[name].dtype)
      for name, result in zip(names, results, strict=True)
    }

  def _ports(self, infos):
    ports = [self._output(info.name) for info in infos]
    return (serve.Output * len(ports))(*ports)

  def _tensor(self, array, dtype):
    if dtype == STRING:
      shape, values = array.shape, [bytes(v) for v in array.ravel()]
      size = len(values) * serve.TSTRING_SIZE
    else:
      array = np.ascontiguousarray(array, NUMPY[dtype])
      shape, size = array.shape, array.nbytes
    tensor = self._tf.TF_AllocateTensor(
      dtype, (ctypes.c_int64 * len(shape))(*shape), len(shape), size
    )
    start = self._tf.TF_TensorData(tensor)
    if dtype != STRING:
      ctypes.memmove(start, array.ctypes.data, size)
      return tensor
    for i, value in enumerate(values):
      slot = start + i * serve.TSTRING_SIZE
      self._tf.TF_StringInit(slot)
      self._tf.TF_StringCopy(slot, value, len(value))
    return tensor

  def _array(self, tensor, dtype):
    pointer = ctypes.c_void_p(tensor)
    rank = self._more.TF_NumDims(pointer)
    shape = [self._more.TF_Dim(pointer, i) for i in range(rank)]
    if dtype == STRING:
      return np.array(self._values(tensor), np.bytes_).reshape(shape)
    kind = np.dtype(NUMPY[dtype])
    size = int(np.prod(shape)) * kind.itemsize
    data = ctypes.string_at(self._tf.TF_TensorData(tensor), size)
    return np.frombuffer(data, kind).reshape(shape)


def main(export_dir, inputs_path=None, outputs_path=None):
  model = Model(export_dir)
  print(f'loaded by the C library of TensorFlow {model.runtime}: {export_dir}')
  given = {}
  for name, array in (np.load(inputs_path) if inputs_path else {}).items():
    key, _, tensor = name.partition('|')
    given.setdefault(key, {})[tensor] = array
  results = {}
  for key, (method, inputs, outputs) in sorted(model.signatures.items()):
    if inputs_path and key not in given:
      continue
    arrays = given.get(key) or {
      name: info.made_up(model.example) for name, info in inputs.items()
    }
    for name, value in model.run(key, arrays).items():
      results[f'{key}|{name}'] = value
    shapes = {n: list(results[f'{key}|{n}'].shape) for n in outputs}
    print(f'  {key} ({method}): {sorted(inputs)} -> {shapes}')
  if outputs_path:
    np.savez(outputs_path, **results)
  python_side = {'tensorflow', 'tf_keras', 'keras', 'tfcompat_estimator'}
  if python_side & set(sys.modules):
    raise SystemExit('The process imported Python code of TensorFlow.')


if __name__ == '__main__':
  os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
  main(*sys.argv[1:])
