"""A small stand-in for TensorFlow Serving, with its rules, for tests.

It serves the versions of one export folder over gRPC (the services of
tensorflow-serving-api) and REST, and takes up a new version at the next request.
The model itself is run by `tf.saved_model.load`.
"""

import base64
import http.server
import json
import os
import re
import threading
from concurrent import futures

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import (
  classification_pb2,
  get_model_metadata_pb2,
  inference_pb2,
  predict_pb2,
  prediction_service_pb2_grpc,
  regression_pb2,
)

PREDICT = 'tensorflow/serving/predict'
CLASSIFY = 'tensorflow/serving/classify'
REGRESS = 'tensorflow/serving/regress'
DEFAULT = 'serving_default'


class RequestError(Exception):
  """What a client is told, with the gRPC code."""

  def __init__(self, message, code=grpc.StatusCode.INVALID_ARGUMENT):
    super().__init__(message)
    self.code = code


def not_found(message):
  return RequestError(message, grpc.StatusCode.NOT_FOUND)


class Version:
  """One loaded version of a model."""

  def __init__(self, path):
    self.number = int(os.path.basename(path))
    self._loaded = tf.saved_model.load(path, tags=['serve'])
    proto = saved_model_pb2.SavedModel()
    with open(os.path.join(path, 'saved_model.pb'), 'rb') as file:
      proto.ParseFromString(file.read())
    (graph,) = (
      g for g in proto.meta_graphs if list(g.meta_info_def.tags) == ['serve']
    )
    self.signatures = dict(graph.signature_def)

  def run(self, name, methods, inputs):
    """The outputs of a signature, if it has one of the methods."""
    name = name or DEFAULT
    if name not in self.signatures:
      raise RequestError(f'Serving signature key "{name}" not found.')
    signature = self.signatures[name]
    if signature.method_name not in methods:
      raise RequestError(
        f'Expected {methods[0].split("/")[-1]} signature method_name to be '
        f'{methods[0]}. Was: {signature.method_name}'
      )
    if set(inputs) != set(signature.inputs):
      raise RequestError(
        f'input must be {sorted(signature.inputs)}, is {sorted(inputs)}'
      )
    tensors = {
      key: tf.constant(value, tf.as_dtype(signature.inputs[key].dtype))
      for key, value in inputs.items()
    }
    try:
      outputs = self._loaded.signatures[name](**tensors)
    except tf.errors.InvalidArgumentError as error:
      raise RequestError(error.message) from error
    return {key: value.numpy() for key, value in outputs.items()}

  def classify(self, name, examples):
    """A list of (label, score) for each example."""
    outputs = self.run(name, [CLASSIFY], {'inputs': examples})
    if not outputs or set(outputs) - {'classes', 'scores'}:
      raise RequestError('Expected outputs classes and/or scores.')
    for key, kind in (('classes', 'O'), ('scores', 'f')):
      value = outputs.get(key)
      if value is not None and (
        value.ndim != 2
        or len(value) != len(examples)
        or value.dtype.kind != kind
      ):
        raise RequestError(f'{key} must be of shape [batch, classes].')
    some = next(iter(outputs.values()))
    classes = outputs.get('classes', np.full(some.shape, b'', object))
    scores = outputs.get('scores', np.zeros(some.shape, np.float32))
    return [
      [
        (label.decode(), float(score))
        for label, score in zip(*row, strict=True)
      ]
      for row in zip(classes, scores, strict=True)
    ]

  def regress(self, name, examples):
    """A number for each example."""
    outputs = self.run(name, [REGRESS], {'inputs': examples})
    if set(outputs) != {'outputs'}:
      raise RequestError('Expected one output, outputs.')
    value = outputs['outputs']
    if value.dtype != np.float32 or value.size != len(examples):
      raise RequestError(
        'outputs must be float, of shape [batch, 1] or [batch].'
      )
    return [float(v) for v in value.ravel()]


class Models:
  """The versions in a folder; directories of other names are not looked at."""

  def __init__(self, name, base):
    self.name = name
    self._base = base
    self._loaded = {}
    self._lock = threading.Lock()

  def version(self, name, number=None):
    """A version by its number; the newest without one."""
    if name != self.name:
      raise not_found(f'Servable not found for request: Latest({name})')
    names = [n for n in os.listdir(self._base) if re.fullmatch(r'\d+', n)]
    wanted = number or max(map(int, names), default=None)
    if str(wanted) not in names:
      raise not_found(f'Servable not found for request: Specific({number})')
    with self._lock:
      if wanted not in self._loaded:
        path = os.path.join(self._base, str(wanted))
        self._loaded[wanted] = Version(path)
      return self._loaded[wanted]

  def of(self, spec):
    return self.version(spec.name, spec.version.value)


def serialized_examples(message):
  """The examples of an Input, each with the context that they share."""
  kind = message.WhichOneof('kind')
  if kind == 'example_list':
    found = [e.SerializeToString() for e in message.example_list.examples]
  elif kind == 'example_list_with_context':
    found = []
    for example in message.example_list_with_context.examples:
      whole = tf.train.Example()
      whole.MergeFrom(message.example_list_with_context.context)
      whole.MergeFrom(example)
      found.append(whole.SerializeToString())
  else:
    found = []
  if not found:
    raise RequestError('Input is empty.')
  return found


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
  """The gRPC service."""

  def __init__(self, models):
    self._models = models

  def _answer(self, context, make):
    try:
      return make()
    except RequestError as error:
      return context.abort(error.code, str(error))

  def Predict(self, request, context):
    def make():
      version = self._models.of(request.model_spec)
      inputs = {k: tf.make_ndarray(v) for k, v in request.inputs.items()}
      key = request.model_spec.signature_name or DEFAULT
      outputs = version.run(key, [PREDICT, CLASSIFY, REGRESS], inputs)
      wanted = list(request.output_filter) or list(outputs)
      if set(wanted) - set(outputs):
        raise RequestError(f'output_filter {wanted}: not all are outputs.')
      response = predict_pb2.PredictResponse()
      self._describe(response.model_spec, version, key)
      for name in wanted:
        response.outputs[name].CopyFrom(tf.make_tensor_proto(outputs[name]))
      return response

    return self._answer(context, make)

  def Classify(self, request, context):
    response = classification_pb2.ClassificationResponse()
    return self._infer(request, context, response, self._classify)

  def Regress(self, request, context):
    response = regression_pb2.RegressionResponse()
    return self._infer(request, context, response, self._regress)

  def _infer(self, request, context, response, fill):
    """Answers a request for what one of the signatures makes of examples."""

    def make():
      version = self._models.of(request.model_spec)
      key = request.model_spec.signature_name or DEFAULT
      self._describe(response.model_spec, version, key)
      fill(response.result, version, key, request.input)
      return response

    return self._answer(context, make)

  def MultiInference(self, request, context):
    def make():
      if len({task.model_spec.name for task in request.tasks}) != 1:
        raise RequestError('All ModelSpecs in a request must have one name.')
      response = inference_pb2.MultiInferenceResponse()
      for task in request.tasks:
        version = self._models.of(task.model_spec)
        key = task.model_spec.signature_name or DEFAULT
        result = response.results.add()
        self._describe(result.model_spec, version, key)
        if task.method_name == CLASSIFY:
          self._classify(
            result.classification_result, version, key, request.input
          )
        elif task.method_name == REGRESS:
          self._regress(result.regression_result, version, key, request.input)
        else:
          raise RequestError(f'Unsupported signature method {task.method_name}')
      return response

    return self._answer(context, make)

  def GetModelMetadata(self, request, context):
    def make():
      if list(request.metadata_field) != ['signature_def']:
        raise RequestError('Metadata field must be signature_def.')
      version = self._models.of(request.model_spec)
      signatures = get_model_metadata_pb2.SignatureDefMap()
      for key, signature in version.signatures.items():
        signatures.signature_def[key].CopyFrom(signature)
      response = get_model_metadata_pb2.GetModelMetadataResponse()
      self._describe(response.model_spec, version, '')
      response.metadata['signature_def'].Pack(signatures)
      return response

    return self._answer(context, make)

  def _describe(self, spec, version, key):
    spec.name = self._models.name
    spec.version.value = version.number
    spec.signature_name = key

  def _classify(self, result, version, key, message):
    for row in version.classify(key, serialized_examples(message)):
      classes = result.classifications.add()
      for label, score in row:
        classes.classes.add(label=label, score=score)

  def _regress(self, result, version, key, message):
    for value in version.regress(key, serialized_examples(message)):
      result.regressions.add(value=value)


# --- REST ---------------------------------------------------------------------

_PATH = re.compile(
  r'/v1/models/(?P<name>[^/:]+)(/versions/(?P<version>\d+))?'
  r'(:(?P<verb>predict|classify|regress)|/(?P<what>metadata))?'
)


def from_json(value):
  """JSON values with {"b64": ...} made into bytes."""
  if isinstance(value, dict) and set(value) == {'b64'}:
    return base64.b64decode(value['b64'])
  if isinstance(value, list):
    return [from_json(v) for v in value]
  if isinstance(value, dict):
    return {k: from_json(v) for k, v in value.items()}
  return value


def to_json(name, value):
  """An array as JSON values; bytes as b64 if the output's name asks for it."""
  if isinstance(value, np.ndarray):
    return [to_json(name, v) for v in value]
  if isinstance(value, bytes):
    if name.endswith('_bytes'):
      return {'b64': base64.b64encode(value).decode()}
    return value.decode()
  return value.item()


def rest_predict(version, request):
  key = request.get('signature_name', DEFAULT)
  if ('instances' in request) == ('inputs' in request):
    raise RequestError('Request must have one of "instances" and "inputs".')
  signature = version.signatures.get(key)
  names = list(signature.inputs) if signature else []
  if 'instances' in request:
    rows = [from_json(row) for row in request['instances']]
    if not isinstance(rows[0], dict):
      rows = [{names[0]: row} for row in rows]
    inputs = {name: [row[name] for row in rows] for name in rows[0]}
  else:
    inputs = from_json(request['inputs'])
    if not isinstance(inputs, dict):
      inputs = {names[0]: inputs}
  outputs = version.run(key, [PREDICT, CLASSIFY, REGRESS], inputs)
  columns = {k: to_json(k, v) for k, v in outputs.items()}
  if 'inputs' in request:
    only = next(iter(columns.values())) if len(columns) == 1 else columns
    return {'outputs': only}
  if len(columns) == 1:
    return {'predictions': next(iter(columns.values()))}
  count = len(next(iter(columns.values())))
  return {
    'predictions': [{k: v[i] for k, v in columns.items()} for i in range(count)]
  }


def rest_examples(request):
  """Serialized tf.Examples from JSON objects of features."""
  found = []
  for features in request.get('examples', []):
    example = tf.train.Example()
    for name, values in {**request.get('context', {}), **features}.items():
      values = from_json(values)
      values = values if isinstance(values, list) else [values]
      feature = example.features.feature[name]
      if isinstance(values[0], str | bytes):
        feature.bytes_list.value.extend(
          v.encode() if isinstance(v, str) else v for v in values
        )
      elif isinstance(values[0], float):
        feature.float_list.value.extend(values)
      else:
        feature.int64_list.value.extend(values)
    found.append(example.SerializeToString())
  if not found:
    raise RequestError('Input is empty.')
  return found


def rest_answer(models, method, path, body):
  """The answer to a request, as what becomes JSON."""
  match = _PATH.fullmatch(path)
  if match is None:
    raise not_found(f'Malformed request: {method} {path}')
  number = match['version'] and int(match['version'])
  version = models.version(match['name'], number)
  if method == 'GET' and match['what'] == 'metadata':
    return {
      'model_spec': {'name': models.name, 'version': str(version.number)},
      'signatures': sorted(version.signatures),
    }
  if method == 'GET':
    status = {'version': str(version.number), 'state': 'AVAILABLE'}
    return {'model_version_status': [status]}
  request = json.loads(body)
  if match['verb'] == 'predict':
    return rest_predict(version, request)
  examples = rest_examples(request)
  key = request.get('signature_name', DEFAULT)
  if match['verb'] == 'classify':
    return {'results': version.classify(key, examples)}
  return {'results': version.regress(key, examples)}


class Server:
  """Both services, on free ports, while the block is open."""

  def __init__(self, name, base):
    self._models = Models(name, base)
    self._grpc = grpc.server(futures.ThreadPoolExecutor(4))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
      PredictionService(self._models), self._grpc
    )
    self.grpc_port = self._grpc.add_insecure_port('localhost:0')
    self._http = http.server.ThreadingHTTPServer(
      ('localhost', 0), self._handler()
    )
    self.rest_port = self._http.server_address[1]

  def __enter__(self):
    self._grpc.start()
    threading.Thread(target=self._http.serve_forever, daemon=True).start()
    return self

  def __exit__(self, *exception):
    self._http.shutdown()
    self._http.server_close()
    self._grpc.stop(None).wait()

  def _handler(self):
    models = self._models

    class Handler(http.server.BaseHTTPRequestHandler):
      def do_GET(self):
        length = int(self.headers.get('Content-Length', 0))
        try:
          answer = rest_answer(
            models, self.command, self.path, self.rfile.read(length)
          )
          status = 200
        except RequestError as error:
          answer = {'error': str(error)}
          status = 404 if error.code is grpc.StatusCode.NOT_FOUND else 400
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)

      do_POST = do_GET

      def log_message(self, *unused):
        """Says nothing."""

    return Handler
