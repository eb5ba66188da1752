"""Compares exports and checkpoints that are the same, and that are not."""

import json
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

import tfcompat_estimator as estimators
from tests.mistakes import given
from tfcompat_estimator.migration.verify import command, comparison, requests

v1 = tf.compat.v1
fc = tf.feature_column


@pytest.fixture(scope='module')
def export(tmp_path_factory):
  """A DNN that parses examples."""
  folder = tmp_path_factory.mktemp('verify')
  columns = (given.X, given.CITY_VECTOR)
  estimator = given.trained(estimators, folder / 'm', columns=columns)
  receiver = estimators.export.build_parsing_serving_input_receiver_fn(
    fc.make_parse_example_spec(columns)
  )
  path = estimator.export_saved_model(str(folder / 'e'), receiver)
  return pathlib.Path(path.decode())


@pytest.fixture
def copy(export, tmp_path):
  """A copy of it, to change."""
  return pathlib.Path(shutil.copytree(export, tmp_path / 'copy'))


def problems(*args, **kwargs):
  """What differs, by its kind and name."""
  return {
    (finding.what, finding.name): finding.problem
    for finding in comparison.compare(*map(str, args), **kwargs)
    if finding.problem
  }


def edited(folder, edit):
  """Changes the saved_model.pb of an export."""
  path = folder / 'saved_model.pb'
  saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
  edit(saved.meta_graphs[0])
  path.write_bytes(saved.SerializeToString())


def with_weight(folder, name, change):
  """Changes one variable of an export."""
  prefix = str(folder / 'variables' / 'variables')
  reader = tf.train.load_checkpoint(prefix)
  values = {
    key: reader.get_tensor(key) for key in reader.get_variable_to_shape_map()
  }
  values[name] = change(values[name])
  for path in folder.glob('variables/*'):
    path.unlink()
  names = sorted(values)
  tf.raw_ops.SaveV2(
    prefix=prefix,
    tensor_names=names,
    shape_and_slices=[''] * len(names),
    tensors=[values[key] for key in names],
  )


def test_same(export, copy):
  """A copy is the same in all parts, and all were looked at."""
  found = comparison.compare(str(export), str(copy))

  assert not [finding for finding in found if finding.problem]
  kinds = {finding.what for finding in found}
  assert kinds == {'signature', 'variable', 'output'}
  names = {finding.name for finding in found if finding.what == 'output'}
  assert 'predict: probabilities' in names
  assert 'serving_default: scores' in names


def test_one_weight(export, copy):
  """A weight that differs is found, and in what it changes."""
  name = 'dnn/logits/bias'
  with_weight(copy, name, lambda value: value + np.float32(0.5))

  found = problems(export, copy)

  assert found['variable', name] == 'values differ by up to 0.5'
  assert found['output', 'predict: logits'] == 'values differ by up to 0.5'
  assert not [key for key in found if key[0] == 'signature']


def test_tolerance(export, copy):
  """What is smaller than the tolerance is the same, but told."""
  name = 'dnn/logits/bias'
  with_weight(copy, name, lambda value: value + np.float32(1e-3))

  found = {
    finding.name: finding
    for finding in comparison.compare(str(export), str(copy), tolerance=0.1)
  }
  assert not found[name].problem
  assert found[name].difference == pytest.approx(1e-3, rel=0.01)
  assert ('variable', name) in problems(export, copy)


def test_signature(export, copy):
  """One that is missing, a dtype and a method are found."""

  def edit(graph):
    del graph.signature_def['regression']
    graph.signature_def['predict'].method_name = 'other'
    graph.signature_def['classification'].outputs['scores'].dtype = 2

  edited(copy, edit)
  found = problems(export, copy)

  assert found['signature', 'regression'] == 'not in new'
  assert (
    'method is tensorflow/serving/predict in old, other in new'
    in (found['signature', 'predict'])
  )
  assert (
    'scores is float32 [None, 2] in old, float64'
    in (found['signature', 'classification'])
  )


def test_checkpoints(tmp_path):
  """Checkpoints are compared by their variables."""
  first = given.trained(estimators, tmp_path / 'a').model_dir
  second = given.trained(
    estimators, tmp_path / 'b', hidden_units=(5,)
  ).model_dir

  assert problems(first, first) == {}
  found = problems(first, second)
  assert (
    'shape (3, 4) in old, (3, 5) in new'
    in (found['variable', 'dnn/hiddenlayer_0/kernel'])
  )


def test_goldens(goldens):
  """An export of TensorFlow 2.15.1's Estimator is read, and is itself."""
  found = comparison.compare(
    *[str(goldens / 'v2_dnn_classifier_binary' / 'export')] * 2
  )

  assert not [finding for finding in found if finding.problem]
  assert {finding.what for finding in found} >= {'variable', 'output'}


def examples(path):
  """Writes a file of examples, one of each city."""
  with tf.io.TFRecordWriter(str(path)) as writer:
    for city in (b'Bonn', b'Rome'):
      example = tf.train.Example()
      example.features.feature['x'].float_list.value.extend([1, 2, 3])
      example.features.feature['city'].bytes_list.value.append(city)
      writer.write(example.SerializeToString())
  return str(path)


def test_examples(export, copy, tmp_path):
  """Signatures are called with the examples of a file."""
  path = examples(tmp_path / 'examples')

  assert problems(export, copy, examples=path) == {}
  with_weight(copy, 'dnn/logits/bias', lambda value: value + np.float32(1))
  assert ('output', 'predict: logits') in problems(export, copy, examples=path)


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
  assert problems(copy, export) == {}


def test_command(export, copy, capsys):
  """The exit status and the last line say whether they are the same."""
  command.main([str(export), str(copy)])
  assert capsys.readouterr().out.endswith('none differ.\n')

  with_weight(copy, 'dnn/logits/bias', lambda value: value + np.float32(1))
  with pytest.raises(SystemExit) as ended:
    command.main([str(export), str(copy), '--json'])

  assert ended.value.code == 1
  told = json.loads(capsys.readouterr().out)
  assert not told['same']
  assert {finding['what'] for finding in told['findings'] if finding['problem']}


def test_no_examples(export, tmp_path):
  """A file without records proves nothing."""
  path = tmp_path / 'empty'
  path.write_bytes(b'')

  with pytest.raises(ValueError, match='has no records'):
    comparison.compare(str(export), str(export), str(path))


@pytest.mark.parametrize(
  ('new', 'words'),
  [('/no/export', 'new (/no/export) does not exist'), ('.', 'must both be')],
)
def test_refused(new, words, export, capsys):
  """What cannot be compared is named."""
  with pytest.raises(SystemExit) as ended:
    command.main([str(export), new])

  assert ended.value.code == 2
  assert words in ' '.join(capsys.readouterr().err.split())
