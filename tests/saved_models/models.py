"""Small models with all kinds of export outputs."""

import os

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs, run_config
from tfcompat_estimator.saved_models import receivers

v1 = tf.compat.v1
outputs = _tf.export_output
WORDS = ['red', 'green', 'blue']
X = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]], np.float32)
FEATURE_SPEC = {
  'x': tf.io.FixedLenFeature([3], tf.float32),
  'word': tf.io.FixedLenFeature([], tf.string, 'blue'),
}


def examples():
  """Two serialized tf.Examples of X."""
  serialized = []
  for row, word in zip(X, (b'green', b'mauve'), strict=True):
    example = tf.train.Example()
    example.features.feature['x'].float_list.value.extend(row)
    example.features.feature['word'].bytes_list.value.append(word)
    serialized.append(example.SerializeToString())
  return serialized


def export_outputs(kind, p, names):
  """Export outputs by the name of a case of the contract."""
  predict = outputs.PredictOutput({'p': p})
  regress = outputs.RegressionOutput(p)
  classify = outputs.ClassificationOutput(scores=p, classes=names)
  return {
    'none': None,
    'one unnamed': {'mine': predict},
    'default predict': {'serving_default': predict},
    'all three': {
      'serving_default': classify,
      'predict': predict,
      'regression': regress,
    },
    'several without default': {'a': predict, 'b': regress},
    'scores only': {'serving_default': outputs.ClassificationOutput(scores=p)},
    'classes only': {
      'serving_default': outputs.ClassificationOutput(classes=names)
    },
    'tensor': {'serving_default': outputs.PredictOutput(p)},
  }[kind]


def model_fn(features, labels, mode, params):
  """A weight and a bias for each colour, from a vocabulary file."""
  table = tf.lookup.StaticVocabularyTable(
    tf.lookup.TextFileInitializer(
      params['words'],
      tf.string,
      tf.lookup.TextFileIndex.WHOLE_LINE,
      tf.int64,
      tf.lookup.TextFileIndex.LINE_NUMBER,
    ),
    num_oov_buckets=1,
  )
  if not isinstance(features, dict):
    features = {'x': features}
  x = features['x']
  word = features.get('word', tf.fill([tf.shape(x)[0]], 'red'))
  w = v1.get_variable('w', [3, 1], initializer=v1.ones_initializer())
  bias = v1.get_variable('bias', [4], initializer=v1.ones_initializer())
  p = tf.matmul(x, w) + tf.gather(bias, table.lookup(word))[:, None]
  predictions = {'p': p}
  loss = train_op = metrics = None
  if mode != 'infer':
    labels = labels['y'] if isinstance(labels, dict) else labels
    loss = tf.reduce_mean(tf.square(p - labels))
    metrics = {'mse': v1.metrics.mean_squared_error(labels, p)}
    step = v1.train.get_global_step()
    train_op = v1.train.AdamOptimizer(0.1).minimize(loss, step)
  return estimator_specs.EstimatorSpec(
    mode,
    predictions=predictions,
    loss=loss,
    train_op=train_op if mode == 'train' else None,
    eval_metric_ops=metrics if mode == 'eval' else None,
    export_outputs=export_outputs(
      params.get('outputs', 'default predict'), p, tf.as_string(p)
    ),
  )


def input_fn():
  data = ({'x': X, 'word': np.array([b'red', b'blue'])}, X[:, :1])
  return tf.data.Dataset.from_tensors(data).repeat()


def make(folder, **params):
  """An estimator over a directory; its vocabulary lies beside it."""
  words = os.path.join(os.path.dirname(folder), 'words.txt')
  with open(words, 'w', encoding='utf-8') as file:
    file.write('\n'.join(WORDS) + '\n')
  return base_estimator.Estimator(
    model_fn,
    config=run_config.RunConfig(
      model_dir=str(folder), save_summary_steps=None, log_step_count_steps=None
    ),
    params={'words': words, **params},
  )


def parsing_receiver(batch=None):
  return receivers.build_parsing_serving_input_receiver_fn(FEATURE_SPEC, batch)


def raw_receiver(batch=None):
  return receivers.build_raw_serving_input_receiver_fn(
    {'x': tf.zeros([1, 3]), 'word': tf.constant([''])}, batch
  )


def supervised_receiver():
  return receivers.build_raw_supervised_input_receiver_fn(
    {'x': tf.zeros([1, 3]), 'word': tf.constant([''])}, tf.zeros([1, 1])
  )


def load(path):
  """The SavedModel proto of an export."""
  from tensorflow.core.protobuf import saved_model_pb2

  proto = saved_model_pb2.SavedModel()
  with open(os.path.join(os.fsdecode(path), 'saved_model.pb'), 'rb') as file:
    proto.ParseFromString(file.read())
  return proto


def described(signature):
  """A SignatureDef as nested plain values."""

  def tensors(infos):
    return {
      key: (
        tf.as_dtype(info.dtype).name,
        tf.TensorShape(info.tensor_shape).as_list(),
        info.name,
      )
      for key, info in infos.items()
    }

  return {
    'method': signature.method_name,
    'inputs': tensors(signature.inputs),
    'outputs': tensors(signature.outputs),
  }


def files(path):
  """The files of a folder, by their paths in it."""
  path = os.fsdecode(path)
  return sorted(
    os.path.relpath(os.path.join(folder, name), path)
    for folder, _, names in os.walk(path)
    for name in names
  )


def trained(tmp_path_factory):
  """An estimator of all three outputs that has been trained."""
  folder = tmp_path_factory.mktemp('trained') / 'model'
  return make(str(folder), outputs='all three').train(input_fn, steps=3)
