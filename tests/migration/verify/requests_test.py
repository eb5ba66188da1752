"""Tests what the signatures of two exports are called with."""

import numpy as np
import pytest
import tensorflow as tf

from tests.migration.verify import changing
from tfcompat_estimator.migration.verify import comparison, requests


def test_examples(export, copy, tmp_path):
  """Signatures are called with the examples of a file."""
  path = changing.examples(tmp_path / 'examples')

  assert changing.problems(export, copy, examples=path) == {}
  changing.with_weight(
    copy, 'dnn/logits/bias', lambda value: value + np.float32(1)
  )
  assert ('output', 'predict: logits') in changing.problems(
    export, copy, examples=path
  )


def test_warm_up(export, copy):
  """Requests for TensorFlow Serving to begin with are taken, if there are any."""
  logs = pytest.importorskip('tensorflow_serving.apis.prediction_log_pb2')
  log = logs.PredictionLog()
  request = log.classify_log.request
  request.model_spec.signature_name = 'classification'
  example = request.input.example_list.examples.add()
  example.features.feature['x'].float_list.value.extend([1, 2, 3])
  example.features.feature['city'].bytes_list.value.append(b'Bonn')
  (copy / 'assets.extra').mkdir()
  path = copy / 'assets.extra' / 'tf_serving_warmup_requests'
  with tf.io.TFRecordWriter(str(path)) as writer:
    writer.write(log.SerializeToString())

  ((name, made),) = requests.of_warm_up(str(copy))

  assert name == 'classification'
  assert tf.train.Example.FromString(made['inputs'][0]) == example
  assert changing.problems(copy, export) == {}


def test_no_examples(export, tmp_path):
  """A file without records proves nothing."""
  path = tmp_path / 'empty'
  path.write_bytes(b'')

  with pytest.raises(ValueError, match='has no records'):
    comparison.compare(str(export), str(export), str(path))
