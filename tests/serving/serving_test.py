"""Asks a model server for all that TensorFlow Serving answers."""

import base64
import json
import os
import shutil
import urllib.error
import urllib.request

import numpy as np
import pytest
import tensorflow as tf

pytest.importorskip('tensorflow_serving', reason='pip install .[test]')
grpc = pytest.importorskip('grpc')

from tensorflow_serving.apis import (  # noqa: E402
  classification_pb2,
  get_model_metadata_pb2,
  inference_pb2,
  predict_pb2,
  prediction_service_pb2_grpc,
  regression_pb2,
)

from tests.saved_models import models  # noqa: E402
from tests.serving import model_server  # noqa: E402

CLASSIFY, REGRESS = model_server.CLASSIFY, model_server.REGRESS


@pytest.fixture(scope='module')
def estimator(tmp_path_factory):
  return models.trained(tmp_path_factory)


@pytest.fixture(scope='module')
def base(tmp_path_factory):
  return tmp_path_factory.mktemp('versions')


@pytest.fixture(scope='module')
def version(estimator, base):
  """The number of the exported version."""
  path = estimator.export_saved_model(str(base), models.parsing_receiver())
  return int(os.path.basename(path))


@pytest.fixture(scope='module')
def server(base, version):
  with model_server.Server('colours', str(base)) as running:
    yield running


@pytest.fixture(scope='module')
def stub(server):
  with grpc.insecure_channel(f'localhost:{server.grpc_port}') as channel:
    yield prediction_service_pb2_grpc.PredictionServiceStub(channel)


@pytest.fixture(scope='module')
def expected(estimator):
  """What predict() says about the examples."""

  def input_fn():
    features = tf.io.parse_example(models.examples(), models.FEATURE_SPEC)
    return tf.data.Dataset.from_tensors(features)

  return np.stack([row['p'] for row in estimator.predict(input_fn)])


def with_examples(request, name='', signature=''):
  request.model_spec.name = name or 'colours'
  request.model_spec.signature_name = signature
  fill(request.input)
  return request


def fill(message):
  for serialized in models.examples():
    example = message.example_list.examples.add()
    example.ParseFromString(serialized)


def predict_request(signature='predict', key='examples'):
  request = predict_pb2.PredictRequest()
  request.model_spec.name = 'colours'
  request.model_spec.signature_name = signature
  request.inputs[key].CopyFrom(tf.make_tensor_proto(models.examples()))
  return request


def test_predict(stub, expected, version):
  """Predict returns the named outputs, and says which version it was."""
  response = stub.Predict(predict_request())

  np.testing.assert_allclose(
    tf.make_ndarray(response.outputs['p']), expected, rtol=1e-6
  )
  assert response.model_spec.version.value == version


def test_output_filter(stub):
  """Predict takes signatures of other methods; a filter chooses outputs."""
  request = predict_request('serving_default', 'inputs')
  request.output_filter.append('scores')

  assert list(stub.Predict(request).outputs) == ['scores']


def test_classify(stub, expected):
  """Classify returns a label and a score for each class."""
  request = with_examples(classification_pb2.ClassificationRequest())
  result = stub.Classify(request).result

  scores = [[c.score for c in row.classes] for row in result.classifications]
  np.testing.assert_allclose(scores, expected, rtol=1e-6)
  label = result.classifications[0].classes[0].label
  assert abs(float(label) - expected[0, 0]) < 1e-4


def test_regress(stub, expected):
  """Regress returns a number for each example."""
  request = with_examples(
    regression_pb2.RegressionRequest(), signature='regression'
  )
  result = stub.Regress(request).result

  np.testing.assert_allclose(
    [r.value for r in result.regressions], expected[:, 0], rtol=1e-6
  )


def test_context_is_merged(stub, estimator):
  """Features that all examples share may be sent once."""
  request = regression_pb2.RegressionRequest()
  request.model_spec.name = 'colours'
  request.model_spec.signature_name = 'regression'
  shared = request.input.example_list_with_context
  shared.context.features.feature['word'].bytes_list.value.append(b'green')
  for row in models.X:
    example = shared.examples.add()
    example.features.feature['x'].float_list.value.extend(row)
  result = stub.Regress(request).result

  w, bias = (estimator.get_variable_value(name) for name in ('w', 'bias'))
  np.testing.assert_allclose(
    [r.value for r in result.regressions],
    (models.X @ w)[:, 0] + bias[1],
    rtol=1e-6,
  )


def test_multi_inference(stub, expected):
  """Several questions about the same examples are answered at once."""
  request = inference_pb2.MultiInferenceRequest()
  for method, signature in (
    (CLASSIFY, 'serving_default'),
    (REGRESS, 'regression'),
  ):
    task = request.tasks.add(method_name=method)
    task.model_spec.name = 'colours'
    task.model_spec.signature_name = signature
  fill(request.input)
  classes, numbers = stub.MultiInference(request).results

  assert len(classes.classification_result.classifications) == 2
  value = numbers.regression_result.regressions[0].value
  assert abs(value - expected[0, 0]) < 1e-5


def test_metadata(stub):
  """The signatures can be asked for."""
  request = get_model_metadata_pb2.GetModelMetadataRequest()
  request.model_spec.name = 'colours'
  request.metadata_field.append('signature_def')
  signatures = get_model_metadata_pb2.SignatureDefMap()
  answer = stub.GetModelMetadata(request).metadata['signature_def']
  answer.Unpack(signatures)

  assert {k: s.method_name for k, s in signatures.signature_def.items()} == {
    'predict': model_server.PREDICT,
    'serving_default': CLASSIFY,
    'regression': REGRESS,
  }


@pytest.mark.parametrize(
  'call, code, message',
  [
    (
      lambda s: s.Predict(predict_request('nope')),
      'INVALID_ARGUMENT',
      'signature key "nope" not found',
    ),
    (
      lambda s: s.Predict(predict_request(key='x')),
      'INVALID_ARGUMENT',
      'input must be',
    ),
    (
      lambda s: s.Classify(
        with_examples(
          classification_pb2.ClassificationRequest(), signature='predict'
        )
      ),
      'INVALID_ARGUMENT',
      'Expected classify signature method_name',
    ),
    (
      lambda s: s.Regress(
        with_examples(regression_pb2.RegressionRequest(), name='other')
      ),
      'NOT_FOUND',
      'Servable not found',
    ),
  ],
)
def test_refused(stub, call, code, message):
  """Requests that do not fit the signatures get Serving's error codes."""
  with pytest.raises(grpc.RpcError, match=message) as caught:
    call(stub)
  assert caught.value.code().name == code


# --- REST ---------------------------------------------------------------------


def ask(server, path, body=None):
  data = json.dumps(body).encode() if body is not None else None
  url = f'http://localhost:{server.rest_port}/v1/models/colours{path}'
  with urllib.request.urlopen(url, data) as response:
    return json.load(response)


ROWS = [
  {'x': [float(v) for v in row], 'word': word}
  for row, word in zip(models.X, ('green', 'mauve'), strict=True)
]
B64 = [{'b64': base64.b64encode(e).decode()} for e in models.examples()]


@pytest.mark.parametrize(
  'path, body, read',
  [
    (
      ':predict',
      {'signature_name': 'predict', 'instances': B64},
      lambda answer: answer['predictions'],
    ),
    (
      ':predict',
      {
        'signature_name': 'predict',
        'instances': [{'examples': example} for example in B64],
      },
      lambda answer: answer['predictions'],
    ),
    (
      ':predict',
      {'signature_name': 'predict', 'inputs': {'examples': B64}},
      lambda answer: answer['outputs'],
    ),
    (
      ':predict',
      {'instances': B64},
      lambda answer: [row['scores'] for row in answer['predictions']],
    ),
    (
      ':classify',
      {'examples': ROWS},
      lambda answer: [[row[0][1]] for row in answer['results']],
    ),
    (
      ':regress',
      {'signature_name': 'regression', 'examples': ROWS},
      lambda answer: [[value] for value in answer['results']],
    ),
  ],
)
def test_rest(server, expected, path, body, read):
  """Rows, columns and examples are answered over HTTP."""
  np.testing.assert_allclose(read(ask(server, path, body)), expected, rtol=1e-5)


def test_rest_status_and_errors(server, version):
  """The state of a version is told, and unknown ones are 404."""
  (status,) = ask(server, '')['model_version_status']
  assert status == {'version': str(version), 'state': 'AVAILABLE'}
  with pytest.raises(urllib.error.HTTPError, match='404'):
    ask(server, '/versions/7:predict', {'instances': B64})
  with pytest.raises(urllib.error.HTTPError, match='400'):
    ask(server, ':predict', {'instances': B64, 'inputs': B64})


def test_new_versions_are_taken_up(server, stub, base, estimator, version):
  """A finished export is served next; an unfinished one is not looked at."""
  shutil.copytree(base / str(version), base / 'temp-2000000000')
  assert stub.Predict(predict_request()).model_spec.version.value == version
  path = estimator.export_saved_model(str(base), models.parsing_receiver())
  newer = int(os.path.basename(path))
  assert stub.Predict(predict_request()).model_spec.version.value == newer
  old = predict_request()
  old.model_spec.version.value = version
  assert stub.Predict(old).model_spec.version.value == version
  shutil.rmtree(base / str(newer))
  assert stub.Predict(predict_request()).model_spec.version.value == version
